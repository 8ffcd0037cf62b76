/*
 * heap.c: runs traces of malloc calls through several heaps and counts.
 *
 * Which traces and which heaps is in a list that bench.py writes:
 *
 *     HEAP(leaf)             functions leaf_malloc, leaf_realloc, leaf_free
 *     TRACE(binary, "file")  calls as trace.py packs them
 *
 * In leaf each trace runs through each heap in a process of its own, whose
 * memory is as it was at the program's start. An instruction count is the
 * difference of two readings of instret around one call, less what the
 * readings take. What the kernel does in sbrk and mmap, and what memcpy does
 * for realloc, is counted apart: the heaps call count_sbrk and so on for them.
 * On the host (bench.py host) there is no such counter: it counts nanoseconds,
 * and the rest is the same.
 *
 * Every block is marked at both ends when it is made, and the marks are
 * looked at when it goes: a heap that hands out memory twice is found.
 */
#include <stdbool.h>
#include <stdint.h>
#ifdef __riscv
#include "user.h"
#else
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#endif

#define PAGE 4096u

/* ---- What differs between leaf and the host ----------------------------- */

#ifdef __riscv
static inline uint32_t now(void) {
    uint32_t n;
    __asm__ volatile("csrr %0, instret" : "=r"(n)::"memory");
    return n;
}

static void *more_heap(intptr_t n) { return sbrk(n); }

/* Writes to every page, so that no first touch or copy is counted later. */
static void touch(void *p, size_t n) {
    uintptr_t end = (uintptr_t) p + n;
    for (uintptr_t a = (uintptr_t) p & -PAGE; a < end; a += PAGE)
        *(volatile char *) a = *(volatile char *) a;
}

static void touch_own(void) {
    struct regioninfo r;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        if (r.kind == REGION_DATA)
            touch((void *) r.start, r.end - r.start);
        else if (r.kind == REGION_TEXT || r.kind == REGION_RODATA)
            for (uintptr_t a = r.start; a < r.end; a += PAGE)
                (void) *(volatile char *) a;
    touch(__builtin_alloca(4 * PAGE), 4 * PAGE);
}

static void flush(void) {}
#else
static uint32_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t) (t.tv_sec * 1000000000ull + t.tv_nsec);
}

