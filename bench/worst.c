/*
 * worst.c: how long a program can hold the machine (row G1). For each system
 * call, fault and tick it makes the case that costs most, as far as the kernel
 * lets it, and counts the instructions until the program runs on: interrupts
 * are off so long. `make bench` runs it under -icount, where a tick comes every
 * 10,000,000 instructions.
 *
 * A line for each goes to bench.py: what was done, with how many things, and
 * the instructions. A line "? N TEXT" asks it to type TEXT N times.
 */
#include "user.h"

#define PAGE 4096
#define MIB (1 << 20)
#define MOST 1024           /* processes or regions that are tried */
#define LIVING 300          /* of them; memory allows fewer to live */
#define BOUNDARY (1u << 24) /* instructions; see exit_at_a_boundary() */

static inline uint32_t now(void) {
    uint32_t n;
    __asm__ volatile("csrr %0, instret" : "=r"(n)::"memory");
    return n;
}

/* What stands between the readings, right behind a tick, so that the next one
 * does not fall between them. */
#define COUNT(statement)                                                       \
    ({                                                                         \
        msleep(1);                                                             \
        uint32_t start_ = now();                                               \
        statement;                                                             \
        now() - start_ - 1;                                                    \
    })

static void report(const char *what, unsigned n, uint32_t instructions) {
    printf("@ worst=%s n=%u instructions=%u\n", what, n,
           (unsigned) instructions);
}

