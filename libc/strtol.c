/*
 * strtol.c: integers in strings. One function reads them all; they differ in
 * what is too large.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include "leaf.h"

struct number {
    unsigned long long magnitude;
    bool negative;
    bool overflow; /* the magnitude is larger than its type can tell */
};

/* The integer that s begins with, 0 if there is none; *end is where it ends,
 * and s if there is none. Base 0: its prefix says which. */
static struct number parse(const char *s, char **end, unsigned base) {
    struct number n = {0, false, false};
    const char *from = s;
    while (isspace((unsigned char) *from)) from++;
    if (*from == '-' || *from == '+') n.negative = *from++ == '-';
    bool hexadecimal = from[0] == '0' && (from[1] | 0x20) == 'x' &&
                       isxdigit((unsigned char) from[2]);
    if (hexadecimal && (base == 0 || base == 16)) {
        from += 2;
        base = 16;
    }
    if (base == 0) base = *from == '0' ? 8 : 10;
    if (base == 1 || base > 36) errno = EINVAL;
    const char *to = from;
    for (; __digit(*to) < base && base <= 36 && base > 1; to++) {
        n.overflow |= __builtin_mul_overflow(n.magnitude, base, &n.magnitude);
        n.overflow |=
            __builtin_add_overflow(n.magnitude, __digit(*to), &n.magnitude);
    }
    if (end) *end = (char *) (to == from ? s : to);
    return n;
}

/* As a type has it that holds -max - 1 to max. */
static long long parse_signed(const char *s, char **end, int base,
                              long long max) {
    struct number n = parse(s, end, base);
    unsigned long long limit = (unsigned long long) max + n.negative;
    if (n.overflow || n.magnitude > limit) {
        n.magnitude = limit;
        errno = ERANGE;
    }
    return n.negative ? -n.magnitude : n.magnitude;
}

/* As a type has it that holds 0 to max; a minus wraps around. */
static unsigned long long parse_unsigned(const char *s, char **end, int base,
                                         unsigned long long max) {
    struct number n = parse(s, end, base);
    if (n.overflow || n.magnitude > max) {
        errno = ERANGE;
        return max;
    }
    return n.negative ? -n.magnitude : n.magnitude;
}

long strtol(const char *s, char **end, int base) {
    return parse_signed(s, end, base, LONG_MAX);
}

unsigned long strtoul(const char *s, char **end, int base) {
    return parse_unsigned(s, end, base, ULONG_MAX);
}

long long strtoll(const char *s, char **end, int base) {
    return parse_signed(s, end, base, LLONG_MAX);
}

unsigned long long strtoull(const char *s, char **end, int base) {
    return parse_unsigned(s, end, base, ULLONG_MAX);
}

intmax_t strtoimax(const char *s, char **end, int base) {
    return parse_signed(s, end, base, INTMAX_MAX);
}

uintmax_t strtoumax(const char *s, char **end, int base) {
    return parse_unsigned(s, end, base, UINTMAX_MAX);
}

int atoi(const char *s) { return parse_signed(s, NULL, 10, INT_MAX); }

long atol(const char *s) { return strtol(s, NULL, 10); }

long long atoll(const char *s) { return strtoll(s, NULL, 10); }
