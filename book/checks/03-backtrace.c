/*
 * A backtrace believes no pointer that leads off the stack, or in a circle.
 *
 * else: a backtrace follows a frame pointer that is wrong, and traps or does
 * not end: it must look whether the words that it reads are on a stack.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void);

void kernel_main(void) {
    kernel_init();
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
