/* wchar.h: wide characters, of which leaf has only the type. */
#pragma once

#include <sys/cdefs.h>
#define __need_NULL
#define __need_size_t
#define __need_wchar_t
#define __need_wint_t
#include <stddef.h>

#define WEOF ((wint_t) -1)

size_t wcslen(const wchar_t *s) __lacks("wide characters");
wchar_t *wcscpy(wchar_t *dst, const wchar_t *src) __lacks("wide characters");
int wcscmp(const wchar_t *a, const wchar_t *b) __lacks("wide characters");
wchar_t *wcschr(const wchar_t *s, wchar_t c) __lacks("wide characters");
wint_t getwchar(void) __lacks("wide characters");
wint_t putwchar(wchar_t c) __lacks("wide characters");
int wprintf(const wchar_t *fmt, ...) __lacks("wide characters");
int swprintf(wchar_t *buf, size_t size, const wchar_t *fmt, ...)
    __lacks("wide characters");
