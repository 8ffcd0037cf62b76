/*
 * cpu.c: the processor. An instruction is decoded once, when it is first
 * executed, into a small record; the record is kept beside the frame that the
 * instruction lies in, and executed from then on.
 *
 *     fetch (a page's records) → decode (once) → execute → next record
 */
#include "machine.h"

/* ---- Decode (unprivileged specification, "RV32/64G Instruction Set") ------
 * ILLEGAL is 0, and so is every gap of the tables below. */
/* clang-format off */
enum operation {
    ILLEGAL, UNDECODED, PAGE_END,
    LUI, AUIPC, JAL, JALR, BEQ, BNE, BLT, BGE, BLTU, BGEU,
    LB, LH, LW, LBU, LHU, SB, SH, SW,
    ADDI, SLLI, SLTI, SLTIU, XORI, SRLI, SRAI, ORI, ANDI,
    ADD, SUB, SLL, SLT, SLTU, XOR, SRL, SRA, OR, AND,
    MUL, MULH, MULHSU, MULHU, DIV, DIVU, REM, REMU,
    FENCE, FENCE_I, ATOMIC, SYSTEM
};
/* clang-format on */

struct instruction {
    uint8_t operation, rd, rs1, rs2;
    uint32_t immediate; /* ILLEGAL, ATOMIC and SYSTEM: the instruction itself */
};

/* Immediates by format. An arithmetic shift of the signed word extends it. */
static uint32_t immediate_i(uint32_t word) {
    return (uint32_t) ((int32_t) word >> 20);
}

static uint32_t immediate_s(uint32_t word) {
    return (immediate_i(word) & ~31u) | (word >> 7 & 31);
}

static uint32_t immediate_b(uint32_t word) {
    return (immediate_s(word) & ~0x801u) | (word << 4 & 0x800);
}

static uint32_t immediate_j(uint32_t word) {
    return (immediate_i(word) & 0xfff007fe) | (word & 0xff000) |
           (word >> 9 & 0x800);
}

static uint8_t decode_op(uint32_t funct3, uint32_t funct7) {
    static const uint8_t base[] = {ADD, SLL, SLT, SLTU, XOR, SRL, OR, AND};
    static const uint8_t other[8] = {[0] = SUB, [5] = SRA};
    return funct7 == 0    ? base[funct3]
           : funct7 == 1  ? (uint8_t) (MUL + funct3)
           : funct7 == 32 ? other[funct3]
                          : ILLEGAL;
}

static uint8_t decode_op_imm(uint32_t funct3, uint32_t funct7) {
    static const uint8_t base[] = {ADDI, SLLI, SLTI, SLTIU,
                                   XORI, SRLI, ORI,  ANDI};
    if (funct3 == 5 && funct7 == 32) return SRAI;
    if (funct3 % 4 == 1 && funct7) return ILLEGAL; /* a shift by 32 or more */
    return base[funct3];
}

static uint8_t decode_atomic(uint32_t word) {
    uint32_t funct5 = word >> 27, rs2 = word >> 20 & 31;
    bool known = 0x1111111fu >> funct5 & 1; /* add, swap, lr, sc, xor, … */
    bool lr = funct5 == 2;
    return (word >> 12 & 7) == 2 && known && !(lr && rs2) ? ATOMIC : ILLEGAL;
}

