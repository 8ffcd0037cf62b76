/*
 * kernel_late.c: the kernel as it is, but that nearly all process numbers have
 * been given out: the first process gets INT_MAX - 3 (row G3).
 */
#define kernel_main leaf_kernel_main
#include "kernel.c"
#undef kernel_main

void kernel_main(void) {
    last_pid = INT_MAX - 4;
    leaf_kernel_main();
}
