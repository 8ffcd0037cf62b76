/*
 * user_library.c: what leaf promises about user.c outside its heap: how a
 * program begins, and what its small functions return.
 */
#include "check.h"

static int argument_count;
static char **arguments;

static void a_program_is_told_its_name(void) {
    EQUAL(argument_count, 1);
    CHECK(strcmp(arguments[0], "user_library") == 0);
    EQUAL(arguments[1], NULL);
    arguments[0][0] = 'U'; /* ISO C lets it */
    CHECK(strcmp(arguments[0], "User_library") == 0);
}

static void every_error_number_has_a_text_of_its_own(void) {
    static const int numbers[] = {0,      EPERM,  ESRCH,  EBADF,
                                  ECHILD, EAGAIN, ENOMEM, EACCES,
                                  EFAULT, EINVAL, ERANGE, ENOSYS};
    static const int others[] = {-1, 41, 58, 1000, INT_MIN, INT_MAX};
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        CHECK(strcmp(strerror(numbers[i]), "unknown error") != 0);
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(strerror(numbers[i]), strerror(numbers[j])) != 0);
    }
    for (size_t i = 0; i < LENGTH(others); i++)
        CHECK(strcmp(strerror(others[i]), "unknown error") == 0);
}

/* As Linux has them. */
static void error_numbers_are_those_of_linux(void) {
    EQUAL(EAGAIN, 11);
    EQUAL(EACCES, 13);
    EQUAL(ERANGE, 34);
    EQUAL(WNOHANG, 1);
}

static void rand_uses_all_its_bits(void) {
    uint32_t seen = 0, changed = 0, again = 0;
    int before = rand();
    for (int i = 0; i < 64; i++) {
        int n = rand();
        CHECK(n >= 0);
        seen |= n;
        changed |= n ^ before; /* a bit that alternates is no random one */
        again |= ~(n ^ before);
        before = n;
    }
    EQUAL(seen, RAND_MAX);
    EQUAL(changed, RAND_MAX);
    EQUAL(again & RAND_MAX, RAND_MAX);
}

static void srand_begins_a_sequence(void) {
    int first[8], same = 0;
    srand(5);
    for (size_t i = 0; i < LENGTH(first); i++) first[i] = rand();
    srand(5);
    for (size_t i = 0; i < LENGTH(first); i++) EQUAL(rand(), first[i]);
    srand(6);
    for (size_t i = 0; i < LENGTH(first); i++) same += rand() == first[i];
    CHECK(same < 2);
}

static void putchar_and_puts_return_what_iso_c_says(void) {
    EQUAL(putchar(0x100 + 'a'), 'a');
    CHECK(puts(" and a line") >= 0);
}

/* put() relies on it. */
static void a_long_write_is_whole(void) {
    static char text[PAGES(3)];
    memset(text, ' ', sizeof text);
    for (size_t i = 63; i < sizeof text; i += 64) text[i] = '\n';
    EQUAL(write(STDOUT_FILENO, text, sizeof text), sizeof text);
    FAILS(write(STDOUT_FILENO, (void *) (USER_TOP - 1), 2), EFAULT);
}

static void fail_an_assertion(void *arg) {
    (void) arg;
    assert(1 + 1 == 2);
    assert(1 + 1 == 3);
}

static void a_failed_assertion_ends_with_134(void) {
    EQUAL(in_child(fail_an_assertion, NULL), 134);
}

int main(int argc, char **argv) {
    argument_count = argc;
    arguments = argv;
    begin();
    RUN(a_program_is_told_its_name);
    RUN(every_error_number_has_a_text_of_its_own);
    RUN(error_numbers_are_those_of_linux);
    RUN(rand_uses_all_its_bits);
    RUN(srand_begins_a_sequence);
    RUN(putchar_and_puts_return_what_iso_c_says);
    RUN(a_long_write_is_whole);
    RUN(a_failed_assertion_ends_with_134);
    return end();
}
