/*
 * strict.c: names what the specifications forbid and QEMU lets pass.
 *
 * A processor may keep what it has read of the page tables for as long as it
 * likes, entries that were invalid and pointers to tables included, and may
 * read any that it can reach before it is needed. Only sfence.vma puts an
 * end to that. QEMU forgets sooner, so that a kernel without its fences works
 * there. Here we suppose that the processor has read everything it could:
 *
 *     An entry that a walk could have read, and that was changed since,
 *     must not be used before a fence has ordered the change.
 *
 * So no cache is simulated: we keep a list of the changes that no fence has
 * ordered yet, and each walk of the tables asks it (specification,
 * "Supervisor Memory-Management Fence Instruction"). The fast path of loads
 * and stores is that of the plain machine: a change empties the TLB, so that
 * whatever may depend on it is walked for again.
 *
 * Changes are seen because the frames that hold tables are known: the root
 * that satp names, and what its entries point to. They stay known until a
 * fence, even if satp or an entry has gone on to another: the processor may
 * still hold them. A table that is not reachable yet can be filled freely.
 */
#include "strict.h"

char complaint[512];

/* ---- What is said ------------------------------------------------------- */

static uint32_t said;

static void say(const char *text) {
    while (*text && said < sizeof complaint - 1) complaint[said++] = *text++;
    complaint[said] = 0;
}

