/*
 * kernel_memory.c: page frames and the kernel heap, from the inside: rows A
 * and D of tests/README.md. Run under -icount, so that the counts of
 * instructions are exact. The arena is small, for the rows on custom fit.
 */
#define ARENA_PAGES 100u
#include "kernel_check.h"
#include "krealloc.h"

static void *pages[FRAMES]; /* for whoever needs many pointers */

/* A frame for a test; NULL if there is none to spare. */
static void *free_frame(void) {
    return spare(1) ? take_frame(FRAME_USER) : NULL;
}

/* Takes all frames but `leave`, into pages[]; n are there already. Returns how
 * many are there now. */
static uint32_t take_all_but(uint32_t leave, uint32_t n) {
    while (memory.free > leave) pages[n++] = free_frame();
    return n;
}

static void free_all(uint32_t n) {
    while (n) free_page(pages[--n]);
}

/* --- A: page frames ----------------------------------------------------- */

static void a1_free_ram_comes_from_the_linker(void) {
    EQUAL((uint32_t) __free_ram % PAGE_SIZE, 0);
    EQUAL(__free_ram_end - __free_ram, 64 * 1024 * 1024);
    CHECK(__free_ram >= __bss_end && __bss_end > __bss);
    CHECK(__free_ram > __boot_stack_top && __data > __rodata);
    CHECK((uint32_t) __free_ram_end <= 0x88000000u); /* of 128 MiB of RAM */
}

static void a6_no_n_wraps(void) {
    static const uint32_t refused[] = {
        0,        0x4000,    0x80000,  0xfffff,        0x100000,
        0x100001, INT32_MAX, 1u << 31, UINT32_MAX - 1, UINT32_MAX};
    uint8_t *next = next_page;
    for (size_t i = 0; i < LENGTH(refused); i++)
        EQUAL(alloc_pages(refused[i]), NULL);
    EQUAL(alloc_pages(memory.free + 1), NULL); /* one more than there is */
    EQUAL(next_page, next);
}

/* alloc_pages never takes back: what this test takes is the kernel's now. */
static void a2_pages_are_contiguous_and_zero(void) {
    static const uint32_t sizes[] = {1, 2, 3, 17};
    uint8_t *runs[LENGTH(sizes)], *end = next_page;
    memset(next_page, 0xa5, PAGES(23)); /* RAM may hold anything */
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        uint32_t kernel = memory.kernel, free = memory.free;
        runs[i] = alloc_pages(sizes[i]);
        EQUAL(runs[i], end);
        EQUAL((uint32_t) runs[i] % PAGE_SIZE, 0);
        EQUAL(memory.kernel, kernel + sizes[i]);
        EQUAL(memory.free, free - sizes[i]);
        end = runs[i] + PAGES(sizes[i]);
        for (uint8_t *p = runs[i]; p < end; p++) EQUAL(*p, 0);
        memset(runs[i], (int) i + 1, PAGES(sizes[i]));
    }
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (uint32_t at = 0; at < PAGES(sizes[i]); at++)
            EQUAL(runs[i][at], i + 1);
    /* Back to where it was, for the comparison after the test. */
    next_page = runs[0];
    for (uint32_t i = 0; i < 23; i++) frame_of(next_page)[i].kind = FRAME_FREE;
    recount(23, FRAME_KERNEL, FRAME_FREE);
}

static void a4_used_pages_are_zero_again(void) {
    uint8_t *page[20];
    for (int i = 0; i < 20; i++)
        memset(page[i] = alloc_page(FRAME_USER), 0xff, PAGE_SIZE);
    for (int i = 0; i < 20; i++) free_page(page[i]);
    for (int i = 0; i < 20; i++) {
        page[i] = alloc_page(FRAME_USER);
        for (uint32_t at = 0; at < PAGE_SIZE; at++) EQUAL(page[i][at], 0);
    }
    for (int i = 0; i < 20; i++) free_page(page[i]);
}