static struct instruction decode(uint32_t word) {
    static const uint8_t branches[8] = {BEQ, BNE, 0, 0, BLT, BGE, BLTU, BGEU};
    static const uint8_t loads[8] = {LB, LH, LW, 0, LBU, LHU};
    static const uint8_t stores[8] = {SB, SH, SW};
    static const uint8_t fences[8] = {FENCE, FENCE_I};
    uint32_t funct3 = word >> 12 & 7, funct7 = word >> 25;
    struct instruction i = {ILLEGAL, word >> 7 & 31, word >> 15 & 31,
                            word >> 20 & 31, word};
    if (!i.rd) i.rd = 32; /* what is written to x0 is lost */
    switch (word & 127) {
    case 0x37: i.operation = LUI, i.immediate = word & ~4095u; break;
    case 0x17: i.operation = AUIPC, i.immediate = word & ~4095u; break;
    case 0x6f: i.operation = JAL, i.immediate = immediate_j(word); break;
    case 0x67: i.operation = funct3 ? ILLEGAL : JALR; break;
    case 0x63: i.operation = branches[funct3]; break;
    case 0x03: i.operation = loads[funct3]; break;
    case 0x23: i.operation = stores[funct3]; break;
    case 0x13: i.operation = decode_op_imm(funct3, funct7); break;
    case 0x33: i.operation = decode_op(funct3, funct7); break;
    case 0x0f: i.operation = fences[funct3]; break;
    case 0x2f: i.operation = decode_atomic(word); break;
    case 0x73: i.operation = SYSTEM; break;
    }
    if (i.operation >= JALR && i.operation <= ANDI)
        i.immediate = immediate_i(word);
    if (i.operation >= SB && i.operation <= SW) i.immediate = immediate_s(word);
    if (i.operation >= BEQ && i.operation <= BGEU)
        i.immediate = immediate_b(word);
    if ((word & 3) != 3) i.immediate = word & 0xffff; /* a compressed one */
    return i;
}

/* ---- The decoded pages ---------------------------------------------------
 * Found by their frame's number. A store to such a frame comes to
 * code_changed, so that code is executed as it is, as on QEMU. */
#define CODE_PAGES 256u
#define PAGE_WORDS (PAGE_SIZE / 4)
#define NO_FRAME 0xffffffffu

struct code_page {
    uint32_t frame;
    struct instruction at[PAGE_WORDS + 1]; /* the last one is PAGE_END */
};
static struct code_page code[CODE_PAGES];

void code_forget(void) {
    for (uint32_t i = 0; i < CODE_PAGES; i++) code[i].frame = NO_FRAME;
}

void code_changed(uint32_t at) {
    struct code_page *page = &code[at / PAGE_SIZE % CODE_PAGES];
    if (page->frame == at / PAGE_SIZE)
        page->at[at / 4 % PAGE_WORDS].operation = UNDECODED;
}

static struct code_page *code_page(uint32_t frame) {
    struct code_page *page = &code[frame % CODE_PAGES];
    if (page->frame == frame) return page;
    if (page->frame != NO_FRAME)
        frame_use[page->frame] &= (uint8_t) ~HOLDS_CODE;
    for (uint32_t i = 0; i < PAGE_WORDS; i++) page->at[i].operation = UNDECODED;
    page->at[PAGE_WORDS].operation = PAGE_END;
    page->frame = frame;
    use_frame(frame, HOLDS_CODE);
    return page;
}

/* The record of the instruction at hart.pc, or NULL after a trap. */
static struct instruction *fetch(struct code_page **page) {
    uint32_t pc = hart.pc, cause = NO_CAUSE;
    struct translation *t = tlb_entry(pc);
    if (!tlb_hit(t, pc, FETCH, 4)) {
        cause = mmu_fetch(pc);
        if (cause != NO_CAUSE) {
            enter_trap(cause, trap_value);
            return NULL;
        }
    }
    *page = code_page((pc + t->offset) / PAGE_SIZE);
    return &(*page)->at[pc / 4 % PAGE_WORDS];
}

/* ---- Execute ------------------------------------------------------------ */

static uint32_t shift_right(uint32_t a, uint32_t by) {
    return (uint32_t) ((int32_t) a >> (by & 31)); /* arithmetically */
}

static uint32_t multiply_high(int64_t a, int64_t b) {
    return (uint32_t) ((uint64_t) (a * b) >> 32);
}

/* Division never traps: by 0 all bits are set or the dividend remains, and the
 * one overflow wraps. */
static bool overflows(uint32_t a, uint32_t b) {
    return a == 0x80000000 && b == 0xffffffff;
}

static uint32_t divide(uint32_t a, uint32_t b) {
    if (b == 0) return 0xffffffff;
    return overflows(a, b) ? a : (uint32_t) ((int32_t) a / (int32_t) b);
}

