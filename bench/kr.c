/*
 * kr.c: the classic teaching heap, for comparison: one circular list of free
 * blocks in the order of their addresses, searched from where the last search
 * ended; a header of two words; memory from sbrk in steps of 8 KiB that never
 * go back. It is xv6's and many a course's, written anew.
 */
#include <stddef.h>
#include <stdint.h>

void *sbrk(intptr_t n);
void *memcpy(void *to, const void *from, size_t n);

struct block {
    struct block *next; /* in the list of free blocks */
    size_t units;       /* with this header, in sizes of it */
};

#define UNIT sizeof(struct block)
#define STEP 1024 /* units: the least that sbrk is asked for */

static struct block list = {&list, 0};
static struct block *here = &list;

/* Puts a block into the list, one with its free neighbors. */
void free(void *p) {
    if (!p) return;
    struct block *b = (struct block *) p - 1, *before = here;
    while (!(before < b && b < before->next) &&
           !(before >= before->next && (before < b || b < before->next)))
        before = before->next;
    b->next = before->next;
    if (b + b->units == b->next) {
        b->units += b->next->units;
        b->next = b->next->next;
    }
    if (before + before->units == b) {
        before->units += b->units;
        before->next = b->next;
    } else {
        before->next = b;
    }
    here = before;
}

void *malloc(size_t n) {
    if (n > PTRDIFF_MAX) return NULL;
    size_t units = (n + UNIT - 1) / UNIT + 1;
    struct block *before = here;
    for (;;) {
        struct block *b = before->next;
        if (b->units >= units) {
            here = before;
            if (b->units == units) {
                before->next = b->next;
            } else { /* the block's end is taken, its begin stays */
                b->units -= units;
                b += b->units;
                b->units = units;
            }
            return b + 1;
        }
        if (b == here) { /* all the way round */
            size_t grow = units < STEP ? STEP : units;
            b = sbrk(grow * UNIT);
            if (b == (void *) -1) return NULL;
            b->units = grow;
            free(b + 1);
            b = here;
        }
        before = b;
    }
}

void *realloc(void *p, size_t n) {
    size_t old = p ? (((struct block *) p)[-1].units - 1) * UNIT : 0;
    if (n > 0 && n <= old) return p;
    void *new = n > 0 ? malloc(n) : NULL;
    if (new &&old > 0) memcpy(new, p, old);
    if (new || n == 0) free(p);
    return new;
}
