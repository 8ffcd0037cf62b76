/*
 * What procinfo tells of a process is so.
 *
 * 1: procinfo does not find the process that asks, or not under its number.
 * 2: the parent's number is wrong. (0: there is none, or it has ended.)
 * 3: a question for a process that is not there does not fail with ESRCH.
 * 4: an answer is written to where the process may not write.
 * 5: reserved is not how many pages the process's regions have.
 * 6: resident is not how many of its pages have a frame: 8 touched for the
 * first time are 8 more, and a child has those that it shares.
 * The same holds for a process that another one asks about.
 * 7: faults is wrong: there is one at a first touch, and none at a second. A
 * first touch by the kernel, to store an answer, counts, too.
 * 8: copies is wrong: writing a page that is shared makes one, writing a page
 * that is new, or no longer shared, makes none.
 * 9: a child begins with counts of its parent's.
 * 10: after the end of its name, an answer holds bytes of something else, such
 * as what an earlier call left on the kernel's stack.
 * 11: a process that computes for many ticks has none, or one that sleeps has
 * as many.
 * 12: a process that has ended is not found, though its parent has not asked;
 * or its memory still counts.
 * else: a question about a process brings something down. The first one has
 * no parent, and others have lost theirs.
 */
#include "user.h"

static volatile char pages[9 * PAGE_SIZE];
static volatile char *room;
static struct procinfo before, after;

/* Is there an answer about this process, and what? */
static bool find(pid_t pid, struct procinfo *p) {
    for (unsigned i = 0; procinfo(i, p) == 0; i++)
        if (p->pid == (uint32_t) pid) return true;
    return false;
}

static int asked(void) {
    struct procinfo p;
    memset(&p, 'x', sizeof p);
    if (!find(getpid(), &p) || p.pid != 1) return 1;
    if (p.parent != 0) return 2;
    for (size_t i = strlen(p.name); i < sizeof p.name; i++)
        if (p.name[i]) return 10;
    struct regioninfo r;
    uint32_t reserved = 0;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        reserved += (r.end - r.start) / PAGE_SIZE;
    if (p.reserved != reserved) return 5;
    if (procinfo(1, &p) != -1 || errno != ESRCH) return 3;
    if (procinfo(1000000, &p) != -1 || errno != ESRCH) return 3;
    if (procinfo(0, (void *) 0x80200000) != -1 || errno != EFAULT) return 4;
    return 0;
}

/* Writes 8 pages: how many become resident, are faults, are copied? */
static int writes(uint32_t resident, bool faults, uint32_t copies) {
    find(getpid(), &before);
    find(getpid(), &before); /* once more: now all it needs is there */
    for (int i = 0; i < 8; i++) room[i * PAGE_SIZE] = 1;
    find(getpid(), &after);
    if (after.resident - before.resident != resident) return 6;
    if ((after.faults != before.faults) != faults) return 7;
    return after.copies - before.copies != copies ? 8 : 0;
}

static int in_child(uint32_t resident, uint32_t faults) {
    struct procinfo p;
    if (!find(getpid(), &p)) return 1;
    if (p.parent != 1) return 2;
    if (p.resident < resident) return 6;
    if (p.faults >= faults || p.copies >= 8) return 9;
    return writes(0, true, 8);
}

/* A child that has lost its parent, seen by its parent's parent. */
static int orphan(void) {
    static volatile struct procinfo p; /* what a process that ends leaves */
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) {
            msleep(30);
            exit(0);
        }
        exit(0);
    }
    if (wait(NULL) != child) return 1;
    for (unsigned i = 0; procinfo(i, (struct procinfo *) &p) == 0; i++)
        if (p.pid > (uint32_t) child && p.parent != 0) return 2;
    return 0;
}

/* A child that touches 30 pages more, seen by its parent. */
static int other(void) {
    pid_t child = fork();
    if (child == 0) {
        memset(sbrk(30 * PAGE_SIZE), 1, 30 * PAGE_SIZE);
        for (;;) msleep(1000);
    }
    for (int i = 0; i < 50 && after.state != 2; i++) { /* until it sleeps */
        msleep(10);
        if (!find(getpid(), &before) || !find(child, &after)) return 1;
    }
    kill(child, SIGKILL);
    if (wait(NULL) != child) return 1;
    if (after.resident < before.resident + 25) return 6;
    return after.reserved < before.reserved + 25 ? 5 : 0;
}

/* Computes until it has 5 ticks, but not for ever; then sleeps for 20. */
static int counts_ticks(void) {
    find(getpid(), &before);
    after = before;
    for (int i = 0; i < 100 && after.ticks - before.ticks < 5; i++) {
        for (volatile int j = 0; j < 1000000; j++) continue;
        find(getpid(), &after);
    }
    if (after.ticks - before.ticks < 5) return 11;
    msleep(20 * TICK_MS);
    find(getpid(), &before);
    return before.ticks - after.ticks > 10 ? 11 : 0;
}

/* The kernel is the first to touch a page. */
static int answered(void) {
    char *p = sbrk(3 * PAGE_SIZE);
    p += -(uintptr_t) p % PAGE_SIZE;
    find(getpid(), &before);
    find(getpid(), &before);
    meminfo((void *) (p + PAGE_SIZE));
    find(getpid(), &after);
    return after.faults == before.faults ? 7 : 0;
}

static int zombie(void) {
    pid_t child = fork();
    if (child == 0) exit(0);
    msleep(30);
    bool there = find(child, &after);
    if (wait(NULL) != child) return 1;
    return !there || after.resident || after.reserved ? 12 : 0;
}

int main(void) {
    room = pages + -(uintptr_t) pages % PAGE_SIZE;
    int failed = asked(), status;
    if (!failed) failed = writes(8, true, 0);
    if (!failed) failed = writes(0, false, 0);
    if (failed) return failed;
    for (int i = 0; i < 2; i++) {
        find(getpid(), &before);
        if (fork() == 0) exit(in_child(before.resident, before.faults));
        wait(&status);
        if (status) return WEXITSTATUS(status);
        if ((failed = writes(0, true, 0))) return failed;
        if ((failed = writes(0, false, 0))) return failed;
    }
    if (!(failed = answered()) && !(failed = zombie())) failed = orphan();
    if (!failed) failed = other();
    return failed ? failed : counts_ticks();
}
