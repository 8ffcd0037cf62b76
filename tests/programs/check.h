/*
 * check.h: many named tests in one user program.
 *
 *     static void sbrk_0_is_the_break(void) { EQUAL(sbrk(0), sbrk(0)); }
 *
 *     int main(void) {
 *         begin();
 *         RUN(sbrk_0_is_the_break);
 *         return end();
 *     }
 *
 * Each test runs in a child of its own, and where fork is missing in the
 * program itself. Before and after every test all of meminfo must be equal,
 * and add up. The console gets `run NAME`, then one of
 *
 *     ok NAME
 *     FAIL NAME: user_x.c:12: sbrk(0): got 16781312, want 16777216
 *     missing NAME: system call 11
 *
 * and for each death that a test wants (DIES) `died PID: PATTERN`, which
 * leaf.py holds against the kernel's own line.
 */
#pragma once

#include "user.h"
#include "lacks.h"

#define USER_BASE 0x01000000u
#ifndef MMAP_BASE
#define MMAP_BASE 0x40000000u
#endif
#define USER_TOP 0x80000000u
#define USER_STACK (64 * PAGE_SIZE)
#define KERNEL_BASE 0x80200000u
#define ARENA_BASE 0xc0000000u
#define TABLE_SPAN (1024 * PAGE_SIZE) /* what one page table maps */

#define PAGES(n) (PAGE_SIZE * (n))
#define ROUND_UP(n) (((n) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const char *test_name;
static bool can_fork;

/* --- Leaving a test ------------------------------------------------------ */

/* Where run() goes on when a test gives up and there is no child to end: what
 * a C function must keep, as by setjmp. */
__attribute__((used)) static uint32_t marked[14];

__attribute__((naked, noinline, returns_twice, used)) static int mark(void) {
    __asm__ volatile("la t0, marked\n"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
                     "sw s\\n, 4*\\n(t0)\n"
                     ".endr\n"
                     "sw ra, 48(t0)\n"
                     "sw sp, 52(t0)\n"
                     "li a0, 0\n"
                     "ret\n");
}

/* mark() returns a second time, with this status. */
__attribute__((naked, noinline, used)) static void back_to_mark(int status) {
    __asm__ volatile("la t0, marked\n"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
                     "lw s\\n, 4*\\n(t0)\n"
                     ".endr\n"
                     "lw ra, 48(t0)\n"
                     "lw sp, 52(t0)\n"
                     "ret\n");
}

/* Ends the test, or the process of it that called. */
_Noreturn static inline void leave(int status) {
    if (!can_fork) back_to_mark(status);
    exit(status);
}

