/*
 * stdio.c: the three streams. Nothing is kept back: what is written goes to
 * the console in the same call, and stdin takes no more than it hands out, so
 * that fork doubles nothing.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "leaf.h"

struct __stream {
    int fd;
    bool end, error;
    int pushed; /* what ungetc put back, or EOF */
};

static FILE streams[] = {
    {.fd = 0, .pushed = EOF},
    {.fd = 1, .pushed = EOF},
    {.fd = 2, .pushed = EOF},
};
FILE *const stdin = &streams[0], *const stdout = &streams[1],
            *const stderr = &streams[2];

/* Notes an error of the stream. Returns EOF. */
static int failed(FILE *f, int error) {
    errno = error;
    f->error = true;
    return EOF;
}

/* ---- Output ---- */

/* Writes all n bytes, in as many calls as it takes; returns how many it has
 * written: fewer only if there was an error. */
static size_t write_all(FILE *f, const char *s, size_t n) {
    size_t written = 0;
    if (f == stdin) failed(f, EBADF);
    while (f != stdin && written < n) {
        ssize_t more = __leaf_write(f->fd, s + written, n - written);
        if (more <= 0) {
            failed(f, errno);
            break;
        }
        written += more;
    }
    return written;
}

size_t fwrite(const void *p, size_t size, size_t count, FILE *f) {
    size_t n;
    if (__builtin_mul_overflow(size, count, &n)) n = SIZE_MAX / size * size;
    return n > 0 ? write_all(f, p, n) / size : 0;
}

int fputs(const char *s, FILE *f) {
    size_t n = strlen(s);
    return write_all(f, s, n) == n ? 0 : EOF;
}

int fputc(int c, FILE *f) {
    char byte = c;
    return write_all(f, &byte, 1) == 1 ? (unsigned char) c : EOF;
}

int putc(int c, FILE *f) { return fputc(c, f); }

/* ---- Input ---- */

int fgetc(FILE *f) {
    int c = f->pushed;
    f->pushed = EOF;
    if (c != EOF || f->end) return c;
    if (f != stdin) return failed(f, EBADF);
    c = __leaf_getchar();
    f->end = c == EOF;
    return c;
}

int getc(FILE *f) { return fgetc(f); }

int getchar(void) { return fgetc(stdin); }

/* Without threads there is nothing to lock. */
int getc_unlocked(FILE *f) { return fgetc(f); }

int getchar_unlocked(void) { return fgetc(stdin); }

int putc_unlocked(int c, FILE *f) { return fputc(c, f); }

int putchar_unlocked(int c) { return fputc(c, stdout); }

/* One character can be put back. */
int ungetc(int c, FILE *f) {
    if (c == EOF || f->pushed != EOF) return EOF;
    f->end = false;
    f->pushed = (unsigned char) c;
    return f->pushed;
}

/* A line with its newline, or what there is of one: NULL if nothing is. */
char *fgets(char *buf, int size, FILE *f) {
    int n = 0, c = 0;
    if (size < 1) return NULL;
    while (n < size - 1 && c != '\n') {
        c = fgetc(f);
        if (c == EOF) break;
        buf[n++] = c;
    }
    if (c == EOF && n == 0) return NULL;
    buf[n] = '\0';
    return buf;
}

/* What comes before the delimiter and that itself, whatever the length, in the
 * block at *line of *size bytes, which grows: how much, or -1 at the end. */
ssize_t getdelim(char **line, size_t *size, int delimiter, FILE *f) {
    size_t n = 0;
    int c;
    do {
        c = fgetc(f);
        if (c == EOF && n == 0) return -1;
        if (!*line || n + 2 > *size) {
            char *larger = realloc(*line, 2 * n + 64);
            if (!larger) return failed(f, ENOMEM);
            *line = larger;
            *size = 2 * n + 64;
        }
        if (c != EOF) (*line)[n++] = c;
    } while (c != EOF && c != delimiter);
    (*line)[n] = '\0';
    return n;
}

ssize_t getline(char **line, size_t *size, FILE *f) {
    return getdelim(line, size, '\n', f);
}

size_t fread(void *p, size_t size, size_t count, FILE *f) {
    char *to = p;
    for (size_t i = 0; size > 0 && i < count; i++)
        for (size_t j = 0; j < size; j++) {
            int c = fgetc(f);
            if (c == EOF) return i;
            *to++ = c;
        }
    return size > 0 ? count : 0;
}

/* ---- A stream's state ---- */

int feof(FILE *f) { return f->end; }

int ferror(FILE *f) { return f->error; }

void clearerr(FILE *f) { f->end = f->error = false; }

int fileno(FILE *f) { return f->fd; }

int fflush(FILE *f) {
    (void) f;
    return 0;
}

/* A stream without a buffer cannot be given one, which ISO C allows. */
int setvbuf(FILE *f, char *buf, int mode, size_t size) {
    (void) f, (void) buf, (void) size;
    return mode == _IONBF ? 0 : -1;
}

void setbuf(FILE *f, char *buf) { setvbuf(f, buf, _IONBF, 0); }
