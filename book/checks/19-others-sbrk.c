/*
 * A program that calls sbrk itself keeps what it got.
 *
 * 1: malloc or sbrk failed.
 * 2: what the program got by sbrk has changed: a block lies there.
 * 3: when blocks before it were freed, the heap gave back what the program had
 * got by sbrk.
 * 4: heap_check() finds something wrong.
 * else: blocks before and after memory that the program got by sbrk bring it
 * down. Is it still there after the blocks before it were freed?
 */
#include "user.h"

enum { BLOCKS = 30, MINE = 5000 };

static char *p[BLOCKS], *mine[BLOCKS];

static bool holds(const char *bytes, int c) {
    for (int i = 0; i < MINE; i++)
        if (bytes[i] != c) return false;
    return true;
}

int main(void) {
    for (int i = 0; i < BLOCKS; i++) {
        if (!(p[i] = malloc(20000 + i * 1000))) return 1;
        memset(p[i], 'p', 20000 + i * 1000);
        if (i % 8 == 7) {
            if ((mine[i] = sbrk(MINE)) == (void *) -1) return 1;
            memset(mine[i], i, MINE);
        }
    }
    for (int i = 7; i < BLOCKS; i += 8)
        if (!holds(mine[i], i)) return 2;
    if (!heap_check()) return 4;
    mine[0] = sbrk(MINE); /* now the last thing of all is the program's */
    memset(mine[0], 0, MINE);
    for (int i = 0; i < BLOCKS; i++) free(p[i]);
    if (!heap_check()) return 4;
    if ((char *) sbrk(0) < mine[0] + MINE) return 3;
    for (int i = 7; i < BLOCKS; i += 8)
        if (!holds(mine[i], i)) return 2;
    return holds(mine[0], 0) ? 0 : 2;
}
