/*
 * common.h: what the kernel and user programs share: the system calls'
 * numbers and structures, the string functions and printf.
 */
#pragma once

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define TICK_MS 10 /* the timer's period; procinfo counts in it */

/*
 * System calls: the number in a7, arguments in a0 to a5, the result in a0:
 * a value, or a negative errno.
 */
#define SYS_EXIT 1
#define SYS_FORK 2
#define SYS_WAIT 3 /* as waitpid */
#define SYS_KILL 4
#define SYS_GETPID 5
#define SYS_SLEEP 6 /* milliseconds */
#define SYS_YIELD 7
#define SYS_READ 8
#define SYS_WRITE 9
#define SYS_SBRK 10
#define SYS_MMAP 11
#define SYS_MUNMAP 12
#define SYS_MEMINFO 13
#define SYS_PROCINFO 14
#define SYS_REGIONINFO 15

/* Error numbers, as Linux has them. */
#define EPERM 1
#define ESRCH 3
#define EBADF 9
#define ECHILD 10
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EINVAL 22
#define ERANGE 34
#define ENOSYS 38

#define WNOHANG 1 /* waitpid's option: return 0 rather than wait */

#define SIGKILL 9
#define SIGSEGV 11

/* Access rights, of mmap and of a region. */
#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 32

/* What the page frames are used for. total = free + kernel + heap + tables
 * + stacks + user, at every moment; promised <= free. */
struct meminfo {
    uint32_t total;
    uint32_t free;
    uint32_t kernel;   /* the frame table and what boot took */
    uint32_t heap;     /* kmalloc's pages */
    uint32_t tables;   /* page tables */
    uint32_t stacks;   /* kernel stacks */
    uint32_t user;     /* mapped in processes, a shared one counted once */
    uint32_t promised; /* free, but granted: a process may touch them */
};

/* What a process is doing. */
enum { READY, RUNNING, SLEEPING, READING, WAITING, ZOMBIE };

struct procinfo {
    uint32_t pid;
    uint32_t parent; /* 0: none, or it has ended */
    uint32_t state;
    char name[16];
    uint32_t reserved; /* pages in its regions */
    uint32_t resident; /* pages of them that have a frame */
    uint32_t faults;   /* page faults answered, and accesses by the kernel */
    uint32_t copies;   /* pages copied because of a write */
    uint32_t ticks;    /* of TICK_MS, while it ran */
};

/* What backs a region of a process's address space. */
enum {
    REGION_TEXT,
    REGION_RODATA,
    REGION_DATA,
    REGION_HEAP,
    REGION_MMAP,
    REGION_STACK
};

struct regioninfo {
    uint32_t start, end; /* bytes from start up to, not including, end */
    uint32_t access;     /* PROT_READ | PROT_WRITE | PROT_EXEC */
    uint32_t kind;
};

/* Strings and memory: ISO C's functions, and POSIX's strnlen. */
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
char *strcpy(char *dst, const char *src);
char *strncpy(char *dst, const char *src, size_t n);
char *strcat(char *dst, const char *src);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *find);

/*
 * ISO C's printf, without floating point: %d %i %u %x %X %o %c %s %p %%,
 * lengths h hh l ll z t j, width, precision, and the flags - 0 + # space.
 * The program that links common.c provides put(), which writes to the console.
 */
int printf(const char *fmt, ...) __attribute__((format(__printf__, 1, 2)));
int vprintf(const char *fmt, va_list args);
int snprintf(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
void put(const char *s, size_t n);
