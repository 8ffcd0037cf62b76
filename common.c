/*
 * common.c: what the kernel and user programs share: ISO C's functions for
 * memory and strings, printf, and 64-bit division, which the compiler counts
 * on. It keeps no data, allocates nothing, and needs one function from the
 * program that links it, put().
 */
#include "common.h"

/*
 * Memory. memset and memcpy go by words, eight a round, once the address is
 * aligned: a byte at a time would take many times as many instructions.
 * A word may alias any type, so the compiler keeps accesses in order.
 */
typedef uint32_t __attribute__((may_alias)) word;
#define ROUND 8 /* words; the compiler writes them out one by one */
#define ROUND_BYTES (ROUND * sizeof(word))

static bool is_aligned(const void *p) {
    return (uintptr_t) p % sizeof(word) == 0;
}

void *memset(void *dst, int c, size_t n) {
    unsigned char *d = dst, *end = d + n;
    while (d != end && !is_aligned(d)) *d++ = c;
    word w = (unsigned char) c * 0x01010101u;
    unsigned char *stop = end - (end - d) % ROUND_BYTES;
    for (; d != stop; d += ROUND_BYTES) {
        word *to = (word *) d;
        for (int i = 0; i < ROUND; i++) to[i] = w;
    }
    while (d != end) *d++ = c;
    return dst;
}

/* Copies upwards, byte by byte unless both are aligned alike: memmove counts
 * on the direction. */
void *memcpy(void *dst, const void *src, size_t n) {
    unsigned char *d = dst, *end = d + n;
    const unsigned char *s = src;
    while (d != end && !is_aligned(d)) *d++ = *s++;
    unsigned char *stop = is_aligned(s) ? end - (end - d) % ROUND_BYTES : d;
    for (; d != stop; d += ROUND_BYTES, s += ROUND_BYTES) {
        word *to = (word *) d;
        const word *from = (const word *) s;
        for (int i = 0; i < ROUND; i++) to[i] = from[i];
    }
    while (d != end) *d++ = *s++;
    return dst;
}

void *memmove(void *dst, const void *src, size_t n) {
    unsigned char *d = dst;
    const unsigned char *s = src;
    bool overwrites = (uintptr_t) d - (uintptr_t) s < n; /* going upwards */
    if (!overwrites) return memcpy(dst, src, n);
    while (n-- > 0) d[n] = s[n];
    return dst;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i]) return x[i] - y[i];
    return 0;
}

void *memchr(const void *s, int c, size_t n) {
    const unsigned char *p = s;
    for (size_t i = 0; i < n; i++)
        if (p[i] == (unsigned char) c) return (void *) (p + i);
    return NULL;
}

/* Strings. */
size_t strnlen(const char *s, size_t max) {
    size_t n = 0;
    while (n < max && s[n]) n++;
    return n;
}

size_t strlen(const char *s) { return strnlen(s, SIZE_MAX); }

char *strcpy(char *dst, const char *src) {
    return memcpy(dst, src, strlen(src) + 1);
}

char *strncpy(char *dst, const char *src, size_t n) {
    size_t length = strnlen(src, n);
    memcpy(dst, src, length);
    memset(dst + length, 0, n - length);
    return dst;
}

char *strcat(char *dst, const char *src) {
    strcpy(dst + strlen(dst), src);
    return dst;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n > 0; n--, a++, b++)
        if (*a != *b || !*a) return (unsigned char) *a - (unsigned char) *b;
    return 0;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, SIZE_MAX); }

/* The 0 at the end is a character that can be looked for. */
char *strchr(const char *s, int c) { return memchr(s, c, strlen(s) + 1); }

char *strrchr(const char *s, int c) {
    for (size_t n = strlen(s) + 1; n-- > 0;)
        if (s[n] == (char) c) return (char *) s + n;
    return NULL;
}

char *strstr(const char *s, const char *find) {
    size_t n = strlen(find);
    for (; strncmp(s, find, n) != 0; s++)
        if (!*s) return NULL;
    return (char *) s;
}

/*
 * 64-bit division. The processor divides 32 bits; for more the compiler calls
 * these four functions, under the names that its run-time library has for
 * them. Division by zero has no result in C; here it ends with some number.
 */

/* An instruction divides what fits in a register. The rest is long division as
 * on paper, in binary: digit by digit n moves out at the left into the
 * remainder, and the quotient's digits move in at the right. */
