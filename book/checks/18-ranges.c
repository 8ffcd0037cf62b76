/*
 * munmap takes whole pages of mappings and nothing else.
 *
 * 1: mmap failed.
 * 2: munmap of an address within a page does not fail with EINVAL.
 * 3: munmap of a range that goes beyond the mappings' last address does not
 * fail with EINVAL. Address and length together may wrap.
 * 4: munmap said no, and a page lost what it held.
 * 5: a page was cut out of a mapping that may only be read, or not be touched,
 * and what lies after it may be used otherwise than before.
 * 6: munmap of a range of several mappings leaves one of them.
 * 7: a mapping reaches up to the stack: one page below it must stay free.
 * 8: munmap of a part of a page does not take the page.
 * else: a call of mmap or munmap brings something down.
 */
#include "user.h"

static char *map(unsigned pages, int rights) {
    void *p = mmap(NULL, pages * PAGE_SIZE, rights, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);
    if (p == MAP_FAILED) exit(1);
    return p;
}

static bool refuses(char *p, size_t n) {
    errno = 0;
    return munmap(p, n) == -1 && errno == EINVAL;
}

static bool may_write(char *p) { return meminfo((void *) p) == 0; }

/* Cuts the middle out of three pages; the kernel is asked about the others. */
static bool rest_keeps_rights(int rights) {
    char *p = map(3, rights);
    if (munmap(p + PAGE_SIZE, PAGE_SIZE) != 0) return false;
    bool same = !may_write(p) && !may_write(p + 2 * PAGE_SIZE);
    munmap(p, 3 * PAGE_SIZE);
    return same;
}

int main(void) {
    char *p = map(4, PROT_READ | PROT_WRITE);
    for (int i = 0; i < 4; i++) p[i * PAGE_SIZE] = (char) ('a' + i);
    if (!refuses(p + 16, PAGE_SIZE) || !refuses(p + PAGE_SIZE - 1, 1)) return 2;
    if (!refuses(p, (size_t) -PAGE_SIZE) || !refuses(p, SIZE_MAX) ||
        !refuses(p, (size_t) 0 - (size_t) p + PAGE_SIZE))
        return 3;
    for (int i = 0; i < 4; i++)
        if (p[i * PAGE_SIZE] != 'a' + i) return 4;
    if (munmap(p, PAGE_SIZE + 1) != 0 || may_write(p + PAGE_SIZE)) return 8;
    if (!rest_keeps_rights(PROT_READ) || !rest_keeps_rights(PROT_NONE))
        return 5;

    enum { SEVERAL = 5 };
    char *first = map(3, PROT_READ | PROT_WRITE);
    for (int i = 1; i < SEVERAL; i++) map(3, PROT_READ | PROT_WRITE);
    if (munmap(first, SEVERAL * 3 * PAGE_SIZE) != 0) return 1;
    for (int i = 0; i < SEVERAL * 3; i++)
        if (may_write(first + i * PAGE_SIZE)) return 6;

    char *end = NULL; /* of the highest mapping: all addresses are taken */
    for (size_t n = 1u << 29; n >= PAGE_SIZE;) {
        char *q = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (q == MAP_FAILED)
            n /= 2;
        else if (q + n > end)
            end = q + n;
    }
    return may_write(end) ? 7 : 0;
}
