/*
 * Blocks of all small sizes, taken and freed in a wild order.
 *
 * 1: kmalloc returned NULL while there was memory.
 * 2: a block does not begin at a multiple of 8: if that is so after many calls
 * only, the list of a bucket's pages or of a page's blocks is spoilt.
 * 3: a block was written to by the owner of another.
 * 4: memory.heap is not what it was when all of them are free again.
 * else: kfree(NULL) does something, or kfree spoils the list of a bucket's
 *       pages.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

static struct {
    uint8_t *p;
    uint32_t n;
} blocks[2000];

static void check_and_free(uint32_t i) {
    for (uint32_t k = 0; k < blocks[i].n; k++)
        if (blocks[i].p[k] != (uint8_t) i) power_off(3);
    kfree(blocks[i].p);
    blocks[i].p = NULL;
}

void kernel_main(void) {
    kernel_init();
    kfree(NULL);
    uint32_t before = memory.heap, random = 1;
    for (int round = 0; round < 20000; round++) {
        random = random * 1103515245 + 12345;
        uint32_t i = (random >> 8) % 2000;
        if (blocks[i].p) check_and_free(i);
        if (round % 5 == 0) continue;
        blocks[i].n = 1 + (random >> 20) % (round % 2 ? 2048 : 64);
        blocks[i].p = kmalloc(blocks[i].n);
        if (!blocks[i].p) power_off(1);
        if ((uint32_t) blocks[i].p % 8) power_off(2);
        memset(blocks[i].p, (int) i, blocks[i].n);
    }
    for (uint32_t i = 0; i < 2000; i++)
        if (blocks[i].p) check_and_free(i);
    if (memory.heap != before) power_off(4);
    power_off(0);
}
