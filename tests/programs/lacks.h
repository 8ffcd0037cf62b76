/*
 * lacks.h: what the trees of the book's chapters 16 to 19 have not got yet. It
 * fails with ENOSYS, so that a test that needs it ends as missing.
 */
#pragma once

static inline int lacks(void) {
    errno = ENOSYS;
    return -1;
}

#ifndef PROT_NONE
#define PROT_NONE 0
#endif

#ifndef SYS_FORK
#define SYS_FORK 2
#define SYS_WAIT 3
#define SYS_KILL 4
#define EPERM 1
#define ESRCH 3
#define ECHILD 10
#define SIGKILL 9
#define WIFEXITED(status) ((status) < 256)
#define WEXITSTATUS(status) (status)
#define WIFSIGNALED(status) ((status) >= 256)
#define WTERMSIG(status) ((status) % 256)
static inline pid_t fork(void) { return lacks(); }
static inline pid_t wait(int *status) {
    (void) status;
    return lacks();
}
static inline int kill(pid_t pid, int sig) {
    (void) pid, (void) sig;
    return lacks();
}
#endif

#ifndef WNOHANG
#define WNOHANG 1
#define EAGAIN 11
#define EACCES 13
#define ERANGE 34
static inline pid_t waitpid(pid_t pid, int *status, int options) {
    (void) pid, (void) status, (void) options;
    return lacks();
}
#endif

#ifndef SYS_MMAP
#define SYS_MMAP 11
#define SYS_MUNMAP 12
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 32
#define MAP_FAILED ((void *) -1)
static inline void *mmap(void *addr, size_t n, int prot, int flags, int fd,
                         int32_t offset) {
    (void) addr, (void) n, (void) prot, (void) flags, (void) fd, (void) offset;
    return (void *) lacks();
}
static inline int munmap(void *addr, size_t n) {
    (void) addr, (void) n;
    return lacks();
}
#endif

#ifndef SYS_PROCINFO
#define SYS_PROCINFO 14
#define SYS_REGIONINFO 15
struct procinfo {
    uint32_t pid, parent, state;
    char name[16];
    uint32_t reserved, resident, faults, copies, ticks;
};
struct regioninfo {
    uint32_t start, end, access, kind;
};
static inline int procinfo(unsigned i, struct procinfo *p) {
    (void) i, (void) p;
    return lacks();
}
static inline int regioninfo(unsigned i, struct regioninfo *r) {
    (void) i, (void) r;
    return lacks();
}
#endif
