/*
 * leaf: a teaching kernel for RISC-V 32-bit, in one file.
 *
 *   user mode   the linked program: shell.c, or any other
 *   ─────────   ecall, page fault, timer ───────────────────────────
 *   9 traps  →  8 system calls  →  7 processes  →  6 address spaces
 *                                                   │         │
 *               10 boot                5 kernel heap    4 page tables
 *                                                   │         │
 *               1 console   2 panic             3 page frames
 *
 * A part uses those before it in the file. To follow one page of memory on its
 * way, start at alloc_page (3); to follow the processor, start at boot (10).
 */
#include "kernel.h"

/*
 * 1. SBI and console
 *
 * The firmware owns the serial port; we ask it, by the Supervisor Binary
 * Interface, to write and read for us. Owns the output buffer and the ring of
 * typed characters. Invariant: what was typed stays in the ring until a process
 * reads it or Ctrl-C follows in its line. Only when the ring is full and Ctrl-C
 * could still end something do we read on, and drop what is not Ctrl-C.
 */
#define SBI_CONSOLE_PUTCHAR 0x01     /* legacy */
#define SBI_CONSOLE_GETCHAR 0x02     /* legacy */
#define SBI_SHUTDOWN 0x08            /* legacy */
#define SBI_TIME 0x54494d45          /* "TIME" */
#define SBI_SYSTEM_RESET 0x53525354  /* "SRST" */
#define SBI_DEBUG_CONSOLE 0x4442434e /* "DBCN" */
#define CTRL_C 3
#define PATIENCE 5000 /* polls after a character: another may follow it */
#define POLL_MAX 256  /* polls in a row: a tick must end */

static char output[256]; /* the firmware reads it by its physical address */
static bool in_a_line;   /* the last character written was not a newline */
static char ring[4096];
static uint32_t typed, taken; /* so far; the ring holds what lies between */
static uint32_t patience;     /* polls left before we sleep */
static bool interrupted;      /* Ctrl-C was typed */

static struct process *living_other(void); /* part 7 */

/* SBI specification, "Binary Encoding": extension in a7, function in a6. The
 * firmware preserves every register but a0, an error, and a1, a value. Returns
 * the value, or the error, which is negative; the legacy calls have their
 * value in a0. */
static int32_t sbi_call(uint32_t extension, uint32_t function, uint32_t arg0,
                        uint32_t arg1, uint32_t arg2) {
    register uint32_t a0 __asm__("a0") = arg0;
    register uint32_t a1 __asm__("a1") = arg1;
    register uint32_t a2 __asm__("a2") = arg2;
    register uint32_t a6 __asm__("a6") = function;
    register uint32_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1)
                     : "r"(a2), "r"(a6), "r"(a7)
                     : "memory");
    return (int32_t) (a0 ? a0 : a1);
}

/* Writes the first n bytes of the output buffer. The firmware may take fewer
 * than it is offered: we offer the rest again. */
static void flush_output(size_t n) {
    if (n) in_a_line = output[n - 1] != '\n';
    for (size_t done = 0; done < n;) {
        uint32_t from = (uint32_t) (output + done);
        int32_t wrote = sbi_call(SBI_DEBUG_CONSOLE, 0, n - done, from, 0);
        if (wrote < 0) { /* there is no such console, or it fails */
            sbi_call(SBI_CONSOLE_PUTCHAR, 0, (uint8_t) output[done], 0, 0);
            wrote = 1;
        }
        done += (uint32_t) wrote;
    }
}

/* What common.c's printf calls. */
void put(const char *s, size_t n) {
    for (size_t done = 0, part; done < n; done += part) {
        part = n - done < sizeof output ? n - done : sizeof output;
        memcpy(output, s + done, part);
        flush_output(part);
    }
}

/* Takes a typed character from the firmware; -1 if there is none. */
static int32_t poll_character(void) {
    static uint8_t c; /* like output: the firmware goes by physical addresses */
    int32_t n = sbi_call(SBI_DEBUG_CONSOLE, 1, 1, (uint32_t) &c, 0);
    if (n < 0) return sbi_call(SBI_CONSOLE_GETCHAR, 0, 0, 0, 0);
    return n ? c : -1;
}

/* A Ctrl-C may have been typed ahead, before there was anything to end. It
 * counts when all lines before it have been read. */
static void find_ctrl_c(void) {
    for (uint32_t i = taken; i != typed; i++) {
        char c = ring[i % sizeof ring];
        if (c == '\n') return;
        if (c != CTRL_C) continue;
        taken = i + 1;
        interrupted = true;
        return;
    }
}

/* Moves typed characters into the ring. Ctrl-C ends all processes but the
 * first (in end_others); without others, the first reads it. */
static void poll_console(void) {
    bool others = living_other() != NULL;
    if (others) find_ctrl_c();
    for (uint32_t i = 0; i < POLL_MAX; i++) {
        bool full = typed - taken == sizeof ring;
        int32_t c = full && !others ? -1 : poll_character();
        if (c < 0 && !patience) return;
        patience = c < 0 ? patience - 1 : PATIENCE;
        if (c == CTRL_C && others)
            interrupted = true;
        else if (c >= 0 && !full)
            ring[typed++ % sizeof ring] = c == '\r' ? '\n' : (char) c;
    }
}

/*
 * 2. Panic
 *
 * The kernel found itself in an impossible state: it says all it knows and
 * powers off with status 255. Nothing here allocates, and a panic inside a
 * panic powers off at once.
 */
#define TEST_DEVICE 0x00100000u /* QEMU virt: ends QEMU with a status */
#define TEST_FAIL 0x3333u

uint8_t panic_stack[4096] __attribute__((aligned(16)));

/* Whose turn it is (part 7); at first, what runs on the boot stack. */
static struct process booting = {.stack = __boot_stack - PAGE_SIZE};
static struct process *current = &booting;

/* Where power_off goes on, on the panic stack, with translation off. The device
 * may end QEMU a little later than the store: we wait for that, since a reset
 * by SBI would make the status 0. */
_Noreturn void switch_off(uint32_t status) {
    if (status) {
        *(volatile uint32_t *) TEST_DEVICE = (status & 0xff) << 16 | TEST_FAIL;
        uint32_t start = READ_CSR(time);
        while (READ_CSR(time) - start < TIMER_HZ) continue;
    }
    sbi_call(SBI_SYSTEM_RESET, 0, 0, 0, 0);
    sbi_call(SBI_SHUTDOWN, 0, 0, 0, 0); /* where there is no system reset */
    for (;;) __asm__ volatile("wfi");
}

/* Ends QEMU with this exit status. SBI has no exit status, and the test device
 * is not mapped: we turn translation off to reach it. The kernel runs at its
 * physical addresses, but a process's kernel stack does not lie at one, so we
 * leave it first. */
__attribute__((naked)) void power_off(uint32_t status) {
    __asm__ volatile("la sp, panic_stack + 4096\n" /* its end */
                     "csrw satp, zero\n"
                     "sfence.vma\n"
                     "j switch_off\n");
}

static bool within(uint32_t address, const uint8_t *start, size_t size) {
    return address - (uint32_t) start < size;
}

/* A function's frame pointer (s0) points just above its return address, which
 * is just above its caller's frame pointer (RISC-V calling convention). A
 * stack lies above a page that lets no store through. */
static void backtrace(uint32_t fp) {
    const uint8_t *stack = current->stack + PAGE_SIZE;
    uint32_t size = KERNEL_STACK_PAGES * PAGE_SIZE;
    printf("called from:");
    for (int depth = 0; depth < 16; depth++) {
        if (fp % 8 || !within(fp - 8, stack, size)) break;
        uint32_t *slot = (uint32_t *) fp;
        printf(" %08x", slot[-1]);
        fp = slot[-2];
    }
    printf("\n");
}

static void print_registers(const struct trap_frame *trap) {
    static const char names[] = " pc   ra   sp   gp   tp   t0   t1   t2   s0  "
                                " s1   a0   a1   a2   a3   a4   a5   a6   a7  "
                                " s2   s3   s4   s5   s6   s7   s8   s9   s10 "
                                " s11  t3   t4   t5   t6  ";
    uint32_t words[sizeof *trap / 4];
    memcpy(words, trap, sizeof words);
    for (uint32_t i = 0; i < 32; i++) {
        put(names + 5 * i, 5);
        printf("%08x%s", words[i], i % 6 == 5 || i == 31 ? "\n" : "");
    }
}

