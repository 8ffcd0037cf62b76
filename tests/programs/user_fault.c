/*
 * user_fault.c: whatever a program does, the kernel goes on (row F2): the
 * process is killed, with one line on the console that says what it did.
 */
#include "check.h"

#include <limits.h>

static const char constant[] = "constant";
static int data_ret = 0x00008067; /* the instruction ret */

static void f2_null_and_small_offsets_from_it(void) {
    DIES_LOADING((void *) 0);
    DIES_STORING((void *) 0);
    DIES_JUMPING((void *) 0);
    DIES_STORING((void *) 0x7fc);
    DIES_LOADING((void *) 0x1000);
    DIES_STORING((void *) (USER_BASE - 4));
}

static void f2_kernel_addresses(void) {
    static const uint32_t places[] = {
        0x80000000,                                      /* the firmware */
        KERNEL_BASE, KERNEL_BASE + 0x10000,  0x84000000, /* a frame */
        ARENA_BASE,  ARENA_BASE + PAGE_SIZE, 0xfffffffc,
    };
    for (size_t i = 0; i < LENGTH(places); i++) {
        DIES_LOADING((void *) places[i]);
        DIES_STORING((void *) places[i]);
        DIES_JUMPING((void *) places[i]);
    }
}

static void f2_devices(void) {
    DIES_STORING((void *) 0x00100000); /* QEMU's switch */
    DIES_LOADING((void *) 0x10000000); /* the UART */
    DIES_STORING((void *) 0x02004000); /* the timer */
}

static void f2_write_to_text(void) {
    DIES_STORING((void *) USER_BASE);
    DIES_STORING((void *) f2_write_to_text);
}

static void f2_write_to_rodata(void) {
    DIES_STORING((void *) constant);
    EQUAL(constant[0], 'c');
}

static void jump_to_stack(void *unused) {
    (void) unused;
    volatile int code[4] = {data_ret, data_ret, data_ret, data_ret};
    jump_to((void *) code);
}

static void f2_data_heap_and_stack_are_never_executed(void) {
    DIES_JUMPING(&data_ret);
    DIES_JUMPING((void *) constant);
    int *p = sbrk(PAGE_SIZE);
    *p = data_ret;
    DIES_JUMPING(p);
    dies(jump_to_stack, NULL, "jump to 7fff....");
}

/* Every call takes a page of stack. */
static int recurse(volatile int *above) {
    volatile int page[1024];
    if (!above) /* never */
        return 0;
    page[0] = *above;
    return recurse(page) + page[1];
}

static void overflow(void *unused) {
    (void) unused;
    volatile int zero = 0;
    recurse(&zero);
}

static void f2_stack_overflow(void) {
    dies(overflow, NULL, "(store to|load from) 7ffbf...");
}

/* A stack pointer that points nowhere is no overflow. */
static void lose_the_stack(void *unused) {
    (void) unused;
    __asm__ volatile("li sp, 16\n"
                     "li t0, 0x20000000\n"
                     "sw zero, 0(t0)" ::
                         : "memory", "t0");
}

static void f2_a_lost_stack(void) {
    dies(lose_the_stack, NULL,
         "store to 20000000 at pc ........: nothing is mapped there");
}

static void use_the_whole_stack(void *unused) {
    (void) unused;
    char *p = (char *) (USER_TOP - USER_STACK);
    CHECK(holds(p, USER_STACK - PAGES(8), 0));
    memset(p, 1, USER_STACK - PAGES(8));
    CHECK(holds(p, USER_STACK - PAGES(8), 1));
}

static void the_stack_has_256_kib(void) {
    EQUAL(in_child(use_the_whole_stack, NULL), 0);
    DIES_STORING((char *) USER_TOP - USER_STACK - 1);
}

/* --- Instructions that a program may not have --------------------------- */

#define WRONG(name, instruction)                                               \
    static void name(void *unused) {                                           \
        (void) unused;                                                         \
        __asm__ volatile(instruction ::: "memory", "t0");                      \
    }

WRONG(all_zeros, ".word 0")
WRONG(all_ones, ".word 0xffffffff")
WRONG(read_sstatus, "csrr t0, sstatus")
WRONG(write_satp, "csrw satp, zero")
WRONG(write_stvec, "csrw stvec, zero")
WRONG(read_mhartid, "csrr t0, mhartid")
WRONG(return_from_trap, "sret")
WRONG(return_from_machine, "mret")
WRONG(fence, "sfence.vma")
WRONG(float_load, ".word 0x0002a007")   /* flw ft0, 0(t0) */
WRONG(float_move, ".word 0xf0028053")   /* fmv.w.x ft0, t0 */
WRONG(float_status, ".word 0x003022f3") /* frcsr t0 */
WRONG(breakpoint, "ebreak")

