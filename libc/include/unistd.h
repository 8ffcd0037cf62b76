/* unistd.h: system calls. */
#pragma once

#include <sys/cdefs.h>
#include <sys/types.h>
#define __need_NULL
#include <stddef.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

pid_t fork(void);
pid_t getpid(void);
pid_t getppid(void);
_Noreturn void _exit(int status);
unsigned sleep(unsigned seconds);
int usleep(useconds_t us);
ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
int isatty(int fd);
void *sbrk(int increment);
int brk(void *end);

extern char *optarg;
extern int optind, opterr, optopt;
int getopt(int argc, char *const argv[], const char *options);

/* sysconf knows the first ones; the others are EINVAL. */
#define _SC_CLK_TCK 2
#define _SC_OPEN_MAX 4
#define _SC_PAGESIZE 30
#define _SC_PAGE_SIZE _SC_PAGESIZE
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES 85
#define _SC_AVPHYS_PAGES 86
#define _SC_ARG_MAX 0
#define _SC_CHILD_MAX 1
#define _SC_STREAM_MAX 5
#define _SC_VERSION 29
#define _SC_LINE_MAX 43
#define _SC_IOV_MAX 60
#define _SC_THREADS 67
#define _SC_LOGIN_NAME_MAX 71
#define _SC_HOST_NAME_MAX 180
long sysconf(int name);
int getpagesize(void);

int close(int fd) __lacks("files");
off_t lseek(int fd, off_t offset, int whence) __lacks("files");
int unlink(const char *path) __lacks("files");
int access(const char *path, int mode) __lacks("files");
int chdir(const char *path) __lacks("files");
char *getcwd(char *buf, size_t size) __lacks("files");
int dup(int fd) __lacks("files");
int dup2(int fd, int to) __lacks("files");
int pipe(int fds[2]) __lacks("pipes");
int execv(const char *path, char *const argv[]) __lacks("other programs");
int execve(const char *path, char *const argv[], char *const envp[])
    __lacks("other programs");
int execvp(const char *file, char *const argv[]) __lacks("other programs");
int execl(const char *path, const char *arg, ...) __lacks("other programs");
int execlp(const char *file, const char *arg, ...) __lacks("other programs");
unsigned alarm(unsigned seconds) __lacks("signal handlers");
