/*
 * A page that comes back is another frame, and the processor knows it.
 *
 * 1: after pages were given back and taken again, the process does not see
 * what the kernel writes there: the processor still has the old translation.
 * Is there an sfence.vma after the page's entry was cleared?
 * 2: a page that comes back is not zero.
 * else: giving pages back and taking them again brings something down.
 */
#include "user.h"

#define PAGES 4

static bool stale(bool upwards) {
    volatile char *p = sbrk(PAGES * PAGE_SIZE);
    for (int i = 0; i < PAGES; i++)
        p[(upwards ? i : PAGES - 1 - i) * PAGE_SIZE] = 1;
    sbrk(-(intptr_t) (PAGES * PAGE_SIZE));
    p = sbrk(PAGES * PAGE_SIZE);
    bool found = false;
    for (int i = PAGES - 1; i >= 0; i--) {
        struct meminfo *m = (struct meminfo *) (uintptr_t) (p + i * PAGE_SIZE);
        memset(m, 0xff, sizeof *m);
        if (meminfo(m) == 0 && m->total == UINT32_MAX) found = true;
    }
    sbrk(-(intptr_t) (PAGES * PAGE_SIZE));
    return found;
}

int main(void) {
    for (int i = 0; i < 3; i++)
        if (stale(true) || stale(false)) return 1;
    char *p = sbrk(PAGE_SIZE);
    memset(p, 'x', PAGE_SIZE);
    sbrk(-(intptr_t) PAGE_SIZE);
    p = sbrk(PAGE_SIZE);
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        if (p[i]) return 2;
    return 0;
}
