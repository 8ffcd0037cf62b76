/*
 * heap_leaf.c: user.c for the host tests of the heap. It is compiled with all
 * its functions renamed leaf_..., so that it can stand beside the host's C
 * library, which its printf and string functions are taken from; what it
 * calls of the kernel is in heap_world.c. Here it gets what only a test needs.
 */
#ifndef USER_C
#define USER_C "../../user.c"
#endif
#include USER_C
#include "heap_world.h"

_Static_assert(sizeof(struct heap_state) ==
                   sizeof start + sizeof end + sizeof quarry +
                       sizeof heap_break + sizeof mapped + sizeof bins,
               "heap_state holds every variable of the heap");

/* All that the heap remembers outside its blocks. */
void heap_save(struct heap_state *s) {
    s->start = start;
    s->end = end;
    s->quarry = quarry;
    s->heap_break = heap_break;
    s->mapped = mapped;
    memcpy(s->bins, &bins, sizeof bins);
}

void heap_restore(const struct heap_state *s) {
    start = s->start;
    end = s->end;
    quarry = s->quarry;
    heap_break = s->heap_break;
    mapped = s->mapped;
    memcpy(&bins, s->bins, sizeof bins);
}

/* As at the program's start. */
void heap_reset(void) {
    static const struct heap_state empty;
    heap_restore(&empty);
}

/* What decides how the heap goes on: its blocks, and the order of its lists.
 * Two states of the same hash do the same from here on. */
uint64_t heap_hash(uint64_t hash) {
#define MIX(x)                                                                 \
    (hash = (hash ^ (uint64_t) (x)) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29)
    MIX((uintptr_t) heap_break);
    for (struct block *b = start; b; b = b == end ? NULL : at(b, size_of(b)))
        MIX(header(b));
    MIX((uintptr_t) quarry);
    for (unsigned i = 0; i < BINS; i++)
        for (struct block *b = bins.first[i]; b; b = b->next)
            MIX((uintptr_t) b);
    return hash;
}
