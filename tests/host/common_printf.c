/*
 * common_printf.c: printf and snprintf of common.c against the host's: random
 * formats of up to four conversions with random flags, widths, precisions,
 * lengths and values, as far as ISO C says what they print; then a list of
 * what it leaves open, with what leaf prints.
 */
#include <time.h>
#include "common_test.h"

#define CONVERSIONS_MAX 4

/*
 * The arguments of a call, made at run time. On 32-bit and 64-bit x86, and
 * on 64-bit ARM, a variadic integer or pointer takes a slot as wide as a
 * long, or two where long long is wider; so passing all slots as long gives
 * printf what it would have been given by its caller. */
#define SLOTS_MAX (CONVERSIONS_MAX * 4)
static long slots[SLOTS_MAX];
static int slots_used;
#define SLOTS                                                                  \
    slots[0], slots[1], slots[2], slots[3], slots[4], slots[5], slots[6],      \
        slots[7], slots[8], slots[9], slots[10], slots[11], slots[12],         \
        slots[13], slots[14], slots[15]

/* The sanitizer's check of what the host's printf reads is off: it takes the
 * string of %.0s to end in a 0. leaf's own reads are checked. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "check_printf=0"; }

static char format[400];
static char *strings[CONVERSIONS_MAX]; /* to be freed after the call */
static int strings_used;

/* What leaf's printf has put. */
static char console[8192];
static size_t console_used, puts_called;

void put(const char *s, size_t n) {
    memcpy(console + console_used, s, n);
    console_used += n;
    puts_called++;
}

static void fail(const char *what, const char *expected, int expected_count,
                 const char *got, int count) {
    printf("%s differs, seed %llu\nformat   \"%s\"\nslots   ", what,
           (unsigned long long) seed, format);
    for (int i = 0; i < slots_used; i++) printf(" %#lx", slots[i]);
    printf("\nexpected %d \"%s\"\ngot      %d \"%s\"\n", expected_count,
           expected, count, got);
    exit(1);
}

static void add_char(char c) {
    size_t n = strlen(format);
    format[n] = c;
    format[n + 1] = '\0';
}

/* Random bits, of a random number; or a value at an edge. */
static long long random_value(void) {
    static const long long edges[] = {0,         1,         -1,       9,
                                      10,        INT_MIN,   INT_MAX,  UINT_MAX,
                                      LLONG_MIN, LLONG_MAX, SHRT_MIN, SHRT_MAX};
    if (random_below(4) == 0)
        return edges[random_below(sizeof(edges) / sizeof(edges[0]))];
    long long n = random64() >> random_below(64);
    return random_below(2) ? n : (long long) -(uint64_t) n;
}

static void add_value(long long n, int is_long_long) {
    slots[slots_used++] = (long) n;
    if (is_long_long && sizeof(long) < sizeof(long long))
        slots[slots_used++] = (long) (n >> 32);
}

/* A number in the format, or a * and its argument; below 0 only by *. */
static void add_number(int n) {
    if (n < 0 || random_below(2)) {
        add_char('*');
        add_value(n, 0);
    } else {
        snprintf(format + strlen(format), 12, "%d", n);
    }
}

static void add_flags(const char *flags) {
    while (random_below(2)) add_char(flags[random_below(strlen(flags))]);
}

static int random_width(void) {
    return random_below(16) ? random_below(25) : random_below(300);
}

static void add_width(void) {
    if (random_below(2))
        add_number(random_below(4) ? random_width() : -random_width());
}

static void add_integer(void) {
    static const char conversions[] = "diuxXo";
    static const char *const lengths[] = {"",   "hh", "h", "l",
                                          "ll", "z",  "t", "j"};
    static const char *const flags[] = {"-0+ ", "-0+ ", "-0",
                                        "-0#",  "-0#",  "-0#"};
    unsigned i = random_below(6), length = random_below(8);
    add_flags(flags[i]);
    add_width();
    if (random_below(2)) {
        add_char('.');
        if (random_below(8))
            add_number(random_below(8) ? random_width() : -random_width());
    }
    strcat(format, lengths[length]);
    add_char(conversions[i]);
    add_value(random_value(), length == 4 || length == 7);
}

/* With a precision the string may lack its 0, but then ends its block. */
static void add_string(void) {
    size_t n = random_below(8) ? random_below(30) : random_below(300);
    size_t precision = n + random_below(3) - random_below(n + 1);
    int limited = random_below(2);
    int terminated = !limited || precision > n || random_below(2);
    char *s = strings[strings_used++] = allocate(n + terminated);
    memset(s, 'a' + random_below(26), n);
    if (terminated) s[n] = '\0';
    add_flags("-");
    add_width();
    if (limited) {
        add_char('.');
        add_number((int) precision);
    }
    add_char('s');
    add_value((long) s, 0);
}

static void add_conversion(void) {
    add_char('%');
    switch (random_below(12)) {
    case 0:
        add_char('%');
        return;
    case 1:
        add_flags("-");
        add_width();
        add_char('c');
        add_value(random_below(256), 0);
        return;
    case 2:
        add_flags("-");
        add_width();
        add_char('p');
        add_value((long) (random_value() | 1), 0); /* NULL: see the list */
        return;
    case 3:
    case 4:
        add_string();
        return;
    default:
        add_integer();
    }
}

