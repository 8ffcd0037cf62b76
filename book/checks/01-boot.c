/*
 * OpenSBI jumps to boot, and boot gives C a stack.
 *
 * 1: What OpenSBI jumps to is not boot: the first byte in memory belongs to
 * something else.
 * 2: sp is not on the stack: it must begin at the upper end, and grows down.
 * else: kernel_main is never reached.
 */
#include <stdint.h>

/* Ends QEMU: its machine's test device is there before there is a table. */
static void end(uint32_t status) {
    *(volatile uint32_t *) 0x00100000 = status ? status << 16 | 0x3333 : 0x5555;
    for (;;) continue;
}

/* Nobody calls it, and it stands first: in memory it must come after boot. */
void not_boot(void);
void not_boot(void) { end(1); }

#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void);
#ifdef TEST /* it runs; in later chapters, kernel.h declares them */
extern uint8_t __boot_stack[], __boot_stack_top[];
#endif

void kernel_main(void) {
    uint32_t sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    if ((uint32_t) boot != 0x80200000) end(1);
    if (sp <= (uint32_t) __boot_stack || sp > (uint32_t) __boot_stack_top)
        end(2);
    end(0);
}
