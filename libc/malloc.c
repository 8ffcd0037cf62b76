/* malloc.c: aligned_alloc by its other names. */
#include <errno.h>
#include <malloc.h>
#include <unistd.h>

/* errno stays; the error is what is returned. */
int posix_memalign(void **p, size_t alignment, size_t n) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 ||
        alignment == 0)
        return EINVAL;
    int before = errno;
    void *block = aligned_alloc(alignment, n);
    int error = block ? 0 : errno;
    errno = before;
    if (block) *p = block;
    return error;
}

void *memalign(size_t alignment, size_t n) {
    return aligned_alloc(alignment, n);
}

void *valloc(size_t n) { return aligned_alloc(getpagesize(), n); }

/* As valloc, and whole pages. */
void *pvalloc(size_t n) {
    size_t page = getpagesize();
    return valloc((n + page - 1) / page * page);
}