static void a5_what_cannot_be_met_gives_null(void) {
    uint32_t n = take_all_but(3, 0);
    uint8_t *next = next_page;
    EQUAL(alloc_pages(4), NULL);
    EQUAL(next_page, next);
    pages[n++] = alloc_page(FRAME_USER);
    pages[n++] = alloc_page(FRAME_USER);
    pages[n++] = alloc_page(FRAME_USER);
    CHECK(pages[n - 1] != NULL);
    EQUAL(alloc_page(FRAME_USER), NULL);
    EQUAL(alloc_pages(1), NULL);
    EQUAL(kmalloc(8), NULL);
    EQUAL(memory.free, 0);
    free_all(n);
    EQUAL(alloc_pages(1), NULL); /* what was freed is not contiguous */
}

/* The kernel leaves the frames alone that were promised to processes. */
static void a5_promised_frames_are_not_the_kernels(void) {
    uint32_t n = take_all_but(10, 0);
    memory.promised = 8;
    EQUAL(alloc_pages(3), NULL);
    EQUAL(kmalloc(PAGES(3)), NULL);
    pages[n++] = alloc_page(FRAME_USER);
    pages[n++] = alloc_page(FRAME_USER);
    CHECK(pages[n - 1] != NULL);
    EQUAL(alloc_page(FRAME_USER), NULL);
    EQUAL(kmalloc(8), NULL);
    memory.promised = 0;
    free_all(n);
}

static void a7_pages_come_back_without_drift(void) {
    uint32_t free = memory.free;
    uint8_t *next = NULL;
    for (uint32_t round = 0; round < 10000; round++) {
        for (uint32_t i = 0; i < 100; i++) pages[i] = free_frame();
        EQUAL(memory.free, free - 100);
        if (round == 0) next = next_page;
        EQUAL(next_page, next);
        for (uint32_t i = 0; i < 100; i++)
            free_page(pages[(i * 37 + round) % 100]);
        EQUAL(memory.free, free);
    }
}

static void a8_records_lie_in_the_memory_they_record(void) {
    CHECK((uint8_t *) frames == __free_ram);
    uint32_t size = page_up(FRAMES * sizeof(struct frame)) / PAGE_SIZE;
    EQUAL(memory.total, FRAMES);
    EQUAL(memory.kernel, size);
    for (uint32_t i = 0; i < size; i++) EQUAL(frames[i].kind, FRAME_KERNEL);
}

static void take_one(void *slot) { *(void **) slot = free_frame(); }

/* The same instructions at 1 % and at 99 % of the frames in use, first from
 * the bump pointer, then from the list. */
static void a9_finding_a_page_walks_nothing(void) {
    EQUAL(freed, 0);
    uint32_t percent = memory.total / 100;
    uint32_t n = take_all_but(memory.total - percent, 0);
    uint32_t bump = instructions(take_one, &pages[n++]);
    n = take_all_but(percent, n);
    EQUAL(instructions(take_one, &pages[n++]), bump);

    uint32_t give = instructions(do_free_page, pages[--n]);
    uint32_t take = instructions(take_one, &pages[n++]);
    while (n > percent) free_page(pages[--n]);
    EQUAL(instructions(do_free_page, pages[--n]), give);
    EQUAL(instructions(take_one, &pages[n++]), take);
    printf("a frame: %u instructions, %u from the list; %u to free it\n", bump,
           take, give);
    free_all(n);
}

static void a10_wrong_frees_panic_with_the_address(void) {
    uint8_t *page = alloc_page(FRAME_USER), *other = alloc_page(FRAME_TABLE);
    PANICS(do_free_page, page + 1, page + 1); /* inside */
    PANICS(do_free_page, page + 8, page + 8);
    PANICS(do_free_page, NULL, NULL);
    PANICS(do_free_page, 0x01000000, 0x01000000); /* not ours */
    PANICS(do_free_page, __text, __text);
    PANICS(do_free_page, __free_ram - PAGE_SIZE, __free_ram - PAGE_SIZE);
    PANICS(do_free_page, __free_ram_end, __free_ram_end);
    PANICS(do_free_page, ARENA_BASE, ARENA_BASE);
    PANICS(do_free_page, 0xfffff000, 0xfffff000);
    PANICS(do_free_page, frames, frames);       /* from alloc_pages */
    PANICS(do_free_page, next_page, next_page); /* never handed out */
    free_page(page);
    PANICS(do_free_page, page, page); /* twice */
    free_page(other);
    PANICS(do_free_page, page, page);
    PANICS(do_free_page, other, other);
    PANICS(do_free_page, page, page);
}

