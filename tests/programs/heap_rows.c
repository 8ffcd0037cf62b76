/*
 * heap_rows.c: what leaf promises about malloc (rows C, E12 and E13 of
 * tests/README.md), each as a test that runs in a process of its own.
 */
#include "check.h"

#include <limits.h>

#define HEAP_LIMIT MMAP_BASE
#define THRESHOLD (128 * 1024u) /* of mmap, and of giving back the top */

static bool in_mmap(const void *p) { return (uint32_t) p >= MMAP_BASE; }

static char *must_malloc(size_t n) {
    char *p = malloc(n);
    CHECK(p != NULL);
    EQUAL((uint32_t) p % 16, 0);
    CHECK(malloc_usable_size(p) >= n);
    return p;
}

static inline void sound(void) { CHECK(heap_check()); }

/* Nothing is in use, and what is free is in one piece. */
static inline void all_is_free(void) {
    sound();
    struct heap_info info = heap_info();
    EQUAL(info.blocks[HEAP_USED] + info.blocks[HEAP_MAPPED], 0);
    CHECK(info.blocks[HEAP_FREE] + info.blocks[HEAP_TOP] <= 1);
}

/* --- What fits where ---------------------------------------------------- */

static void c1_the_first_hole_that_fits(void) {
    char *holes[3], *between[3];
    must_malloc(200); /* so that the first hole does not merge with another */
    for (int i = 0; i < 3; i++) {
        holes[i] = must_malloc(i == 0 ? 200 : i == 1 ? 400 : 800);
        between[i] = must_malloc(200);
    }
    for (int i = 0; i < 3; i++) free(holes[i]);
    EQUAL(must_malloc(350), holes[1]); /* not the larger one */
    EQUAL(must_malloc(500), holes[2]);
    EQUAL(must_malloc(180), holes[0]);
    sound();
    for (int i = 0; i < 3; i++) free(between[i]);
}

static void c2_every_size_is_aligned_and_long_enough(void) {
    for (size_t n = 0; n <= 300; n++) {
        char *p = must_malloc(n), *q = must_malloc(n);
        CHECK(p != q);
        memset(p, 1, n);
        memset(q, 2, n);
        CHECK(holds(p, n, 1));
        free(p);
        free(q);
    }
    all_is_free();
}

static void c2_aligned_alloc(void) {
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        char *p = aligned_alloc(alignment, 100);
        CHECK(p != NULL);
        EQUAL((uint32_t) p % alignment, 0);
        memset(p, 3, 100);
        free(p);
    }
    all_is_free();
    errno = 0;
    CHECK(!aligned_alloc(48, 10));
    EQUAL(errno, EINVAL);
}

static void c3_a_smaller_block_takes_the_freed_ones_place(void) {
    char *a = must_malloc(100), *b = must_malloc(200), *c = must_malloc(300);
    free(b);
    EQUAL(must_malloc(180), b);
    free(a);
    free(c);
}

static int kinds[300];
static size_t kinds_size[300];
static unsigned kinds_count;

static void note(void *p, size_t n, int kind, void *arg) {
    (void) p;
    (void) arg;
    kinds[kinds_count] = kind;
    kinds_size[kinds_count++] = n;
}

static void c4_a_hole_is_split_or_used_whole(void) {
    must_malloc(200);
    char *hole = must_malloc(1000);
    must_malloc(200);
    size_t n = malloc_usable_size(hole);
    free(hole);
    EQUAL(must_malloc(n - 16), hole); /* the rest can just hold a block */
    EQUAL(malloc_usable_size(hole), n - 16);
    heap_walk(note, NULL);
    unsigned i = 0;
    while (kinds[i] != HEAP_USED || kinds_size[i] != n - 16) i++;
    EQUAL(kinds[i + 1], HEAP_FREE);
    EQUAL(kinds_size[i + 1], 12);
    free(hole);
    EQUAL(must_malloc(n - 15), hole); /* the rest can't */
    EQUAL(malloc_usable_size(hole), n);
    sound();
}

static void c5_out_of_memory_and_on(void) {
    char *first = NULL;
    unsigned count = 0;
    errno = 0;
    for (char *p; (p = malloc(60000)); first = p, count++) *(char **) p = first;
    EQUAL(errno, ENOMEM);
    CHECK(count > 500);
    sound();
    for (unsigned i = 0; i < 3000 && malloc(24); i++) continue;
    CHECK(!malloc(100000));
    CHECK(!realloc(first, 100000));
    for (char *next; first; first = next, count--) { /* C19 */
        next = *(char **) first;
        free(first);
    }
    EQUAL(count, 0);
    sound();
    free(must_malloc(1000000));
    free(must_malloc(100000));
    sound();
}

