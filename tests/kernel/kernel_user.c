/*
 * kernel_user.c: what processes do to the kernel's memory: rows D9, D11 and
 * F5 of tests/README.md, and the rules for page tables. Runs on the kernel of
 * kernel_hooks.c.
 */
#include "../programs/check.h"
#include "kernel_hooks.h"

static int hook(int number, uint32_t a, uint32_t b) {
    return system_call(number, a, b, 0, 0, 0, 0);
}

#define AUDIT() EQUAL(hook(HOOK_AUDIT, 0, 0), 0)

static void *map(size_t n, int prot) {
    return mmap(NULL, n, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void write_pages(void *start, size_t n) {
    for (size_t at = 0; at < n; at += PAGE_SIZE)
        ((volatile char *) start)[at] = (char) at;
}

/* --- D9: the kernel's memory is the supervisor's ------------------------ */

static void d9_kernel_memory_kills_who_touches_it(void) {
    static const uint32_t places[] = {
        ARENA_BASE,             /* under the first kernel stack */
        ARENA_BASE + PAGE_SIZE, /* our own kernel stack, or another's */
        ARENA_BASE + PAGES(4095),
        KERNEL_BASE,
        KERNEL_BASE + 0x800000, /* free RAM, in a 4 MiB leaf */
        USER_TOP,
        0xfffffffc,
    };
    for (size_t i = 0; i < LENGTH(places); i++) {
        DIES_LOADING((void *) places[i]);
        DIES_STORING((void *) places[i]);
        DIES_JUMPING((void *) places[i]);
    }
}

/* --- Page tables -------------------------------------------------------- */

/* The audit walks every page table: no page is writable and executable, none
 * of the kernel's has U and each has G, A is set, and D where W is. Here
 * there is one of each kind of page, shared and not, in several processes. */
static void w_xor_x_in_every_page_table(void) {
    AUDIT();
    static char data[PAGES(3)];
    char *stack = __builtin_alloca(PAGES(20));
    char *heap = sbrk(PAGES(2000)), *none = map(PAGES(3), PROT_NONE);
    char *read_only = map(PAGES(5), PROT_READ);
    char *both = map(PAGES(1500), PROT_READ | PROT_WRITE);
    CHECK(none != MAP_FAILED && both != MAP_FAILED);
    write_pages(data, sizeof data);
    write_pages(stack, PAGES(20));
    write_pages(heap, PAGES(30));
    write_pages(both, PAGES(30));
    touch(both + PAGES(1499));
    touch(heap + PAGES(1999));
    touch(read_only + PAGES(2));
    AUDIT();
    pid_t pid = fork();
    CHECK(pid >= 0);
    AUDIT();
    write_pages(heap, PAGES(10)); /* copies in one, taken over in the other */
    sched_yield();
    write_pages(both, PAGES(10));
    touch(heap + PAGES(70));
    AUDIT();
    EQUAL(munmap(both + PAGES(5), PAGES(5)), 0);
    EQUAL(sbrk(-(int) PAGES(1990)), heap + PAGES(2000));
    AUDIT();
    if (pid == 0) exit(0);
    EQUAL(wait(NULL), pid);
    AUDIT();
    write_pages(heap, PAGES(10));
    AUDIT();
}

/* --- D11: processes come and go ----------------------------------------- */

/* A family that comes and goes in one of several ways. */
static void live(uint32_t how) {
    if (how % 3 == 0) sched_yield();
    if (how % 5 == 0) write_pages(sbrk(PAGES(3)), PAGES(3));
    if (how % 7 == 0) map(PAGES(2), PROT_READ);
    if (how % 11 == 0 && fork() == 0)
        sched_yield(); /* an orphan, or a zombie that nobody asks for */
    if (how % 13 == 0) kill(getpid(), SIGKILL);
    exit((int) how & 127);
}

static void d11_a_thousand_processes_come_and_go(void) {
    struct meminfo before = memory();
    for (uint32_t n = 0; n < 1000;) {
        for (uint32_t i = 0; i < 25; i++, n++) {
            pid_t pid = fork();
            if (pid == 0) live(n);
            CHECK(pid > 0);
        }
        AUDIT();
        for (uint32_t i = 0; i < 25; i++) CHECK(wait(NULL) > 0);
        for (int i = 0; i < 10; i++) /* the orphans' turns */
            sched_yield();
        EQUAL(memory().heap, before.heap);
        EQUAL(memory().stacks, before.stacks);
        EQUAL(memory().free, before.free);
    }
    FAILS(wait(NULL), ECHILD);
    AUDIT();
}

/* As many as memory allows, at once. */
static void d11_only_memory_limits_their_number(void) {
    uint32_t n = 0;
    pid_t pid, last = 0;
    while ((pid = fork()) > 0) {
        last = pid;
        n++;
    }
    if (pid == 0) {
        sleep(1000);
        exit(0);
    }
    EQUAL(errno, ENOMEM);
    AUDIT();
    CHECK(n > 64);
    struct procinfo p;
    unsigned seen = 0;
    while (procinfo(seen, &p) == 0) seen++;
    EQUAL(p.pid, last);
    EQUAL(seen, n + 2);                   /* we, and process 1 */
    for (unsigned i = 2; i < seen; i++) { /* they come after us, by age */
        EQUAL(procinfo(2, &p), 0);
        EQUAL(kill(p.pid, SIGKILL), 0);
        EQUAL(wait(NULL), p.pid);
    }
    AUDIT();
}

static void orphans_leave_nothing_behind(void) {
    struct meminfo before = memory();
    for (int i = 0; i < 4; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid) continue;
        for (int k = 0; k < 3; k++)
            if (fork() == 0) {
                write_pages(sbrk(PAGES(4)), PAGES(4));
                msleep(i % 2 ? 0 : 20); /* before its parent ends, or after */
                exit(0);
            }
        sched_yield();
        exit(0);
    }
    for (int i = 0; i < 4; i++) CHECK(wait(NULL) > 0);
    AUDIT();
    msleep(60);
    AUDIT();
    EQUAL(memory().stacks, before.stacks);
    EQUAL(memory().free, before.free);
}

/* --- F5: every allocation fails in turn --------------------------------- */

static int errors; /* that the workload was told of */

/* Whether a call went well; if not, it must say why. */
static bool went_well(bool well) {
    if (well) return true;
    EQUAL(errno, ENOMEM);
    errors++;
    return false;
}

/* What a child of the workload does; its errors are its status. */
static void work_in_child(char *shared, size_t n, bool fork_again) {
    errors = 0;
    write_pages(shared, n);
    char *heap = sbrk(PAGES(2));
    if (went_well(heap != (void *) -1)) write_pages(heap, PAGES(2));
    char *more = map(PAGES(4), PROT_READ | PROT_WRITE);
    if (went_well(more != MAP_FAILED)) {
        write_pages(more, PAGES(4));
        went_well(munmap(more + PAGE_SIZE, PAGE_SIZE) == 0);
    }
    if (fork_again) {
        pid_t pid = fork();
        if (pid == 0) work_in_child(shared, n, false);
        int status = 0;
        if (went_well(pid > 0)) {
            EQUAL(wait(&status), pid);
            errors += status;
        }
    }
    exit(errors);
}

static int workload(void) {
    char *heap = sbrk(PAGES(6));
    if (went_well(heap != (void *) -1)) {
        write_pages(heap, PAGES(4));
        CHECK(sbrk(-(int) PAGES(3) + 100) != (void *) -1);
    }
    went_well(sbrk(PAGES(1100)) != (void *) -1); /* another page table */
    char *area = map(PAGES(10), PROT_READ | PROT_WRITE);
    if (went_well(area != MAP_FAILED)) {
        write_pages(area, PAGES(8));
        if (went_well(munmap(area + PAGES(3), PAGES(2)) == 0))
            EQUAL(munmap(area, PAGE_SIZE), 0);
    }
    went_well(map(PAGES(1100), PROT_NONE) != MAP_FAILED);
    errors += hook(HOOK_HEAP, 0, 0);
    static char data[PAGES(2)];
    pid_t pid = fork();
    if (pid == 0) work_in_child(data, sizeof data, true);
    if (went_well(pid > 0)) {
        int status = 0;
        write_pages(data, sizeof data);
        EQUAL(wait(&status), pid);
        errors += status;
    }
    pid = fork();
    if (pid == 0) {
        sleep(1000);
        exit(0);
    }
    if (went_well(pid > 0)) {
        EQUAL(kill(pid, SIGKILL), 0);
        EQUAL(wait(NULL), pid);
    }
    return errors;
}

/* Runs the workload with the k-th allocation refused, and all after it too if
 * `all`; returns how many were. */
static int refuse(uint32_t k, bool all) {
    struct meminfo before = memory();
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        hook(HOOK_REFUSE, k, all);
        int told = workload(), refusals = hook(HOOK_REFUSE, 0, 0);
        if (!all) EQUAL(told, refusals); /* each refusal is one call's error */
        exit(refusals < 100 ? refusals : 100);
    }
    CHECK(pid > 0);
    EQUAL(wait(&status), pid);
    CHECK(WIFEXITED(status));
    AUDIT();
    struct meminfo after = memory();
    if (memcmp(&before, &after, sizeof before)) {
        say_memory("before", &before);
        say_memory("after", &after);
        FAIL("refusal %u%s: memory is not what it was", k, all ? "…" : "");
    }
    return status;
}

