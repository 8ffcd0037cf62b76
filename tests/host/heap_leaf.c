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
                   sizeof start + sizeof top + sizeof nook + sizeof heap_break +
                       sizeof first_mapped + sizeof last_mapped + sizeof bins,
               "heap_state holds every variable of the heap");

/* All that the heap remembers outside its blocks, but for the table of mapped
 * ones, whose used part is `slots` long. */
void heap_save(struct heap_state *s, void **slots, size_t count) {
    s->start = start;
    s->top = top;
    s->nook = nook;
    s->heap_break = heap_break;
    s->first_mapped = first_mapped;
    s->last_mapped = last_mapped;
    memcpy(s->bins, &bins, sizeof bins);
    for (size_t i = 0; i < count; i++)
        slots[i] = *slot((char *) world_maps + i * MAP_MIN);
}

void heap_restore(const struct heap_state *s, void **slots, size_t count) {
    start = s->start;
    top = s->top;
    nook = s->nook;
    heap_break = s->heap_break;
    first_mapped = s->first_mapped;
    last_mapped = s->last_mapped;
    memcpy(&bins, s->bins, sizeof bins);
    for (size_t i = 0; i < count; i++)
        *slot((char *) world_maps + i * MAP_MIN) = slots[i];
}

/* As at the program's start. */
void heap_reset(void) {
    static const struct heap_state empty;
    void *no_slots[WORLD_SLOTS] = {NULL};
    heap_restore(&empty, no_slots, WORLD_SLOTS);
    first_mapped = mapped + sizeof mapped / WORD;
}

/* What decides how the heap goes on: its blocks, and the order of its lists.
 * Two states of the same hash do the same from here on. */
uint64_t heap_hash(uint64_t hash) {
#define MIX(x)                                                                 \
    (hash = (hash ^ (uint64_t) (x)) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29)
    MIX((uintptr_t) heap_break);
    for (struct block *b = start; b; b = b == top ? NULL : at(b, size_of(b)))
        MIX(header(b));
    MIX((uintptr_t) nook);
    for (unsigned i = 0; i < BINS; i++)
        for (struct block *b = bins.first[i]; b; b = b->next)
            MIX((uintptr_t) b);
    return hash;
}
