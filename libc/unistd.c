/* unistd.c: POSIX's calls that the kernel has not got, in terms of its own. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include "common.h"
#include "leaf.h"

/* The caller's own row of procinfo. */
static struct procinfo own_row(void) {
    struct procinfo p = {.pid = 0};
    uint32_t pid = __leaf_getpid();
    for (unsigned i = 0; p.pid != pid; i++)
        if (__leaf_procinfo(i, &p) != 0) break;
    return p;
}

/* 0 if the parent has ended, or there was none. */
pid_t getppid(void) { return own_row().parent; }

/* The time that the process has had the processor, to 10 ms. */
clock_t clock(void) {
    return own_row().ticks * (CLOCKS_PER_SEC / 1000 * TICK_MS);
}

int raise(int sig) { return __leaf_kill(__leaf_getpid(), sig); }

/* The break is at the end given, or where it was. */
int brk(void *end) {
    char *old = __leaf_sbrk(0);
    return __leaf_sbrk((char *) end - old) == (void *) -1 ? -1 : 0;
}

int isatty(int fd) {
    if (fd >= STDIN_FILENO && fd <= STDERR_FILENO) return 1;
    errno = EBADF;
    return 0;
}

int getpagesize(void) { return PAGE_SIZE; }

long sysconf(int name) {
    struct meminfo m;
    switch (name) {
    case _SC_PAGESIZE:
        return PAGE_SIZE;
    case _SC_OPEN_MAX:
        return STDERR_FILENO + 1;
    case _SC_CLK_TCK:
        return 1000 / TICK_MS;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return 1;
    case _SC_PHYS_PAGES:
        return __leaf_meminfo(&m) == 0 ? (long) m.total : -1;
    case _SC_AVPHYS_PAGES:
        return __leaf_meminfo(&m) == 0 ? (long) (m.free - m.promised) : -1;
    default:
        errno = EINVAL;
        return -1;
    }
}
