/*
 * kernel_boot.c: memory is short at boot, row A5 of tests/README.md. It
 * boots again and again, and each time one allocation more succeeds before
 * one is refused: that is a panic that speaks of memory, until the first
 * process runs.
 */
#include "kernel.h"

static uint32_t refuse_at __attribute__((section(".data"))) = 1;
static uint32_t asked;
static bool refused(void);
#define REFUSE() refused()
#define trap leaf_trap
#include "kernel_check.h"
#undef trap

static bool refused(void) { return ++asked == refuse_at; }

/* The first process asks for something: this boot went well. */
void trap(struct trap_frame *frame) {
    (void) frame;
    printf("%u refusals, then a process\n", refuse_at - 1);
    if (asked + 1 != refuse_at) printf("FAIL: a refusal was not noticed\n");
    power_off(asked + 1 != refuse_at);
}

static void boot_again(void *unused) {
    (void) unused;
    memset(__bss, 0, (size_t) (__bss_end - __bss)); /* as boot does */
    leaf_kernel_main();
}

void kernel_main(void) {
    for (;; refuse_at++) {
        WRITE_CSR(satp, 0); /* as the firmware leaves it */
        fence_all();
        next_page = __free_ram;
        ready_end = &ready;
        memset(__free_ram, 0xa5, PAGES(64)); /* RAM may hold anything */
        if (attempt(boot_again, NULL) || !strstr(message, "memory")) {
            printf("FAIL: refused no. %u: %s\n", refuse_at, message);
            power_off(1);
        }
    }
}
