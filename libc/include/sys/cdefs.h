/*
 * sys/cdefs.h: what leaf's headers share. A function that a header should
 * declare and leaf has not got is declared all the same: a use of it is then
 * a line that names the place, the function and the reason.
 */
#pragma once

#define __lacks(what) __attribute__((unavailable("leaf has no " what)))
#define __printf_like(fmt, first)                                              \
    __attribute__((format(__printf__, fmt, first)))
#define __scanf_like(fmt, first) __attribute__((format(__scanf__, fmt, first)))
