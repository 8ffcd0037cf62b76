/*
 * printf.c: printf's relatives. The conversions are common.c's, and so is the
 * console: a stream that can be written is the console.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "leaf.h"

int vfprintf(FILE *f, const char *fmt, va_list args) {
    if (f == stdin) return fputc(0, f); /* an error of the stream's */
    return __leaf_vprintf(fmt, args);
}

int fprintf(FILE *f, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vfprintf(f, fmt, args);
    va_end(args);
    return n;
}

int vsprintf(char *buf, const char *fmt, va_list args) {
    return vsnprintf(buf, INT_MAX, fmt, args);
}

int sprintf(char *buf, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vsprintf(buf, fmt, args);
    va_end(args);
    return n;
}

/* The text in a block of its own, for the caller to free; or -1. */
int vasprintf(char **text, const char *fmt, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    *text = n < 0 ? NULL : malloc((size_t) n + 1);
    return *text ? vsnprintf(*text, (size_t) n + 1, fmt, args) : -1;
}

int asprintf(char **text, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(text, fmt, args);
    va_end(args);
    return n;
}

int vdprintf(int fd, const char *fmt, va_list args) {
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
        return __leaf_vprintf(fmt, args);
    errno = EBADF;
    return -1;
}

int dprintf(int fd, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vdprintf(fd, fmt, args);
    va_end(args);
    return n;
}

/* What errno says, after s. */
void perror(const char *s) {
    int error = errno;
    if (s && *s) fprintf(stderr, "%s: ", s);
    fprintf(stderr, "%s\n", strerror(error));
}
