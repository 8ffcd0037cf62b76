/*
 * A page that has not been touched yet is a page.
 *
 * 1: the kernel refuses to write to a buffer that the program may write to,
 * because its page has not been touched: it must bring the page in itself.
 * 2: the kernel refuses to read from such a buffer.
 * 3: a new page is not zero, or a page that was given back is still there.
 * Unmapping has to look at every table, also after one that maps nothing.
 * 4: 4 MiB that nobody touched cost more than a few frames.
 * 5: the kernel writes to an address that no region has.
 * 6: giving back pages of which some were never touched loses frames.
 * 7: the kernel reads from an address below all regions, as if it were in one.
 * else: touching a page for the first time brings something down. Is an address
 * in a gap below a region taken for one of it?
 */
#include "user.h"

static unsigned free_frames(void) {
    struct meminfo m;
    return meminfo(&m) ? 0 : m.free;
}

static int deep(void) {
    char pages[8 * PAGE_SIZE];
    struct meminfo *m = (struct meminfo *) (uintptr_t) (pages + PAGE_SIZE);
    return meminfo(m) ? 1 : 0;
}

/* A heap of several tables, of which only the last page is touched. */
static bool far(void) {
    volatile char *p = sbrk(12 * 1024 * 1024);
    bool new = p[12 * 1024 * 1024 - 1] == 0;
    p[12 * 1024 * 1024 - 1] = 'x';
    sbrk(-12 * 1024 * 1024);
    return new;
}

int main(void) {
    if (deep()) return 1;
    unsigned at_first = free_frames();
    char *p = sbrk(4 * 1024 * 1024);
    if (p == (void *) -1 || at_first - free_frames() > 16) return 4;
    struct meminfo *across = (struct meminfo *) (uintptr_t) (p + PAGE_SIZE - 8);
    if (meminfo(across) || !across->total) return 1;
    if (write(1, p + 5 * PAGE_SIZE - 1, 0)) return 2;
    for (unsigned i = 0; i < 64; i++) p[i * PAGE_SIZE * 3 + 4095] = 'x';
    sbrk(-4 * 1024 * 1024);
    if (at_first - free_frames() > 16) return 6;
    for (int i = 0; i < 2; i++)
        if (!far()) return 3;
    p = sbrk(1024 * 1024);
    for (unsigned i = 0; i < 1024 * 1024; i++)
        if (p[i]) return 3;
    sbrk(-1024 * 1024);
    if (!meminfo((struct meminfo *) (uintptr_t) (p + 64 * 1024 * 1024)))
        return 5;
    if (write(STDOUT_FILENO, (void *) 0x00fffff8, 4) != -1) return 7;
    return 0;
}
