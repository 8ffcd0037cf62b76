/*
 * What sbrk returns is zero, also where the break comes back in a page.
 *
 * 1: sbrk returned NULL or an error.
 * 2: bytes that were given back and asked for again are the old ones. The
 * rest of the last page must be cleared when the break comes down.
 * 3: bytes below the break were cleared, or bytes of another page: no more
 * than the rest of the break's page may be.
 * else: moving the break up and down brings something down.
 */
#include "user.h"

/* Frames that are handed out upwards lie the other way round afterwards: the
 * page before the break's then lies after it. */
static void turn(void) {
    sbrk(4 * PAGE_SIZE);
    sbrk(-(intptr_t) (4 * PAGE_SIZE));
}

int main(void) {
    turn();
    unsigned char *p = sbrk(3 * PAGE_SIZE);
    if (p == (void *) -1) return 1;
    for (unsigned keep = 2 * PAGE_SIZE - 1; keep < 2 * PAGE_SIZE; keep -= 777) {
        for (int i = 2; i >= 0; i--) memset(p + i * PAGE_SIZE, 'x', PAGE_SIZE);
        if (sbrk(-(intptr_t) (3 * PAGE_SIZE - keep)) == (void *) -1) return 1;
        if (sbrk(3 * PAGE_SIZE - keep) != p + keep) return 1;
        for (unsigned i = 0; i < 3 * PAGE_SIZE; i++)
            if (i < keep ? p[i] != 'x' : p[i]) return i < keep ? 3 : 2;
    }
    return 0;
}
