/*
 * krealloc.h: the answer to chapter 8's exercise on krealloc, for the tests of
 * row D13. Nothing in the kernel calls it. Included after kernel.c.
 */
#pragma once

/* Makes a run end at end if the addresses and frames can be had; it always
 * can when it shrinks. */
static bool resize_run(struct region *run, uint32_t end) {
    uint32_t limit = run->next ? run->next->start : ARENA_END;
    if (end > limit) return false;
    if (end > run->end && !spare((end - run->end) / PAGE_SIZE)) return false;
    for (uint32_t page = run->end; page < end; page += PAGE_SIZE) {
        uint8_t *frame = take_frame(FRAME_HEAP);
        frame_of(frame)->bucket = NOT_A_BUCKET;
        *walk(kernel_table, page) = PTE(frame, KERNEL_DATA);
        fence_page(page);
        arena.resident++;
    }
    unmap_pages(&arena, end, run->end);
    run->end = end;
    return true;
}

/* Changes a block's size: where it lies if it can, else by moving. NULL as
 * the block: kmalloc; 0 as the size: kfree, and NULL. On failure NULL, and the
 * old block is whole. */
static void *krealloc(void *block, size_t size) {
    if (!block) return kmalloc(size);
    if (!size) {
        kfree(block);
        return NULL;
    }
    uint32_t room;
    if ((uint32_t) block >= ARENA_BASE) {
        struct region *run = *find_run(block, FRAME_HEAP);
        if (size > BUCKET_MAX && size <= ARENA_PAGES * PAGE_SIZE &&
            resize_run(run, run->start + page_up(size)))
            return block;
        room = run->end - run->start;
    } else {
        room = BUCKET_MIN << check_block(block)->bucket;
        if (size <= room) return block;
    }
    void *moved = kmalloc(size);
    if (!moved) return NULL;
    memcpy(moved, block, size < room ? size : room);
    kfree(block);
    return moved;
}