static void f2_instructions_of_the_kernel(void) {
    dies(read_sstatus, NULL, ".*at pc ");
    dies(write_satp, NULL, ".*at pc ");
    dies(write_stvec, NULL, ".*at pc ");
    dies(read_mhartid, NULL, ".*at pc ");
    dies(return_from_trap, NULL, ".*at pc ");
    dies(return_from_machine, NULL, ".*at pc ");
    dies(fence, NULL, ".*at pc ");
}

static void f2_illegal_instructions(void) {
    dies(all_zeros, NULL, ".*at pc ");
    dies(all_ones, NULL, ".*at pc ");
    dies(breakpoint, NULL, ".*at pc ");
}

/* leaf saves no such registers: they would leak between processes. */
static void f2_floating_point_is_illegal(void) {
    dies(float_load, NULL, ".*at pc ");
    dies(float_move, NULL, ".*at pc ");
    dies(float_status, NULL, ".*at pc ");
}

static void jump_between_instructions(void *unused) {
    (void) unused;
    __asm__ volatile("la t0, 1f + 2\n jr t0\n 1: nop" ::: "t0");
}

static void f2_a_jump_between_instructions(void) {
    dies(jump_between_instructions, NULL, ".*at pc ");
}

/* --- Registers ------------------------------------------------------------ */

/* sp, gp and tp are the program's own business: the kernel must not use them
 * at a system call, ... */
static void wild_registers(uint32_t value) {
    int pid;
    __asm__ volatile("mv s2, sp\n mv s3, gp\n mv s4, tp\n"
                     "mv sp, %1\n mv gp, %1\n mv tp, %1\n mv ra, %1\n"
                     "li a7, %2\n ecall\n"
                     "sub t0, sp, %1\n sub t1, gp, %1\n sub t2, tp, %1\n"
                     "mv sp, s2\n mv gp, s3\n mv tp, s4\n"
                     "or t0, t0, t1\n or t0, t0, t2\n"
                     "beqz t0, 1f\n li a0, -1\n"
                     "1: mv %0, a0\n"
                     : "=&r"(pid)
                     : "r"(value), "i"(SYS_GETPID)
                     : "memory", "ra", "a0", "a7", "t0", "t1", "t2", "s2", "s3",
                       "s4", "s1");
    EQUAL(pid, getpid());
}

static const uint32_t wild[] = {0,           1,          USER_TOP,
                                KERNEL_BASE, ARENA_BASE, ARENA_BASE + 0x3000,
                                0x84000000,  0xffffffff, 0x7fffffff};

static void f2_system_calls_with_wild_registers(void) {
    for (size_t i = 0; i < LENGTH(wild); i++) wild_registers(wild[i]);
}

/* ... at a timer's interrupt, ... */
static void f2_ticks_with_wild_registers(void) {
    for (size_t i = 0; i < LENGTH(wild); i++) {
        uint32_t changed;
        __asm__ volatile("mv s2, sp\n mv s3, gp\n mv s4, tp\n"
                         "mv sp, %1\n mv gp, %1\n mv tp, %1\n"
                         "li t0, 5000000\n"
                         "1: addi t0, t0, -1\n bnez t0, 1b\n"
                         "sub t0, sp, %1\n sub t1, gp, %1\n sub t2, tp, %1\n"
                         "mv sp, s2\n mv gp, s3\n mv tp, s4\n"
                         "or t0, t0, t1\n or %0, t0, t2\n"
                         : "=&r"(changed)
                         : "r"(wild[i])
                         : "memory", "t0", "t1", "t2", "s2", "s3", "s4");
        EQUAL(changed, 0);
    }
}

/* ... nor at a fault. */
static void store_to_null_with_sp(void *sp) {
    __asm__ volatile(
        "mv sp, %0\n mv gp, %0\n mv tp, %0\n sw zero, 0(zero)" ::"r"(sp)
        : "memory");
}

static void f2_faults_with_wild_registers(void) {
    for (size_t i = 0; i < LENGTH(wild); i++)
        dies(store_to_null_with_sp, (void *) wild[i], "store to 00000000");
}

