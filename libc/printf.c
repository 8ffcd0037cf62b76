/*
 * printf.c: printf's relatives. The conversions are common.c's, and so is the
 * console: a stream that can be written is the console.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
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

/* What errno says, after s. */
void perror(const char *s) {
    int error = errno;
    if (s && *s) fprintf(stderr, "%s: ", s);
    fprintf(stderr, "%s\n", strerror(error));
}
