/* sys/wait.h: waiting for children. */
#pragma once

#include <sys/types.h>

#define WNOHANG 1

/* What wait stored: exit's argument & 255, or 256 + the signal. */
#define WIFEXITED(status) ((status) < 256)
#define WEXITSTATUS(status) (status)
#define WIFSIGNALED(status) ((status) >= 256)
#define WTERMSIG(status) ((status) % 256)

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