/* Every register is what it was, over system calls and over ticks: register
 * i gets (i + round) * 0x01010101; all times i must add up. */
#define ARGUMENTS(X) X(a1, 1) X(a2, 2) X(a3, 3) X(a4, 4) X(a5, 5) X(a6, 6)
#define TEMPORARIES(X) X(t1, 7) X(t2, 8) X(t3, 9) X(t4, 10) X(t5, 11)
#define SAVED(X) X(s2, 12) X(s3, 13) X(s4, 14) X(s5, 15)
#define EACH_REGISTER(X) ARGUMENTS(X) TEMPORARIES(X) SAVED(X)
#define SET(reg, i) "addi " #reg ", t6, " #i "\nmul " #reg ", " #reg ", s11\n"
#define ADD(reg, i) "li t6, " #i "\nmul t6, t6, " #reg "\nadd s11, s11, t6\n"

static void registers_are_kept(void) {
    for (uint32_t round = 0; round < 20; round++) {
        uint32_t sum, want = 0;
        for (uint32_t i = 1; i <= 15; i++)
            want += 0x01010101u * i * (i + round);
        __asm__ volatile(
            "mv t6, %1\n"
            "li s11, 0x01010101\n" EACH_REGISTER(
                SET) "li t0, 300000\n"
                     "1: addi t0, t0, -1\n"
                     "bnez t0, 1b\n"
                     "li a7, 7\n" /* SYS_YIELD */
                     "ecall\n"
                     "mv s11, zero\n" EACH_REGISTER(ADD) "mv %0, s11\n"
            : "=r"(sum)
            : "r"(round)
            : "memory", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0",
              "t1", "t2", "t3", "t4", "t5", "t6", "s2", "s3", "s4", "s5",
              "s11");
        EQUAL(sum, want);
    }
}

/* --- System calls that do not exist --------------------------------------- */

static void unknown_system_calls_are_refused(void) {
    static const int numbers[] = {
        0,       16, 17,  255,        1000,       INT_MAX,
        INT_MIN, -1, -16, 0x10000001, 0x40000001, (int) 0x80000001};
    for (size_t i = 0; i < LENGTH(numbers); i++)
        EQUAL(system_call(numbers[i], 1, 2, 3, 4, 5, 6), -ENOSYS);
}

static void read_and_write_know_the_console_only(void) {
    char byte = 'x';
    static const int files[] = {3, 4, -1, INT_MAX, INT_MIN, 1000};
    for (size_t i = 0; i < LENGTH(files); i++) {
        FAILS(write(files[i], &byte, 1), EBADF);
        FAILS(read(files[i], &byte, 1), EBADF);
    }
    EQUAL(write(1, &byte, 0), 0);
    EQUAL(write(2, "", 0), 0);
    EQUAL(read(0, &byte, 0), 0);
}

static void a_killed_childs_siblings_go_on(void) {
    needs(SYS_FORK);
    pid_t good = fork();
    if (good == 0) {
        for (int i = 0; i < 50; i++) sched_yield();
        exit(7);
    }
    pid_t bad = fork();
    if (bad == 0) store_to(NULL);
    for (int i = 0; i < 2; i++) {
        int status = -1;
        pid_t pid = wait(&status);
        CHECK(pid == good || pid == bad);
        EQUAL(status, pid == good ? 7 : 256 + SIGSEGV);
    }
    say("died %d: store to 00000000\n", (int) bad);
}

int main(void) {
    begin();
    RUN(f2_null_and_small_offsets_from_it);
    RUN(f2_kernel_addresses);
    RUN(f2_devices);
    RUN(f2_write_to_text);
    RUN(f2_write_to_rodata);
    RUN(f2_data_heap_and_stack_are_never_executed);
    RUN(f2_stack_overflow);
    RUN(f2_a_lost_stack);
    RUN(the_stack_has_256_kib);
    RUN(f2_instructions_of_the_kernel);
    RUN(f2_illegal_instructions);
    RUN(f2_floating_point_is_illegal);
    RUN(f2_a_jump_between_instructions);
    RUN(f2_system_calls_with_wild_registers);
    RUN(f2_ticks_with_wild_registers);
    RUN(f2_faults_with_wild_registers);
    RUN(registers_are_kept);
    RUN(unknown_system_calls_are_refused);
    RUN(read_and_write_know_the_console_only);
    RUN(a_killed_childs_siblings_go_on);
    return end();
}
