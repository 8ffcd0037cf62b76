/*
 * common_division.c: the 64-bit division of common.c against the host's, on
 * random numbers of every length and on those at the edges.
 */
#include "common_test.h"

void put(const char *s, size_t n) { fwrite(s, 1, n, stdout); }

static void check(const char *what, uint64_t n, uint64_t by, uint64_t got,
                  uint64_t expected) {
    if (got == expected) return;
    printf("%s differs, seed %llu: %#llx by %#llx is %#llx, not %#llx\n", what,
           (unsigned long long) seed, (unsigned long long) n,
           (unsigned long long) by, (unsigned long long) expected,
           (unsigned long long) got);
    exit(1);
}

static void test_division(uint64_t n, uint64_t by) {
    int64_t m = (int64_t) n, d = (int64_t) by;
    if (by == 0) { /* C leaves the results open, but not the end */
        leaf___udivdi3(n, by), leaf___umoddi3(n, by);
        leaf___divdi3(m, d), leaf___moddi3(m, d);
        return;
    }
    check("unsigned /", n, by, leaf___udivdi3(n, by), n / by);
    check("unsigned %", n, by, leaf___umoddi3(n, by), n % by);
    /* The host's own may trap where the quotient is 2^63: it wraps here, as
     * RISC-V's div does. */
    int wraps = m == INT64_MIN && d == -1;
    check("signed /", n, by, leaf___divdi3(m, d), wraps ? n : m / d);
    check("signed %", n, by, leaf___moddi3(m, d), wraps ? 0 : m % d);
}

static uint64_t random_number(void) {
    uint64_t n = random64() >> random_below(64);
    return random_below(2) ? n : -n;
}

int main(int argc, char **argv) {
    static const uint64_t edges[] = {0,           1,           2,
                                     3,           9,           10,
                                     0x7fffffff,  0x80000000,  0xffffffff,
                                     0x100000000, 0x100000001, INT64_MAX - 1,
                                     INT64_MAX,   1ull << 63,  (1ull << 63) + 1,
                                     -10ull,      -3ull,       -2ull,
                                     -1ull};
    enum { EDGES = sizeof edges / sizeof *edges };
    for (int i = 0; i < EDGES; i++)
        for (int j = 0; j < EDGES; j++) test_division(edges[i], edges[j]);
    for (unsigned long i = start(argc, argv, 200000); i > 0; i--) {
        uint64_t n = random_number(), by = random_number();
        test_division(n, by);
        test_division(n, edges[random_below(EDGES)]);
        /* At the steps of the quotient. */
        uint64_t product = by * random_below(1000);
        test_division(product, by);
        test_division(product - 1, by);
        test_division(product + 1, by);
    }
}
