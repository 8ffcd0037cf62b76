/*
 * heap_mistakes.c: C15: every mistake that malloc's family can see, made by a
 * child each. Printed is `mistake NAME at ADDRESS`, then what the heap says,
 * then `status N`.
 */
#include "user.h"

static char *first, *p, *behind;

static void say(const char *name, void *at) {
    printf("mistake %s at %08x\n", name, (unsigned) at);
}

static void twice(void) {
    say("twice", p);
    free(p);
    free(p);
}

static void twice_with_others_between(void) {
    say("later", p);
    free(p);
    for (int i = 0; i < 10; i++) free(malloc(2000 + i * 100));
    free(p);
}

static void twice_merged(void) {
    say("merged", behind);
    free(p);
    free(behind); /* its header lies within a free block now */
    free(behind);
}

static void twice_large(void) {
    char *large = malloc(300000);
    say("twice-large", large);
    free(large);
    free(large);
}

/* Whatever is asked for, p is looked at first. */
static void twice_by_a_huge_realloc(void) {
    say("twice-huge", p);
    free(p);
    p = realloc(p, SIZE_MAX);
}

static void unaligned(void) {
    say("unaligned", p + 4);
    free(p + 4);
}

static void interior(void) {
    say("interior", p + 16);
    free(p + 16);
}

static void on_the_stack(void) {
    __attribute__((aligned(16))) char local[32];
    say("stack", local);
    free(local);
}

static void in_data(void) {
    __attribute__((aligned(16))) static char data[32];
    say("data", data);
    free(data);
}

static void nearly_null(void) {
    say("null-ish", (void *) 16);
    free((void *) 16);
}

static void of_the_kernel(void) {
    say("kernel", (void *) 0x80200000);
    free((void *) 0x80200000);
}

static void in_a_mapping(void) {
    char *large = malloc(300000);
    say("mapping", large + 4096);
    free(large + 4096);
}

static void not_from_malloc(void) {
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("mmap", page + 16);
    free(page + 16);
}

static void overflow_of_one(void) {
    say("overflow", p);
    p[malloc_usable_size(p)] = 0;
    free(p);
}

static void overflow_then_free_the_next(void) {
    char *last = malloc(200), *next = malloc(200);
    char *before = next - 4; /* its header */
    say("trampled", last);
    before[0] = 'x';
    free(next);
}

static void overflow_then_grow(void) {
    say("grown", p);
    memset(p + malloc_usable_size(p), 'x', 4);
    p = realloc(p, 2000);
}

static void overflow_into_the_run(void) {
    char *small = malloc(24); /* the last one cut off the run */
    say("run", small);
    small[malloc_usable_size(small)] ^= 16;
    malloc(20);
}

/* The flags are right, and the size leads out of the heap. */
static void overflow_into_a_hole_wildly(void) {
    say("hole-wild", p);
    free(behind);
    *(uint32_t *) (p + malloc_usable_size(p)) ^= 0x10000000;
    free(p);
}

static void overflow_into_a_hole(void) {
    say("hole", p);
    free(behind);
    p[malloc_usable_size(p)] = 0;
    malloc(250);
}

static void overflow_of_the_last(void) {
    char *last = malloc(9000); /* takes what is missing, and no more */
    char *end = last + malloc_usable_size(last);
    say("end", last);
    memset(end, 'x', 4);
    malloc(20000);
}

/* The flags stay as they are, so that free sees nothing. */
static void overflow_of_the_last_then_free(void) {
    char *last = malloc(9000), *end = last + malloc_usable_size(last);
    say("end-size", last);
    end[0] ^= 0x70;
    free(last);
    malloc(20000);
}

static void overflow_of_a_large_one(void) {
    char *large = malloc(300000);
    char *next = malloc(300000);
    if (next < large) exit(1);
    say("large", large);
    memset(large + malloc_usable_size(large), 'x', 8);
    free(large);
}

