/* sys/types.h: the types of system calls. */
#pragma once

#define __need_size_t
#include <stddef.h>

typedef int ssize_t;
typedef int pid_t;
typedef int off_t;
typedef unsigned mode_t;
typedef long time_t;
typedef long suseconds_t;
typedef unsigned useconds_t;
