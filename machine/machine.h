/*
 * machine.h: a RISC-V computer, just large enough for leaf.
 *
 *   main.c  in a terminal          wasm.c  in a web page
 *      └──────────────┬───────────────────────┘
 *   cpu.c     decodes and executes instructions
 *      ├── trap.c    control and status registers, traps, interrupts
 *      ├── mmu.c     RAM, address translation and its cache (TLB)
 *      │      └── strict.c  names what QEMU lets pass
 *      └── sbi.c     the firmware, the devices, power on
 *
 * One hart: rv32ima with Zicsr, Zicntr and Zifencei, supervisor and user mode,
 * Sv32; 128 MiB of RAM at 0x80000000; of QEMU virt's devices the test device at
 * 0x00100000 and the sending half of the serial port at 0x10000000.
 * Machine mode is not executed: sbi.c does in C what OpenSBI does there.
 *
 * "Specification" means the RISC-V privileged specification where nothing
 * else is said. The host is little-endian, as RISC-V is.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAM_BASE 0x80000000u
#define RAM_SIZE (128u << 20)
#define PAGE_SIZE 4096u
#define FRAMES (RAM_SIZE / PAGE_SIZE)
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* The clock counts ticks of 100 ns, and ten instructions make a tick: a hart
 * of 100 MHz. Time depends on nothing else, so that the same input gives the
 * same run, whatever the host is. */
#define TICKS_PER_SECOND 10000000u
#define INSTRUCTIONS_PER_TICK 10u

/* ---- The hart's state --------------------------------------------------- */

enum mode { USER, SUPERVISOR };

#define NOT_RESERVED 0xffffffffu

struct hart {
    uint32_t x[33]; /* x[32] takes what is written to x0 */
    uint32_t pc;
    enum mode mode;

    /* Control and status registers, by their names there. */
    uint32_t sstatus, sie, sip, stvec, scounteren, senvcfg;
    uint32_t sscratch, sepc, scause, stval, satp;

    uint64_t instructions; /* executed so far: cycle and instret */
    uint64_t idle;         /* ticks spent in wfi */
    uint64_t timer;        /* the tick at which the timer interrupts */

    /* By lr.w: the address, and what was there. NOT_RESERVED is no word's. */
    uint32_t reserved_address, reserved_value;
};

extern struct hart hart;
extern uint8_t ram[RAM_SIZE];

static inline uint32_t get32(uint32_t at) {
    uint32_t value;
    __builtin_memcpy(&value, &ram[at], 4);
    return value;
}

static inline void put32(uint32_t at, uint32_t value) {
    __builtin_memcpy(&ram[at], &value, 4);
}

/* ---- Running it --------------------------------------------------------- */

enum stop {
    RUNNING, /* the budget is used up */
    IDLE,    /* wfi, and no interrupt is pending: see machine_sleep */
    OFF,     /* exit_status says how */
    NAMED,   /* the strict machine found fault: complaint says with what */
    EVENT,   /* one of watched_events has happened: event tells */
    FULL     /* the host can take no more output for now */
};

/* What machine_run can be made to stop for; these may be added up. */
enum event_kind {
    EVENT_ECALL = 1,  /* a system call: registers are the program's */
    EVENT_FAULT = 2,  /* a page fault */
    EVENT_SATP = 4,   /* satp was written: value is the new one */
    EVENT_RETURN = 8, /* sret to user mode: pc is where it goes on */
    EVENT_INPUT = 16, /* the console was asked for input and had none */
    EVENT_TRAP = 32,  /* any other trap, or an interrupt */
    EVENT_SBI = 64    /* a call of the firmware: value is its extension */
};

struct event {
    uint32_t kind, cause, value, pc, mode; /* of the trap, pc before it */
};

extern bool strict;             /* the temper; set it before power_on */
extern uint32_t ram_size;       /* bytes that are there, likewise */
extern enum stop stop;          /* why machine_run returns */
extern uint32_t exit_status;    /* what QEMU's would be */
extern char complaint[512];     /* the strict machine's last words */
extern uint32_t watched_events; /* a sum of enum event_kind */
extern struct event event;      /* the last one */

/* Lays an ELF file into RAM and starts at its entry. With a seed the rest of
 * RAM is noise, else zero. False: this is no kernel for this machine. */
bool power_on(const uint8_t *elf, uint32_t size, uint32_t seed);

/* Executes so many instructions, unless something stops it earlier. */
enum stop machine_run(uint64_t instructions);

/* After IDLE: ticks to sleep until the timer's interrupt, UINT64_MAX if none
 * will come; and what makes the clock move on. */
uint64_t ticks_to_sleep(void);
void machine_sleep(uint64_t ticks);

/* What the host provides. */
uint32_t host_write(const uint8_t *bytes, uint32_t n); /* how many it took */
int32_t host_read(void); /* a byte, or -1 if there is none */