/* --- D: buckets --------------------------------------------------------- */

static bool in_arena(const void *block) {
    return (uint32_t) block >= ARENA_BASE;
}

static void d1_2048_is_a_block_2049_a_run(void) {
    uint8_t *small = kmalloc(2048), *large = kmalloc(2049);
    CHECK(small && !in_arena(small));
    EQUAL(frame_of(small)->kind, FRAME_HEAP);
    EQUAL(large, ARENA_BASE);
    kfree(small);
    kfree(large);
}

static void d2_buckets_are_powers_of_two_from_8(void) {
    for (uint32_t size = 0; size <= 2048; size++) {
        uint32_t want = 8;
        while (want < size) want *= 2;
        uint8_t *a = kmalloc(size), *b = kmalloc(size);
        CHECK(a && b);
        EQUAL((uint32_t) a % want, 0);
        EQUAL(b - a, want); /* from a new page: neighbors */
        EQUAL(page_down((uint32_t) a), page_down((uint32_t) b));
        memset(a, 1, size);
        memset(b, 2, size);
        for (uint32_t i = 0; i < size; i++) EQUAL(a[i] + b[i], 3);
        kfree(a);
        kfree(b);
    }
}

static void d3_a_page_holds_512_blocks_of_8(void) {
    uint32_t free = memory.free, heap = memory.heap;
    for (uint32_t i = 0; i < 512; i++)
        *(uint64_t *) (pages[i] = kmalloc(8)) = i;
    EQUAL(memory.free, free - 1);
    EQUAL(memory.heap, heap + 1);
    pages[512] = kmalloc(8); /* one more: another page */
    EQUAL(memory.free, free - 2);
    for (uint32_t i = 0; i < 512; i++) {
        EQUAL(*(uint64_t *) pages[i], i);
        EQUAL(page_down((uint32_t) pages[i]), page_down((uint32_t) pages[0]));
    }
    for (uint32_t i = 0; i <= 512; i++) kfree(pages[i]);
}

static void kmalloc_16(void *slot) { *(void **) slot = kmalloc(16); }

/* 256 blocks of 16 bytes fill a page. The same instructions with few of them
 * in use and with many, with one page and with forty. */
static void d4_a_block_costs_the_same_whatever_is_in_use(void) {
    uint32_t total = 40 * 256, take = 0, give = 0, open = 0;
    for (uint32_t n = 0; n < total; n++) {
        uint32_t used = n % 256, cost = instructions(kmalloc_16, &pages[n]);
        if (n == 1) take = cost;
        if (used != 0 && used != 255) /* it opens a page, or fills it */
            EQUAL(cost, take);
        if (n == 1)
            give = instructions(do_kfree, pages[n]);
        else if (used == 128 || used == 254)
            EQUAL(instructions(do_kfree, pages[n]), give);
        else
            continue;
        kmalloc_16(&pages[n]);
    }
    kfree(pages[7]); /* now each page is full, but the first */
    pages[7] = NULL;
    for (uint32_t n = 256; n < total; n += 256) {
        uint32_t cost = instructions(do_kfree, pages[n]);
        if (n == 256) open = cost;
        EQUAL(cost, open);
        pages[n] = NULL;
    }
    printf("a block: %u instructions; %u to free it, %u on a full page\n", take,
           give, open);
    for (uint32_t n = 0; n < total; n++) kfree(pages[n]);
}

