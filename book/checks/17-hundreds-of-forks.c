/*
 * Hundreds of forks leave nothing behind.
 *
 * 1: fork() returned -1.
 * 2: wait() did not return the child's number.
 * 3: wait() told another status than the child's.
 * 4: after 200 children have come and gone, fewer page frames are free than
 * before: something of each stays behind (its record, a page, a table, its
 * stack, a count).
 * 5: after they have gone, more page frames are free than before: one is
 * free that is still used.
 * else: the 200th child or one before it brings something down.
 */
#include "user.h"

static int family(int children) {
    for (int i = 0; i < children; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) exit(i % 100);
        if (child < 0) return 1;
        if (wait(&status) != child) return 2;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != i % 100) return 3;
    }
    return 0;
}

int main(void) {
    static struct meminfo before, after;
    int failed = family(40);
    if (failed) return failed;
    meminfo(&after);
    meminfo(&before);
    if ((failed = family(200))) return failed;
    meminfo(&after);
    return after.free < before.free ? 4 : after.free > before.free ? 5 : 0;
}
