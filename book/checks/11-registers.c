/*
 * Every register outlives the clock's ticks.
 *
 * 1: after a long loop a register held another value than before. The timer
 * stops a program between any two instructions: trap_entry must save every
 * register, and trap_return must restore every one.
 * 2: msleep(20) failed.
 * 3: an instruction was left out. After an interrupt sepc is the address of
 * the one that has not run yet, and the program goes on with that; only after a
 * call does it go on with the next.
 * else: the timer's interrupt in user mode ends the program, or the kernel.
 */
#include "user.h"

#define ALL                                                                    \
    "gp,tp,t1,t2,s1,a0,a1,a2,a3,a4,a5,a6,a7,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11,"  \
    "t3,t4,t5,t6"

/* Numbers the registers, counts for some ticks, and looks for the numbers. */
int changed(void);
__asm__(".text\n"
        "changed:\n"
        "    addi sp, sp, -48\n"
        "    .irp n, 1,2,3,4,5,6,7,8,9,10,11\n"
        "    sw s\\n, 4*\\n(sp)\n"
        "    .endr\n"
        "    .set i, 0\n"
        "    .irp r, " ALL "\n"
        "    .set i, i + 1\n"
        "    li \\r, i\n"
        "    .endr\n"
        "    li t0, 30000000\n"
        "1:  addi t0, t0, -1\n"
        "    bnez t0, 1b\n"
        "    .set i, 0\n"
        "    .irp r, " ALL "\n"
        "    .set i, i + 1\n"
        "    addi \\r, \\r, -i\n"
        "    or t0, t0, \\r\n"
        "    .endr\n"
        "    .irp n, 1,2,3,4,5,6,7,8,9,10,11\n"
        "    lw s\\n, 4*\\n(sp)\n"
        "    .endr\n"
        "    addi sp, sp, 48\n"
        "    snez a0, t0\n"
        "    ret\n");

/* Counts with two registers at a time for some ticks: do they differ? */
int skipped(void);
__asm__(".text\n"
        "skipped:\n"
        "    li a0, 0\n"
        "    li a1, 0\n"
        "    li a2, 30000000\n"
        "1:  addi a0, a0, 1\n"
        "    addi a1, a1, 1\n"
        "    bltu a1, a2, 1b\n"
        "    sub a0, a0, a1\n"
        "    snez a0, a0\n"
        "    ret\n");

int main(void) {
    if (changed()) return 1;
    if (skipped()) return 3;
    return msleep(20) == 0 ? 0 : 2;
}