static void f5_each_allocation_fails_in_turn(void) {
    uint32_t k = 1;
    for (int refused; (refused = refuse(k, false)); k++) EQUAL(refused, 1);
    say("the workload asks %u times for memory\n", k - 1);
    CHECK(k > 50);
}

static void f5_every_allocation_from_the_kth_on_fails(void) {
    for (uint32_t k = 1; refuse(k, true); k++) continue;
}

/* --- The kernel's stacks ------------------------------------------------ */

/* After all the tests above, and one process killed by a fault. */
static void kernel_stacks_have_room_to_spare(void) {
    DIES_STORING(NULL);
    int used = hook(HOOK_STACK, 0, 0);
    say("kernel stacks: %d of %u bytes used\n", used, PAGE_SIZE);
    CHECK(used > 200 && used <= 3 * (int) PAGE_SIZE / 4);
}

int main(void) {
    begin();
    RUN(d9_kernel_memory_kills_who_touches_it);
    RUN(w_xor_x_in_every_page_table);
    RUN(d11_a_thousand_processes_come_and_go);
    RUN(d11_only_memory_limits_their_number);
    RUN(orphans_leave_nothing_behind);
    RUN(f5_each_allocation_fails_in_turn);
    RUN(f5_every_allocation_from_the_kth_on_fails);
    RUN(kernel_stacks_have_room_to_spare);
    return end();
}
