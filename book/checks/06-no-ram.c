/*
 * A kernel that counts on more RAM than there is finds out at boot.
 *
 * right: 255
 * 1: free RAM ends past the machine's RAM, and the kernel has not noticed: it
 * must try the last word.
 * else: the kernel does not say that there is too little RAM, but hangs.
 */
#include "kernel.h"
static uint8_t *volatile behind = (uint8_t *) 0x88010000;
#define __free_ram_end behind
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void) {
    kernel_init();
    uint32_t bytes = 0x88000000 - (uint32_t) __free_ram;
    power_off(memory.total > bytes / PAGE_SIZE ? 1 : 255);
}