static void d5_one_block_of_each_size_takes_686_pages(void) {
    uint32_t free = memory.free;
    for (uint32_t size = 1; size <= 2048; size++)
        memset(pages[size] = kmalloc(size), (int) size, size);
    EQUAL(memory.free, free - 686);
    for (uint32_t size = 1; size <= 2048; size++) {
        const uint8_t *block = pages[size];
        for (uint32_t i = 0; i < size; i++) EQUAL(block[i], (uint8_t) size);
        kfree(pages[size]);
    }
    EQUAL(memory.free, free);
}

static void d6_a_page_goes_with_its_last_block_not_before(void) {
    static const uint32_t sizes[] = {8, 64, 512, 2048};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        uint32_t free = memory.free, n = PAGE_SIZE / sizes[i];
        for (uint32_t k = 0; k < n; k++) pages[k] = kmalloc(sizes[i]);
        for (uint32_t k = 0; k < n; k++) {
            EQUAL(memory.free, free - 1);
            kfree(pages[(k * 5 + 3) % n]);
        }
        EQUAL(memory.free, free);
    }
}

/* Pages of one bucket, emptied from the middle: whichever has free blocks is
 * used before a new one is taken. */
static void d6_blocks_of_any_page_are_used_again(void) {
    uint32_t free = memory.free;
    for (uint32_t k = 0; k < 5 * 4; k++) pages[k] = kmalloc(1024);
    EQUAL(memory.free, free - 5);
    for (uint32_t k = 1; k < 5 * 4; k += 4) kfree(pages[k]);
    EQUAL(memory.free, free - 5);
    for (uint32_t k = 1; k < 5 * 4; k += 4) pages[k] = kmalloc(1024);
    EQUAL(memory.free, free - 5);
    for (uint32_t k = 8; k < 12; k++) /* the page in the middle */
        kfree(pages[k]);
    EQUAL(memory.free, free - 4);
    for (uint32_t k = 0; k < 5 * 4; k++)
        if (k < 8 || k >= 12) kfree(pages[k]);
}

/* --- D7, D8: custom fit ------------------------------------------------- */

/* Where the last run ends, in pages. */
static uint32_t arena_break(void) {
    uint32_t end = ARENA_BASE;
    for (const struct region *run = arena.regions; run; run = run->next)
        end = run->end;
    return (end - ARENA_BASE) / PAGE_SIZE;
}

static uint8_t *at_page(uint32_t page) {
    return (uint8_t *) ARENA_BASE + PAGES(page);
}

#define NOWHERE UINT32_MAX
#define FREED 0 /* as a size: the run that begins at `place` is freed */

struct placement {
    uint32_t size, place, brk;
    const char *why;
};

