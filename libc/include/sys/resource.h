/* sys/resource.h: what a process may use and has used; leaf does not count. */
#pragma once

#include <sys/cdefs.h>
#include <sys/time.h>

#define RLIMIT_DATA 2
#define RLIMIT_STACK 3
#define RLIMIT_NPROC 6
#define RLIMIT_AS 9
#define RLIM_INFINITY (~0ul)
#define RUSAGE_SELF 0
#define RUSAGE_CHILDREN (-1)

typedef unsigned long rlim_t;
struct rlimit {
    rlim_t rlim_cur, rlim_max;
};
struct rusage {
    struct timeval ru_utime, ru_stime;
    long ru_maxrss;
};

int getrlimit(int resource, struct rlimit *limit) __lacks("resource limits");
int setrlimit(int resource, const struct rlimit *limit)
    __lacks("resource limits");
int getrusage(int who, struct rusage *usage) __lacks("accounts of processes");
