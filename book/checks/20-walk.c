/*
 * heap_walk visits each block, and heap_info counts them.
 *
 * 1: before the first malloc a block is visited that is not there.
 * 2: a block in use was not visited, or more than once, or as another kind.
 * 3: a block that was freed is visited as one in use.
 * 4: the size of a block is not what malloc_usable_size says.
 * 5: heap_info counts other blocks than heap_walk visits.
 * 6: heap_info's largest is not the largest free block.
 * 7: what was passed to heap_walk for the function is not what it gets.
 * 8: malloc returned NULL.
 * 9: heap_info's bytes are not all of the heap's, headers included.
 * 10: what the program got by sbrk is counted as malloc's.
 * else: a walk of the heap brings the program down. Where has a header no
 * size, and is there a heap at all?
 */
#include "user.h"

enum { COUNT = 60 };

static char *p[COUNT];
static size_t blocks[HEAP_KINDS], largest;
static int times[COUNT], failed;

static void visit(void *at, size_t n, int kind, void *arg) {
    if (arg != times) failed = 7;
    if (!at || n > PTRDIFF_MAX) failed = 1;
    if (kind < 0 || kind >= HEAP_KINDS) {
        failed = 2;
        return;
    }
    blocks[kind]++;
    if (kind == HEAP_FREE && n > largest) largest = n;
    for (int i = 0; i < COUNT; i++) {
        if (!p[i] || at != p[i]) continue;
        times[i]++;
        bool used = kind == HEAP_USED || kind == HEAP_MAPPED;
        if (!used) failed = 2;
        if (used && n != malloc_usable_size(at)) failed = 4;
    }
}

static int walk(void) {
    memset(times, 0, sizeof times);
    memset(blocks, 0, sizeof blocks);
    largest = 0;
    heap_walk(visit, times);
    for (int i = 0; i < COUNT && !failed; i++)
        if (times[i] != (p[i] != NULL)) failed = 2;
    struct heap_info info = heap_info();
    for (int kind = 0; kind < HEAP_KINDS && !failed; kind++)
        if (info.blocks[kind] != blocks[kind]) failed = 5;
    if (!failed && info.largest != largest) failed = 6;
    return failed;
}

/* Of the heap that grows by sbrk. */
static size_t all_bytes(struct heap_info info) {
    size_t sum = 0;
    for (int kind = 0; kind < HEAP_KINDS; kind++)
        if (kind != HEAP_MAPPED) sum += info.bytes[kind];
    return sum;
}

int main(void) {
    if (walk()) return failed;
    for (int i = 0; i < COUNT; i++)
        if (!(p[i] = malloc(i % 15 == 0 ? 150000 : i * i + 1))) return 8;
    if (walk()) return failed;
    size_t used = blocks[HEAP_USED] + blocks[HEAP_MAPPED];
    for (int i = 0; i < COUNT; i += 3) {
        free(p[i]);
        p[i] = NULL;
    }
    if (walk()) return failed;
    if (blocks[HEAP_USED] + blocks[HEAP_MAPPED] + COUNT / 3 != used) return 3;

    size_t before = all_bytes(heap_info());
    char *mine = sbrk(200000);
    if (mine == (char *) -1) return 8;
    for (int i = 0; i < 300; i++)
        if (!malloc(500)) return 8;
    struct heap_info info = heap_info();
    if (info.bytes[HEAP_USED] > 300 * 600 + before) return 10;
    size_t grown = (char *) sbrk(0) - mine;
    size_t counted = all_bytes(info) + 200000 * !info.bytes[HEAP_FOREIGN];
    return counted + 256 > before + grown ? 0 : 9;
}