static void c5_a_fit_is_found_when_memory_is_out(void) {
    char *wide[12], *last[2] = {NULL};
    for (int i = 0; i < 12; i++) {
        wide[i] = must_malloc(4100 + 16 * i);
        must_malloc(5000); /* fits into no hole, so that it lies between */
    }
    while (malloc(60000) || malloc(200)) continue;
    for (char *p; (p = malloc(24)); last[0] = p) last[1] = last[0];
    free(last[0]);
    free(last[1]);
    CHECK(malloc(24) && malloc(24) && !malloc(24));
    for (int i = 0; i < 12; i++) free(wide[i]);
    EQUAL(must_malloc(4100 + 16 * 11), wide[11]); /* freed last: the first */
    CHECK(must_malloc(3000));                     /* any hole of a larger bin */
    sound();
}

static void c6_free_of_null_does_nothing(void) {
    char *old = sbrk(0);
    free(NULL);
    EQUAL(sbrk(0), old);
    EQUAL(malloc_usable_size(NULL), 0);
}

static void c7_freed_memory_is_used_again(void) {
    for (int i = 0; i < 500; i++) free(malloc(i));
    char *old = sbrk(0);
    for (int i = 0; i < 100000; i++) free(malloc(i % 500));
    EQUAL(sbrk(0), old);
    all_is_free();
}

/* Its first blocks are too small, and a large hole hangs behind them. */
static void c7_a_hole_is_found_in_the_last_bin(void) {
    char *wide[8], *narrow[4];
    for (int i = 0; i < 8; i++) wide[i] = must_malloc(130000);
    must_malloc(600);
    for (int i = 0; i < 4; i++) {
        narrow[i] = must_malloc(125000);
        must_malloc(600);
    }
    char *old = sbrk(0);
    for (int i = 0; i < 8; i++) free(wide[i]);
    for (int i = 0; i < 4; i++) free(narrow[i]);
    for (int i = 0; i < 8; i++) must_malloc(130000);
    EQUAL(sbrk(0), old);
}

static void c8_a_string_in_a_buffer(void) {
    char *s = must_malloc(20);
    strcpy(s, "nineteen characters");
    EQUAL(strcmp(s, "nineteen characters"), 0);
    free(s);
}

/* --- calloc, realloc ---------------------------------------------------- */

static void c9_calloc_gives_zeros(void) {
    for (size_t n = 1; n < 300000; n = n * 3 + 1) {
        char *p = must_malloc(n);
        memset(p, 0xff, n);
        free(p);
        p = calloc(n, 1);
        CHECK(p && holds(p, n, 0));
        memset(p, 0xff, n);
        free(p);
    }
    all_is_free();
}

static void c9_realloc_grows_in_place(void) {
    char *p = must_malloc(100), *next = must_malloc(500);
    must_malloc(1);
    free(next);
    memset(p, 7, 100);
    EQUAL(realloc(p, 550), p); /* into the block behind */
    CHECK(holds(p, 100, 7));
    char *last = must_malloc(9000); /* with the heap's end, however far */
    for (size_t n = 9000; n < 1000000; n += n / 2)
        EQUAL(realloc(last, n), last);
    sound();
}

static void c9_realloc_shrinks_in_place(void) {
    char *p = must_malloc(1000);
    must_malloc(200);
    memset(p, 8, 1000);
    EQUAL(realloc(p, 100), p);
    CHECK(holds(p, 100, 8));
    EQUAL(must_malloc(700), p + 112); /* what it gave back */
    sound();
    char *mapped = must_malloc(10 * THRESHOLD);
    memset(mapped, 9, 10 * THRESHOLD);
    EQUAL(realloc(mapped, 6 * THRESHOLD), mapped);
    CHECK(holds(mapped, 6 * THRESHOLD, 9));
    char *short_one = realloc(mapped, 1000); /* not for so much less */
    CHECK(short_one != mapped && holds(short_one, 1000, 9));
    EQUAL(heap_info().blocks[HEAP_MAPPED], 0);
}

