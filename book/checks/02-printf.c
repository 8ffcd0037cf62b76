/*
 * printf's conversions, with and without a width.
 *
 * 1: a number is not printed as it should be.
 * 2: a field is not as wide as its width says, or is not filled from the left:
 * a sign belongs to the number.
 * 3: text, a character or a percent sign is not printed as it should be.
 * 4: a text that is longer than printf's buffer does not arrive whole.
 * else: printf does not end.
 */
#define kernel_main kernel_main_of_the_tree
#define put put_of_the_tree
#include "kernel.c"
#undef kernel_main
#undef put

void kernel_main(void);
void put(const char *s, size_t n);

static char printed[2000];
static size_t used;

static void end(uint32_t status) {
    *(volatile uint32_t *) 0x00100000 = status ? status << 16 | 0x3333 : 0x5555;
    for (;;) continue;
}

/* What printf calls: it keeps what is printed. */
void put(const char *s, size_t n) {
    while (n-- && used < sizeof printed) printed[used++] = *s++;
}

static void is(const char *text, uint32_t mistake) {
    size_t n = 0;
    while (text[n] && n < used && printed[n] == text[n]) n++;
    if (text[n] || n != used) end(mistake);
    used = 0;
}

void kernel_main(void) {
    (void) put_of_the_tree; /* without it, printf does not call our put */
    printf("%d %d %d %d", 0, -1, INT32_MAX, INT32_MIN);
    is("0 -1 2147483647 -2147483648", 1);
    printf("%u %u %x %x %x", 0, 4294967295u, 0, 0xdeadbeefu, 0x9abcdef);
    is("0 4294967295 0 deadbeef 9abcdef", 1);
    printf("%6d|%2d|%3u|%12d|%5x|%08x", -42, -42, 7, INT32_MIN, 0xabcd, 0x12ab);
    is("   -42|-42|  7| -2147483648| abcd|000012ab", 2);
    printf("%5s|%2s|%3c|%10u|%d", "abc", "abc", 'x', 1000, 5);
    is("  abc|abc|  x|      1000|5", 2);
    printf("%s%c%s%%%s", "", 'c', "a text", ".");
    is("ca text%.", 3);
    static char longer[700];
    for (size_t i = 0; i < sizeof longer - 1; i++)
        longer[i] = (char) ('a' + i % 26);
    for (size_t n = 0; n < sizeof longer; n++) {
        printf("%s", longer + n);
        is(longer + n, 4);
    }
    end(0);
}
