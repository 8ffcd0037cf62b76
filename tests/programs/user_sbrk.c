/*
 * user_sbrk.c: what leaf promises about sbrk (rows B of tests/README.md), each
 * as a test that runs in a process of its own.
 */
#include "check.h"

#include <limits.h>

#define FAILED ((void *) -1)

static int in_data = 1;
static int in_bss;

/* The heap's start: sbrk(0) of a process that has not used it. */
static char *heap_start(void) { return sbrk(0); }

static void b1_text_data_heap_and_stack_lie_in_this_order(void) {
    uint32_t text = (uint32_t) b1_text_data_heap_and_stack_lie_in_this_order;
    uint32_t data = (uint32_t) &in_data, bss = (uint32_t) &in_bss;
    uint32_t heap = (uint32_t) sbrk(0);
    int in_stack;
    uint32_t stack = (uint32_t) &in_stack;
    CHECK(USER_BASE <= text);
    CHECK(text < data);
    CHECK(data < bss);
    CHECK(bss < heap);
    CHECK(heap < MMAP_BASE);
    CHECK(stack < USER_TOP);
    CHECK(stack >= USER_TOP - USER_STACK);
    EQUAL(in_data, 1);
    EQUAL(in_bss, 0);
}

static void b1_the_heap_starts_on_the_page_after_the_program(void) {
    needs(SYS_REGIONINFO);
    struct regioninfo r;
    uint32_t program_end = 0;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        if (r.kind <= REGION_DATA && r.end > program_end) program_end = r.end;
    EQUAL(sbrk(0), ROUND_UP(program_end));
}

static void b2_5000_times_sbrk_1_give_5000_bytes_in_a_row(void) {
    char *start = sbrk(0);
    for (int i = 0; i < 5000; i++) {
        char *p = sbrk(1);
        EQUAL(p, start + i);
        *p = (char) i;
    }
    EQUAL(sbrk(0), start + 5000);
    for (int i = 0; i < 5000; i++) EQUAL(start[i], (char) i);
}

static void b2_sbrk_returns_the_old_break(void) {
    static const int sizes[] = {1, 4095, 4096, 4097, 100000, 3};
    char *want = sbrk(0);
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        EQUAL(sbrk(sizes[i]), want);
        want += sizes[i];
        EQUAL(sbrk(0), want);
    }
}

static void b3_a_mebibyte_can_be_written_and_read(void) {
    size_t words = (1 << 20) / sizeof(uint32_t);
    uint32_t *p = sbrk(1 << 20);
    for (int round = 0; round < 2; round++) {
        uint32_t key = round ? 0xffffffff : 0;
        for (size_t i = 0; i < words; i++) p[i] = (uint32_t) (p + i) ^ key;
        for (size_t i = 0; i < words; i++)
            if (p[i] != ((uint32_t) (p + i) ^ key))
                FAIL("%p holds %08x", (void *) (p + i), (unsigned) p[i]);
    }
}

static void b3_a_jump_to_the_heap_is_killed(void) {
    uint32_t *p = sbrk(PAGE_SIZE);
    *p = 0x00008067; /* ret */
    DIES_JUMPING(p);
}

static void b4_growth_inside_the_last_page_takes_no_frame(void) {
    char *p = sbrk(1);
    *p = 1;
    uint32_t before = free_frames();
    for (int i = 1; i < (int) PAGE_SIZE; i++) {
        char *more = sbrk(1);
        *more = 1;
    }
    EQUAL(free_frames(), before);
    *(char *) sbrk(1) = 1;
    EQUAL(free_frames(), before - 1);
}

static void b5_new_memory_is_zero(void) {
    char *p = sbrk(PAGES(20));
    CHECK(holds(p, PAGES(20), 0));
}

static void b5_memory_is_zero_after_shrink_and_regrow(void) {
    char *p = sbrk(PAGES(8));
    memset(p, 0xaa, PAGES(8));
    sbrk(-(int) PAGES(8));
    EQUAL(sbrk(PAGES(8)), p);
    CHECK(holds(p, PAGES(8), 0));
}

static void b5_a_part_of_a_page_is_zero_after_shrink_and_regrow(void) {
    char *p = sbrk(PAGES(2));
    srand(5);
    for (int i = 0; i < 300; i++) {
        int cut = 1 + rand() % (int) PAGES(2);
        memset(p, 0x5a, PAGES(2));
        sbrk(-cut);
        sbrk(cut / 2); /* in two steps, so that it ends in a page */
        sbrk(cut - cut / 2);
        EQUAL(sbrk(0), p + PAGES(2));
        CHECK(holds(p, PAGES(2) - cut, 0x5a));
        CHECK(holds(p + PAGES(2) - cut, cut, 0));
    }
}