/* One line, one write, so that no other process cuts it in two. */
static void say(const char *fmt, ...) {
    static char line[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    put(line, n < (int) sizeof line ? n : (int) sizeof line - 1);
}

/* Ends the test: the kernel lacks what it is about. */
_Noreturn static inline void miss(const char *what) {
    say("missing %s: %s\n", test_name, what);
    leave(2);
}

/* Ends the test, or the process of it that called. What follows from a system
 * call that the kernel has not got is no failure. */
#define FAIL(fmt, ...)                                                         \
    do {                                                                       \
        if (errno == ENOSYS) miss(strerror(errno));                            \
        say("FAIL %s: %s:%d: " fmt "\n", test_name, __FILE_NAME__, __LINE__,   \
            __VA_ARGS__);                                                      \
        leave(1);                                                              \
    } while (0)

#include "../equal.h"

/* A system call that must fail in this way. */
#define FAILS(call, error)                                                     \
    do {                                                                       \
        errno = 0;                                                             \
        EQUAL(call, -1);                                                       \
        if (errno != (error))                                                  \
            FAIL("%s: errno is %s, want %s", #call, strerror(errno),           \
                 strerror(error));                                             \
    } while (0)

/* The same, where one of two errors is as good as the other. */
#define FAILS_OR(call, error, other)                                           \
    do {                                                                       \
        errno = 0;                                                             \
        EQUAL(call, -1);                                                       \
        if (errno != (error) && errno != (other))                              \
            FAIL("%s: errno is %s", #call, strerror(errno));                   \
    } while (0)

/* The kernel as it is, without the wrappers of user.c. */
static inline int system_call(int number, uint32_t a, uint32_t b, uint32_t c,
                              uint32_t d, uint32_t e, uint32_t f) {
    register uint32_t a0 __asm__("a0") = a;
    register uint32_t a1 __asm__("a1") = b;
    register uint32_t a2 __asm__("a2") = c;
    register uint32_t a3 __asm__("a3") = d;
    register uint32_t a4 __asm__("a4") = e;
    register uint32_t a5 __asm__("a5") = f;
    register int a7 __asm__("a7") = number;
    __asm__ volatile("ecall"
                     : "+r"(a0)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
                     : "memory");
    return (int) a0;
}

/* Has the kernel this call? Each is asked something it must refuse, or that
 * changes nothing. */
static inline bool has_call(int number) {
    switch (number) {
    case SYS_EXIT:
    case SYS_READ:
        return true;
    case SYS_FORK:
        return can_fork;
    case SYS_WAIT:
    case SYS_MEMINFO:
        return system_call(number, 1, 0, 0, 0, 0, 0) != -ENOSYS;
    case SYS_PROCINFO:
    case SYS_REGIONINFO:
        return system_call(number, 0, 1, 0, 0, 0, 0) != -ENOSYS;
    }
    return system_call(number, 0, 0, 0, 0, 0, 0) != -ENOSYS;
}

/* Ends the test as `missing` where the kernel lacks a call. */
static inline void needs(int number) {
    char what[20];
    if (has_call(number)) return;
    snprintf(what, sizeof what, "system call %d", number);
    miss(what);
}

/* --- Memory ------------------------------------------------------------- */

static inline struct meminfo look_at_memory(void) {
    static struct meminfo m;
    if (meminfo(&m)) memset(&m, 0, sizeof m);
    return m;
}

static inline struct meminfo memory(void) {
    needs(SYS_MEMINFO);
    return look_at_memory();
}

static inline uint32_t free_frames(void) { return memory().free; }

/* F1: total = parts, and no promise is uncovered. */
static inline bool adds_up(const struct meminfo *m) {
    return m->total == m->free + m->kernel + m->heap + m->tables + m->stacks +
                           m->user &&
           m->promised <= m->free;
}

/* Every page of the program, and the used end of its stack, is brought in and
 * becomes the process's own: from here on only what a test does itself takes
 * frames, and faults. */
static inline void own_pages(void) {
    volatile char room[PAGES(3)];
    for (size_t i = 0; i < sizeof room; i += PAGE_SIZE / 2) room[i] = 0;
    struct regioninfo r;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++) {
        if (r.kind > REGION_DATA) continue;
        for (uint32_t p = r.start; p < r.end; p += PAGE_SIZE) {
            volatile char *byte = (volatile char *) p;
            char value = *byte;
            if (r.access & PROT_WRITE) *byte = value;
        }
    }
}

/* Does the memory hold nothing but this byte? */
static inline bool holds(const void *start, size_t n, int byte) {
    const unsigned char *p = start;
    for (size_t i = 0; i < n; i++)
        if (p[i] != (unsigned char) byte) return false;
    return true;
}

static inline void touch(const void *p) { (void) *(const volatile char *) p; }

/* --- Random numbers ------------------------------------------------------- */

static uint32_t random_state = 1;

/* xorshift32, by Marsaglia: good enough, and the same everywhere. */
static inline uint32_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Another sequence, for the i-th of several processes. */
static inline void stir(uint32_t i) {
    random_state = (random_state ^ (i + 1) * 0x9e3779b1u) | 1;
    for (int n = 0; n < 10; n++) next_random();
}

/* A number typed on the console; Return alone is 1. */
static inline void ask_seed(void) {
    uint32_t seed = 0;
    say("seed? ");
    for (int c; (c = getchar()) != EOF && c != '\n';)
        if (c >= '0' && c <= '9') seed = seed * 10 + (uint32_t) (c - '0');
    random_state = seed ? seed : 1;
    say("\nseed %u\n", (unsigned) random_state);
}

/* --- Children ----------------------------------------------------------- */

/* Runs work(arg) in a child that owns its pages; returns what wait()
 * stored. */
static inline int in_child(void (*work)(void *), void *arg) {
    needs(SYS_FORK);
    pid_t pid = fork();
    if (pid == 0) {
        own_pages();
        work(arg);
        exit(0);
    }
    CHECK(pid > 0);
    int status = -1;
    EQUAL(wait(&status), pid);
    return status;
}

/* A child that runs work(arg) is killed by a fault, and the kernel's line
 * about it begins as the pattern (of Python's re) says. */
static inline void dies(void (*work)(void *), void *arg, const char *fmt, ...) {
    char pattern[96];
    va_list args;
    va_start(args, fmt);
    vsnprintf(pattern, sizeof pattern, fmt, args);
    va_end(args);
    needs(SYS_FORK);
    pid_t pid = fork();
    if (pid == 0) {
        work(arg);
        FAIL("nobody was killed, want %s", pattern);
    }
    CHECK(pid > 0);
    int status = -1;
    EQUAL(wait(&status), pid);
    EQUAL(status, 256 + SIGSEGV);
    say("died %d: %s\n", (int) pid, pattern);
}

static inline void load_from(void *p) { touch(p); }

static inline void store_to(void *p) { *(volatile char *) p = 1; }

static inline void jump_to(void *p) {
    __asm__ volatile("jalr %0" : : "r"(p) : "ra", "memory");
}

#define DIES_LOADING(p) dies(load_from, p, "load from %08x at pc ", (p))
#define DIES_STORING(p) dies(store_to, p, "store to %08x at pc ", (p))
#define DIES_JUMPING(p) dies(jump_to, p, "jump to %08x", (p))

/* --- The tests' run ----------------------------------------------------- */

static int failures;
static char *first_break;

static inline void say_memory(const char *when, const struct meminfo *m) {
    say("  %-6s total %u = free %u + kernel %u + heap %u + tables %u + "
        "stacks %u + user %u; promised %u\n",
        when, m->total, m->free, m->kernel, m->heap, m->tables, m->stacks,
        m->user, m->promised);
}

static __attribute__((noinline)) void run(const char *name,
                                          void (*test)(void)) {
    volatile int status = 0; /* it must survive back_to_mark() */
    test_name = name;
    errno = 0;
    say("run %s\n", name);
    struct meminfo before = look_at_memory(), after;
    pid_t pid = can_fork ? fork() : 0;
    if (pid == 0) {
        if (!can_fork) status = mark();
        if (!status) {
            own_pages();
            test();
        }
        if (can_fork) exit(0);
        sbrk(first_break - (char *) sbrk(0));
    }
    if (pid > 0) wait((int *) &status);
    after = look_at_memory();
    bool kept = !can_fork || memcmp(&before, &after, sizeof before) == 0;
    if (pid >= 0 && status == 0 && kept && adds_up(&after)) {
        say("ok %s\n", name);
        return;
    }
    failures++;
    if (status == 2) /* it has said what is missing */
        return;
    say("FAIL %s: %s, status %d\n", name,
        pid < 0            ? "fork failed"
        : status           ? "the test ended early"
        : !adds_up(&after) ? "meminfo does not add up"
                           : "memory is not what it was before",
        status);
    say_memory("before", &before);
    say_memory("after", &after);
}

#define RUN(test) run(#test, test)

static inline void nothing(void) {}

/* What the first fork and the first wait take for good is taken here. */
static inline void begin(void) {
    own_pages();
    first_break = sbrk(0);
    pid_t pid = fork();
    if (pid == 0) exit(0);
    can_fork = pid > 0;
    if (can_fork) {
        wait(NULL);
        own_pages();
        RUN(nothing);
    }
}

static inline int end(void) {
    say("done\n");
    return failures > 0;
}
