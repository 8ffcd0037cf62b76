/* dirent.h: reading folders, of which leaf has none. */
#pragma once

#include <sys/cdefs.h>

typedef struct __dir DIR;
struct dirent {
    char d_name[256];
};

DIR *opendir(const char *path) __lacks("files");
struct dirent *readdir(DIR *dir) __lacks("files");
int closedir(DIR *dir) __lacks("files");
