/*
 * soak.c: 20,000 random operations of fork, exit, kill, sbrk up and down,
 * mmap, munmap and touches, held against a model that runs in this program.
 *
 * The model knows what every page of the process holds, and predicts every
 * answer of the kernel and all of meminfo: after each operation user, tables,
 * stacks, promised and so free must be exactly what it says. (heap is taken
 * from meminfo: it depends on which of the kernel's blocks share a page.)
 *
 * One process at a time operates; its parents wait. fork copies the model
 * with everything else, and when the child has ended the parent's is right
 * again: whatever the child did must have left no trace. In some operations
 * several processes run at once; there only contents are checked, and the
 * prediction at the end.
 *
 * No more than nine processes are there at once (three that wait, three
 * others, a child of each), and memory is enough for nine that hold all they
 * may: so nothing may be refused but what asks for too much on purpose.
 *
 * The seed is read from the console: a number and Return.
 */
#include "check.h"

enum {
    OPERATIONS = 20000,
    DEPTH = 4,   /* generations of processes */
    HEAP = 160,  /* pages, at most, and as many at mmap's addresses */
    MAPS = 1300, /* more than one page table's reach */
    AT_ONCE = 60 /* pages in one mmap */
};

struct page {
    bool mapped, touched;
    uint8_t access;
    uint8_t sharers; /* other processes that map its frame */
    uint16_t filled; /* so many bytes hold the pattern of the seed, and the */
    uint32_t seed;   /* rest of the page is zero */
};

static struct page heap[HEAP], maps[MAPS];
static char *heap_start;
static uint32_t heap_bytes;
static bool has_table[USER_TOP / TABLE_SPAN];
static struct meminfo want;
static bool alone; /* nobody else operates: meminfo can be predicted */
static uint32_t depth;

static uint32_t random_number(uint32_t below) { return next_random() % below; }

/* --- What a page holds ---------------------------------------------------- */

static uint32_t pattern(uint32_t seed, uint32_t i) {
    return seed + i * 0x9e3779b1u;
}

static char *address_of(struct page *page) {
    if (page >= heap && page < heap + HEAP)
        return heap_start + PAGES(page - heap);
    return (char *) MMAP_BASE + PAGES(page - maps);
}

static void check_contents(struct page *page) {
    const char *start = address_of(page);
    const uint32_t *words = (const uint32_t *) start;
    uint32_t whole = page->filled / 4;
    for (uint32_t i = 0; i < PAGE_SIZE / 4; i++) {
        uint32_t word = i <= whole ? pattern(page->seed, i) : 0;
        if (i == whole) /* the first bytes of it */
            word &= (1u << page->filled % 4 * 8) - 1;
        if (words[i] != word)
            FAIL("%p holds %08x, want %08x", (void *) (words + i),
                 (unsigned) words[i], (unsigned) word);
    }
}

/* The page gets a frame of its own if it is to be written, a frame if it is
 * only read: what that costs. */
static void will_touch(struct page *page, bool write) {
    if (page->touched && !(write && page->sharers)) return;
    want.user++;
    want.promised--;
    page->touched = true;
    page->sharers = 0;
}

static void read_page(struct page *page) {
    will_touch(page, false);
    check_contents(page);
}

static void write_page(struct page *page) {
    uint32_t room = PAGE_SIZE;
    if (page >= heap && page < heap + HEAP &&
        heap_bytes - PAGES(page - heap) < room)
        room = heap_bytes - PAGES(page - heap);
    will_touch(page, true);
    page->seed = next_random();
    page->filled = (uint16_t) room;
    uint32_t *words = (uint32_t *) address_of(page);
    for (uint32_t i = 0; i < room / 4; i++) words[i] = pattern(page->seed, i);
    uint32_t rest = pattern(page->seed, room / 4);
    memcpy(words + room / 4, &rest, room % 4);
}

/* --- Granting and giving back --------------------------------------------- */

static uint32_t tables_missing(uint32_t start, uint32_t end) {
    uint32_t n = 0;
    for (uint32_t at = start / TABLE_SPAN;
         start < end && at <= (end - 1) / TABLE_SPAN; at++)
        n += !has_table[at];
    return n;
}

