/*
 * kernel_watch.c: the kernel as it is, watched while any program runs.
 *
 * A processor may remember any entry of a page table from when it was last
 * told to forget it. QEMU forgets much by itself, so that a missing fence
 * does not show there. Here a shadow of the tables in use holds what a
 * processor may remember: sfence.vma, for the assembler a macro, brings it up
 * to date (the one leaf that it names, or all), nothing else does. Whenever
 * the kernel is done with a trap the shadow must equal the tables.
 *
 * Every so often the kernel is audited, too (kernel_audit.h).
 */
#define CALLER_SAVED "ra,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7"
__asm__(".macro sfence.vma address=zero, asid=zero\n"
        "    csrw stval, t0\n" /* a place for it that is no memory */
        "    csrr t0, satp\n"
        "    beqz t0, 1f\n" /* before translation, and at power_off */
        "    csrr t0, stval\n"
        "    addi sp, sp, -64\n"
        "    .set at, 0\n"
        "    .irp reg, " CALLER_SAVED "\n"
        "    sw \\reg, at(sp)\n"
        "    .set at, at + 4\n"
        "    .endr\n"
        "    mv a0, \\address\n" /* 0: all entries */
        "    call fenced\n"
        "    .set at, 0\n"
        "    .irp reg, " CALLER_SAVED "\n"
        "    lw \\reg, at(sp)\n"
        "    .set at, at + 4\n"
        "    .endr\n"
        "    addi sp, sp, 64\n"
        "    csrw stval, t0\n"
        "1:  csrr t0, stval\n"
        "    .insn r 0x73, 0, 9, zero, \\address, \\asid\n"
        ".endm\n");

#include "kernel_poison.h"
#define trap leaf_trap
#include "kernel.c"
#undef trap
#include "kernel_audit.h"

#define SHADOWS 64
#define AUDIT_EVERY 256

static uint32_t shadow_satp;
static uint32_t shadow_root[ENTRIES];
static uint32_t shadows[SHADOWS][ENTRIES]; /* of the tables below */
static uint8_t shadow_of[ENTRIES];         /* which, for an entry of the root */
static uint32_t traps;

static bool is_table(uint32_t entry) {
    return (entry & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V;
}

static const uint32_t *root_in_use(void) {
    return (const uint32_t *) (READ_CSR(satp) << 12);
}

static void differs(uint32_t at, uint32_t entry, uint32_t remembered) {
    PANIC("no fence at %08x: the entry is %08x, remembered as %08x", at, entry,
          remembered);
}

/* Panics unless the table behind an entry of a root is as remembered. */
static void compare_table(const uint32_t *root, uint32_t i) {
    const uint32_t *table = (const uint32_t *) PTE_PAGE(root[i]);
    const uint32_t *shadow = shadows[shadow_of[i]];
    if (memcmp(table, shadow, PAGE_SIZE) == 0) return;
    for (uint32_t j = 0; j < ENTRIES; j++)
        if (table[j] != shadow[j])
            differs(i << 22 | j << 12, table[j], shadow[j]);
}

/* The kernel uses what it maps in the arena at once: it must not rely on a
 * fence for something else that happens to follow. */
static void compare_arena(void) {
    for (uint32_t at = ARENA_BASE; at < ARENA_END; at += MEGAPAGE)
        compare_table(kernel_table, at >> 22);
}

static void compare_all(void) {
    const uint32_t *root = root_in_use();
    if (READ_CSR(satp) != shadow_satp)
        PANIC("no fence at satp %08x", READ_CSR(satp));
    for (uint32_t i = 0; i < ENTRIES; i++) {
        if (root[i] != shadow_root[i])
            differs(i << 22, root[i], shadow_root[i]);
        if (is_table(root[i])) compare_table(root, i);
    }
}

static void shadow_all(void) {
    const uint32_t *root = root_in_use();
    uint8_t used = 0;
    if (shadow_satp) compare_arena();
    shadow_satp = READ_CSR(satp);
    memcpy(shadow_root, root, PAGE_SIZE);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        if (!is_table(root[i])) continue;
        if (used == SHADOWS) PANIC("more tables than shadows");
        memcpy(shadows[used], PTE_PAGE(root[i]), PAGE_SIZE);
        shadow_of[i] = used++;
    }
}

void fenced(uint32_t address);
void fenced(uint32_t address) {
    if (!address) {
        shadow_all();
        return;
    }
    uint32_t i = address >> 22, j = address / PAGE_SIZE % ENTRIES;
    const uint32_t *root = root_in_use();
    if (is_table(root[i]) && root[i] == shadow_root[i])
        shadows[shadow_of[i]][j] = ((uint32_t *) PTE_PAGE(root[i]))[j];
}

void trap(struct trap_frame *frame) {
    leaf_trap(frame);
    compare_all();
    if (++traps % AUDIT_EVERY) return;
    const char *wrong = audit();
    if (wrong) PANIC("audit: %s", wrong);
}
