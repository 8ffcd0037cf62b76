/*
 * What sbrk grants is there when it is touched, and promises come back.
 *
 * 1: sbrk grants more than there is.
 * 2: reserving and giving back loses promises: they are counted for pages
 * that no process has any more.
 * 3: touching and giving back loses promises or frames.
 * 4: a touch does not spend the page's promise.
 * 5: promised is more than free: something takes frames that were promised.
 * Does a sbrk that needs page tables ask for them, too?
 * 6: frames are promised for constants, which lie in the image and take none.
 * 7: the first read of a constant changes what is promised: its page was
 * promised nothing.
 * 8: sbrk within a page that was granted already promises another.
 * 9: sbrk refuses the last page that is not promised yet.
 * else: a page that sbrk had granted was not there when it was touched.
 */
#include "user.h"

static struct meminfo now(void) {
    struct meminfo m = {0};
    meminfo(&m);
    return m;
}

enum { CONSTANTS = 256 }; /* pages */
__asm__(".section .rodata\n"
        "constants: .space 256 * 4096, 1\n"
        ".text\n");
extern const char constants[];

/* A page more than is free, and as much as is free: without room for the tables
 * that it needs. */
static int take_all(void) {
    struct meminfo m = now();
    intptr_t all = (intptr_t) (m.free - m.promised) * PAGE_SIZE;
    if (sbrk(all + PAGE_SIZE) != (void *) -1) return 1;
    if (sbrk(all) == (void *) -1) return 0;
    m = now();
    sbrk(-all);
    return m.promised > m.free ? 5 : 0;
}

int main(void) {
    struct meminfo first = now();
    if (first.promised + !constants[0] >= CONSTANTS) return 6;
    for (int i = 1; i < CONSTANTS; i++)
        if (!((const volatile char *) constants)[i * PAGE_SIZE]) return 7;
    if (now().promised != first.promised) return 7;
    int failed = take_all();
    if (failed) return failed;
    uint32_t promised = now().promised;
    for (int i = 0; i < 64; i++) sbrk(PAGE_SIZE / 64);
    if (now().promised > promised + 1) return 8;
    sbrk(-PAGE_SIZE);
    first = now();
    for (int i = 0; i < 8; i++) {
        char *p = sbrk(2 * 1024 * 1024);
        struct meminfo m = now();
        if (m.promised - first.promised != 512) return 4;
        for (int at = 0; at < 10 * i; at++) p[at * PAGE_SIZE] = 1;
        struct meminfo then = now();
        if (m.promised - then.promised != 10u * i) return 4;
        sbrk(-2 * 1024 * 1024);
        if (now().promised != first.promised) return i ? 3 : 2;
    }
    if (first.free - now().free > 16) return 3;

    char *start = sbrk(0);
    for (unsigned size = 8 * 1024 * 1024; size >= PAGE_SIZE;)
        if (sbrk(size) == (void *) -1) size /= 2;
    char *end = sbrk(0);
    if ((size_t) (end - start) / PAGE_SIZE > first.free) return 1;
    bool table = (uintptr_t) end % (PAGE_SIZE * 1024) == 0; /* and no frame */
    if (now().free - now().promised > table) return 9;
    for (char *p = start; p < end; p += PAGE_SIZE) {
        *p = 1;
        if (((uintptr_t) p & 0xfffff) == 0 && now().promised > now().free)
            return 5;
    }
    sbrk(start - end);
    if (now().promised != first.promised) return 3;
    return first.free - now().free > 64 ? 3 : 0;
}
