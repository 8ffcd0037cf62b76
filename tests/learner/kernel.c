/*
 * kernel.c: a kernel as the readers of "OS in 1,000 Lines" have one: with that
 * book's names, as far as book/your-kernel.md builds on it. Written for the
 * test of that page, and no further than it needs.
 */
#include "kernel.h"

extern char __kernel_base[], __stack_top[], __free_ram[], __free_ram_end[];
extern char _binary_shell_bin_start[], _binary_shell_bin_size[];

static struct process first;
struct process *current_proc = &first;

void putchar(char ch) {
    register uint32_t a0 __asm__("a0") = (uint8_t) ch;
    register uint32_t a7 __asm__("a7") = 1;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}

static void power_off(uint32_t status) {
    *(volatile uint32_t *) TEST_DEVICE = status << 16 | 0x3333;
    for (;;) {
    }
}

paddr_t alloc_pages(uint32_t n) {
    static paddr_t next_paddr = (paddr_t) __free_ram;
    paddr_t paddr = next_paddr;
    next_paddr += n * PAGE_SIZE;
    if (next_paddr > (paddr_t) __free_ram_end) PANIC("out of memory\n");
    memset((void *) paddr, 0, n * PAGE_SIZE);
    return paddr;
}

void map_page(uint32_t *table1, uint32_t vaddr, paddr_t paddr, uint32_t flags) {
    uint32_t *entry = &table1[vaddr >> 22];
    if (!(*entry & PAGE_V)) *entry = alloc_pages(1) / PAGE_SIZE << 10 | PAGE_V;
    uint32_t *table0 = (uint32_t *) (*entry >> 10 << 12);
    table0[vaddr >> 12 & 1023] = paddr / PAGE_SIZE << 10 | flags | PAGE_V;
}

void handle_syscall(struct trap_frame *f) {
    switch (f->a3) {
    case SYS_PUTCHAR:
        putchar((char) f->a0);
        break;
    case SYS_EXIT:
        printf("process %d exited\n", current_proc->pid);
        power_off(0);
        break;
    default:
        PANIC("unexpected syscall a3=%x\n", f->a3);
    }
}

void handle_trap(struct trap_frame *f) {
    uint32_t cause, value, pc;
    __asm__ volatile("csrr %0, scause" : "=r"(cause));
    __asm__ volatile("csrr %0, stval" : "=r"(value));
    __asm__ volatile("csrr %0, sepc" : "=r"(pc));
    if (cause != 8)
        PANIC("unexpected trap scause=%x, stval=%x, sepc=%x\n", cause, value,
              pc);
    handle_syscall(f);
    __asm__ volatile("csrw sepc, %0" ::"r"(pc + 4));
}

__attribute__((naked, aligned(4))) void kernel_entry(void) {
    __asm__("csrrw sp, sscratch, sp\n"
            "addi sp, sp, -124\n"
            ".set at, 0\n"
            ".irp r, ra,gp,tp,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7,"
            "s0,s1,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11\n"
            "sw \\r, at(sp)\n"
            ".set at, at + 4\n"
            ".endr\n"
            "csrr a0, sscratch\n"
            "sw a0, 120(sp)\n"
            "addi a0, sp, 124\n"
            "csrw sscratch, a0\n"
            "mv a0, sp\n"
            "call handle_trap\n"
            ".set at, 0\n"
            ".irp r, ra,gp,tp,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7,"
            "s0,s1,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11\n"
            "lw \\r, at(sp)\n"
            ".set at, at + 4\n"
            ".endr\n"
            "lw sp, 120(sp)\n"
            "sret\n");
}

struct process *create_process(const void *image, size_t image_size) {
    struct process *proc = &first;
    uint32_t *page_table = (uint32_t *) alloc_pages(1);
    for (paddr_t paddr = (paddr_t) __kernel_base;
         paddr < (paddr_t) __free_ram_end; paddr += PAGE_SIZE)
        map_page(page_table, paddr, paddr, PAGE_R | PAGE_W | PAGE_X);
    map_page(page_table, TEST_DEVICE, TEST_DEVICE, PAGE_R | PAGE_W);
    for (uint32_t off = 0; off < image_size; off += PAGE_SIZE) {
        paddr_t page = alloc_pages(1);
        size_t left = image_size - off;
        memcpy((void *) page, (const char *) image + off,
               left < PAGE_SIZE ? left : PAGE_SIZE);
        map_page(page_table, USER_BASE + off, page,
                 PAGE_U | PAGE_R | PAGE_W | PAGE_X);
    }
    proc->pid = 2; /* 1 is the idle process's */
    proc->page_table = page_table;
    return proc;
}

void kernel_main(void) {
    struct process *p = create_process(_binary_shell_bin_start,
                                       (size_t) _binary_shell_bin_size);
    __asm__ volatile("csrw stvec, %0\n"
                     "sfence.vma\n"
                     "csrw satp, %1\n"
                     "sfence.vma\n"
                     "csrw sscratch, %2\n"
                     "csrw sepc, %3\n"
                     "csrw sstatus, %4\n"
                     "sret\n" ::"r"(kernel_entry),
                     "r"(1u << 31 | (uint32_t) p->page_table / PAGE_SIZE),
                     "r"(p->stack + sizeof p->stack), "r"(USER_BASE),
                     "r"(1 << 5 | 1 << 18));
}

__attribute__((section(".text.boot"), naked)) void boot(void) {
    __asm__("la sp, __stack_top\n"
            "j kernel_main\n");
}
