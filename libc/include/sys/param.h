/* sys/param.h: BSD's macros for small sums; each may evaluate its arguments
 * more than once. */
#pragma once

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define howmany(n, by) ((n) / (by) + ((n) % (by) != 0))
#define roundup(n, to) (howmany(n, to) * (to))
#define powerof2(n) (((n) & -(n)) == (n))