static void want_tables(uint32_t start, uint32_t end) {
    want.tables += tables_missing(start, end);
    for (uint32_t at = start; at < end; at++) {
        has_table[at / TABLE_SPAN] = true;
        at |= TABLE_SPAN - 1;
    }
}

/* What nobody may touch is promised nothing, and needs no tables. */
static void grant(struct page *page, uint32_t n, uint32_t access) {
    if (access) {
        want.promised += n;
        want_tables((uint32_t) address_of(page),
                    (uint32_t) address_of(page) + PAGES(n));
    }
    const struct page granted = {.mapped = true, .access = (uint8_t) access};
    while (n--) *page++ = granted;
}

static void give_back(struct page *page) {
    if (!page->mapped) return;
    if (page->touched && !page->sharers)
        want.user--;
    else
        want.promised -= page->access != PROT_NONE;
    memset(page, 0, sizeof *page);
}

/* --- The kernel against the model ------------------------------------------
 */

static void check_memory(void) {
    struct meminfo m = memory();
    CHECK(adds_up(&m));
    if (!alone) return;
    EQUAL(m.total, want.total);
    EQUAL(m.kernel, want.kernel);
    EQUAL(m.user, want.user);
    EQUAL(m.tables, want.tables);
    EQUAL(m.stacks, want.stacks);
    EQUAL(m.promised, want.promised);
    EQUAL(m.free,
          m.total - m.kernel - m.heap - want.tables - want.stacks - want.user);
}

static struct page *random_page(void) {
    if (random_number(2) && heap_bytes)
        return &heap[random_number(ROUND_UP(heap_bytes) / PAGE_SIZE)];
    uint32_t first = random_number(MAPS);
    for (uint32_t i = 0; i < MAPS; i++)
        if (maps[(first + i) % MAPS].mapped) return &maps[(first + i) % MAPS];
    return NULL;
}

static void check_all_contents(void) {
    for (uint32_t i = 0; i < HEAP; i++)
        if (heap[i].touched) check_contents(&heap[i]);
    for (uint32_t i = 0; i < MAPS; i++)
        if (maps[i].touched) check_contents(&maps[i]);
}

/* --- Operations on memory ---------------------------------------------------
 */

static void look(void) {
    struct page *page = random_page();
    if (page && page->access) read_page(page);
}

static void change(void) {
    struct page *page = random_page();
    if (page && page->access & PROT_WRITE) write_page(page);
}

/* As often inside a page as over several. */
static uint32_t random_bytes(void) {
    return random_number(random_number(2) ? PAGE_SIZE : PAGES(12));
}

static void grow(void) {
    uint32_t n = random_bytes(), had = ROUND_UP(heap_bytes) / PAGE_SIZE;
    if (heap_bytes + n > PAGES(HEAP)) return;
    EQUAL(sbrk((intptr_t) n), heap_start + heap_bytes);
    heap_bytes += n;
    grant(&heap[had], ROUND_UP(heap_bytes) / PAGE_SIZE - had,
          PROT_READ | PROT_WRITE);
}

static void shrink(void) {
    uint32_t n = random_bytes(), had = ROUND_UP(heap_bytes) / PAGE_SIZE;
    if (n > heap_bytes) n = heap_bytes;
    EQUAL(sbrk(-(intptr_t) n), heap_start + heap_bytes);
    heap_bytes -= n;
    while (had > ROUND_UP(heap_bytes) / PAGE_SIZE) give_back(&heap[--had]);
    struct page *last = &heap[heap_bytes / PAGE_SIZE];
    uint32_t left = heap_bytes % PAGE_SIZE;
    if (n && left && last->touched) { /* the kernel zeroes its rest */
        will_touch(last, true);
        if (last->filled > left) last->filled = (uint16_t) left;
    }
}

/* Where custom fit puts n pages: a hole that fits exactly, else the largest,
 * else behind the last region. */
static uint32_t place(uint32_t n) {
    uint32_t end = MAPS, most = 0, largest = 0;
    while (end && !maps[end - 1].mapped) end--;
    for (uint32_t i = 0, hole = 0; i < end; i++) {
        hole = maps[i].mapped ? 0 : hole + 1;
        if (!hole || !maps[i + 1].mapped) continue;
        if (hole == n) return i + 1 - n;
        if (hole > most) {
            most = hole;
            largest = i + 1 - hole;
        }
    }
    return most > n ? largest : end;
}

