/*
 * Blocks of whole pages among small ones, until there is no room for more.
 *
 * 1: kmalloc returned NULL while there was memory.
 * 2: a block was written to by the owner of another.
 * 3: more than the arena holds could be had.
 * 4: something is lost when all blocks are free again.
 * 5: a page of a block that was freed is still mapped.
 * 6: the whole arena could not be had as one block.
 * else: kfree spoils the list of runs.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

static struct {
    uint8_t *p;
    uint32_t n;
} blocks[200];

static bool is_mapped(uint32_t address) {
    const uint32_t *root = (uint32_t *) (READ_CSR(satp) << 12);
    uint32_t entry = root[address >> 22];
    const uint32_t *table = (uint32_t *) (entry >> 10 << 12);
    return entry & PTE_V && table[address >> 12 & 0x3ff] & PTE_V;
}

static void check_and_free(uint32_t i) {
    for (uint32_t k = 0; k < blocks[i].n; k += 97)
        if (blocks[i].p[k] != (uint8_t) i) power_off(2);
    kfree(blocks[i].p);
    if (blocks[i].n > BUCKET_MAX && is_mapped((uint32_t) blocks[i].p))
        power_off(5);
    blocks[i].p = NULL;
}

/* Takes blocks of n bytes until there is none, and frees them. */
static void exhaust(size_t n) {
    uint8_t *chain = NULL, *p;
    while ((p = kmalloc(n))) {
        *(uint8_t **) p = chain;
        chain = p;
    }
    while ((p = chain)) {
        chain = *(uint8_t **) p;
        kfree(p);
    }
}

void kernel_main(void) {
    kernel_init();
    uint32_t before = memory.free, random = 1;
    for (int round = 0; round < 3000; round++) {
        random = random * 1103515245 + 12345;
        uint32_t i = (random >> 8) % 200;
        if (blocks[i].p) check_and_free(i);
        if (round % 5 == 0) continue;
        blocks[i].n = 1 + (random >> 16) % (round % 3 ? 20000 : 2048);
        blocks[i].p = kmalloc(blocks[i].n);
        if (!blocks[i].p) power_off(1);
        memset(blocks[i].p, (int) i, blocks[i].n);
    }
    for (uint32_t i = 0; i < 200; i++)
        if (blocks[i].p) check_and_free(i);
    if (memory.free != before) power_off(4);
    const size_t impossible[] = {ARENA_PAGES * PAGE_SIZE + 1, 0x7fffffff,
                                 0xffffefff, 0xfffff001, 0xffffffff};
    for (uint32_t i = 0; i < sizeof impossible / sizeof *impossible; i++)
        if (kmalloc(impossible[i])) power_off(3);
    void *all = kmalloc(ARENA_PAGES * PAGE_SIZE);
    if (!all) power_off(6);
    kfree(all);
    const size_t sizes[] = {100, 700, 40000, 300000, 2000000};
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        exhaust(sizes[i]); /* hundreds of runs, not thousands: a walk may */
                           /* take its time */
        if (memory.free != before) power_off(4);
    }
    power_off(0);
}
