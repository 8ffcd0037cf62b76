/*
 * libc.c: the part of libc/ that only leaf itself can show: what has 32 bits
 * here, the processor's registers, time, and how a program ends. The rest is
 * held against the host's library (tests/host/libc_functions.c).
 */
#include "check.h"
#include <assert.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <malloc.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- Numbers ---- */

static void longs_have_32_bits(void) {
    char *end;
    errno = 0;
    EQUAL(strtol("2147483647x", &end, 10), LONG_MAX);
    EQUAL(*end, 'x');
    EQUAL(errno, 0);
    EQUAL(strtol("2147483648", NULL, 10), LONG_MAX);
    EQUAL(errno, ERANGE);
    EQUAL(strtol("-99999999999", NULL, 10), LONG_MIN);
    EQUAL(strtoul("4294967296", NULL, 10), ULONG_MAX);
    CHECK(strtoull("0xffffffffffffffff", NULL, 0) == UINT64_MAX);
    CHECK(strtoimax("-9223372036854775808", NULL, 10) == INT64_MIN);
    EQUAL(atoi(" -12 monkeys"), -12);
}

static void divisions_of_64_bits_are_exact(void) {
    for (int i = 0; i < 2000; i++) {
        uint64_t n = (uint64_t) next_random() << 32 | next_random();
        uint64_t by = (uint64_t) next_random() << 32 | next_random();
        n >>= next_random() % 64;
        by >>= next_random() % 64;
        if (by == 0) continue;
        CHECK(n % by < by && n / by * by + n % by == n);
        int64_t m = (int64_t) n, d = (int64_t) by;
        if (d == -1 || d == 0) continue;
        lldiv_t q = lldiv(m, d);
        CHECK(q.quot == m / d && q.rem == m % d);
        CHECK(q.quot * d + q.rem == m);
        CHECK(q.rem == 0 || (q.rem < 0) == (m < 0));
    }
}

static void integers_are_printed_and_scanned_back(void) {
    char text[100];
    int8_t a = -100, a2;
    uint16_t b = 65000, b2;
    int32_t c = INT32_MIN, c2;
    uint64_t d = UINT64_MAX - 5, d2;
    intmax_t e = INTMAX_MIN, e2;
    uintptr_t f = (uintptr_t) text, f2;
    sprintf(text,
            "%" PRId8 " %" PRIo16 " %" PRIi32 " %" PRIX64 " %" PRIdMAX
            " %" PRIxPTR,
            a, b, c, d, e, f);
    EQUAL(sscanf(text,
                 "%" SCNd8 " %" SCNo16 " %" SCNi32 " %" SCNx64 " %" SCNdMAX
                 " %" SCNxPTR,
                 &a2, &b2, &c2, &d2, &e2, &f2),
          6);
    CHECK(a == a2 && b == b2 && c == c2 && d == d2 && e == e2 && f == f2);
}

/* ---- GNU C and registers ---- */

static void small_sums_have_macros(void) {
    EQUAL(MIN(3, -2) + MAX(3, -2), 1);
    EQUAL(howmany(0, 8) * 100 + howmany(8, 8) * 10 + howmany(9, 8), 12);
    EQUAL(roundup(16, 8), 16);
    EQUAL(roundup(17, 8), 24);
    CHECK(powerof2(1) && powerof2(64u) && !powerof2(96) && !powerof2(7u));
}

static void asm_and_typeof_are_keywords(void) {
    typeof(1u) n = 41;
    asm("addi %0, %0, 1" : "+r"(n));
    EQUAL(n, 42);
}

static jmp_buf env;

__attribute__((noinline)) static void jump(int depth, int value) {
    volatile char room[100];
    room[depth] = 1;
    if (depth == 0) longjmp(env, value);
    jump(depth - 1, value);
    room[0] = room[depth];
}

static void longjmp_returns_to_setjmp(void) {
    int a = rand(), b = rand(), c = rand(), d = rand(), e = rand(), f = rand();
    int g = a ^ 1, h = b ^ 2, i = c ^ 3, j = d ^ 4, k = e ^ 5, l = f ^ 6;
    volatile int times = 0;
    int value = setjmp(env);
    times++;
    if (times == 1) jump(20, 7);
    EQUAL(value, times == 2 ? 7 : 1);
    if (times == 2) jump(3, 0);
    EQUAL(times, 3);
    sigjmp_buf place;
    value = sigsetjmp(place, 1);
    if (value == 0) siglongjmp(place, 5);
    EQUAL(value, 5);
    CHECK(g == (a ^ 1) && h == (b ^ 2) && i == (c ^ 3) && j == (d ^ 4));
    CHECK(k == (e ^ 5) && l == (f ^ 6));
}

