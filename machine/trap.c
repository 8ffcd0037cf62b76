/*
 * trap.c: the privileged part of the processor: control and status registers,
 * traps, interrupts and the instructions that only the kernel may use.
 */
#include "machine.h"
#include "strict.h"

#define SSTATUS_WRITABLE                                                       \
    (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_SUM | SSTATUS_MXR)
#define INTERRUPTS 0x222u /* software, timer, external */
#define INTERRUPT_CAUSE 0x80000000u

struct hart hart;
uint32_t watched_events;
struct event event;

void happened(enum event_kind kind, uint32_t cause, uint32_t value) {
    if (!(watched_events & kind) || stop != RUNNING) return;
    event = (struct event){kind, cause, value, hart.pc, hart.mode};
    stop_for(EVENT);
}

/* ---- Traps (specification, "Supervisor CSRs") --------------------------- */

void enter_trap(uint32_t cause, uint32_t value) {
    bool fault = cause >= FETCH_PAGE && cause <= STORE_PAGE;
    happened(cause == ECALL_USER ? EVENT_ECALL
             : fault             ? EVENT_FAULT
                                 : EVENT_TRAP,
             cause, value);
    hart.scause = cause;
    hart.stval = value;
    hart.sepc = hart.pc;
    bool enabled = hart.sstatus & SSTATUS_SIE;
    hart.sstatus &= ~(uint32_t) (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP);
    if (enabled) hart.sstatus |= SSTATUS_SPIE;
    if (hart.mode == SUPERVISOR) hart.sstatus |= SSTATUS_SPP;
    hart.mode = SUPERVISOR;
    hart.reserved_address = NOT_RESERVED;
    bool vectored = hart.stvec & 1 && cause & INTERRUPT_CAUSE;
    hart.pc = (hart.stvec & ~3u) + (vectored ? cause << 2 : 0);
}

static void return_from_trap(void) {
    hart.mode = hart.sstatus & SSTATUS_SPP ? SUPERVISOR : USER;
    bool enabled = hart.sstatus & SSTATUS_SPIE;
    hart.sstatus &= ~(uint32_t) (SSTATUS_SIE | SSTATUS_SPP);
    hart.sstatus |= SSTATUS_SPIE | (enabled ? SSTATUS_SIE : 0);
    hart.pc = hart.sepc;
    hart.reserved_address = NOT_RESERVED;
    if (hart.mode == USER) happened(EVENT_RETURN, 0, 0);
}

bool interrupt_wakes(void) { return hart.sip & hart.sie; }

void take_interrupt(void) {
    uint32_t pending = hart.sip & hart.sie;
    if (!pending || (hart.mode == SUPERVISOR && !(hart.sstatus & SSTATUS_SIE)))
        return;
    uint32_t number = pending & SOFTWARE_INTERRUPT ? 1 : 5;
    enter_trap(INTERRUPT_CAUSE | number, 0);
}

/* ---- Control and status registers --------------------------------------- */

/* clang-format off */
enum csr {
    CSR_SSTATUS = 0x100, CSR_SIE = 0x104, CSR_STVEC = 0x105,
    CSR_SCOUNTEREN = 0x106, CSR_SENVCFG = 0x10a, CSR_SSCRATCH = 0x140,
    CSR_SEPC = 0x141, CSR_SCAUSE = 0x142, CSR_STVAL = 0x143, CSR_SIP = 0x144,
    CSR_SATP = 0x180,
    CSR_CYCLE = 0xc00, CSR_TIME, CSR_INSTRET,
    CSR_CYCLEH = 0xc80, CSR_TIMEH, CSR_INSTRETH
};
/* clang-format on */

/* A CSR's number says who may use it, and whether it can be written. */
static bool csr_allowed(uint32_t csr, bool write) {
    uint32_t lowest_mode = csr >> 8 & 3;
    bool read_only = csr >> 10 == 3;
    return lowest_mode <= (uint32_t) hart.mode && !(write && read_only);
}

/* Whether a counter may be read: 0 cycle, 1 time, 2 instret. What scounteren
 * says of the time is of no account with OpenSBI, which answers in any case. */
static bool counter_allowed(uint32_t counter) {
    if (hart.mode == SUPERVISOR || (counter == 1 && !strict)) return true;
    return hart.scounteren >> counter & 1;
}