static uint32_t remainder(uint32_t a, uint32_t b) {
    if (b == 0) return a;
    return overflows(a, b) ? 0 : (uint32_t) ((int32_t) a % (int32_t) b);
}

bool pausing;

/* Where the hart stands, for everybody outside of execute. */
#define PC (page_pc + (uint32_t) (i - page->at) * 4)
#define SYNCHRONIZE (hart.pc = PC, hart.instructions = end - left)

#define BRANCH_IF(condition)                                                   \
    do {                                                                       \
        if (!(condition)) break;                                               \
        target = PC + immediate;                                               \
        goto jump;                                                             \
    } while (0)

#define LOAD_AS(type)                                                          \
    do {                                                                       \
        uint32_t address = a + immediate, wide;                                \
        const struct translation *t = &entries[tlb_index(address)];            \
        type value;                                                            \
        if (tlb_hit(t, address, LOAD, sizeof value)) {                         \
            __builtin_memcpy(&value, &ram[address + t->offset], sizeof value); \
        } else {                                                               \
            SYNCHRONIZE;                                                       \
            cause = mmu_load(address, sizeof value, &wide);                    \
            if (cause != NO_CAUSE) goto trap;                                  \
            value = (type) wide;                                               \
        }                                                                      \
        x[i->rd] = (uint32_t) value;                                           \
    } while (0)

#define STORE_AS(type)                                                         \
    do {                                                                       \
        uint32_t address = a + immediate;                                      \
        const struct translation *t = &entries[tlb_index(address)];            \
        type value = (type) b;                                                 \
        if (tlb_hit(t, address, STORE, sizeof value)) {                        \
            __builtin_memcpy(&ram[address + t->offset], &value, sizeof value); \
            break;                                                             \
        }                                                                      \
        SYNCHRONIZE;                                                           \
        cause = mmu_store(address, sizeof value, value);                       \
        if (cause != NO_CAUSE) goto trap;                                      \
        if (pausing) { /* it was to a device */                                \
            hart.pc += 4;                                                      \
            return;                                                            \
        }                                                                      \
    } while (0)

