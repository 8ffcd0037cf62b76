/*
 * heap_world.h: what the host tests of the heap share: the kernel that the
 * heap believes to run on, and a model of what it must do.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* ---- The kernel ---- */

#define WORLD_HEAP (8u << 20) /* how much sbrk has to give */
#define WORLD_MAPS (8u << 20) /* and mmap */

extern char *world_heap, *world_maps, *world_break;
extern unsigned world_calls; /* how often the kernel was asked for memory */
extern unsigned world_fail;  /* which of these calls fails; 0: none */
extern _Bool world_refused;  /* has one failed? Tests set it to false */
extern char world_said[256]; /* the last line that was printed */

void world_reset(void); /* as at the program's start, the heap included */
void *leaf_sbrk(intptr_t n);

/* The pages of mmap that are in use, to go back to. */
#define WORLD_PAGES (WORLD_MAPS / 4096)
struct world_state {
    size_t heap_size;
    _Bool pages[WORLD_PAGES];
};
void world_save(struct world_state *s);
void world_restore(const struct world_state *s);

/* Calls what must end in a mistake; returns 0 if it didn't, else the status. */
int world_mistake(void (*call)(void *), void *arg);

/* ---- heap_leaf.c ---- */

struct heap_state {
    char bytes[128 + (82 * 2 + 8192) * sizeof(void *)];
};
void heap_save(struct heap_state *s);
void heap_restore(const struct heap_state *s);
void heap_reset(void);
uint64_t heap_hash(uint64_t hash);

/* ---- user.h, under other names ---- */

/* heap_leaf.c includes user.h itself. */
#ifndef RUN
enum { HEAP_USED, HEAP_FREE, HEAP_TOP, HEAP_MAPPED, HEAP_FOREIGN };
void *leaf_malloc(size_t n);
void *leaf_calloc(size_t count, size_t size);
void *leaf_realloc(void *p, size_t n);
void *leaf_reallocarray(void *p, size_t count, size_t size);
void *leaf_aligned_alloc(size_t alignment, size_t n);
void leaf_free(void *p);
size_t leaf_malloc_usable_size(void *p);
_Bool leaf_heap_check(void);
void leaf_heap_walk(void (*visit)(void *p, size_t n, int kind, void *arg),
                    void *arg);
extern int leaf_errno;
#endif
