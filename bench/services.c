/*
 * services.c: what the kernel's services cost, in instructions of user program,
 * kernel and firmware together. Run it with
 *
 *     LEAF_QEMU='-icount shift=0' ./run.sh --app bench/services.c
 *
 * or `make bench`. A figure is the difference of two readings of instret, less
 * the one instruction that two readings in a row are apart. Each is taken
 * several times; the line tells the least, the median and the most, since the
 * timer's tick falls into some.
 */
#include "user.h"

#define PAGE 4096
#define TIMES 15 /* each figure is taken that often, an odd number */

static inline uint32_t now(void) {
    uint32_t n;
    __asm__ volatile("csrr %0, instret" : "=r"(n)::"memory");
    return n;
}

/* A function for each, so that `bench.py spent` can tell them apart. */
#define FIGURE __attribute__((noinline)) static void

/* What stands between the readings, and nothing else. */
#define COUNT(statement)                                                       \
    ({                                                                         \
        uint32_t start_ = now();                                               \
        statement;                                                             \
        now() - start_ - 1;                                                    \
    })

static uint32_t took[TIMES], returned[TIMES];

static void write_to(char *p) { *(volatile char *) p = 1; }

/* Prints the line that bench.py reads: what of it is one unit's. */
static void report(const char *name, const uint32_t *samples, unsigned unit) {
    uint32_t sorted[TIMES];
    for (int i = 0; i < TIMES; i++) {
        int j = i;
        for (; j > 0 && sorted[j - 1] > samples[i]; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = samples[i];
    }
    printf("@ figure=%s least=%u median=%u most=%u unit=%u\n", name, sorted[0],
           sorted[TIMES / 2], sorted[TIMES - 1], unit);
}

FIGURE system_call(void) {
    for (int i = 0; i < TIMES; i++) took[i] = COUNT(getpid());
    report("null", took, 1);
}

/* A child that does nothing but yield: there and back are two switches. */
FIGURE yield(void) {
    pid_t child = fork();
    if (child == 0)
        for (;;) sched_yield();
    for (int i = 0; i < 3; i++) /* the child's first turn copies its stack */
        sched_yield();
    for (int i = 0; i < TIMES; i++) took[i] = COUNT(sched_yield());
    kill(child, SIGKILL);
    wait(NULL);
    report("switch", took, 2);
}

/* n pages of heap, touched; given back by sbrk(-n * PAGE), so that a figure's
 * process has no more memory than it needs. */
static char *get_pages(int n) {
    char *p = sbrk(n * PAGE);
    return memset(p, 1, n * PAGE);
}

/* The break moves by untouched pages that need no page table. */
FIGURE grow_and_shrink(void) {
    for (int i = 0; i < TIMES; i++) took[i] = COUNT(sbrk(PAGE));
    for (int i = 0; i < TIMES; i++) returned[i] = COUNT(sbrk(-PAGE));
    report("grow", took, 1);
    report("shrink", returned, 1);
}

FIGURE first_touch(void) {
    char *p = sbrk(TIMES * PAGE);
    for (int i = 0; i < TIMES; i++) took[i] = COUNT(write_to(p + i * PAGE));
    sbrk(-TIMES * PAGE);
    report("touch", took, 1);
}

/* The child writes to pages it shares: each is copied. When it has ended, the
 * parent writes to pages that it alone has left: it takes them over. */
FIGURE copy_on_write(void) {
    char *memory = get_pages(TIMES);
    if (fork() == 0) {
        for (int i = 0; i < TIMES; i++)
            took[i] = COUNT(write_to(memory + i * PAGE));
        report("copy", took, 1);
        exit(0);
    }
    wait(NULL);
    for (int i = 0; i < TIMES; i++)
        took[i] = COUNT(write_to(memory + i * PAGE));
    sbrk(-TIMES * PAGE);
    report("takeover", took, 1);
}

FIGURE fork_exit_wait(void) {
    char *memory = get_pages(2);
    for (int i = 0; i < TIMES; i++)
        took[i] = COUNT({
            if (fork() == 0) {
                write_to(memory);
                write_to(memory + PAGE);
                exit(0);
            }
            wait(NULL);
        });
    sbrk(-2 * PAGE);
    report("fork", took, 1);
}

FIGURE console(void) {
    char line[64];
    memset(line, '.', sizeof line);
    line[63] = '\n';
    for (int i = 0; i < TIMES; i++)
        took[i] = COUNT(write(1, line, sizeof line));
    report("console", took, 64);
}

FIGURE set_and_copy(void) {
    char *memory = get_pages(2);
    for (int i = 0; i < TIMES; i++) took[i] = COUNT(memset(memory, 0, PAGE));
    report("memset", took, PAGE / 1024);
    for (int i = 0; i < TIMES; i++)
        took[i] = COUNT(memcpy(memory + PAGE, memory, PAGE));
    sbrk(-2 * PAGE);
    report("memcpy", took, PAGE / 1024);
}

int main(void) {
    sbrk(-(intptr_t) sbrk(0) & (PAGE - 1)); /* a break at a page's start */
    system_call();
    set_and_copy();
    console();
    grow_and_shrink();
    first_touch();
    copy_on_write();
    fork_exit_wait();
    yield();
    return 0;
}
