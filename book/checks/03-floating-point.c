/*
 * The units whose registers no trap saves are off, and so are interrupts.
 *
 * 1: the floating-point unit is on, as the firmware left it: a trap frame has
 * no room for its registers, so that its use must trap.
 * 2: interrupts are on in the kernel.
 * else: the kernel does not come to its own code.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void);

void kernel_main(void) {
    kernel_init();
    if (READ_CSR(sstatus) >> 13 & 3) power_off(1);
    if (READ_CSR(sstatus) & 2) power_off(2);
    power_off(0);
}