/* Reports and powers off. trap: the registers at a trap from the kernel, or
 * NULL when the kernel itself called. */
void panic(const char *file, int line, const struct trap_frame *trap,
           const char *fmt, ...) {
    static bool panicking;
    if (panicking) power_off(255);
    panicking = true;

    va_list args;
    va_start(args, fmt);
    printf("\nPANIC at %s:%d: ", file, line);
    vprintf(fmt, args);
    va_end(args);
    if (trap && within(READ_CSR(stval), current->stack, PAGE_SIZE))
        printf(": the kernel stack overflowed"); /* into the page under it */
    if (current->pid)
        printf("\nprocess %u (%.15s)", current->pid, PROGRAM_NAME);
    printf("\nscause %08x  stval %08x  sepc %08x  sstatus %08x  satp %08x\n",
           READ_CSR(scause), READ_CSR(stval), READ_CSR(sepc), READ_CSR(sstatus),
           READ_CSR(satp));
    if (trap) print_registers(trap);
    backtrace(trap ? trap->s0 : (uint32_t) __builtin_frame_address(0));
    power_off(255);
}

/*
 * 3. Page frames
 *
 * Free RAM is cut into frames of a page each. Every frame first comes from
 * the bump pointer; frames that were given back are handed out again before
 * it moves. Owns the table of frame records, the list of freed frames and the
 * counters. Invariants: every frame is counted under exactly one kind, and
 *
 *     free frames >= promised frames
 *
 * where a promised frame is one that a process was granted and does not have
 * yet (part 6). The kernel's own allocations leave those alone.
 */
#ifndef REFUSE /* tests define it to refuse an allocation of their choice */
#define REFUSE() false
#endif
#ifndef POISON /* they define it to fill a freed frame, and check it later */
#define POISON(page)
#define CHECK_POISON(page)
#endif

static struct frame *frames;
static uint8_t *next_page = __free_ram; /* the bump pointer */
static uint32_t freed;                  /* first in the list of freed frames */
static struct meminfo memory;           /* the count of each kind */

static uint32_t frame_number(const void *page) {
    return ((uint32_t) page - (uint32_t) __free_ram) / PAGE_SIZE;
}

static struct frame *frame_of(const void *page) {
    return &frames[frame_number(page)];
}

static uint8_t *page_of(uint32_t number) {
    return __free_ram + number * PAGE_SIZE;
}

/* Whether the kernel can have n frames without breaking a promise. */
static bool spare(uint32_t n) {
    return !REFUSE() && n <= memory.free - memory.promised;
}

/* Changes what n frames are used for. */
static void recount(uint32_t n, uint32_t from, uint32_t to) {
    static uint32_t *const account[] = {
        [FRAME_FREE] = &memory.free,    [FRAME_KERNEL] = &memory.kernel,
        [FRAME_HEAP] = &memory.heap,    [FRAME_TABLE] = &memory.tables,
        [FRAME_STACK] = &memory.stacks, [FRAME_USER] = &memory.user};
    *account[from] -= n;
    *account[to] += n;
}

/*
 * The bump allocator: n contiguous zeroed pages for the kernel, never given
 * back; NULL if n is 0 or too large. It compares page counts, not
 * addresses, so that no n can wrap.
 */
void *alloc_pages(uint32_t n) {
    uint32_t left = (uint32_t) (__free_ram_end - next_page) / PAGE_SIZE;
    if (n == 0 || n > left || !spare(n)) return NULL;
    uint8_t *page = memset(next_page, 0, n * PAGE_SIZE);
    next_page += n * PAGE_SIZE;
    for (uint32_t i = 0; i < n; i++) frame_of(page)[i].kind = FRAME_KERNEL;
    recount(n, FRAME_FREE, FRAME_KERNEL);
    return page;
}

/* The table of records is the first thing in the memory that it records. The
 * last word of that memory is read: if it is not there, the trap says so. */
static void frames_init(void) {
    (void) *(volatile uint32_t *) (__free_ram_end - 4);
    frames = (struct frame *) __free_ram;
    memory.total = memory.free = frame_number(__free_ram_end);
    if (!alloc_pages(page_up(memory.total * sizeof *frames) / PAGE_SIZE))
        PANIC("out of memory");
}

/* Takes a frame, its bytes as its last owner left them. The caller knows that
 * there is one, from spare() or because it was promised. */
static void *take_frame(enum kind kind) {
    uint8_t *page = next_page;
    if (freed) {
        page = page_of(freed);
        freed = frames[freed].next;
        CHECK_POISON(page);
    } else {
        next_page += PAGE_SIZE;
    }
    struct frame *frame = frame_of(page);
    frame->kind = (uint8_t) kind;
    frame->refs = 1;
    recount(1, FRAME_FREE, kind);
    return page;
}

/* One zeroed page for the kernel; NULL if there is none to spare. free_page
 * gives it back. */
void *alloc_page(enum kind kind) {
    return spare(1) ? memset(take_frame(kind), 0, PAGE_SIZE) : NULL;
}

/* Frees a frame that is in use. */
static void put_back(void *page) {
    struct frame *frame = frame_of(page);
    POISON(page);
    recount(1, frame->kind, FRAME_FREE);
    frame->kind = FRAME_FREE;
    frame->next = (uint16_t) freed;
    freed = frame_number(page);
}

void free_page(void *page) {
    if ((uint32_t) page % PAGE_SIZE || (uint8_t *) page < __free_ram ||
        (uint8_t *) page >= next_page)
        PANIC("free_page: %08x is not a page that was handed out",
              (uint32_t) page);
    if (frame_of(page)->kind == FRAME_FREE)
        PANIC("free_page: %08x is free already", (uint32_t) page);
    if (frame_of(page)->kind == FRAME_KERNEL)
        PANIC("free_page: %08x came from alloc_pages", (uint32_t) page);
    put_back(page);
}

/*
 * 4. Page tables
 *
 * Sv32 translates in two steps: the address's top ten bits choose an entry of
 * the root table, the next ten an entry of the table found there. An entry
 * that maps a page is a leaf. Owns the kernel's own root. Invariant: the
 * upper half of every root equals the kernel's, for good: its tables are all
 * made at boot.
 *
 * Entries are written with A set, and D where W is set: hardware may fault
 * instead of setting them (privileged specification, "Sv32").
 */
#define PTE(page, flags) ((uint32_t) (page) >> 2 | (flags) | PTE_V | PTE_A)
#define PTE_PAGE(pte) ((uint8_t *) (((pte) >> 10) << 12))
#define KERNEL_DATA (PTE_G | PTE_R | PTE_W | PTE_D)
#define ENTRIES 1024u
#define PROT_TO_PTE 1 /* PROT_READ, WRITE, EXEC << 1 are PTE_R, W, X */

static uint32_t *kernel_table;
static struct space arena; /* part 5 owns it; its table is kernel_table */

/* Orders stores to the leaf that maps this address before its next use. A new
 * mapping needs it too: the processor may remember that there was none. */
static void fence_page(uint32_t address) {
    __asm__ volatile("sfence.vma %0, zero" ::"r"(address) : "memory");
}

/* The same for every entry of every level. */
static void fence_all(void) { __asm__ volatile("sfence.vma" ::: "memory"); }

static void use_table(const uint32_t *table) {
    WRITE_CSR(satp, SATP_SV32 | (uint32_t) table >> 12);
    fence_all();
}

/* The second-level entry for an address, whose table has been made. */
static uint32_t *walk(const uint32_t *table, uint32_t address) {
    uint32_t *second = (uint32_t *) PTE_PAGE(table[address >> 22]);
    return &second[address / PAGE_SIZE % ENTRIES];
}

/* How many second-level tables [start, end) still lacks. */
static uint32_t tables_missing(const uint32_t *table, uint32_t start,
                               uint32_t end) {
    uint32_t missing = 0;
    if (start < end)
        for (uint32_t i = start >> 22; i <= (end - 1) >> 22; i++)
            missing += !(table[i] & PTE_V);
    return missing;
}

/* Makes them. The caller has made sure that there are frames to spare. The
 * root's record begins a list of its tables. */
static void add_tables(uint32_t *table, uint32_t start, uint32_t end) {
    struct frame *root = frame_of(table);
    for (uint32_t i = start >> 22; i <= (end - 1) >> 22; i++)
        if (!(table[i] & PTE_V)) {
            void *page = memset(take_frame(FRAME_TABLE), 0, PAGE_SIZE);
            table[i] = (uint32_t) page >> 2 | PTE_V; /* not a leaf: no A or D */
            frame_of(page)->next = root->next;
            root->next = (uint16_t) frame_number(page);
        }
    fence_all();
}

