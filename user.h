/*
 * user.h: everything a user program has: the system calls under their POSIX
 * names, the heap, and the C library's most used functions.
 */
#pragma once

#include "common.h"

typedef int32_t ssize_t;
typedef int32_t pid_t;
typedef int32_t off_t;

/* System calls. On failure they return -1 (or (void *) -1) and set errno. */
extern int errno;
char *strerror(int error);

_Noreturn void exit(int status);
pid_t fork(void);
pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
int kill(pid_t pid, int sig);
pid_t getpid(void);
unsigned sleep(unsigned seconds);
int msleep(unsigned ms);
int sched_yield(void);
ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
void *sbrk(intptr_t increment);
void *mmap(void *addr, size_t n, int prot, int flags, int fd, off_t offset);
int munmap(void *addr, size_t n);
int meminfo(struct meminfo *m);
int procinfo(unsigned i, struct procinfo *p);
int regioninfo(unsigned i, struct regioninfo *r);

#define MAP_FAILED ((void *) -1)
#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/* What wait stored: exit's argument & 255, or 256 + the signal. */
#define WIFEXITED(status) ((status) < 256)
#define WEXITSTATUS(status) (status)
#define WIFSIGNALED(status) ((status) >= 256)
#define WTERMSIG(status) ((status) % 256)

/* The console. */
#define EOF (-1)
int putchar(int c);
int puts(const char *s);
int getchar(void); /* EOF for Ctrl-D */
/* A line edited at the prompt: its length, or -1 at Ctrl-D on an empty line.
 * As with snprintf, a length of size or more says that the end was cut off;
 * but size must be 1 or more. */
int readline(const char *prompt, char *text, size_t size);

/* The heap. */
void *malloc(size_t n);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t n);
void *reallocarray(void *p, size_t count, size_t size);
void *aligned_alloc(size_t alignment, size_t n);
void free(void *p);
size_t malloc_usable_size(void *p);

/* Looking at it. A block is one of these; FOREIGN is what the program got by
 * sbrk, TOP what is left at the end. */
enum { HEAP_USED, HEAP_FREE, HEAP_TOP, HEAP_MAPPED, HEAP_FOREIGN, HEAP_KINDS };
struct heap_info {
    size_t blocks[HEAP_KINDS];
    size_t bytes[HEAP_KINDS]; /* with their headers */
    size_t largest;           /* what the largest free block can hold */
};
struct heap_info heap_info(void);
bool heap_check(void); /* is it sound? If not, a line says what is wrong. */
void heap_walk(void (*visit)(void *p, size_t n, int kind, void *arg),
               void *arg); /* n: how many bytes the block at p can hold */

/* The rest. abort() is exit(134), the status that a shell shows for it. */
#define RAND_MAX 0x7fffffff
int rand(void);
void srand(unsigned seed);
_Noreturn void abort(void);
_Noreturn void assert_failed(const char *what, const char *file, int line);
#ifdef NDEBUG
#define assert(condition) ((void) 0)
#else
#define assert(condition)                                                      \
    ((condition) ? (void) 0 : assert_failed(#condition, __FILE__, __LINE__))
#endif
