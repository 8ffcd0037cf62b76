/*
 * kernel_audit.h: holds all that the kernel knows of memory against itself,
 * and its page tables against the rules. Included behind kernel.c.
 *
 *     const char *wrong = audit(); // NULL: all is well
 *
 * To be called between system calls, when no part is in the middle of
 * something. It counts for itself, from the records, tables and lists up, and
 * trusts no counter.
 */
#pragma once

#define FRAMES (64 * 1024 * 1024 / PAGE_SIZE)

static char audit_says[160];
static uint16_t met[FRAMES];     /* how often each frame was met on the way */
static uint32_t audit_promises;  /* counted anew */
static uint32_t audit_blocks;    /* of the kernel heap's buckets, in use */
static uint32_t audit_ours;      /* of them: the kernel's own, in its lists */
static uint32_t blocks_of_tests; /* of them: what a test holds at the moment */

#define WRONG(...)                                                             \
    do {                                                                       \
        snprintf(audit_says, sizeof audit_says, __VA_ARGS__);                  \
        return audit_says;                                                     \
    } while (0)

#define WRONG_IF(condition, ...)                                               \
    do {                                                                       \
        if (condition) WRONG(__VA_ARGS__);                                     \
    } while (0)

#define PASS_ON(check)                                                         \
    do {                                                                       \
        const char *wrong_ = (check);                                          \
        if (wrong_) return wrong_;                                             \
    } while (0)

/* --- Page tables -------------------------------------------------------- */

/* What holds for any leaf, whoever it is for: never writable and executable;
 * readable (W without R is reserved, X alone is not ours); A set, and D just
 * where W is. */
static const char *audit_leaf(uint32_t at, uint32_t pte) {
    WRONG_IF(!(pte & PTE_V), "%08x: pte %08x is neither valid nor 0", at, pte);
    WRONG_IF(pte & PTE_W && pte & PTE_X, "%08x: both W and X (%08x)", at, pte);
    WRONG_IF(!(pte & PTE_A), "%08x: A is not set (%08x)", at, pte);
    WRONG_IF(!(pte & PTE_D) != !(pte & PTE_W),
             "%08x: W without D, or D "
             "without W (%08x)",
             at, pte);
    WRONG_IF(!(pte & PTE_R), "%08x: not readable (%08x)", at, pte);
    WRONG_IF(!(pte & PTE_U) != (at >= USER_TOP), "%08x: U is wrong (%08x)", at,
             pte);
    WRONG_IF(!(pte & PTE_G) != (at < USER_TOP), "%08x: G is wrong (%08x)", at,
             pte);
    return NULL;
}

/* Counts a page table's frame. The entry that points to it carries V alone. */
static const char *audit_table(uint32_t at, uint32_t entry) {
    WRONG_IF((entry & 0x3ff) != PTE_V, "%08x: root entry %08x", at, entry);
    const uint8_t *table = PTE_PAGE(entry);
    WRONG_IF(table < __free_ram || table >= __free_ram_end ||
                 frame_of(table)->kind != FRAME_TABLE,
             "%08x: its table %08x is none", at, (uint32_t) table);
    met[frame_number(table)]++;
    return NULL;
}

static uint32_t kernel_rights(uint32_t at) {
    return at < (uint32_t) __rodata ? PTE_R | PTE_X
           : at < (uint32_t) __data ? PTE_R
                                    : PTE_R | PTE_W;
}

/* The kernel's own half: its image and free RAM at their own addresses, the
 * arena, and nothing else. */
static const char *audit_kernel_leaf(uint32_t at, uint32_t pte, uint32_t size,
                                     const struct region *run) {
    bool arena_address = at >= ARENA_BASE && at < ARENA_END;
    if (!pte) {
        WRONG_IF(arena_address && run && run->kind != FRAME_STACK,
                 "%08x: in a run, but not mapped", at);
        WRONG_IF(at >= (uint32_t) __text && at < (uint32_t) __free_ram_end,
                 "%08x: not mapped", at);
        return NULL;
    }
    PASS_ON(audit_leaf(at, pte));
    uint32_t rights = pte & (PTE_R | PTE_W | PTE_X);
    if (arena_address) {
        const uint8_t *page = PTE_PAGE(pte);
        WRONG_IF(!run, "%08x: mapped, but in no run", at);
        WRONG_IF(rights != (PTE_R | PTE_W), "%08x: pte %08x", at, pte);
        WRONG_IF(page < __free_ram || page >= __free_ram_end ||
                     frame_of(page)->kind != run->kind,
                 "%08x: its frame %08x is of another kind", at,
                 (uint32_t) page);
        met[frame_number(page)]++;
        return NULL;
    }
    WRONG_IF(at < (uint32_t) __text || at >= (uint32_t) __free_ram_end,
             "%08x: mapped, but nothing of ours", at);
    WRONG_IF((uint32_t) PTE_PAGE(pte) != at, "%08x: mapped to %08x", at,
             (uint32_t) PTE_PAGE(pte));
    for (uint32_t page = at; page < at + size; page += PAGE_SIZE)
        WRONG_IF(rights != kernel_rights(page), "%08x: rights %02x", page,
                 rights);
    return NULL;
}

