/*
 * user_bounds.c: rows G1, G3 and G6: what there can be of anything is bounded,
 * and POSIX's edges are where POSIX has them.
 */
#include "check.h"

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define READ_WRITE (PROT_READ | PROT_WRITE)
#define MOST 1024 /* processes, and regions of a process */

static char *map(uint32_t n, int rights) {
    return mmap(NULL, n, rights, ANONYMOUS, -1, 0);
}

static pid_t child_that_exits(int status) {
    pid_t pid = fork();
    if (pid == 0) exit(status);
    CHECK(pid > 0);
    return pid;
}

/* --- G1, G3: bounds ------------------------------------------------------ */

/* Ended children count, until they were waited for. */
static void g3_the_number_of_processes_is_bounded(void) {
    int n = 0;
    for (pid_t pid; (pid = fork()) != -1; n++) {
        if (pid == 0) exit(0);
        sched_yield();
        CHECK(n < MOST);
    }
    EQUAL(errno, EAGAIN);
    struct procinfo p;
    int processes = 0;
    while (procinfo((unsigned) processes, &p) == 0) processes++;
    EQUAL(processes, MOST);
    for (; n; n--) CHECK(wait(NULL) > 0);
    FAILS(wait(NULL), ECHILD);
    EQUAL(waitpid(child_that_exits(3), NULL, 0) > 0, true);
}

static void g1_the_number_of_regions_is_bounded(void) {
    static char *pages[MOST];
    int n = 0;
    while ((pages[n] = map(PAGE_SIZE, READ_WRITE)) != MAP_FAILED) {
        pages[n][1] = (char) n;
        CHECK(++n < MOST);
    }
    EQUAL(errno, ENOMEM);
    struct regioninfo r;
    int regions = 0;
    while (regioninfo((unsigned) regions, &r) == 0) regions++;
    EQUAL(regions, MOST);
    FAILS(mmap(NULL, PAGE_SIZE, PROT_NONE, ANONYMOUS, -1, 0), ENOMEM);
    pid_t pid = fork(); /* a copy has as many */
    if (pid == 0) {
        FAILS(mmap(NULL, PAGE_SIZE, READ_WRITE, ANONYMOUS, -1, 0), ENOMEM);
        exit(pages[n - 1][1] != (char) (n - 1));
    }
    int status = 1;
    EQUAL(wait(&status), pid);
    EQUAL(status, 0);
    for (int i = 0; i < n; i++) EQUAL(munmap(pages[i], PAGE_SIZE), 0);
}

/* One more region than there can be is also one that a cut makes. */
static void g1_a_cut_makes_no_region_too_many(void) {
    char *large = map(PAGES(3), READ_WRITE), *first = NULL, *page;
    large[PAGES(1)] = 'x';
    while ((page = map(PAGE_SIZE, READ_WRITE)) != MAP_FAILED)
        if (!first) first = page;
    FAILS(munmap(large + PAGES(1), PAGE_SIZE), ENOMEM);
    EQUAL(large[PAGES(1)], 'x');
    EQUAL(munmap(first, PAGE_SIZE), 0);
    EQUAL(munmap(large + PAGES(1), PAGE_SIZE), 0);
}

/* --- G6: mmap ------------------------------------------------------------ */

static void g6_a_hint_is_no_error_and_is_not_followed(void) {
    uintptr_t hints[] = {0x50000000, MMAP_BASE, 1,           0x50000001,
                         0,          USER_BASE, KERNEL_BASE, UINT32_MAX};
    char *pages[LENGTH(hints)];
    for (size_t i = 0; i < LENGTH(hints); i++) {
        pages[i] =
            mmap((void *) hints[i], PAGE_SIZE, READ_WRITE, ANONYMOUS, -1, 0);
        CHECK(pages[i] != MAP_FAILED);
        EQUAL((uintptr_t) pages[i] % PAGE_SIZE, 0);
        CHECK((uintptr_t) pages[i] >= MMAP_BASE);
        pages[i][0] = 1;
    }
    for (size_t i = 0; i < LENGTH(hints); i++)
        EQUAL(munmap(pages[i], PAGE_SIZE), 0);
}

static void g6_prot_none_promises_nothing(void) {
    struct meminfo before = memory();
    char *large = map(512 * 1024 * 1024, PROT_NONE);
    CHECK(large != MAP_FAILED);
    struct meminfo after = memory();
    EQUAL(after.promised, before.promised);
    EQUAL(after.tables, before.tables);
    char *more = map(256 * 1024 * 1024, PROT_NONE);
    CHECK(more != MAP_FAILED);
    pid_t pid = fork();
    if (pid == 0) exit(0);
    CHECK(pid > 0);
    EQUAL(wait(NULL), pid);
    EQUAL(munmap(large + PAGES(7), PAGES(100)), 0);
    EQUAL(munmap(large, 512 * 1024 * 1024), 0);
    EQUAL(munmap(more, 256 * 1024 * 1024), 0);
}

static void g6_prot_none_cannot_be_touched(void) {
    char *p = map(PAGES(2), PROT_NONE);
    dies(load_from, p, "load from .*: the page is not readable");
    dies(store_to, p + PAGE_SIZE, "store to .*: the page is not writable");
    FAILS(write(1, p, 1), EFAULT);
    FAILS(read(0, p, 1), EFAULT);
    FAILS(meminfo((struct meminfo *) p), EFAULT);
    munmap(p, PAGES(2));
}

/* --- G6: kill and waitpid ------------------------------------------------ */

static void g6_kill_0_asks_whether_a_process_is_there(void) {
    EQUAL(kill(getpid(), 0), 0);
    EQUAL(kill(1, 0), 0);
    pid_t pid = child_that_exits(0);
    EQUAL(kill(pid, 0), 0); /* running or ended */
    EQUAL(waitpid(pid, NULL, 0), pid);
    FAILS(kill(pid, 0), ESRCH);
    FAILS(kill(0x7ffffff0, 0), ESRCH);
}

