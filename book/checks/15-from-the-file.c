/*
 * A page that is touched for the first time holds what the file says.
 *
 * 1: variables of a second or third page do not have their first values.
 * 2: variables without a first value are not zero: they share a page with the
 * last of those that have one. Is the rest of that page cleared?
 * 3: constants of a second or third page are not what they should be.
 * 4: sbrk failed.
 * 5: variables that were written to have no frame of their own: the program has
 * written into the image, which is the kernel's.
 * else: touching pages of variables and constants brings something down. Which
 * region has the address at which one ends and the next begins?
 */
#include "user.h"

#define PAGE(n) [(n) *1024] = (n) + 1, [(n) *1024 + 1023] = (n) + 101
static int variables[4 * 1024] = {PAGE(0), PAGE(1), PAGE(2), PAGE(3)};
static const int constants[4 * 1024] = {PAGE(0), PAGE(1), PAGE(2), PAGE(3)};

/* After all other variables with a value: where these end, zeros begins. */
static volatile char last[PAGE_SIZE] __attribute__((section(".last"))) = {1};
static volatile int zeros[2048];

static bool differs(const volatile int *array) {
    for (int i = 3; i >= 0; i--)
        if (array[i * 1024] != i + 1 || array[i * 1024 + 1023] != i + 101)
            return true;
    return false;
}

int main(void) {
    char *p = sbrk(8 * PAGE_SIZE); /* 8 frames that are not zero */
    if (p == (void *) -1) return 4;
    memset(p, 'x', 8 * PAGE_SIZE);
    sbrk(-(intptr_t) (8 * PAGE_SIZE));
    for (int i = 0; i < 2048; i++)
        if (zeros[i]) return 2;
    if (last[0] != 1 || differs(variables)) return 1;
    struct meminfo m;
    for (int i = 0; i < 4; i++) ((volatile int *) variables)[i * 1024 + 1] = i;
    if (meminfo(&m) || m.user < 4 + 2) return 5;
    return differs(constants) ? 3 : 0;
}