/* However full memory is, and wherever the block lies. */
static void c9_realloc_to_less_never_fails(void) {
    char *large = must_malloc(2000000), *block = must_malloc(100000);
    must_malloc(200);
    memset(large, 4, 2000000);
    memset(block, 5, 100000);
    for (size_t n = 32u << 20; n >= 1; n /= 2)
        while (malloc(n)) continue;
    for (size_t n = 1900000; n >= 1; n /= 3) {
        CHECK((large = realloc(large, n)));
        CHECK(holds(large, n, 4));
    }
    for (size_t n = 90000; n >= 1; n /= 3) {
        EQUAL(realloc(block, n), block);
        CHECK(holds(block, n, 5));
    }
    sound();
}

/* What small blocks leave is kept for small ones, as long as there is more. */
static void c5_the_last_that_there_is_can_be_had(void) {
    static char *small[400];
    for (int i = 0; i < 400; i++) small[i] = must_malloc(72);
    for (size_t n = 32u << 20; n >= 100; n /= 2)
        while (malloc(n)) continue;
    for (int i = 399; i >= 100; i--) free(small[i]);
    CHECK(malloc(1000));
    CHECK(malloc(100));
    sound();
}

static void c9_what_has_room_behind_it_stays(void) {
    must_malloc(300);
    char *p = must_malloc(100000);
    for (size_t n = 100000; n < 3000000; n += 50000) EQUAL(realloc(p, n), p);
    CHECK(!in_mmap(p));
    EQUAL(heap_info().blocks[HEAP_MAPPED], 0);
    size_t heap = (char *) sbrk(0) - p;
    CHECK(heap < 3000000 + 2 * PAGE_SIZE); /* not old and new */
}

static void c9_realloc_moves(void) {
    char *p = NULL, *stop;
    size_t n = 0;
    for (size_t more = 1; more < 500000; more = more * 2 + 1) {
        char *q = realloc(p, more); /* realloc(NULL, n) is malloc */
        CHECK(q && holds(q, n, 5));
        memset(q, 5, more);
        p = q;
        n = more;
        stop = must_malloc(200);
        (void) stop;
    }
    CHECK(!realloc(p, 0)); /* is free */
    sound();
}

static void c9_a_mapped_block_that_moves_gets_more_room(void) {
    char *p = realloc(must_malloc(200000), 210000);
    CHECK(p && malloc_usable_size(p) >= 210000 * 3 / 2);
}

static void c9_a_realloc_that_fails_leaves_the_block(void) {
    char *p = must_malloc(100);
    memset(p, 6, 100);
    must_malloc(100);
    errno = 0;
    CHECK(!realloc(p, 500000000));
    EQUAL(errno, ENOMEM);
    CHECK(!reallocarray(p, 65536, 65536));
    CHECK(holds(p, 100, 6));
    free(p);
    sound();
}

/* --- Merging, growing, giving back -------------------------------------- */

static void c10_any_order_of_frees_ends_in_one_block(void) {
    char *p[40];
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 40; i++)
            p[i] = must_malloc(next_random() % (i % 3 ? 100 : 3000));
        for (int i = 39; i >= 0; i--) {
            int j = next_random() % (i + 1);
            free(p[j]);
            p[j] = p[i];
        }
        all_is_free();
    }
}

static void c11_1000_mallocs_make_few_system_calls(void) {
    unsigned calls = 0;
    for (int i = 0; i < 1000; i++) {
        char *old = sbrk(0);
        must_malloc(24);
        calls += sbrk(0) != old;
    }
    CHECK(calls <= 8);
}

static void c12_the_end_of_the_heap_goes_back(void) {
    static char *p[20000];
    uint32_t before = free_frames();
    for (int i = 0; i < 20000; i++) memset(p[i] = must_malloc(50), 1, 50);
    CHECK(before - free_frames() >= 256); /* a MiB and more */
    for (int i = 0; i < 20000; i++) free(p[i]);
    CHECK(before - free_frames() <= THRESHOLD / PAGE_SIZE + 2);
    all_is_free();
    size_t kept = heap_info().bytes[HEAP_TOP]; /* for whoever takes it again */
    CHECK(kept >= THRESHOLD / 2 && kept < THRESHOLD);
}

static void c13_every_size_ends(void) {
    for (size_t n = 4000; n <= 4200; n++) free(must_malloc(n));
    for (size_t n = 8100; n <= 8300; n++) free(must_malloc(n));
    char *p[401];
    for (size_t n = 0; n <= 400; n++) p[n] = must_malloc(3900 + n);
    for (size_t n = 0; n <= 400; n++) free(p[n]);
    all_is_free();
}

