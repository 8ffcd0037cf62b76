/*
 * kernel_ctrl_c.c: Ctrl-C ends all processes but the first, whatever they are
 * doing, and leaves nothing behind. Runs on the kernel of kernel_hooks.c; who
 * types it waits for `type Ctrl-C`.
 */
#include "../programs/check.h"
#include "kernel_hooks.h"

static int killed, ended;

static void look(const char *what, const struct meminfo *before) {
    struct meminfo after = memory();
    if (memcmp(before, &after, sizeof after)) {
        say("FAIL %s\n", what);
        say_memory("before", before);
        say_memory("after", &after);
        exit(1);
    }
    if (system_call(HOOK_AUDIT, 0, 0, 0, 0, 0, 0)) exit(1);
    say("ok %s: %d killed, %d had ended\n", what, killed, ended);
}

/* Waits for every child. */
static void wait_for_all(void) {
    int status;
    killed = ended = 0;
    while (wait(&status) > 0)
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            killed++;
        else
            ended++;
}

/* Is this the child? Then what follows is its life. */
static bool child(void) {
    pid_t pid = fork();
    if (pid < 0) say("FAIL: fork\n");
    return pid == 0;
}

static void sleep_long(void) {
    msleep(1000000);
    exit(0);
}

/* One that sleeps, reads, computes, waits, has ended; parents and children;
 * an orphan, and a child that its parent has not asked for. */
static void everybody(void) {
    if (child()) sleep_long();
    if (child()) {
        getchar();
        exit(0);
    }
    if (child())
        for (;;) continue;
    if (child())
        for (;;) sched_yield();
    if (child()) {
        if (child()) {
            if (child()) sleep_long();
            wait(NULL);
            exit(0);
        }
        wait(NULL);
        exit(0);
    }
    if (child()) {
        if (child()) /* an orphan soon */
            sleep_long();
        exit(5);
    }
    if (child()) {
        if (child()) /* never asked for */
            exit(0);
        for (;;) sbrk(PAGE_SIZE);
    }
}

/* Nobody is ready: the processor idles on the stack of the process that ran
 * last, and that one has ended. Ctrl-C then ends its parent, too. */
static void last_one_has_ended(void) {
    if (child()) {
        if (child()) {
            msleep(30);
            exit(0);
        }
        sleep_long();
    }
}

int main(void) {
    own_pages();
    struct meminfo before = memory();
    everybody();
    msleep(50);
    say("type Ctrl-C: everybody\n");
    wait_for_all();
    look("everybody", &before);

    for (int i = 0; i < 3; i++) {
        last_one_has_ended();
        say("type Ctrl-C: last_one_has_ended\n");
        wait_for_all();
        look("last_one_has_ended", &before);
    }

    say("type Ctrl-C: alone\n"); /* nobody else: it is a character */
    if (getchar() != 3) say("FAIL: what was typed was not read\n");
    look("alone", &before);
    return 7;
}