uint64_t __udivdi3(uint64_t n, uint64_t by) {
    if (by && (n | by) <= UINT32_MAX) return (uint32_t) n / (uint32_t) by;
    uint64_t remainder = 0;
    for (int digit = 0; digit < 64; digit++) {
        remainder = remainder << 1 | n >> 63;
        n <<= 1;
        if (remainder < by) continue;
        remainder -= by;
        n |= 1;
    }
    return n;
}

static uint64_t magnitude(int64_t n) { return n < 0 ? -(uint64_t) n : n; }

int64_t __divdi3(int64_t n, int64_t by) {
    uint64_t quotient = __udivdi3(magnitude(n), magnitude(by));
    return (n < 0) == (by < 0) ? quotient : -quotient;
}

/* What the quotient leaves. Here n % by would be a call to this function. */
uint64_t __umoddi3(uint64_t n, uint64_t by) {
    return n - __udivdi3(n, by) * by;
}

int64_t __moddi3(int64_t n, int64_t by) {
    return n - (uint64_t) __divdi3(n, by) * by;
}

/*
 * printf. A printer is one call's state: where its characters go, what is
 * still to be read of the format and of the arguments, and the conversion
 * being worked on. What goes to the console is gathered: a line is one put().
 */
#define PRINTF_BUFFER 100 /* a line, on a stack that may be a kernel stack */

struct printer {
    char *buf;
    size_t size, used;
    bool console;   /* when buf is full: put it, rather than drop the rest */
    uint64_t count; /* characters printed, the dropped ones too */
    const char *fmt;
    va_list args;

    uint32_t flags; /* see flag() */
    size_t width;
    int64_t precision; /* negative: none given */
    size_t bytes;      /* of an integer argument */
};

/* The bit of a flag: - 0 + # and space lie less than 32 characters apart. */
static uint32_t flag(char c) { return 1u << (c - ' '); }

static void flush(struct printer *p) {
    if (p->used > 0) put(p->buf, p->used);
    p->used = 0;
}

static bool has_room(struct printer *p) {
    if (p->console && p->used == p->size) flush(p);
    return p->used < p->size;
}

static void print_chars(struct printer *p, const char *s, size_t n) {
    p->count += n;
    for (; n > 0 && has_room(p); n--) p->buf[p->used++] = *s++;
}

static void print_repeated(struct printer *p, char c, size_t n) {
    p->count += n;
    for (; n > 0 && has_room(p); n--) p->buf[p->used++] = c;
}

/* A field as wide as asked: the prefix, zeros, then n characters of s. */
static void print_field(struct printer *p, const char *prefix, size_t zeros,
                        const char *s, size_t n) {
    size_t length = strlen(prefix) + zeros + n;
    size_t padding = p->width > length ? p->width - length : 0;
    bool left = p->flags & flag('-');
    if (!left) print_repeated(p, ' ', padding);
    print_chars(p, prefix, strlen(prefix));
    print_repeated(p, '0', zeros);
    print_chars(p, s, n);
    if (left) print_repeated(p, ' ', padding);
}

/* At most precision bytes of s are read: then it need not end in a 0. */
static void print_string(struct printer *p, const char *s) {
    if (!s) s = "(null)";
    size_t max = p->precision < 0 ? SIZE_MAX : (size_t) p->precision;
    print_field(p, "", 0, s, strnlen(s, max));
}

/* digits holds the base's digits from 0 up. The precision is the least
 * number of digits. */
static void print_number(struct printer *p, uint64_t n, const char *digits,
                         const char *prefix) {
    char text[22]; /* 2^64 - 1 in octal */
    char *end = text + sizeof(text), *first = end;
    size_t base = strlen(digits);
    for (; n > 0; n /= base) *--first = digits[n % base];

    size_t have = end - first, want = p->precision < 0 ? 1 : p->precision;
    if (base == 8 && p->flags & flag('#') && want <= have) want = have + 1;
    if (p->flags & flag('0') && p->width > strlen(prefix) + want)
        want = p->width - strlen(prefix);
    print_field(p, prefix, want > have ? want - have : 0, first, have);
}

/* The next argument. Shifting it up and down again turns the bits above an
 * integer of that size into copies of its sign, or into zeros. */
static uint64_t next_integer(struct printer *p, bool is_signed) {
    uint64_t n = p->bytes == sizeof(long long) ? va_arg(p->args, long long)
                                               : va_arg(p->args, int);
    int above = 64 - 8 * (int) p->bytes;
    return is_signed ? (int64_t) (n << above) >> above : n << above >> above;
}

static void print_signed(struct printer *p) {
    int64_t n = next_integer(p, true);
    const char *sign = p->flags & flag('+')   ? "+"
                       : p->flags & flag(' ') ? " "
                                              : "";
    print_number(p, magnitude(n), "0123456789", n < 0 ? "-" : sign);
}

