/*
 * A report on a process says who called, and of an overflow only if it is one.
 *
 * right: 255
 * 1: in a process, a backtrace names nobody: its stack is a stack, too.
 * 2: a store to address 16 is called an overflow of the stack: it is one if the
 * address lies in the page under the stack.
 * else: a trap in a process does not lead to a report.
 */
#define kernel_main kernel_main_of_the_tree
#define put put_of_the_tree
#include "kernel.c"
#undef kernel_main
#undef put

void put(const char *s, size_t n);

static size_t numbers, digits, letters;

/* What printf calls: it counts the numbers of eight digits, and looks for a
 * word. */
void put(const char *s, size_t n) {
    static const char word[] = "overflow";
    for (; n--; s++) {
        bool digit = (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f');
        digits = digit ? digits + 1 : 0;
        numbers += digits == 8;
        letters = *s == word[letters] ? letters + 1 : *s == word[0];
        if (letters == sizeof word - 1) power_off(2);
    }
}

/* TEST says that it runs; in later chapters processes begin otherwise. */
#ifdef TEST
static __attribute__((noinline)) void ask(void) {
    backtrace((uint32_t) __builtin_frame_address(0));
    if (numbers < 2) power_off(1);
}

static void run(void) {
    ask();
    *(volatile uint32_t *) 16 = 1;
}

void kernel_main(void) {
    (void) put_of_the_tree; /* without it, printf does not call our put */
    kernel_init();
    new_process("asks", run);
    numbers = 0;
    schedule();
}
#endif
