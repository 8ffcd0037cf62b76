/*
 * Unmapped pages can be mapped again, and hold zeros.
 *
 * 1: mmap or munmap failed.
 * 2: a mapping overlaps one that is there.
 * 3: pages that were unmapped hold their old bytes when they are mapped again.
 * 4: a page that was taken out of the middle is never given out again, though
 * one page fits there exactly. munmap takes all pages of which a byte lies in
 * its range.
 * 5: after all was unmapped, fewer page frames are free, or more is promised,
 * than before.
 * 6: munmap of a range with holes in it fails.
 * 7: mmap of 0 bytes, or of nearly 4 GiB, succeeds.
 * 8: mmap of a file, of shared memory, or of memory that can be executed,
 * succeeds.
 * 9: mmap fails if it is given an address, though that is only a hint.
 * else: a mapping that comes and goes brings something down.
 */
#include "user.h"

enum { PAGES = 16 };

static char *map(unsigned pages) {
    return mmap(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int round_of(void) {
    char *p = map(PAGES);
    if (p == MAP_FAILED) return 1;
    for (int i = 0; i < PAGES; i++) p[i * PAGE_SIZE] = (char) ('a' + i);
    for (int i = 1; i < PAGES; i += 3) /* pages 1, 4, 7, 10, 13 */
        if (munmap(p + i * PAGE_SIZE, i * 300 + 1) < 0) return 1;
    int exact = 0;
    for (int i = 1; i < PAGES; i += 3) {
        char *q = map(1);
        if (q == MAP_FAILED) return 1;
        for (int j = 0; j < PAGES; j++)
            if (j % 3 != 1 && q == p + j * PAGE_SIZE) return 2;
        if (*q) return 3;
        *q = 'q';
        exact += q >= p && q < p + PAGES * PAGE_SIZE;
    }
    if (exact != 5) return 4;
    for (int i = 0; i < PAGES; i++)
        if (p[i * PAGE_SIZE] != (i % 3 == 1 ? 'q' : (char) ('a' + i))) return 2;
    munmap(p + 5 * PAGE_SIZE, PAGE_SIZE);
    return munmap(p, PAGES * PAGE_SIZE) < 0 ? 6 : 0;
}

int main(void) {
    static struct meminfo before, after;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    if (mmap(NULL, 0, PROT_READ, flags, -1, 0) != MAP_FAILED) return 7;
    if (mmap(NULL, SIZE_MAX, PROT_READ, flags, -1, 0) != MAP_FAILED) return 7;
    if (mmap(NULL, 1, PROT_READ, flags, 3, 0) != MAP_FAILED) return 8;
    if (mmap(NULL, 1, PROT_READ, 1 | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        return 8; /* 1: MAP_SHARED */
    if (mmap(NULL, 1, PROT_EXEC, flags, -1, 0) != MAP_FAILED) return 8;
    if (mmap(&flags, 1, PROT_READ, flags, -1, 0) == MAP_FAILED) return 9;
    meminfo(&after);
    for (int i = 0; i < 20; i++) {
        int failed = round_of();
        if (failed) return failed;
        if (i == 0) meminfo(&before);
    }
    meminfo(&after);
    return after.free < before.free || after.promised > before.promised ? 5 : 0;
}
