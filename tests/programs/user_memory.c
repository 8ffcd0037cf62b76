/*
 * user_memory.c: counts the instructions of a page's memset and memcpy, call
 * and return included. Only under QEMU's -icount are they exact.
 */
#include "user.h"

static char a[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char b[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static uint32_t instructions(void) {
    uint32_t n;
    __asm__ volatile("rdinstret %0" : "=r"(n)::"memory");
    return n;
}

/* The second call of each counts: the first takes the page faults. */
int main(void) {
    uint32_t set = 0, copied = 0;
    for (int i = 0; i < 2; i++) {
        uint32_t start = instructions();
        memset(a, i, PAGE_SIZE);
        uint32_t middle = instructions();
        memcpy(b, a, PAGE_SIZE);
        set = middle - start;
        copied = instructions() - middle;
    }
    printf("memset %lu memcpy %lu\n", (unsigned long) set,
           (unsigned long) copied);
    return 0;
}
