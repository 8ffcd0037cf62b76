#include "common.h"

void *memset(void *buf, char c, size_t n) {
    for (size_t i = 0; i < n; i++) ((volatile char *) buf)[i] = c;
    return buf;
}

void *memcpy(void *dst, const void *src, size_t n) {
    for (size_t i = 0; i < n; i++)
        ((volatile char *) dst)[i] = ((const char *) src)[i];
    return dst;
}

static void print_number(uint32_t n, uint32_t base) {
    if (n >= base) print_number(n / base, base);
    putchar("0123456789abcdef"[n % base]);
}

/* %s %d %x */
void printf(const char *fmt, ...) {
    __builtin_va_list args;
    __builtin_va_start(args, fmt);
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            putchar(*fmt);
        } else if (*++fmt == 's') {
            for (const char *s = __builtin_va_arg(args, const char *); *s; s++)
                putchar(*s);
        } else {
            print_number(__builtin_va_arg(args, uint32_t),
                         *fmt == 'd' ? 10 : 16);
        }
    }
    __builtin_va_end(args);
}
