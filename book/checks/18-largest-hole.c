/*
 * mmap places a mapping as chapter 8 places a run: by custom fit.
 *
 * 1: mmap or munmap failed.
 * 2: a hole that fits exactly is not taken.
 * 3: no hole fits exactly, and the largest is not taken.
 * 4: of two holes that are the largest, the upper one is taken.
 * else: a program that maps and unmaps is ended.
 */
#include "user.h"

enum { HOLES = 4 };

static char *map(unsigned pages) {
    return mmap(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void) {
    static const unsigned pages[HOLES] = {3, 6, 2, 6};
    char *holes[HOLES];
    for (int i = 0; i < HOLES; i++) {
        holes[i] = map(pages[i]);
        if (holes[i] == MAP_FAILED || map(1) == MAP_FAILED) return 1;
    }
    for (int i = 0; i < HOLES; i++)
        if (munmap(holes[i], pages[i] * PAGE_SIZE) < 0) return 1;
    if (map(2) != holes[2]) return 2;
    char *p = map(1);
    if (p == holes[3]) return 4;
    if (p != holes[1]) return 3;
    return map(3) == holes[0] ? 0 : 2;
}