static void g6_waitpid_waits_for_the_one_that_is_asked_for(void) {
    int status;
    pid_t a = child_that_exits(1), b = child_that_exits(2),
          c = child_that_exits(3);
    EQUAL(waitpid(b, &status, 0), b);
    EQUAL(WEXITSTATUS(status), 2);
    FAILS(waitpid(b, &status, 0), ECHILD);
    EQUAL(waitpid(c, &status, 0), c);
    EQUAL(WEXITSTATUS(status), 3);
    EQUAL(waitpid(-1, &status, 0), a);
    EQUAL(WEXITSTATUS(status), 1);
    FAILS(waitpid(-1, &status, 0), ECHILD);
    FAILS(waitpid(1, &status, 0), ECHILD); /* there is one, but not ours */
    a = child_that_exits(4);
    EQUAL(waitpid(0, &status, 0), a);
    EQUAL(WEXITSTATUS(status), 4);
    FAILS(waitpid(0, NULL, 0), ECHILD);
}

static void g6_waitpid_need_not_wait(void) {
    int status = 77;
    pid_t pid = fork();
    if (pid == 0) {
        msleep(30);
        exit(4);
    }
    EQUAL(waitpid(pid, &status, WNOHANG), 0);
    EQUAL(waitpid(-1, &status, WNOHANG), 0);
    EQUAL(status, 77);
    msleep(100);
    EQUAL(waitpid(-1, &status, WNOHANG), pid);
    EQUAL(status, 4);
    FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
}

static void g6_waitpid_checks_its_arguments(void) {
    pid_t pid = child_that_exits(5);
    FAILS(waitpid(pid, NULL, 2), EINVAL);
    FAILS(waitpid(pid, NULL, -1), EINVAL);
    FAILS(waitpid(pid, (int *) KERNEL_BASE, 0), EFAULT);
    FAILS(waitpid(pid, (int *) USER_BASE, WNOHANG), EFAULT);
    EQUAL(waitpid(pid, NULL, 0), pid);
}

/* All four of the status's bytes must be the caller's to write. */
static void e10_wait_checks_every_byte_of_the_status(void) {
    char *p = map(PAGES(2), READ_WRITE);
    munmap(p + PAGE_SIZE, PAGE_SIZE);
    pid_t pid = child_that_exits(6);
    for (int i = 1; i < 4; i++)
        FAILS(waitpid(pid, (int *) (p + PAGE_SIZE - i), 0), EFAULT);
    EQUAL(waitpid(pid, (int *) (p + PAGE_SIZE - 4), 0), pid);
    munmap(p, PAGE_SIZE);
}

/* --- F1: one moment ------------------------------------------------------ */

/* The structure lies across pages that telling it brings in. */
static void f1_meminfo_is_of_one_moment(void) {
    for (uint32_t i = 1; i <= sizeof(struct meminfo); i++) {
        char *p = map(PAGES(2), READ_WRITE);
        struct meminfo m, *there = (struct meminfo *) (p + PAGE_SIZE - i);
        EQUAL(meminfo(there), 0);
        memcpy(&m, there, sizeof m);
        CHECK(adds_up(&m));
        munmap(p, PAGES(2));
    }
}

/* --- Stack overflow ------------------------------------------------------ */

static int deeper(volatile int n) {
    return n < INT_MAX ? deeper(n + 1) + n : 0;
}

static void call_without_end(void *unused) {
    (void) unused;
    deeper(1);
}

/* One frame larger than the page under the stack. */
static void large_frame(void *unused) {
    (void) unused;
    char frame[USER_STACK + PAGES(40)];
    __asm__ volatile("sb zero, 0(%0)" ::"r"(frame) : "memory");
}

/* As threads of the program's own do. */
static void store_from_a_stack_of_its_own(void *to) {
    static char stack[8192] __attribute__((aligned(16)));
    __asm__ volatile("mv sp, %0\n"
                     "sb zero, 0(%1)" ::"r"(stack + sizeof stack),
                     "r"(to)
                     : "memory");
}

static void g1_a_stack_overflow_is_called_one(void) {
    dies(call_without_end, NULL, "store to 7ff.*: the stack overflowed");
    dies(large_frame, NULL, "store to 7ff.*: the stack overflowed");
    dies(store_to, (void *) (USER_TOP - USER_STACK - 1), ".*overflowed");
    dies(store_to, (void *) (USER_TOP - USER_STACK - PAGES(2)),
         ".*nothing is mapped there");
    dies(store_to, (void *) 0x50000000, ".*nothing is mapped there");
    dies(store_from_a_stack_of_its_own, (void *) 0x30000000,
         ".*nothing is mapped there");
}

int main(void) {
    begin();
    RUN(g3_the_number_of_processes_is_bounded);
    RUN(g1_the_number_of_regions_is_bounded);
    RUN(g1_a_cut_makes_no_region_too_many);
    RUN(g6_a_hint_is_no_error_and_is_not_followed);
    RUN(g6_prot_none_promises_nothing);
    RUN(g6_prot_none_cannot_be_touched);
    RUN(g6_kill_0_asks_whether_a_process_is_there);
    RUN(g6_waitpid_waits_for_the_one_that_is_asked_for);
    RUN(g6_waitpid_need_not_wait);
    RUN(g6_waitpid_checks_its_arguments);
    RUN(e10_wait_checks_every_byte_of_the_status);
    RUN(f1_meminfo_is_of_one_moment);
    RUN(g1_a_stack_overflow_is_called_one);
    return end();
}
