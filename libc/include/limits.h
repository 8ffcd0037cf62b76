/* limits.h: POSIX's names beside ISO C's, which are the compiler's. */
#pragma once

#include_next <limits.h>

#define LONG_BIT 32
#define WORD_BIT 32
#define NAME_MAX 255
#define PATH_MAX 4096
#define SSIZE_MAX INT_MAX
