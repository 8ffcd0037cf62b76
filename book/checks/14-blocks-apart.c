/*
 * Blocks of all sizes, filled to their last byte, do not touch each other.
 *
 * 1: malloc returned NULL. malloc(0) is a block of its own, too.
 * 2: a block's bytes changed when another was written: two overlap. Is there
 * room for the header in the size that malloc looks for, and is it left out of
 * what malloc_usable_size says?
 * 3: a block is not aligned to 16 bytes, as long double wants it.
 * 4: malloc_usable_size says less than what was asked for. Is there room for
 * the header in the size that malloc looks for?
 * else: writing a block to its last byte brings the program down. Is there
 * room for the header in the size that malloc looks for?
 */
#include "user.h"

#define COUNT 120

static unsigned char *p[COUNT];
static size_t size[COUNT];

static bool whole(int i) {
    for (size_t at = 0; at < size[i]; at++)
        if (p[i][at] != (unsigned char) (i + 1)) return false;
    return true;
}

static int take(int i, size_t n) {
    if (!(p[i] = malloc(n))) return 1;
    if ((uintptr_t) p[i] % 16) return 3;
    size[i] = malloc_usable_size(p[i]);
    if (size[i] < n) return 4;
    memset(p[i], i + 1, size[i]);
    return 0;
}

/* Two that a later chapter's heap maps apart from the others. */
static int take_large(void) {
    int failed = take(0, 150000);
    if (!failed) failed = take(1, 150000);
    if (!failed && !(whole(0) && whole(1))) failed = 2;
    free(p[0]);
    free(p[1]);
    p[0] = p[1] = NULL;
    return failed;
}

int main(void) {
    int failed = take_large();
    if (failed) return failed;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < COUNT; i++)
            if (!p[i] && (failed = take(i, (i * 7 + round * 13) % 190)))
                return failed;
        for (int i = 0; i < COUNT; i++) {
            if (!whole(i)) return 2;
            if (i % 3 == round % 3) {
                free(p[i]);
                p[i] = NULL;
            }
        }
    }
    return 0;
}