/* The first page in [at, end) that is mapped, or end. Most of what a process
 * was granted is never touched: we step over that, entry by entry. */
static uint32_t next_mapped(const uint32_t *table, uint32_t at, uint32_t end) {
    while (at < end) {
        uint32_t stop = (at | (MEGAPAGE - 1)) + 1; /* where its table ends */
        if (stop > end) stop = end;
        for (const uint32_t *pte = walk(table, at); at < stop; at += PAGE_SIZE)
            if (*pte++) return at;
    }
    return end;
}

/* Unmaps [start, end) of a space, and frees what no other space maps. Returns
 * how many frames became free. */
static uint32_t unmap_pages(struct space *space, uint32_t start, uint32_t end) {
    uint32_t frames_freed = 0;
    for (uint32_t at = next_mapped(space->table, start, end); at < end;
         at = next_mapped(space->table, at + PAGE_SIZE, end)) {
        uint32_t *pte = walk(space->table, at);
        uint8_t *page = PTE_PAGE(*pte);
        *pte = 0;
        fence_page(at);
        space->resident--;
        if (--frame_of(page)->refs) continue; /* another space maps it */
        put_back(page);
        frames_freed++;
    }
    return frames_freed;
}

/* Maps [first, last) of the kernel at its physical address, with 4 MiB leaves
 * where they fit. */
static void map_kernel(const uint8_t *first, const uint8_t *last,
                       uint32_t flags) {
    uint32_t end = page_up((uint32_t) last), size;
    for (uint32_t at = (uint32_t) first; at < end; at += size) {
        uint32_t *entry = &kernel_table[at >> 22];
        bool large = at % MEGAPAGE == 0 && end - at >= MEGAPAGE;
        size = large ? MEGAPAGE : PAGE_SIZE;
        if (!large && !*entry) add_tables(kernel_table, at, at + 1);
        *(large ? entry : walk(kernel_table, at)) = PTE(at, flags);
    }
    fence_all();
}

/* Builds the kernel's table and turns translation on. */
static void paging_init(void) {
    kernel_table = alloc_page(FRAME_TABLE);
    if (!kernel_table) PANIC("out of memory");
    map_kernel(__text, __rodata, PTE_G | PTE_R | PTE_X);
    map_kernel(__rodata, __data, PTE_G | PTE_R);
    map_kernel(__data, __free_ram_end, KERNEL_DATA);
    add_tables(kernel_table, ARENA_BASE, ARENA_END);
    use_table(kernel_table);
    arena.table = kernel_table;
}

/*
 * 5. Kernel heap
 *
 * Up to 2,048 bytes come from buckets: pages cut into equal blocks, a power
 * of two each. A page with free blocks is in its bucket's list and keeps a
 * list of its own blocks; it goes back when its last block does. More comes
 * from the arena: a run of frames mapped one after the other. Owns the
 * buckets and the arena's list of regions. Invariants: a bucket lists just
 * its pages that have a free block; an address of the arena is mapped if and
 * only if it lies in a region there (and not in a kernel stack's guard page).
 */
#define NOT_A_BUCKET 0xff
#define NO_BLOCK 1u /* no block begins at an odd offset */
#define FREED_BLOCK 0x5ca1ab1eu

struct free_block {
    uint32_t next; /* offset in the page, or NO_BLOCK */
    uint32_t mark; /* FREED_BLOCK ^ the block's address */
};

static uint16_t buckets[BUCKETS]; /* first page of each: a frame number */

/*
 * Custom fit: finds room for size bytes between the regions of a list, from
 * low to high. The first hole that fits exactly; else the largest hole, the
 * lowest of equals; else the break, which is where the last region ends.
 * Returns the link where the new region belongs and its start, or NULL.
 */
static struct region **custom_fit(struct region **list, uint32_t low,
                                  uint32_t high, uint32_t size,
                                  uint32_t *start) {
    struct region **largest = NULL, **at = list;
    uint32_t most = 0, after = low; /* where the previous region ends */
    for (; *at && (*at)->start < high; at = &(*at)->next) {
        if ((*at)->end <= low) continue;
        uint32_t hole = (*at)->start - after;
        if (hole == size || (hole > size && hole > most)) {
            largest = at;
            most = hole;
            *start = after;
        }
        if (hole == size) return at;
        after = (*at)->end;
    }
    if (largest) return largest;
    *start = after;
    return size <= high - after ? at : NULL;
}

/* Inserts a copy of a region at the link where it belongs; NULL if there are
 * too many, or no memory for it. */
static struct region *insert_region(struct space *space, struct region **at,
                                    const struct region *like) {
    struct region *region =
        space->count < REGIONS_MAX ? kmalloc(sizeof *region) : NULL;
    if (!region) return NULL;
    *region = *like;
    region->next = *at;
    *at = region;
    space->count++;
    return region;
}

/* Removes the region at this link. */
static void remove_region(struct space *space, struct region **at) {
    struct region *region = *at;
    *at = region->next;
    space->count--;
    kfree(region);
}

/* A run of size bytes in the arena, in whole pages; the first page of a stack
 * is not mapped. NULL if there are no addresses or no frames. */
static uint8_t *alloc_run(uint32_t size, enum kind kind) {
    uint32_t start = 0, guard = kind == FRAME_STACK ? PAGE_SIZE : 0;
    struct region **at =
        custom_fit(&arena.regions, ARENA_BASE, ARENA_END, size, &start);
    struct region run = {.start = start, .end = start + size, .kind = kind};
    if (!at || !insert_region(&arena, at, &run)) return NULL;
    if (!spare((size - guard) / PAGE_SIZE)) {
        remove_region(&arena, at);
        return NULL;
    }
    for (uint32_t page = start + guard; page < run.end; page += PAGE_SIZE) {
        uint8_t *frame = take_frame(kind);
        frame_of(frame)->bucket = NOT_A_BUCKET;
        *walk(kernel_table, page) = PTE(frame, KERNEL_DATA);
        fence_page(page);
        arena.resident++;
    }
    return (uint8_t *) start;
}

/* The link to the run of this kind that begins at this address. */
static struct region **find_run(const void *start, enum kind kind) {
    struct region **at = &arena.regions;
    while (*at && (*at)->start < (uint32_t) start) at = &(*at)->next;
    if (!*at || (*at)->start != (uint32_t) start || (*at)->kind != kind)
        PANIC("kfree: %08x begins no run of the arena", (uint32_t) start);
    return at;
}

NOINLINE static void free_run(const void *start, enum kind kind) {
    struct region **at = find_run(start, kind);
    unmap_pages(&arena, (*at)->start, (*at)->end);
    remove_region(&arena, at);
}

static void list_in_bucket(struct frame *frame) {
    uint16_t *bucket = &buckets[frame->bucket];
    frame->next = *bucket;
    frame->prev = 0;
    *bucket = (uint16_t) (frame - frames);
    if (frame->next) frames[frame->next].prev = *bucket;
}

static void unlist_from_bucket(const struct frame *frame) {
    if (frame->prev)
        frames[frame->prev].next = frame->next;
    else
        buckets[frame->bucket] = frame->next;
    if (frame->next) frames[frame->next].prev = frame->prev;
}

static void push_block(struct frame *frame, struct free_block *block) {
    block->next = frame->block;
    block->mark = (uint32_t) block ^ FREED_BLOCK;
    frame->block = (uint32_t) block % PAGE_SIZE;
}

/* Cuts a new page into blocks for this bucket, the first to be taken first. */
static bool grow_bucket(uint8_t bucket) {
    if (!spare(1)) return false;
    uint8_t *page = take_frame(FRAME_HEAP);
    struct frame *frame = frame_of(page);
    frame->refs = 0;
    frame->bucket = bucket;
    frame->block = NO_BLOCK;
    uint32_t size = BUCKET_MIN << bucket;
    for (uint32_t at = PAGE_SIZE; at; at -= size)
        push_block(frame, (struct free_block *) (page + at - size));
    list_in_bucket(frame);
    return true;
}

/*
 * Returns size bytes, uninitialized; up to 2,048 they are aligned to a power of
 * two that is at least size, and above that to a page. NULL if there is no
 * memory. A size of 0 gives a block too. The caller owns it until kfree.
 */
