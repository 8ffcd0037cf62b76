/* signal.h: leaf's signals end a process; none can be caught. */
#pragma once

#include <sys/cdefs.h>
#include <sys/types.h>

#define SIGINT 2
#define SIGABRT 6
#define SIGKILL 9
#define SIGSEGV 11
#define SIGTERM 15

typedef int sig_atomic_t;

int kill(pid_t pid, int sig);
int raise(int sig);

#define SIG_DFL ((void (*)(int)) 0)
#define SIG_IGN ((void (*)(int)) 1)
#define SIG_ERR ((void (*)(int)) - 1)
void (*signal(int sig, void (*handler)(int)))(int) __lacks("signal handlers");
