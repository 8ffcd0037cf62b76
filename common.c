/*
 * common.c: what the kernel and user programs share: ISO C's functions for
 * memory and strings, and printf. It keeps no data, allocates nothing, and
 * needs one function from whoever links it, put(). No run-time library of
 * the compiler's is linked either, so 64-bit division is done here.
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
    unsigned char *stop = d + (size_t) (end - d) / ROUND_BYTES * ROUND_BYTES;
    for (; d != stop; d += ROUND_BYTES) {
        word *to = (word *) d;
        for (int i = 0; i < ROUND; i++) to[i] = w;
    }
    while (d != end) *d++ = c;
    return dst;
}

/* Copies upwards, byte by byte where no word of both is aligned: memmove
 * counts on the direction. */
void *memcpy(void *dst, const void *src, size_t n) {
    unsigned char *d = dst, *end = d + n;
    const unsigned char *s = src;
    while (d != end && !is_aligned(d)) *d++ = *s++;
    size_t rounds = is_aligned(s) ? (size_t) (end - d) / ROUND_BYTES : 0;
    unsigned char *stop = d + rounds * ROUND_BYTES;
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
size_t strlen(const char *s) {
    const char *end = s;
    while (*end) end++;
    return end - s;
}

size_t strnlen(const char *s, size_t max) {
    size_t n = 0;
    while (n < max && s[n]) n++;
    return n;
}

char *strcpy(char *dst, const char *src) {
    memcpy(dst, src, strlen(src) + 1);
    return dst;
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

int strcmp(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (unsigned char) *a - (unsigned char) *b;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n > 0; n--, a++, b++)
        if (*a != *b || !*a) return (unsigned char) *a - (unsigned char) *b;
    return 0;
}

char *strchr(const char *s, int c) {
    for (; *s != (char) c; s++)
        if (!*s) return NULL;
    return (char *) s;
}

char *strrchr(const char *s, int c) {
    const char *last = NULL;
    do {
        if (*s == (char) c) last = s;
    } while (*s++);
    return (char *) last;
}

char *strstr(const char *s, const char *find) {
    size_t n = strlen(find);
    for (; strncmp(s, find, n) != 0; s++)
        if (!*s) return NULL;
    return (char *) s;
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
    bool console; /* when buf is full: put it, rather than drop the rest */
    size_t count; /* characters printed, the dropped ones too */
    const char *fmt;
    va_list args;

    bool left, zero, plus, space, alternate; /* the flags - 0 + space # */
    size_t width;
    int precision; /* negative: none given */
    size_t bytes;  /* of an integer argument */
};

static void flush(struct printer *p) {
    if (p->used > 0) put(p->buf, p->used);
    p->used = 0;
}

static void print_char(struct printer *p, char c) {
    if (p->console && p->used == p->size) flush(p);
    if (p->used < p->size) p->buf[p->used++] = c;
    p->count++;
}

static void print_chars(struct printer *p, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) print_char(p, s[i]);
}

static void print_repeated(struct printer *p, char c, size_t n) {
    while (n-- > 0) print_char(p, c);
}

/* A field as wide as asked: the prefix, so many zeros, n characters. */
static void print_field(struct printer *p, const char *prefix, size_t zeros,
                        const char *s, size_t n) {
    size_t length = strlen(prefix) + zeros + n;
    size_t padding = p->width > length ? p->width - length : 0;
    if (!p->left) print_repeated(p, ' ', padding);
    print_chars(p, prefix, strlen(prefix));
    print_repeated(p, '0', zeros);
    print_chars(p, s, n);
    if (p->left) print_repeated(p, ' ', padding);
}

/* The precision is the most that is read of s, which may lack a 0 then. */
static void print_string(struct printer *p, const char *s) {
    if (!s) s = "(null)";
    size_t max = p->precision < 0 ? SIZE_MAX : (size_t) p->precision;
    print_field(p, "", 0, s, strnlen(s, max));
}

/*
 * Divides *n by a base of at most 16 bits and returns the remainder: long
 * division as on paper, from the left, bringing down 16 bits at a time.
 */
static uint32_t divide(uint64_t *n, uint32_t base) {
    uint32_t high = *n >> 32, low = *n;
    uint32_t middle = high % base << 16 | low >> 16;
    uint32_t last = middle % base << 16 | (low & 0xffff);
    *n = (uint64_t) (high / base) << 32 | (middle / base << 16 | last / base);
    return last % base;
}

/* digits holds the base's digits from 0 up. The precision is the least
 * number of digits. */
