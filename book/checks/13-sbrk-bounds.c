/*
 * The break stays between the heap's start and its limit.
 *
 * 1: sbrk(-1) at the start succeeds: there is no lower bound.
 * 2: a call that failed has moved the break.
 * 3: sbrk(n) does not return the break as it was before.
 * 4: sbrk of half the addresses succeeds.
 * 5: sbrk of a very negative number succeeds.
 * 6: a shrink and a grow do not lead back to the same break.
 * else: a break at its bounds brings the kernel or the process down.
 */
#include "user.h"

int main(void) {
    char *start = sbrk(0);
    if (sbrk(-1) != (void *) -1) return 1;
    if (sbrk(-(intptr_t) PAGE_SIZE) != (void *) -1) return 1;
    if (sbrk(0) != start) return 2;
    if (sbrk(INTPTR_MAX) != (void *) -1) return 4;
    if (sbrk(INTPTR_MIN) != (void *) -1) return 5;
    if (sbrk(0) != start) return 2;
    if (sbrk(5000) != start) return 3;
    if (sbrk(-5000) != start + 5000) return 3;
    return sbrk(0) == start ? 0 : 6;
}
