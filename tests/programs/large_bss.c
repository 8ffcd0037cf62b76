/* large_bss.c: a program that wants more memory than there is. */
#include "user.h"

static volatile char large[100 << 20];

int main(void) { return large[5]; }
