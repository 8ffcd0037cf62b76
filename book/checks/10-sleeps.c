/*
 * Who sleeps is woken in time, also when the tick counter wraps.
 *
 * 1: sleep(0) did not return at once.
 * 2: when the tick counter wraps, who sleeps is woken too early: two times are
 * compared by the sign of their difference.
 * 3: sleep(100) took less than 100 ms: each tick must ask the timer for the
 * next one, or the interrupt stays pending, and ticks follow at once.
 * else: who sleeps is never woken.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

/* TEST says that it runs; later chapters have no such sleep. */
#ifdef TEST
static bool slept;

static void sleeper(void) {
    sleep(0);
    slept = true;
    uint32_t start = READ_CSR(time);
    sleep(100);
    if (READ_CSR(time) - start < TIMER_HZ / 10) power_off(3);
    ticks = 0xfffffffb;
    sleep(100);
    if (ticks - 0xfffffffb < 10) power_off(2);
    power_off(0);
}

static void watch(void) {
    sleep(50);
    if (!slept) power_off(1);
}

void kernel_main(void) {
    kernel_init();
    new_process("sleeper", sleeper);
    new_process("watch", watch);
    tick();
    schedule();
}
#endif
