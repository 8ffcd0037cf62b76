/*
 * mmu.c: memory, and how an address gets there.
 *
 * A load or store first asks the TLB, inline in cpu.c; only what that does not
 * hold comes here. Here the page tables are walked, the TLB is filled, and
 * what is no ordinary access is done: to a device, across two pages, to a
 * frame that holds code or a page table.
 */
#include "machine.h"
#include "strict.h"

/* The firmware keeps the begin of RAM to itself. */
#define FIRMWARE_SIZE 0x50000u
#define MEGAPAGE_SIZE (4u << 20)

uint8_t ram[RAM_SIZE];
uint8_t frame_use[FRAMES];
struct translation tlb[2][TLB_ENTRIES];
uint32_t trap_value;

static const uint8_t page_fault[] = {FETCH_PAGE, LOAD_PAGE, STORE_PAGE};
static const uint8_t access_fault[] = {FETCH_ACCESS, LOAD_ACCESS, STORE_ACCESS};

static uint32_t fail(uint32_t cause, uint32_t address) {
    trap_value = address;
    return cause;
}

/* Whether the n bytes are RAM that the firmware leaves to others. */
bool usable_ram(uint64_t physical, uint32_t n) {
    return physical >= RAM_BASE + FIRMWARE_SIZE &&
           physical + n <= (uint64_t) RAM_BASE + ram_size;
}

/* What physical memory protection forbids to all but the firmware. */
static bool protected(uint64_t physical) {
    return physical >= RAM_BASE && physical < RAM_BASE + FIRMWARE_SIZE;
}

void tlb_flush(void) {
    for (uint32_t i = 0; i < 2 * TLB_ENTRIES; i++)
        for (uint32_t access = FETCH; access <= STORE; access++)
            tlb[i / TLB_ENTRIES][i % TLB_ENTRIES].page[access] = NO_PAGE;
}

/* From now on stores to the frame come here. Only what the TLB knows of stores
 * to it is lost: a translation without its fence lives on, as on QEMU. */
void use_frame(uint32_t frame, uint8_t use) {
    for (uint32_t i = 0; !frame_use[frame] && i < 2 * TLB_ENTRIES; i++) {
        struct translation *t = &tlb[i / TLB_ENTRIES][i % TLB_ENTRIES];
        if ((t->page[STORE] + t->offset) / PAGE_SIZE == frame)
            t->page[STORE] = NO_PAGE;
    }
    frame_use[frame] |= use;
}

/* ---- The walk (specification, "Virtual Address Translation Process") ---- */

/* Whether a leaf allows an access in the hart's mode. */
static bool leaf_allows(uint32_t pte, enum access access) {
    bool readable = pte & PTE_R || (pte & PTE_X && hart.sstatus & SSTATUS_MXR);
    if (hart.mode == USER && !(pte & PTE_U)) return false;
    if (hart.mode == SUPERVISOR && pte & PTE_U &&
        (access == FETCH || !(hart.sstatus & SSTATUS_SUM)))
        return false;
    return access == FETCH  ? pte & PTE_X
           : access == LOAD ? readable
                            : (pte & PTE_W) != 0;
}

/* Translates by the tables of a satp as they are now, and changes nothing. */
struct walk mmu_walk(uint32_t satp, uint32_t address, enum access access) {
    struct walk walk = {.cause = NO_CAUSE, .physical = address};
    if (!(satp & SATP_SV32)) return walk;
    uint64_t table = (uint64_t) (satp & SATP_PPN) * PAGE_SIZE;
    walk.cause = page_fault[access];
    for (int level = 1; level >= 0; level--) {
        uint64_t entry = table + (address >> (12 + 10 * level) & 1023) * 4;
        if (protected(entry)) walk.cause = access_fault[access];
        if (!usable_ram(entry, 4)) return walk;
        uint32_t at = (uint32_t) entry - RAM_BASE, pte = get32(at);
        walk.entries[walk.depth++] = at;
        if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W) return walk;
        if (!(pte & (PTE_R | PTE_X))) { /* a pointer to the next level */
            if (pte & (PTE_A | PTE_D | PTE_U)) return walk;
            table = (uint64_t) (pte >> 10) * PAGE_SIZE;
            continue;
        }
        uint32_t inside = (level ? MEGAPAGE_SIZE : PAGE_SIZE) - 1;
        uint64_t page = (uint64_t) (pte >> 10) * PAGE_SIZE;
        if (page & inside || !leaf_allows(pte, access)) return walk;
        walk.physical = page | (address & inside);
        walk.cause = NO_CAUSE;
        return walk;
    }
    return walk;
}

