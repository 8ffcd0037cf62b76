/*
 * fences.c: makes each sfence.vma of the kernel and each A and D bit that it
 * writes matter. On the strict machine it ends with status 0 if none is
 * missing. It says where it is, so that a stop can be placed.
 */
#include "user.h"

static int children_that_exit(void) {
    for (int i = 0; i < 3; i++)
        if (fork() == 0) exit(0);
    int n = 0;
    while (wait(NULL) > 0) n++;
    return n;
}

/* A page that is gone faults, though it was just written. */
static int touch_after_munmap(void) {
    volatile char *page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = 1;
    munmap((void *) page, PAGE_SIZE);
    page[0] = 2;
    return 0;
}

static int touch_after_sbrk(void) {
    volatile char *page = sbrk(2 * PAGE_SIZE);
    page[PAGE_SIZE] = 1;
    sbrk(-2 * (int) PAGE_SIZE);
    page[PAGE_SIZE] = 2;
    return 0;
}

static int status_of(int (*work)(void)) {
    if (fork() == 0) exit(work());
    int status = -1;
    wait(&status);
    return status;
}

int main(void) {
    printf("first touches\n");
    char *heap = sbrk(3 * PAGE_SIZE);
    int sum = 0;
    for (int i = 0; i < 3; i++) sum += heap[i * PAGE_SIZE]++;

    printf("a new page table\n");
    size_t size = 9u << 20;
    char *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t at = 0; at < size; at += 1u << 20) mapped[at]++;

    printf("copy on write\n");
    volatile char on_stack = 1;
    if (fork() == 0) { /* the child reads, then writes */
        sum += heap[0] + on_stack;
        heap[0] = mapped[0] = 3;
        exit(0);
    }
    on_stack = 2; /* the parent writes at once */
    heap[0] = mapped[0] = 2;
    wait(NULL);
    heap[PAGE_SIZE]++;

    printf("processes come and go\n");
    for (int i = 0; i < 3; i++) sum += children_that_exit();

    printf("memory goes back\n");
    munmap(mapped, size);
    int segv = 256 + 11;
    return status_of(touch_after_munmap) == segv &&
                   status_of(touch_after_sbrk) == segv && sum >= 9
               ? 0
               : 1;
}