/* ---- Time ---- */

static int64_t now_ns(void) {
    struct timespec t;
    EQUAL(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void the_clock_goes_on_while_one_sleeps(void) {
    const struct timespec wanted = {0, 25000001}, bad = {0, 1000000000};
    struct timespec left = {1, 1};
    struct timeval day;
    int64_t start = now_ns();
    EQUAL(nanosleep(&wanted, &left), 0);
    EQUAL(left.tv_sec | left.tv_nsec, 0);
    CHECK(now_ns() - start >= 25000001);
    start = now_ns();
    EQUAL(usleep(15001), 0);
    CHECK(now_ns() - start >= 15001000);
    FAILS(nanosleep(&bad, NULL), EINVAL);
    FAILS(clock_gettime(77, &left), EINVAL);
    FAILS(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &left), EINVAL);
    EQUAL(gettimeofday(&day, NULL), 0);
    time_t t, u = time(&t);
    EQUAL(t, u);
    CHECK(u >= day.tv_sec && u <= day.tv_sec + 1);
    CHECK(day.tv_sec < 1000 && day.tv_usec < 1000000);
    EQUAL(timespec_get(&left, TIME_UTC), TIME_UTC);
    CHECK(left.tv_sec >= day.tv_sec && left.tv_nsec < 1000000000);
    EQUAL(timespec_get(&left, 77), 0);
}

static void clock_counts_only_work(void) {
    clock_t start = clock();
    EQUAL(usleep(50000), 0);
    CHECK(clock() - start < 50000);
    for (int64_t until = now_ns() + 100000000; now_ns() < until;) continue;
    CHECK(clock() - start >= 10000);
}

/* ---- The system ---- */

static void the_system_says_what_it_is(void) {
    EQUAL(getpagesize(), PAGE_SIZE);
    EQUAL(sysconf(_SC_PAGESIZE), PAGE_SIZE);
    EQUAL(sysconf(_SC_NPROCESSORS_ONLN), 1);
    EQUAL(sysconf(_SC_PHYS_PAGES), memory().total);
    EQUAL(sysconf(_SC_AVPHYS_PAGES), memory().free - memory().promised);
    EQUAL(sysconf(_SC_OPEN_MAX), 3);
    FAILS(sysconf(-5), EINVAL);
    FAILS(sysconf(_SC_ARG_MAX), EINVAL);
    CHECK(PATH_MAX >= 256 && NAME_MAX >= 14 && SSIZE_MAX == INT_MAX);
    CHECK(FILENAME_MAX == PATH_MAX && MB_CUR_MAX == 1 && BUFSIZ >= 256);
    EQUAL(isatty(1), 1);
    errno = 0;
    EQUAL(isatty(3), 0);
    EQUAL(errno, EBADF);
    EQUAL(getenv("PATH"), NULL);
}

static void the_locale_is_c(void) {
    static const char *const names[] = {NULL, "", "C", "POSIX"};
    for (unsigned i = 0; i < LENGTH(names); i++) {
        const char *name = setlocale(LC_ALL, names[i]);
        CHECK(name && strcmp(name, "C") == 0);
    }
    EQUAL(setlocale(LC_CTYPE, "en_US.UTF-8"), NULL);
}

/* What leaf has not got and POSIX programs ask for is an error they know. */
static void requests_that_leaf_cannot_meet_are_refused(void) {
    const int rights = PROT_READ | PROT_WRITE;
    static const int flags[] = {MAP_SHARED | MAP_ANONYMOUS, MAP_PRIVATE,
                                MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS};
    for (unsigned i = 0; i < LENGTH(flags); i++) {
        errno = 0;
        CHECK(mmap(NULL, 100, rights, flags[i], -1, 0) == MAP_FAILED);
        EQUAL(errno, EINVAL);
    }
    void *p =
        mmap(NULL, 100, rights, MAP_PRIVATE | MAP_ANON | MAP_STACK, -1, 0);
    EQUAL(munmap(p, 100), 0);
    static const int signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1,
                                  SIGPIPE, SIGTERM, SIGCHLD, SIGSTOP};
    for (unsigned i = 0; i < LENGTH(signals); i++)
        FAILS(kill(getpid(), signals[i]), EINVAL);
}

static void end_at_once(void *unused) {
    (void) unused;
    _exit(3);
}

static void no_child_is_ever_stopped(void) {
    int status = in_child(end_at_once, NULL);
    CHECK(WIFEXITED(status) && !WIFSTOPPED(status) && !WCOREDUMP(status));
    EQUAL(waitpid(-1, &status, WUNTRACED | WCONTINUED), -1);
    EQUAL(errno, ECHILD);
}