/* A leaf's A, and for a store its D, must be set: QEMU sets them, the strict
 * machine takes the other choice that the specification gives. */
static bool mark_used(uint32_t at, uint32_t address, enum access access) {
    uint32_t wanted = access == STORE ? PTE_A | PTE_D : PTE_A;
    uint32_t missing = wanted & ~get32(at);
    if (strict) return strict_marked(address, access, at, missing);
    if (missing) put32(at, get32(at) | wanted);
    return true;
}

/* Translates, and lets the TLB hold what it may: RAM only, and for stores only
 * frames in which nobody else takes an interest. */
static uint32_t translate_and_hold(uint32_t address, enum access access,
                                   uint64_t *physical) {
    struct walk walk = mmu_walk(hart.satp, address, access);
    if (strict && !strict_walked(&walk, address, access))
        return fail(page_fault[access], address);
    if (walk.cause != NO_CAUSE) return fail(walk.cause, address);
    if (walk.depth && !mark_used(walk.entries[walk.depth - 1], address, access))
        return fail(page_fault[access], address);
    *physical = walk.physical;
    if (protected(*physical)) return fail(access_fault[access], address);
    if (!usable_ram(*physical, 1)) return NO_CAUSE;
    uint32_t at = (uint32_t) *physical - RAM_BASE;
    struct translation *t = tlb_entry(address);
    uint32_t page = address & ~(PAGE_SIZE - 1), offset = at - address;
    if (t->offset != offset) {
        t->page[FETCH] = t->page[LOAD] = t->page[STORE] = NO_PAGE;
        t->offset = offset;
    }
    if (access != STORE || !frame_use[at / PAGE_SIZE]) t->page[access] = page;
    if (access == STORE) t->page[LOAD] = page; /* where W is set, R is */
    return NO_CAUSE;
}

/* ---- Accesses that the TLB did not answer ------------------------------- */

uint32_t mmu_fetch(uint32_t address) {
    uint64_t physical;
    uint32_t cause = translate_and_hold(address, FETCH, &physical);
    if (cause == NO_CAUSE && !usable_ram(physical, 4))
        return fail(FETCH_ACCESS, address);
    return cause;
}

static uint32_t load_aligned(uint32_t address, uint32_t size, uint32_t *value) {
    uint64_t physical;
    uint32_t cause = translate_and_hold(address, LOAD, &physical);
    *value = 0;
    if (cause != NO_CAUSE) return cause;
    if (usable_ram(physical, size))
        __builtin_memcpy(value, &ram[physical - RAM_BASE], size);
    else if (!device_load(physical, size, value))
        return fail(LOAD_ACCESS, address);
    return NO_CAUSE;
}

static uint32_t store_aligned(uint32_t address, uint32_t size, uint32_t value) {
    uint64_t physical;
    uint32_t cause = translate_and_hold(address, STORE, &physical);
    if (cause != NO_CAUSE) return cause;
    if (!usable_ram(physical, size))
        return device_store(physical, size, value)
                   ? NO_CAUSE
                   : fail(STORE_ACCESS, address);
    uint32_t at = (uint32_t) physical - RAM_BASE, old = get32(at & ~3u);
    __builtin_memcpy(&ram[at], &value, size);
    if (frame_use[at / PAGE_SIZE] & HOLDS_CODE) code_changed(at);
    if (frame_use[at / PAGE_SIZE] & HOLDS_TABLE)
        strict_entry_stored(at & ~3u, old);
    return NO_CAUSE;
}

