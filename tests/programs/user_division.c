/*
 * user_division.c: 64-bit division, as a program's own / and % use it. Each
 * line is dividend, divisor, and the results unsigned and signed, by halves:
 * printf divides, too.
 */
#include "check.h"

#define HALVES "%08x%08x "
#define BOTH(n) (unsigned) ((uint64_t) (n) >> 32), (unsigned) (n)

static void divide_on_the_console(uint64_t n, uint64_t by) {
    int64_t m = (int64_t) n, d = (int64_t) by;
    say(HALVES HALVES HALVES HALVES HALVES HALVES "\n", BOTH(n), BOTH(by),
        BOTH(n / by), BOTH(n % by), BOTH(m / d), BOTH(m % d));
}

/* Of any length. */
static uint64_t random_number(void) {
    uint64_t n = (uint64_t) next_random() << 32 | next_random();
    n >>= next_random() % 64;
    return next_random() % 2 ? n : -n;
}

int main(void) {
    static const uint64_t edges[] = {
        1, 2, 10, UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, -2ull, -1ull};
    ask_seed();
    for (size_t i = 0; i < LENGTH(edges); i++)
        for (size_t j = 0; j < LENGTH(edges); j++)
            divide_on_the_console(edges[i], edges[j]);
    for (int i = 0; i < 500; i++) {
        uint64_t by = random_number();
        if (by) divide_on_the_console(random_number(), by);
    }
    say("done\n");
    return 0;
}
