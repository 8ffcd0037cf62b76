/*
 * equal.h: what the tests in the kernel and the tests in programs say alike.
 * The file that includes it defines FAIL(fmt, ...), which ends the test.
 */

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) FAIL("not so: %s", #condition);                      \
    } while (0)

/* Numbers and pointers alike. */
#define EQUAL(got, want)                                                       \
    do {                                                                       \
        uint32_t got_ = (uint32_t) (got), want_ = (uint32_t) (want);           \
        if (got_ != want_)                                                     \
            FAIL("%s: got %d (%08x), want %d (%08x)", #got, (int) got_,        \
                 (unsigned) got_, (int) want_, (unsigned) want_);              \
    } while (0)