void *kmalloc(size_t size) {
    if (size > ARENA_PAGES * PAGE_SIZE || REFUSE()) return NULL;
    if (size > BUCKET_MAX) return alloc_run(page_up(size), FRAME_HEAP);
    uint8_t bucket = 0;
    while (BUCKET_MIN << bucket < size) bucket++;
    if (!buckets[bucket] && !grow_bucket(bucket)) return NULL;
    struct frame *frame = &frames[buckets[bucket]];
    uint8_t *page = page_of(buckets[bucket]);
    struct free_block *block = (struct free_block *) (page + frame->block);
    frame->block = (uint16_t) block->next;
    frame->refs++;
    block->mark = 0;
    if (frame->block == NO_BLOCK) unlist_from_bucket(frame);
    return block;
}

/* The record of the page of a small block; panics if kmalloc never returned
 * such an address, or if it is free. Only a block that bears the mark is looked
 * for in the list of free ones, so that a long list does not slow kfree. */
static struct frame *check_block(const struct free_block *block) {
    uint32_t address = (uint32_t) block;
    struct frame *frame = frame_of(block);
    if (address < (uint32_t) __free_ram || address >= (uint32_t) next_page ||
        frame->kind != FRAME_HEAP || frame->bucket == NOT_A_BUCKET)
        PANIC("kfree: %08x is no block of the kernel heap, or was freed",
              address);
    if (address % (BUCKET_MIN << frame->bucket))
        PANIC("kfree: %08x is inside a block", address);
    if (block->mark == (address ^ FREED_BLOCK))
        for (uint32_t at = frame->block; at != NO_BLOCK;) {
            if (at == address % PAGE_SIZE)
                PANIC("kfree: %08x was freed already", address);
            at = ((struct free_block *) (page_down(address) + at))->next;
        }
    return frame;
}

/* Gives a block back. NULL is fine; an address that kmalloc did not return
 * panics, and so do most that were freed since. */
void kfree(void *block) {
    if (!block) return;
    if ((uint32_t) block >= ARENA_BASE) {
        free_run(block, FRAME_HEAP);
        return;
    }
    struct frame *frame = check_block(block);
    if (frame->block == NO_BLOCK) list_in_bucket(frame);
    push_block(frame, block);
    if (--frame->refs == 0) { /* that was its last block */
        unlist_from_bucket(frame);
        free_page((void *) page_down((uint32_t) block));
    }
}

/*
 * 6. Address spaces
 *
 * A process's memory is a sorted list of regions. The page table caches what
 * has been touched: a page gets its frame at the first touch, in space_fault.
 * Text and rodata are mapped straight from the linked image; all other pages
 * are the process's own, and promised from the moment they are granted.
 * Invariant: promised = own pages without a frame + references to frames
 * beyond each frame's first. Touching and copying spend a promise, giving back
 * an untouched or a shared page returns one.
 */
static bool in_image(const struct region *region) {
    return region->kind == REGION_TEXT || region->kind == REGION_RODATA;
}

/* How many frames a region's pages from start to end are promised: none if
 * they are the image's, or if no access is allowed. */
static uint32_t own_pages(const struct region *region, uint32_t start,
                          uint32_t end) {
    bool own = region->access && !in_image(region);
    return own ? (end - start) / PAGE_SIZE : 0;
}

/* How many of n bytes from here on lie in the same page. */
static size_t rest_of_page(uint32_t address, size_t n) {
    size_t rest = PAGE_SIZE - address % PAGE_SIZE;
    return n < rest ? n : rest;
}

static struct region *region_at(const struct space *space, uint32_t address) {
    struct region *region = space->regions;
    while (region && region->end <= address) region = region->next;
    return region && region->start <= address ? region : NULL;
}

/* Promises frames to [start, end) of a region and makes its page tables;
 * false, and nothing changed, if that is more than there is. */
static bool grant(struct space *space, const struct region *region,
                  uint32_t start, uint32_t end) {
    if (!region->access) return true;
    uint32_t tables = tables_missing(space->table, start, end);
    uint32_t pages = own_pages(region, start, end);
    if (!spare(pages + tables)) return false;
    memory.promised += pages;
    if (tables) add_tables(space->table, start, end);
    return true;
}

/* Gives back what [start, end) of a region holds: frames that no other space
 * maps, and promises. The page tables stay until the process ends. */
static void release(struct space *space, const struct region *region,
                    uint32_t start, uint32_t end) {
    uint32_t pages = own_pages(region, start, end);
    if (pages) memory.promised -= pages - unmap_pages(space, start, end);
}

/* Adds a region at the link where it belongs. NULL, and nothing changed, if
 * there are too many or memory is short. */
static struct region *add_region(struct space *space, struct region **at,
                                 const struct region *like) {
    struct region *region = insert_region(space, at, like);
    if (!region || grant(space, region, region->start, region->end))
        return region;
    remove_region(space, at);
    return NULL;
}

/* Moves a region's end. Growing fails if memory is short; then nothing has
 * changed. The caller knows that no other region is in the way. */
static bool space_resize(struct space *space, struct region *region,
                         uint32_t end) {
    if (end < region->end)
        release(space, region, end, region->end);
    else if (!grant(space, region, region->end, end))
        return false;
    region->end = end;
    return true;
}

/* Takes [start, end) out of every region that it meets. Only a cut in the
 * middle of a region makes one more: false if that cannot be had, and then
 * nothing has changed. */
static bool space_unmap(struct space *space, uint32_t start, uint32_t end) {
    struct region **at = &space->regions;
    while (*at && (*at)->end <= start) at = &(*at)->next;
    while (*at && (*at)->start < end) {
        struct region *region = *at;
        uint32_t from = region->start > start ? region->start : start;
        uint32_t to = region->end < end ? region->end : end;
        if (from > region->start && to < region->end) {
            if (!insert_region(space, &region->next, region)) return false;
            region->next->start = to;
        }
        release(space, region, from, to);
        if (from > region->start) {
            region->end = from;
            at = &region->next;
        } else if (to < region->end) {
            region->start = to;
        } else {
            remove_region(space, at);
        }
    }
    return true;
}

/* A first touch: the page's frame with its first contents, the image's bytes,
 * and zeros where those end. */
static const uint8_t *first_frame(struct space *space,
                                  const struct region *region, uint32_t page) {
    uint32_t offset = page - region->start, n = 0;
    if (in_image(region)) return region->image + offset;
    if (offset < region->file_size)
        n = rest_of_page(page, region->file_size - offset);
    uint8_t *frame = take_frame(FRAME_USER);
    memory.promised--;
    space->resident++;
    if (n) memcpy(frame, region->image + offset, n);
    memset(frame + n, 0, PAGE_SIZE - n);
    return frame;
}

/* The frame for a write to a page that fork shared: itself, or a copy. */
static uint8_t *own_frame(struct space *space, uint8_t *shared) {
    struct frame *frame = frame_of(shared);
    if (frame->refs == 1) return shared;
    frame->refs--;
    memory.promised--;
    space->copies++;
    return memcpy(take_frame(FRAME_USER), shared, PAGE_SIZE);
}

/*
 * Answers a page fault: maps the page as its region allows. access is one
 * PROT_ bit. false if the region does not allow it or there is none. A page
 * that is already mapped correctly needs only the fence: the processor had
 * remembered an older entry.
 */
static bool space_fault(struct space *space, uint32_t address,
                        uint32_t access) {
    struct region *region = region_at(space, address);
    if (!region || !(region->access & access)) return false;
    uint32_t page = page_down(address);
    uint32_t *pte = walk(space->table, page);
    uint32_t flags = region->access << PROT_TO_PTE | PTE_U;
    if (flags & PTE_W) flags |= PTE_D;
    space->faults++;
    if (!*pte)
        *pte = PTE(first_frame(space, region, page), flags);
    else if (access == PROT_WRITE && !(*pte & PTE_W))
        *pte = PTE(own_frame(space, PTE_PAGE(*pte)), flags);
    fence_page(page);
    return true;
}

/* Whether every byte of [address, address + n) may be accessed this way. */
static bool space_allows(const struct space *space, uint32_t address,
                         uint32_t n, uint32_t access) {
    const struct region *region = region_at(space, address);
    while (n && region && region->start <= address && region->access & access) {
        uint32_t here = region->end - address;
        n -= n < here ? n : here;
        address = region->end;
        region = region->next;
    }
    return n == 0;
}