/* The C library has the real break; the heaps here get one of their own. */
#define HEAP_SIZE (1ul << 30)
static void *more_heap(intptr_t n) {
    static char *base, *at;
    if (!base)
        base = at = mmap(NULL, HEAP_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *old = at;
    if (n < base - at || n > base + HEAP_SIZE - at) return (void *) -1;
    at += n;
    return old;
}

static void touch(void *p, size_t n) { (void) p, (void) n; }

static void touch_own(void) {}

static void flush(void) { /* or the child would print it again */
    fflush(stdout);
}
#endif

/* ---- The lists ---------------------------------------------------------- */

/* Any of the three functions; one shape for all, so that the readings around
 * a call cost the same for each. */
typedef void *function(uintptr_t a, size_t b);
#define ANY(f) (function *) (void (*)(void)) f

struct heap {
    const char *name;
    function *malloc, *realloc, *free;
};

struct trace {
    const char *name;
    const uint8_t *start;
};

#ifdef __APPLE__
#define SECTION "__DATA,__const"
#define SYMBOL "_"
#else
#define SECTION ".rodata"
#define SYMBOL ""
#endif

#define HEAP(name)                                                             \
    void *name##_malloc(size_t n);                                             \
    void *name##_realloc(void *p, size_t n);                                   \
    void name##_free(void *p);
#define TRACE(name, file)                                                      \
    __asm__(".section " SECTION "\n.balign 4\n" SYMBOL "trace_" #name          \
            ":\n.incbin \"" file "\"\n.text\n");                               \
    extern const uint8_t trace_##name[];
#include "lists.h"
#undef HEAP
#undef TRACE

#define HEAP(name)                                                             \
    {#name, ANY(name##_malloc), ANY(name##_realloc), ANY(name##_free)},
#define TRACE(name, file)
static const struct heap heaps[] = {
#include "lists.h"
};
#undef HEAP
#undef TRACE

#define HEAP(name)
#define TRACE(name, file) {#name, trace_##name},
static const struct trace traces[] = {
#include "lists.h"
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- What is counted ---------------------------------------------------- */

struct kind {
    uint64_t sum;   /* instructions of all calls of this kind */
    uint32_t count; /* calls */
    uint32_t worst; /* instructions of the dearest */
};

static struct {
    struct kind malloc, realloc, free;
    uint64_t kernel;   /* instructions of system calls */
    uint32_t syscalls; /* sbrk, mmap, munmap */
    uint64_t copying;  /* instructions of memcpy and memmove */
    uint64_t copied;   /* bytes */
    uint64_t clearing; /* instructions of memset: part of the malloc's own */
    size_t held;       /* bytes the kernel gave and did not get back */
    size_t held_peak;
    uintptr_t align; /* the bits set in any block's address */
} count;

/* What the call under way has cost that is counted apart. */
static uint32_t apart;

/* The counter's own cost around a call, and around one inside a call. */
static uint32_t outer_cost, inner_cost;

static void hold(intptr_t n) {
    count.held += n;
    if (count.held > count.held_peak) count.held_peak = count.held;
}

/* The heaps' system calls and copies. What lies between the outer readings
 * is left out of the call's cost, what lies between the inner ones counts for
 * the kernel or for copying. */
#define COUNTED(sum, expression)                                               \
    uint32_t start = now();                                                    \
    expression;                                                                \
    uint32_t used = now() - start;                                             \
    sum += used

#define DONE apart += now() - start + inner_cost

void *count_sbrk(intptr_t n) {
    void *p;
    COUNTED(count.kernel, p = more_heap(n));
    count.syscalls++;
    if (p != (void *) -1) {
        hold(n);
        if (n > 0) touch(p, n);
    }
    DONE;
    return p;
}

void *count_mmap(void *addr, size_t n, int prot, int flags, int fd, off_t off) {
    void *p;
    COUNTED(count.kernel, p = mmap(addr, n, prot, flags, fd, off));
    count.syscalls++;
    if (p != MAP_FAILED) {
        hold((n + PAGE - 1) & -PAGE);
        touch(p, n);
    }
    DONE;
    return p;
}

int count_munmap(void *p, size_t n) {
    int error;
    COUNTED(count.kernel, error = munmap(p, n));
    count.syscalls++;
    if (error == 0) hold(-(intptr_t) ((n + PAGE - 1) & -PAGE));
    DONE;
    return error;
}

void *count_memmove(void *to, const void *from, size_t n) {
    COUNTED(count.copying, memmove(to, from, n));
    count.copied += n;
    DONE;
    return to;
}

void *count_memcpy(void *to, const void *from, size_t n) {
    COUNTED(count.copying, memcpy(to, from, n));
    count.copied += n;
    DONE;
    return to;
}

void *count_memset(void *p, int c, size_t n) {
    COUNTED(count.clearing, memset(p, c, n));
    apart += now() - start + inner_cost - used;
    return p;
}

/* ---- One call, timed ---------------------------------------------------- */

static void tally(struct kind *kind, uint32_t used) {
    used -= outer_cost + apart;
    kind->sum += used;
    kind->count++;
    if (used > kind->worst) kind->worst = used;
}

__attribute__((noinline)) static void *timed(struct kind *kind, function *f,
                                             uintptr_t a, size_t b) {
    apart = 0;
    uint32_t start = now();
    void *p = f(a, b);
    uint32_t end = now();
    tally(kind, end - start);
    return p;
}

#ifdef __riscv
/* In assembly, so that no compiler adds to them or runs them ahead of time. */
void *nothing(uintptr_t a, size_t b);
void *only_sbrk(uintptr_t a, size_t b);
__asm__(".text\n"
        "nothing:\n"
        "    li a0, 0\n"
        "    ret\n"
        "only_sbrk:\n"
        "    li a0, 0\n"
        "    j count_sbrk\n");

/* Runs a function of two instructions, which stay its own, and one that goes
 * on in count_sbrk after two, which stay too. */
static void calibrate(void) {
    struct kind kind = {0};
    function *volatile f = nothing; /* or the call is made a direct one */
    timed(&kind, f, 0, 0);
    outer_cost = kind.sum - 2;
    kind.sum = 0;
    f = only_sbrk;
    timed(&kind, f, 0, 0);
    inner_cost = kind.sum - 2;
}
#else
static void calibrate(void) {}
#endif

/* ---- A trace through a heap --------------------------------------------- */

struct slot {
    uint8_t *p;
    size_t size;
};

static uint32_t number(const uint8_t **at) {
    uint32_t n = 0;
    for (int shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        n |= (uint32_t) (byte & 127) << shift;
        if (byte < 128) return n;
    }
}

static void die(const char *what, unsigned call) {
    printf("call %u: %s\n", call, what);
    exit(1);
}

/* Never 0, which untouched memory holds. */
static uint8_t mark_of(uint32_t id) { return id % 255 + 1; }

static void mark(struct slot *s, uint32_t id) {
    if (s->size > 0) s->p[0] = s->p[s->size - 1] = mark_of(id);
    count.align |= (uintptr_t) s->p;
}

/* The block's marks are there, as far as they lie in its first n bytes. */
static bool marked(const struct slot *s, uint32_t id, size_t n) {
    return s->size == 0 || n == 0 ||
           (s->p[0] == mark_of(id) &&
            (n < s->size || s->p[s->size - 1] == mark_of(id)));
}

static void run(const struct heap *heap, const struct trace *trace) {
    const uint8_t *at = trace->start;
    uint32_t calls, length, failed = 0;
    memcpy(&calls, at, 4);
    memcpy(&length, at + 4, 4);
    at += 8;
    size_t bytes = length * sizeof(struct slot), payload = 0, peak = 0;
    struct slot *slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slots == MAP_FAILED) die("no memory for the table of blocks", 0);
    touch_own();
    memset(&count, 0, sizeof count);
    for (uint32_t i = 1; i <= calls; i++) {
        uint32_t op = number(&at), id = op >> 2;
        struct slot *s = &slots[id], old = *s;
        op &= 3;
        if (op < 2) s->size = number(&at);
        if (op > 0 && !marked(&old, id, old.size))
            die("a block was overwritten", i);
        if (op == 0) {
            s->p = timed(&count.malloc, heap->malloc, s->size, 0);
        } else if (op == 1) {
            s->p = timed(&count.realloc, heap->realloc, (uintptr_t) old.p,
                         s->size);
        } else {
            timed(&count.free, heap->free, (uintptr_t) old.p, 0);
            *s = (struct slot){NULL, 0};
        }
        if (!s->p && s->size > 0) { /* malloc or realloc failed */
            failed++;
            *s = old;
        } else if (op == 1 && old.size > 0) {
            size_t n = old.size < s->size ? old.size : s->size;
            old.p = s->p;
            if (!marked(&old, id, n))
                die("realloc lost the block's contents", i);
        }
        payload += s->size - old.size;
        if (payload > peak) peak = payload;
        if (op < 2 && s->p) mark(s, id);
    }
    uint64_t sum = count.malloc.sum + count.realloc.sum + count.free.sum;
    /* One line for bench.py, each value with its name. */
    printf("@ trace=%s heap=%s calls=%u sum=%llu malloc=%llu realloc=%llu "
           "free=%llu mallocs=%u reallocs=%u frees=%u worst_malloc=%u "
           "worst_realloc=%u worst_free=%u kernel=%llu syscalls=%u "
           "copying=%llu copied=%llu clearing=%llu payload=%lu memory=%lu "
           "failed=%u align=%u\n",
           trace->name, heap->name, calls, (unsigned long long) sum,
           (unsigned long long) count.malloc.sum,
           (unsigned long long) count.realloc.sum,
           (unsigned long long) count.free.sum, count.malloc.count,
           count.realloc.count, count.free.count, count.malloc.worst,
           count.realloc.worst, count.free.worst,
           (unsigned long long) count.kernel, count.syscalls,
           (unsigned long long) count.copying,
           (unsigned long long) count.copied,
           (unsigned long long) count.clearing, (unsigned long) peak,
           (unsigned long) count.held_peak, failed,
           (unsigned) (count.align & -count.align));
}

int main(void) {
    calibrate();
    for (unsigned t = 0; t < LENGTH(traces); t++) {
        for (unsigned h = 0; h < LENGTH(heaps); h++) {
            int status;
            flush();
            if (fork() == 0) {
                run(&heaps[h], &traces[t]);
                return 0;
            }
            if (wait(&status) < 0 || !WIFEXITED(status) ||
                WEXITSTATUS(status) != 0)
                printf("%s through %s: failed\n", traces[t].name,
                       heaps[h].name);
        }
    }
    return 0;
}
