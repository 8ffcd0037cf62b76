/*
 * kernel.h: the kernel's constants and structures, and the functions that
 * one part of kernel.c offers to those below it.
 */
#pragma once

#include "common.h"

/* Address spaces. Everything below USER_TOP is a process's own; everything
 * above it is the kernel's and the same in every page table. */
#define USER_BASE 0x01000000u
#ifndef MMAP_BASE /* tests move it */
#define MMAP_BASE 0x40000000u
#endif
#define USER_TOP 0x80000000u
#define STACK_SIZE (256 * 1024u)
#define STACK_BASE (USER_TOP - STACK_SIZE)
#define MMAP_END (STACK_BASE - PAGE_SIZE) /* one page stays unmapped */
#define ARENA_BASE 0xc0000000u
#ifndef ARENA_PAGES /* tests make it small */
#define ARENA_PAGES 4096u
#endif
#define ARENA_END (ARENA_BASE + ARENA_PAGES * PAGE_SIZE)

/* What bounds the time that a system call takes. */
#define PROCESSES_MAX 1024u /* including those that have ended */
#define REGIONS_MAX 1024u   /* of a process, and of the arena */
#define WORK_MAX 10000u     /* of Ctrl-C in a turn: in pages given back */

#define KERNEL_STACK_PAGES 1u
#define BUCKET_MIN 8u
#define BUCKET_MAX 2048u
#define BUCKETS 9          /* 8, 16, … 2048 */
#define TIMER_HZ 10000000u /* QEMU virt's time counter */

static inline uint32_t page_down(uint32_t address) {
    return address & ~(PAGE_SIZE - 1);
}

static inline uint32_t page_up(uint32_t address) {
    return page_down(address + PAGE_SIZE - 1);
}

/* Symbols that kernel.ld defines: addresses, not variables. */
extern uint8_t __text[], __rodata[], __data[], __bss[], __bss_end[];
extern uint8_t __boot_stack[], __boot_stack_top[];
extern uint8_t __free_ram[], __free_ram_end[];

/* Control and status registers, by name. */
#define READ_CSR(reg)                                                          \
    ({                                                                         \
        uint32_t value_;                                                       \
        __asm__ volatile("csrr %0, " #reg : "=r"(value_));                     \
        value_;                                                                \
    })
#define WRITE_CSR(reg, value)                                                  \
    __asm__ volatile("csrw " #reg ", %0" ::"r"((uint32_t) (value)) : "memory")

/* Keeps rare code out of functions that are called often, which then need to
 * save fewer registers. */
#define NOINLINE __attribute__((noinline))

#define SATP_SV32 (1u << 31)
#define INTERRUPT_TIMER (1u << 5) /* in sie, and in sip */
#define SCOUNTEREN_CY_TM_IR 7u

/* Values of scause. */
#define CAUSE_ILLEGAL 2u
#define CAUSE_LOAD_ACCESS 5u
#define CAUSE_ECALL 8u
#define CAUSE_FETCH_PAGE 12u
#define CAUSE_LOAD_PAGE 13u
#define CAUSE_STORE_PAGE 15u
#define CAUSE_TIMER 0x80000005u

/* Sv32 page-table entries. */
#define PTE_V (1u << 0)
#define PTE_R (1u << 1)
#define PTE_W (1u << 2)
#define PTE_X (1u << 3)
#define PTE_U (1u << 4)
#define PTE_G (1u << 5)
#define PTE_A (1u << 6)
#define PTE_D (1u << 7)
#define MEGAPAGE (4 * 1024 * 1024u)

/* What a frame is used for: meminfo counts each kind. */
enum kind {
    FRAME_FREE,
    FRAME_KERNEL,
    FRAME_HEAP,
    FRAME_TABLE,
    FRAME_STACK,
    FRAME_USER
};

/* One record for each frame of free RAM. Links are frame numbers; 0 ends a
 * list (frame 0 holds these records themselves). */
struct frame {
    uint8_t kind;
    uint8_t bucket; /* kernel heap: the size of its blocks, 8 << bucket */
    uint16_t refs;  /* mappings of a user's frame; a bucket's blocks in use */
    uint16_t next;  /* in the list of free frames, of a bucket, or of tables */
    uint16_t prev;  /* in the list of a bucket */
    uint16_t block; /* offset of a bucket page's first free block */
};

/* A stretch of addresses with one purpose. The regions of a list are sorted
 * and never overlap: a process has one, and so has the kernel arena. */
struct region {
    struct region *next;
    uint32_t start, end; /* whole pages */
    uint32_t access;     /* PROT_… */
    uint32_t kind;       /* REGION_…; in the arena, what its frames are for */
    const uint8_t *image; /* the contents of its first file_size bytes; */
    uint32_t file_size;   /* the rest is zero */
};

/* An address space: the regions are the truth, the page table their cache. */
struct space {
    uint32_t *table;
    struct region *regions;
    struct region *heap;
    uint32_t brk;
    uint32_t count;    /* of its regions */
    uint32_t resident; /* pages that have a frame */
    uint32_t faults, copies;
};

struct process {
    uint32_t *sp;         /* where switch_context left it; must come first */
    struct process *next; /* of all processes, in order of birth */
    struct process *next_ready; /* in the ready queue */
    struct process *parent;     /* NULL once the parent has ended */
    uint32_t pid;
    uint32_t state;
    uint32_t status;    /* for wait */
    uint32_t wake_tick; /* while SLEEPING */
    uint32_t ticks;     /* that found it running */
    uint8_t *stack;     /* its kernel stack's run in the arena */
    struct space space;
};

/* What a trap saves: the pc in place of x0, which is always 0,
 * and then every register in the order of its number, x1 to x31. */
struct trap_frame {
    uint32_t pc, ra, sp, gp, tp, t0, t1, t2, s0, s1;
    uint32_t a0, a1, a2, a3, a4, a5, a6, a7;
    uint32_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6;
};

#define PANIC(...) panic(__FILE_NAME__, __LINE__, NULL, __VA_ARGS__)
_Noreturn void panic(const char *file, int line, const struct trap_frame *trap,
                     const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
_Noreturn void power_off(uint32_t status);

/* Written in assembly, or called from it. */
_Noreturn void switch_off(uint32_t status);
struct process *switch_context(struct process *from, struct process *to);
void trap_entry(void);
void first_return(void);

void *kmalloc(size_t size);
void kfree(void *block);
