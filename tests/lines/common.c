#include "common.h"

void say(const char *s) {
    for (; *s; s++) {
        register int a0 __asm__("a0") = *s;
        register int a7 __asm__("a7") = 1; /* SBI's legacy console */
        __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "a1", "memory");
    }
}