static const struct placement placements[] = {
    {16, 0, 16, "break"},
    {12, 16, 28, "break"},
    {8, 28, 36, "break"},
    {16, 36, 52, "break"},
    {4, 52, 56, "break"},
    {4, 56, 60, "break"},
    {4, 60, 64, "break"},
    {8, 64, 72, "break"},
    {8, 72, 80, "break"},
    {FREED, 16, 80, "a hole of 12"},
    {FREED, 36, 80, "a hole of 16"},
    {FREED, 56, 80, "a hole of 4"},
    {FREED, 64, 80, "a hole of 8"},
    {4, 56, 80, "exact"},
    {5, 36, 80, "largest (16)"},
    {11, 41, 80, "exact"},
    {6, 16, 80, "largest (12)"},
    {10, 80, 90, "break"},
    {11, NOWHERE, 90, "the arena ends at 100"},
    {FREED, 41, 90, "a hole of 11"},
    {FREED, 36, 90, "merges with the hole above: 16"},
    {FREED, 16, 90, "merges with the hole above: 12"},
    {FREED, 56, 90, "a hole of 4"},
    {FREED, 60, 90, "merges with both: 16"},
    {FREED, 72, 90, "merges with the hole below: 24"},
    {24, 56, 90, "exact: the merged hole"},
    {7, 36, 90, "largest (16)"},
    {11, 16, 90, "largest (12)"},
    {10, 90, 100, "break: neither 9 nor 1 is enough"},
    {1, 27, 100, "exact"},
    {10, NOWHERE, 100, "the arena is full to its end"},
    {FREED, 56, 100, "a hole of 24"},
    {FREED, 90, 90, "the last run: the break falls"},
    {FREED, 80, 56, "the break falls over the hole of 24"},
    {FREED, 28, 56, "a hole of 8"},
    {FREED, 36, 56, "merges with both: 24"},
    {FREED, 52, 28, "the break falls over the merged hole"},
    {2, 28, 30, "break"},
    {FREED, 27, 30, "a hole of 1"},
    {FREED, 16, 30, "merges with the hole above: 12"},
    {FREED, 28, 16, "the break falls over the merged hole"},
    {5, 16, 21, "break"},
    {1, 21, 22, "break"},
    {5, 22, 27, "break"},
    {1, 27, 28, "break"},
    {FREED, 16, 28, "a hole of 5"},
    {FREED, 22, 28, "another"},
    {2, 16, 28, "largest (5), the lower of two"},
    {5, 22, 28, "exact"},
    {73, NOWHERE, 28, "one page more than is left"},
    {72, 28, 100, "break, up to the arena's end"},
    {FREED, 28, 28, "the last run"},
    {FREED, 22, 28, "a hole of 5"},
    {FREED, 27, 22, "the break falls over it"},
    {FREED, 21, 18, "and over a smaller one"},
    {FREED, 16, 16, "the last run"},
    {FREED, 0, 0, "the last of all"},
    {101, NOWHERE, 0, "more than the arena"},
    {100, 0, 100, "all of it"},
    {FREED, 0, 0, "the last run"},
};

/* Marks each page of a run with its number, and checks that only it did. */
static void mark_run(uint32_t place, uint32_t size) {
    for (uint32_t page = place; page < place + size; page++)
        *(uint32_t *) at_page(page) = ~page;
}

static bool run_is_marked(const struct region *run) {
    for (uint32_t at = run->start; at < run->end; at += PAGE_SIZE)
        if (*(uint32_t *) at != ~((at - ARENA_BASE) / PAGE_SIZE)) return false;
    return true;
}

static void d7_d8_custom_fit_places_runs_by_the_rule(void) {
    EQUAL(arena_break(), 0);
    for (size_t i = 0; i < LENGTH(placements); i++) {
        const struct placement *p = &placements[i];
        struct meminfo before = memory;
        if (p->size == FREED) {
            kfree(at_page(p->place));
            printf("%9s free %3u → break %3u  %s\n", "", p->place,
                   arena_break(), p->why);
        } else {
            uint8_t *got = kmalloc(PAGES(p->size));
            uint32_t place = ((uint32_t) got - ARENA_BASE) / PAGE_SIZE;
            if (!got) place = NOWHERE;
            printf("%3u pages  at %4d → break %3u  %s\n", p->size, (int) place,
                   arena_break(), p->why);
            EQUAL(place, p->place);
            if (got)
                mark_run(place, p->size);
            else
                EQUAL(memcmp(&memory, &before, sizeof memory), 0);
        }
        EQUAL(arena_break(), p->brk);
        for (const struct region *run = arena.regions; run; run = run->next)
            CHECK(run_is_marked(run));
        PASS(audit());
    }
}

/* --- D9 to D14 ---------------------------------------------------------- */

/* A table maps 4 MiB: what ends where it ends needs no other. */
static void e4_no_page_table_more_than_needed(void) {
    uint32_t span = MEGAPAGE, at = MMAP_BASE;
    EQUAL(tables_missing(kernel_table, at, at), 0);
    EQUAL(tables_missing(kernel_table, at, at + PAGE_SIZE), 1);
    EQUAL(tables_missing(kernel_table, at, at + span), 1);
    EQUAL(tables_missing(kernel_table, at, at + span + PAGE_SIZE), 2);
    EQUAL(tables_missing(kernel_table, at - PAGE_SIZE, at + PAGE_SIZE), 2);
    EQUAL(tables_missing(kernel_table, ARENA_BASE, ARENA_END), 0);
}

