/* sys/types.h: the types of system calls. */
#pragma once

#define __need_size_t
#include <stddef.h>

typedef int ssize_t;
typedef int pid_t;
typedef int off_t;
typedef unsigned mode_t;
typedef unsigned uid_t;
typedef unsigned gid_t;
typedef unsigned id_t;
typedef unsigned dev_t;
typedef unsigned ino_t;
typedef unsigned nlink_t;
typedef int key_t;
typedef int blkcnt_t;
typedef int blksize_t;
typedef long time_t;
typedef long clock_t;
typedef int clockid_t;
typedef long suseconds_t;
typedef unsigned useconds_t;