static void overflow_of_a_large_one_then_check(void) {
    char *large = malloc(300000);
    char *next = malloc(300000);
    if (next < large) exit(1);
    say("large-check", large);
    memset(large + malloc_usable_size(large), 'x', 8);
    struct heap_info info = heap_info(); /* walks no heap that isn't sound */
    exit(info.blocks[HEAP_MAPPED] ? 1 : 134);
}

static void underflow_of_a_large_one(void) {
    char *large = malloc(300000);
    say("large-header", large);
    large[-4] ^= 16;
    free(large);
}

static void underflow_of_a_large_one_then_check(void) {
    char *large = malloc(300000);
    malloc(300000);
    say("large-header-check", large);
    large[-4] ^= 16;
    if (!heap_check()) exit(134);
}

static void write_over_a_footer(void) {
    say("footer", p);
    size_t n = malloc_usable_size(p);
    free(p);
    memset(p, 'x', n);
    free(behind);
}

static void underflow(void) {
    say("underflow", first);
    memset(p - 4, 0, 4);
    free(p);
}

static void realloc_of_the_freed(void) {
    say("realloc", p);
    free(p);
    p = realloc(p, 300);
}

static void underflow_of_a_hole(void) {
    say("hole-flag", first);
    free(p);
    p[-4] ^= 8; /* no free block is anybody else's */
    if (!heap_check()) exit(134);
}

static void write_after_free(void) {
    say("after-free", p);
    free(p);
    memset(p, 'x', 100);
    if (!heap_check()) exit(134);
}

static void a_list_in_a_circle(void) {
    say("circle", p);
    free(malloc(2000)); /* the quarry may be p no more */
    free(p);
    *(char **) p = p - 4;
    if (!heap_check()) exit(134);
}

/* It links to the heap's last word: the link back would lie after that. */
static void a_link_to_the_end(void) {
    say("link-end", p);
    free(p);
    *(char **) p = (char *) sbrk(0) - 4;
    if (!malloc(200)) exit(1);
}

/* As list functions do to what they remove. It is alone in its bin. */
static void a_link_to_itself(void) {
    char *alone = malloc(1008);
    say("link-self", alone);
    malloc(1000);
    free(alone);
    ((char **) alone)[0] = ((char **) alone)[1] = alone;
    malloc(1000);
    if (!heap_check()) exit(134);
}

/* The next header says that the free block is too small for a run. */
static void overflow_before_a_run_is_opened(void) {
    char *hole = malloc(2000);
    malloc(300);
    say("run-length", behind);
    free(hole);
    memset(behind, 0, malloc_usable_size(behind) + 4);
    for (int i = 0; i < 100; i++) memset(malloc(80), 's', 80);
}

static void overflow_into_the_top_that_is_left(void) {
    char *last = malloc(600);
    say("top-left", last);
    memset(last, 'x', malloc_usable_size(last) + 4);
    sbrk(64);
    malloc(6000);
}

/* By an int of the value that stands before the top. The block must not be cut
 * before that is seen. */
static void overflow_of_one_that_is_cut(void) {
    say("cut", p);
    *(int *) (p + malloc_usable_size(p)) = 5;
    realloc(p, 100);
}

/* A list's nodes begin with its links, as free blocks do. x is freed, but stays
 * in it, and y is appended: x links to a block in use, which links back. */
static void append_to_freed(const char *name, size_t n, int next) {
    char **x = malloc(n), **y = malloc(n);
    malloc(n);
    say(name, x);
    free(x);
    x[next] = (char *) y;
    y[!next] = (char *) x;
    malloc(n);
}

static void a_small_node_that_stays_listed(void) {
    append_to_freed("list-small", 120, 0);
}

static void a_node_that_stays_listed(void) { append_to_freed("list", 600, 0); }

static void a_node_that_begins_with_prev(void) {
    append_to_freed("list-prev", 600, 1);
}

/* The other one in its bin is innocent. */
static void write_after_free_over_prev(void) {
    char *other = malloc(200);
    malloc(300);
    say("after-free-prev", p);
    free(p);
    free(other);
    ((char **) p)[1] = behind;
    malloc(200);
}