/* Where a process's byte lies for the kernel, its page brought in and made
 * writable if need be. Only for what space_allows has allowed. */
static uint8_t *user_byte(struct space *space, uint32_t address,
                          uint32_t access) {
    uint32_t *pte = walk(space->table, address);
    if (!(*pte & access << PROT_TO_PTE)) space_fault(space, address, access);
    return PTE_PAGE(*pte) + address % PAGE_SIZE;
}

/* Copies n bytes between the kernel and the current process: from its memory
 * if access is PROT_READ, to it if PROT_WRITE. 0; or -EFAULT, and nothing is
 * copied, unless it has that right to all of them. */
static int32_t copy_user(uint32_t user, uint8_t *kernel, size_t n,
                         uint32_t access) {
    struct space *space = &current->space;
    if (!space_allows(space, user, n, access)) return -EFAULT;
    for (size_t done = 0, part; done < n; done += part) {
        part = rest_of_page(user + done, n - done);
        uint8_t *here = user_byte(space, user + done, access);
        memcpy(access == PROT_WRITE ? here : kernel + done,
               access == PROT_WRITE ? kernel + done : here, part);
    }
    return 0;
}

static int32_t copy_from_user(void *to, uint32_t from, size_t n) {
    return copy_user(from, to, n, PROT_READ);
}

static int32_t copy_to_user(uint32_t to, const void *from, size_t n) {
    return copy_user(to, (uint8_t *) from, n, PROT_WRITE);
}

/* The kernel's entries for [start, end) go into another root. */
static void copy_root(uint32_t *root, uint32_t start, uint32_t end) {
    for (uint32_t i = start >> 22; i <= (end - 1) >> 22; i++)
        root[i] = kernel_table[i];
}

/* An empty space: only the kernel's half is mapped. */
static bool space_init(struct space *space) {
    *space = (struct space){.table = alloc_page(FRAME_TABLE)};
    if (!space->table) return false;
    copy_root(space->table, (uint32_t) __text, (uint32_t) __free_ram_end);
    copy_root(space->table, ARENA_BASE, ARENA_END);
    frame_of(space->table)->next = 0; /* no tables below it */
    return true;
}

/* Gives everything back. The processor must be using another table. */
static void space_free(struct space *space) {
    space_unmap(space, 0, USER_TOP);
    for (uint32_t n = frame_number(space->table), next; n; n = next) {
        next = frames[n].next;
        free_page(page_of(n));
    }
}

/* Maps the parent's pages in the child as well, read-only in both. */
static void share_pages(struct space *child, const struct space *parent,
                        const struct region *region) {
    const uint32_t *table = parent->table;
    uint32_t end = region->end;
    for (uint32_t at = next_mapped(table, region->start, end); at < end;
         at = next_mapped(table, at + PAGE_SIZE, end)) {
        uint32_t *pte = walk(table, at);
        if (!in_image(region)) {
            frame_of(PTE_PAGE(*pte))->refs++;
            child->resident++;
            *pte &= ~(PTE_W | PTE_D);
        }
        *walk(child->table, at) = *pte;
    }
}

/* Makes child a copy of parent that shares its frames until one of the two
 * writes. The copy is promised every page of its own: the frames it shares
 * count as references beyond the first. false if that is too much; the child
 * holds nothing then. */
static bool space_copy(struct space *child, const struct space *parent) {
    if (!space_init(child)) return false;
    child->brk = parent->brk;
    struct region **at = &child->regions;
    for (const struct region *region = parent->regions; region;
         region = region->next, at = &(*at)->next) {
        if (!add_region(child, at, region)) {
            space_free(child);
            return false;
        }
        if (region == parent->heap) child->heap = *at;
    }
    for (const struct region *region = child->regions; region;
         region = region->next) { /* a large image is left to space_fault */
        bool large = region->end - region->start > MEGAPAGE && in_image(region);
        if (region->access && !large) share_pages(child, parent, region);
    }
    fence_all(); /* the parent's pages have lost their W */
    return true;
}

/*
 * 7. Processes
 *
 * A process is an address space and a kernel stack, on which its trap frame
 * lies while it is not in user mode. Owns the list of all processes and the
 * ready queue. Invariants: a process is in the queue if and only if it is
 * READY; one that has ended holds nothing but its record, and not even that
 * once its parent has asked, or has ended too.
 */
static struct process *processes, *first; /* a list of all; the one boot made */
static uint32_t process_count, last_pid;
static struct process *ready, **ready_end = &ready; /* the queue's last link */
static uint32_t ticks;                              /* since boot */

static void make_ready(struct process *process) {
    process->state = READY;
    process->next_ready = NULL;
    *ready_end = process;
    ready_end = &process->next_ready;
}

static void leave_queue(const struct process *process) {
    struct process **at = &ready;
    while (*at != process) at = &(*at)->next_ready; /* NOLINT: it is there */
    if (!(*at = process->next_ready)) ready_end = at;
}

/* Some process besides the first that has not ended, or NULL. */
static struct process *living_other(void) {
    struct process *p = processes;
    while (p && (p == first || p->state == ZOMBIE)) p = p->next;
    return p;
}

/* Makes ready those whose time has come (the tick counter may wrap, hence the
 * sign), and those that wait for a character when there is one. */
static void wake_up(void) {
    for (struct process *p = processes; p; p = p->next)
        if ((p->state == SLEEPING && (int32_t) (ticks - p->wake_tick) >= 0) ||
            (p->state == READING && typed != taken))
            make_ready(p);
}

static uint64_t read_time(void) {
    uint32_t high, low;
    do { /* the low half may overflow between the two readings */
        high = READ_CSR(timeh);
        low = READ_CSR(time);
    } while (high != READ_CSR(timeh));
    return (uint64_t) high << 32 | low;
}

/* The timer fires once: each tick asks for the next. SBI: "Timer". */
NOINLINE static void tick(void) {
    uint64_t next = read_time() + TIMER_HZ / 1000 * TICK_MS;
    sbi_call(SBI_TIME, 0, (uint32_t) next, (uint32_t) (next >> 32), 0);
    ticks++;
    poll_console();
    wake_up();
}

/*
 * switch_context(from, to) saves on from's stack what a C function must keep,
 * changes stacks, and restores it from to's stack. It is called by one process
 * and returns in another, which called it earlier. Its result is from, still
 * in a0, so that the process now running can tidy up after it. The
 * store-conditional gives up a reservation that lr.w made before the switch
 * (unprivileged specification, "Load-Reserved/Store-Conditional").
 *
 *        from->sp → ┌────────────┐
 *                   │ ra         │ where switch_context returns to
 *                   │ s0 … s11   │
 *                   │ scratch    │
 *                   └────────────┘ its caller's frame
 */
struct context {
    uint32_t ra, s[12], scratch[3]; /* the stack stays 16-byte aligned */
};

__asm__(".text\n"
        "switch_context:\n"
        "    addi sp, sp, -64\n"
        "    sw ra, 0(sp)\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
        "    sw s\\n, 4 + 4*\\n(sp)\n"
        "    .endr\n"
        "    sw sp, 0(a0)\n" /* from->sp: the process we were */
        "    lw sp, 0(a1)\n" /* to->sp: from here on we are another */
        "    addi t0, sp, 52\n"
        "    sc.w t1, t0, (t0)\n" /* fails, or stores to scratch */
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
        "    lw s\\n, 4 + 4*\\n(sp)\n"
        "    .endr\n"
        "    lw ra, 0(sp)\n"
        "    addi sp, sp, 64\n"
        "    ret\n" /* to where that other one called */

        /* A new process's ra points here: it has not called anything yet. sp
         * is on its trap frame, a0 is the process before. */
        "first_return:\n"
        "    call finish_switch\n"
        "    j trap_return\n");

static struct trap_frame *trap_frame_of(const struct process *process) {
    uint8_t *top = process->stack + (1 + KERNEL_STACK_PAGES) * PAGE_SIZE;
    return (struct trap_frame *) top - 1;
}

/* Drops the record at this link: nobody will ask for it. */
static void forget(struct process **at) {
    struct process *process = *at;
    *at = process->next;
    process_count--;
    kfree(process);
}

/* What every process does first when it runs again: one that has ended could
 * not free the stack it stood on, so its successor does. The children of the
 * one that ended have no parent now, and every process without a parent that
 * has ended is forgotten. */