static const char *audit_kernel_table(void) {
    met[frame_number(kernel_table)]++;
    for (uint32_t i = 0; i < ENTRIES; i++) {
        uint32_t at = i << 22, entry = kernel_table[i];
        const struct region *run = arena.regions;
        if (entry & (PTE_R | PTE_W | PTE_X)) {
            WRONG_IF(entry >> 10 & 0x3ff, "%08x: a 4 MiB leaf at %08x", at,
                     (uint32_t) PTE_PAGE(entry));
            PASS_ON(audit_kernel_leaf(at, entry, MEGAPAGE, NULL));
            continue;
        }
        WRONG_IF(at >= ARENA_BASE && at < ARENA_END && !entry,
                 "%08x: the arena lacks a table", at);
        if (!entry) continue;
        PASS_ON(audit_table(at, entry));
        const uint32_t *table = (const uint32_t *) PTE_PAGE(entry);
        for (uint32_t j = 0; j < ENTRIES; j++, at += PAGE_SIZE) {
            while (run && run->end <= at) run = run->next;
            bool inside = run && run->start <= at;
            PASS_ON(audit_kernel_leaf(at, table[j], PAGE_SIZE,
                                      inside ? run : NULL));
        }
    }
    return NULL;
}

/* --- Processes ---------------------------------------------------------- */

/* A leaf in a process's half: its region allows no less. */
static const char *audit_user_leaf(const struct process *p, uint32_t at,
                                   uint32_t pte) {
    const struct region *region = region_at(&p->space, at);
    const uint8_t *page = PTE_PAGE(pte);
    PASS_ON(audit_leaf(at, pte));
    WRONG_IF(!region, "process %u: %08x: mapped, but in no region", p->pid, at);
    uint32_t rights = (pte & (PTE_R | PTE_W | PTE_X)) >> 1;
    WRONG_IF(rights & ~region->access,
             "process %u: %08x: rights %x, its "
             "region has %x",
             p->pid, at, rights, region->access);
    if (in_image(region)) {
        WRONG_IF(page != region->image + (at - region->start) ||
                     page + PAGE_SIZE > image_end + PAGE_SIZE ||
                     rights != region->access,
                 "process %u: %08x: not the image's page", p->pid, at);
        return NULL;
    }
    WRONG_IF(page < __free_ram || page >= __free_ram_end ||
                 frame_of(page)->kind != FRAME_USER,
             "process %u: %08x: its frame %08x is not a user's", p->pid, at,
             (uint32_t) page);
    WRONG_IF(frame_of(page)->refs > 1 && pte & PTE_W,
             "process %u: %08x: shared, but writable", p->pid, at);
    met[frame_number(page)]++;
    return NULL;
}

/* Pages of a region that have no entry yet, each of which was promised. */
static const char *audit_region(const struct process *p,
                                const struct region *region,
                                uint32_t *resident) {
    WRONG_IF(frame_of(region)->kind != FRAME_HEAP,
             "process %u: a region is not from kmalloc", p->pid);
    WRONG_IF(region->start % PAGE_SIZE || region->end % PAGE_SIZE ||
                 region->end > USER_TOP || region->start < USER_BASE,
             "process %u: region %08x to %08x", p->pid, region->start,
             region->end);
    WRONG_IF(region->start > region->end ||
                 (region->start == region->end && region != p->space.heap),
             "process %u: region at %08x is empty", p->pid, region->start);
    WRONG_IF(region->next && region->end > region->next->start,
             "process %u: regions overlap at %08x", p->pid, region->end);
    WRONG_IF(region->access & PROT_WRITE && region->access & PROT_EXEC,
             "process %u: region %08x is W and X", p->pid, region->start);
    for (uint32_t at = region->start; at < region->end; at += PAGE_SIZE) {
        if (!region->access) break; /* it has no pages and no tables */
        const uint32_t *pte = walk(p->space.table, at);
        WRONG_IF(!pte, "process %u: %08x has no page table", p->pid, at);
        if (in_image(region)) continue;
        if (*pte)
            ++*resident;
        else
            audit_promises++;
    }
    audit_ours++;
    return NULL;
}

