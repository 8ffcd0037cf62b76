/*
 * fuzz_syscalls.c: more than 100,000 system calls with wild numbers,
 * pointers and lengths, in several processes at once (row F3). Every answer
 * must be a value or an error that the interface knows, memory that the
 * calls did not ask for must not change, and at the end nothing is lost.
 *
 * Left out is what would only end the test: exit, a read or a sleep that
 * waits for ages (but in children that are killed while they wait), killing
 * one's own parent or siblings, and pages of garbage on the console.
 *
 * The seed is read from the console: a number and Return.
 */
#include "check.h"

enum { PROCESSES = 4, CALLS = 30000 };

#define GUARD 0x1eaf1eafu
static uint32_t guard[64] = {[0 ... 63] = GUARD};
static uint32_t own_start, own_end; /* the program's data: hands off */

static uint32_t random_of(const uint32_t *values, uint32_t n) {
    return values[next_random() % n];
}

/* Where two things meet, mistakes gather: at these, and a few bytes off. */
static uint32_t edge(void) {
    static const uint32_t edges[] = {0,
                                     PAGE_SIZE,
                                     USER_BASE,
                                     MMAP_BASE,
                                     USER_TOP - USER_STACK,
                                     USER_TOP,
                                     KERNEL_BASE,
                                     ARENA_BASE,
                                     0x84000000,
                                     0x10000000,
                                     0x80000000,
                                     0xfffff000,
                                     0x7ffff000,
                                     0x40000000,
                                     MMAP_BASE + PAGES(9),
                                     MMAP_BASE + TABLE_SPAN};
    static const uint32_t offsets[] = {
        0, 0, 1, 2, 3, PAGE_SIZE, -4, -1, -8, PAGE_SIZE - 4, -PAGE_SIZE, -16};
    return random_of(edges, LENGTH(edges)) +
           random_of(offsets, LENGTH(offsets));
}

static uint32_t wild(void) {
    switch (next_random() % 8) {
    case 0:
        return next_random();
    case 1:
        return next_random() % 20;
    case 2:
        return 0 - next_random() % 20;
    case 3:
        return 1u << next_random() % 32;
    case 4:
        return (1u << next_random() % 32) - 1;
    case 5:
        return (next_random() % 4096) * PAGE_SIZE;
    case 6: /* the heap's end */
        return (uint32_t) sbrk(0) + next_random() % 64 - 32;
    }
    return edge();
}

/* One that read and write must refuse, whatever the length. */
static uint32_t bad_pointer(void) {
    static const uint32_t bad[] = {0,
                                   4,
                                   USER_BASE - 1,
                                   USER_TOP - USER_STACK - 1,
                                   USER_TOP,
                                   KERNEL_BASE,
                                   ARENA_BASE,
                                   0xffffffff,
                                   0x84000000,
                                   USER_TOP - USER_STACK - PAGE_SIZE};
    return random_of(bad, LENGTH(bad));
}

static bool known_error(int result) {
    static const int errors[] = {EPERM,  ESRCH,  EBADF,  ECHILD, EAGAIN,
                                 ENOMEM, EFAULT, EINVAL, ENOSYS};
    for (size_t i = 0; i < LENGTH(errors); i++)
        if (result == -errors[i]) return true;
    return false;
}

static uint32_t calls; /* that this process has made */

static int call(int number, uint32_t a, uint32_t b, uint32_t c) {
    int result = system_call(number, a, b, c, wild(), wild(), wild());
    calls++;
    if (result < 0 && !known_error(result))
        FAIL("system call %d (%x, %x, %x) is %d", number, (unsigned) a,
             (unsigned) b, (unsigned) c, result);
    return result;
}

/* --- Memory of its own: the calls change it, touches must find it -------- */

/* A random page that may be touched; 0 if none comes up. */
static uint32_t page_to_touch(uint32_t *access) {
    struct regioninfo r;
    if (regioninfo(next_random() % 12, &r) || r.kind < REGION_HEAP ||
        r.kind == REGION_STACK || r.start == r.end)
        return 0;
    *access = r.access;
    return r.start +
           next_random() % ((r.end - r.start) / PAGE_SIZE) * PAGE_SIZE;
}

/* A pointer that the kernel may write through without harm to the test: not
 * to the program's data, and not to the used end of the stack. */
