/*
 * Every frame can be taken, given back in any order, and taken again.
 *
 * 1: a page is not full of zeros.
 * 2: a page was given to two owners.
 * 3: a page lies outside free RAM, or does not begin at a multiple of its size.
 * 4: fewer frames could be taken the second time.
 * 5: memory.free does not count what is free.
 * 6: alloc_pages returned what is not free RAM.
 * else: a frame that comes back spoils the list of free ones, or is not as it
 * was before; or alloc_pages, which needs frames side by side, counts those
 * that came back, and runs past the end of free RAM.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

static uint8_t owned[64 * 1024 * 1024 / PAGE_SIZE];

/* Takes all there are, and returns how many; each holds the one before. */
static uint32_t take_all(uint8_t **last) {
    uint32_t n = 0;
    uint8_t *page;
    for (*last = NULL; (page = alloc_page(FRAME_USER)); *last = page, n++) {
        if ((uint32_t) page % PAGE_SIZE || page < __free_ram ||
            page >= __free_ram_end)
            power_off(3);
        for (uint32_t i = 0; i < PAGE_SIZE; i += 4)
            if (*(uint32_t *) (page + i)) power_off(1);
        if (owned[(page - __free_ram) / PAGE_SIZE]++) power_off(2);
        memset(page, 0xff, PAGE_SIZE);
        *(uint8_t **) page = *last;
    }
    return n;
}

/* Frees every second page of the chain; returns a chain of the others. */
static uint8_t *free_half(uint8_t *page) {
    uint8_t *kept = NULL;
    for (int i = 0; page; i++) {
        uint8_t *before = *(uint8_t **) page;
        if (i % 2) {
            *(uint8_t **) page = kept;
            kept = page;
        } else {
            owned[(page - __free_ram) / PAGE_SIZE] = 0;
            free_page(page);
        }
        page = before;
    }
    return kept;
}

void kernel_main(void) {
    kernel_init();
    uint8_t *chain;
    uint32_t n = memory.free;
    if (take_all(&chain) != n || memory.free) power_off(5);
    while (chain) chain = free_half(chain);
    if (memory.free != n) power_off(5);
    if (take_all(&chain) != n) power_off(4);
    while (chain) chain = free_half(chain);
    uint8_t *run = alloc_pages(2);
    if (run && (run < __free_ram || run >= __free_ram_end)) power_off(6);
    power_off(0);
}
