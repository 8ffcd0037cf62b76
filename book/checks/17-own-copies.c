/*
 * What one process writes after fork, the other does not see.
 *
 * 1: fork() or wait() failed.
 * 2: the child saw what its parent wrote after the fork: the page was still
 * writable for the parent. An entry that loses its W needs an sfence.vma.
 * 3: the parent saw what its child wrote.
 * 4: on the stack the child saw what its parent wrote after the fork.
 * 5: what the kernel wrote for one of them, as the answer to a call, the other
 * saw: a page that two share is copied before the kernel writes to it, too.
 * 6: the child's break is not where its parent's is.
 * else: a write to a page that two processes share brings something down.
 */
#include "user.h"

static volatile int page[1024] = {1};
static volatile struct meminfo answer;

/* The child asks, and then its parent. */
static int asking(void) {
    int status;
    answer.total = 1;
    pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
        meminfo((struct meminfo *) &answer);
        exit(answer.total == 1 ? 1 : 0);
    }
    if (wait(&status) != child || status) return 1;
    if (answer.total != 1) return 5;
    if ((child = fork()) == 0) {
        msleep(20);
        exit(answer.total == 1 ? 0 : 5);
    }
    meminfo((struct meminfo *) &answer);
    if (wait(&status) != child || !WIFEXITED(status)) return 1;
    return WEXITSTATUS(status);
}

static int same_break(void) {
    int status;
    char *end = (char *) sbrk(5000) + 5000;
    pid_t child = fork();
    if (child == 0) exit(sbrk(-4999) == end && sbrk(0) == end - 4999 ? 0 : 6);
    if (wait(&status) != child || !WIFEXITED(status)) return 1;
    return sbrk(0) == end ? WEXITSTATUS(status) : 6;
}

int main(void) {
    volatile int stack = 1;
    for (int round = 0; round < 20; round++) {
        int status;
        page[0] = 1;
        stack = 1;
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            int saw = page[0] != 1 ? 2 : stack != 1 ? 4 : 0;
            page[0] = 3;
            exit(saw);
        }
        page[0] = 2;
        stack = 2;
        if (wait(&status) != child) return 1;
        if (!WIFEXITED(status)) return 1;
        if (WEXITSTATUS(status)) return WEXITSTATUS(status);
        if (page[0] != 2) return 3;
    }
    int failed = same_break();
    return failed ? failed : asking();
}