void finish_switch(struct process *before) {
    if (before->state != ZOMBIE) return;
    free_run(before->stack, FRAME_STACK);
    before->stack = NULL;
    for (struct process **at = &processes; *at;) {
        struct process *p = *at;
        if (p->parent == before) p->parent = NULL;
        if (p->state == ZOMBIE && !p->parent && p != current)
            forget(at);
        else
            at = &p->next;
    }
}

/*
 * Ends a process: all it had goes back except the status that its parent may
 * want and, if it is the current one, the stack that we stand on. A process
 * that ends itself must then schedule(), which does not return.
 */
static void end_process(struct process *process, uint32_t status) {
    if (process == first) power_off(status < 256 ? status : 128 + status - 256);
    if (process->state == READY) leave_queue(process);
    if (process == current) use_table(kernel_table);
    space_free(&process->space);
    process->state = ZOMBIE;
    process->status = status;
    if (process->parent && process->parent->state == WAITING)
        make_ready(process->parent);
    if (process != current) finish_switch(process);
}

/* What Ctrl-C does: ends all processes but the first, or, if there are
 * very many, as many as a turn allows. Work is counted in pages given back. */
NOINLINE static void end_others(void) {
    struct process *other;
    for (uint32_t work = 0, more; (other = living_other()); work += more) {
        more = 100 + process_count / 8; /* to end and to find a process */
        more += other->space.resident + 4 * other->space.count;
        if (work && work + more > WORK_MAX) break;
        end_process(other, 256 + SIGKILL);
    }
    interrupted = other != NULL;
}

/* Waits for a tick; or, soon after a character, asks for the next one. */
static void idle(void) {
    if (patience) {
        poll_console();
        wake_up();
    } else {
        __asm__ volatile("wfi"); /* wakes at the tick, without a trap */
    }
    if (READ_CSR(sip) & INTERRUPT_TIMER) tick();
    if (interrupted) end_others();
}

/* Lets the next ready process run; waits for one if there is none. Returns
 * when it is the caller's turn again. */
static void schedule(void) {
    struct process *before = current;
    while (!ready) idle();
    current = ready;
    leave_queue(current);
    current->state = RUNNING;
    if (current == before) return;
    use_table(current->space.table);
    finish_switch(switch_context(before, current));
}

/* Waits in this state until something makes us ready. */
static void block(uint32_t state) {
    current->state = state;
    schedule();
}

/* Gives up the processor, but stays ready. */
static void yield(void) {
    make_ready(current);
    if (interrupted) end_others();
    schedule();
}

/* The timer ends the current process's turn. */
static void end_turn(void) {
    current->ticks++;
    tick();
    yield();
}

/* A child of the current process, with a copy of its memory; NULL, and nothing
 * changed, if memory is short. It is ready, and goes to user mode with these
 * registers. At boot there is no memory to copy: the child's is empty. */
static struct process *new_process(const struct trap_frame *trap) {
    uint32_t size = (1 + KERNEL_STACK_PAGES) * PAGE_SIZE;
    struct process *process = kmalloc(sizeof *process), **at = &processes;
    if (!process) return NULL;
    *process = (struct process){.parent = current,
                                .stack = alloc_run(size, FRAME_STACK)};
    if (!process->stack || !space_copy(&process->space, &current->space)) {
        if (process->stack) free_run(process->stack, FRAME_STACK);
        kfree(process);
        return NULL;
    }
    process->pid = ++last_pid;
    *trap_frame_of(process) = *trap;
    struct context *context = (struct context *) trap_frame_of(process) - 1;
    context->ra = (uint32_t) first_return;
    context->s[0] = 0; /* where a backtrace ends */
    process->sp = &context->ra;
    while (*at) at = &(*at)->next;
    *at = process;
    process_count++;
    make_ready(process);
    return process;
}

/* The ELF file that is linked into the kernel: page aligned, padded to whole
 * pages, so that its pages can be mapped. */
__asm__(".section .rodata\n"
        ".balign 4096\n"
        "image: .incbin \"" PROGRAM "\"\n"
        "image_end: .balign 4096\n"
        ".text\n");
extern const uint8_t image[], image_end[];

/* What an ELF32 file begins with, and its segments (System V ABI). */
struct elf {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum;
};

struct segment {
    uint32_t type, offset, address, physical, file_size, size, flags, align;
};

#define ELF_IDENT "\177ELF\1\1" /* 32 bits, little-endian */
#define ELF_EXECUTABLE 2
#define ELF_RISCV 243
#define ELF_LOAD 1
#define ELF_X 1 /* segment flags; R is 4, and given to all */
#define ELF_W 2

/* Whether n bytes at an offset lie in the image. */
static bool is_in_image(uint32_t offset, uint32_t n) {
    uint32_t size = (uint32_t) (image_end - image);
    return offset <= size && n <= size - offset;
}

/* What the flags X and W say; R goes without saying. */
static const uint32_t access_of[] = {PROT_READ, PROT_READ | PROT_EXEC,
                                     PROT_READ | PROT_WRITE};
static const uint32_t kind_of[] = {REGION_RODATA, REGION_TEXT, REGION_DATA};

/* Returns what is wrong with a segment, or NULL. lowest: where the pages of the
 * one before end. */
static const char *refuse_segment(const struct segment *segment,
                                  uint32_t lowest) {
    if (segment->address % PAGE_SIZE || segment->offset % PAGE_SIZE)
        return "does not start on a page";
    if (segment->address < lowest)
        return "lies in a page of the one before, or below it";
    if (segment->address > MMAP_BASE ||
        segment->size > MMAP_BASE - segment->address)
        return "leaves no room for the heap";
    if (!is_in_image(segment->offset, segment->file_size) ||
        segment->file_size > segment->size)
        return "is not all in the file";
    if (segment->flags & ELF_W && segment->flags & ELF_X)
        return "is both writable and executable";
    if (!(segment->flags & ELF_W) && segment->file_size < segment->size)
        return "wants zeroed memory that it cannot write";
    return NULL;
}

/* Adds a region after all others. Boot cannot do without it. */
static struct region *map_at_boot(struct space *space, struct region like) {
    struct region **at = &space->regions;
    while (*at) at = &(*at)->next;
    if (!add_region(space, at, &like))
        PANIC("%s needs more memory than there is, for %u KiB at %08x",
              PROGRAM_NAME, (like.end - like.start) / 1024, like.start);
    return *at;
}

/* Maps the image's segments, then an empty heap after them and the stack.
 * Returns the program's entry. Panics if the image breaks a rule. */
static uint32_t load_program(struct space *space) {
    const struct elf *elf = (const struct elf *) image;
    if (!is_in_image(0, sizeof *elf) || memcmp(elf->ident, ELF_IDENT, 6) ||
        elf->type != ELF_EXECUTABLE || elf->machine != ELF_RISCV ||
        elf->phoff % 4 || elf->phentsize != sizeof(struct segment) ||
        !is_in_image(elf->phoff, elf->phnum * sizeof(struct segment)))
        PANIC("%s is not a RISC-V program", PROGRAM_NAME);
    const struct segment *segment =
        (const struct segment *) (image + elf->phoff);
    uint32_t end = USER_BASE;
    for (uint32_t i = 0; i < elf->phnum; i++, segment++) {
        if (segment->type != ELF_LOAD || !segment->size) continue;
        uint32_t start = segment->address;
        const char *refusal = refuse_segment(segment, end);
        if (refusal)
            PANIC("%s: segment %u at %08x %s", PROGRAM_NAME, i, start, refusal);
        end = page_up(start + segment->size);
        map_at_boot(space, (struct region){
                               NULL, start, end, access_of[segment->flags & 3],
                               kind_of[segment->flags & 3],
                               image + segment->offset, segment->file_size});
    }
    const struct region *text = region_at(space, elf->entry);
    if (!text || text->kind != REGION_TEXT || elf->entry % 4)
        PANIC("%s begins at %08x, outside its text", PROGRAM_NAME, elf->entry);
    uint32_t data = PROT_READ | PROT_WRITE;
    space->brk = end;
    space->heap = map_at_boot(
        space, (struct region){NULL, end, end, data, REGION_HEAP, NULL, 0});
    map_at_boot(space, (struct region){NULL, STACK_BASE, USER_TOP, data,
                                       REGION_STACK, NULL, 0});
    return elf->entry;
}

/* Process 1 runs the linked program. */
static void start_first_process(void) {
    struct trap_frame start = {.sp = USER_TOP};
    first = new_process(&start);
    if (!first) PANIC("out of memory");
    trap_frame_of(first)->pc = load_program(&first->space);
}

