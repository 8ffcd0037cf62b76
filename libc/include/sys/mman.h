/* sys/mman.h: mapped memory: private and anonymous, with no more rights later
 * than it was made with. */
#pragma once

#include <sys/cdefs.h>
#include <sys/types.h>

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
/* mmap refuses any flags but MAP_PRIVATE | MAP_ANONYMOUS, with EINVAL. */
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_FIXED 16
#define MAP_ANONYMOUS 32
#define MAP_ANON MAP_ANONYMOUS
#define MAP_NORESERVE 0 /* hints, of which leaf takes none */
#define MAP_POPULATE 0
#define MAP_STACK 0
#define MAP_FAILED ((void *) -1)

void *mmap(void *addr, size_t n, int prot, int flags, int fd, off_t offset);
int munmap(void *addr, size_t n);

int mprotect(void *addr, size_t n, int prot) __lacks("mprotect");
void *mremap(void *addr, size_t old, size_t n, int flags, ...)
    __lacks("mremap");
