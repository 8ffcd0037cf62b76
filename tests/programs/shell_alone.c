/*
 * shell_alone.c: the shell on a kernel that has no process left for it.
 */
#include "user.h"

static pid_t no_fork(void) {
    errno = EAGAIN;
    return -1;
}

#define fork no_fork
#include "shell.c"