static void d9_runs_are_the_supervisors_and_unmapped_when_freed(void) {
    uint8_t *run = kmalloc(PAGES(3));
    uint32_t start = (uint32_t) run;
    for (uint32_t at = start; at < start + PAGES(3); at += PAGE_SIZE)
        EQUAL(*walk(kernel_table, at) & 0x3ff,
              PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D);
    EQUAL(*walk(kernel_table, start + PAGES(3)), 0);
    kfree(run);
    for (uint32_t at = start; at < start + PAGES(3); at += PAGE_SIZE)
        EQUAL(*walk(kernel_table, at), 0);
}

/* A fault in the kernel would be a panic. */
static void d10_memory_is_there_at_once(void) {
    uint32_t free = memory.free;
    uint8_t *run = kmalloc(PAGES(60));
    uint32_t taken = free - memory.free;
    for (uint32_t i = 0; i < PAGES(60); i++) run[i] = (uint8_t) i;
    EQUAL(free - memory.free, taken);
    CHECK(taken == 60 || taken == 61); /* the record of the run */
    kfree(run);
    EQUAL(memory.free, free);
}

static void do_krealloc(void *block) { krealloc(block, 100); }

static void d12_wrong_kfrees_panic_with_the_address(void) {
    kfree(NULL);
    uint8_t *a = kmalloc(64), *b = kmalloc(64), *c = kmalloc(64);
    uint8_t *run = kmalloc(PAGES(2)), *gone = kmalloc(2048);
    for (uint32_t i = 1; i < 64; i++) /* interior */
        PANICS(do_kfree, b + i, b + i);
    PANICS(do_kfree, run + 8, run + 8);
    PANICS(do_kfree, run + PAGE_SIZE, run + PAGE_SIZE);
    PANICS(do_kfree, 8, 8); /* foreign */
    PANICS(do_kfree, 0x01000000, 0x01000000);
    PANICS(do_kfree, message, message);
    PANICS(do_kfree, __free_ram, __free_ram);
    PANICS(do_kfree, kernel_table, kernel_table);
    PANICS(do_kfree, next_page, next_page);
    PANICS(do_kfree, __free_ram_end, __free_ram_end);
    PANICS(do_kfree, ARENA_END, ARENA_END);
    PANICS(do_kfree, -8, -8);
    kfree(b); /* twice: at once, later, and when the page has gone */
    PANICS(do_kfree, b, b);
    kfree(a);
    PANICS(do_kfree, b, b);
    PANICS(do_kfree, a, a);
    kfree(c);
    PANICS(do_kfree, b, b);
    kfree(gone);
    PANICS(do_kfree, gone, gone);
    kfree(run);
    PANICS(do_kfree, run, run);
    PANICS(do_krealloc, run, run);
    PANICS(do_krealloc, 0x01000000, 0x01000000);
    PANICS(do_krealloc, gone, gone);
}

/* A block never handed out is as foreign as one that was freed. */
static void d12_a_free_block_of_a_used_page_cannot_be_freed(void) {
    uint8_t *block = kmalloc(128);
    for (uint32_t i = 1; i < 32; i++) {
        uint8_t *other = (uint8_t *) page_down((uint32_t) block) +
                         ((uint32_t) block + 128 * i) % PAGE_SIZE;
        PANICS(do_kfree, other, other);
        PANICS(do_krealloc, other, other);
    }
    kfree(block);
}

/* Bytes that look like a freed block's are the owner's business. */
static void d12_no_content_is_taken_for_a_free_block(void) {
    uint32_t *a = kmalloc(32), *b = kmalloc(32);
    kfree(b);
    uint32_t mark[8];
    memcpy(mark, b, sizeof mark); /* what a free block holds */
    b = kmalloc(32);
    memcpy(b, mark, sizeof mark);
    kfree(b);
    kfree(a);
}

static uint8_t *filled(uint32_t size) {
    uint8_t *block = kmalloc(size);
    for (uint32_t i = 0; i < size; i++) block[i] = (uint8_t) (i * 7 + i / 256);
    return block;
}