/* ---- mmu.c -------------------------------------------------------------- */

enum access { FETCH, LOAD, STORE };

/* clang-format off */
enum {
    PTE_V = 1, PTE_R = 2, PTE_W = 4, PTE_X = 8,
    PTE_U = 16, PTE_G = 32, PTE_A = 64, PTE_D = 128
};
/* clang-format on */
#define SATP_SV32 0x80000000u
#define SATP_ASID 0x7fc00000u
#define SATP_PPN 0x003fffffu

/* The TLB: what was found in the page tables, by mode and virtual page. An
 * entry says for each kind of access to which virtual page it applies
 * (NO_PAGE: to none), and how to get from an address there into ram[]. */
#define TLB_ENTRIES 256u
#define NO_PAGE 4u /* equals no address below: bit 2 is never kept */
struct translation {
    uint32_t page[3]; /* for FETCH, LOAD, STORE */
    uint32_t offset;  /* address + offset is an index of ram[] */
};
extern struct translation tlb[2][TLB_ENTRIES];

/* The hit is one comparison: an address that is not aligned to the access's
 * size (1, 2 or 4) keeps a low bit that no page has. */
static inline bool tlb_hit(const struct translation *t, uint32_t address,
                           enum access access, uint32_t size) {
    return t->page[access] == (address & ~(PAGE_SIZE - size));
}

/* The upper bits count too: else the first page of each MiB, where programs and
 * kernels begin, would have the same entry. */
static inline uint32_t tlb_index(uint32_t address) {
    return (address / PAGE_SIZE ^ address >> 24) % TLB_ENTRIES;
}

static inline struct translation *tlb_entry(uint32_t address) {
    return &tlb[hart.mode][tlb_index(address)];
}

/* What a frame is used for, if that makes a store to it a matter for others:
 * such stores never hit the TLB. */
enum { HOLDS_CODE = 1, HOLDS_TABLE = 2 };
extern uint8_t frame_use[FRAMES];
void use_frame(uint32_t frame, uint8_t use);

void tlb_flush(void);

/* A walk of the page tables: how it ended, and which entries it read. */
struct walk {
    uint32_t cause; /* NO_CAUSE, or a fault's */
    uint64_t physical;
    uint32_t entries[2], depth; /* indices of ram[]; how many */
};
struct walk mmu_walk(uint32_t satp, uint32_t address, enum access access);
bool usable_ram(uint64_t physical, uint32_t n);

/* Each returns NO_CAUSE, or a trap's cause with its value in trap_value. */
uint32_t mmu_fetch(uint32_t address);
uint32_t mmu_load(uint32_t address, uint32_t size, uint32_t *value);
uint32_t mmu_store(uint32_t address, uint32_t size, uint32_t value);
uint32_t mmu_atomic(uint32_t how, uint32_t address, uint32_t operand,
                    uint32_t *result);
extern uint32_t trap_value;

/* ---- cpu.c -------------------------------------------------------------- */

/* Executes n instructions, fewer once pausing is set. */
void execute(uint64_t n);
extern bool pausing;            /* execute returns after this instruction */
void stop_for(enum stop why);   /* and so does machine_run */
void code_changed(uint32_t at); /* what ram[at] holds is no longer as decoded */
void code_forget(void);

/* ---- trap.c ------------------------------------------------------------- */

/* clang-format off */
enum {
    FETCH_MISALIGNED, FETCH_ACCESS, ILLEGAL_INSTRUCTION, BREAKPOINT,
    LOAD_MISALIGNED, LOAD_ACCESS, STORE_MISALIGNED, STORE_ACCESS,
    ECALL_USER, ECALL_SUPERVISOR,
    FETCH_PAGE = 12, LOAD_PAGE = 13, STORE_PAGE = 15,
    NO_CAUSE = 0x7fffffff
};
enum {
    SSTATUS_SIE = 1 << 1, SSTATUS_SPIE = 1 << 5, SSTATUS_SPP = 1 << 8,
    SSTATUS_SUM = 1 << 18, SSTATUS_MXR = 1 << 19
};
/* clang-format on */
enum { SOFTWARE_INTERRUPT = 1 << 1, TIMER_INTERRUPT = 1 << 5 };

void enter_trap(uint32_t cause, uint32_t value);
void take_interrupt(void);
bool interrupt_wakes(void); /* one is pending that sie allows */

/* Executes an instruction of the SYSTEM opcode at hart.pc; sets the pc. A
 * cause, or NO_CAUSE. */
uint32_t execute_system(uint32_t instruction);

/* Stops machine_run if somebody watches such events. */
void happened(enum event_kind kind, uint32_t cause, uint32_t value);

/* ---- sbi.c -------------------------------------------------------------- */

uint64_t time_now(void);
void sbi_call(void);
bool device_load(uint64_t physical, uint32_t size, uint32_t *value);
bool device_store(uint64_t physical, uint32_t size, uint32_t value);
