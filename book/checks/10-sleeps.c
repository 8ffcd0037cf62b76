/*
 * Who sleeps is woken in time, also when the tick counter wraps.
 *
 * 1: sleep(0) did not return at once.
 * 2: when the tick counter wraps, who sleeps is woken too early: two times are
 * compared by the sign of their difference.
 * 3: sleep(100) took less than 100 ms: each tick must ask the timer for the
 * next one, or the interrupt stays pending, and ticks follow at once.
 * 4: sleep(19) took less than 19 ms: a part of a tick counts as a whole one,
 * and the tick that has begun does not count.
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
    for (int i = 0; i < 3; i++) { /* from late in a tick on */
        sleep(1);
        for (start = READ_CSR(time); READ_CSR(time) - start < TIMER_HZ / 120;)
            continue;
        start = READ_CSR(time);
        sleep(19);
        if (READ_CSR(time) - start < TIMER_HZ / 1000 * 19) power_off(4);
    }
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
