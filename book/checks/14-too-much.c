/*
 * malloc of too much is NULL and ENOMEM, and the heap goes on after it.
 *
 * 1: malloc of nearly all addresses returned a block: a sum has wrapped.
 * 2: malloc of too much set another errno than ENOMEM. sbrk's argument has a
 * sign: what is half of all addresses for malloc is negative there.
 * 3: a small malloc fails after one that was too large.
 * 4: when memory had run out, a block was freed, and then malloc found none.
 * 5: realloc to too much succeeds.
 * 6: after a realloc that failed the block is gone: another one got its place,
 * or its bytes have changed. It may be freed only once it has moved.
 * else: malloc or realloc of too much brings the program down. What does
 * realloc do where malloc returns NULL?
 */
#include "user.h"

static int try_realloc(size_t n) {
    char *p = malloc(100);
    if (!p) return 3;
    memset(p, 'p', 100);
    if (realloc(p, n)) return 5;
    char *q = malloc(100);
    if (!q) return 3;
    if (q == p) return 6;
    memset(q, 'q', 100);
    for (int i = 0; i < 100; i++)
        if (p[i] != 'p') return 6;
    free(p);
    free(q);
    return 0;
}

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
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int failed = try_realloc(sizes[i]);
        if (failed) return failed;
    }
    void *last = NULL, *p;
    for (int mib = 0; mib < 4096 && (p = malloc(1024 * 1024)); mib++) last = p;
    free(last);
    return malloc(1000 * 1000) ? 0 : 4;
}
