/*
 * The rest of the library: strerror, rand, sleep and assert.
 *
 * right: 134
 * 1: strerror has no words for an error that there is, or the same for two.
 * 2: strerror of a number that is no error's is NULL: ask whether the number is
 * inside the table, and whether anything is there.
 * 3: rand returns less than 0 or more than RAND_MAX.
 * 4: rand's lowest bit alternates: its low bits repeat after a few numbers, so
 * high ones must be mixed in.
 * 5: after srand with the same number rand returns others.
 * 6: sleep(1) takes less than a second.
 * 7: assert of something that holds ends the program, or of something that
 * does not hold does not.
 * else: assert of something that does not hold must end the program with
 * status 134, and strerror must not use a number that is outside its table.
 */
#include "user.h"

static uint32_t now(void) {
    uint32_t time;
    __asm__ volatile("rdtime %0" : "=r"(time)::"memory");
    return time;
}

static int draws(void) {
    int first[64], turns = 0;
    srand(5);
    for (int i = 0; i < 64; i++) {
        first[i] = rand();
        if (first[i] < 0 || first[i] > RAND_MAX) return 3;
        turns += i > 0 && ((first[i] ^ first[i - 1]) & 1);
    }
    if (turns == 63 || turns == 0) return 4;
    srand(5);
    for (int i = 0; i < 64; i++)
        if (rand() != first[i]) return 5;
    return 0;
}

int main(void) {
    static const int none[] = {-1, INT_MIN, 1, 11, 1000, 0x3fffffff, INT_MAX};
    if (!strerror(EFAULT) || !strerror(EINVAL)) return 1;
    if (strcmp(strerror(EFAULT), strerror(EINVAL)) == 0) return 1;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (!strerror(none[i])) return 2;
    int failed = draws();
    if (failed) return failed;
    uint32_t start = now();
    sleep(1);
    if (now() - start < 10000000) return 6;
    assert(failed == 0);
    assert(failed != 0);
    return 7;
}