static void say_hex(uint32_t value) {
    char digits[9] = "";
    for (int i = 0; i < 8; i++)
        digits[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    say(digits);
}

/* "store to 01007004 at pc 010000f4 in user mode: " */
static void begin_complaint(const char *what, uint32_t address) {
    said = 0;
    say(what);
    say_hex(address);
    say(" at pc ");
    say_hex(hart.pc);
    say(hart.mode == USER ? " in user mode: " : " in supervisor mode: ");
    stop_for(NAMED);
}

static void begin_access(enum access access, uint32_t address) {
    static const char *const did[] = {"fetch from ", "load from ", "store to "};
    begin_complaint(did[access], address);
}

static void say_entry(uint32_t at) {
    say("the page-table entry at ");
    say_hex(RAM_BASE + at);
}

/* ---- Changes that no fence has ordered ------------------------------------
 * A hash table, which is emptied by counting up the age of what it holds. */
#define CHANGES (1u << 16)

struct change {
    uint32_t age, at;    /* which entry: an index of ram[] */
    uint32_t old;        /* what it held before */
    uint32_t pc;         /* of the last store that changed it */
    bool ordered;        /* a fence for its address was enough */
    bool fenced_as_leaf; /* such a fence came, and was not */
};
static struct change changes[CHANGES];
static uint32_t age, change_count;

/* Where the change of an entry is noted, or would be. */
static struct change *change_of(uint32_t at) {
    uint32_t slot = (at / 4 * 2654435769u) >> 16;
    while (changes[slot].age == age && changes[slot].at != at)
        slot = (slot + 1) % CHANGES;
    return &changes[slot];
}

static bool unordered(uint32_t at) {
    struct change *change = change_of(at);
    return change->age == age && !change->ordered;
}

static void note_change(uint32_t at, uint32_t old) {
    struct change *change = change_of(at);
    if (change->age != age) {
        if (change_count > CHANGES / 2) return; /* it is slow when it is full */
        change_count++;
        change->ordered = true;
    }
    if (change->ordered)
        *change = (struct change){.age = age, .at = at, .old = old};
    change->pc = hart.pc;
}

/* ---- Tables that the processor may know --------------------------------- */

#define ROOTS_MAX 16u
static uint32_t roots[ROOTS_MAX], root_count; /* satp's since the last fence */
static uint32_t satp_pc;                      /* where it was last written */
static uint32_t tables[FRAMES], table_count;  /* frames that hold such tables */

static bool is_pointer(uint32_t pte) {
    return pte & PTE_V && !(pte & (PTE_R | PTE_W | PTE_X));
}

static bool in_use(uint32_t satp) { return satp & SATP_SV32; }

/* The frame of a table whose page number this is; FRAMES if it is not RAM. */
static uint32_t frame_of(uint32_t page_number) {
    uint32_t frame = page_number - RAM_BASE / PAGE_SIZE;
    return frame < FRAMES ? frame : FRAMES;
}

static bool know_table(uint32_t frame) {
    if (frame == FRAMES || frame_use[frame] & HOLDS_TABLE) return false;
    use_frame(frame, HOLDS_TABLE);
    tables[table_count++] = frame;
    return true;
}

static void know_root(uint32_t satp) {
    uint32_t root = frame_of(satp & SATP_PPN);
    know_table(root);
    for (uint32_t at = 0; at < PAGE_SIZE && root < FRAMES; at += 4) {
        uint32_t pte = get32(root * PAGE_SIZE + at);
        if (is_pointer(pte)) know_table(frame_of(pte >> 10));
    }
}

static bool is_root(uint32_t frame) {
    for (uint32_t i = 0; i < root_count; i++)
        if (frame_of(roots[i] & SATP_PPN) == frame) return true;
    return false;
}

/* ---- What the kernel does ----------------------------------------------- */

/* From here on the processor knows what satp leads to, and nothing else. */
static void everything_is_ordered(void) {
    age++;
    change_count = 0;
    while (table_count)
        frame_use[tables[--table_count]] &= (uint8_t) ~HOLDS_TABLE;
    root_count = 0;
    if (!in_use(hart.satp)) return;
    roots[root_count++] = hart.satp;
    know_root(hart.satp);
}

void strict_reset(void) {
    said = 0;
    everything_is_ordered();
}

void strict_satp_written(uint32_t value) {
    satp_pc = hart.pc - 4;
    if (!in_use(value)) return;
    for (uint32_t i = 0; i < root_count; i++)
        if (roots[i] == value) return;
    if (root_count < ROOTS_MAX) roots[root_count++] = value;
    know_root(value);
}

void strict_entry_stored(uint32_t at, uint32_t old) {
    uint32_t new = get32(at);
    if (new == old) return;
    note_change(at, old);
    if (is_root(at / PAGE_SIZE) && is_pointer(new))
        know_table(frame_of(new >> 10));
    tlb_flush();
}

/* With an address, leaves are ordered that map it; with the number of an
 * address space, what is not global. */
static void order_leaf(uint32_t address, bool one_asid) {
    struct walk walk = mmu_walk(hart.satp, address, LOAD);
    for (uint32_t i = 0; i < walk.depth; i++) {
        struct change *change = change_of(walk.entries[i]);
        uint32_t new = get32(walk.entries[i]);
        if (change->age != age) continue;
        if (one_asid && (change->old | new) & PTE_G) continue;
        if (i == 0 && (is_pointer(change->old) || is_pointer(new)))
            change->fenced_as_leaf = true;
        else
            change->ordered = true;
    }
}

static void order_local(void) {
    for (uint32_t slot = 0; slot < CHANGES; slot++) {
        struct change *change = &changes[slot];
        if (change->age == age && !((change->old | get32(change->at)) & PTE_G))
            change->ordered = true;
    }
}

void strict_fenced(const uint32_t *address, bool one_asid) {
    if (address)
        order_leaf(*address, one_asid);
    else if (one_asid)
        order_local();
    else
        everything_is_ordered();
}

/* ---- What is found ------------------------------------------------------ */

static void say_change(uint32_t at) {
    const struct change *change = change_of(at);
    say_entry(at);
    say(" was changed from ");
    say_hex(change->old);
    say(" to ");
    say_hex(get32(at));
    say(" at pc ");
    say_hex(change->pc);
    say(change->fenced_as_leaf
            ? ", and an sfence.vma with an address orders leaves only: where "
              "a page table comes or goes, one without is needed"
            : ", and no sfence.vma has ordered that since");
}

/* An access by the tables before, if those led elsewhere. */
static bool satp_is_ordered(const struct walk *walk, uint32_t address,
                            enum access access) {
    for (uint32_t i = 0; i < root_count; i++) {
        if (roots[i] == hart.satp) continue;
        struct walk before = mmu_walk(roots[i], address, access);
        if (before.cause == walk->cause && before.physical == walk->physical)
            continue;
        begin_access(access, address);
        say("satp was written at pc ");
        say_hex(satp_pc);
        say(", and no sfence.vma has followed; by the tables in use before, "
            "the address ");
        say(before.cause == NO_CAUSE ? "led to " : "led nowhere");
        if (before.cause == NO_CAUSE) say_hex((uint32_t) before.physical);
        return false;
    }
    return true;
}

bool strict_walked(const struct walk *walk, uint32_t address,
                   enum access access) {
    if (!in_use(hart.satp)) return true;
    for (uint32_t i = 0; i < walk->depth; i++)
        if (unordered(walk->entries[i])) {
            begin_access(access, address);
            say_change(walk->entries[i]);
            return false;
        }
    return satp_is_ordered(walk, address, access);
}

/* A page fault is the kernel's chance to set A or D itself. If the same entry
 * comes again as it was, it has not; and the kernel's own access cannot wait
 * for itself. */
bool strict_marked(uint32_t address, enum access access, uint32_t at,
                   uint32_t missing) {
    static uint32_t refused = UINT32_MAX;
    bool again = refused == at;
    if (!missing) {
        if (again) refused = UINT32_MAX;
        return true;
    }
    refused = at;
    if (hart.mode == USER && !again) return false;
    begin_access(access, address);
    say_entry(at);
    say(missing & PTE_A ? " has A clear" : " has D clear");
    say(", which a processor need not set by itself (Svade)");
    return false;
}

void strict_firmware_given(uint32_t address) {
    begin_complaint("SBI call with address ", address);
    say("that is no RAM. The firmware translates no addresses, and may hang");
}
