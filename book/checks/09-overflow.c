/*
 * A kernel stack that overflows harms nothing else.
 *
 * 1: a kernel stack that overflows destroys what lies below it: the page under
 * a stack must not be mapped.
 * else: a kernel stack that overflows does not trap.
 */
#define kernel_main kernel_main_of_the_tree
#define kernel_trap kernel_trap_of_the_tree
#include "kernel.c"
#undef kernel_main
#undef kernel_trap

void kernel_trap(const struct trap_frame *trap); /* trap_entry calls this */

/* TEST says that it runs; in later chapters processes begin otherwise. */
#ifdef TEST
static uint8_t *below;

void kernel_trap(const struct trap_frame *trap) {
    (void) trap;
    for (uint32_t i = 0; i < PAGE_SIZE; i++)
        if (below[i] != 0xee) power_off(1);
    power_off(0);
}

static __attribute__((noinline)) uint32_t deeper(volatile uint32_t *n) {
    volatile uint32_t more[8] = {*n + 1};
    return more[0] ? deeper(more) + more[0] : 0;
}

static void overflow(void) {
    volatile uint32_t n = 1;
    deeper(&n);
}

void kernel_main(void) {
    (void) kernel_trap_of_the_tree;
    kernel_init();
    below = memset(kmalloc(PAGE_SIZE), 0xee, PAGE_SIZE);
    new_process("overflow", overflow);
    schedule();
}
#endif
