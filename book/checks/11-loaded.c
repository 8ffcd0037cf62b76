/*
 * A program finds its constants, its data and zeros where they belong.
 *
 * 1: a constant is not what the program says.
 * 2: a variable does not begin with its value.
 * 3: a variable without a value is not 0: after what the file holds of a
 * segment there must be zeros.
 * 4: the stack cannot be used, 100 KiB of it.
 * 5: the stack pointer is not a multiple of 16, as a C function expects.
 * else: the program does not get as far as main, or may not use its memory.
 */
#include "user.h"

static const volatile uint32_t constants[2000] = {[0] = 1, [1999] = 2};
static volatile uint32_t data[1500] = {[0] = 3, [1499] = 4};
static volatile uint32_t zeros[3000];

static int on_the_stack(void) {
    volatile uint8_t room[100 * 1024];
    for (uint32_t i = sizeof room; i > 0; i -= 512) room[i - 1] = 7;
    return room[511] == 7;
}

int main(void) {
    if (constants[0] != 1 || constants[1999] != 2 || constants[1000]) return 1;
    if (data[0] != 3 || data[1499] != 4 || data[700]) return 2;
    for (uint32_t i = 0; i < 3000; i++)
        if (zeros[i]) return 3;
    for (uint32_t i = 0; i < 3000; i++) zeros[i] = i;
    if (errno) return 3;
    if ((uintptr_t) __builtin_frame_address(0) % 16) return 5;
    return on_the_stack() ? 0 : 4;
}
