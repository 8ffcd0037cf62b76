/*
 * kfree takes back what kmalloc returned, and refuses everything else.
 *
 * 1: kfree accepts an address inside a block.
 * 2: kfree accepts a block that is free already; if not every such block, it
 * does not look at all the free ones of the page.
 * 3: kfree accepts a block that is free already, and the last to become so.
 * 4: kfree accepts a page that is not the kernel heap's.
 * 5: kfree accepts an address where there is no free RAM.
 * 6: kfree refuses a block whose owner wrote into it what a free block holds:
 * a mark may be the owner's, so that it must not decide.
 * 7: a panic where everything was right.
 * else: an address that is given back wrongly brings the kernel down without a
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

static void *wrong[5];
static uint32_t tried, mistakes, meaning = 7;

static void refused(void) {
    if (!mistakes) power_off(meaning);
    if (tried == mistakes) power_off(0);
    kfree(wrong[tried++]);
    power_off(tried);
}

/* Writes into a block what it held while it was free, and frees it. */
static void feign(void) {
    uint8_t *block = kmalloc(8), seen[8];
    kfree(block);
    memcpy(seen, block, 8);
    uint8_t *again = kmalloc(8);
    meaning = 6;
    if (again == block) memcpy(again, seen, 8);
    kfree(again);
    meaning = 7;
}

void kernel_main(void) {
    kernel_init();
    uint8_t *block = kmalloc(100), *first = kmalloc(100), *last = kmalloc(100);
    kmalloc(8);
    feign();
    kfree(first);
    kfree(last);
    wrong[0] = block + 8;
    wrong[1] = first;
    wrong[2] = last;
    wrong[3] = alloc_page(FRAME_USER);
    wrong[4] = (void *) 1232;
    mistakes = 5;
    refused();
}
