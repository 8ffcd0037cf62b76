/*
 * Who has ended stays so, and with the last process the machine goes off.
 *
 * 1: a process that has ended runs again: a tick wakes who sleeps, and nobody
 * else.
 * 2: of two that are to wake at the same tick, one does not.
 * else: when the last process has ended the machine does not go off.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

/* TEST says that it runs; later chapters have no such sleep. */
#ifdef TEST
static uint32_t runs;

static void brief(void) {
    if (runs++) power_off(1);
}

static void naps(void) {
    static uint32_t woken[3]; /* at which tick the first one was */
    for (int i = 0; i < 3; i++) {
        sleep(10);
        if (woken[i] && woken[i] != ticks) power_off(2);
        woken[i] = ticks;
    }
}

void kernel_main(void) {
    kernel_init();
    new_process("brief", brief);
    new_process("naps", naps);
    new_process("naps", naps);
    tick();
    schedule();
}
#endif