static const char *audit_process(const struct process *p) {
    const struct space *space = &p->space;
    WRONG_IF(frame_of(p)->kind != FRAME_HEAP, "process %u is not from kmalloc",
             p->pid);
    audit_ours++;
    if (p->state == ZOMBIE) {
        WRONG_IF(space->regions || (p->stack && p != current),
                 "process %u has ended, but holds something", p->pid);
        WRONG_IF(!p->parent && p != current,
                 "process %u has ended, and nobody may ask", p->pid);
        return NULL;
    }
    uint32_t resident = 0;
    for (struct region *region = space->regions; region; region = region->next)
        PASS_ON(audit_region(p, region, &resident));
    WRONG_IF(resident != space->resident, "process %u: %u resident, it says %u",
             p->pid, resident, space->resident);
    WRONG_IF(page_up(space->brk) != space->heap->end,
             "process %u: brk %08x, "
             "heap ends at %08x",
             p->pid, space->brk, space->heap->end);
    met[frame_number(space->table)]++;
    for (uint32_t i = 0; i < ENTRIES / 2; i++) {
        uint32_t at = i << 22, entry = space->table[i];
        if (!entry) continue;
        PASS_ON(audit_table(at, entry));
        const uint32_t *table = (const uint32_t *) PTE_PAGE(entry);
        for (uint32_t j = 0; j < ENTRIES; j++, at += PAGE_SIZE)
            if (table[j]) PASS_ON(audit_user_leaf(p, at, table[j]));
    }
    WRONG_IF(memcmp(space->table + ENTRIES / 2, kernel_table + ENTRIES / 2,
                    ENTRIES / 2 * sizeof *kernel_table),
             "process %u: its upper half is not the kernel's", p->pid);
    return NULL;
}

/* The ready queue holds just those that are ready, each once. */
static const char *audit_queue(void) {
    uint32_t ready_ones = 0, queued = 0;
    for (struct process *p = processes; p; p = p->next)
        ready_ones += p->state == READY;
    for (struct process *p = ready; p; p = p->next_ready) {
        WRONG_IF(p->state != READY || ++queued > ready_ones,
                 "process %u is in the queue", p->pid);
        WRONG_IF(!p->next_ready && ready_end != &p->next_ready,
                 "process %u is the queue's last, but not its end", p->pid);
    }
    WRONG_IF(queued != ready_ones, "%u processes are ready, %u queued",
             ready_ones, queued);
    WRONG_IF(!ready && ready_end != &ready, "the empty queue's end is wrong");
    return NULL;
}

/* --- Kernel heap -------------------------------------------------------- */

/* A run of the arena: in order, and a stack's first page is not mapped. */
static const char *audit_run(const struct region *run) {
    WRONG_IF(run->start % PAGE_SIZE || run->end <= run->start ||
                 run->end % PAGE_SIZE || run->start < ARENA_BASE ||
                 run->end > ARENA_END,
             "arena: run %08x to %08x", run->start, run->end);
    WRONG_IF(run->next && run->end > run->next->start,
             "arena: runs overlap at %08x", run->end);
    for (uint32_t at = run->start; at < run->end; at += PAGE_SIZE) {
        bool guard = run->kind == FRAME_STACK && at == run->start;
        WRONG_IF(!*walk(kernel_table, at) != guard,
                 "arena: %08x, of a run of kind %u", at, run->kind);
    }
    audit_ours++;
    return NULL;
}

/* A page of a bucket: its free blocks are distinct, and as many as are not
 * used. */
static const char *audit_bucket_page(const struct frame *frame) {
    uint32_t size = BUCKET_MIN << frame->bucket, free = 0;
    uint8_t *page = page_of((uint32_t) (frame - frames));
    for (uint32_t at = frame->block; at != NO_BLOCK;) {
        WRONG_IF(at % size || at >= PAGE_SIZE || ++free > PAGE_SIZE / size,
                 "%08x: its list of free blocks has %x", (uint32_t) page, at);
        at = ((struct free_block *) (page + at))->next;
    }
    WRONG_IF(frame->refs + free != PAGE_SIZE / size,
             "%08x: %u blocks used, %u free", (uint32_t) page, frame->refs,
             free);
    WRONG_IF(!frame->refs, "%08x: a page without blocks", (uint32_t) page);
    audit_blocks += frame->refs;
    return NULL;
}

