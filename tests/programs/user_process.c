/*
 * user_process.c: what leaf promises about processes: who runs when, for how
 * long, and what their parents learn.
 */
#include "check.h"

#define PER_MS 10000u /* what now() counts in a millisecond */

/* It begins again after seven minutes: only differences mean something. */
static uint32_t now(void) {
    uint32_t tenths; /* of a microsecond */
    __asm__ volatile("rdtime %0" : "=r"(tenths));
    return tenths;
}

static struct procinfo info_of(pid_t pid) {
    static struct procinfo p;
    for (unsigned i = 0; procinfo(i, &p) == 0; i++)
        if (p.pid == (uint32_t) pid) return p;
    FAIL("process %d is not in procinfo", (int) pid);
}

static pid_t child_that(void (*work)(void)) {
    needs(SYS_FORK);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        work();
        exit(0);
    }
    return pid;
}

static void end_child(pid_t pid) {
    int status = -1;
    EQUAL(kill(pid, SIGKILL), 0);
    EQUAL(wait(&status), pid);
    EQUAL(status, 256 + SIGKILL);
}

static void spin(void) {
    for (;;) continue;
}

static void sleep_for_ages(void) {
    for (;;) msleep(0x7fffffff);
}

static void read_for_ages(void) {
    for (;;) getchar();
}

static void wait_for_a_sleeper(void) {
    child_that(sleep_for_ages);
    wait(NULL);
}

/* Who has just slept begins at a tick; each begins a little later here, since
 * the tick that has begun does not count. */
static void msleep_takes_at_least_as_long_as_asked(void) {
    static const unsigned times[] = {1, 9, 10, 11, 25, 50};
    for (size_t i = 0; i < LENGTH(times); i++)
        for (unsigned later = 0; later < 9; later += 4) {
            uint32_t start = now();
            while (now() - start < later * PER_MS) continue;
            start = now();
            EQUAL(msleep(times[i]), 0);
            CHECK(now() - start >= times[i] * PER_MS);
        }
}

static void sleep_counts_seconds(void) {
    uint32_t start = now();
    EQUAL(sleep(0), 0);
    CHECK(now() - start < 1000 * PER_MS);
    start = now();
    EQUAL(sleep(1), 0);
    CHECK(now() - start >= 1000 * PER_MS && now() - start < 10000 * PER_MS);
}

static void sleep_for_50_days(void) { sleep(4294968); } /* 2^32 ms and more */

static void sleep_for_136_years(void) { sleep(UINT_MAX); }

static void a_long_sleep_does_not_end_at_once(void) {
    pid_t pids[] = {child_that(sleep_for_50_days),
                    child_that(sleep_for_136_years)};
    uint32_t states[LENGTH(pids)];
    msleep(1500);
    for (size_t i = 0; i < LENGTH(pids); i++) {
        states[i] = info_of(pids[i]).state;
        kill(pids[i], SIGKILL);
        wait(NULL);
    }
    for (size_t i = 0; i < LENGTH(pids); i++) EQUAL(states[i], SLEEPING);
}

/* Nobody yields; only the tick makes one give way to another. */
static void spinning_processes_share_the_processor(void) {
    needs(SYS_PROCINFO);
    enum { SPINNERS = 3 };
    pid_t pids[SPINNERS];
    uint32_t ticks[SPINNERS];
    for (int i = 0; i < SPINNERS; i++) pids[i] = child_that(spin);
    for (int n = 0; n < 500 && info_of(pids[0]).ticks < 10; n++) msleep(20);
    for (int i = 0; i < SPINNERS; i++) ticks[i] = info_of(pids[i]).ticks;
    for (int i = 0; i < SPINNERS; i++) end_child(pids[i]);
    CHECK(ticks[0] >= 10);
    for (int i = 0; i < SPINNERS; i++)
        CHECK(ticks[i] + 2 >= ticks[0] && ticks[i] <= ticks[0] + 2);
}

static void who_waits_takes_no_time(void) {
    needs(SYS_PROCINFO);
    pid_t sleeper = child_that(sleep_for_ages),
          reader = child_that(read_for_ages);
    msleep(100);
    EQUAL(info_of(sleeper).state, SLEEPING);
    EQUAL(info_of(reader).state, READING);
    CHECK(info_of(sleeper).ticks <= 1);
    CHECK(info_of(reader).ticks <= 1);
    end_child(reader);
    end_child(sleeper);
}

static void a_process_can_be_killed_whatever_it_does(void) {
    static void (*const works[])(void) = {spin, sleep_for_ages, read_for_ages};
    for (size_t i = 0; i < LENGTH(works); i++)
        for (int turns = 0; turns < 3; turns++) {
            pid_t pid = child_that(works[i]);
            for (int n = 0; n < turns; n++) sched_yield();
            end_child(pid);
        }
}

/* The waiting one's child is left over; it is killed by its number. */
static void a_waiting_process_can_be_killed(void) {
    needs(SYS_PROCINFO);
    pid_t pid = child_that(wait_for_a_sleeper);
    while (info_of(pid).state != WAITING) sched_yield();
    end_child(pid);
    EQUAL(info_of(pid + 1).parent, 0);
    EQUAL(kill(pid + 1, SIGKILL), 0);
    FAILS(wait(NULL), ECHILD);
    FAILS(kill(pid + 1, SIGKILL), ESRCH);
}

static void exit_with_own_pid(void) { exit(getpid() & 255); }

