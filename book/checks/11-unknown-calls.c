/*
 * A call that there is not returns an error.
 *
 * 1: a call that there is not returns something other than -ENOSYS.
 * else: a call that there is not ends the program or the kernel: its number
 * must be compared before it is used.
 */
#include "user.h"

static int32_t call(uint32_t number) {
    register int32_t a0 __asm__("a0") = 0;
    register uint32_t a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
    return a0;
}

int main(void) {
    static const uint32_t numbers[] = {0,          500,        0x1000,
                                       0x00100000, 0x3fffffff, 0x40000006,
                                       0x7fffffff, 0x80000006, 0xffffffff};
    for (uint32_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (call(numbers[i]) != -ENOSYS) return 1;
    return 0;
}
