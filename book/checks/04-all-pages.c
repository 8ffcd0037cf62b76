/*
 * alloc_pages gives pages of zeros, one after another, and all there are.
 *
 * 1: alloc_pages(0) is not NULL.
 * 2: more pages than there are left could be had.
 * 3: so many pages that their size in bytes does not fit 32 bits could be had.
 * 4: all the pages that are left could not be had at once.
 * 5: there is a page after the last one.
 * 6: a page lies outside free RAM, or does not begin at a multiple of its size.
 * 7: a page is not full of zeros.
 * else: alloc_pages does not end.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void) {
    memset(__free_ram, 0xff, (size_t) (__free_ram_end - __free_ram));
    kernel_init();
    if (alloc_pages(0)) power_off(1);
    uint8_t *page = alloc_pages(1);
    if ((uint32_t) page % PAGE_SIZE || page < __free_ram ||
        page >= __free_ram_end)
        power_off(6);
    uint32_t left = (uint32_t) (__free_ram_end - page) / PAGE_SIZE - 1;
    if (alloc_pages(left + 1)) power_off(2);
    if (alloc_pages(0x100001)) power_off(3);
    uint8_t *rest = alloc_pages(left);
    if (!rest) power_off(4);
    if (rest != page + PAGE_SIZE) power_off(6);
    if (alloc_pages(1)) power_off(5);
    for (; page < __free_ram_end; page += 4)
        if (*(uint32_t *) page) power_off(7);
    power_off(0);
}