/*
 * 8. System calls
 *
 * A table of functions indexed by number. Each takes the trap frame, finds
 * its arguments in a0 to a5 as the user program left them, and returns what
 * goes into a0: a value, or a negative errno. Whatever the arguments are,
 * they are checked before anything has changed.
 */
static int32_t sys_exit(const struct trap_frame *trap) {
    end_process(current, trap->a0 & 255);
    schedule();
    PANIC("an ended process runs");
}

/* A copy of the current process, which returns 0 from the same call. */
static int32_t sys_fork(const struct trap_frame *trap) {
    if (process_count == PROCESSES_MAX || last_pid == INT_MAX || interrupted)
        return -EAGAIN;
    struct process *child = new_process(trap);
    if (!child) return -ENOMEM;
    trap_frame_of(child)->a0 = 0;
    return (int32_t) child->pid;
}

/* a0: the child's number, or 0 or -1 for any; a1: where to store the status, or
 * NULL; a2: 0, or WNOHANG, which returns 0 where none has ended. */
static int32_t sys_wait(const struct trap_frame *trap) {
    uint32_t pid = trap->a0, to = trap->a1;
    bool all = pid == 0 || pid == (uint32_t) -1;
    if (trap->a2 & ~WNOHANG) return -EINVAL;
    if (to && !space_allows(&current->space, to, sizeof(uint32_t), PROT_WRITE))
        return -EFAULT;
    for (;;) {
        bool any = false;
        for (struct process **at = &processes; *at; at = &(*at)->next) {
            struct process *p = *at;
            if (p->parent != current || (!all && p->pid != pid)) continue;
            any = true;
            if (p->state != ZOMBIE) continue;
            int32_t ended = (int32_t) p->pid;
            if (to) copy_to_user(to, &p->status, sizeof p->status);
            forget(at);
            return ended;
        }
        if (!any) return -ECHILD;
        if (trap->a2 & WNOHANG) return 0;
        block(WAITING);
    }
}

/* a0: pid, a1: SIGKILL, or 0 to ask whether there is such a process. */
static int32_t sys_kill(const struct trap_frame *trap) {
    struct process *target = processes;
    while (target && target->pid != trap->a0) target = target->next;
    if (trap->a1 && trap->a1 != SIGKILL) return -EINVAL;
    if (!target) return -ESRCH;
    if (!trap->a1) return 0;
    if (target == first) return -EPERM;
    if (target->state != ZOMBIE) end_process(target, 256 + SIGKILL);
    if (target == current) schedule();
    return 0;
}

static int32_t sys_getpid(const struct trap_frame *trap) {
    (void) trap;
    return (int32_t) current->pid;
}

/* a0: milliseconds; at least that long, in whole ticks. */
static int32_t sys_sleep(const struct trap_frame *trap) {
    if (!trap->a0) return 0;
    /* Rounded up, and one more: the current tick has begun already. */
    current->wake_tick = ticks + (trap->a0 - 1) / TICK_MS + 2;
    block(SLEEPING);
    return 0;
}

static int32_t sys_yield(const struct trap_frame *trap) {
    (void) trap;
    yield();
    return 0;
}

/* What read and write have in common: a0 is a console's descriptor, a1 and a2
 * are a buffer. 0 if all is well. */
static int32_t check_buffer(const struct trap_frame *trap, uint32_t access) {
    if (trap->a0 > 2) return -EBADF;
    if (trap->a2 > INT_MAX) return -EINVAL;
    return space_allows(&current->space, trap->a1, trap->a2, access) ? 0
                                                                     : -EFAULT;
}

/* Waits for a character, then returns what has been typed, up to a2. */
static int32_t sys_read(const struct trap_frame *trap) {
    int32_t error = check_buffer(trap, PROT_WRITE);
    if (error || !trap->a2) return error;
    poll_console();
    if (interrupted) yield(); /* returns unless Ctrl-C ended us */
    while (typed == taken) block(READING);
    uint32_t n = 0;
    for (; n < trap->a2 && typed != taken; n++)
        *user_byte(&current->space, trap->a1 + n, PROT_WRITE) =
            (uint8_t) ring[taken++ % sizeof ring];
    return (int32_t) n;
}

static int32_t sys_write(const struct trap_frame *trap) {
    int32_t error = check_buffer(trap, PROT_READ);
    if (error) return error;
    for (uint32_t done = 0, part; done < trap->a2; done += part) {
        part = trap->a2 - done;
        if (part > sizeof output) part = sizeof output;
        copy_from_user(output, trap->a1 + done, part);
        flush_output(part);
        if (READ_CSR(sip) & INTERRUPT_TIMER) end_turn(); /* this is slow */
    }
    return (int32_t) trap->a2;
}

/* a0: by how many bytes to move the break, signed. Returns the old one. What
 * follows the new break in its page is zeroed: it must read as zeros when the
 * break comes back. */
static int32_t sys_sbrk(const struct trap_frame *trap) {
    struct space *space = &current->space;
    uint32_t old = space->brk, brk = old + trap->a0, end = page_up(brk);
    bool shrink = (int32_t) trap->a0 < 0;
    if (shrink && (brk > old || brk < space->heap->start)) return -EINVAL;
    if (!shrink && (brk < old || brk > MMAP_BASE)) return -ENOMEM;
    if (end != space->heap->end && !space_resize(space, space->heap, end))
        return -ENOMEM;
    space->brk = brk;
    if (shrink && brk < end && *walk(space->table, brk))
        memset(user_byte(space, brk, PROT_WRITE), 0, end - brk);
    return (int32_t) old;
}

/* mmap(a0 a hint, a1 bytes, a2 rights, a3 flags, -1, 0). POSIX leaves it to us
 * what to make of a hint; we ignore it. */
static int32_t sys_mmap(const struct trap_frame *trap) {
    uint32_t start, flags = MAP_PRIVATE | MAP_ANONYMOUS;
    if (!trap->a1 || trap->a2 > (PROT_READ | PROT_WRITE) || trap->a3 != flags ||
        trap->a4 != (uint32_t) -1 || trap->a5)
        return -EINVAL;
    if (trap->a1 > MMAP_END - MMAP_BASE) return -ENOMEM;
    uint32_t access = trap->a2, size = page_up(trap->a1);
    if (access & PROT_WRITE)
        access |= PROT_READ; /* a leaf with W but not R is reserved */
    struct region **at =
        custom_fit(&current->space.regions, MMAP_BASE, MMAP_END, size, &start);
    struct region like = {NULL, start, start + size, access, REGION_MMAP,
                          NULL, 0};
    return at && add_region(&current->space, at, &like) ? (int32_t) start
                                                        : -ENOMEM;
}

/* a0: where, a1: how many bytes. */
static int32_t sys_munmap(const struct trap_frame *trap) {
    uint32_t start = trap->a0, size = trap->a1;
    if (start % PAGE_SIZE || start < MMAP_BASE || start >= MMAP_END || !size ||
        size > MMAP_END - start)
        return -EINVAL;
    uint32_t end = start + page_up(size);
    return space_unmap(&current->space, start, end) ? 0 : -ENOMEM;
}

/* a0: where to. The copy may take a frame: the numbers are from before it. */
static int32_t sys_meminfo(const struct trap_frame *trap) {
    struct meminfo now = memory;
    return copy_to_user(trap->a0, &now, sizeof now);
}

/* a0: which process, counted from 0 by age; a1: where to. */
static int32_t sys_procinfo(const struct trap_frame *trap) {
    struct process *p = processes;
    for (uint32_t i = 0; p && i < trap->a0; i++) p = p->next;
    if (!p) return -ESRCH;
    struct procinfo info = {.pid = p->pid,
                            .parent = p->parent ? p->parent->pid : 0,
                            .state = p->state,
                            .resident = p->space.resident,
                            .faults = p->space.faults,
                            .copies = p->space.copies,
                            .ticks = p->ticks};
    strncpy(info.name, PROGRAM_NAME, sizeof info.name - 1);
    for (struct region *r = p->space.regions; r; r = r->next)
        info.reserved += (r->end - r->start) / PAGE_SIZE;
    return copy_to_user(trap->a1, &info, sizeof info);
}

/* a0: which of our regions, counted from 0; a1: where to. */
static int32_t sys_regioninfo(const struct trap_frame *trap) {
    struct region *r = current->space.regions;
    for (uint32_t i = 0; r && i < trap->a0; i++) r = r->next;
    if (!r) return -ESRCH;
    struct regioninfo info = {r->start, r->end, r->access, r->kind};
    return copy_to_user(trap->a1, &info, sizeof info);
}