static void print_number(struct printer *p, uint64_t n, const char *digits,
                         const char *prefix) {
    char text[22]; /* 2^64 - 1 in octal */
    char *end = text + sizeof(text), *first = end;
    size_t base = strlen(digits);
    while (n > 0) *--first = digits[divide(&n, base)];

    size_t have = end - first, want = p->precision < 0 ? 1 : p->precision;
    if (base == 8 && p->alternate && want <= have) want = have + 1;
    if (p->zero && p->width > strlen(prefix) + want)
        want = p->width - strlen(prefix);
    print_field(p, prefix, want > have ? want - have : 0, first, have);
}

/* The next argument, an integer; a long is as wide as int or long long. */
static int64_t next_signed(struct printer *p) {
    if (p->bytes == sizeof(long long)) return va_arg(p->args, long long);
    int n = va_arg(p->args, int);
    if (p->bytes == sizeof(char)) return (signed char) n;
    return p->bytes == sizeof(short) ? (short) n : n;
}

static void print_signed(struct printer *p) {
    int64_t n = next_signed(p);
    const char *sign = n < 0 ? "-" : p->plus ? "+" : p->space ? " " : "";
    print_number(p, n < 0 ? -(uint64_t) n : n, "0123456789", sign);
}

static void print_unsigned(struct printer *p, const char *digits,
                           const char *prefix) {
    uint64_t n = next_signed(p);
    if (p->bytes < sizeof(n)) /* take the sign's copies away */
        n = (uint32_t) n & UINT32_MAX >> (32 - 8 * p->bytes);
    print_number(p, n, digits, p->alternate && n ? prefix : "");
}

static void print_pointer(struct printer *p) {
    uintptr_t n = (uintptr_t) va_arg(p->args, void *);
    if (n)
        print_number(p, n, "0123456789abcdef", "0x");
    else
        print_field(p, "", 0, "(nil)", 5);
}

/* Prints the next argument; false: there is no such conversion. */
static bool convert(struct printer *p, char conversion) {
    char c;
    switch (conversion) {
    case 'd':
    case 'i':
        print_signed(p);
        return true;
    case 'u':
        print_unsigned(p, "0123456789", "");
        return true;
    case 'o':
        print_unsigned(p, "01234567", "");
        return true;
    case 'x':
        print_unsigned(p, "0123456789abcdef", "0x");
        return true;
    case 'X':
        print_unsigned(p, "0123456789ABCDEF", "0X");
        return true;
    case 'p':
        print_pointer(p);
        return true;
    case 's':
        print_string(p, va_arg(p->args, const char *));
        return true;
    case 'c':
        c = va_arg(p->args, int);
        print_field(p, "", 0, &c, 1);
        return true;
    case '%':
        print_char(p, '%');
        return true;
    default:
        return false;
    }
}

/* Steps over c, if that is what the format goes on with. */
static bool consume(struct printer *p, char c) {
    if (*p->fmt != c) return false;
    p->fmt++;
    return true;
}

static void parse_flags(struct printer *p) {
    p->left = p->zero = p->plus = p->space = p->alternate = false;
    for (;;) {
        if (consume(p, '-'))
            p->left = true;
        else if (consume(p, '0'))
            p->zero = true;
        else if (consume(p, '+'))
            p->plus = true;
        else if (consume(p, ' '))
            p->space = true;
        else if (consume(p, '#'))
            p->alternate = true;
        else
            return;
    }
}

static int parse_number(struct printer *p) {
    if (consume(p, '*')) return va_arg(p->args, int);
    uint32_t n = 0;
    for (; *p->fmt >= '0' && *p->fmt <= '9'; p->fmt++)
        n = n * 10 + (*p->fmt - '0');
    return n;
}

static void parse_width(struct printer *p) {
    int n = parse_number(p);
    if (n < 0) p->left = true;
    p->width = n < 0 ? -(size_t) n : (size_t) n;
    p->precision = consume(p, '.') ? parse_number(p) : -1;
    if (p->left || p->precision >= 0) p->zero = false; /* as ISO C has it */
}

static void parse_length(struct printer *p) {
    if (consume(p, 'h'))
        p->bytes = consume(p, 'h') ? sizeof(char) : sizeof(short);
    else if (consume(p, 'l'))
        p->bytes = consume(p, 'l') ? sizeof(long long) : sizeof(long);
    else if (consume(p, 'j'))
        p->bytes = sizeof(intmax_t);
    else if (consume(p, 'z') || consume(p, 't'))
        p->bytes = sizeof(size_t);
    else
        p->bytes = sizeof(int);
}

/* Returns the number of characters, or -1 if it does not fit an int. */
static int print(struct printer *p, const char *fmt, va_list args) {
    va_copy(p->args, args);
    for (p->fmt = fmt; *p->fmt;) {
        const char *start = p->fmt;
        if (!consume(p, '%')) {
            print_char(p, *p->fmt++);
            continue;
        }
        parse_flags(p);
        parse_width(p);
        parse_length(p);
        if (convert(p, *p->fmt))
            p->fmt++;
        else /* no conversion: it is printed as it stands */
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
