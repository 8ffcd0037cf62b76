/* Sorts the same numbers in six ways; all must agree. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT 2000

static unsigned long compared;

static bool less(int a, int b) {
    compared++;
    return a < b;
}

static void swap(int *a, int *b) {
    int old = *a;
    *a = *b;
    *b = old;
}

static void insertion(int *a, size_t n) {
    for (size_t i = 1; i < n; i++) {
        int x = a[i];
        size_t j = i;
        for (; j > 0 && less(x, a[j - 1]); j--) a[j] = a[j - 1];
        a[j] = x;
    }
}

static void shell(int *a, size_t n) {
    size_t gap = 1;
    while (gap < n / 3) gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (size_t i = gap; i < n; i++)
            for (size_t j = i; j >= gap && less(a[j], a[j - gap]); j -= gap)
                swap(&a[j], &a[j - gap]);
}

static void quick(int *a, size_t n) {
    if (n < 2) return;
    int pivot = a[n / 2];
    size_t i = 0, j = n - 1;
    for (;; i++, j--) {
        while (less(a[i], pivot)) i++;
        while (less(pivot, a[j])) j--;
        if (i >= j) break;
        swap(&a[i], &a[j]);
    }
    quick(a, i);
    quick(a + i, n - i);
}

static void merge(int *a, size_t n) {
    if (n < 2) return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    merge(a, half);
    merge(a + half, n - half);
    int *both = malloc(n * sizeof *both);
    assert(both != NULL);
    while (i < half && j < n) both[k++] = less(a[j], a[i]) ? a[j++] : a[i++];
    while (i < half) both[k++] = a[i++];
    memcpy(a, both, k * sizeof *a);
    free(both);
}

/* By bytes, the sign turned over so that negative ones come first. */
static void radix(int *a, size_t n) {
    uint32_t *from = calloc(n, sizeof *from), *to = calloc(n, sizeof *to);
    assert(from != NULL && to != NULL);
    for (size_t i = 0; i < n; i++) from[i] = (uint32_t) a[i] ^ 0x80000000;
    for (int shift = 0; shift < 32; shift += 8) {
        size_t starts[257] = {0};
        for (size_t i = 0; i < n; i++) starts[(from[i] >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++) starts[i + 1] += starts[i];
        for (size_t i = 0; i < n; i++)
            to[starts[from[i] >> shift & 255]++] = from[i];
        uint32_t *old = from;
        from = to;
        to = old;
    }
    for (size_t i = 0; i < n; i++) a[i] = (int) (from[i] ^ 0x80000000);
    free(from);
    free(to);
}

static int compare(const void *a, const void *b) {
    int x = *(const int *) a, y = *(const int *) b;
    return (x > y) - (x < y);
}

static void library(int *a, size_t n) { qsort(a, n, sizeof *a, compare); }

static const struct {
    const char *name;
    void (*sort)(int *, size_t);
} sorts[] = {{"insertion", insertion}, {"shell", shell}, {"quick", quick},
             {"merge", merge},         {"radix", radix}, {"qsort", library}};

int main(void) {
    static int numbers[COUNT], sorted[COUNT], first[COUNT];
    clock_t start = clock();
    srandom(2024);
    for (size_t i = 0; i < COUNT; i++)
        numbers[i] = (int) (random() << 1 ^ random());
    for (size_t s = 0; s < sizeof sorts / sizeof *sorts; s++) {
        memcpy(sorted, numbers, sizeof sorted);
        compared = 0;
        sorts[s].sort(sorted, COUNT);
        for (size_t i = 1; i < COUNT; i++) assert(sorted[i - 1] <= sorted[i]);
        if (s == 0) memcpy(first, sorted, sizeof first);
        assert(memcmp(first, sorted, sizeof first) == 0);
        printf("%-10s %8lu comparisons, %+d to %+d\n", sorts[s].name, compared,
               sorted[0], sorted[COUNT - 1]);
    }
    int key = numbers[COUNT / 2];
    int *found = bsearch(&key, sorted, COUNT, sizeof *sorted, compare);
    assert(found != NULL && *found == key);
    printf("number %d is the %td. of them\n", key, found - sorted);
    return clock() < start;
}
