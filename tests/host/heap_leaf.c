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

_Static_assert(sizeof(struct heap_state) >=
                   sizeof heap + sizeof bins + sizeof mapped + sizeof mappings,
               "heap_state can hold every variable of the heap");

/* All that the heap remembers outside its blocks. */
void heap_save(struct heap_state *s) {
    char *to = s->bytes;
    memcpy(to, &heap, sizeof heap);
    memcpy(to += sizeof heap, &bins, sizeof bins);
    memcpy(to += sizeof bins, mapped, sizeof mapped);
    memcpy(to + sizeof mapped, &mappings, sizeof mappings);
}

void heap_restore(const struct heap_state *s) {
    const char *from = s->bytes;
    memcpy(&heap, from, sizeof heap);
    memcpy(&bins, from += sizeof heap, sizeof bins);
    memcpy(mapped, from += sizeof bins, sizeof mapped);
    memcpy(&mappings, from + sizeof mapped, sizeof mappings);
}

/* As at the program's start. */
void heap_reset(void) {
    static struct heap_state first;
    static bool saved;
    if (!saved) heap_save(&first);
    saved = true;
    heap_restore(&first);
}

/* What decides how the heap goes on: its blocks, and the order of its lists.
 * Two states of the same hash do the same from here on. */
uint64_t heap_hash(uint64_t hash) {
#define MIX(x)                                                                 \
    (hash = (hash ^ (uint64_t) (x)) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29)
    MIX((uintptr_t) heap.top.at);
    MIX((uintptr_t) heap.top.end);
    MIX((uintptr_t) heap.run.at);
    MIX((uintptr_t) heap.run.end);
    for (struct block *b = heap.start; b != heap.top.at;
         b = b == heap.run.at ? (void *) heap.run.end : after(b))
        MIX(*header(b));
    for (unsigned i = 0; i < BINS; i++)
        for (struct block *b = bins.ring[i].next; b != &bins.ring[i];
             b = b->next)
            MIX((uintptr_t) b);
    for (unsigned i = 0; i < SLOTS; i++)
        if (mapped[i]) MIX(*header(mapped[i]));
    return hash;
}