static void print_unsigned(struct printer *p, const char *digits,
                           const char *prefix) {
    uint64_t n = next_integer(p, false);
    print_number(p, n, digits, p->flags & flag('#') && n ? prefix : "");
}

static void print_pointer(struct printer *p) {
    uintptr_t n = (uintptr_t) va_arg(p->args, void *);
    if (n)
        print_number(p, n, "0123456789abcdef", "0x");
    else
        print_field(p, "", 0, "(nil)", 5);
}

/* Steps over c, if that is what the format goes on with. */
static bool consume(struct printer *p, char c) {
    if (*p->fmt != c) return false;
    p->fmt++;
    return true;
}

/* Digits, or for * an argument. What is too large for an int becomes
 * INT_MAX + 1, which makes the whole length too large for one. */
static int64_t parse_number(struct printer *p) {
    if (consume(p, '*')) return va_arg(p->args, int);
    int64_t n = 0;
    for (; *p->fmt >= '0' && *p->fmt <= '9'; p->fmt++) {
        n = n * 10 + (*p->fmt - '0');
        if (n > INT_MAX) n = INT_MAX + 1ll;
    }
    return n;
}

/* What stands between % and the conversion: flags, width, precision and
 * length, each of which may be missing. */
static void parse_options(struct printer *p) {
    for (p->flags = 0; *p->fmt && strchr("-0+ #", *p->fmt); p->fmt++)
        p->flags |= flag(*p->fmt);

    int64_t width = parse_number(p);
    if (width < 0) p->flags |= flag('-');
    p->width = magnitude(width);
    p->precision = consume(p, '.') ? parse_number(p) : -1;
    if (p->flags & flag('-') || p->precision >= 0)
        p->flags &= ~flag('0'); /* as ISO C has it */

    p->bytes = sizeof(int);
    if (consume(p, 'h'))
        p->bytes = consume(p, 'h') ? sizeof(char) : sizeof(short);
    else if (consume(p, 'l'))
        p->bytes = consume(p, 'l') ? sizeof(long long) : sizeof(long);
    else if (consume(p, 'j'))
        p->bytes = sizeof(intmax_t);
    else if (consume(p, 'z') || consume(p, 't'))
        p->bytes = sizeof(size_t);
}

/* Prints the next argument as what follows the % says; false: there is no such
 * conversion. */
static bool convert(struct printer *p) {
    parse_options(p);
    if (consume(p, 'd') || consume(p, 'i'))
        print_signed(p);
    else if (consume(p, 'u'))
        print_unsigned(p, "0123456789", "");
    else if (consume(p, 'o'))
        print_unsigned(p, "01234567", "");
    else if (consume(p, 'x'))
        print_unsigned(p, "0123456789abcdef", "0x");
    else if (consume(p, 'X'))
        print_unsigned(p, "0123456789ABCDEF", "0X");
    else if (consume(p, 'p'))
        print_pointer(p);
    else if (consume(p, 's'))
        print_string(p, va_arg(p->args, const char *));
    else if (consume(p, 'c'))
        print_field(p, "", 0, (char[]){va_arg(p->args, int)}, 1);
    else if (consume(p, '%'))
        print_chars(p, "%", 1);
    else
        return false;
    return true;
}

/* Returns the number of characters, or -1 if it does not fit in an int. */
static int print(struct printer *p, const char *fmt, va_list args) {
    va_copy(p->args, args);
    for (p->fmt = fmt; *p->fmt;) {
        const char *start = p->fmt++;
        if (*start != '%')
            print_chars(p, start, 1);
        else if (!convert(p)) /* it is printed as it stands */
            print_chars(p, start, p->fmt - start);
    }
    va_end(p->args);
    return p->count > INT_MAX ? -1 : (int) p->count;
}

int vprintf(const char *fmt, va_list args) {
    char buf[PRINTF_BUFFER];
    struct printer p = {.buf = buf, .size = sizeof(buf), .console = true};
    int n = print(&p, fmt, args);
    flush(&p);
    return n;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args) {
    struct printer p = {.buf = buf, .size = size > 0 ? size - 1 : 0};
    int n = print(&p, fmt, args);
    if (size > 0) buf[p.used] = '\0';
    return n;
}

int printf(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vprintf(fmt, args);
    va_end(args);
    return n;
}

int snprintf(char *buf, size_t size, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(buf, size, fmt, args);
    va_end(args);
    return n;
}
