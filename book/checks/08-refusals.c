/*
 * kfree refuses an address that begins no run; one that was freed is gone.
 *
 * 1: kfree accepts an address inside a run.
 * 2: kfree accepts a run that is free already.
 * 3: kfree accepts an address where there never was a run.
 * 4: a panic where everything was right.
 * 5: a block that was freed can still be read: after its entry is cleared there
 * must be a fence.
 * else: an address that is given back wrongly brings the kernel down without a
 * panic that says so.
 */
#define kernel_main kernel_main_of_the_tree
#define kernel_trap kernel_trap_of_the_tree
#include "kernel.h"
#ifndef PANIC
#error This tree panics in another way.
#endif
#undef PANIC
#define PANIC(...) refused()
_Noreturn static void refused(void);
#include "kernel.c"
#undef kernel_main
#undef kernel_trap

void kernel_main(void);
void kernel_trap(const struct trap_frame *trap); /* trap_entry calls this */

static uint8_t *wrong[3];
static uint32_t tried, mistakes;
static bool gone;

void kernel_trap(const struct trap_frame *trap) {
    (void) trap;
    power_off(gone ? 0 : 254);
}

static void refused(void) {
    if (!mistakes) power_off(4);
    if (tried < mistakes) {
        kfree(wrong[tried++]);
        power_off(tried);
    }
    volatile uint8_t *block = kmalloc(3 * PAGE_SIZE);
    if (!block) power_off(4);
    *block = 1;
    kfree((void *) block);
    gone = true;
    if (*block + 1) power_off(5); /* the load itself should trap */
    power_off(5);
}

void kernel_main(void) {
    (void) kernel_trap_of_the_tree;
    kernel_init();
    wrong[0] = kmalloc(3 * PAGE_SIZE);
    wrong[0] += PAGE_SIZE;
    wrong[1] = kmalloc(2 * PAGE_SIZE);
    wrong[2] = (uint8_t *) ARENA_END - PAGE_SIZE;
    kfree(wrong[1]);
    mistakes = 3;
    refused();
}
