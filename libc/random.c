/*
 * random.c: BSD's random: each number is the sum of the one 3 and the one 31
 * before it, of which 31 bits are good; and rand_r. The numbers are those that
 * other systems give for the same seed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define LENGTH 31 /* numbers remembered */
#define APART 3
#define DISCARD 310 /* until the seed is well mixed */

static uint32_t state[LENGTH]; /* in a circle */
static unsigned next;          /* the oldest, and where the new one goes */
static bool seeded;

static uint32_t step(void) {
    uint32_t sum = state[next] + state[(next + LENGTH - APART) % LENGTH];
    state[next] = sum;
    next = (next + 1) % LENGTH;
    return sum;
}

/* Fills the circle by Lehmer's generator, 16807 n mod 2^31 - 1, computed by
 * Schrage's method so that 32 bits do. */
void srandom(unsigned seed) {
    int32_t n = seed != 0 ? seed : 1;
    for (unsigned i = 0; i < LENGTH; i++) {
        state[i] = n;
        n = 16807 * (n % 127773) - 2836 * (n / 127773);
        if (n < 0) n += INT32_MAX;
    }
    next = APART;
    seeded = true;
    for (unsigned i = 0; i < DISCARD; i++) step();
}

long random(void) {
    if (!seeded) srandom(1);
    return step() >> 1;
}

/* The 31 bits of a number are put together from three steps of a generator
 * whose upper bits are its good ones. */
int rand_r(unsigned *seed) {
    static const unsigned char bits[] = {11, 10, 10};
    unsigned n = 0;
    for (unsigned i = 0; i < sizeof bits; i++) {
        *seed = *seed * 1103515245 + 12345;
        n = n << bits[i] | (*seed >> 16 & ((1u << bits[i]) - 1));
    }
    return n;
}
