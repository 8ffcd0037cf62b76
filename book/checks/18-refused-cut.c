/*
 * A munmap that is refused has unmapped nothing.
 *
 * 1: mmap failed.
 * 2: a page lost what it held though munmap had said no.
 * 3: munmap said no, and frames have come back, or promises.
 * 4: munmap of a whole mapping, which needs no memory, failed.
 * else: after a munmap that was refused a page is not there any more. A cut in
 * the middle needs a second record: get it before anything is given back.
 */
#include "user.h"

enum { PAGES = 2400 };

int main(void) {
    static struct meminfo before, after;
    char *p = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return 1;
    for (int i = 0; i < PAGES; i++) p[i * PAGE_SIZE] = (char) i;
    meminfo(&after);
    for (int i = 1; i < PAGES - 1; i += 2) { /* until there are too many */
        meminfo(&before);
        if (munmap(p + i * PAGE_SIZE, PAGE_SIZE) == 0) continue;
        meminfo(&after);
        for (int k = i; k < PAGES; k++)
            if (p[k * PAGE_SIZE] != (char) k) return 2;
        if (after.free != before.free || after.promised != before.promised)
            return 3;
        break;
    }
    return munmap(p, PAGES * PAGE_SIZE) == 0 ? 0 : 4;
}