void execute(uint64_t n) {
    uint64_t end = hart.instructions + n, left = n;
    uint32_t *x = hart.x, cause, target, page_pc;
    const struct translation *entries;
    struct code_page *page;
    struct instruction *i;

refetch: /* after a trap, a new page, a change of mode or of a CSR */
    if (pausing || !left) return;
    take_interrupt();
    entries = tlb[hart.mode];
    i = fetch(&page);
    if (!i) { /* a trap takes its time too: none can trap for ever */
        hart.instructions = end - --left;
        goto refetch;
    }
    page_pc = hart.pc & ~(PAGE_SIZE - 1);

    for (; left; i++) {
        left--;
    again:;
        uint32_t a = x[i->rs1], b = x[i->rs2], immediate = i->immediate;
        switch ((enum operation) i->operation) {
        case LUI: x[i->rd] = immediate; break;
        case AUIPC: x[i->rd] = PC + immediate; break;
        case JAL:
            target = PC + immediate;
            if (target % 4) goto jump; /* which will not get there */
            x[i->rd] = PC + 4;
            goto jump;
        case JALR:
            target = (a + immediate) & ~1u;
            if (target % 4) goto jump;
            x[i->rd] = PC + 4;
            goto jump;
        case BEQ: BRANCH_IF(a == b); break;
        case BNE: BRANCH_IF(a != b); break;
        case BLT: BRANCH_IF((int32_t) a < (int32_t) b); break;
        case BGE: BRANCH_IF((int32_t) a >= (int32_t) b); break;
        case BLTU: BRANCH_IF(a < b); break;
        case BGEU: BRANCH_IF(a >= b); break;
        case LB: LOAD_AS(int8_t); break;
        case LH: LOAD_AS(int16_t); break;
        case LW: LOAD_AS(uint32_t); break;
        case LBU: LOAD_AS(uint8_t); break;
        case LHU: LOAD_AS(uint16_t); break;
        case SB: STORE_AS(uint8_t); break;
        case SH: STORE_AS(uint16_t); break;
        case SW: STORE_AS(uint32_t); break;
        case ADDI: x[i->rd] = a + immediate; break;
        case SLLI: x[i->rd] = a << (immediate & 31); break;
        case SLTI: x[i->rd] = (int32_t) a < (int32_t) immediate; break;
        case SLTIU: x[i->rd] = a < immediate; break;
        case XORI: x[i->rd] = a ^ immediate; break;
        case SRLI: x[i->rd] = a >> (immediate & 31); break;
        case SRAI: x[i->rd] = shift_right(a, immediate); break;
        case ORI: x[i->rd] = a | immediate; break;
        case ANDI: x[i->rd] = a & immediate; break;
        case ADD: x[i->rd] = a + b; break;
        case SUB: x[i->rd] = a - b; break;
        case SLL: x[i->rd] = a << (b & 31); break;
        case SLT: x[i->rd] = (int32_t) a < (int32_t) b; break;
        case SLTU: x[i->rd] = a < b; break;
        case XOR: x[i->rd] = a ^ b; break;
        case SRL: x[i->rd] = a >> (b & 31); break;
        case SRA: x[i->rd] = shift_right(a, b); break;
        case OR: x[i->rd] = a | b; break;
        case AND: x[i->rd] = a & b; break;
        case MUL: x[i->rd] = a * b; break;
        case MULH: x[i->rd] = multiply_high((int32_t) a, (int32_t) b); break;
        case MULHSU: x[i->rd] = multiply_high((int32_t) a, b); break;
        case MULHU: x[i->rd] = (uint32_t) ((uint64_t) a * b >> 32); break;
        case DIV: x[i->rd] = divide(a, b); break;
        case DIVU: x[i->rd] = b ? a / b : 0xffffffff; break;
        case REM: x[i->rd] = remainder(a, b); break;
        case REMU: x[i->rd] = b ? a % b : a; break;
        case FENCE:          /* one hart sees its own stores in order, */
        case FENCE_I: break; /* and code_changed has seen to code */
        case ATOMIC: {
            uint32_t result;
            SYNCHRONIZE;
            cause = mmu_atomic(immediate >> 27, a, b, &result);
            if (cause != NO_CAUSE) goto trap;
            x[i->rd] = result;
            break;
        }
        case SYSTEM:
            SYNCHRONIZE;
            cause = execute_system(immediate);
            if (cause != NO_CAUSE) goto trap;
            goto refetch;
        case UNDECODED:
            *i = decode(get32(page->frame * PAGE_SIZE + PC % PAGE_SIZE));
            goto again;
        case PAGE_END:
            left++; /* it is no instruction */
            SYNCHRONIZE;
            goto refetch;
        case ILLEGAL:
            trap_value = immediate;
            cause = ILLEGAL_INSTRUCTION;
            SYNCHRONIZE;
            goto trap;
        }
        continue;

    jump:
        if (target - page_pc < PAGE_SIZE && target % 4 == 0) {
            i = &page->at[target / 4 % PAGE_WORDS] - 1;
            continue;
        }
        SYNCHRONIZE;
        if (target % 4 == 0) {
            hart.pc = target;
            goto refetch;
        }
        trap_value = target;
        cause = FETCH_MISALIGNED;
    trap:
        enter_trap(cause, trap_value);
        goto refetch;
    }
    SYNCHRONIZE;
}

/* ---- Run ---------------------------------------------------------------- */

enum stop stop;

void stop_for(enum stop why) {
    stop = why;
    pausing = true;
}

enum stop machine_run(uint64_t instructions) {
    uint64_t end = hart.instructions + instructions;
    stop = RUNNING;
    while (stop == RUNNING && hart.instructions < end) {
        uint64_t left = end - hart.instructions, now = time_now();
        if (now >= hart.timer) {
            hart.sip |= TIMER_INTERRUPT;
        } else if (hart.timer - now < left) { /* so that it comes in time */
            uint64_t ticks = hart.timer - now;
            uint64_t until = ticks * INSTRUCTIONS_PER_TICK -
                             hart.instructions % INSTRUCTIONS_PER_TICK;
            if (until < left) left = until;
        }
        pausing = false;
        execute(left);
    }
    return stop;
}
