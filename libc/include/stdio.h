/*
 * stdio.h: the console as three streams. What is written appears at once, so
 * there is nothing to flush; what is read is not shown, and Ctrl-D ends it.
 */
#pragma once

#include <stdarg.h>
#include <sys/cdefs.h>
#include <sys/types.h>
#define __need_NULL
#include <stddef.h>

#define EOF (-1)
#define BUFSIZ 512
#define FOPEN_MAX 3
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2
#define FILENAME_MAX 4096
#define L_tmpnam 20
#define TMP_MAX 238328
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

typedef struct __stream FILE;
extern FILE *const stdin, *const stdout, *const stderr;
#define stdin stdin
#define stdout stdout
#define stderr stderr

int printf(const char *fmt, ...) __printf_like(1, 2);
int fprintf(FILE *f, const char *fmt, ...) __printf_like(2, 3);
int sprintf(char *buf, const char *fmt, ...) __printf_like(2, 3);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf_like(3, 4);
int vprintf(const char *fmt, va_list args);
int vfprintf(FILE *f, const char *fmt, va_list args);
int vsprintf(char *buf, const char *fmt, va_list args);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int asprintf(char **text, const char *fmt, ...) __printf_like(2, 3);
int vasprintf(char **text, const char *fmt, va_list args);
int dprintf(int fd, const char *fmt, ...) __printf_like(2, 3);
int vdprintf(int fd, const char *fmt, va_list args);

int scanf(const char *fmt, ...) __scanf_like(1, 2);
int fscanf(FILE *f, const char *fmt, ...) __scanf_like(2, 3);
int sscanf(const char *s, const char *fmt, ...) __scanf_like(2, 3);
int vscanf(const char *fmt, va_list args);
int vfscanf(FILE *f, const char *fmt, va_list args);
int vsscanf(const char *s, const char *fmt, va_list args);

int putchar(int c);
int puts(const char *s);
int putc(int c, FILE *f);
int fputc(int c, FILE *f);
int fputs(const char *s, FILE *f);
size_t fwrite(const void *p, size_t size, size_t count, FILE *f);
void perror(const char *s);

int getchar(void);
int getc(FILE *f);
int fgetc(FILE *f);
int ungetc(int c, FILE *f);
char *fgets(char *buf, int size, FILE *f);
ssize_t getline(char **line, size_t *size, FILE *f);
ssize_t getdelim(char **line, size_t *size, int delimiter, FILE *f);
size_t fread(void *p, size_t size, size_t count, FILE *f);

int getchar_unlocked(void);
int getc_unlocked(FILE *f);
int putchar_unlocked(int c);
int putc_unlocked(int c, FILE *f);

int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);
int fileno(FILE *f);
int fflush(FILE *f);
void setbuf(FILE *f, char *buf);
int setvbuf(FILE *f, char *buf, int mode, size_t size);

FILE *fopen(const char *path, const char *mode) __lacks("files");
FILE *fdopen(int fd, const char *mode) __lacks("files");
FILE *freopen(const char *path, const char *mode, FILE *f) __lacks("files");
FILE *popen(const char *command, const char *mode) __lacks("pipes");
FILE *tmpfile(void) __lacks("files");
int fclose(FILE *f) __lacks("files");
int pclose(FILE *f) __lacks("pipes");
int fseek(FILE *f, long offset, int whence) __lacks("files");
long ftell(FILE *f) __lacks("files");
void rewind(FILE *f) __lacks("files");
int remove(const char *path) __lacks("files");
int rename(const char *from, const char *to) __lacks("files");