/* The buckets' lists hold just the pages that have a free block. */
static const char *audit_buckets(void) {
    for (uint32_t i = 0; i < BUCKETS; i++) {
        uint16_t before = 0;
        for (uint16_t n = buckets[i]; n; before = n, n = frames[n].next) {
            const struct frame *frame = &frames[n];
            WRONG_IF(frame->kind != FRAME_HEAP || frame->bucket != i ||
                         frame->prev != before || frame->block == NO_BLOCK ||
                         met[n]++,
                     "bucket %u lists frame %u", i, n);
        }
    }
    for (uint32_t n = 0; n < FRAMES; n++) {
        struct frame *frame = &frames[n];
        if (frame->kind != FRAME_HEAP || frame->bucket == NOT_A_BUCKET)
            continue;
        WRONG_IF(met[n] != (frame->block != NO_BLOCK),
                 "frame %u: %s its bucket's list", n, met[n] ? "in" : "not in");
        PASS_ON(audit_bucket_page(frame));
        met[n] = 1;
    }
    return NULL;
}

/* --- Frames ------------------------------------------------------------- */

/* Every frame is free, or the kernel's, or met as often as it says. */
static const char *audit_frames(void) {
    uint32_t kinds[FRAME_USER + 1] = {0};
    uint32_t bump = frame_number(next_page), listed = 0;
    for (uint32_t n = freed; n; n = frames[n].next) {
        WRONG_IF(frames[n].kind != FRAME_FREE || n >= bump || met[n]++,
                 "frame %u is in the list of free frames", n);
        listed++;
    }
    for (uint32_t n = 0; n < FRAMES; n++) {
        const struct frame *frame = &frames[n];
        WRONG_IF(frame->kind > FRAME_USER, "frame %u: kind %u", n, frame->kind);
        kinds[frame->kind]++;
        uint32_t want = frame->kind == FRAME_USER     ? frame->refs
                        : frame->kind == FRAME_KERNEL ? 0
                        : frame->kind == FRAME_FREE   ? n < bump
                                                      : 1;
        WRONG_IF(met[n] != want || (n >= bump && frame->kind),
                 "frame %u of kind %u: met %u times, not %u", n, frame->kind,
                 met[n], want);
        if (frame->kind == FRAME_USER) {
            WRONG_IF(!want, "frame %u is nobody's", n);
            audit_promises += want - 1;
        }
    }
    WRONG_IF(listed + FRAMES - bump != kinds[FRAME_FREE],
             "%u free frames, %u in the list", kinds[FRAME_FREE], listed);
    const uint32_t counted[] = {
        [FRAME_FREE] = memory.free,    [FRAME_KERNEL] = memory.kernel,
        [FRAME_HEAP] = memory.heap,    [FRAME_TABLE] = memory.tables,
        [FRAME_STACK] = memory.stacks, [FRAME_USER] = memory.user};
    uint32_t sum = 0;
    for (uint32_t kind = 0; kind <= FRAME_USER; kind++) {
        WRONG_IF(kinds[kind] != counted[kind],
                 "%u frames of kind %u, meminfo "
                 "says %u",
                 kinds[kind], kind, counted[kind]);
        sum += counted[kind];
    }
    WRONG_IF(memory.total != FRAMES || sum != memory.total,
             "%u frames, %u of all kinds", memory.total, sum);
    return NULL;
}

/* --- All ---------------------------------------------------------------- */

static const char *audit(void) {
    memset(met, 0, sizeof met);
    audit_promises = audit_blocks = audit_ours = 0;
    PASS_ON(audit_kernel_table());
    for (struct region *run = arena.regions; run; run = run->next)
        PASS_ON(audit_run(run));
    for (struct process *p = processes; p; p = p->next)
        PASS_ON(audit_process(p));
    PASS_ON(audit_queue());
    PASS_ON(audit_buckets());
    PASS_ON(audit_frames());
    WRONG_IF(audit_promises != memory.promised, "%u pages promised, it says %u",
             audit_promises, memory.promised);
    WRONG_IF(memory.promised > memory.free, "%u pages promised, %u free",
             memory.promised, memory.free);
    WRONG_IF(audit_blocks != audit_ours + blocks_of_tests,
             "%u blocks in use, %u known", audit_blocks,
             audit_ours + blocks_of_tests);
    return NULL;
}