static uint32_t wild_pointer(void) {
    uint32_t access;
    for (;;) {
        uint32_t p = next_random() % 2
                         ? wild()
                         : page_to_touch(&access) + next_random() % PAGE_SIZE;
        if ((p < own_start - 64 || p >= own_end) &&
            (p < USER_TOP - USER_STACK / 2 || p >= USER_TOP))
            return p;
    }
}

/* What has been granted is there, whatever else is going on. */
static void touch_something(void) {
    uint32_t access, page = page_to_touch(&access);
    if (page && access & PROT_READ) touch((void *) page);
    if (page && access & PROT_WRITE) *(volatile uint32_t *) page = page;
}

/* So that the calls find memory to work on, and leave some to the others. */
static void tidy(void) {
    uint32_t used = (uint32_t) sbrk(0) - own_end;
    if (used > PAGES(800)) sbrk(-(int) used);
    struct regioninfo r;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        if (r.kind == REGION_MMAP &&
            (r.end - r.start > PAGES(500) || next_random() % 4 == 0)) {
            EQUAL(munmap((void *) r.start, r.end - r.start), 0);
            break;
        }
}

/* --- Children ----------------------------------------------------------------
 */

static void one_call(int depth);

/* What a child does until it is killed, or ends. */
static void live(uint32_t how) {
    switch (how) {
    case 0:
        system_call(SYS_READ, 0, own_end - 4, 1, 0, 0, 0);
        break;
    case 1:
        system_call(SYS_SLEEP, 0x7fffffff, 0, 0, 0, 0, 0);
        break;
    case 2:
        for (;;) touch_something();
    case 3:
        if (fork() == 0) /* wait for one that sleeps: an orphan soon */
            msleep(20);
        else
            wait(NULL);
        break;
    default:
        for (uint32_t i = 0; i < how; i++) one_call(1);
    }
}

static void fork_and_wait(void) {
    uint32_t how = next_random() % 20;
    int want = how < 4 ? 256 + SIGKILL : (int) how, status = -1;
    int pid = call(SYS_FORK, wild(), wild(), wild());
    if (pid == 0) {
        stir(how);
        live(how);
        exit((int) how);
    }
    if (pid < 0) {
        EQUAL(pid, -ENOMEM);
        return;
    }
    for (uint32_t i = next_random() % 3; i; i--) sched_yield();
    EQUAL(call(SYS_KILL, (uint32_t) pid, wild() | 0x100, wild()), -EINVAL);
    if (how < 4) EQUAL(call(SYS_KILL, (uint32_t) pid, SIGKILL, wild()), 0);
    EQUAL(call(SYS_WAIT, -1, bad_pointer() & ~0xfffu, 0) >= -EFAULT, true);
    int got = wait(&status);
    if (got == -1) /* the pointer was NULL above: that has waited */
        EQUAL(errno, ECHILD);
    else {
        EQUAL(got, pid);
        CHECK(status == want || (how == 3 && status == 3)); /* no memory */
    }
}

static void fault_somewhere(void) {
    void *p = (void *) bad_pointer();
    pid_t pid = fork();
    if (pid == 0) store_to(p);
    int status = -1;
    if (pid < 0) return;
    EQUAL(wait(&status), pid);
    EQUAL(status, 256 + SIGSEGV);
    say("died %d: store to %08x at pc\n", (int) pid, (unsigned) p);
}

/* --- The calls
 * ------------------------------------------------------------------ */

