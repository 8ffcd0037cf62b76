/*
 * leaf.h: what the archive takes of user.c and common.c under names that no
 * program has: whatever a program calls its own write, these are leaf's. The
 * link gives them (libc/link).
 */
#pragma once

#include <stdarg.h>
#include <sys/types.h>

struct meminfo; /* these are in common.h */
struct procinfo;

_Noreturn void __leaf_exit(int status);
_Noreturn void __leaf_abort(void);
int __leaf_vprintf(const char *fmt, va_list args);
int __leaf_getchar(void);
ssize_t __leaf_write(int fd, const void *buf, size_t n);
int __leaf_msleep(unsigned ms);
void *__leaf_sbrk(int increment);
pid_t __leaf_getpid(void);
int __leaf_kill(pid_t pid, int sig);
char *__leaf_strerror(int error);
int __leaf_meminfo(struct meminfo *m);
int __leaf_procinfo(unsigned i, struct procinfo *p);

/* Of the archive itself. */
extern const char *__program_name; /* for messages */
unsigned __digit(int c); /* what c counts as a digit; many, if it is none */
