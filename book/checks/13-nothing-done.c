/*
 * A call of sbrk that fails has done nothing.
 *
 * 1: after sbrk had failed, frames were missing. What has been added on the
 * way to the failure must go back. (Page tables may stay.)
 * 2: the break moved though the call failed.
 * 3: a small sbrk fails after a large one had failed.
 * else: an sbrk that is too large brings the kernel or the process down.
 */
#include "user.h"

static unsigned free_frames(void) {
    struct meminfo m;
    return meminfo(&m) ? 0 : m.free;
}

int main(void) {
    char *start = sbrk(0);
    unsigned before = free_frames();
    if (sbrk(200 * 1024 * 1024) != (void *) -1) { /* granted, lazily: */
        sbrk(-200 * 1024 * 1024);
        return 0;
    }
    if (sbrk(0) != start) return 2;
    if (before - free_frames() > 64) return 1;
    char *p = sbrk(5 * PAGE_SIZE);
    if (p != start) return 3;
    memset(p, 1, 5 * PAGE_SIZE);
    return 0;
}
