/*
 * Four blocks, freed in each of their 24 orders, are one hole afterwards.
 *
 * 1: after some order of four frees a block of 4,000 bytes found no room
 * where four of 1,000 had been, and the heap grew. A block that is freed
 * merges with the one before it and with the one after it.
 * 2: malloc returned NULL.
 * else: frees in some order bring the program down, or a free of NULL, which
 * does nothing.
 */
#include "user.h"

static int try(const int order[4]) {
    char *p[4];
    for (int i = 0; i < 4; i++)
        if (!(p[i] = malloc(1000))) return 2;
    char *end = sbrk(0);
    for (int i = 0; i < 4; i++) free(p[order[i]]);
    char *large = malloc(4000);
    if (!large) return 2;
    free(large);
    return sbrk(0) == end ? 0 : 1;
}

int main(void) {
    free(NULL);
    for (int code = 0; code < 256; code++) {
        int order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        int seen = 0;
        for (int i = 0; i < 4; i++) seen |= 1 << order[i];
        int failed = seen == 15 ? try(order) : 0;
        if (failed) return failed;
    }
    return 0;
}