static int32_t (*const system_calls[])(const struct trap_frame *) = {
    [SYS_EXIT] = sys_exit,
    [SYS_FORK] = sys_fork,
    [SYS_WAIT] = sys_wait,
    [SYS_KILL] = sys_kill,
    [SYS_GETPID] = sys_getpid,
    [SYS_SLEEP] = sys_sleep,
    [SYS_YIELD] = sys_yield,
    [SYS_READ] = sys_read,
    [SYS_WRITE] = sys_write,
    [SYS_SBRK] = sys_sbrk,
    [SYS_MMAP] = sys_mmap,
    [SYS_MUNMAP] = sys_munmap,
    [SYS_MEMINFO] = sys_meminfo,
    [SYS_PROCINFO] = sys_procinfo,
    [SYS_REGIONINFO] = sys_regioninfo};

static void system_call(struct trap_frame *trap) {
    uint32_t number = trap->a7;
    trap->pc += 4; /* go on after the ecall */
    if (number < sizeof system_calls / sizeof *system_calls &&
        system_calls[number])
        trap->a0 = (uint32_t) system_calls[number](trap);
    else
        trap->a0 = (uint32_t) -ENOSYS;
}

/*
 * 9. Traps
 *
 * Every trap arrives at trap_entry, and sscratch says where it came from. In
 * user mode it holds the top of the process's kernel stack, in the kernel 0.
 * In the kernel interrupts are always off, so a trap from there is a bug, and
 * ends in a panic on a stack of its own.
 */

/*
 * The processor has jumped here with the user's registers; of ours it has
 * only sscratch. csrrw exchanges that with sp, and nothing is overwritten:
 *
 *     stack's top → ┌────────────┐ ← sscratch while in user mode
 *                   │ x31        │
 *                   │ …          │
 *                   │ x2         │ the user's sp
 *                   │ x1         │
 *                   │ pc         │
 *              sp → ├────────────┤ struct trap_frame *
 *                   │ C's frames │
 *                   └────────────┘
 *                     guard page: not mapped
 *
 * From the kernel sp becomes 0, which is no stack; the kernel's sp is in
 * sscratch then, and the registers are saved on the panic stack instead.
 */
__asm__(".macro registers what\n" /* sw or lw: all but sp */
        "    .irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,"
        "23,24,25,26,27,28,29,30,31\n"
        "    \\what x\\n, 4*\\n(sp)\n"
        "    .endr\n"
        ".endm\n"

        ".macro save_registers\n"
        "    registers sw\n"
        "    csrrw t0, sscratch, zero\n" /* the old sp; from now on a trap */
        "    sw t0, 4*2(sp)\n"           /* is one from the kernel */
        "    csrr t0, sepc\n"
        "    sw t0, 0(sp)\n"
        "    mv a0, sp\n" /* the argument for what is called next */
        ".endm\n"

        ".balign 4\n" /* the low bits of stvec are a mode */
        "trap_entry:\n"
        "    csrrw sp, sscratch, sp\n"
        "    beqz sp, from_kernel\n"
        "    addi sp, sp, -128\n" /* sizeof(struct trap_frame) */
        "    save_registers\n"
        "    call trap\n"

        /* sp is on the trap frame, and that ends at the stack's top. sret goes
         * to user mode, because sstatus.SPP has been 0 since boot. */
        "trap_return:\n"
        "    lw t0, 0(sp)\n"
        "    csrw sepc, t0\n"
        "    addi t0, sp, 128\n"
        "    csrw sscratch, t0\n" /* from now on a trap is from user mode */
        "    registers lw\n"
        "    lw sp, 4*2(sp)\n"
        "    sret\n"

        "from_kernel:\n"
        "    la sp, panic_stack + 4096 - 128\n"
        "    save_registers\n"
        "    call kernel_trap\n");

/* Why a process may not access an address, sp being its stack pointer. An
 * access below the stack is an overflow if it is in the page that is never
 * mapped, or if the stack pointer has left the stack. */
static const char *refuse_access(uint32_t address, uint32_t sp) {
    if (address >= USER_TOP) return "it belongs to the kernel";
    if (region_at(&current->space, address)) return NULL;
    bool left = sp >= MMAP_BASE && sp < STACK_BASE && address >= sp &&
                !region_at(&current->space, sp);
    if (address < STACK_BASE && (address >= STACK_BASE - PAGE_SIZE || left))
        return "the stack overflowed";
    return "nothing is mapped there";
}

/* Ends the current process for what it did, with a line that says so. */
NOINLINE static void kill_current(const struct trap_frame *trap,
                                  uint32_t access) {
    static const char *const words[][2] = {
        [PROT_READ] = {"load from", "the page is not readable"},
        [PROT_WRITE] = {"store to", "the page is not writable"},
        [PROT_EXEC] = {"jump to", "the page is not executable"}};
    uint32_t cause = READ_CSR(scause), value = READ_CSR(stval);
    const char *why = refuse_access(value, trap->sp);
    printf("%sprocess %u (%.15s) killed: ", in_a_line ? "\n" : "", current->pid,
           PROGRAM_NAME);
    if (access)
        printf("%s %08x at pc %08x: %s\n", words[access][0], value, trap->pc,
               why ? why : words[access][1]);
    else
        printf("%s at pc %08x (cause %u, value %08x)\n",
               cause == CAUSE_ILLEGAL ? "illegal instruction" : "exception",
               trap->pc, cause, value);
    end_process(current, 256 + SIGSEGV);
    schedule();
}

/* A trap from user mode. Other processes may run before it returns. */
void trap(struct trap_frame *trap) {
    static const uint8_t wanted[] = {[CAUSE_FETCH_PAGE] = PROT_EXEC,
                                     [CAUSE_LOAD_PAGE] = PROT_READ,
                                     [CAUSE_STORE_PAGE] = PROT_WRITE};
    uint32_t cause = READ_CSR(scause);
    if (cause == CAUSE_ECALL) {
        system_call(trap);
    } else if (cause == CAUSE_TIMER) {
        end_turn();
    } else {
        uint32_t access = cause < sizeof wanted ? wanted[cause] : 0;
        if (!access || !space_fault(&current->space, READ_CSR(stval), access))
            kill_current(trap, access);
    }
}

/* A trap from the kernel itself: always a bug, or RAM that is not there. */
void kernel_trap(struct trap_frame *trap) {
    uint32_t cause = READ_CSR(scause), end = (uint32_t) __free_ram_end;
    bool no_ram = cause == CAUSE_LOAD_ACCESS && READ_CSR(stval) == end - 4;
    panic(__FILE_NAME__, __LINE__, trap, "trap %u in the kernel at pc %08x%s",
          cause, trap->pc,
          no_ram ? ": the machine has less RAM than kernel.ld says" : "");
}

/*
 * 10. Boot
 *
 * The firmware jumps to boot in supervisor mode, translation off, the hart's
 * number in a0 and the device tree in a1, neither of which we need.
 */
__attribute__((naked, section(".text.boot"))) void boot(void) {
    __asm__ volatile("la sp, __boot_stack_top\n"
                     "la a0, __bss\n" /* RAM may hold anything at first */
                     "li a1, 0\n"
                     "la a2, __bss_end\n"
                     "sub a2, a2, a0\n"
                     "call memset\n"
                     "mv s0, zero\n" /* where a backtrace ends */
                     "call kernel_main\n");
}

/* The processor's state first, whatever the firmware left. sstatus 0:
 * interrupts off, sret goes to user mode, user pages are out of our reach, and
 * the units whose registers we do not save (FS, VS) are off. */
static void kernel_init(void) {
    WRITE_CSR(sscratch, 0);
    WRITE_CSR(stvec, trap_entry);
    WRITE_CSR(sstatus, 0);
    WRITE_CSR(sie, INTERRUPT_TIMER);
    WRITE_CSR(scounteren, SCOUNTEREN_CY_TM_IR);
    frames_init();
    paging_init();
}

/* From here on no process uses the boot stack: the first one has its own, and
 * so has each that runs after it. */
void kernel_main(void) {
    kernel_init();
    printf("leaf: %u of %u page frames free, at %08x\n", memory.free,
           memory.total, (uint32_t) __free_ram);
    start_first_process();
    tick();
    schedule();
}