static void an_error_is_a_text_with_room_for_it(void) {
    char text[40];
    EQUAL(strerror_r(ENOTTY, text, sizeof text), 0);
    CHECK(strcmp(text, strerror(ENOTTY)) == 0);
    EQUAL(strerror_r(ENOTTY, text, 4), ERANGE);
    EQUAL(strlen(text), 3);
}

static void is_child_of(void *parent) {
    exit(getppid() == *(pid_t *) parent ? 0 : 1);
}

static void a_child_knows_its_parent(void) {
    pid_t me = getpid();
    EQUAL(in_child(is_child_of, &me), 0);
}

static void kill_itself(void *unused) {
    (void) unused;
    raise(SIGKILL);
}

static void raise_ends_the_caller(void) {
    int status = in_child(kill_itself, NULL);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void brk_sets_the_break(void) {
    char *start = sbrk(0);
    EQUAL(brk(start + 10000), 0);
    EQUAL(sbrk(0), start + 10000);
    FAILS(brk((void *) 1), EINVAL);
    EQUAL(brk(start), 0);
    EQUAL(sbrk(0), start);
}

static void blocks_are_aligned_as_asked(void) {
    void *p = NULL, *before;
    for (size_t alignment = 4; alignment <= 65536; alignment *= 2) {
        EQUAL(posix_memalign(&p, alignment, 100), 0);
        EQUAL((uintptr_t) p % alignment, 0);
        free(p);
        p = memalign(alignment, 10);
        EQUAL((uintptr_t) p % alignment, 0);
        free(p);
    }
    before = p;
    errno = 0;
    EQUAL(posix_memalign(&p, 2, 100), EINVAL);
    EQUAL(posix_memalign(&p, 24, 100), EINVAL);
    EQUAL(posix_memalign(&p, 16, SIZE_MAX), ENOMEM);
    EQUAL(errno, 0);
    EQUAL(p, before);
    p = valloc(1);
    EQUAL((uintptr_t) p % PAGE_SIZE, 0);
    free(p);
    p = pvalloc(PAGE_SIZE + 1);
    EQUAL((uintptr_t) p % PAGE_SIZE, 0);
    CHECK(malloc_usable_size(p) >= 2 * PAGE_SIZE);
    free(p);
}

/* ---- A program's end ---- */

static int called;

static void third(void) {
    called = called * 10 + 3;
    _exit(called);
}

static void second(void) { called = called * 10 + 2; }

static void registered_last(void) {
    called = called * 10 + 1;
    if (called == 1) atexit(second); /* while they are being called */
}

static void exit_with_handlers(void *unused) {
    (void) unused;
    EQUAL(atexit(third), 0);
    EQUAL(atexit(registered_last), 0);
    exit(9);
}

static void exit_calls_handlers_the_last_one_first(void) {
    EQUAL(in_child(exit_with_handlers, NULL), 123);
}

static void register_too_many(void *unused) {
    (void) unused;
    for (int i = 0; i < 32; i++) EQUAL(atexit(second), 0);
    EQUAL(atexit(second), -1);
    _Exit(7);
}

static void there_is_room_for_32_handlers(void) {
    EQUAL(in_child(register_too_many, NULL), 7);
}

static void messages_then_exit(void *unused) {
    (void) unused;
    errno = ENOMEM;
    warn("%d blocks", 3);
    EQUAL(errno, ENOMEM);
    warnx("too %s", "many");
    errno = ERANGE;
    perror("strtol");
    errno = ECHILD;
    err(5, NULL);
}

static void err_says_why_and_exits(void) {
    EQUAL(in_child(messages_then_exit, NULL), 5);
}

static void each_error_has_a_text_of_its_own(void) {
    static const int errors[] = {0,
                                 EPERM,
                                 ENOENT,
                                 ESRCH,
                                 EINTR,
                                 EIO,
                                 ENXIO,
                                 E2BIG,
                                 ENOEXEC,
                                 EBADF,
                                 ECHILD,
                                 EAGAIN,
                                 ENOMEM,
                                 EACCES,
                                 EFAULT,
                                 EBUSY,
                                 EEXIST,
                                 EXDEV,
                                 ENODEV,
                                 ENOTDIR,
                                 EISDIR,
                                 EINVAL,
                                 ENFILE,
                                 EMFILE,
                                 ENOTTY,
                                 ETXTBSY,
                                 EFBIG,
                                 ENOSPC,
                                 ESPIPE,
                                 EROFS,
                                 EMLINK,
                                 EPIPE,
                                 EDOM,
                                 ERANGE,
                                 EDEADLK,
                                 ENAMETOOLONG,
                                 ENOLCK,
                                 ENOSYS,
                                 ENOTEMPTY,
                                 ELOOP,
                                 ENOMSG,
                                 EIDRM,
                                 ENOSTR,
                                 ENODATA,
                                 ETIME,
                                 ENOSR,
                                 ENOLINK,
                                 EPROTO,
                                 EMULTIHOP,
                                 EBADMSG,
                                 EOVERFLOW,
                                 EILSEQ,
                                 ENOTSOCK,
                                 EDESTADDRREQ,
                                 EMSGSIZE,
                                 EPROTOTYPE,
                                 ENOPROTOOPT,
                                 EPROTONOSUPPORT,
                                 ENOTSUP,
                                 EAFNOSUPPORT,
                                 EADDRINUSE,
                                 EADDRNOTAVAIL,
                                 ENETDOWN,
                                 ENETUNREACH,
                                 ENETRESET,
                                 ECONNABORTED,
                                 ECONNRESET,
                                 ENOBUFS,
                                 EISCONN,
                                 ENOTCONN,
                                 ETIMEDOUT,
                                 ECONNREFUSED,
                                 EHOSTUNREACH,
                                 EALREADY,
                                 EINPROGRESS,
                                 ESTALE,
                                 EDQUOT,
                                 ECANCELED,
                                 EOWNERDEAD,
                                 ENOTRECOVERABLE,
                                 INT_MAX};
    for (unsigned i = 0; i < LENGTH(errors); i++)
        for (unsigned j = 0; j < i; j++)
            if (strcmp(strerror(errors[i]), strerror(errors[j])) == 0)
                FAIL("%d and %d: both %s", errors[j], errors[i],
                     strerror(errors[i]));
    CHECK(strcmp(strerror(INT_MAX), strerror(-1)) == 0); /* unknown */
    for (int error = 1, i = 1; error < 200; error++)
        if (error == errors[i])
            i++;
        else
            CHECK(strcmp(strerror(error), strerror(INT_MAX)) == 0);
}

static void fail_an_assertion(void *unused) {
    (void) unused;
    assert(1 + 1 == 3);
}

static void an_assertion_names_its_place(void) {
    EQUAL(in_child(fail_an_assertion, NULL), 134);
}

/* ---- Streams ---- */

static void streams_go_to_the_console(void) {
    EQUAL(fprintf(stdout, "out %d\n", 1), 6);
    EQUAL(fprintf(stderr, "err %s\n", "two"), 8);
    EQUAL(fputs("three\n", stderr), 0);
    EQUAL(putc('4', stdout), '4');
    EQUAL(fputc('\n', stdout), '\n');
    EQUAL(fwrite("five\n", 1, 5, stdout), 5);
    EQUAL(fflush(stdout), 0);
    EQUAL(fileno(stderr), 2);
    errno = 0;
    EQUAL(fprintf(stdin, "no"), -1);
    EQUAL(errno, EBADF);
    CHECK(ferror(stdin));
    clearerr(stdin);
}

/* What is typed: "one 17\nx". */
static void stdin_gives_what_is_typed(void) {
    char word[10], line[10];
    int n = 0;
    EQUAL(scanf("%9s%d", word, &n), 2);
    CHECK(strcmp(word, "one") == 0 && n == 17);
    EQUAL(getchar(), '\n');
    EQUAL(getc(stdin), 'x');
    EQUAL(ungetc('y', stdin), 'y');
    CHECK(fgets(line, sizeof line, stdin) && strcmp(line, "y") == 0);
    CHECK(feof(stdin));
    EQUAL(fgetc(stdin), EOF);
}

int main(void) {
    begin();
    RUN(longs_have_32_bits);
    RUN(divisions_of_64_bits_are_exact);
    RUN(integers_are_printed_and_scanned_back);
    RUN(small_sums_have_macros);
    RUN(asm_and_typeof_are_keywords);
    RUN(longjmp_returns_to_setjmp);
    RUN(the_clock_goes_on_while_one_sleeps);
    RUN(clock_counts_only_work);
    RUN(the_system_says_what_it_is);
    RUN(the_locale_is_c);
    RUN(requests_that_leaf_cannot_meet_are_refused);
    RUN(no_child_is_ever_stopped);
    RUN(an_error_is_a_text_with_room_for_it);
    RUN(a_child_knows_its_parent);
    RUN(raise_ends_the_caller);
    RUN(brk_sets_the_break);
    RUN(blocks_are_aligned_as_asked);
    RUN(exit_calls_handlers_the_last_one_first);
    RUN(there_is_room_for_32_handlers);
    RUN(err_says_why_and_exits);
    RUN(each_error_has_a_text_of_its_own);
    RUN(an_assertion_names_its_place);
    RUN(streams_go_to_the_console);
    RUN(stdin_gives_what_is_typed);
    return end();
}
