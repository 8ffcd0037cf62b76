/*
 * What sbrk returns is zero, also where the break comes back in a page.
 *
 * 1: sbrk returned NULL or an error.
 * 2: bytes that were given back and asked for again are the old ones. The
 * rest of the last page must be cleared when the break comes down.
 * 3: bytes below the break were cleared.
 * else: moving the break up and down brings something down.
 */
#include "user.h"

int main(void) {
    unsigned char *p = sbrk(3 * PAGE_SIZE);
    if (p == (void *) -1) return 1;
    for (unsigned keep = 1; keep < 2 * PAGE_SIZE; keep += 777) {
        memset(p, 'x', 3 * PAGE_SIZE);
        if (sbrk(-(intptr_t) (3 * PAGE_SIZE - keep)) == (void *) -1) return 1;
        if (sbrk(3 * PAGE_SIZE - keep) != p + keep) return 1;
        for (unsigned i = 0; i < 3 * PAGE_SIZE; i++)
            if (i < keep ? p[i] != 'x' : p[i]) return i < keep ? 3 : 2;
    }
    return 0;
}
