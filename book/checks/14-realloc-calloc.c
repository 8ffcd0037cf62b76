/*
 * realloc keeps what a block holds, and calloc clears it.
 *
 * 1: malloc, calloc or realloc returned NULL.
 * 2: realloc to a larger size lost what the block held.
 * 3: realloc to a smaller size lost what the block held.
 * 4: calloc returned a block that is not zero: it may have been used before.
 * 5: calloc(65536, 65537) succeeds: the product does not fit into 32 bits.
 * 6: realloc(NULL, n) is not malloc(n).
 * 7: realloc changed a block beside the one that it was given.
 * 8: realloc(p, 0) does not free p.
 * else: realloc or calloc brings the program down. Does realloc copy more
 * than the old block holds?
 */
#include "user.h"

static bool holds(const unsigned char *p, int c, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != c) return false;
    return true;
}

int main(void) {
    unsigned char *p = malloc(100), *wall = malloc(100);
    if (!p || !wall) return 1;
    memset(p, 'p', 100);
    memset(wall, 'w', 100);
    if (!(p = realloc(p, 3000))) return 1;
    if (!holds(p, 'p', 100)) return 2;
    memset(p, 'q', 3000);
    if (!(p = realloc(p, 50))) return 1;
    if (!holds(p, 'q', 50)) return 3;
    if (!holds(wall, 'w', 100)) return 7;
    free(p);

    unsigned char *dirty = malloc(300);
    if (!dirty) return 1;
    memset(dirty, 0xff, 300);
    free(dirty);
    unsigned char *clean = calloc(75, 4);
    if (!clean) return 1;
    if (!holds(clean, 0, 300)) return 4;
    if (calloc(65536, 65537)) return 5;
    if (!(p = realloc(NULL, 40))) return 6;
    memset(p, 'r', 40);

    /* A small block at the heap's end moves into a large hole before it. */
    unsigned char *hole = malloc(100000), *small = NULL;
    if (!hole) return 1;
    while (small < hole)
        if (!(small = malloc(20))) return 1;
    memset(small, 's', 20);
    free(hole);
    if (!(small = realloc(small, 99000))) return 1;
    if (!holds(small, 's', 20)) return 2;
    if (!holds(wall, 'w', 100) || !holds(p, 'r', 40)) return 7;

    char *top = sbrk(0);
    for (int i = 0; i < 5000; i++)
        if (realloc(malloc(1000), 0)) return 8;
    return (char *) sbrk(0) - top < 1000000 ? 0 : 8;
}
