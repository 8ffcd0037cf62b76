/*
 * The heap is sound after thousands of calls.
 *
 * 1: malloc returned NULL.
 * 2: heap_check() finds something wrong.
 * else: thousands of calls bring the program down.
 */
#include "user.h"

int main(void) {
    static char *p[200];
    srand(1);
    for (int i = 0; i < 6000; i++) {
        int at = rand() % 200;
        free(p[at]);
        size_t n = rand() % (i % 100 == 0 ? 20000 : 400);
        if (!(p[at] = malloc(n + 1))) return 1;
        p[at][n] = 1;
        if (i % 50 == 0 && !heap_check()) return 2;
    }
    for (int i = 0; i < 200; i++) free(p[i]);
    return heap_check() ? 0 : 2;
}