static bool still_filled(const uint8_t *block, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
        if (block[i] != (uint8_t) (i * 7 + i / 256)) return false;
    return true;
}

static void d13_krealloc_grows_and_shrinks_in_place(void) {
    uint8_t *block = filled(100);
    EQUAL(krealloc(block, 128), block); /* in its bucket */
    EQUAL(krealloc(block, 3), block);
    EQUAL(krealloc(block, 100), block);
    CHECK(still_filled(block, 3));
    kfree(block);

    uint8_t *run = filled(PAGES(3)), *next = kmalloc(PAGES(4));
    uint32_t heap = memory.heap;
    EQUAL(krealloc(run, PAGES(3) - 100), run); /* the same pages */
    EQUAL(krealloc(run, PAGES(1)), run);
    EQUAL(memory.heap, heap - 2);
    EQUAL(*walk(kernel_table, (uint32_t) run + PAGE_SIZE), 0);
    EQUAL(krealloc(run, PAGES(3)), run); /* into the hole above it */
    CHECK(still_filled(run, PAGE_SIZE));
    EQUAL(memory.heap, heap);
    EQUAL(krealloc(next, PAGES(9) - 1), next); /* at the break */
    EQUAL(memory.heap, heap + 5);
    EQUAL(arena_break(), 12);
    kfree(run);
    kfree(next);
    EQUAL(arena_break(), 0);
}

static void d13_krealloc_moves_and_keeps_what_was_there(void) {
    static const uint32_t sizes[] = {1,    8,    9,        100,
                                     2048, 2049, PAGES(5), PAGES(20)};
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (size_t k = 0; k < LENGTH(sizes); k++) {
            uint32_t from = sizes[i], to = sizes[k];
            uint8_t *block = filled(from);
            uint8_t *wall = from > 2048 ? kmalloc(PAGE_SIZE) : NULL;
            block = krealloc(block, to);
            CHECK(block && still_filled(block, from < to ? from : to));
            memset(block, 0, to);
            EQUAL(in_arena(block), to > 2048);
            kfree(block);
            kfree(wall);
        }
}

static void d13_krealloc_of_null_and_to_nothing(void) {
    uint32_t heap = memory.heap;
    uint8_t *block = krealloc(NULL, 40), *run = krealloc(NULL, PAGES(2));
    CHECK(block && run);
    EQUAL(krealloc(block, 0), NULL);
    EQUAL(krealloc(run, 0), NULL);
    block = krealloc(NULL, 0); /* kmalloc(0) */
    CHECK(block);
    kfree(block);
    EQUAL(memory.heap, heap);
}

static void d13_a_krealloc_that_fails_leaves_the_block(void) {
    uint8_t *block = filled(100), *run = filled(PAGES(2));
    static const uint32_t sizes[] = {PAGES(101), 1u << 31, UINT32_MAX - 4095,
                                     UINT32_MAX};
    struct meminfo before = memory;
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        EQUAL(krealloc(block, sizes[i]), NULL);
        EQUAL(krealloc(run, sizes[i]), NULL);
        EQUAL(kmalloc(sizes[i]), NULL);
    }
    EQUAL(memcmp(&before, &memory, sizeof memory), 0);
    CHECK(still_filled(block, 100) && still_filled(run, PAGES(2)));
    kfree(block);
    kfree(run);
}

static void d7_kmalloc_of_nothing_is_a_block_of_its_own(void) {
    uint8_t *a = kmalloc(0), *b = kmalloc(0);
    CHECK(a && b && a != b);
    kfree(a);
    kfree(b);
}