static void make_call(void) {
    format[0] = '\0';
    slots_used = strings_used = 0;
    memset(slots, 0, sizeof(slots));
    for (unsigned n = 1 + random_below(CONVERSIONS_MAX); n > 0; n--) {
        for (unsigned text = random_below(6); text > 0; text--)
            add_char("abc de: ,(\n"[random_below(11)]);
        add_conversion();
    }
    if (random_below(2)) strcat(format, "\n");
}

static void test_random_call(void) {
    static char expected[8192];
    make_call();
    int n = snprintf(expected, sizeof(expected), format, SLOTS);
    if (n < 0 || n >= (int) sizeof(expected))
        fail("the test itself", "", 0, expected, n);

    /* Into a buffer that is too small, just right, or too large. */
    size_t size = random_below(2) ? n + 1 : random_below(n + 10);
    char *buf = size > 0 ? allocate(size) : NULL;
    int got = leaf_snprintf(buf, size, format, SLOTS);
    size_t fits = (size_t) n < size ? (size_t) n : size - 1;
    if (got != n || (size > 0 && (memcmp(buf, expected, fits) || buf[fits])))
        fail("snprintf", expected, n, size > 0 ? buf : "", got);
    free(buf);

    console_used = puts_called = 0;
    got = leaf_printf(format, SLOTS);
    console[console_used] = '\0';
    if (got != n || console_used != (size_t) n || memcmp(console, expected, n))
        fail("printf", expected, n, console, got);
    if (puts_called > 1 + (size_t) n / 80 || (n <= 80 && puts_called > 1))
        fail("the number of puts", expected, n, console, (int) puts_called);
    while (strings_used > 0) free(strings[--strings_used]);
}

/* The format, one argument, what leaf makes of it. */
static void test_case(const char *fmt, long argument, const char *expected) {
    char buf[100];
    snprintf(format, sizeof(format), "%s", fmt);
    slots_used = 1;
    slots[0] = argument;
    int n = leaf_snprintf(buf, sizeof(buf), fmt, argument);
    if (n != (int) strlen(expected) || strcmp(buf, expected))
        fail("a case of the list", expected, (int) strlen(expected), buf, n);
}

static void test_what_iso_c_leaves_open(void) {
    test_case("%s|", 0, "(null)|");
    test_case("%8s|", 0, "  (null)|");
    test_case("%.3s|", 0, "(nu|");
    test_case("%p|", 0, "(nil)|");
    test_case("%8p|", 0, "   (nil)|");
    test_case("%p|", 0x1234, "0x1234|");
    test_case("%q", 0, "%q");
    test_case("a %-5y b", 0, "a %-5y b");
    test_case("%f %d", 7, "%f 7");
    test_case("%n", 7, "%n");
    test_case("%hhhd", 7, "%hhhd");
    test_case("%lhd", 7, "%lhd");
    test_case("100%", 0, "100%");
    test_case("%l", 0, "%l");
    test_case("%08.", 0, "%08.");
    test_case("", 0, "");
}

/* A length that an int can count, or -1. What need not be stored is counted
 * at once: this takes no time, which test_lengths makes sure of. */
static void test_length(const char *fmt, long first, long second,
                        int expected) {
    snprintf(format, sizeof(format), "%s", fmt);
    int n = leaf_snprintf(NULL, 0, fmt, first, second);
    if (n != expected) fail("a length", "", expected, "", n);
    char buf[4];
    n = leaf_snprintf(buf, sizeof buf, fmt, first, second);
    if (n != expected || buf[3]) fail("a length", "", expected, buf, n);
}

static void test_lengths(void) {
    clock_t begun = clock();
    test_length("%2147483647d", 1, 0, INT_MAX);
    test_length("%-2147483647d", 1, 0, INT_MAX);
    test_length("%.2147483647d", 1, 0, INT_MAX);
    test_length("%02147483647d", 1, 0, INT_MAX);
    test_length("%2147483647dx", 1, 0, -1);
    test_length("%.2147483647d", -1, 0, -1);
    test_length("%*d", INT_MIN, 1, -1);
    test_length("%2147483648d", 1, 0, -1);
    test_length("%4294967297d", 1, 0, -1);
    test_length("%.4294967297d", 1, 0, -1);
    test_length("%18446744073709551617d", 1, 0, -1);
    test_length("%99999999999999999999999999d", 1, 0, -1);
    test_length("%2147483647d%2147483647d", 1, 1, -1);
    test_length("%2147483647d%2147483647d%3d", 1, 1, -1);
    test_length("%*dxxx", INT_MIN, 1, -1);
    test_length("%2147483648s%2147483648s", (long) "", (long) "", -1);
    test_length("%.99999999999sx", (long) "abc", 0, 4);
    int ms = (int) ((clock() - begun) * 1000.0 / CLOCKS_PER_SEC);
    if (ms >= 1000) fail("the time for all, in ms,", "", 999, "", ms);
}

int main(int argc, char **argv) {
    unsigned long rounds = start(argc, argv, 200000);
    test_what_iso_c_leaves_open();
    test_lengths();
    for (unsigned long i = 0; i < rounds; i++) test_random_call();
}
