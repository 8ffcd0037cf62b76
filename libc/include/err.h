/*
 * err.h: messages that begin with the program's name; err and warn end theirs
 * with what errno says. err and errx exit with the status.
 */
#pragma once

#include <stdarg.h>
#include <sys/cdefs.h>

_Noreturn void err(int status, const char *fmt, ...) __printf_like(2, 3);
_Noreturn void errx(int status, const char *fmt, ...) __printf_like(2, 3);
void warn(const char *fmt, ...) __printf_like(1, 2);
void warnx(const char *fmt, ...) __printf_like(1, 2);
_Noreturn void verr(int status, const char *fmt, va_list args);
_Noreturn void verrx(int status, const char *fmt, va_list args);
void vwarn(const char *fmt, va_list args);
void vwarnx(const char *fmt, va_list args);
