/*
 * heap_exhaustive.c: every sequence of up to N calls (7, if not said): malloc
 * of four sizes, free of any live block, realloc of any live block to any of
 * the four; each of them also with each of its calls of the kernel failing.
 * After every call the heap must be sound and every block must hold what was
 * written to it; and when all are freed, one free block is left, or none.
 *
 * Sequences that come to the same state of the heap go on in the same way, so
 * only one of them is followed (heap_hash() says what a state is).
 */
#include "heap_world.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 9
#define EDGE 32u /* how many bytes at both ends of a block are looked at */

static const size_t sizes[] = {12, 100, 3000, 131072};
#define SIZES (sizeof sizes / sizeof *sizes)

struct live {
    char *p;
    size_t n;
};
struct node {
    struct world_state world;
    struct heap_state heap;
    struct live live[CALLS_MAX];
    unsigned count;
    unsigned parts; /* what of the memory decides: the ends of each block */
    struct part {
        char *p;
        size_t n;
        char bytes[64];
    } part[6 * CALLS_MAX];
};

static struct live live[CALLS_MAX];
static unsigned count;
static unsigned long long states, calls, again;
static struct node nodes[CALLS_MAX + 1];
static char path[CALLS_MAX + 1][40];

static void fail(unsigned depth, const char *what) {
    printf("%s after:\n", what);
    for (unsigned i = 0; i < depth; i++) printf("  %s\n", path[i]);
    exit(1);
}

/* ---- Contents: a block's bytes follow from its address ---- */

static char byte_of(const char *p) {
    return (char) (((uintptr_t) p * 0x9e3779b1u) >> 13);
}

static void fill(struct live b) {
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] = byte_of(b.p + i);
        if (i == EDGE && b.n > 2 * EDGE) i = b.n - EDGE;
    }
}

/* Are the first n bytes at p what was written to b? */
static bool holds(const char *p, struct live b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i > EDGE && i < b.n - EDGE) continue;
        if (p[i] != byte_of(b.p + i)) return false;
        if (i == EDGE && b.n > 2 * EDGE) i = b.n - EDGE;
    }
    return true;
}

/* ---- States ---- */

static void save_part(struct node *node, char *p, size_t n) {
    struct part *part = &node->part[node->parts++];
    if (part == node->part + sizeof node->part / sizeof *part) abort();
    part->p = p;
    part->n = n;
    memcpy(part->bytes, p, n);
}

/* A block's header and links, or what a mapped one's region begins with; and
 * its footer. */
static void save_block(void *p, size_t n, int kind, void *arg) {
    (void) kind;
    char *end = (char *) p + n;
    size_t before = 4 * sizeof(void *);
    save_part(arg, (char *) p - before, before + (n < 32 ? n : 32));
    save_part(arg, n < 32 ? end : end - 32, n < 32 ? 0 : 32);
}

static void save(struct node *node) {
    world_save(&node->world);
    heap_save(&node->heap);
    memcpy(node->live, live, sizeof live);
    node->count = count;
    node->parts = 0;
    leaf_heap_walk(save_block, node);
}

static void restore(const struct node *node) {
    world_restore(&node->world);
    heap_restore(&node->heap);
    memcpy(live, node->live, sizeof live);
    count = node->count;
    for (unsigned i = 0; i < count; i++) fill(live[i]);
    for (unsigned i = 0; i < node->parts; i++)
        memcpy(node->part[i].p, node->part[i].bytes, node->part[i].n);
}

static uint64_t mix(uint64_t x) {
    x *= 0x9e3779b97f4a7c15u;
    return x ^ x >> 32;
}

/* Which states were seen, and how many calls were left then. */
#define TABLE (1u << 24)
struct seen {
    uint64_t hash;
    unsigned char left;
};
static struct seen *seen;

