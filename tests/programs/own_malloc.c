/*
 * own_malloc.c: an exercise of two well-known courses: the heap is the
 * student's, and main is given. What leaf and libc/ give this program uses
 * this heap, and leaf's own stays empty.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The student's: one list of blocks, first fit ---- */

struct block {
    size_t size; /* of what follows */
    int free;
    struct block *next;
    max_align_t memory[];
};

static struct block *first, **end = &first;
static unsigned mallocs, frees;

void *malloc(size_t n) {
    mallocs++;
    n = (n + 15) & ~(size_t) 15;
    for (struct block *b = first; b; b = b->next)
        if (b->free && b->size >= n) {
            b->free = 0;
            return b->memory;
        }
    struct block *b = sbrk((int) (sizeof *b + n));
    if (b == (void *) -1) return NULL;
    *b = (struct block){.size = n};
    *end = b;
    end = &b->next;
    return b->memory;
}

void free(void *p) {
    if (!p) return;
    frees++;
    struct block *b = (struct block *) p - 1;
    b->free = 1;
}

void *calloc(size_t count, size_t size) {
    void *p = malloc(count * size);
    return p ? memset(p, 0, count * size) : NULL;
}

void *realloc(void *p, size_t n) {
    void *q = malloc(n);
    if (p && q) {
        size_t old = ((struct block *) p - 1)->size;
        memcpy(q, p, old < n ? old : n);
        free(p);
    }
    return q;
}

/* ---- What is given ---- */

/* Names that leaf uses itself, for something else. */
enum state { READY, RUNNING, WORD, ZOMBIE };
int errno_of_mine = 5, quarry, heap_break;

void put(int n) { printf("put %d\n", n); }

int grow(void) { return 1; }

void write_all(void) {}

char *stpcpy(char *dst, const char *src) { return strcat(dst, src); }

int main(void) {
    char text[20] = "<";
    char *a = malloc(100), *b = strdup("a copy"), *c;
    free(a);
    c = malloc(50);
    printf("reused: %d, copy: %s\n", a == c, b);
    b = realloc(b, 200);
    printf("moved: %s\n", b);
    put(READY + WORD);
    puts(stpcpy(text, "own>"));
    free(b);
    free(c);
    free(calloc(10, 10));
    printf("%u mallocs, %u frees, %d\n", mallocs, frees, grow());
    return errno_of_mine + quarry + heap_break;
}
