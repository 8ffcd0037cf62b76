/*
 * Ctrl-C ends the processes but the first, and then all goes on.
 *
 * input: printf '\003'
 * 1: fork() failed before.
 * 2: a child that computes, or sleeps, is not ended by Ctrl-C, or not with
 * the status 256 plus SIGKILL.
 * 3: after Ctrl-C fork() is refused for ever.
 * 4: a child that was made after Ctrl-C is ended by it, too.
 * else: Ctrl-C ends the first process, or nothing.
 */
#include "user.h"

int main(void) {
    int status = 0;
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        if ((children[i] = fork()) < 0) return 1;
        while (children[i] == 0) msleep(i);
    }
    for (int i = 0; i < 2; i++)
        if (wait(&status) < 0 || status != 256 + SIGKILL) return 2;
    pid_t later = -1;
    for (int tries = 0; later < 0 && tries < 100; tries++) {
        if ((later = fork()) == 0) exit(7);
        if (later < 0) msleep(10);
    }
    if (later < 0) return 3;
    return waitpid(later, &status, 0) == later && status == 7 ? 0 : 4;
}
