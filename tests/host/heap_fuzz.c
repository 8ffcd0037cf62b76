/*
 * heap_fuzz.c: libFuzzer's target. Its bytes become calls of the heap, which
 * are held against a model: what each block holds, where it lies, that no two
 * overlap, and which calls of the kernel fail. heap_check() runs after every
 * call. The last call may be a mistake, which must be caught and named.
 */
#include "heap_world.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 48
#define EDGE 64u /* how many bytes at both ends are all looked at */

static struct block {
    unsigned char *p;
    size_t n;
    unsigned char seed;
} blocks[BLOCKS];
static const uint8_t *data, *data_end;
static bool foreign; /* has somebody else called sbrk? */

static unsigned byte(void) { return data < data_end ? *data++ : 0; }

static void must(bool right, const char *what) {
    if (right) return;
    fprintf(stderr, "heap: %s\n", what);
    abort();
}

/* Small mostly, often about a limit, sometimes what cannot be had. */
static size_t size(void) {
    unsigned kind = byte(), x = byte();
    switch (kind % 16) {
    case 0:
        return 480 + x % 40;
    case 1:
        return 1000 + x * 16;
    case 2:
        return 4060 + x;
    case 3:
        return x * 256;
    case 4:
        return 131072 - 40 + x % 80;
    case 5:
        return 131072 + x * 512;
    case 6:
        return x < 128 ? SIZE_MAX - x : SIZE_MAX / 2 - 64 + x % 128;
    case 7:
        return 200 + x;
    case 8:
        return x % 2 ? 3000000 : 9000000;
    default:
        return x % 128;
    }
}

static unsigned char content(const struct block *b, size_t i) {
    return (unsigned char) (b->seed + i * 7 + (i >> 8));
}

/* After byte i of n: the next, but in the middle one here and there. */
static size_t next(size_t i, size_t n) {
    return i < EDGE || i + 1024 > n ? i + 1 : i + 509;
}

static void fill(struct block *b) {
    for (size_t i = 0; i < b->n; i = next(i, b->n)) b->p[i] = content(b, i);
}

/* Does p hold the first n bytes of what was written to b? */
static void holds(const struct block *b, const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n; i = next(i, b->n))
        must(p[i] == content(b, i), "a block has lost what it held");
}

static void got(struct block *b, void *p, size_t n) {
    b->p = p;
    b->n = n;
    b->seed = (unsigned char) byte();
    must((uintptr_t) p % 16 == 0, "a block is not aligned");
    must(leaf_malloc_usable_size(p) >= n, "a block is too short");
    for (struct block *c = blocks; c < blocks + BLOCKS; c++)
        must(c == b || !c->p || (unsigned char *) p >= c->p + c->n ||
                 c->p >= (unsigned char *) p + n,
             "two blocks overlap");
    fill(b);
}

/* NULL is right only if the kernel refused, or for more than it has. */
static void refused(size_t n) {
    must(leaf_errno == 12, "NULL without ENOMEM");
    must(world_refused || n > WORLD_HEAP + WORLD_MAPS,
         "NULL, though the kernel did not refuse");
}

static void allocate(struct block *b, unsigned how) {
    size_t n = size(), count = 1;
    void *p;
    if (how == 0) {
        p = leaf_malloc(n);
    } else if (how == 1) {
        count = 1 + byte() % 5;
        p = leaf_calloc(count, n);
    } else if (how == 2) {
        size_t alignment = (size_t) 1 << byte() % 14;
        p = leaf_aligned_alloc(alignment, n);
        must((uintptr_t) p % alignment == 0, "not aligned as wanted");
    } else {
        count = 1 + byte() % 5;
        p = leaf_reallocarray(NULL, count, n);
    }
    if (!p) {
        refused(n <= SIZE_MAX / count ? n * count : SIZE_MAX);
        return;
    }
    must(n <= SIZE_MAX / count, "more than there can be");
    if (how == 1)
        for (size_t i = 0; i < n * count; i = next(i, n * count))
            must(((char *) p)[i] == 0, "calloc's memory is not zero");
    got(b, p, n * count);
}

static void reallocate(struct block *b) {
    size_t n = size();
    struct block old = *b;
    unsigned char *p = leaf_realloc(old.p, n);
    if (n == 0) {
        must(!p, "realloc(p, 0) is not NULL");
        b->p = NULL;
        return;
    }
    if (!p) {
        refused(n);
        must(n > leaf_malloc_usable_size(old.p), "a realloc to less failed");
        holds(&old, old.p, old.n);
        return;
    }
    holds(&old, p, old.n < n ? old.n : n);
    b->p = NULL;
    got(b, p, n);
}

