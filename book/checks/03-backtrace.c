/*
 * A backtrace names who called, and believes no pointer that leads off the
 * stack, or in a circle.
 *
 * 1: a backtrace leaves out a return address, or names something else: a frame
 * pointer points above its own function's return address, and that is the first
 * to be named.
 * else: a backtrace follows a frame pointer that is wrong, and traps or does
 * not end: it must look whether the words that it reads are on a stack.
 */
#define kernel_main kernel_main_of_the_tree
#define put put_of_the_tree
#include "kernel.c"
#undef kernel_main
#undef put

void kernel_main(void);
void put(const char *s, size_t n);

static char text[1000];
static size_t length;

/* What printf calls: it keeps what is printed. */
void put(const char *s, size_t n) {
    while (n-- && length < sizeof text) text[length++] = *s++;
}

/* Whether the next number of eight digits in the text is this one. */
static bool is_next(size_t *at, uint32_t number) {
    for (size_t digits = 0; *at < length; (*at)++) {
        char c = text[*at];
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        digits = digit ? digits + 1 : 0;
        if (digits < 8) continue;
        for (uint32_t i = 0; i < 8; i++, number >>= 4)
            if (text[*at - i] != "0123456789abcdef"[number & 15]) return false;
        (*at)++;
        return true;
    }
    return false;
}

/* Three frames, from the innermost on. */
static bool names_three(void) {
    uint32_t here = (uint32_t) kernel_main;
    volatile uint32_t words[3][4] __attribute__((aligned(16)));
    for (uint32_t i = 0; i < 3; i++) {
        words[i][2] = i < 2 ? (uint32_t) words[i + 2] : 0;
        words[i][3] = here + 4 * i;
    }
    size_t at = length = 0;
    backtrace((uint32_t) words[1]);
    return is_next(&at, here) && is_next(&at, here + 4) &&
           is_next(&at, here + 8);
}

void kernel_main(void) {
    (void) put_of_the_tree; /* without it, printf does not call our put */
    kernel_init();
    if (!names_three()) power_off(1);
    static const uint32_t wrong[] = {4,          8,          0x7ffffffc,
                                     0x80000000, 0xfffffff8, 0xffffffff};
    for (uint32_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        backtrace(wrong[i]);
    volatile uint32_t frame[2]; /* its caller is itself */
    frame[0] = (uint32_t) (frame + 2);
    frame[1] = 0x1234;
    backtrace((uint32_t) (frame + 2));
    backtrace((uint32_t) frame + 7);
    backtrace((uint32_t) __boot_stack);
    backtrace((uint32_t) __boot_stack + 4);
    power_off(0);
}
