/*
 * A process finds its registers as it left them.
 *
 * 1: after yield a register of a process holds another value than before: the
 * switch must save and restore ra, sp and s0 to s11.
 * else: processes that yield to each other do not all come to their end.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

/* TEST says that it runs; in later chapters processes begin otherwise. */
#ifdef TEST
void give_way(void);
uint32_t changed(uint32_t first);

void give_way(void) { yield(); }

/* Numbers s0 to s11 from first on, yields, and looks for the numbers. */
__asm__(".text\n"
        "changed:\n"
        "    addi sp, sp, -64\n"
        "    sw ra, 0(sp)\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
        "    sw s\\n, 4 + 4*\\n(sp)\n"
        "    addi s\\n, a0, \\n\n"
        "    .endr\n"
        "    sw a0, 52(sp)\n"
        "    call give_way\n"
        "    lw a1, 52(sp)\n"
        "    li a0, 0\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
        "    addi t0, a1, \\n\n"
        "    xor t0, t0, s\\n\n"
        "    or a0, a0, t0\n"
        "    lw s\\n, 4 + 4*\\n(sp)\n"
        "    .endr\n"
        "    lw ra, 0(sp)\n"
        "    addi sp, sp, 64\n"
        "    ret\n");

static void one(void) {
    for (uint32_t i = 0; i < 5; i++)
        if (changed(1000 + 100 * i)) power_off(1);
}

static void other(void) {
    for (uint32_t i = 0; i < 9; i++)
        if (changed(5000 + 100 * i)) power_off(1);
}

void kernel_main(void) {
    kernel_init();
    new_process("one", one);
    new_process("other", other);
    new_process("one", one);
    schedule();
}
#endif