static bool seen_before(unsigned left) {
    uint64_t hash = 0;
    for (unsigned i = 0; i < count; i++)
        hash += mix(mix((uintptr_t) live[i].p) + live[i].n);
    hash = heap_hash(hash) | 1;
    for (size_t i = hash >> 32;; i++) {
        i %= TABLE;
        if (seen[i].hash == hash) {
            if (seen[i].left >= left) return true;
            seen[i].left = left;
            return false;
        }
        if (seen[i].hash == 0) {
            seen[i].hash = hash;
            seen[i].left = left;
            if (++states > TABLE / 2) abort();
            return false;
        }
    }
}

static void check(unsigned depth) {
    if (!leaf_heap_check()) fail(depth, "the heap is not sound");
    for (unsigned i = 0; i < count; i++) {
        if (!holds(live[i].p, live[i], live[i].n))
            fail(depth, "a block has lost what it held");
        if ((uintptr_t) live[i].p % 16) fail(depth, "a block is not aligned");
        if (leaf_malloc_usable_size(live[i].p) < live[i].n)
            fail(depth, "a block is too short");
    }
}

static void count_block(void *p, size_t n, int kind, void *arg) {
    unsigned *kinds = arg;
    (void) p, (void) n;
    kinds[kind]++;
}

/* All freed: one free block, or none. */
static void check_end(unsigned depth) {
    unsigned kinds[5] = {0};
    for (unsigned i = 0; i < count; i++) leaf_free(live[i].p);
    leaf_heap_walk(count_block, kinds);
    if (kinds[HEAP_USED] || kinds[HEAP_MAPPED] ||
        kinds[HEAP_FREE] + kinds[HEAP_TOP] > 1)
        fail(depth, "not one free block when all are freed");
    if (!leaf_heap_check()) fail(depth, "the heap is not sound when all freed");
}

/* ---- Calls ---- */

/* Call number c: malloc of size c, or free of a block, or realloc of it. */
static bool call(unsigned c, unsigned depth) {
    if (c < SIZES) {
        sprintf(path[depth], "malloc(%zu) fail %u", sizes[c], world_fail);
        struct live b = {leaf_malloc(sizes[c]), sizes[c]};
        if (!b.p) return world_calls >= world_fail && world_fail;
        fill(b);
        live[count++] = b;
        return true;
    }
    unsigned i = (c - SIZES) / (SIZES + 1), how = (c - SIZES) % (SIZES + 1);
    struct live old = live[i];
    if (how == SIZES) {
        sprintf(path[depth], "free(%p)", (void *) old.p);
        live[i] = live[--count];
        leaf_free(old.p);
        return true;
    }
    sprintf(path[depth], "realloc(%p, %zu) fail %u", (void *) old.p, sizes[how],
            world_fail);
    struct live new = {leaf_realloc(old.p, sizes[how]), sizes[how]};
    if (!new.p) return world_calls >= world_fail && world_fail;
    if (!holds(new.p, old, old.n < new.n ? old.n : new.n)) return false;
    fill(new);
    live[i] = new;
    return true;
}

static void go_on(unsigned depth, unsigned left) {
    if (seen_before(left)) {
        again++;
        return;
    }
    struct node *node = &nodes[depth];
    save(node);
    check_end(depth);
    restore(node);
    if (!left) return;
    unsigned choices = SIZES + count * (SIZES + 1);
    for (unsigned c = 0; c < choices; c++) {
        for (unsigned failing = 0;; failing++) {
            world_calls = 0;
            world_fail = failing;
            calls++;
            if (!call(c, depth)) fail(depth + 1, "a call failed, or lost data");
            bool asked = world_calls > failing;
            check(depth + 1);
            go_on(depth + 1, left - 1);
            restore(node);
            if (!asked) break;
        }
    }
}

int main(int argc, char **argv) {
    unsigned length = argc > 1 ? strtoul(argv[1], NULL, 10) : 7;
    seen = calloc(TABLE, sizeof *seen);
    world_reset();
    go_on(0, length);
    printf("%zu bits: up to %u calls: %llu calls made, %llu states, "
           "%llu times one seen before\n",
           8 * sizeof(void *), length, calls, states, again);
    return 0;
}