static void wait_tells_of_each_child_once(void) {
    enum { CHILDREN = 20 };
    pid_t pids[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) pids[i] = child_that(exit_with_own_pid);
    for (int left = CHILDREN; left; left--) {
        int status = -1, i = 0;
        pid_t pid = wait(&status);
        while (i < CHILDREN && pids[i] != pid) i++;
        CHECK(i < CHILDREN);
        EQUAL(status, pid & 255);
        pids[i] = 0;
    }
    FAILS(wait(NULL), ECHILD);
}

static void exit_with_a_grandchild(void) { child_that(exit_with_own_pid); }

static void wait_does_not_tell_of_grandchildren(void) {
    pid_t pid = child_that(exit_with_a_grandchild);
    int status = -1;
    EQUAL(wait(&status), pid);
    EQUAL(status, 0);
    FAILS(wait(&status), ECHILD);
    struct procinfo p;
    while (procinfo(2, &p) == 0) sched_yield(); /* until it has ended too */
}

/* G6 */
static void waitpid_waits_for_the_child_it_is_given(void) {
    pid_t first = child_that(exit_with_own_pid);
    pid_t second = child_that(exit_with_own_pid);
    pid_t third = child_that(exit_with_own_pid);
    int status = -1;
    EQUAL(waitpid(second, &status, 0), second);
    EQUAL(status, second & 255);
    FAILS(waitpid(second, &status, 0), ECHILD);
    FAILS(waitpid(getpid(), &status, 0), ECHILD);
    FAILS(waitpid(third + 1, &status, 0), ECHILD);
    EQUAL(waitpid(third, NULL, 0), third);
    EQUAL(waitpid(-1, &status, 0), first);
    EQUAL(status, first & 255);
    FAILS(waitpid(-1, &status, 0), ECHILD);
    FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
}

static void waitpid_need_not_wait(void) {
    pid_t pid = child_that(sleep_for_ages);
    int status = -1;
    EQUAL(waitpid(pid, &status, WNOHANG), 0);
    EQUAL(waitpid(-1, &status, WNOHANG), 0);
    EQUAL(status, -1);
    EQUAL(kill(pid, SIGKILL), 0);
    EQUAL(waitpid(-1, &status, WNOHANG), pid);
    EQUAL(status, 256 + SIGKILL);
    FAILS(waitpid(-1, &status, 2), EINVAL);
}

/* A process that has ended but was not waited for holds its record only. */
static void a_zombie_holds_no_memory_of_its_own(void) {
    needs(SYS_PROCINFO);
    struct meminfo before = memory();
    pid_t pid = child_that(exit_with_own_pid);
    while (info_of(pid).state != ZOMBIE) sched_yield();
    struct meminfo m = memory();
    EQUAL(m.user, before.user);
    EQUAL(m.tables, before.tables);
    EQUAL(m.stacks, before.stacks);
    EQUAL(m.promised, before.promised);
    EQUAL(info_of(pid).resident, 0);
    EQUAL(info_of(pid).reserved, 0);
    int status;
    EQUAL(wait(&status), pid);
}

/* Who has ended cannot be killed, and the status is the one it ended with. */
static void a_kill_changes_nothing_of_a_zombie(void) {
    needs(SYS_PROCINFO);
    pid_t pid = child_that(exit_with_own_pid);
    while (info_of(pid).state != ZOMBIE) sched_yield();
    struct meminfo before = memory();
    for (int i = 0; i < 3; i++) EQUAL(kill(pid, SIGKILL), 0);
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
    int status = -1;
    EQUAL(wait(&status), pid);
    EQUAL(status, pid & 255);
}

static void fork_tells_parent_and_child_apart(void) {
    needs(SYS_FORK);
    pid_t parent = getpid(), pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK(getpid() != parent);
        EQUAL(info_of(getpid()).parent, parent);
        exit(getpid() & 127);
    }
    CHECK(pid > parent);
    int status = -1;
    EQUAL(wait(&status), pid);
    EQUAL(status, pid & 127);
    EQUAL(getpid(), parent);
}

static void pids_are_never_used_twice(void) {
    needs(SYS_FORK);
    pid_t last = getpid();
    for (int i = 0; i < 300; i++) {
        pid_t pid = child_that(exit_with_own_pid);
        CHECK(pid > last);
        last = pid;
        EQUAL(wait(NULL), pid);
    }
}

/* 1,000 processes come and go: the kernel's heap is what it was (D11); the
 * harness compares the rest. */
static void d11_a_thousand_processes_come_and_go(void) {
    uint32_t heap = memory().heap;
    for (int i = 0; i < 100; i++) {
        for (int n = 0; n < 10; n++) child_that(exit_with_own_pid);
        for (int n = 0; n < 10; n++) CHECK(wait(NULL) > 0);
    }
    EQUAL(memory().heap, heap);
}

int main(void) {
    begin();
    RUN(msleep_takes_at_least_as_long_as_asked);
    RUN(sleep_counts_seconds);
    RUN(a_long_sleep_does_not_end_at_once);
    RUN(spinning_processes_share_the_processor);
    RUN(who_waits_takes_no_time);
    RUN(a_process_can_be_killed_whatever_it_does);
    RUN(a_waiting_process_can_be_killed);
    RUN(wait_tells_of_each_child_once);
    RUN(wait_does_not_tell_of_grandchildren);
    RUN(waitpid_waits_for_the_child_it_is_given);
    RUN(waitpid_need_not_wait);
    RUN(a_zombie_holds_no_memory_of_its_own);
    RUN(a_kill_changes_nothing_of_a_zombie);
    RUN(fork_tells_parent_and_child_apart);
    RUN(pids_are_never_used_twice);
    RUN(d11_a_thousand_processes_come_and_go);
    return end();
}
