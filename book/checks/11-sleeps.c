/*
 * A sleep takes at least as long as it says.
 *
 * 1: msleep() took less time than it was asked for. Part of the current tick
 * is over already: round up, and add one.
 * 2: msleep() failed.
 * else: who sleeps is never woken, or the program may not read the clock.
 */
#include "user.h"

#define MS 10000u /* of the clock */

static uint32_t now(void) {
    uint32_t time;
    __asm__ volatile("rdtime %0" : "=r"(time)::"memory");
    return time;
}

/* Each sleep begins at another time after a tick. */
int main(void) {
    for (unsigned i = 0; i < 12; i++) {
        uint32_t start = now(), ms = 1 + i % 4 * 5;
        while (now() - start < i * 7 / 10 * MS) continue;
        start = now();
        if (msleep(ms) != 0) return 2;
        if (now() - start < ms * MS) return 1;
    }
    return 0;
}