/* False: there is no such register, or not for this mode. */
static bool csr_read(uint32_t csr, uint32_t *value) {
    switch (csr) {
    case CSR_SSTATUS: *value = hart.sstatus; return true;
    case CSR_SIE: *value = hart.sie; return true;
    case CSR_STVEC: *value = hart.stvec; return true;
    case CSR_SCOUNTEREN: *value = hart.scounteren; return true;
    case CSR_SENVCFG: *value = hart.senvcfg; return true;
    case CSR_SSCRATCH: *value = hart.sscratch; return true;
    case CSR_SEPC: *value = hart.sepc; return true;
    case CSR_SCAUSE: *value = hart.scause; return true;
    case CSR_STVAL: *value = hart.stval; return true;
    case CSR_SIP: *value = hart.sip; return true;
    case CSR_SATP: *value = hart.satp; return true;
    case CSR_CYCLE:
    case CSR_TIME:
    case CSR_INSTRET:
    case CSR_CYCLEH:
    case CSR_TIMEH:
    case CSR_INSTRETH:
        if (!counter_allowed(csr & 3)) return false;
        uint64_t count = (csr & 3) == 1 ? time_now() : hart.instructions;
        *value = (uint32_t) (csr & 0x80 ? count >> 32 : count);
        return true;
    default: return false;
    }
}

static void write_satp(uint32_t value) {
    if (strict) value &= ~SATP_ASID; /* there need not be any */
    if (strict) strict_satp_written(value);
    hart.satp = value;
    tlb_flush();
    happened(EVENT_SATP, 0, value);
}

static void csr_write(uint32_t csr, uint32_t value) {
    switch (csr) {
    case CSR_SSTATUS:
        if ((hart.sstatus ^ value) & (SSTATUS_SUM | SSTATUS_MXR)) tlb_flush();
        hart.sstatus = value & SSTATUS_WRITABLE;
        break;
    case CSR_SIE: hart.sie = value & INTERRUPTS; break;
    case CSR_STVEC: /* modes 2 and 3 are reserved */
        if (!(value & 2)) hart.stvec = value;
        break;
    case CSR_SCOUNTEREN: hart.scounteren = value; break;
    case CSR_SENVCFG: hart.senvcfg = value & 1; break;
    case CSR_SSCRATCH: hart.sscratch = value; break;
    case CSR_SEPC: hart.sepc = value & ~3u; break;
    case CSR_SCAUSE: hart.scause = value; break;
    case CSR_STVAL: hart.stval = value; break;
    case CSR_SIP: /* the others are the firmware's to set and clear */
        hart.sip = (hart.sip & ~(uint32_t) SOFTWARE_INTERRUPT) |
                   (value & SOFTWARE_INTERRUPT);
        break;
    case CSR_SATP: write_satp(value); break;
    }
}

/* csrrw, csrrs, csrrc and their forms with an immediate: funct3's low bits say
 * which, its high bit that rs1 is the operand itself. */
static uint32_t execute_csr(uint32_t instruction) {
    uint32_t csr = instruction >> 20, rs1 = instruction >> 15 & 31;
    uint32_t rd = instruction >> 7 & 31, funct3 = instruction >> 12 & 7, old;
    uint32_t operand = funct3 & 4 ? rs1 : hart.x[rs1];
    bool write = (funct3 & 3) == 1 || rs1;
    if (!csr_allowed(csr, write) || !csr_read(csr, &old))
        return ILLEGAL_INSTRUCTION;
    hart.x[rd ? rd : 32] = old;
    hart.pc += 4;
    if (write)
        csr_write(csr, (funct3 & 3) == 1   ? operand
                       : (funct3 & 3) == 2 ? old | operand
                                           : old & ~operand);
    return NO_CAUSE;
}

/* ---- The other SYSTEM instructions -------------------------------------- */

#define ECALL 0x00000073u
#define EBREAK 0x00100073u
#define SRET 0x10200073u
#define WFI 0x10500073u
#define SFENCE_VMA 0x12000073u
#define SFENCE_VMA_MASK 0xfe007fffu

uint32_t execute_system(uint32_t instruction) {
    uint32_t rs1 = instruction >> 15 & 31, rs2 = instruction >> 20 & 31;
    trap_value = instruction;
    if (instruction >> 12 & 3) return execute_csr(instruction);
    if (instruction == EBREAK || (instruction == ECALL && hart.mode == USER)) {
        trap_value = 0;
        return instruction == EBREAK ? BREAKPOINT : ECALL_USER;
    }
    if (hart.mode == USER) return ILLEGAL_INSTRUCTION;
    if (instruction == SRET) {
        return_from_trap();
        return NO_CAUSE;
    }
    hart.pc += 4;
    if (instruction == ECALL) {
        sbi_call();
    } else if (instruction == WFI) {
        if (!interrupt_wakes()) stop_for(IDLE);
    } else if ((instruction & SFENCE_VMA_MASK) == SFENCE_VMA) {
        if (strict) strict_fenced(rs1 ? &hart.x[rs1] : NULL, rs2);
        tlb_flush();
    } else {
        hart.pc -= 4;
        return ILLEGAL_INSTRUCTION;
    }
    return NO_CAUSE;
}
