/*
 * Blocks that fit a hole exactly, or leave a little of it.
 *
 * 1: malloc returned NULL.
 * 2: two blocks overlap after a hole was a little larger than what was asked
 * for. What is left of a hole must have room for a header, or stay with the
 * block.
 * else: a hole that is a little larger than what is asked for brings the
 * program down.
 */
#include "user.h"

static bool holds(const unsigned char *p, int c, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != c) return false;
    return true;
}

int main(void) {
    for (size_t more = 0; more <= 64; more += 4) {
        unsigned char *a = malloc(80), *hole = malloc(200 + more),
                      *b = malloc(80);
        if (!a || !hole || !b) return 1;
        memset(a, 'a', 80);
        memset(b, 'b', 80);
        free(hole);
        unsigned char *c = malloc(200), *d = malloc(4), *e = malloc(1);
        if (!c || !d || !e) return 1;
        memset(c, 'c', 200);
        memset(d, 'd', 4);
        *e = 'e';
        if (!holds(a, 'a', 80) || !holds(b, 'b', 80) || !holds(c, 'c', 200) ||
            !holds(d, 'd', 4) || *e != 'e')
            return 2;
        free(d);
        free(a);
        free(c);
        free(b);
        free(e);
    }
    return 0;
}
