/* malloc.h: what others than ISO C and POSIX know of the heap. */
#pragma once

#include <stdlib.h>

size_t malloc_usable_size(void *p);
void *memalign(size_t alignment, size_t n);
void *valloc(size_t n);
void *pvalloc(size_t n);
