/*
 * time.c: time from the processor's own counter, which is 0 when the machine
 * is switched on.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "leaf.h"

#define TICKS_A_SECOND 10000000u /* of QEMU's virt machine */

/* The counter has 64 bits and is read in halves: the upper one must not
 * change while the lower one is read. */
static uint64_t read_counter(void) {
    uint32_t high, low, again;
    do
        __asm__ volatile("rdtimeh %0\n rdtime %1\n rdtimeh %2"
                         : "=&r"(high), "=&r"(low), "=&r"(again));
    while (high != again);
    return (uint64_t) high << 32 | low;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
        errno = EINVAL;
        return -1;
    }
    uint64_t ticks = read_counter();
    now->tv_sec = ticks / TICKS_A_SECOND;
    now->tv_nsec = ticks % TICKS_A_SECOND * (1000000000 / TICKS_A_SECOND);
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *resolution) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return -1;
    if (resolution)
        *resolution = (struct timespec){0, 1000000000 / TICKS_A_SECOND};
    return 0;
}

/* base, or 0 if it is no clock's. */
int timespec_get(struct timespec *now, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base
                                                                       : 0;
}

time_t time(time_t *now) {
    time_t seconds = read_counter() / TICKS_A_SECOND;
    if (now) *now = seconds;
    return seconds;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void) zone;
    uint64_t us = read_counter() / (TICKS_A_SECOND / 1000000);
    now->tv_sec = us / 1000000;
    now->tv_usec = us % 1000000;
    return 0;
}

/* leaf sleeps in milliseconds, of which it takes one more rather than one
 * less. Nothing wakes a sleeper early, so nothing is ever left. */
int nanosleep(const struct timespec *wanted, struct timespec *left) {
    if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 ||
        wanted->tv_nsec >= 1000000000) {
        errno = EINVAL;
        return -1;
    }
    for (time_t s = wanted->tv_sec; s > 0; s -= s < 1000 ? s : 1000)
        __leaf_msleep((s < 1000 ? s : 1000) * 1000);
    __leaf_msleep((wanted->tv_nsec + 999999) / 1000000);
    if (left) *left = (struct timespec){0, 0};
    return 0;
}

int usleep(useconds_t us) {
    return __leaf_msleep(us / 1000 + (us % 1000 != 0));
}
