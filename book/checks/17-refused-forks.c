/*
 * A fork that is refused leaves nothing behind.
 *
 * 1: with two thirds of memory in use, fork() succeeds: the child is promised
 * nothing for the pages that it shares, and a write will fail some day.
 * 2: fork() failed, but errno is not ENOMEM.
 * 3: after 100 refused forks fewer page frames are free: each leaves something
 * behind (its record, its stack, its page tables).
 * 4: after 100 refused forks more is promised than before.
 * 5: after them a fork that fits is refused.
 * 6: what the parent had written is not there any more.
 * else: a refused fork brings something down.
 */
#include "user.h"

static struct meminfo before, after;

int main(void) {
    meminfo(&before);
    unsigned pages = before.free / 3 * 2;
    char *p = sbrk((intptr_t) (pages * PAGE_SIZE));
    for (unsigned i = 0; i < pages; i++) p[i * PAGE_SIZE] = (char) i;
    for (int i = 0; i < 101; i++) {
        if (i == 1) meminfo(&before);
        pid_t child = fork();
        if (child == 0) exit(0);
        if (child > 0) return 1;
        if (errno != ENOMEM) return 2;
    }
    meminfo(&after);
    if (after.free < before.free) return 3;
    if (after.promised > before.promised) return 4;
    for (unsigned i = 0; i < pages; i++)
        if (p[i * PAGE_SIZE] != (char) i) return 6;
    sbrk(-(intptr_t) (pages * PAGE_SIZE));
    pid_t child = fork();
    if (child == 0) exit(0);
    return child > 0 ? 0 : 5;
}
