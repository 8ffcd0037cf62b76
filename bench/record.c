/*
 * record.c: writes down every malloc, calloc, realloc and free of a program of
 * this machine. Built as a library and loaded before the C library:
 *
 *     LEAF_RECORD=out LD_PRELOAD=./record.so program arguments
 *
 * `trace.py record` does that, and turns the records into a trace. The file is
 * a header and fixed records in shared memory, so nothing is lost when the
 * program ends by _exit or a signal. Only the first process is recorded: its
 * children are on their own. Works with glibc.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* One call: `old` went in (free, realloc), `new` came out, or 0. */
struct record {
    uint64_t old, new, size;
};

/* The file is sparse: it takes room only for what was recorded. */
#define RECORDS (40u << 20)
static struct {
    uint64_t count;
    struct record record[RECORDS];
} * file;

static int
    lock; /* taken over the call too, so that the order is the true one */

/* What glibc's own functions are called when somebody replaces them. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
void __libc_free(void *p);

static void enter(void) {
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
        ;
}

static void *leave(void *old, void *new, size_t size) {
    if (file && file->count < RECORDS && (old || new))
        file->record[file->count++] =
            (struct record){(uintptr_t) old, (uintptr_t) new, size};
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    return new;
}

static void child(void) {
    file = NULL;
    lock = 0;
}

__attribute__((constructor)) static void start(void) {
    const char *name = getenv("LEAF_RECORD");
    if (!name) return;
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || ftruncate(fd, sizeof *file) != 0) abort();
    void *memory =
        mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) abort();
    close(fd);
    unsetenv("LD_PRELOAD");
    unsetenv("LEAF_RECORD");
    pthread_atfork(NULL, NULL, child);
    file = memory;
}

void *malloc(size_t n) {
    enter();
    return leave(NULL, __libc_malloc(n), n);
}

void *calloc(size_t n, size_t size) {
    enter();
    return leave(NULL, __libc_calloc(n, size), n * size);
}

void *realloc(void *p, size_t n) {
    enter();
    void *new = __libc_realloc(p, n);
    if (!new &&n > 0) /* failed: the old block stays */
        return leave(NULL, NULL, 0);
    return leave(p, new, n);
}

void *reallocarray(void *p, size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, bytes);
}

void *memalign(size_t align, size_t n) {
    enter();
    return leave(NULL, __libc_memalign(align, n), n);
}

void *aligned_alloc(size_t align, size_t n) { return memalign(align, n); }

int posix_memalign(void **p, size_t align, size_t n) {
    void *new = memalign(align, n);
    if (!new) return ENOMEM;
    *p = new;
    return 0;
}

void free(void *p) {
    enter();
    __libc_free(p);
    leave(p, NULL, 0);
}
