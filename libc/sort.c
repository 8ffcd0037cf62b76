/*
 * sort.c: qsort and bsearch. qsort is a heap sort: whatever the order at the
 * start, it takes about 2 n log2 n comparisons and no memory. It is not
 * stable; ISO C does not ask for it.
 */
#include <stdlib.h>

typedef int compare(const void *, const void *);

static void swap(char *a, char *b, size_t size) {
    for (size_t i = 0; i < size; i++) {
        char byte = a[i];
        a[i] = b[i];
        b[i] = byte;
    }
}

/*
 * A heap is an array in which element i is not less than its children, the
 * elements 2 i + 1 and 2 i + 2. Here i may be less than they are: it sinks to
 * where it belongs, and the larger child moves up each time.
 */
static void sink(char *base, size_t i, size_t count, size_t size,
                 compare *compare) {
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= count) return;
        char *larger = base + child * size;
        if (child + 1 < count && compare(larger, larger + size) < 0) {
            larger += size;
            child++;
        }
        char *parent = base + i * size;
        if (compare(parent, larger) >= 0) return;
        swap(parent, larger, size);
        i = child;
    }
}

void qsort(void *base, size_t count, size_t size, compare *compare) {
    for (size_t i = count / 2; i-- > 0;) sink(base, i, count, size, compare);
    while (count > 1) { /* the first is the largest: it goes to the end */
        count--;
        swap(base, (char *) base + count * size, size);
        sink(base, 0, count, size, compare);
    }
}

/* Which of several equal elements it finds is not said. */
void *bsearch(const void *key, const void *base, size_t count, size_t size,
              compare *compare) {
    const char *from = base;
    while (count > 0) {
        const char *middle = from + count / 2 * size;
        int order = compare(key, middle);
        if (order == 0) return (void *) middle;
        if (order > 0) from = middle + size;
        count = order > 0 ? count - count / 2 - 1 : count / 2;
    }
    return NULL;
}
