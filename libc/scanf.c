/*
 * scanf.c: scanf and its relatives, without floating point: %d %i %u %o %x %X
 * %p %c %s %[ %n %%, the lengths of printf, a width, and * for an item that is
 * read and not stored.
 */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "leaf.h"

/*
 * A scanner is one call's state. It looks at a character before it uses it,
 * and no earlier than it must: who types would be kept waiting. A stream gets
 * back what was looked at and not used.
 */
enum { NOT_LOOKED = EOF - 1 };

struct scanner {
    FILE *f;       /* NULL: a string is read, */
    const char *s; /* which goes on here */
    int next;      /* the next character, EOF or NOT_LOOKED */
    int used;      /* characters: what %n stores */
    va_list args;

    bool drop;    /* the conversion has a * */
    size_t width; /* how many characters the item may yet have */
    bool begun;   /* it has one */
    size_t bytes; /* of an integer */
};

static int peek(struct scanner *in) {
    if (in->next != NOT_LOOKED) return in->next;
    if (in->f)
        in->next = getc(in->f);
    else
        in->next = *in->s ? (unsigned char) *in->s++ : EOF;
    return in->next;
}

/* Uses the character that peek has shown. */
static void use(struct scanner *in) {
    in->next = NOT_LOOKED;
    in->used++;
}

static void skip_space(struct scanner *in) {
    while (isspace(peek(in))) use(in);
}

/* ---- Items: false if there is none ---- */

/* The next character of the item, or EOF at the item's end. */
static int peek_item(struct scanner *in) {
    return in->width > 0 ? peek(in) : EOF;
}

static void use_item(struct scanner *in) {
    in->width--;
    in->begun = true;
    use(in);
}

/* Stores an integer where the next argument points. */
static void store(struct scanner *in, uint64_t n) {
    void *to = va_arg(in->args, void *);
    if (in->bytes == sizeof(char)) *(unsigned char *) to = n;
    if (in->bytes == sizeof(short)) *(unsigned short *) to = n;
    if (in->bytes == sizeof(int)) *(unsigned *) to = n;
    if (in->bytes == sizeof(long long)) *(unsigned long long *) to = n;
}

/* An integer; base 0: its prefix says which. */
static bool scan_integer(struct scanner *in, unsigned base) {
    uint64_t n = 0;
    bool any = false, negative = peek_item(in) == '-';
    if (negative || peek_item(in) == '+') use_item(in);
    if (peek_item(in) == '0' && (base == 0 || base == 16)) {
        use_item(in);
        any = tolower(peek_item(in)) != 'x'; /* after 0x a digit must follow */
        if (!any) use_item(in);
        if (base == 0) base = any ? 8 : 16;
    }
    if (base == 0) base = 10;
    for (; __digit(peek_item(in)) < base; use_item(in)) {
        n = n * base + __digit(peek(in));
        any = true;
    }
    if (any && !in->drop) store(in, negative ? -n : n);
    return any;
}

/* A row of characters of a set; a string gets a 0 behind them. */
static bool scan_text(struct scanner *in, const bool *set, bool string) {
    char *to = in->drop ? NULL : va_arg(in->args, char *);
    bool any = false;
    for (; peek_item(in) != EOF && set[peek(in)]; use_item(in)) {
        if (to) *to++ = peek(in);
        any = true;
    }
    if (to && string && any) *to = '\0';
    return any;
}

/* %c: just as many characters as the width says. */
static bool scan_chars(struct scanner *in) {
    bool set[UCHAR_MAX + 1];
    memset(set, true, sizeof set);
    if (in->width == SIZE_MAX) in->width = 1;
    return scan_text(in, set, false) && in->width == 0;
}

static bool scan_word(struct scanner *in) {
    bool set[UCHAR_MAX + 1];
    for (int c = 0; c <= UCHAR_MAX; c++) set[c] = !isspace(c);
    skip_space(in);
    return scan_text(in, set, true);
}