static void overflow_of_a_hole_that_is_grown_into(void) {
    char *grown = malloc(600), *hole = malloc(2300);
    malloc(600);
    say("hole-grown", hole);
    size_t room = malloc_usable_size(hole);
    free(hole);
    hole[room] = 'x';
    realloc(grown, 1000);
}

static void overflow_of_a_large_one_that_is_full(void) {
    size_t room = 48 * 4096 - 16;
    char *large = malloc(room);
    malloc(200000);
    say("large-full", large);
    large[room] = 0;
    free(large);
}

/* All that lies before the next one's header. */
static void overflow_up_to_a_large_header(void) {
    char *one = malloc(200000), *two = malloc(200000);
    malloc(200000);
    say("large-up-to", one);
    memset(one, 'x', malloc_usable_size(one) + 12);
    free(two);
}

/* The header and its copy are equal, and both are wrong. */
static void overflow_over_a_large_header(void) {
    char *one = malloc(200000), *two = malloc(200000);
    say("large-over", one);
    memset(one, 'x', malloc_usable_size(one) + 100);
    free(two);
}

/* malloc must not follow it for ever. */
static void a_ring_in_a_bin(void) {
    char *ring = malloc(520);
    say("ring", ring);
    malloc(520);
    free(malloc(2000)); /* now there is a quarry, and it is another */
    free(ring);
    *(char **) ring = ring - 4;
    if (!malloc(550)) exit(1);
    if (!heap_check()) exit(134);
}

/* Taken out of its list by hand. */
static void a_block_that_is_lost(void) {
    char *q = malloc(200);
    malloc(300);
    say("lost", first);
    free(p);
    free(q);
    char ***links = (char ***) q, **next = (char **) links[0],
         **prev = (char **) links[1];
    prev[0] = (char *) next;
    next[1] = (char *) prev;
    if (!heap_check()) exit(134);
}

static void (*const mistakes[])(void) = {twice,
                                         twice_with_others_between,
                                         twice_merged,
                                         twice_large,
                                         twice_by_a_huge_realloc,
                                         unaligned,
                                         interior,
                                         on_the_stack,
                                         in_data,
                                         nearly_null,
                                         of_the_kernel,
                                         in_a_mapping,
                                         not_from_malloc,
                                         overflow_of_one,
                                         underflow,
                                         overflow_then_free_the_next,
                                         overflow_then_grow,
                                         overflow_into_the_run,
                                         overflow_into_a_hole,
                                         overflow_into_a_hole_wildly,
                                         overflow_of_the_last,
                                         overflow_of_the_last_then_free,
                                         overflow_of_a_large_one,
                                         overflow_of_a_large_one_then_check,
                                         underflow_of_a_large_one,
                                         underflow_of_a_large_one_then_check,
                                         write_over_a_footer,
                                         a_list_in_a_circle,
                                         a_link_to_the_end,
                                         a_link_to_itself,
                                         overflow_before_a_run_is_opened,
                                         overflow_into_the_top_that_is_left,
                                         overflow_of_one_that_is_cut,
                                         a_small_node_that_stays_listed,
                                         a_node_that_stays_listed,
                                         a_node_that_begins_with_prev,
                                         write_after_free_over_prev,
                                         overflow_of_a_hole_that_is_grown_into,
                                         overflow_of_a_large_one_that_is_full,
                                         overflow_up_to_a_large_header,
                                         overflow_over_a_large_header,
                                         a_ring_in_a_bin,
                                         a_block_that_is_lost,
                                         underflow_of_a_hole,
                                         realloc_of_the_freed,
                                         write_after_free};

int main(void) {
    first = malloc(300);
    p = malloc(200);
    behind = malloc(300);
    memset(p, 0, 200);
    for (unsigned i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        int status = -1;
        if (fork() == 0) {
            mistakes[i]();
            exit(0);
        }
        wait(&status);
        printf("status %d\n", status);
    }
    puts("done");
    return 0;
}
