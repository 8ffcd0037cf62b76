/*
 * oom.c: out of memory by every road (row E6 and the invariant "a promise is
 * kept"). Each test takes until the kernel says ENOMEM, then touches all that
 * was granted, and nobody may be killed; then gives it back.
 */
#include "check.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static void *map(size_t n) {
    return mmap(NULL, n, READ_WRITE, ANONYMOUS, -1, 0);
}

static void touch_pages(char *start, size_t n) {
    for (size_t i = 0; i < n; i += PAGE_SIZE)
        *(volatile uint32_t *) (start + i) =
            (uint32_t) (start + i) ^ (uint32_t) getpid();
}

static void check_pages(char *start, size_t n) {
    for (size_t i = 0; i < n; i += PAGE_SIZE)
        EQUAL(*(uint32_t *) (start + i),
              (uint32_t) (start + i) ^ (uint32_t) getpid());
}

/* All that is left has been promised, and every further grant is refused. */
static void nothing_is_left(void) {
    struct meminfo m = memory();
    CHECK(adds_up(&m));
    EQUAL(m.promised, m.free);
    int inside = -(int) (uint32_t) sbrk(0) & (int) (PAGE_SIZE - 1);
    FAILS(sbrk(inside + 1), ENOMEM);
    FAILS(map(1), ENOMEM);
    FAILS(fork(), ENOMEM);
}

/* --- sbrk -------------------------------------------------------------------
 */

/* In ever smaller steps, down to a byte; returns the bytes taken. */
static uint32_t sbrk_all(void) {
    uint32_t taken = 0;
    for (uint32_t step = 1u << 25; step; step /= 2)
        while (sbrk((intptr_t) step) != (void *) -1) taken += step;
    EQUAL(errno, ENOMEM);
    return taken;
}

static void e6_sbrk_until_it_fails_then_touch_all(void) {
    char *start = sbrk(0);
    struct meminfo before = memory();
    uint32_t n = sbrk_all();
    struct meminfo m = memory();
    EQUAL(n, PAGES(before.free - before.promised + before.tables - m.tables));
    nothing_is_left();
    touch_pages(start, n);
    check_pages(start, n);
    nothing_is_left();
    EQUAL(memory().user, before.user + n / PAGE_SIZE);
    EQUAL(sbrk(-(intptr_t) n), start + n);
    EQUAL(memory().user, before.user);
    EQUAL(memory().promised, before.promised);
    EQUAL(in_child(load_from, &before), 0); /* fork works again */
}

/* --- mmap -------------------------------------------------------------------
 */

struct mapping {
    struct mapping *next;
    size_t size;
};

/* Maps size bytes, and puts the mapping, whose record lies in itself, before
 * the list; NULL if there is no memory. */
static struct mapping *map_one(size_t size, struct mapping *list) {
    struct mapping *m = map(size);
    if (m == MAP_FAILED) return NULL;
    m->next = list;
    m->size = size;
    return m;
}

/* In ever smaller steps. */
static struct mapping *map_all(size_t first) {
    struct mapping *list = NULL, *m;
    for (size_t size = first; size; size = size > PAGE_SIZE ? size / 2 : 0)
        while ((m = map_one(size, list))) list = m;
    EQUAL(errno, ENOMEM);
    return list;
}

static void fill_and_unmap(struct mapping *list) {
    for (struct mapping *m = list; m; m = m->next)
        touch_pages((char *) m + PAGE_SIZE, m->size - PAGE_SIZE);
    for (struct mapping *m = list; m; m = m->next)
        check_pages((char *) m + PAGE_SIZE, m->size - PAGE_SIZE);
    for (struct mapping *m = list, *next; m; m = next) {
        next = m->next;
        EQUAL(munmap(m, m->size), 0);
    }
}

static void e6_mmap_until_it_fails_then_touch_all(void) {
    struct meminfo before = memory();
    fill_and_unmap(map_all(1 << 25));
    struct meminfo m = memory();
    EQUAL(m.user, before.user);
    EQUAL(m.promised, before.promised);
    EQUAL(m.heap, before.heap);
}

/* Here the kernel's own records take their part of what is left. */
static void e6_mmap_page_by_page_until_it_fails(void) {
    struct meminfo before = memory();
    sbrk((intptr_t) PAGES(before.free - before.promised - 900));
    before = memory();
    struct mapping *list = map_all(PAGE_SIZE);
    CHECK(memory().heap > before.heap + 5);
    nothing_is_left();
    fill_and_unmap(list);
    struct meminfo m = memory();
    EQUAL(m.user, before.user);
    EQUAL(m.heap, before.heap);
}

/* Memory is short, but an unmapping that needs none succeeds. */
static void e6_munmap_works_when_nothing_is_left(void) {
    char *p = map(PAGES(100));
    CHECK(p != MAP_FAILED);
    touch_pages(p, PAGES(100));
    uint32_t n = sbrk_all();
    CHECK(n > 0);
    struct meminfo m = memory();
    EQUAL(munmap(p + PAGES(99), PAGES(1)), 0);
    EQUAL(munmap(p, PAGES(1)), 0);
    EQUAL(memory().user, m.user - 2);
    sbrk_all();
    m = memory(); /* a cut in the middle needs a record: it may be refused, */
    if (munmap(p + PAGES(50), PAGES(1)) == -1) { /* and changes nothing then */
        EQUAL(errno, ENOMEM);
        EQUAL(memory().user, m.user);
        check_pages(p + PAGES(1), PAGES(98));
    }
    EQUAL(munmap(p, PAGES(100)), 0);
}

/* --- fork --------------------------------------------------------------------
 */

