/*
 * A program may read the processor's counters.
 *
 * 1: the time that a program reads does not go on.
 * else: a program that reads cycle, time or instret is ended: scounteren says
 * which of them it may read.
 */
#include "user.h"

#define READ(counter)                                                          \
    ({                                                                         \
        uint32_t value;                                                        \
        __asm__ volatile("rd" #counter " %0" : "=r"(value));                   \
        value;                                                                 \
    })

int main(void) {
    uint32_t start = READ(time);
    for (volatile int i = 0; i < 100000; i++) continue;
    READ(cycle);
    READ(instret);
    return READ(time) == start;
}
