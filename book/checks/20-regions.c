/*
 * What regioninfo tells of the regions is so.
 *
 * 1: regioninfo(0) fails.
 * 2: two regions overlap, or one ends before it begins.
 * 3: no region has an address that the process uses, or it has not the rights
 * to it.
 * 4: a question for a region after the last one does not fail with ESRCH.
 * 5: an answer is written to where the process may not write.
 * 6: a mapping is not a region, or one that is gone still is.
 * else: a question for a region that is not there, or an answer to where the
 * process may not write, brings something down.
 */
#include "user.h"

static int variable;

static uint32_t rights_of(const void *p) {
    struct regioninfo r;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        if (r.start <= (uintptr_t) p && (uintptr_t) p < r.end) return r.access;
    return PROT_NONE;
}

static bool overlaps(const struct regioninfo *r, unsigned i) {
    struct regioninfo other;
    while (i-- > 0)
        if (regioninfo(i, &other) == 0 && r->start < other.end &&
            other.start < r->end)
            return true;
    return false;
}

int main(void) {
    struct regioninfo r;
    unsigned i = 0;
    if (regioninfo(0, &r) != 0) return 1;
    for (; regioninfo(i, &r) == 0; i++)
        if (r.end < r.start || overlaps(&r, i)) return 2;
    if (errno != ESRCH) return 4;
    for (unsigned more = 1; more < 2000; more += more)
        if (regioninfo(i + more, &r) != -1 || errno != ESRCH) return 4;
    if (regioninfo(UINT32_MAX, &r) != -1 || errno != ESRCH) return 4;

    if (rights_of((void *) main) != (PROT_READ | PROT_EXEC)) return 3;
    if (rights_of("constant") != PROT_READ) return 3;
    if (rights_of(&variable) != (PROT_READ | PROT_WRITE)) return 3;
    if (rights_of(&r) != (PROT_READ | PROT_WRITE)) return 3;
    char *p = mmap(NULL, 3 * PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);
    munmap(p + PAGE_SIZE, PAGE_SIZE);
    if (rights_of(p) != PROT_READ || rights_of(p + PAGE_SIZE) != PROT_NONE ||
        rights_of(p + 2 * PAGE_SIZE) != PROT_READ)
        return 6;

    void *const wrong[] = {p, (void *) main, (void *) 0x80200000, (void *) 8};
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (regioninfo(0, wrong[i]) != -1 || errno != EFAULT) return 5;
    return 0;
}