/* %[: *fmt moves from behind one bracket to behind the other. */
static bool scan_set(struct scanner *in, const char **fmt) {
    bool set[UCHAR_MAX + 1], inverted = **fmt == '^';
    const unsigned char *c = (const unsigned char *) *fmt + inverted;
    memset(set, inverted, sizeof set);
    do { /* a ] that is the set's first does not end it */
        if (!*c) return false;
        int last = c[1] == '-' && c[2] != ']' && c[2] ? c[2] : *c;
        for (int i = *c; i <= last; i++) set[i] = !inverted;
        c += last == *c ? 1 : 3;
    } while (*c != ']');
    *fmt = (const char *) c + 1;
    return scan_text(in, set, true);
}

/* ---- The format ---- */

static const char *parse_length(struct scanner *in, const char *fmt) {
    in->bytes = sizeof(int);
    if (*fmt == 'h') in->bytes = fmt[1] == 'h' ? sizeof(char) : sizeof(short);
    if (*fmt == 'l')
        in->bytes = fmt[1] == 'l' ? sizeof(long long) : sizeof(long);
    if (*fmt == 'j') in->bytes = sizeof(intmax_t);
    if (*fmt == 'z' || *fmt == 't') in->bytes = sizeof(size_t);
    return fmt + strspn(fmt, "hljzt");
}

/* Scans an item as the conversion at *fmt says, and steps over that. */
static bool convert(struct scanner *in, const char **fmt) {
    char conversion = *(*fmt)++;
    if (strchr("diuoxXp%", conversion)) skip_space(in);
    switch (conversion) {
    case 'd':
    case 'u':
        return scan_integer(in, 10);
    case 'i':
        return scan_integer(in, 0);
    case 'o':
        return scan_integer(in, 8);
    case 'p':
        in->bytes = sizeof(void *);
        return scan_integer(in, 16);
    case 'x':
    case 'X':
        return scan_integer(in, 16);
    case 'c':
        return scan_chars(in);
    case 's':
        return scan_word(in);
    case '[':
        return scan_set(in, fmt);
    case 'n':
        if (!in->drop) store(in, in->used);
        return true;
    case '%':
        if (peek(in) != '%') return false;
        use(in);
        return true;
    }
    return false;
}

/* Returns how many items were stored; EOF if the input ended before the first
 * began. */
static int scan(struct scanner *in, const char *fmt) {
    int stored = 0;
    bool fits = true;
    in->next = NOT_LOOKED;
    while (fits && *fmt) {
        unsigned char c = *fmt++;
        if (isspace(c)) {
            skip_space(in);
        } else if (c != '%') {
            in->begun = false;
            fits = peek(in) == c;
            if (fits) use(in);
        } else {
            in->drop = *fmt == '*';
            fmt += in->drop;
            in->width = 0;
            while (isdigit((unsigned char) *fmt))
                in->width = in->width * 10 + (*fmt++ - '0');
            if (in->width == 0) in->width = SIZE_MAX;
            in->begun = false;
            fmt = parse_length(in, fmt);
            c = *fmt;
            fits = convert(in, &fmt);
            if (fits && !in->drop && c != 'n' && c != '%') stored++;
        }
    }
    if (in->f && in->next != NOT_LOOKED) ungetc(in->next, in->f);
    bool ended = !fits && !in->begun && in->next == EOF;
    return ended && stored == 0 ? EOF : stored;
}

int vfscanf(FILE *f, const char *fmt, va_list args) {
    struct scanner in = {.f = f};
    va_copy(in.args, args);
    int stored = scan(&in, fmt);
    va_end(in.args);
    return stored;
}

int vsscanf(const char *s, const char *fmt, va_list args) {
    struct scanner in = {.s = s};
    va_copy(in.args, args);
    int stored = scan(&in, fmt);
    va_end(in.args);
    return stored;
}

int vscanf(const char *fmt, va_list args) { return vfscanf(stdin, fmt, args); }

int scanf(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int stored = vscanf(fmt, args);
    va_end(args);
    return stored;
}

int fscanf(FILE *f, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int stored = vfscanf(f, fmt, args);
    va_end(args);
    return stored;
}

int sscanf(const char *s, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int stored = vsscanf(s, fmt, args);
    va_end(args);
    return stored;
}