static void map(void) {
    static const int rights[] = {
        PROT_READ | PROT_WRITE, PROT_WRITE, PROT_READ,
        PROT_READ | PROT_WRITE, PROT_NONE,  PROT_WRITE};
    uint32_t n = 1 + random_number(random_number(3) ? 12 : AT_ONCE);
    uint32_t at = place(n);
    int access = rights[random_number(LENGTH(rights))];
    if (at + n > MAPS) return;
    EQUAL(mmap(NULL, PAGES(n) - random_number(PAGE_SIZE), access,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
          address_of(&maps[at]));
    grant(&maps[at], n, (uint32_t) access);
}

/* Any range: all of a region, parts of it, several, holes. */
static void unmap(void) {
    uint32_t n = 1 + random_number(random_number(3) ? 10 : AT_ONCE);
    uint32_t at = random_number(MAPS - n);
    struct page *page = random_page();
    if (page && page >= maps && page < maps + MAPS - n)
        at = (uint32_t) (page - maps);
    EQUAL(munmap(address_of(&maps[at]), PAGES(n) - random_number(PAGE_SIZE)),
          0);
    for (uint32_t i = 0; i < n; i++) give_back(&maps[at + i]);
}

static void ask_too_much(void) {
    struct meminfo m = memory();
    uint32_t left = alone ? m.free - m.promised + 1 : m.total;
    int inside = -(int) heap_bytes & (int) (PAGE_SIZE - 1);
    FAILS(sbrk((intptr_t) PAGES(left) + inside), ENOMEM);
    FAILS(
        mmap(NULL, PAGES(left), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        ENOMEM);
    FAILS(sbrk(-(intptr_t) heap_bytes - 1), EINVAL);
    FAILS(munmap((char *) MMAP_BASE + 1, PAGE_SIZE), EINVAL);
}

/* Takes all that can be had, to the last page; then nothing else is granted;
 * then gives it back. */
static void take_all(void) {
    if (!alone) return;
    uint32_t end = (uint32_t) heap_start + ROUND_UP(heap_bytes);
    uint32_t left = want.free - want.promised, n = left;
    while (n + tables_missing(end, end + PAGES(n)) > left) n--;
    int inside = (int) (ROUND_UP(heap_bytes) - heap_bytes);
    char *old = heap_start + heap_bytes;
    FAILS(sbrk((intptr_t) PAGES(n + 1) + inside), ENOMEM);
    EQUAL(sbrk((intptr_t) PAGES(n) + inside), old);
    want.promised += n;
    want_tables(end, end + PAGES(n));
    left = left - n;
    check_memory();
    FAILS(fork(), ENOMEM);
    FAILS(sbrk((intptr_t) PAGES(left + 1)), ENOMEM);
    check_memory();
    EQUAL(sbrk(-((intptr_t) PAGES(n) + inside)), end + PAGES(n));
    want.promised -= n;
    if (inside && heap[heap_bytes / PAGE_SIZE].touched)
        will_touch(&heap[heap_bytes / PAGE_SIZE], true);
}

/* --- Operations on processes ------------------------------------------------
 */

static void operate(uint32_t n);

/* What the kernel tells of a process; NULL if there is none of this pid. */
static struct procinfo *find(pid_t pid) {
    static struct procinfo p;
    for (unsigned i = 0; procinfo(i, &p) == 0; i++)
        if (p.pid == (uint32_t) pid) return &p;
    return NULL;
}

/* In a new child: the model, as far as it differs from the parent's. Which of
 * the two copied the pages of their stacks and data is not predicted, only
 * that a copy costs a frame and spends a promise. */
static void begin_child(void) {
    struct regioninfo r;
    depth++;
    want.stacks++;
    want.tables++;
    memset(has_table, 0, sizeof has_table);
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++) {
        if (!r.access) continue;
        want_tables(r.start, r.end);
        if (r.kind != REGION_TEXT && r.kind != REGION_RODATA)
            want.promised += (r.end - r.start) / PAGE_SIZE;
    }
    for (uint32_t i = 0; i < HEAP; i++) heap[i].sharers += heap[i].touched;
    for (uint32_t i = 0; i < MAPS; i++) maps[i].sharers += maps[i].touched;
    own_pages();
    if (!alone) return;
    struct meminfo m = memory();
    uint32_t copies = m.user - want.user;
    CHECK(copies < 60);
    want.user += copies;
    want.promised -= copies;
    want.free = m.free;
    check_memory();
}

static void wait_for(pid_t pid, int want_status) {
    int status = -1;
    EQUAL(wait(&status), pid);
    EQUAL(status, want_status);
}

/* A child operates while its parent waits. */
static void fork_one(uint32_t n) {
    pid_t parent = getpid(), pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        while (alone && find(parent)->state != WAITING) sched_yield();
        stir(n);
        begin_child();
        operate(n);
        exit((int) (n & 255));
    }
    wait_for(pid, (int) (n & 255));
}