/* A misaligned access is done byte by byte; if its second page faults, the
 * trap's value is that page's first byte. */
uint32_t mmu_load(uint32_t address, uint32_t size, uint32_t *value) {
    if (address % size == 0) return load_aligned(address, size, value);
    if (strict) return fail(LOAD_MISALIGNED, address);
    uint32_t cause = NO_CAUSE, byte;
    *value = 0;
    for (uint32_t i = 0; i < size && cause == NO_CAUSE; i++) {
        cause = load_aligned(address + i, 1, &byte);
        *value |= byte << 8 * i;
    }
    return cause;
}

/* A store's pages are both asked for first: nothing is half stored. */
static uint32_t both_pages(uint32_t address, uint32_t end) {
    uint64_t physical;
    uint32_t cause = translate_and_hold(address, STORE, &physical);
    if (cause != NO_CAUSE || (address ^ end) < PAGE_SIZE) return cause;
    return translate_and_hold(end & ~(PAGE_SIZE - 1), STORE, &physical);
}

uint32_t mmu_store(uint32_t address, uint32_t size, uint32_t value) {
    if (address % size == 0) return store_aligned(address, size, value);
    if (strict) return fail(STORE_MISALIGNED, address);
    uint32_t cause = both_pages(address, address + size - 1);
    for (uint32_t i = 0; i < size && cause == NO_CAUSE; i++)
        cause = store_aligned(address + i, 1, value >> 8 * i & 255);
    return cause;
}

/* ---- Atomic instructions (unprivileged specification, "A") -------------- */

enum {
    AMOADD,
    AMOSWAP,
    LR,
    SC,
    AMOXOR,
    AMOOR = 8,
    AMOAND = 12,
    AMOMIN = 16,
    AMOMAX = 20,
    AMOMINU = 24,
    AMOMAXU = 28
};

static uint32_t combine(uint32_t how, uint32_t a, uint32_t b) {
    switch (how) {
    case AMOADD: return a + b;
    case AMOXOR: return a ^ b;
    case AMOOR: return a | b;
    case AMOAND: return a & b;
    case AMOMIN: return (int32_t) a < (int32_t) b ? a : b;
    case AMOMAX: return (int32_t) a > (int32_t) b ? a : b;
    case AMOMINU: return a < b ? a : b;
    case AMOMAXU: return a > b ? a : b;
    default: return b; /* AMOSWAP, SC */
    }
}

/* The word at an address, for both: what an AMO loads it must be able to
 * store, and a fault of either is a fault of the store. */
uint32_t mmu_atomic(uint32_t how, uint32_t address, uint32_t operand,
                    uint32_t *result) {
    uint64_t physical;
    enum access access = how == LR ? LOAD : STORE;
    if (how == SC && hart.reserved_address != address) {
        hart.reserved_address = NOT_RESERVED;
        *result = 1; /* it fails before it looks at the page */
        return NO_CAUSE;
    }
    if (address % 4)
        return fail(how == LR ? LOAD_MISALIGNED : STORE_MISALIGNED, address);
    uint32_t cause = translate_and_hold(address, access, &physical), old;
    if (cause != NO_CAUSE) return cause;
    if (!usable_ram(physical, 4)) return fail(access_fault[access], address);
    old = get32((uint32_t) physical - RAM_BASE);
    *result = old;
    if (how == LR) {
        hart.reserved_address = address;
        hart.reserved_value = old;
        return NO_CAUSE;
    }
    if (how == SC) { /* it fails if another value is there by now */
        hart.reserved_address = NOT_RESERVED;
        *result = old != hart.reserved_value;
        if (*result) return NO_CAUSE;
    }
    return store_aligned(address, 4, combine(how, old, operand));
}
