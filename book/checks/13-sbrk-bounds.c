/*
 * The break stays between the heap's start and its limit.
 *
 * 1: sbrk(-1) at the start succeeds: there is no lower bound.
 * 2: a call that failed has moved the break.
 * 3: sbrk(n) does not return the break as it was before.
 * 4: sbrk of half the addresses succeeds.
 * 5: sbrk of a very negative number succeeds.
 * 6: a shrink and a grow do not lead back to the same break.
 * 7: sbrk of a very negative number takes frames. The sum has wrapped around,
 * and the heap was made to grow: compare with the old break, too.
 * 8: the kernel writes to where the heap has ended, as if it went on there.
 * 9: a page that was given back is still written to when the kernel is asked.
 * 10: a heap of 1 GiB is granted: it reaches past MMAP_BASE.
 * else: a break at its bounds brings the kernel or the process down. If a
 * buffer begins in the heap and ends beyond it, is each byte looked at?
 */
#include "user.h"

static bool writes_to(char *p) {
    return meminfo((struct meminfo *) (uintptr_t) p) == 0;
}

static unsigned free_frames(void) {
    struct meminfo m;
    return meminfo(&m) ? 0 : m.free;
}

static int below(char *start) {
    unsigned before = free_frames();
    if (sbrk(INTPTR_MIN) != (void *) -1) return 5;
    if (sbrk(INTPTR_MIN + 1) != (void *) -1) return 5;
    if (sbrk(0) != start) return 2;
    return free_frames() < before ? 7 : 0;
}

static int beyond(void) {
    char *p = sbrk(0), *page = p + -(uintptr_t) p % PAGE_SIZE;
    sbrk(page + 2 * PAGE_SIZE - p);
    page[0] = page[2 * PAGE_SIZE - 1] = 1;
    if (writes_to(page + 2 * PAGE_SIZE)) return 8;
    if (writes_to(page + 2 * PAGE_SIZE - 8)) return 8;
    sbrk(-(intptr_t) PAGE_SIZE);
    if (writes_to(page + PAGE_SIZE)) return 9;
    sbrk(p - page - PAGE_SIZE);
    return writes_to(page) ? 9 : 0;
}

int main(void) {
    char *start = sbrk(0);
    if (sbrk(-1) != (void *) -1) return 1;
    if (sbrk(-(intptr_t) PAGE_SIZE) != (void *) -1) return 1;
    if (sbrk(0) != start) return 2;
    if (sbrk(INTPTR_MAX) != (void *) -1) return 4;
    if (sbrk(1 << 30) != (void *) -1) return 10;
    if (sbrk(0) != start) return 2;
    free_frames(); /* touches what the call touches */
    int failed = below(start);
    if (!failed) failed = beyond();
    if (failed) return failed;
    if (sbrk(5000) != start) return 3;
    if (sbrk(-5000) != start + 5000) return 3;
    return sbrk(0) == start ? 0 : 6;
}