static void c14_absurd_sizes_are_refused(void) {
    static const size_t sizes[] = {
        SIZE_MAX,      SIZE_MAX - 7, SIZE_MAX - 15,   SIZE_MAX - 20,
        SIZE_MAX - 64, PTRDIFF_MAX,  PTRDIFF_MAX - 4, 0x80000000,
        0xfffff000,    0x7fffff00,   0x40000000,      0x0fffffff};
    char *p = must_malloc(50);
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        errno = 0;
        CHECK(!malloc(sizes[i]));
        EQUAL(errno, ENOMEM);
        CHECK(!realloc(p, sizes[i]));
        CHECK(!calloc(1, sizes[i]));
        CHECK(!aligned_alloc(4096, sizes[i]));
    }
    errno = 0;
    CHECK(!calloc(65536, 65536));
    CHECK(!calloc(0x80000001, 2));
    EQUAL(errno, ENOMEM);
    CHECK(!reallocarray(NULL, 0x10000001, 16));
    free(p);
    all_is_free();
}

static void c14_malloc_of_0_is_a_block(void) {
    char *p = must_malloc(0), *q = must_malloc(0);
    CHECK(p != q);
    free(p);
    free(q);
    p = calloc(0, 8);
    CHECK(p != NULL);
    free(p);
    all_is_free();
}

/* --- Against a model ---------------------------------------------------- */

static struct {
    char *p;
    size_t n;
    int byte;
} blocks[500];

static void c16_100000_random_operations(void) {
    uint32_t before = free_frames();
    for (int i = 0; i < 100000; i++) {
        int k = next_random() % LENGTH(blocks);
        char *p = blocks[k].p;
        if (p) CHECK(holds(p, blocks[k].n, blocks[k].byte));
        if (p && next_random() % 4) {
            free(p);
            blocks[k].p = NULL;
            continue;
        }
        uint32_t dice = next_random() % 1000;
        size_t n = next_random() % (dice < 800   ? 100
                                    : dice < 990 ? 3000
                                    : dice < 999 ? 50000
                                                 : 400000);
        char *q = p ? realloc(p, n + 1) : malloc(n + 1);
        if (!q) continue;
        EQUAL((uint32_t) q % 16, 0);
        if (p)
            CHECK(holds(q, n + 1 < blocks[k].n ? n + 1 : blocks[k].n,
                        blocks[k].byte));
        blocks[k].p = q;
        blocks[k].n = n + 1;
        blocks[k].byte = next_random() & 0xff;
        memset(q, blocks[k].byte, n + 1);
        if (i % 1000 == 0) sound();
    }
    for (size_t k = 0; k < LENGTH(blocks); k++) free(blocks[k].p);
    all_is_free();
    CHECK(before - free_frames() <= THRESHOLD / PAGE_SIZE + 4);
}

static void c17_an_object_an_array_a_string(void) {
    struct point {
        int x, y;
    } *point = malloc(sizeof *point);
    point->x = 3;
    point->y = 4;
    int *array = NULL, count = 0, room = 0;
    char *text = calloc(1, 1);
    for (; count < 1000; count++) {
        if (count == room) array = realloc(array, (room += room + 4) * 4);
        array[count] = count * count;
        text = realloc(text, count + 2);
        text[count] = 'a' + count % 26;
        text[count + 1] = 0;
    }
    EQUAL(point->x + point->y, 7);
    for (int i = 0; i < count; i++) EQUAL(array[i], i * i);
    EQUAL(strlen(text), 1000);
    free(point);
    free(array);
    free(text);
    all_is_free();
}

static void c20_statistics(void) {
    char *small = must_malloc(50);
    char *hole = must_malloc(5000);
    must_malloc(8000);
    char *large = must_malloc(THRESHOLD);
    free(hole);
    struct heap_info info = heap_info();
    EQUAL(info.blocks[HEAP_USED], 2);
    EQUAL(info.bytes[HEAP_USED], 64 + 8016);
    EQUAL(info.blocks[HEAP_MAPPED], 1);
    EQUAL(info.bytes[HEAP_MAPPED], THRESHOLD + PAGE_SIZE);
    EQUAL(info.largest, malloc_usable_size(must_malloc(5000)));
    CHECK(info.blocks[HEAP_FREE] >= 1);
    CHECK(info.bytes[HEAP_USED] + info.bytes[HEAP_FREE] +
              info.bytes[HEAP_TOP] <=
          (size_t) (char *) sbrk(0));
    free(small);
    free(large);
}

static void somebody_else_may_call_sbrk(void) {
    char *p = must_malloc(500);
    memset(p, 1, 500);
    char *theirs = sbrk(1000);
    memset(theirs, 2, 1000);
    for (int i = 0; i < 2000; i++) memset(must_malloc(100), 3, 100);
    CHECK(holds(p, 500, 1));
    CHECK(holds(theirs, 1000, 2));
    EQUAL(heap_info().blocks[HEAP_FOREIGN], 1);
    sound();
}