/* The shrunk page is shared with the parent, whose bytes must stay. */
static void shrink_and_regrow(void *p) {
    sbrk(-100);
    sbrk(100);
    CHECK(holds(p, PAGE_SIZE - 100, 0x77));
    CHECK(holds((char *) p + PAGE_SIZE - 100, 100, 0));
}

static void b5_regrowth_in_a_child_leaves_the_parents_page_alone(void) {
    char *p = sbrk(PAGE_SIZE);
    memset(p, 0x77, PAGE_SIZE);
    EQUAL(in_child(shrink_and_regrow, p), 0);
    CHECK(holds(p, PAGE_SIZE, 0x77));
}

static void b6_shrinking_takes_exactly_n_bytes(void) {
    char *start = sbrk(10000), *old = start + 10000;
    static const int sizes[] = {1, 1, 7, 4095, 4096, 100};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        EQUAL(sbrk(-sizes[i]), old);
        old -= sizes[i];
        EQUAL(sbrk(0), old);
    }
    EQUAL(sbrk(-(old - start)), old);
    EQUAL(sbrk(0), start);
}

static void b7_shrinking_returns_the_pages_above_the_break(void) {
    char *p = sbrk(PAGES(100));
    uint32_t before = free_frames();
    for (int i = 0; i < 100; i += 2) /* half of them */
        p[PAGES(i)] = 1;
    EQUAL(free_frames(), before - 50);
    sbrk(-(int) PAGES(60)); /* 30 of these were touched */
    EQUAL(free_frames(), before - 20);
    sbrk(-(int) PAGES(40) + 1);
    EQUAL(free_frames(), before - 1);
    sbrk(-1);
    EQUAL(free_frames(), before);
}

static void b7_a_touch_above_the_break_is_killed(void) {
    char *p = sbrk(PAGES(3));
    memset(p, 1, PAGES(3));
    touch(p + PAGES(1));
    sbrk(-(int) PAGES(2));
    touch(p + PAGES(1) - 1);
    DIES_LOADING(p + PAGES(1));
    DIES_STORING(p + PAGES(2));
    sbrk(-1);
    touch(p + PAGES(1) - 1); /* the page is still there */
    sbrk(-(int) PAGES(1) + 1);
    DIES_STORING(p);
}

static void b8_shrinking_inside_a_page_keeps_the_page_and_its_data(void) {
    char *p = sbrk(PAGE_SIZE);
    memset(p, 0x42, PAGE_SIZE);
    uint32_t before = free_frames();
    for (int left = PAGE_SIZE - 1; left > 0; left -= 13) {
        sbrk(p + left - (char *) sbrk(0));
        CHECK(holds(p, left, 0x42));
        EQUAL(free_frames(), before);
    }
}

static void b9_sbrk_0_changes_nothing(void) {
    char *old = sbrk(0);
    struct meminfo before = memory();
    for (int i = 0; i < 1000; i++) EQUAL(sbrk(0), old);
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
}

static void b10_a_failure_changes_nothing(void) {
    char *p = sbrk(5000);
    memset(p, 0x11, 5000);
    struct meminfo before = memory();
    for (int i = 0; i < 1000; i++) {
        /* more than there is, and more than there are addresses */
        int n = i % 2 ? (int) PAGES(before.free + 1) : INT_MAX - i;
        FAILS_OR(sbrk(n), ENOMEM, EINVAL);
        EQUAL(sbrk(0), p + 5000);
    }
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
    CHECK(holds(p, 5000, 0x11));
    DIES_STORING(p + ROUND_UP(5000));
}

static void b12_below_the_heaps_start_is_refused(void) {
    char *start = heap_start();
    FAILS_OR(sbrk(-1), EINVAL, ENOMEM);
    char *p = sbrk(10000);
    memset(p, 0x22, 10000);
    uint32_t before = free_frames();
    FAILS_OR(sbrk(-10001), EINVAL, ENOMEM);
    FAILS_OR(sbrk(-(int) (start - (char *) USER_BASE)), EINVAL, ENOMEM);
    EQUAL(sbrk(0), start + 10000);
    EQUAL(free_frames(), before);
    CHECK(holds(p, 10000, 0x22));
}

static void b13_extreme_values_are_refused(void) {
    static const uint32_t sizes[] = {0x7fffffff, 0x80000000, 0x80000004,
                                     0x80000001, 0x7ffff000, 0xfeffffff,
                                     0xff000000, 0x40000000, 0xc0000000};
    char *start = heap_start();
    for (int bytes = 0; bytes < 2; bytes++) { /* an empty heap, and not */
        for (size_t i = 0; i < LENGTH(sizes); i++) {
            FAILS_OR(sbrk((intptr_t) sizes[i]), EINVAL, ENOMEM);
            EQUAL(sbrk(0), start + bytes);
        }
        sbrk(1);
    }
    sbrk(-1);
    FAILS_OR(sbrk(-2), EINVAL, ENOMEM);
    EQUAL(sbrk(0), start + 1);
}

