/*
 * A trap's frame holds every register as the trap found it, wherever sp was.
 *
 * 1: a register is not in its place in the trap's frame: each must be saved
 * before it is used for something else.
 * 2: sp is not in its place in the trap's frame.
 * 3: pc is not in its place in the trap's frame.
 * 4: the trap stored something where sp points to, although sp may be what is
 * wrong.
 * else: a trap does not lead to kernel_trap.
 */
#define kernel_main kernel_main_of_the_tree
#define kernel_trap kernel_trap_of_the_tree
#include "kernel.c"
#undef kernel_main
#undef kernel_trap

void kernel_main(void);
void kernel_trap(const struct trap_frame *trap); /* trap_entry calls this */
void trap_here(void);
extern const uint8_t trapping[];

uint32_t around[129];

/* Numbers the registers, 1 to 31, but for sp; then an instruction that there
 * is not. */
__asm__(".text\n"
        "trap_here:\n"
        "    la sp, around + 256\n"
        "    .irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,"
        "23,24,25,26,27,28,29,30,31\n"
        "    li x\\n, \\n\n"
        "    .endr\n"
        "trapping:\n"
        "    .word 0\n");

void kernel_trap(const struct trap_frame *trap) {
    const uint32_t *words = (const uint32_t *) trap;
    for (uint32_t i = 1; i < 32; i++)
        if (i != 2 && words[i] != i) power_off(1);
    if (trap->sp != (uint32_t) (around + 64)) power_off(2);
    if (trap->pc != (uint32_t) trapping) power_off(3);
    for (uint32_t i = 0; i < 129; i++)
        if (around[i]) power_off(4);
    power_off(0);
}

void kernel_main(void) {
    (void) kernel_trap_of_the_tree;
    kernel_init();
    trap_here();
}
