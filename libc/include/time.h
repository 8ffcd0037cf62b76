/* time.h: leaf has no clock of the world's: its time is 0 when it boots. */
#pragma once

#include <sys/cdefs.h>
#include <sys/types.h>
#define __need_NULL
#include <stddef.h>

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

#define CLOCKS_PER_SEC 1000000l
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2 /* refused, with EINVAL */
#define CLOCK_THREAD_CPUTIME_ID 3
#define TIME_UTC 1

time_t time(time_t *now);
clock_t clock(void);
int clock_gettime(clockid_t clock, struct timespec *now);
int clock_getres(clockid_t clock, struct timespec *resolution);
int timespec_get(struct timespec *now, int base);
int nanosleep(const struct timespec *wanted, struct timespec *left);

struct tm {
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday;
    int tm_isdst;
};
struct tm *localtime(const time_t *t) __lacks("calendar");
struct tm *gmtime(const time_t *t) __lacks("calendar");
time_t mktime(struct tm *t) __lacks("calendar");
char *asctime(const struct tm *t) __lacks("calendar");
char *ctime(const time_t *t) __lacks("calendar");
size_t strftime(char *buf, size_t size, const char *fmt, const struct tm *t)
    __lacks("calendar");
double difftime(time_t a, time_t b) __lacks("floating point");