struct pattern {
    char *p;
    int byte;
};

static void fill_and_check(void *arg) {
    struct pattern *pattern = arg;
    for (int i = 0; i < 20; i++) {
        memset(pattern->p, pattern->byte + i, PAGES(4));
        sched_yield();
        CHECK(holds(pattern->p, PAGES(4), pattern->byte + i));
    }
}

static void b14_each_process_has_a_heap_of_its_own(void) {
    needs(SYS_FORK);
    char *p = sbrk(PAGES(4));
    struct pattern patterns[] = {{p, 0x30}, {p, 0x60}};
    memset(p, 0x99, PAGES(4));
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            fill_and_check(&patterns[i]);
            sbrk(PAGES(i)); /* their breaks part too */
            EQUAL(sbrk(0), p + PAGES(4 + i));
            exit(0);
        }
    }
    for (int i = 0; i < 2; i++) {
        int status;
        CHECK(wait(&status) > 0);
        EQUAL(status, 0);
    }
    CHECK(holds(p, PAGES(4), 0x99));
    EQUAL(sbrk(0), p + PAGES(4));
}

static void leak(void *unused) {
    (void) unused;
    char *p = sbrk(PAGES(256));
    for (int i = 0; i < 256; i++) p[PAGES(i)] = 1;
}

static void b15_exit_returns_every_frame_of_100_leaking_children(void) {
    struct meminfo before = memory();
    for (int i = 0; i < 100; i++) EQUAL(in_child(leak, NULL), 0);
    struct meminfo after = memory();
    EQUAL(after.free, before.free);
    CHECK(memcmp(&before, &after, sizeof after) == 0);
}

static void b16_the_kernels_break_is_the_only_one(void) {
    char *p = sbrk(12345);
    EQUAL(system_call(SYS_SBRK, 0, 0, 0, 0, 0, 0), p + 12345);
    EQUAL(system_call(SYS_SBRK, 55, 0, 0, 0, 0, 0), p + 12345);
    EQUAL(sbrk(0), p + 12400);
    needs(SYS_REGIONINFO);
    struct regioninfo r;
    uint32_t start = 0, end = 0;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        if (r.kind == REGION_HEAP) start = r.start, end = r.end;
    EQUAL(start, p);
    EQUAL(ROUND_UP(end), ROUND_UP((uint32_t) p + 12400));
}

/* A stale translation would show the old page, or let the touch pass. */
static void sfence_a_page_shrunk_away_and_regrown_is_a_new_one(void) {
    char *p = sbrk(PAGES(1));
    for (int i = 1; i < 100; i++) {
        EQUAL(*p, 0);
        *p = (char) i;
        sbrk(-(int) PAGES(1));
        sbrk(PAGES(1));
    }
    *p = 1;
    sbrk(-(int) PAGES(1));
    DIES_LOADING(p);
}

int main(void) {
    begin();
    RUN(b1_text_data_heap_and_stack_lie_in_this_order);
    RUN(b1_the_heap_starts_on_the_page_after_the_program);
    RUN(b2_5000_times_sbrk_1_give_5000_bytes_in_a_row);
    RUN(b2_sbrk_returns_the_old_break);
    RUN(b3_a_mebibyte_can_be_written_and_read);
    RUN(b3_a_jump_to_the_heap_is_killed);
    RUN(b4_growth_inside_the_last_page_takes_no_frame);
    RUN(b5_new_memory_is_zero);
    RUN(b5_memory_is_zero_after_shrink_and_regrow);
    RUN(b5_a_part_of_a_page_is_zero_after_shrink_and_regrow);
    RUN(b5_regrowth_in_a_child_leaves_the_parents_page_alone);
    RUN(b6_shrinking_takes_exactly_n_bytes);
    RUN(b7_shrinking_returns_the_pages_above_the_break);
    RUN(b7_a_touch_above_the_break_is_killed);
    RUN(b8_shrinking_inside_a_page_keeps_the_page_and_its_data);
    RUN(b9_sbrk_0_changes_nothing);
    RUN(b10_a_failure_changes_nothing);
    RUN(b12_below_the_heaps_start_is_refused);
    RUN(b13_extreme_values_are_refused);
    RUN(b14_each_process_has_a_heap_of_its_own);
    RUN(b15_exit_returns_every_frame_of_100_leaking_children);
    RUN(b16_the_kernels_break_is_the_only_one);
    RUN(sfence_a_page_shrunk_away_and_regrown_is_a_new_one);
    return end();
}
