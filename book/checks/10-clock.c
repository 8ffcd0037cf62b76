/*
 * The clock is read in two halves that belong together.
 *
 * 1: read_time puts halves of two different times together, when the lower one
 * overflows between the two readings.
 * 2: the timer is set for a time that is long past, when the clock has
 * overflowed its lower half: SBI takes both halves of the time.
 * else: read_time does not end.
 */
#include "kernel.h"

/* A clock that goes on by the same time whenever it is read. */
static uint64_t now, step;
static uint32_t readings; /* none, if the tree reads the clock in another way */
static uint32_t read_half(bool upper) {
    readings++;
    now += step;
    return (uint32_t) (upper ? now >> 32 : now);
}

#undef READ_CSR
#define READ_CSR(reg)                                                          \
    ({                                                                         \
        static const char name_[] = #reg;                                      \
        uint32_t value_;                                                       \
        __asm__ volatile("csrr %0, " #reg : "=r"(value_));                     \
        if (step && name_[0] == 't' && name_[1] == 'i')                        \
            value_ = read_half(name_[4] == 'h');                               \
        value_;                                                                \
    })
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void) {
    step = 1;
    now = 0x700000000;
    kernel_init();
    tick();
    step = 0;
    uint32_t pending;
    __asm__ volatile("csrr %0, sip" : "=r"(pending));
    if (pending & INTERRUPT_TIMER) power_off(2);
    for (uint32_t i = 1; i < 100; i++) {
        step = 1000;
        uint64_t start = now = 0x700000000 - 50 * i;
        readings = 0;
        uint64_t read = read_time();
        if (readings && (read < start || read > now)) {
            step = 0;
            power_off(1);
        }
    }
    step = 0;
    power_off(0);
}
