/* sys/stat.h: what a file is, and making folders; leaf has neither. */
#pragma once

#include <sys/cdefs.h>
#include <sys/types.h>

struct stat {
    mode_t st_mode;
    off_t st_size;
    time_t st_mtime;
};

int stat(const char *path, struct stat *s) __lacks("files");
int lstat(const char *path, struct stat *s) __lacks("files");
int fstat(int fd, struct stat *s) __lacks("files");
int chmod(const char *path, mode_t mode) __lacks("files");
int mkdir(const char *path, mode_t mode) __lacks("files");
mode_t umask(mode_t mask) __lacks("files");
