/*
 * realloc, calloc and aligned_alloc keep what they promise.
 *
 * 1: a call returned NULL.
 * 2: realloc lost some of what the block held.
 * 3: calloc's memory is not all 0.
 * 4: aligned_alloc's block does not begin where it must.
 * 5: heap_check() finds something wrong.
 * 6: aligned blocks that come and go let the heap grow: what lies before such a
 * block, or after it, is lost.
 * 7: a block that grew changed one that lies after it.
 * 8: a text that grows byte by byte moves hundreds of times, though the top or
 * a free block comes after it.
 * 9: realloc to more than there is succeeds, or the block is gone after it.
 * else: realloc, calloc or aligned_alloc bring the program down. Is no more
 * copied than the block that grows holds?
 */
#include "user.h"

static char *p;

static int resize(size_t old, size_t n) {
    if (!(p = realloc(p, n))) return 1;
    for (size_t i = 0; i < (old < n ? old : n); i++)
        if (p[i] != (char) (i % 61)) return 2;
    for (size_t i = 0; i < n; i++) p[i] = i % 61;
    return heap_check() ? 0 : 5;
}

/* Aligned blocks and others by turns, again and again. */
static bool grows(void) {
    enum { ROUNDS = 20, BLOCKS = 40 };
    static char *a[BLOCKS], *b[BLOCKS], *end;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            a[i] = aligned_alloc(1024, 600);
            b[i] = malloc(150);
        }
        for (int i = 0; i < BLOCKS; i++) {
            free(a[i]);
            free(b[i]);
        }
        if (round == 2) end = sbrk(0);
    }
    return (char *) sbrk(0) - end > 200000;
}

/* A block grows into the hole after it, of which something is left, or not. */
static int grow_into_holes(void) {
    for (size_t n = 1100; n <= 1300; n += 4) {
        char *a = malloc(600), *hole = malloc(600), *c = malloc(600);
        if (!a || !hole || !c) return 1;
        memset(c, 'c', 600);
        free(hole);
        if (!(a = realloc(a, n))) return 1;
        if (!heap_check()) return 5;
        memset(a, 'a', n);
        for (int i = 0; i < 600; i++)
            if (c[i] != 'c') return 7;
        free(c);
        free(a);
        if (!heap_check()) return 5;
    }
    return 0;
}

static int times_moved(void) {
    char *text = NULL;
    int moved = 0;
    for (size_t n = 1; n <= 10000; n++) {
        char *longer = realloc(text, n);
        if (longer != text) moved++;
        text = longer;
    }
    free(text);
    return moved;
}

/* A large block, with nothing mapped above it, moves below where it was. */
static int grow_downwards(void) {
    char *below = malloc(900000);
    p = NULL;
    int failed = resize(0, 200000);
    if (!below) return 1;
    free(below);
    if (!failed) failed = resize(200000, 290000);
    if (!failed) failed = resize(290000, 600000);
    free(p);
    p = NULL;
    return failed;
}

/* 100 MiB are more than there are. */
static bool kept(void) {
    char *text = malloc(500);
    memset(text, 't', 500);
    if (realloc(text, 100 * 1024 * 1024)) return false;
    char *other = malloc(500);
    memset(other, 'o', 500);
    for (int i = 0; i < 500; i++)
        if (text[i] != 't') return false;
    free(other);
    free(text);
    return true;
}

int main(void) {
    static const size_t sizes[] = {1,    10,     100,   1000,   5000, 300000,
                                   2000, 400000, 90000, 130000, 200,  1};
    size_t old = 0;
    int failed = grow_into_holes();
    if (failed) return failed;
    if (times_moved() > 300) return 8;
    if (!kept()) return 9;
    if ((failed = grow_downwards())) return failed;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int status = resize(old, sizes[i]);
        old = sizes[i];
        if (status) return status;
        char *other = malloc(300), *c = calloc(3, sizes[i] / 3 + 1);
        if (!other || !c) return 1;
        for (size_t k = 0; k < sizes[i]; k++)
            if (c[k]) return 3;
        memset(c, 1, sizes[i]);
        free(c);
    }
    for (size_t to = 16; to <= 8192; to *= 2)
        for (size_t n = 1; n < 3000; n = 3 * n + 7) {
            char *a = aligned_alloc(to, n);
            if (!a) return 1;
            if ((uintptr_t) a % to) return 4;
            memset(a, 1, n);
            if (n % 2) free(a);
            if (!heap_check()) return 5;
        }
    return grows() ? 6 : 0;
}
