/*
 * A large block that is refused halfway costs nothing.
 *
 * 1: after kmalloc was refused a frame, or the region's record, something of it
 * stays behind: what was taken before must be given back.
 * 2: after that, its addresses are not free.
 * 3: a block was given more frames than there are: its record may need a frame
 * too, so that the frames must be counted after the record has been made.
 * else: when kmalloc is refused a part of what it needs, it goes on without.
 */
#include "kernel.h"
static uint32_t asked, refuse_at;
static bool refuse(void) { return ++asked == refuse_at; }
#define REFUSE() refuse()
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void) {
    kernel_init();
    uint32_t before = memory.free;
    for (uint32_t n = 1; n <= 6; n++) {
        refuse_at = asked + n;
        void *block = kmalloc(3 * PAGE_SIZE);
        if (block) kfree(block);
        if (memory.free != before) power_off(1);
    }
    refuse_at = 0;
    void *all = kmalloc(ARENA_PAGES * PAGE_SIZE);
    if (!all) power_off(2);
    kfree(all);
    if (memory.free != before) power_off(1);
    while (memory.free > 3 && alloc_page(FRAME_USER)) continue;
    uint32_t left = memory.free;
    void *block = kmalloc(left * PAGE_SIZE);
    if (memory.free > left) power_off(3);
    if (block) kfree(block);
    power_off(memory.free == left ? 0 : 1);
}
