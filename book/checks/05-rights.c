/*
 * Each part of the kernel has the rights it needs, and no others.
 *
 * 1: satp does not turn Sv32 on.
 * 2: the code can be written to, or cannot be executed.
 * 3: constants can be written to or executed.
 * 4: data, a stack or free RAM can be executed, or cannot be written to.
 * 5: A is not set somewhere, or D where it can be written: a processor that
 *    sets neither itself would fault for ever.
 * 6: address 0 is mapped.
 * 7: user mode could use a page of the kernel's.
 * 8: what lies right below the boot stack can be written to, so that a stack
 * that overflows destroys it.
 * 9: what lies past free RAM is mapped: a large leaf must not reach past the
 * end.
 * else: the page tables do not cover the kernel and free RAM.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

static uint32_t leaf_of(uint32_t address) {
    const uint32_t *root = (uint32_t *) (READ_CSR(satp) << 12);
    uint32_t entry = root[address >> 22];
    if (!(entry & PTE_V) || entry & (PTE_R | PTE_W | PTE_X)) return entry;
    const uint32_t *table = (uint32_t *) (entry >> 10 << 12);
    return table[address >> 12 & 0x3ff];
}

void kernel_main(void) {
    kernel_init();
    if (!(READ_CSR(satp) >> 31)) power_off(1);
    for (uint8_t *at = __text; at < __free_ram_end; at += PAGE_SIZE) {
        uint32_t leaf = leaf_of((uint32_t) at);
        uint32_t rights = leaf & (PTE_R | PTE_W | PTE_X);
        if (at < __rodata && rights != (PTE_R | PTE_X)) power_off(2);
        if (at >= __rodata && at < __data && rights != PTE_R) power_off(3);
        if (at >= __data && rights != (PTE_R | PTE_W)) power_off(4);
        if (!(leaf & PTE_A) || (rights & PTE_W && !(leaf & PTE_D)))
            power_off(5);
        if (leaf & PTE_U) power_off(7);
    }
    if (leaf_of(0) & PTE_V) power_off(6);
    if (leaf_of((uint32_t) __boot_stack - 4) & PTE_W) power_off(8);
    if (leaf_of((uint32_t) __free_ram_end) & PTE_V) power_off(9);
    power_off(0);
}