/* Sizes, ages and order at random; contents checked at each end. */
static void d_random_blocks_keep_their_contents(void) {
    static uint32_t sizes[64];
    uint32_t seed = 1;
    memset(pages, 0, sizeof *pages * 64);
    for (uint32_t step = 0; step < 20000; step++) {
        seed = seed * 1664525 + 1013904223;
        uint32_t i = seed >> 26, kind = seed >> 22 & 15;
        if (pages[i]) {
            CHECK(still_filled(pages[i], sizes[i]));
            if (kind < 4) {
                uint32_t size = (seed >> 8) % (kind ? 2000 : 9000) + 1;
                uint8_t *moved = krealloc(pages[i], size);
                if (!moved) continue;
                pages[i] = moved;
                CHECK(still_filled(moved, size < sizes[i] ? size : sizes[i]));
                kfree(moved);
            } else {
                kfree(pages[i]);
            }
            pages[i] = NULL;
            continue;
        }
        sizes[i] = (seed >> 8) % (kind ? 300 : PAGES(4)) + 1;
        pages[i] = kmalloc(sizes[i]);
        if (pages[i])
            for (uint32_t at = 0; at < sizes[i]; at++)
                ((uint8_t *) pages[i])[at] = (uint8_t) (at * 7 + at / 256);
    }
    for (uint32_t i = 0; i < 64; i++) kfree(pages[i]);
}

static void d14_a_page_under_each_stack_is_not_mapped(void) {
    struct trap_frame none = {0};
    struct process *first = new_process(&none), *second = new_process(&none);
    CHECK(first && second);
    uint32_t size = PAGES(1 + KERNEL_STACK_PAGES);
    EQUAL(first->stack, ARENA_BASE);
    EQUAL(second->stack, ARENA_BASE + size);
    EQUAL(*walk(kernel_table, ARENA_BASE), 0);
    EQUAL(*walk(kernel_table, ARENA_BASE + size), 0);
    for (uint32_t i = 1; i <= KERNEL_STACK_PAGES; i++)
        CHECK(*walk(kernel_table, ARENA_BASE + PAGES(i)) & PTE_W);
    EQUAL(memory.stacks, 2 * KERNEL_STACK_PAGES);
    while (processes) {
        leave_queue(processes);
        space_free(&processes->space);
        free_run(processes->stack, FRAME_STACK);
        forget(&processes);
    }
}

void kernel_main(void) {
    begin();
    RUN(a1_free_ram_comes_from_the_linker);
    RUN(a8_records_lie_in_the_memory_they_record);
    RUN(a2_pages_are_contiguous_and_zero);
    RUN(a9_finding_a_page_walks_nothing); /* while the list is empty */
    RUN(a6_no_n_wraps);
    RUN(a4_used_pages_are_zero_again);
    RUN(a5_what_cannot_be_met_gives_null);
    RUN(a5_promised_frames_are_not_the_kernels);
    RUN(a7_pages_come_back_without_drift);
    RUN(a10_wrong_frees_panic_with_the_address);
    RUN(d1_2048_is_a_block_2049_a_run);
    RUN(d2_buckets_are_powers_of_two_from_8);
    RUN(d3_a_page_holds_512_blocks_of_8);
    RUN(d4_a_block_costs_the_same_whatever_is_in_use);
    RUN(d5_one_block_of_each_size_takes_686_pages);
    RUN(d6_a_page_goes_with_its_last_block_not_before);
    RUN(d6_blocks_of_any_page_are_used_again);
    RUN(d7_d8_custom_fit_places_runs_by_the_rule);
    RUN(d7_kmalloc_of_nothing_is_a_block_of_its_own);
    RUN(e4_no_page_table_more_than_needed);
    RUN(d9_runs_are_the_supervisors_and_unmapped_when_freed);
    RUN(d10_memory_is_there_at_once);
    RUN(d12_wrong_kfrees_panic_with_the_address);
    RUN(d12_a_free_block_of_a_used_page_cannot_be_freed);
    RUN(d12_no_content_is_taken_for_a_free_block);
    RUN(d13_krealloc_grows_and_shrinks_in_place);
    RUN(d13_krealloc_moves_and_keeps_what_was_there);
    RUN(d13_krealloc_of_null_and_to_nothing);
    RUN(d13_a_krealloc_that_fails_leaves_the_block);
    RUN(d14_a_page_under_each_stack_is_not_mapped);
    RUN(d_random_blocks_keep_their_contents);
    end();
}
