/*
 * main.c: the machine in a terminal. Standard input is the keyboard, standard
 * output the screen, the exit status QEMU's.
 */
#define _POSIX_C_SOURCE 200809L
#include "machine.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SLICE 2000000u   /* instructions between looks at the keyboard */
#define STATUS_NAMED 254 /* the strict machine found fault */
#define STATUS_WRONG 2   /* the machine was called wrongly */
#define CTRL_A 1

static bool at_terminal;
static volatile sig_atomic_t ended_by; /* a signal's number */

/* ---- The screen --------------------------------------------------------- */

static uint8_t screen[4096]; /* shown before we wait for anything */
static size_t shown_later;

static void show(void) {
    size_t done = 0;
    while (done < shown_later) {
        ssize_t n = write(STDOUT_FILENO, screen + done, shown_later - done);
        if (n < 0 && errno == EINTR && !ended_by) continue;
        if (n < 0) exit(1); /* the output is closed */
        done += (size_t) n;
    }
    shown_later = 0;
}

uint32_t host_write(const uint8_t *bytes, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (shown_later == sizeof screen) show();
        screen[shown_later++] = bytes[i];
    }
    return n;
}

/* ---- The keyboard ---------------------------------------------------------
 * From a pipe we take a byte when the kernel asks for one, so that the next
 * reader of the pipe finds what the kernel did not want. At a terminal we read
 * ahead: Ctrl-A X must be seen also when the kernel hangs. */

static uint8_t typed[4096];
static size_t typed_first, typed_end;
static bool typing_ended;

static bool readable(void) {
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&in, 1, 0) == 1;
}

/* Ctrl-A is not for the kernel: what follows it says what is meant. */
static void key(uint8_t c) {
    static bool after_ctrl_a;
    if (after_ctrl_a) {
        after_ctrl_a = false;
        if (c == 'x' || c == 'X') ended_by = SIGTERM;
        if (c != CTRL_A) return;
    } else if (c == CTRL_A) {
        after_ctrl_a = true;
        return;
    }
    typed[typed_end++] = c;
}

static void look_at_keyboard(void) {
    uint8_t bytes[64];
    if (typed_first == typed_end) typed_first = typed_end = 0;
    while (sizeof typed - typed_end >= sizeof bytes && !typing_ended &&
           readable()) {
        ssize_t n = read(STDIN_FILENO, bytes, at_terminal ? sizeof bytes : 1);
        if (n < 0 && errno == EINTR) return;
        if (n <= 0) typing_ended = true;
        for (ssize_t i = 0; i < n; i++)
            if (at_terminal)
                key(bytes[i]);
            else
                typed[typed_end++] = bytes[i];
        if (!at_terminal) return;
    }
}

int32_t host_read(void) {
    if (typed_first == typed_end) look_at_keyboard();
    return typed_first < typed_end ? typed[typed_first++] : -1;
}

/* ---- The terminal ------------------------------------------------------- */

static struct termios cooked;

static void leave_terminal(void) {
    tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked);
}

/* Every key is the kernel's, Ctrl-C too. */
static void enter_terminal(void) {
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &cooked)) return;
    at_terminal = true;
    atexit(leave_terminal);
    struct termios raw = cooked;
    raw.c_iflag &= ~(tcflag_t) (BRKINT | ICRNL | INLCR | IGNCR | ISTRIP | IXON);
    raw.c_oflag &= ~(tcflag_t) OPOST;
    raw.c_lflag &= ~(tcflag_t) (ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void on_signal(int number) { ended_by = number; }

/* ---- The machine runs --------------------------------------------------- */

/* Sleeps so long, or a tenth of a second: then we look at the keyboard. */
static void sleep_ticks(uint64_t ticks) {
    const uint64_t most = TICKS_PER_SECOND / 10;
    uint64_t part = ticks < most ? ticks : most;
    struct timespec time = {.tv_nsec = (long) (part * 100)};
    nanosleep(&time, NULL);
    if (ticks != UINT64_MAX) machine_sleep(part);
}

static int run(void) {
    while (!ended_by) {
        enum stop why = machine_run(SLICE);
        show();
        if (why == OFF) return (int) exit_status & 255;
        if (why == NAMED) {
            fprintf(stderr, "\nmachine: %s\n", complaint);
            return STATUS_NAMED;
        }
        if (at_terminal) look_at_keyboard();
        while (why == IDLE && !ended_by) {
            uint64_t ticks = ticks_to_sleep();
            if (!ticks) break;
            sleep_ticks(ticks);
            if (at_terminal) look_at_keyboard();
        }
    }
    return 128 + ended_by;
}

static uint8_t *read_file(const char *name, size_t *size) {
    FILE *file = fopen(name, "rb");
    if (!file) return NULL;
    uint8_t *bytes = malloc(RAM_SIZE);
    *size = bytes ? fread(bytes, 1, RAM_SIZE, file) : 0;
    bool failed = ferror(file);
    fclose(file);
    return failed ? NULL : bytes;
}

static int wrong(const char *what, const char *which) {
    fprintf(stderr,
            "machine: %s%s\n"
            "Usage: machine [--strict] [--seed N] [--count] kernel.elf\n"
            "    --strict  stops at what the specifications forbid and QEMU "
            "lets pass\n"
            "    --seed N  fills RAM with this noise at power on; 0: zeros\n"
            "    --count   prints at the end how many instructions ran\n",
            which, what);
    return STATUS_WRONG;
}

int main(int argc, char **argv) {
    const char *kernel = NULL, *seed_said = NULL;
    bool count = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--strict"))
            strict = true;
        else if (!strcmp(argv[i], "--count"))
            count = true;
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed_said = argv[++i];
        else if (argv[i][0] == '-')
            return wrong(": there is no such option", argv[i]);
        else
            kernel = argv[i];
    }
    if (!kernel) return wrong("no kernel was named", "");
    uint32_t seed = seed_said ? (uint32_t) strtoul(seed_said, NULL, 0) : strict;
    size_t size;
    uint8_t *elf = read_file(kernel, &size);
    if (!elf) return wrong(": it cannot be read", kernel);
    if (!power_on(elf, (uint32_t) size, seed))
        return wrong(": this is no kernel for RV32", kernel);
    free(elf);

    signal(SIGPIPE, SIG_IGN); /* show() sees it */
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    enter_terminal();
    int status = run();
    if (count)
        fprintf(stderr, "machine: %" PRIu64 " instructions\n",
                hart.instructions);
    return status;
}
