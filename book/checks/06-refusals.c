/*
 * free_page takes back what was handed out, and refuses everything else.
 *
 * 1: free_page accepts an address inside a page.
 * 2: free_page accepts a page of alloc_pages, which is never given back: the
 * frames' own records are such pages.
 * 3: free_page accepts a page that was never handed out.
 * 4: free_page accepts an address in front of free RAM.
 * 5: free_page accepts the address after free RAM.
 * 6: free_page accepts a page that is free already.
 * 7: a panic where everything was right: a page was given back, taken again and
 * given back again.
 * else: a page that is given back wrongly brings the kernel down without a
 * panic that says so.
 */
#include "kernel.h"
#ifndef PANIC
#error This tree panics in another way.
#endif
#undef PANIC
#define PANIC(...) refused()
_Noreturn static void refused(void);
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

static void *wrong[6];
static uint32_t tried, mistakes;

static void refused(void) {
    if (!mistakes) power_off(7);
    if (tried == mistakes) power_off(0);
    free_page(wrong[tried++]);
    power_off(tried);
}

void kernel_main(void) {
    kernel_init();
    uint8_t *page = alloc_page(FRAME_USER),
            *freed_page = alloc_page(FRAME_USER);
    for (int i = 0; i < 3; i++) {
        free_page(page);
        page = alloc_page(FRAME_USER);
    }
    wrong[0] = page + 8;
    wrong[1] = alloc_pages(1);
    wrong[2] = __free_ram_end - PAGE_SIZE;
    wrong[3] = __free_ram - PAGE_SIZE;
    wrong[4] = __free_ram_end;
    wrong[5] = freed_page;
    free_page(freed_page);
    mistakes = 6;
    refused();
}
