/*
 * kfree takes back what kmalloc returned, and refuses everything else.
 *
 * 1: kfree accepts an address inside a block.
 * 2: kfree accepts a block that is free already.
 * 3: kfree accepts a page that is not the kernel heap's.
 * 4: kfree accepts an address where there is no free RAM.
 * 5: kfree refuses a block whose owner wrote into it what a free block holds:
 * a mark may be the owner's, so that it must not decide.
 * 6: a panic where everything was right.
 * else: an address that is given back wrongly brings the kernel down without a
 * panic that says so.
 */
#include "kernel.h"
#undef PANIC
#define PANIC(...) refused()
_Noreturn static void refused(void);
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

static void *wrong[4];
static uint32_t tried, mistakes, meaning = 6;

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
    meaning = 5;
    if (again == block) memcpy(again, seen, 8);
    kfree(again);
    meaning = 6;
}

void kernel_main(void) {
    kernel_init();
    uint8_t *block = kmalloc(100), *freed_block = kmalloc(100);
    kmalloc(8);
    feign();
    kfree(freed_block);
    wrong[0] = block + 8;
    wrong[1] = freed_block;
    wrong[2] = alloc_page(FRAME_USER);
    wrong[3] = (void *) 1232;
    mistakes = 4;
    refused();
}