static bool lives(pid_t pid) {
    struct procinfo p;
    for (unsigned i = 0; procinfo(i, &p) == 0; i++)
        if (p.pid == (uint32_t) pid) return p.state != ZOMBIE;
    return false;
}

/* A process that the others wait for: when it is gone they begin. */
static pid_t starter(void) {
    pid_t pid = fork();
    if (pid == 0)
        for (;;) msleep(1000000);
    CHECK(pid > 0);
    return pid;
}

static void start(pid_t pid) { EQUAL(kill(pid, SIGKILL), 0); }

static void wait_for_start(pid_t pid) {
    while (lives(pid)) msleep(10);
}

/* Waits for all children, of which one was killed to start the others. */
static void all_ended_well(pid_t killed) {
    int status;
    for (pid_t pid; (pid = wait(&status)) != -1;)
        EQUAL(status, pid == killed ? 256 + SIGKILL : 0);
    EQUAL(errno, ECHILD);
}

static void touch_the_whole_stack(void) {
    char *stack = (char *) USER_TOP - USER_STACK;
    touch_pages(stack, USER_STACK - PAGES(4));
    check_pages(stack, USER_STACK - PAGES(4));
}

enum { SHARED = 20 };

/* Every process shares SHARED pages with all others; then each writes. */
static void e6_fork_until_it_fails_then_touch_all(void) {
    char *shared = map(PAGES(SHARED));
    CHECK(shared != MAP_FAILED);
    memset(shared, 1, PAGES(SHARED));
    struct meminfo before = memory();
    pid_t first = starter();
    int children = 0;
    for (pid_t pid;; children++) {
        pid = fork();
        if (pid < 0) break;
        if (pid == 0) {
            wait_for_start(first);
            own_pages();
            CHECK(holds(shared, PAGES(SHARED), 1));
            touch_pages(shared, PAGES(SHARED));
            touch_the_whole_stack();
            sched_yield();
            check_pages(shared, PAGES(SHARED));
            exit(0);
        }
    }
    EQUAL(errno, ENOMEM);
    CHECK(children > 100);
    struct meminfo m = memory();
    CHECK(adds_up(&m));
    FAILS(fork(), ENOMEM);
    touch_the_whole_stack(); /* the parent's promises are kept too */
    start(first);
    all_ended_well(first);
    CHECK(holds(shared, PAGES(SHARED), 1));
    m = memory();
    EQUAL(m.heap, before.heap);
    EQUAL(m.tables, before.tables);
    EQUAL(m.stacks, before.stacks);
    EQUAL(m.free - m.promised, before.free - before.promised);
}

/* Children of children, until no process can fork any more. */
static void e6_a_chain_of_forks_until_it_fails(void) {
    pid_t top = getpid();
    int length = 0;
    for (;; length++) {
        pid_t pid = fork();
        if (pid < 0) break;
        if (pid > 0) {
            int status = -1;
            EQUAL(wait(&status), pid);
            EQUAL(status, 0);
            if (getpid() != top) {
                touch_the_whole_stack();
                exit(0);
            }
            return;
        }
    }
    EQUAL(errno, ENOMEM);
    CHECK(length > 100);
    own_pages();
    touch_the_whole_stack();
    exit(0);
}

/* --- Two at once
 * ---------------------------------------------------------------- */

/* Takes by turns with the other one, waits, then touches. */
static void take_and_touch(pid_t first) {
    char *old = sbrk(0);
    uint32_t n = 0;
    struct mapping *list = NULL;
    for (;;) {
        if (sbrk(PAGES(64)) == (void *) -1) break;
        n += PAGES(64);
        struct mapping *m = map_one(PAGES(32), list);
        if (!m) break;
        list = m;
        sched_yield();
    }
    EQUAL(errno, ENOMEM);
    wait_for_start(first);
    touch_pages(old, n);
    for (struct mapping *m = list; m; m = m->next)
        touch_pages((char *) m + PAGE_SIZE, m->size - PAGE_SIZE);
    sched_yield();
    check_pages(old, n);
    touch_the_whole_stack();
    for (struct mapping *m = list; m; m = m->next)
        check_pages((char *) m + PAGE_SIZE, m->size - PAGE_SIZE);
    CHECK(n > PAGES(1000)); /* the other did not get it all */
}

static void e6_two_processes_take_all_then_touch_all(void) {
    pid_t first = starter();
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            own_pages();
            take_and_touch(first);
            exit(0);
        }
    }
    struct meminfo m;
    do { /* until both have taken what they can */
        m = memory();
        CHECK(adds_up(&m));
        msleep(20);
    } while (m.free - m.promised > 100);
    start(first);
    all_ended_well(first);
}

/* What one gives back the other can have. */
static void e6_memory_goes_from_one_process_to_another(void) {
    uint32_t all = sbrk_all();
    sbrk(-(intptr_t) all);
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            own_pages();
            char *old = sbrk(0);
            uint32_t n = sbrk_all();
            CHECK(n > all - PAGES(200));
            touch_pages(old, n);
            exit(0); /* with all of it */
        }
        int status = -1;
        EQUAL(wait(&status), pid);
        EQUAL(status, 0);
    }
}

int main(void) {
    begin();
    RUN(e6_sbrk_until_it_fails_then_touch_all);
    RUN(e6_mmap_until_it_fails_then_touch_all);
    RUN(e6_mmap_page_by_page_until_it_fails);
    RUN(e6_munmap_works_when_nothing_is_left);
    RUN(e6_fork_until_it_fails_then_touch_all);
    RUN(e6_a_chain_of_forks_until_it_fails);
    RUN(e6_two_processes_take_all_then_touch_all);
    RUN(e6_memory_goes_from_one_process_to_another);
    return end();
}
