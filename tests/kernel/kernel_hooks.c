/*
 * kernel_hooks.c: the kernel as it is, with poison in freed frames and a few
 * more system calls (kernel_hooks.h) for programs that test it.
 */
#include "kernel_poison.h"

static bool refused(void);
#define REFUSE() refused()

/* trap_entry calls our trap(), and schedule() our switch_context(): the names
 * in assembly stay as they are, and those in C become others. */
static struct process *measured_switch(struct process *from,
                                       struct process *to);
#define trap leaf_trap
#define switch_context measured_switch
#include "kernel.c"
#undef trap
#undef switch_context
#include "kernel_audit.h"
#include "kernel_hooks.h"

/* --- Refusals ----------------------------------------------------------- */

static uint32_t decisions, refuse_at, refusals;
static bool refuse_all;

static bool refused(void) {
    bool refuse = refuse_at && (++decisions == refuse_at ||
                                (refuse_all && decisions > refuse_at));
    refusals += refuse;
    return refuse;
}

static int32_t hook_refuse(const struct trap_frame *frame) {
    int32_t so_far = (int32_t) refusals;
    decisions = refusals = 0;
    refuse_at = frame->a0;
    refuse_all = frame->a1 != 0;
    return so_far;
}

/* --- Stack depth -------------------------------------------------------- */

#define UNUSED 0x57acf177u

static uint32_t deepest;

/* Fills the stack of a process that has not run yet, under its context. */
static void mark_stack(const struct process *p) {
    const struct context *context = (const struct context *) p->sp;
    if (context->ra != (uint32_t) first_return) return;
    for (uint32_t *at = (uint32_t *) (p->stack + PAGE_SIZE); at < p->sp; at++)
        *at = UNUSED;
}

static void measure_stack(const struct process *p) {
    if (!p->pid) return; /* boot's stack is not marked */
    const uint32_t *at = (const uint32_t *) (p->stack + PAGE_SIZE);
    while (*at == UNUSED) at++;
    uint32_t size = KERNEL_STACK_PAGES * PAGE_SIZE;
    uint32_t used = (uint32_t) p->stack + PAGE_SIZE + size - (uint32_t) at;
    if (used > deepest) deepest = used;
}

static struct process *measured_switch(struct process *from,
                                       struct process *to) {
    measure_stack(from);
    mark_stack(to);
    return switch_context(from, to);
}

/* --- The kernel's own allocations --------------------------------------- */

static int32_t hook_heap(void) {
    static const uint32_t sizes[] = {0,    8,    9,     100,       2048,
                                     2049, 9000, 20000, PAGE_SIZE, 65};
    enum { N = sizeof sizes / sizeof *sizes };
    void *blocks[N];
    int32_t failed = 0;
    for (uint32_t i = 0; i < N; i++) failed += !(blocks[i] = kmalloc(sizes[i]));
    for (uint32_t i = 0; i < N; i++)
        if (blocks[i]) memset(blocks[i], 0x11, sizes[i]);
    for (uint32_t i = 0; i < N; i++) kfree(blocks[i]);
    void *page = alloc_page(FRAME_KERNEL + 1);
    failed += !page;
    if (page) free_page(page);
    return failed;
}

/* ------------------------------------------------------------------------ */

static int32_t hook(const struct trap_frame *frame) {
    const char *wrong;
    switch (frame->a7) {
    case HOOK_AUDIT:
        if ((wrong = audit())) printf("audit: %s\n", wrong);
        return wrong ? 1 : 0;
    case HOOK_REFUSE:
        return hook_refuse(frame);
    case HOOK_HEAP:
        return hook_heap();
    case HOOK_STACK:
        return (int32_t) deepest;
    }
    return -ENOSYS;
}

void trap(struct trap_frame *frame) {
    if (READ_CSR(scause) == CAUSE_ECALL && frame->a7 >= HOOK_FIRST) {
        frame->pc += 4;
        frame->a0 = (uint32_t) hook(frame);
    } else {
        leaf_trap(frame);
        measure_stack(current);
    }
}