static void one_call(int depth) {
    uint32_t number = next_random() % 16;
    switch (next_random() % 64) {
    case 0:
        EQUAL(call((int) (wild() | 0x80), wild(), wild(), wild()), -ENOSYS);
        return;
    case 1:
        tidy();
        return;
    case 2:
    case 3:
    case 4:
        touch_something();
        return;
    }
    switch (number) {
    case 0:
        EQUAL(call(0, wild(), wild(), wild()), -ENOSYS);
        break;
    case SYS_EXIT:
        EQUAL(call(SYS_REGIONINFO + 1, wild(), wild(), wild()), -ENOSYS);
        break;
    case SYS_FORK:
        if (depth == 0 && next_random() % 32 == 0) fork_and_wait();
        if (depth == 0 && next_random() % 512 == 0) fault_somewhere();
        break;
    case SYS_WAIT: /* no child: at once */
        CHECK(call(SYS_WAIT, wild(), wild_pointer(), wild()) < 0);
        break;
    case SYS_KILL: {
        static const uint32_t pids[] = {0, 1, 0x7fffffff, 0x80000000, -1, -2};
        uint32_t pid = random_of(pids, LENGTH(pids));
        uint32_t sig = next_random() % 2 ? SIGKILL : wild();
        int got = call(SYS_KILL, pid, sig, wild());
        CHECK(got < 0 || (got == 0 && sig == 0 && pid == 1));
        break;
    }
    case SYS_GETPID:
        EQUAL(call(SYS_GETPID, wild(), wild(), wild()), getpid());
        break;
    case SYS_SLEEP:
        if (next_random() % 256 == 0)
            EQUAL(call(SYS_SLEEP, next_random() % 2, wild(), wild()), 0);
        break;
    case SYS_YIELD:
        if (next_random() % 16 == 0)
            EQUAL(call(SYS_YIELD, wild(), wild(), wild()), 0);
        break;
    case SYS_READ:
    case SYS_WRITE:
        if (next_random() % 4 == 0) { /* no such file, or nothing to do */
            uint32_t file = wild(), n = file <= 2 ? 0 : wild();
            CHECK(call((int) number, file, wild(), n) <= 0);
        } else {
            uint32_t n = wild();
            CHECK(call((int) number, next_random() % 3, bad_pointer(),
                       n ? n : 1) < 0);
        }
        break;
    case SYS_SBRK: {
        int n = (int) wild(), result;
        if (next_random() % 2) n %= (int) PAGES(200);
        result = call(SYS_SBRK, (uint32_t) n, wild(), wild());
        CHECK(result < 0 || (uint32_t) result >= own_end);
        break;
    }
    case SYS_MMAP: {
        uint32_t n = next_random() % 2 ? wild() : next_random() % PAGES(50);
        int result =
            next_random() % 2
                ? call(SYS_MMAP, wild(), n, wild())
                : system_call(SYS_MMAP, 0, n, next_random() % 5,
                              MAP_PRIVATE | MAP_ANONYMOUS, (uint32_t) -1, 0);
        CHECK(result < 0 ? known_error(result)
                         : (uint32_t) result >= MMAP_BASE);
        break;
    }
    case SYS_MUNMAP: {
        uint32_t access, page = page_to_touch(&access);
        if (page >= MMAP_BASE && next_random() % 2)
            call(SYS_MUNMAP, page, next_random() % PAGES(10), wild());
        else
            call(SYS_MUNMAP, wild(), wild(), wild());
        break;
    }
    case SYS_MEMINFO:
        call(SYS_MEMINFO, wild_pointer(), wild(), wild());
        break;
    case SYS_PROCINFO:
        call(SYS_PROCINFO, next_random() % 2 ? wild() : next_random() % 8,
             wild_pointer(), wild());
        break;
    case SYS_REGIONINFO:
        call(SYS_REGIONINFO, next_random() % 2 ? wild() : next_random() % 8,
             wild_pointer(), wild());
        break;
    }
}

static void check_everything(void) {
    struct meminfo m = memory();
    CHECK(adds_up(&m));
    for (size_t i = 0; i < LENGTH(guard); i++) EQUAL(guard[i], GUARD);
}

static void fuzz(void) {
    own_pages();
    while (calls < CALLS) {
        one_call(0);
        if (calls % 64 == 0) check_everything();
    }
    check_everything();
}

static void f3_120000_wild_system_calls(void) {
    needs(SYS_MUNMAP);
    struct regioninfo r;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        if (r.kind == REGION_DATA) own_start = r.start, own_end = r.end;
    for (uint32_t i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();
        CHECK(pid > 0 || pid == 0);
        if (pid == 0) {
            stir(i);
            fuzz();
            exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        CHECK(wait(&status) > 0);
        EQUAL(status, 0);
    }
    struct procinfo p; /* the last orphans end by themselves */
    while (procinfo(2, &p) == 0) msleep(10);
    check_everything();
}

int main(void) {
    ask_seed();
    begin();
    RUN(f3_120000_wild_system_calls);
    return end();
}