static void must(int condition, const char *what) {
    if (condition) return;
    printf("worst.c failed: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* The longest time, within so many instructions, that we did not run. */
static uint32_t longest_gap(uint32_t instructions) {
    uint32_t start = now(), last = start, longest = 0;
    while (last - start < instructions) {
        uint32_t n = now();
        if (n - last > longest) longest = n - last;
        last = n;
    }
    return longest;
}

/* ---- Regions and pages --------------------------------------------------- */

static char *map(size_t n) {
    return mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
}

/* As many regions as there can be, of a page each, one behind the other;
 * stores how many, and returns where they start. */
static char *map_many(unsigned *n) {
    char *first = map(PAGE), *next = first;
    for (*n = 1; *n < MOST && (next = map(PAGE)) != MAP_FAILED; ++*n)
        must(next == first + *n * PAGE, "regions in a row");
    return first;
}

static void touch(char *p, size_t n) {
    for (size_t at = 0; at < n; at += PAGE) *(volatile char *) (p + at) = 1;
}

/* The break up by as many MiB as there can be. */
static unsigned grow(void) {
    unsigned mib = 63;
    while (mib && sbrk(mib * MIB) == (void *) -1) mib--;
    must(mib > 20, "sbrk");
    return mib;
}

static void the_break(void) {
    unsigned mib;
    report("sbrk_up,_MiB", 63, COUNT(mib = grow()));
    report("sbrk_down,_MiB_untouched", mib, COUNT(sbrk(-(int) mib * MIB)));
    char *p = sbrk(mib * MIB);
    touch(p, mib * MIB);
    report("sbrk_down,_MiB_touched", mib, COUNT(sbrk(-(int) mib * MIB)));
}

/* Reads what has been typed, in one call; then what that left. There must be
 * so much that a walk of the regions for each character would be noticed: the
 * kernel takes a few at each interrupt. */
static uint32_t read_typed(char *to, size_t n) {
    enum { TYPED = 1000 };
    printf("? %u x\n", TYPED);
    for (int i = 0; i < 500; i++) msleep(1);
    int got;
    uint32_t took = COUNT(got = read(0, to, n));
    while (got < TYPED) got += read(0, to, n);
    return took;
}

static void many_regions(void) {
    unsigned n;
    char *first = map_many(&n), *last = first + (n - 1) * PAGE;
    struct regioninfo r;
    unsigned regions = 0;
    while (regioninfo(regions, &r) == 0) regions++;
    report("regioninfo_of_the_last,_regions", regions,
           COUNT(regioninfo(regions - 1, &r)));
    report("first_touch_in_the_last,_regions", n, COUNT(touch(last, 1)));
    report("mmap_that_fails,_regions", n, COUNT(map(0x3f000000)));
    touch(first, n * PAGE);
    report("meminfo_into_the_last,_regions", n,
           COUNT(meminfo((void *) (last - 8))));

    report("read_into_all,_regions", n, read_typed(first, n * PAGE));
    report("read_into_the_last,_regions", n, read_typed(last - 8, PAGE));

    struct procinfo p;
    report("procinfo_of_one_with,_regions", n, COUNT(procinfo(0, &p)));
    pid_t child;
    report("fork_with,_regions", n, COUNT({
               child = fork();
               if (child == 0) exit(0);
           }));
    must(child > 0 && wait(NULL) == child, "fork");
    touch(first, n * PAGE);
    report("munmap_of_all,_regions", n, COUNT(munmap(first, n * PAGE)));

    first = map_many(&n);
    for (unsigned i = 0; i < n; i += 2) munmap(first + i * PAGE, PAGE);
    report("mmap_past_holes", n / 2, COUNT(map(2 * PAGE)));
    munmap(first, 2 * n * PAGE);
}

static void many_pages(void) {
    unsigned mib = 30;
    char *p = sbrk(mib * MIB);
    must(p != (void *) -1, "sbrk");
    touch(p, mib * MIB);
    pid_t child;
    report("fork_with,_MiB", mib, COUNT({
               child = fork();
               if (child == 0)
                   for (;;) msleep(-1);
           }));
    must(child > 0, "fork");
    sched_yield();
    report("kill_of_one_that_shares,_MiB", mib, COUNT(kill(child, SIGKILL)));
    wait(NULL);
    sbrk(-(int) mib * MIB);

    if ((child = fork()) == 0) {
        mib = grow();
        touch((char *) sbrk(0) - mib * MIB, mib * MIB);
        for (;;) msleep(-1);
    }
    struct meminfo m;
    do msleep(100);
    while (meminfo(&m) == 0 && m.free > 5000);
    report("kill_of_one_with_pages", m.user, COUNT(kill(child, SIGKILL)));
    wait(NULL);
}

/* A fork that is refused when it has nearly all that it needs: each page of
 * ours has a page table of its own, and memory ends before the last one. */
static void a_late_refusal(void) {
    if (fork() > 0) {
        wait(NULL);
        return;
    }
    unsigned n = 0;
    while (n < 250 && mmap(NULL, 4 * MIB - PAGE, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {
        touch(map(PAGE), PAGE);
        n++;
    }
    char *p;
    while ((p = map(PAGE)) != MAP_FAILED) touch(p, PAGE);
    struct meminfo m;
    meminfo(&m);
    size_t size = ((m.free - m.promised) / 2 - 330) * PAGE;
    must((p = sbrk(size)) != (void *) -1, "sbrk");
    touch(p, size);
    uint32_t longest = 0;
    for (pid_t child = -1; child < 0; sbrk(-4 * PAGE)) {
        uint32_t took = COUNT({
            child = fork();
            if (child == 0) exit(0);
        });
        if (child < 0 && took > longest) longest = took;
    }
    must(longest > 0, "no fork was refused");
    report("fork_that_fails_late,_page_tables", n, longest);
    exit(0);
}

/* ---- Processes ----------------------------------------------------------- */

/* Waits until a process sleeps, as its sign that it is ready. */
static void until_asleep(pid_t pid) {
    struct procinfo p;
    unsigned i = 0;
    for (;;) {
        while (procinfo(i, &p) == 0 && p.pid != (uint32_t) pid) i++;
        if (p.pid == (uint32_t) pid && p.state == SLEEPING) return;
        msleep(20);
    }
}

static unsigned processes(void) {
    struct procinfo p;
    unsigned n = 0;
    while (procinfo(n, &p) == 0) n++;
    return n;
}

/* Makes children that have ended, or sleep, until there are so many processes
 * or there can be no more. */
static void make_children(unsigned n, int living) {
    for (unsigned i = processes(); i < n; i++) {
        pid_t pid = fork();
        if (pid < 0) return;
        if (pid == 0) {
            if (!living) exit(0);
            for (;;) msleep(-1);
        }
        sched_yield();
    }
}

/* A child that has made such children, and sleeps. */
static pid_t parent_of(unsigned n, int living) {
    pid_t pid = fork();
    if (pid == 0) {
        make_children(n, living);
        for (;;) msleep(-1);
    }
    must(pid > 0, "fork");
    until_asleep(pid);
    return pid;
}

/* Ends whoever lives beside us, and waits for our own. */
static void end_orphans(void) {
    struct procinfo p;
    for (unsigned i = 0; procinfo(i, &p) == 0;)
        if (p.pid != (uint32_t) getpid() && p.state != ZOMBIE)
            kill((pid_t) p.pid, SIGKILL);
        else
            i++;
    while (wait(NULL) > 0) continue;
}

/* Its parent, whose wait() it ends, knows when that was: when the count was a
 * multiple of BOUNDARY. */
static void exit_at_a_boundary(void) {
    while (now() % BOUNDARY < BOUNDARY - 64) continue;
    while (now() % BOUNDARY >= BOUNDARY - 64) continue;
    exit(0);
}

/* As many processes as there can be: most have ended, and so many sleep that
 * memory allows no more. */
static void many_processes(void) {
    pid_t ended = parent_of(MOST - LIVING, 0), sleepers = parent_of(MOST, 1);
    unsigned n = processes();
    struct procinfo p;
    report("tick_with_processes", n, longest_gap(3 * 10000000));
    report("procinfo_of_the_last,_processes", n, COUNT(procinfo(n - 1, &p)));
    report("fork_that_fails,_processes", n, COUNT({
               if (fork() == 0) exit(0);
           }));
    report("kill_of_nobody,_processes", n, COUNT(kill(0x7ffffff0, SIGKILL)));
    report("yield_with_processes", n, COUNT(sched_yield()));
    report("kill_of_a_parent_of_sleepers,_processes", n,
           COUNT(kill(sleepers, SIGKILL)));
    kill(ended, SIGKILL);
    end_orphans();
}

/* Takes all regions, and then all pages that there are. */
static void take_all(void) {
    unsigned n;
    char *p = map_many(&n);
    touch(p, n * PAGE);
    for (int pages = 1 << 14; pages; pages /= 2)
        while ((p = sbrk(pages * PAGE)) != (void *) -1) touch(p, pages * PAGE);
}

/* One with all pages, all regions and all children, which have ended. */
static void one_with_all(void) {
    pid_t pid = fork();
    if (pid == 0) {
        make_children(MOST, 0);
        take_all();
        for (;;) msleep(-1);
    }
    must(pid > 0, "fork");
    until_asleep(pid);
    unsigned n = processes();
    report("kill_of_one_with_all,_processes", n, COUNT(kill(pid, SIGKILL)));
    wait(NULL);
}

/* Of children that have ended: half behind those of somebody else, and all. */
static void ended_children(void) {
    unsigned before = processes();
    pid_t older = parent_of(MOST / 2, 0), younger = parent_of(MOST, 0);
    unsigned n = processes();
    report("kill_of_a_parent_of_half_the_ended,_processes", n,
           COUNT(kill(younger, SIGKILL)));
    kill(older, SIGKILL);
    while (wait(NULL) > 0) continue;
    must(processes() == before, "orphans");

    pid_t all = parent_of(MOST, 0);
    n = processes();
    report("kill_of_a_parent_of_all_the_ended,_processes", n,
           COUNT(kill(all, SIGKILL)));
    wait(NULL);

    if (fork() == 0) {
        make_children(MOST, 0);
        exit_at_a_boundary();
    }
    wait(NULL);
    report("exit_of_a_parent_of_all_the_ended,_processes", n, now() % BOUNDARY);

    make_children(MOST, 0);
    n = processes();
    uint32_t longest = 0, took;
    for (pid_t pid = 0; pid >= 0;) {
        took = COUNT(pid = wait(NULL));
        if (took > longest) longest = took;
    }
    report("wait_with_ended_children", n - before, longest);
}

/* ---- The console --------------------------------------------------------- */

/* Another process writes a MiB in one call, out of the last of many regions.
 * It has a turn of 10 ms; what it takes beyond that is the kernel's. */
static void a_long_write(void) {
    pid_t pid = fork();
    if (pid == 0) {
        unsigned n;
        map_many(&n);
        munmap(map(PAGE), PAGE);
        char *text = sbrk(MIB);
        memset(text, '\r', MIB); /* bench.py leaves them out */
        write(1, text, MIB);
        for (;;) msleep(-1);
    }
    uint32_t gap = longest_gap(12 * 10000000);
    kill(pid, SIGKILL);
    wait(NULL);
    report("write_of_KiB,_beyond_its_turn", MIB / 1024,
           gap > 10000000 ? gap - 10000000 : 0);
}

/* Types Ctrl-C, and counts until there are no others left but these zombies. */
static uint32_t ctrl_c(unsigned zombies) {
    printf("? 1 \003\n");
    uint32_t gap = 0;
    struct procinfo p;
    while (procinfo(zombies, &p) || p.state != ZOMBIE ||
           procinfo(zombies + 1, &p) == 0) {
        uint32_t some = longest_gap(10000000);
        if (some > gap) gap = some;
    }
    while (wait(NULL) > 0) continue;
    return gap;
}

static void ctrl_c_with_processes(void) {
    parent_of(MOST - LIVING, 0);
    parent_of(MOST, 1);
    unsigned n = processes();
    report("Ctrl-C,_processes", n, ctrl_c(2));
}

/* Two share out the memory: the first has a little less than what a kernel
 * might want to end in one go, the second all that is left. */
static void ctrl_c_with_pages(void) {
    unsigned mib = 38;
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            if (i == 0)
                must(sbrk(mib * MIB) != (void *) -1, "sbrk");
            else
                mib = grow();
            touch((char *) sbrk(0) - mib * MIB, mib * MIB);
            for (;;) msleep(-1);
        }
        until_asleep(pid);
    }
    struct meminfo m;
    meminfo(&m);
    report("Ctrl-C,_pages", m.user, ctrl_c(2));
}

/* As many as can sleep beside one that has all pages and all regions. */
static void ctrl_c_with_both(void) {
    enum { SLEEPERS = 42 };
    parent_of(MOST - SLEEPERS - 1, 0);
    parent_of(MOST - 1, 1);
    pid_t pid = fork();
    if (pid == 0) {
        take_all();
        for (;;) msleep(-1);
    }
    must(pid > 0, "fork");
    until_asleep(pid);
    report("Ctrl-C,_processes_and_pages", processes(), ctrl_c(3));
}

/* Characters come in while nobody reads. */
static void typed(void) {
    printf("? 5000 x\n");
    report("tick_while_somebody_types", 5000, longest_gap(5 * 10000000));
}

int main(void) {
    the_break();
    many_regions();
    many_pages();
    a_late_refusal();
    ended_children();
    many_processes();
    one_with_all();
    a_long_write();
    ctrl_c_with_processes();
    ctrl_c_with_pages();
    ctrl_c_with_both();
    typed();
    return 0;
}
