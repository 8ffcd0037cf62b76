/*
 * kernel_check.h: leaf's kernel with many named tests in it. It includes
 * kernel.c; a file of tests brings its own kernel_main, and the kernel's is
 * called leaf_kernel_main:
 *
 *     #include "kernel_check.h"
 *     static void a2_pages_are_aligned(void) { … EQUAL(…); … }
 *
 *     void kernel_main(void) {
 *         begin();
 *         RUN(a2_pages_are_aligned);
 *         end();
 *     }
 *
 * After each test the kernel is audited (kernel_audit.h), and the count of
 * each kind of frame must be what it was before. The console gets `run NAME`
 * and then `ok NAME` or `FAIL NAME: …`, as from check.h.
 *
 * A panic in a test is caught: PANICS(call, argument, …) wants one.
 */
#pragma once

#include "kernel.h"

static _Noreturn void caught(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#undef PANIC
#define PANIC(...) caught(__FILE__, __LINE__, __VA_ARGS__)

#ifdef WITH_POISON
#include "kernel_poison.h"
#endif

#define kernel_main leaf_kernel_main
#include "kernel.c"
#undef kernel_main
#include "kernel_audit.h"

#define PAGES(n) (PAGE_SIZE * (n))
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Where throw() goes: the stack pointer of the innermost attempt(), which has
 * saved the one outside. Not in .bss, which kernel_init clears. */
uint32_t attempt_sp __attribute__((section(".data")));

/* Calls work(arg): true if it returned, false if somebody threw. */
bool attempt(void (*work)(void *), void *arg);
_Noreturn void throw(void);

__asm__(".text\n"
        "attempt:\n"
        "    addi sp, sp, -64\n"
        "    sw ra, 0(sp)\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
        "    sw s\\n, 4 + 4*\\n(sp)\n"
        "    .endr\n"
        "    la t0, attempt_sp\n"
        "    lw t1, (t0)\n"
        "    sw t1, 52(sp)\n"
        "    sw sp, (t0)\n"
        "    mv t1, a0\n"
        "    mv a0, a1\n"
        "    jalr t1\n"
        "    li a0, 1\n"
        "end_attempt:\n"
        "    la t0, attempt_sp\n"
        "    lw t1, 52(sp)\n"
        "    sw t1, (t0)\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
        "    lw s\\n, 4 + 4*\\n(sp)\n"
        "    .endr\n"
        "    lw ra, 0(sp)\n"
        "    addi sp, sp, 64\n"
        "    ret\n"
        "throw:\n"
        "    la t0, attempt_sp\n"
        "    lw sp, (t0)\n"
        "    li a0, 0\n"
        "    j end_attempt\n");

static char message[160]; /* of the panic that was caught last */
static uint32_t test_sp;  /* of the attempt that runs the test */
static const char *test_name;
static bool test_failed;

void caught(const char *file, int line, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    if (!attempt_sp) panic(file, line, NULL, "%s", message);
    throw();
}

/* Ends the test. */
#define FAIL(fmt, ...)                                                         \
    do {                                                                       \
        printf("FAIL %s: %s:%d: " fmt "\n", test_name, __FILE_NAME__,          \
               __LINE__, __VA_ARGS__);                                         \
        test_failed = true;                                                    \
        attempt_sp = test_sp;                                                  \
        throw();                                                               \
    } while (0)

#include "../equal.h"

/* A check that returns NULL, or what is wrong. */
#define PASS(check)                                                            \
    do {                                                                       \
        const char *wrong_ = (check);                                          \
        if (wrong_) FAIL("%s", wrong_);                                        \
    } while (0)

/* call(argument) panics, with a message that holds the address. */
#define PANICS(call, argument, address)                                        \
    do {                                                                       \
        char hex_[9];                                                          \
        snprintf(hex_, sizeof hex_, "%08x", (unsigned) (address));             \
        if (attempt(call, (void *) (argument)))                                \
            FAIL("%s(%s) did not panic", #call, hex_);                         \
        if (!strstr(message, hex_))                                            \
            FAIL("%s(%s) panicked with '%s'", #call, hex_, message);           \
    } while (0)

static inline void call_test(void *test) {
    test_sp = attempt_sp;
    ((void (*)(void)) test)();
}

static inline void print_memory(const char *when, const struct meminfo *m) {
    printf("  %-6s total %u = free %u + kernel %u + heap %u + tables %u + "
           "stacks %u + user %u; promised %u\n",
           when, m->total, m->free, m->kernel, m->heap, m->tables, m->stacks,
           m->user, m->promised);
}

/* The first test that fails is the last one: it may have left anything. */
static inline void run(const char *name, void (*test)(void)) {
    struct meminfo before = memory;
    const char *wrong = NULL;
    test_name = name;
    printf("run %s\n", name);
    if (!attempt(call_test, (void *) test))
        wrong = test_failed ? "it ended early" : message;
    else if (!(wrong = audit()) && memcmp(&memory, &before, sizeof memory))
        wrong = "memory is not what it was before";
    if (!wrong) {
        printf("ok %s\n", name);
        return;
    }
    printf("FAIL %s: %s\n", name, wrong);
    print_memory("before", &before);
    print_memory("after", &memory);
    power_off(1);
}

#define RUN(test) run(#test, test)

static inline void begin(void) {
    kernel_init();
    printf("leaf: tests in the kernel\n");
}

static inline _Noreturn void end(void) {
    printf("done\n");
    power_off(0);
}

/* What a call costs, its own call and return included. Exact, and the same
 * each time, under -icount. */
static __attribute__((noinline, unused)) uint32_t
instructions(void (*work)(void *), void *arg) {
    uint32_t before = READ_CSR(instret);
    work(arg);
    return READ_CSR(instret) - before;
}

/* kfree and free_page as attempt() and instructions() want them. */
static inline void do_free_page(void *page) { free_page(page); }

static inline void do_kfree(void *block) { kfree(block); }