/* More blocks in front of the fit than are looked at, all of one bin and not
 * the last, and it lies at the end: the heap must not become shorter. */
static void the_end_is_found_again(void) {
    char *holes[9];
    must_malloc(24); /* so that there is a quarry, which others don't become */
    for (int i = 0; i < 9; i++) {
        holes[i] = must_malloc(98400);
        must_malloc(5000);
    }
    char *last = must_malloc(102000), *theirs = sbrk(1000);
    memset(theirs, 2, 1000);
    free(last);
    for (int i = 0; i < 9; i++) free(holes[i]);
    EQUAL(must_malloc(101500), last);
    CHECK(holds(theirs, 1000, 2));
    sound();
}

/* --- Large blocks ------------------------------------------------------- */

static void e12_large_blocks_go_in_any_order(void) {
    uint32_t before = free_frames();
    char *a = must_malloc(400000), *b = must_malloc(800000);
    memset(a, 1, 400000);
    memset(b, 2, 800000);
    uint32_t with_both = free_frames();
    CHECK(before - with_both >= 1200000 / PAGE_SIZE);
    free(a);
    CHECK(free_frames() - with_both >= 400000 / PAGE_SIZE);
    CHECK(holds(b, 800000, 2));
    free(b);
    CHECK(before - free_frames() <= 3); /* tables, the table of large ones */
    all_is_free();
}

static char *visited_last;

static void free_the_last(void *p, size_t n, int kind, void *arg) {
    (void) p;
    (void) n;
    (void) arg;
    if (kind == HEAP_MAPPED) free(visited_last);
    if (kind == HEAP_MAPPED) visited_last = NULL;
}

/* The walk ends, though there are fewer large blocks than when it began. */
static void e13_a_walk_in_which_a_large_block_is_freed(void) {
    char *first = must_malloc(200000), *second = must_malloc(200000);
    visited_last = must_malloc(200000);
    heap_walk(free_the_last, NULL);
    free(first);
    free(second);
    sound();
}

static void e13_both_sides_of_the_threshold(void) {
    char *below = must_malloc(THRESHOLD - 1), *at = must_malloc(THRESHOLD);
    CHECK(!in_mmap(below));
    CHECK(in_mmap(at));
    EQUAL(heap_info().blocks[HEAP_MAPPED], 1);
    free(below);
    free(at);
    all_is_free();
}

int main(void) {
    begin();
    RUN(c1_the_first_hole_that_fits);
    RUN(c2_every_size_is_aligned_and_long_enough);
    RUN(c2_aligned_alloc);
    RUN(c3_a_smaller_block_takes_the_freed_ones_place);
    RUN(c4_a_hole_is_split_or_used_whole);
    RUN(c5_out_of_memory_and_on);
    RUN(c5_a_fit_is_found_when_memory_is_out);
    RUN(c6_free_of_null_does_nothing);
    RUN(c7_freed_memory_is_used_again);
    RUN(c7_a_hole_is_found_in_the_last_bin);
    RUN(c8_a_string_in_a_buffer);
    RUN(c9_calloc_gives_zeros);
    RUN(c9_realloc_grows_in_place);
    RUN(c9_realloc_shrinks_in_place);
    RUN(c9_realloc_to_less_never_fails);
    RUN(c5_the_last_that_there_is_can_be_had);
    RUN(c9_what_has_room_behind_it_stays);
    RUN(c9_realloc_moves);
    RUN(c9_a_mapped_block_that_moves_gets_more_room);
    RUN(c9_a_realloc_that_fails_leaves_the_block);
    RUN(c10_any_order_of_frees_ends_in_one_block);
    RUN(c11_1000_mallocs_make_few_system_calls);
    RUN(c12_the_end_of_the_heap_goes_back);
    RUN(c13_every_size_ends);
    RUN(c14_absurd_sizes_are_refused);
    RUN(c14_malloc_of_0_is_a_block);
    RUN(c16_100000_random_operations);
    RUN(c17_an_object_an_array_a_string);
    RUN(c20_statistics);
    RUN(somebody_else_may_call_sbrk);
    RUN(the_end_is_found_again);
    RUN(e12_large_blocks_go_in_any_order);
    RUN(e13_both_sides_of_the_threshold);
    RUN(e13_a_walk_in_which_a_large_block_is_freed);
    return end();
}
