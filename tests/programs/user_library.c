/*
 * user_library.c: what is left of the user library beside system calls and
 * heap.
 */
#include "check.h"

/* Each bit of a number is as good as any other: neither does it follow from
 * the one two or four or more calls before, nor is it the same most times. */
static void each_bit_of_rand_is_random(void) {
    enum { CALLS = 1024 };
    static int numbers[CALLS];
    srand(1);
    for (int i = 0; i < CALLS; i++) {
        numbers[i] = rand();
        CHECK(numbers[i] >= 0 && numbers[i] <= RAND_MAX);
    }
    for (int bit = 0; bit < 31; bit++) {
        int ones = 0;
        for (int i = 0; i < CALLS; i++) ones += numbers[i] >> bit & 1;
        CHECK(ones > 3 * CALLS / 8 && ones < 5 * CALLS / 8);
        for (int period = 1; period <= 64; period *= 2) {
            int same = 0;
            for (int i = period; i < CALLS; i++)
                same += !((numbers[i] ^ numbers[i - period]) >> bit & 1);
            CHECK(same > CALLS / 4 && same < 3 * CALLS / 4);
        }
    }
}

static void srand_begins_a_sequence_again(void) {
    int first[10];
    srand(42);
    for (size_t i = 0; i < LENGTH(first); i++) first[i] = rand();
    srand(42);
    for (size_t i = 0; i < LENGTH(first); i++) EQUAL(rand(), first[i]);
    srand(43);
    CHECK(rand() != first[0]);
}

static void abort_it(void *unused) {
    (void) unused;
    abort();
}

static void fail_an_assertion(void *what) { assert(!what); }

static void abort_and_assert_end_with_134(void) {
    EQUAL(in_child(abort_it, NULL), 134);
    EQUAL(in_child(fail_an_assertion, "something"), 134);
    EQUAL(in_child(fail_an_assertion, NULL), 0);
}

static void each_error_has_words_of_its_own(void) {
    static const int errors[] = {0,      EPERM,  ESRCH,  EBADF, ECHILD,
                                 ENOMEM, EFAULT, EINVAL, ENOSYS};
    for (size_t i = 0; i < LENGTH(errors); i++) {
        CHECK(*strerror(errors[i]));
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(strerror(errors[i]), strerror(errors[j])) != 0);
    }
    CHECK(*strerror(12345));
    CHECK(*strerror(-1));
}

int main(void) {
    begin();
    RUN(each_bit_of_rand_is_random);
    RUN(srand_begins_a_sequence_again);
    RUN(abort_and_assert_end_with_134);
    RUN(each_error_has_words_of_its_own);
    return end();
}
