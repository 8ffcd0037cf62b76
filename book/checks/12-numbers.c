/*
 * Division of 64 bits, and printf, as ISO C has them.
 *
 * 1: a quotient of 64 bits is wrong.
 * 2: a remainder of 64 bits is wrong: it has the sign of what is divided.
 * 3: snprintf writes something else.
 * 4: snprintf does not return how many characters there would have been.
 * 5: snprintf writes more than it was given room for, or no zero at the end.
 * 6: with a precision snprintf counts a string wrongly.
 * else: printf or a division does not end, or printf reads memory that it was
 * not given: of a string it reads no more than the precision says.
 */
#include "user.h"

static int mistake;

/* Prints, and holds it against what it should be. */
#define SAYS(want, ...)                                                        \
    do {                                                                       \
        char text_[80];                                                        \
        int n_ = snprintf(text_, sizeof text_, __VA_ARGS__);                   \
        if (strcmp(text_, want) != 0) mistake = 3;                             \
        if (n_ != (int) sizeof(want) - 1 && !mistake) mistake = 4;             \
        if (mistake) printf("not '%s' but '%s'\n", want, text_);               \
    } while (0)

/* volatile: the compiler may not work them out, nor one from the other. */
static volatile int64_t large = 123456789012345, small = 1000003;
static volatile uint64_t most = 123456789012345 | 1ull << 63;
static volatile uint64_t middle = 1000003 | 1ull << 40;

static int divides(void) {
    for (int i = 0; i < 4; i++) {
        int a = i & 1 ? -1 : 1, b = i & 2 ? -1 : 1;
        int64_t quotient = large * a / (small * b);
        int64_t remainder = large * a % (small * b);
        if (quotient != 123456418 * a * b) return 1;
        if (remainder != 643091 * a) return 2;
    }
    return most / middle != 8388712 || most % middle != 718842557505;
}

int main(void) {
    int wrong = divides();
    if (wrong) return wrong;
    SAYS("-5 5 fffffffb FFFFFFFB 0", "%d %u %x %X %i", -5, 5, -5, -5, 0);
    SAYS("   42|00042|42   |+42| 42", "%5d|%05d|%-5d|%+d|% d", 42, 42, 42, 42,
         42);
    SAYS("-0042|  -42|-42", "%05d|%5d|%2d", -42, -42, -42);
    SAYS("  007|0x2a|052|0", "%5.3d|%#x|%#o|%#x", 7, 42, 42, 0);
    SAYS("a   |   a|ab|x", "%-4s|%4s|%.2s|%c", "a", "a", "abc", 'x');
    SAYS("   7|7   |%", "%*d|%*d|%%", 4, 7, -4, 7);
    SAYS("-9223372036854775808 18446744073709551615", "%lld %llu", INT64_MIN,
         UINT64_MAX);
    SAYS("-1 255 65535", "%hhd %hhu %hu", (signed char) -1, (unsigned char) 255,
         (unsigned short) 65535);
    if (mistake) return mistake;
    char text[8] = "xxxxxxx";
    if (snprintf(text, 4, "%s", "123456") != 6) return 4;
    if (strcmp(text, "123") != 0 || text[4] != 'x') return 5;
    if (snprintf(NULL, 0, "%d", 12345) != 5) return 4;
    char *last = (char *) 0x80000000 - 3; /* nothing may be read past it */
    memcpy(text, last, 3);
    for (int i = 0; i < 3; i++) last[i] = 'x';
    int n = snprintf(NULL, 0, "%.3s", last);
    memcpy(last, text, 3);
    return n == 3 ? 0 : 6;
}
