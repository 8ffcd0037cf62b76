/*
 * heap_damage.c: C15, G12: every byte of a header and of a free block's links
 * is written over with each of five fill patterns, alone and together with the
 * ones before it, and then the heap is used. What was written must be seen,
 * and the block named that was written beyond its end, or after it was freed.
 *
 * Each case is a child's. Printed is `case NAME wants ADDRESS WORDS`, or
 * `case NAME wants nothing` where the byte had that value before; then what
 * the heap says, then `status N`.
 */
#include "user.h"

static const size_t sizes[] = {24, 200, 3000}; /* from the run, and two bins */
static const unsigned char fills[] = {0x00, 0xff, 'x', '\n', '\r'};

#define HEADER 4
#define LINKS 8
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static unsigned char *a, *b, *c;
static char *start;

/* What malloc returns must be the heap's. */
static void take(size_t n) {
    char *p = malloc(n);
    if (p < start || p + n > (char *) sbrk(0)) exit(99);
}

/* The calls that meet the damage: one of these first, then all. */
static void use_first(int action, bool freed, size_t n) {
    switch (action) {
    case 0:
        free(a);
        break;
    case 1:
        free(freed ? c : b);
        break;
    case 2:
        take(n);
        break;
    case 3:
        take(n / 2);
        break;
    case 4:
        if (!realloc(a, 2 * n)) exit(98);
        break;
    case 5:
        if (!realloc(freed ? c : b, n / 2)) exit(98);
        break;
    }
}

static void use_all(bool freed, size_t n) {
    take(n);
    free(a);
    free(freed ? c : b);
    take(n);
}

/* Byte `last` after a's end gets the value, and those from `first` on. */
static void damage(size_t n, bool freed, int first, int last, int fill,
                   int action) {
    start = sbrk(0);
    malloc(n);
    a = malloc(n);
    b = malloc(n);
    c = malloc(n);
    void *behind = malloc(n);
    size_t room = malloc_usable_size(a);
    memset(a, fills[fill], room);
    memset(b, fills[fill], room);
    memset(c, fills[fill], room);
    if (freed) free(b);
    bool changed = false;
    for (int i = first; i <= last; i++) {
        changed = changed || a[room + i] != fills[fill];
        a[room + i] = fills[fill];
    }
    printf("case %u%s-%d-%d-%02x-%d wants ", n, freed ? "free" : "used", first,
           last, fills[fill], action);
    if (!changed)
        printf("nothing\n");
    else if (first < HEADER)
        printf("%08x was written to beyond its end\n", (unsigned) a);
    else
        printf("%08x is free, but was written to\n", (unsigned) b);
    use_first(action, freed, n);
    if (action == 0 || action == 4) a = malloc(n);
    if (action == 1 || action == 5) freed ? (c = behind) : (b = c);
    use_all(freed, n);
}

int main(void) {
    for (unsigned s = 0; s < LENGTH(sizes); s++)
        for (int freed = 0; freed < 2; freed++)
            for (int last = 0; last < (freed ? HEADER + LINKS : HEADER); last++)
                for (int alone = 0; alone < (last ? 2 : 1); alone++)
                    for (unsigned fill = 0; fill < LENGTH(fills); fill++)
                        for (int action = 0; action < 6; action++) {
                            if (fork() == 0) {
                                damage(sizes[s], freed, alone ? last : 0, last,
                                       fill, action);
                                exit(0);
                            }
                            int status = -1;
                            wait(&status);
                            printf("status %d\n", status);
                        }
    puts("done");
    return 0;
}
