/* large_rodata.c: a program that is larger than the machine's RAM. */
#include "user.h"

__asm__(".section .rodata\n"
        "large: .space 70 << 20\n"
        ".text\n");

extern const char large[];

int main(void) { return large[0]; }
