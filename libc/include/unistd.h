/* unistd.h: system calls. */
#pragma once

#include <sys/cdefs.h>
#include <sys/types.h>
#define __need_NULL
#include <stddef.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

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

#define _SC_CLK_TCK 2
#define _SC_PAGESIZE 30
#define _SC_PAGE_SIZE _SC_PAGESIZE
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES 85
#define _SC_AVPHYS_PAGES 86
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