/* Three children operate at the same time, each with one of its own at
 * most. */
static void fork_three(uint32_t n) {
    for (uint32_t i = 0; i < 3; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            alone = false;
            stir(i);
            begin_child();
            if (depth < DEPTH) depth = DEPTH - 1;
            operate(n / 3);
            exit(0);
        }
    }
    for (int i = 0; i < 3; i++) {
        int status = -1;
        CHECK(wait(&status) > 0);
        EQUAL(status, 0);
    }
}

/* A child is killed in the middle of its operations. */
static void fork_and_kill(void) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alone = false;
        depth = DEPTH; /* it must not leave orphans */
        stir(0);
        begin_child();
        for (;;) operate(100);
    }
    for (uint32_t i = random_number(3); i; i--) sched_yield();
    EQUAL(kill(pid, SIGKILL), 0);
    wait_for(pid, 256 + SIGKILL);
}

/* A child ends by a fault. */
static void fork_and_fault(void) {
    void *wild = (char *) MMAP_BASE + PAGES(MAPS);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alone = false;
        stir(0);
        begin_child();
        operate(10);
        store_to(wild);
    }
    wait_for(pid, 256 + SIGSEGV);
    say("died %d: store to %08x at pc\n", (int) pid, (unsigned) wild);
}

/* A child leaves an orphan, which owns alone what the child shared with it. */
static void fork_an_orphan(uint32_t n) {
    unsigned processes = 0;
    struct procinfo p;
    while (procinfo(processes, &p) == 0) processes++;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        pid_t parent = getpid();
        if (fork()) exit(0);
        while (find(parent)) sched_yield();
        stir(n);
        begin_child();
        operate(n);
        exit(0);
    }
    own_pages(); /* from here on we change nothing while the orphan operates */
    wait_for(pid, 0);
    while (procinfo(processes, &p) == 0) sched_yield();
}

/* --- All of them
 * -------------------------------------------------------------- */

/* n random operations, those of all children included. */
static void operate(uint32_t n) {
    while (n) {
        uint32_t dice = random_number(100), some = 1 + random_number(1 + n / 4);
        n--;
        if (some > 300) some = 300;
        if (dice < 25)
            change();
        else if (dice < 40)
            look();
        else if (dice < 52)
            grow();
        else if (dice < 62)
            shrink();
        else if (dice < 76)
            map();
        else if (dice < 92)
            unmap();
        else if (dice < 93)
            ask_too_much();
        else if (dice < 94 && random_number(8) == 0)
            take_all();
        else if (dice < 97 && depth < DEPTH && n >= some) {
            fork_one(some);
            n -= some;
        } else if (dice < 98 && depth < DEPTH && n >= some) {
            if (!alone)
                fork_one(some);
            else if (random_number(3))
                fork_three(some);
            else
                fork_an_orphan(some);
            n -= some;
        } else if (dice < 99 && depth < DEPTH)
            fork_and_kill();
        else if (depth < DEPTH && random_number(10) == 0)
            fork_and_fault();
        check_memory();
        want.free = memory().free;
    }
    check_all_contents();
    check_memory();
}

static void soak_20000_operations_as_the_model_says(void) {
    heap_start = sbrk(0);
    want = memory();
    struct regioninfo r;
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        for (uint32_t at = r.start; at < r.end; at += PAGE_SIZE)
            has_table[at / TABLE_SPAN] = true;
    alone = true;
    operate(OPERATIONS);
}

int main(void) {
    ask_seed();
    begin();
    RUN(soak_20000_operations_as_the_model_says);
    return end();
}
