/*
 * waitpid and kill answer as POSIX says.
 *
 * 1: waitpid with WNOHANG does not return 0 while the child runs.
 * 2: kill(pid, 0) says that a child that runs is not there.
 * 3: kill(pid, 0) ended the child.
 * 4: waitpid(pid) returned another child than the one it was asked for.
 * 5: waitpid told another status than the child's.
 * 6: with no child left, waitpid does not fail with ECHILD.
 * 7: kill of a pid that no process has does not fail with ESRCH.
 * 8: kill of the first process does not fail with EPERM.
 * 9: waitpid stores a status where the process may not write.
 * 10: children that have ended and were asked about use up the processes.
 * 11: a child whose parent has ended, too, is never forgotten.
 * 12: wait returns, or waits for, a process that is no child of its caller.
 * 13: the status of a process that was killed is not 256 plus the signal.
 * 14: kill of a process that has ended fails, or changes its status.
 * 15: kill does not end a process that computes, sleeps, reads or waits.
 * 16: of several children that have ended one is not forgotten when their
 * parent has ended, too.
 * else: one of these calls brings something down.
 */
#include "user.h"

static pid_t start(int status, unsigned ms) {
    pid_t child = fork();
    if (child != 0) return child;
    msleep(ms);
    exit(status);
}

/* What a process may be doing when it is killed. */
_Noreturn static void occupy(int busy) {
    if (busy == 1) msleep(500);
    if (busy == 2) getchar();
    if (busy == 3 && start(0, 200) > 0) wait(NULL);
    while (busy == 0) continue;
    exit(1);
}

static int questions(void) {
    int status = -1;
    pid_t slow = start(7, 200), fast = start(8, 0);
    if (waitpid(slow, &status, WNOHANG) != 0) return 1;
    if (kill(slow, 0) != 0) return 2;
    msleep(50); /* fast has ended by now */
    if (waitpid(slow, &status, WNOHANG) != 0) return 3;
    if (waitpid(slow, &status, 0) != slow) return 4;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) return 5;
    if (waitpid(-1, (int *) 0x80200000, 0) != -1 || errno != EFAULT) return 9;
    if (waitpid(-1, &status, 0) != fast) return 4;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 8) return 5;
    if (waitpid(-1, &status, 0) != -1 || errno != ECHILD) return 6;
    if (kill(fast, 0) != -1 || errno != ESRCH) return 7;
    if (kill(1, SIGKILL) != -1 || errno != EPERM) return 8;
    if ((slow = start(0, 1000)) < 0 || kill(slow, SIGKILL) != 0) return 13;
    if (waitpid(slow, &status, 0) != slow || !WIFSIGNALED(status)) return 13;
    if (WTERMSIG(status) != SIGKILL || status != 256 + SIGKILL) return 13;
    fast = start(9, 0);
    msleep(30);
    if (kill(fast, SIGKILL) != 0 || waitpid(fast, &status, 0) != fast)
        return 14;
    if (status != 9) return 14;
    for (int busy = 0; busy < 4; busy++) {
        if ((slow = fork()) == 0) occupy(busy);
        msleep(30);
        if (kill(slow, SIGKILL) != 0 || wait(&status) != slow) return 15;
        if (status != 256 + SIGKILL) return 15;
    }
    slow = start(0, 50);
    if (fork() == 0) exit(waitpid(-1, NULL, WNOHANG) == -1 ? 0 : 12);
    for (int i = 0; i < 2; i++)
        if (wait(&status) < 0 || status) return 12;
    return 0;
}

/* A child that leaves children: two that have ended and two that have not. */
static void leave_orphans(void) {
    bool failed = false;
    for (int i = 0; i < 2; i++) failed |= start(0, 0) < 0;
    sched_yield();
    for (int i = 0; i < 2; i++) failed |= start(0, 1) < 0;
    exit(failed);
}

/* Are they forgotten? A child's children have the next numbers. */
static int forgotten(void) {
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 4; i++) start(0, 0);
        msleep(30);
        exit(0);
    }
    if (wait(NULL) != child) return 4;
    for (int i = 1; i <= 4; i++)
        if (kill(child + i, 0) == 0) return 16;
    return 0;
}

int main(void) {
    int failed = questions(), status;
    if (!failed) failed = forgotten();
    for (int i = 0; i < 1100 && !failed; i++)
        if (start(0, 0) < 0 || wait(NULL) < 0) failed = 10;
    for (int i = 0; i < 600 && !failed; i++) {
        pid_t child = fork();
        if (child == 0) leave_orphans();
        if (child < 0 || wait(&status) < 0 || status != 0) failed = 11;
        if (i % 100 == 0) msleep(50);
    }
    return failed;
}
