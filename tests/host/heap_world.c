/*
 * heap_world.c: the kernel that the heap believes to run on. What it hasn't
 * granted is poisoned, so that AddressSanitizer sees every access to it.
 */
#include "heap_world.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u
#define PAGES WORLD_PAGES
#define ENOMEM 12
#define EINVAL 22

char *world_heap, *world_maps, *world_break;
unsigned world_calls, world_fail;
bool world_refused;
char world_said[256];
static bool page_used[PAGES];
static jmp_buf *mistaken;

void world_reset(void) {
    if (!world_heap) {
        world_heap = mmap(NULL, WORLD_HEAP + WORLD_MAPS, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        world_maps = world_heap + WORLD_HEAP;
        world_break = world_heap;
        ASAN_POISON_MEMORY_REGION(world_heap, WORLD_HEAP + WORLD_MAPS);
    }
    ASAN_POISON_MEMORY_REGION(world_heap, world_break - world_heap);
    world_break = world_heap;
    for (size_t i = 0; i < PAGES; i++) {
        if (page_used[i])
            ASAN_POISON_MEMORY_REGION(world_maps + i * PAGE, PAGE);
        page_used[i] = false;
    }
    world_calls = world_fail = 0;
    heap_reset();
}

void world_save(struct world_state *s) {
    s->heap_size = world_break - world_heap;
    memcpy(s->pages, page_used, sizeof page_used);
}

void world_restore(const struct world_state *s) {
    char *end = world_heap + s->heap_size;
    if (end < world_break) ASAN_POISON_MEMORY_REGION(end, world_break - end);
    if (end > world_break)
        ASAN_UNPOISON_MEMORY_REGION(world_break, end - world_break);
    world_break = end;
    for (size_t i = 0; i < PAGES; i++) {
        if (page_used[i] == s->pages[i]) continue;
        if (s->pages[i])
            ASAN_UNPOISON_MEMORY_REGION(world_maps + i * PAGE, PAGE);
        else
            ASAN_POISON_MEMORY_REGION(world_maps + i * PAGE, PAGE);
    }
    memcpy(page_used, s->pages, sizeof page_used);
}

static bool fails(void) { return ++world_calls == world_fail; }

static void *no(int error) {
    leaf_errno = error;
    world_refused = true;
    return (void *) -1;
}

void *leaf_sbrk(intptr_t n) {
    char *old = world_break;
    if (n > 0 && (n > world_heap + WORLD_HEAP - old || fails()))
        return no(ENOMEM);
    if (n < 0 && -n > old - world_heap) return no(EINVAL);
    world_break += n;
    if (n > 0) {
        ASAN_UNPOISON_MEMORY_REGION(old, n);
        memset(old, 0, n);
    } else if (n < 0) {
        ASAN_POISON_MEMORY_REGION(world_break, -n);
    }
    return old;
}

void *leaf_mmap(void *addr, size_t n, int prot, int flags, int fd, int32_t off);
void *leaf_mmap(void *addr, size_t n, int prot, int flags, int fd,
                int32_t off) {
    if (addr || !n || prot != 3 || flags != 34 || fd != -1 || off)
        return no(EINVAL);
    if (n > WORLD_MAPS || fails()) return no(ENOMEM);
    size_t want = (n + PAGE - 1) / PAGE, run = 0;
    for (size_t i = 0; i < PAGES; i++) {
        run = page_used[i] ? 0 : run + 1;
        if (run < want) continue;
        char *p = world_maps + (i + 1 - want) * PAGE;
        memset(page_used + i + 1 - want, true, want);
        ASAN_UNPOISON_MEMORY_REGION(p, want * PAGE);
        memset(p, 0, want * PAGE);
        return p;
    }
    return no(ENOMEM);
}

int leaf_munmap(void *addr, size_t n);
int leaf_munmap(void *addr, size_t n) {
    size_t first = ((char *) addr - world_maps) / PAGE;
    if ((uintptr_t) addr % PAGE || n % PAGE || !page_used[first]) abort();
    memset(page_used + first, false, n / PAGE);
    ASAN_POISON_MEMORY_REGION(addr, n);
    return 0;
}

/* printf is the host's; the heap's messages are wanted here. */
int leaf_printf(const char *format, ...);
int leaf_printf(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(world_said, sizeof world_said, format, args);
    va_end(args);
    if (!mistaken) fputs(world_said, stdout);
    return n;
}

_Noreturn void leaf_exit(int status);
_Noreturn void leaf_exit(int status) {
    if (mistaken) longjmp(*mistaken, status);
    abort();
}

int world_mistake(void (*call)(void *), void *arg) {
    jmp_buf here;
    mistaken = &here;
    int status = setjmp(here);
    if (status == 0) call(arg);
    mistaken = NULL;
    return status;
}

/* What user.c has wrappers for, and the heap has no use for. */
int32_t leaf_write(int fd, const void *buf, size_t n);
int32_t leaf_write(int fd, const void *buf, size_t n) {
    (void) fd;
    return (int32_t) fwrite(buf, 1, n, stdout);
}
int32_t leaf_read(int fd, void *buf, size_t n);
int32_t leaf_read(int fd, void *buf, size_t n) {
    (void) fd, (void) buf, (void) n;
    return -1;
}
int leaf_msleep(unsigned ms);
int leaf_msleep(unsigned ms) {
    (void) ms;
    return 0;
}
