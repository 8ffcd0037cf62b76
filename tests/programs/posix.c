/*
 * posix.c: what programs for POSIX systems expect of calls that leaf has, and
 * early leafs refused.
 */
#include "check.h"

#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static void an_address_for_mmap_is_a_hint(void) {
    char *p = mmap((void *) 0x50000000, PAGE_SIZE, PROT_READ | PROT_WRITE,
                   PRIVATE, -1, 0);
    CHECK(p != MAP_FAILED);
    *p = 1;
    EQUAL(munmap(p, PAGE_SIZE), 0);
}

static void pages_without_access_are_not_promised(void) {
    uint32_t promised = memory().promised;
    void *p[3];
    for (int i = 0; i < 3; i++) {
        p[i] = mmap(NULL, 64 << 20, PROT_NONE, PRIVATE, -1, 0);
        CHECK(p[i] != MAP_FAILED);
        EQUAL(memory().promised, promised);
    }
    for (int i = 0; i < 3; i++) EQUAL(munmap(p[i], 64 << 20), 0);
}

static void kill_with_0_asks_who_is_there(void) {
    EQUAL(kill(getpid(), 0), 0);
    FAILS(kill(0x7ffffff0, 0), ESRCH);
}

static void too_large_an_alignment_is_too_much_memory(void) {
    static const size_t sizes[] = {1, 16, SIZE_MAX};
    for (unsigned shift = 27; shift < 32; shift++)
        for (unsigned i = 0; i < LENGTH(sizes); i++) {
            errno = 0;
            EQUAL(aligned_alloc((size_t) 1 << shift, sizes[i]), NULL);
            EQUAL(errno, ENOMEM);
        }
}

int main(void) {
    begin();
    RUN(an_address_for_mmap_is_a_hint);
    RUN(pages_without_access_are_not_promised);
    RUN(kill_with_0_asks_who_is_there);
    RUN(too_large_an_alignment_is_too_much_memory);
    return end();
}
