/*
 * malloc of too much is NULL and ENOMEM, and the heap goes on after it.
 *
 * 1: malloc of nearly all addresses returned a block: a sum has wrapped.
 * 2: malloc of too much set another errno than ENOMEM. sbrk's argument has a
 * sign: what is half of all addresses for malloc is negative there.
 * 3: a small malloc fails after one that was too large.
 * 4: when memory had run out, a block was freed, and then malloc found none.
 * else: malloc of too much brings the program down.
 */
#include "user.h"

int main(void) {
    static const size_t sizes[] = {
        SIZE_MAX,           SIZE_MAX - 15, SIZE_MAX - 40,    SIZE_MAX - 4096,
        0x80000000,         PTRDIFF_MAX,   PTRDIFF_MAX - 16, PTRDIFF_MAX - 300,
        PTRDIFF_MAX - 5000, 0x70000000};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        errno = 0;
        if (malloc(sizes[i])) return 1;
        if (errno != ENOMEM) return 2;
    }
    if (!malloc(100)) return 3;
    void *last = NULL, *p;
    for (int mib = 0; mib < 4096 && (p = malloc(1024 * 1024)); mib++) last = p;
    free(last);
    return malloc(1000 * 1000) ? 0 : 4;
}
