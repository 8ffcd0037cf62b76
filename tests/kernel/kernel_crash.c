/*
 * kernel_crash.c: the kernel does what it must not, row F4 of tests/README.md.
 * A letter is typed: which crash. A capital letter means at boot, on the boot
 * stack; a small one, in the first system call of a process, on its kernel
 * stack; a digit, at boot before all is ready.
 */
#include "kernel.h"
#define kernel_main leaf_kernel_main
#define trap leaf_trap
#include "kernel.c"
#undef kernel_main
#undef trap

static char choice __attribute__((section(".data"))) = '?';

/* Each crash has a name of its own on the stack: the report must tell it. */
#define CRASH(name) static __attribute__((noinline)) void crash_##name(void)

CRASH(null_load) { (void) *(volatile uint32_t *) 8; }

CRASH(null_store) { *(volatile uint32_t *) 12 = 1; }

CRASH(text_store) { *(volatile uint32_t *) __text = 0; }

CRASH(rodata_store) { *(volatile uint32_t *) __rodata = 0; }

CRASH(data_jump) {
    static uint32_t ret[] __attribute__((aligned(4))) = {0x00008067};
    __asm__ volatile("jalr %0" ::"r"(ret) : "ra", "memory");
}

CRASH(null_jump) { __asm__ volatile("jalr %0" ::"r"(0) : "ra", "memory"); }

/* What a process has is out of the kernel's reach: no SUM. */
CRASH(user_load) { (void) *(volatile uint32_t *) USER_BASE; }

CRASH(user_jump) {
    __asm__ volatile("jalr %0" ::"r"(USER_BASE) : "ra", "memory");
}

CRASH(illegal) { __asm__ volatile(".word 0" ::: "memory"); }

CRASH(float) { /* leaf saves no such registers: they are off */
    __asm__ volatile(".word 0x00007053" ::: "memory"); /* fadd.s */
}

CRASH(misaligned) {
    __asm__ volatile("amoadd.w zero, zero, (%0)" ::"r"(__bss + 1) : "memory");
}

CRASH(breakpoint) { __asm__ volatile("ebreak" ::: "memory"); }

static __attribute__((noinline)) uint32_t deeper(volatile uint32_t *above) {
    volatile uint32_t here[30];
    here[0] = *above;
    return *above ? deeper(here) + here[0] : 0;
}

CRASH(overflow) {
    volatile uint32_t start = 1;
    start = deeper(&start);
}

CRASH(panic) { PANIC("asked for: %s", "panic"); }

/* %s of a string that cannot be read: a trap in the middle of the report. */
CRASH(panic_in_panic) { PANIC("half a sentence %s", (const char *) 4); }

/* The panic looks at the current process; there it traps again. */
CRASH(wild_current) {
    current = (struct process *) 0x1000;
    (void) *(volatile uint32_t *) 8;
}

/* The stack pointer points nowhere, as after a trampled context. */
CRASH(no_stack) {
    __asm__ volatile("li sp, 0x1000\n sw ra, (sp)" ::: "memory");
}

CRASH(no_frame) { /* the chain of frame pointers is broken */
    __asm__ volatile("li s0, 0x80200001\n sw zero, (zero)" ::: "memory");
}

/* Each register holds its own number, four times; sp and s0 are what they
 * must be for the report to be whole. */
CRASH(registers) {
    __asm__ volatile(".irp n, 1,3,4,5,6,7,9,10,11,12,13,14,15,16,17,18,19,20,"
                     "21,22,23,24,25,26,27,28,29,30,31\n"
                     "li x\\n, 0x01010101 * \\n\n"
                     ".endr\n"
                     "sw zero, (zero)" ::
                         : "memory");
}

static __attribute__((noinline)) void crash(char which) {
    switch (which) {
#define CASE(letter, name)                                                     \
    case letter:                                                               \
        crash_##name();                                                        \
        break
        CASE('a', null_load);
        CASE('b', null_store);
        CASE('c', text_store);
        CASE('d', rodata_store);
        CASE('e', data_jump);
        CASE('f', null_jump);
        CASE('g', user_load);
        CASE('h', user_jump);
        CASE('i', illegal);
        CASE('j', float);
        CASE('k', misaligned);
        CASE('l', breakpoint);
        CASE('m', overflow);
        CASE('n', panic);
        CASE('o', panic_in_panic);
        CASE('p', wild_current);
        CASE('q', no_stack);
        CASE('r', no_frame);
        CASE('s', registers);
    }
    printf("nothing happened\n");
}

/* The kernel's own is called leaf_trap here; trap_entry calls this one. */
void trap(struct trap_frame *frame) {
    if (READ_CSR(scause) == CAUSE_ECALL)
        crash(choice);
    else /* its first pages come in */
        leaf_trap(frame);
    __asm__ volatile("" ::: "memory"); /* so that the call is one */
}

/* The letter is read before anything is made ready. */
void kernel_main(void) {
    int32_t c;
    printf("leaf: which crash?\n");
    while ((c = poll_character()) < 0) continue;
    choice = (char) c;
    if (choice == '1') crash('n'); /* a panic before all else */
    if (choice == '2') {
        WRITE_CSR(sscratch, 0); /* a trap while addresses are physical */
        WRITE_CSR(stvec, trap_entry);
        crash('b');
    }
    if (choice >= 'a' && choice <= 'z') leaf_kernel_main();
    kernel_init();
    crash((char) (choice - 'A' + 'a'));
    __asm__ volatile("" ::: "memory"); /* so that the call is one */
}
