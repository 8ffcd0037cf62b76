/*
 * Memory that is freed goes back to the kernel.
 *
 * 1: malloc returned NULL.
 * 2: a large block is freed, and its frames do not come back.
 * 3: many small blocks are freed, and most of their frames do not come back.
 * else: taking 1 MiB and freeing it brings the program down.
 */
#include "user.h"

static unsigned frames_free(void) {
    struct meminfo m;
    meminfo(&m);
    return m.free;
}

int main(void) {
    enum { BLOCKS = 5000 };
    static char *blocks[BLOCKS];
    memset(blocks, 0, sizeof blocks);
    if (!malloc(10)) return 1;
    unsigned before = frames_free();
    char *large = malloc(1 << 20), *above = malloc(10);
    if (!large || !above) return 1;
    memset(large, 1, 1 << 20);
    free(large);
    if (frames_free() + 8 < before) return 2;
    before = frames_free();
    for (int i = 0; i < BLOCKS; i++) {
        if (!(blocks[i] = malloc(200))) return 1;
        memset(blocks[i], 1, 200);
    }
    for (int i = 1; i < BLOCKS; i += 2) free(blocks[i]);
    for (int i = 0; i < BLOCKS; i += 2) free(blocks[i]);
    return frames_free() + 40 < before ? 3 : 0;
}
