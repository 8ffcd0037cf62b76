/* sys/wait.h: waiting for children. */
#pragma once

#include <sys/types.h>

#define WNOHANG 1
#define WUNTRACED 0  /* no child is ever stopped, */
#define WCONTINUED 0 /* nor goes on */

/* What wait stored: exit's argument & 255, or 256 + the signal. */
#define WIFEXITED(status) ((status) < 256)
#define WEXITSTATUS(status) (status)
#define WIFSIGNALED(status) ((status) >= 256)
#define WTERMSIG(status) ((status) % 256)
#define WIFSTOPPED(status) ((void) (status), 0)
#define WIFCONTINUED(status) ((void) (status), 0)
#define WSTOPSIG(status) ((void) (status), 0)
#define WCOREDUMP(status) ((void) (status), 0)

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
