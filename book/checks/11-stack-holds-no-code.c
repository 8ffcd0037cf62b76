/*
 * A program that jumps to its stack is ended.
 *
 * right: 139
 * 1: what lies on the stack can be executed: no page may be both writable and
 * executable.
 * else: a program that jumps to its stack is not ended for that alone, with
 * status 139.
 */
#include "user.h"

int main(void) {
    volatile uint32_t code[4] = {0x00008067}; /* ret */
    __asm__ volatile("fence.i" ::: "memory");
    ((void (*)(void))(uintptr_t) code)();
    return 1;
}
