/*
 * user_limit.c: the heap's limit (row B11), in a build whose MMAP_BASE lies
 * so low that there is memory for all of the heap.
 */
#include "check.h"

static void b11_the_limit_is_reachable_and_one_byte_more_is_refused(void) {
    char *old = sbrk(0);
    int room = (char *) MMAP_BASE - old;
    FAILS(sbrk(room + 1), ENOMEM);
    EQUAL(sbrk(0), old);
    EQUAL(sbrk(room), old);
    EQUAL(sbrk(0), MMAP_BASE);
    FAILS(sbrk(1), ENOMEM);
    EQUAL(sbrk(0), MMAP_BASE);
    char *last = (char *) MMAP_BASE - 1;
    *last = 7;
    EQUAL(*last, 7);
    DIES_STORING(last + 1);
}

static void b11_the_heap_never_grows_into_mmap(void) {
    needs(SYS_MMAP);
    char *mapped = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapped != MAP_FAILED);
    CHECK((uint32_t) mapped >= MMAP_BASE);
    *mapped = 1;
    char *old = sbrk((char *) MMAP_BASE - (char *) sbrk(0));
    CHECK(old != (void *) -1);
    FAILS(sbrk(1), ENOMEM);
    FAILS(sbrk(PAGES(1)), ENOMEM);
    memset((char *) MMAP_BASE - PAGE_SIZE, 0xff, PAGE_SIZE);
    EQUAL(*mapped, 1);
}

int main(void) {
    begin();
    RUN(b11_the_limit_is_reachable_and_one_byte_more_is_refused);
    RUN(b11_the_heap_never_grows_into_mmap);
    return end();
}
