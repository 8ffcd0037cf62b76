/*
 * heap_worst.c: C18, G12: no call of malloc or free walks, whatever the program
 * did before. Each test brings the heap into a state that would be the worst
 * for one that walks, and counts the instructions of single calls.
 */
#include "check.h"

#define MOST 1000   /* instructions of a call; the kernel's share has a bound */
#define KERNEL 6000 /* of its own: an mmap, an munmap, an sbrk */

static uint32_t now(void) {
    uint32_t n;
    __asm__ volatile("csrr %0, instret" : "=r"(n)::"memory");
    return n;
}

static void *counted_malloc(size_t n, uint32_t most) {
    uint32_t start = now();
    void *p = malloc(n);
    CHECK(now() - start <= most);
    return p;
}

/* What the kernel does when it takes the heap's end back is not counted. */
static void counted_free(void *p, uint32_t most) {
    char *end = sbrk(0);
    uint32_t start = now();
    free(p);
    uint32_t used = now() - start;
    CHECK(used <= most || sbrk(0) != end);
}

/* A list of blocks of n bytes, as many as there can be. */
static char *all_of(size_t n) {
    char *last = NULL;
    for (char *p; (p = malloc(n)); last = p) *(char **) p = last;
    return last;
}

static void out_of_memory_with_60000_free_blocks_of_one_size(void) {
    char *p = all_of(520), *keep = NULL;
    unsigned freed = 0;
    while (malloc(24)) continue;
    for (bool odd = false; p; odd = !odd) { /* no two of them merge */
        char *next = *(char **) p;
        if (odd) {
            free(p);
            freed++;
        } else {
            *(char **) p = keep;
            keep = p;
        }
        p = next;
    }
    CHECK(freed > 50000);
    for (size_t n = 530; n < 4000; n += 300)
        CHECK(!counted_malloc(n, MOST + KERNEL));
    for (size_t n = 1; n < 500; n += 50)
        CHECK(counted_malloc(n, MOST + KERNEL));
    for (int i = 0; i < 100; i++) {
        char *next = *(char **) keep;
        counted_free(keep, MOST);
        keep = next;
    }
    CHECK(heap_check());
}

static void the_oldest_of_480_mapped_blocks(void) {
    static char *p[480];
    unsigned n = 0;
    while (n < LENGTH(p) && (p[n] = malloc(128 * 1024))) n++;
    CHECK(n > 400);
    counted_free(p[0], 1500); /* the kernel's first region, too */
    for (unsigned i = 7; i < n; i += 7) counted_free(p[i], 5500);
    for (unsigned i = 1; i < n; i += 7) {
        uint32_t start = now();
        CHECK(realloc(p[i], 120 * 1024) == p[i]);
        CHECK(now() - start <= MOST);
    }
    CHECK(heap_check());
}

/* Those in front are all too small for what is asked for. */
static void long_bins(void) {
    static char *p[8000];
    for (unsigned i = 0; i < LENGTH(p); i++) {
        p[i] = malloc(i < 4 ? 1500 : 1410 + i % 80);
        CHECK(p[i] && malloc(200));
    }
    for (unsigned i = 0; i < LENGTH(p); i++) free(p[i]);
    for (unsigned i = 0; i < 200; i++)
        CHECK(counted_malloc(1500, MOST + KERNEL));
    CHECK(heap_check());
}

/* Every bin full, every bit of the map set and cleared. */
static void every_size(void) {
    static char *p[2][3000];
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 3000; i++) {
            p[round][i] = counted_malloc(i * 40, MOST + KERNEL);
            CHECK(p[round][i] || errno == ENOMEM);
        }
    for (unsigned i = 0; i < 3000; i++) counted_free(p[0][i], MOST + KERNEL);
    for (unsigned i = 0; i < 3000; i++)
        free(counted_malloc(i * 40, MOST + KERNEL));
    for (unsigned i = 0; i < 3000; i++)
        counted_free(p[1][2999 - i], MOST + KERNEL);
    CHECK(heap_check());
}

int main(void) {
    begin();
    RUN(out_of_memory_with_60000_free_blocks_of_one_size);
    RUN(the_oldest_of_480_mapped_blocks);
    RUN(long_bins);
    RUN(every_size);
    return end();
}
