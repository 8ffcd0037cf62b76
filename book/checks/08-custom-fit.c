/*
 * Custom fit: a hole that fits, else the largest, else the break.
 *
 * 1: runs that are taken one after the other do not lie one after the other.
 * 2: where no hole fits exactly, a run does not begin in the largest; of equal
 * ones it must be the lowest.
 * 3: a run does not go into a hole that it fits exactly, or not into the lowest
 * of these.
 * 4: a run that is larger than every hole does not go to the break.
 * else: a run is refused although there is room for it.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

static uint8_t *take(uint32_t pages) {
    uint8_t *run = kmalloc(pages * PAGE_SIZE);
    if (!run) power_off(255);
    return run;
}

/* Where a run would go, which is given back at once. */
static uint8_t *place_of(uint32_t pages) {
    uint8_t *run = take(pages);
    kfree(run);
    return run;
}

void kernel_main(void) {
    kernel_init();
    static const uint8_t pages[] = {3, 1, 6, 1, 6, 1, 3, 1};
    uint8_t *runs[8];
    for (int i = 0; i < 8; i++) {
        runs[i] = take(pages[i]);
        if (i && runs[i] != runs[i - 1] + pages[i - 1] * PAGE_SIZE)
            power_off(1);
    }
    for (int i = 0; i < 8; i += 2) kfree(runs[i]);
    if (place_of(2) != runs[2] || place_of(5) != runs[2]) power_off(2);
    if (place_of(3) != runs[0] || place_of(6) != runs[2]) power_off(3);
    if (place_of(7) != runs[7] + PAGE_SIZE) power_off(4);
    power_off(0);
}