/* ---- Mistakes ---- */

static void call_free(void *p) { leaf_free(p); }

static void call_realloc(void *p) { leaf_realloc(p, 50); }

static void caught(void (*call)(void *), void *p, const char *said) {
    must(world_mistake(call, p) == 134, "a mistake was not caught");
    char address[20];
    snprintf(address, sizeof address, "%08zx", (size_t) p);
    if (strstr(world_said, address) && strstr(world_said, said)) return;
    fprintf(stderr, "wanted: %s %s, got: %s", address, said, world_said);
    must(false, "a mistake was named wrong");
}

/* After this, the heap is not gone on with. */
static void make_mistake(struct block *b) {
    void (*call)(void *) = byte() % 2 ? call_free : call_realloc;
    char local[64], *p = (char *) b->p;
    bool in_heap = p >= world_heap && p < world_heap + WORLD_HEAP;
    switch (byte() % 6) {
    case 0:
        leaf_free(b->p);
        caught(call, p,
               p >= world_heap && p < world_break ? "was freed before"
                                                  : "is no block");
        break;
    case 1:
        caught(call, b->p + 1 + byte() % 15, "is no block");
        break;
    case 2:
        caught(call, local + 32 - (uintptr_t) local % 16, "heap");
        break;
    case 3:
        caught(call, (void *) 64, "not in the heap");
        break;
    case 4:
        if (b->n >= 64) {
            memset(b->p, 0, 48); /* no header there */
            caught(call, b->p + 16, "is no block");
        }
        break;
    case 5: /* one byte beyond the end, where there is one to be beyond */
        if (in_heap) {
            unsigned char *end = b->p + leaf_malloc_usable_size(b->p);
            memset(end, "\0\xffx\n"[byte() % 4], 1 + byte() % 4);
            caught(call_free, b->p, "beyond its end");
        }
        break;
    }
}

/* ---- One run ---- */

static void count_block(void *p, size_t n, int kind, void *arg) {
    size_t *kinds = arg;
    (void) p, (void) n;
    kinds[kind]++;
}

static void check(void) {
    size_t live = 0, kinds[5] = {0};
    must(leaf_heap_check(), "the heap is not sound");
    for (struct block *b = blocks; b < blocks + BLOCKS; b++) {
        if (!b->p) continue;
        live++;
        holds(b, b->p, b->n);
    }
    leaf_heap_walk(count_block, kinds);
    must(kinds[HEAP_USED] + kinds[HEAP_MAPPED] == live,
         "the walk finds another number of blocks than are in use");
}

static void end(void) {
    size_t kinds[5] = {0};
    world_fail = 1; /* free needs nothing */
    for (struct block *b = blocks; b < blocks + BLOCKS; b++) {
        if (!b->p) continue;
        holds(b, b->p, b->n);
        leaf_free(b->p);
        b->p = NULL;
    }
    must(leaf_heap_check(), "the heap is not sound when all is freed");
    leaf_heap_walk(count_block, kinds);
    must(!kinds[HEAP_USED] && !kinds[HEAP_MAPPED], "a block is left");
    must(foreign || kinds[HEAP_FREE] + kinds[HEAP_TOP] <= 1,
         "not one free block when all are freed");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    data = bytes;
    data_end = bytes + n;
    foreign = false;
    memset(blocks, 0, sizeof blocks);
    world_reset();
    while (data < data_end) {
        unsigned op = byte();
        struct block *b = &blocks[byte() % BLOCKS];
        world_calls = 0;
        world_refused = false;
        world_fail = op < 32 ? 1 + op % 3 : 0;
        switch (op % 16) {
        case 15:
            if (byte() % 8 == 0) { /* somebody else calls sbrk */
                foreign = true;
                world_fail = 0;
                leaf_sbrk(1 + byte() * 3);
            }
            break;
        case 14:
            if (b->p && byte() % 16 == 0) {
                world_fail = 0;
                make_mistake(b);
                return 0;
            }
            break;
        case 13:
            leaf_free(NULL);
            break;
        default:
            if (!b->p) {
                allocate(b, op % 16 < 8 ? 0 : op % 4);
            } else if (op % 2) {
                reallocate(b);
            } else {
                holds(b, b->p, b->n);
                leaf_free(b->p);
                b->p = NULL;
            }
        }
        check();
    }
    end();
    return 0;
}
