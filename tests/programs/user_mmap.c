/*
 * user_mmap.c: what leaf promises about lazy memory, mmap and fork (rows E of
 * tests/README.md), each as a test that runs in a process of its own.
 */
#include "check.h"

#include <limits.h>

#define READ_WRITE (PROT_READ | PROT_WRITE)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static void *map(size_t n) {
    return mmap(NULL, n, READ_WRITE, ANONYMOUS, -1, 0);
}

/* The same, where the test is not about whether it can be had. */
static char *must_map(size_t n) {
    needs(SYS_MMAP);
    char *p = map(n);
    CHECK(p != MAP_FAILED);
    return p;
}

/* In one page with the data, which comes from the image, lies some of bss; it
 * must be zero though the frame was used before. */
static int in_data = 0x11223344;
static uint8_t in_bss[3000];
static bool bss_was_zero;

/* Before anything has touched data or bss: frames full of ones are freed, to
 * be taken again at the first touch. */
static bool bss_is_zero_in_used_frames(void) {
    void *p = map(PAGES(20));
    if (p == MAP_FAILED) return false;
    memset(p, 0xff, PAGES(20));
    munmap(p, PAGES(20));
    /* for all that the compiler knows they have been written */
    __asm__ volatile("" : : "r"(&in_data), "r"(in_bss) : "memory");
    return in_data == 0x11223344 && holds(in_bss, sizeof in_bss, 0) &&
           holds(&errno, sizeof errno, 0);
}

/* What the kernel tells about this process. */
static struct procinfo myself(void) {
    static struct procinfo p;
    for (unsigned i = 0; procinfo(i, &p) == 0; i++)
        if (p.pid == (uint32_t) getpid()) return p;
    FAIL("process %d is not in procinfo", (int) getpid());
}

/* --- E1 to E5: frames at the first touch -------------------------------- */

static void e1_reserving_4_mib_takes_page_tables_only(void) {
    struct meminfo before = memory();
    CHECK(sbrk(TABLE_SPAN) != (void *) -1);
    struct meminfo after = memory();
    EQUAL(after.user, before.user);
    CHECK(before.free - after.free <= 2);
    EQUAL(after.promised, before.promised + 1024);

    before = after;
    must_map(TABLE_SPAN);
    after = memory();
    EQUAL(after.user, before.user);
    CHECK(before.tables + 1 == after.tables);
    EQUAL(after.promised, before.promised + 1024);
}

static void e2_a_frame_at_the_first_touch_and_none_at_the_second(void) {
    char *p = must_map(PAGES(50));
    uint32_t before = free_frames();
    p[0] = 1;
    EQUAL(free_frames(), before - 1);
    touch(p + PAGES(50) - 1);
    EQUAL(free_frames(), before - 2);
    for (int i = 0; i < (int) PAGE_SIZE; i++) p[i] = p[PAGES(49) + i];
    EQUAL(free_frames(), before - 2);
    struct meminfo m = memory();
    touch(p + PAGES(20)); /* each touch spends one promise */
    EQUAL(memory().promised, m.promised - 1);
}

static void e3_untouched_memory_reads_zero(void) {
    char *heap = sbrk(PAGES(30)), *mapped = must_map(PAGES(30));
    CHECK(holds(heap, PAGES(30), 0));
    CHECK(holds(mapped, PAGES(30), 0));
}

static void e3_bss_is_zero_behind_data(void) {
    needs(SYS_MMAP);
    CHECK(bss_was_zero);
    uint32_t data = (uint32_t) &in_data / PAGE_SIZE;
    CHECK((uint32_t) in_bss / PAGE_SIZE == data ||
          (uint32_t) &errno / PAGE_SIZE == data);
}

static void e4_page_tables_are_made_as_needed(void) {
    needs(SYS_MMAP);
    uint32_t before = memory().tables;
    char *p = must_map(TABLE_SPAN + PAGE_SIZE);
    EQUAL((uint32_t) p % TABLE_SPAN, 0);
    EQUAL(memory().tables, before + 2);
    char *q = must_map(PAGE_SIZE); /* in reach of the second table */
    EQUAL(q, p + TABLE_SPAN + PAGE_SIZE);
    EQUAL(memory().tables, before + 2);
    must_map(PAGES(1023));
    EQUAL(memory().tables, before + 3);
    p[TABLE_SPAN - 1] = p[TABLE_SPAN] = 1;
    EQUAL(memory().tables, before + 3);

    char *old = sbrk(0); /* the heap, up to a boundary and over it */
    before = memory().tables;
    sbrk(TABLE_SPAN - (uint32_t) old % TABLE_SPAN);
    EQUAL(memory().tables, before);
    sbrk(1);
    EQUAL(memory().tables, before + 1);
}

static void e5_unreserved_addresses_kill(void) {
    char *end = sbrk(100);
    char *p = must_map(PAGES(2));
    DIES_LOADING(end + PAGE_SIZE);
    DIES_STORING(end + PAGES(1000));
    DIES_LOADING(p + PAGES(2));
    DIES_STORING((char *) USER_TOP - USER_STACK - 4);
    DIES_STORING((char *) USER_TOP);
    DIES_LOADING((char *) USER_BASE - 1);
}

/* --- E6: promises -------------------------------------------------------- */

static void e6_more_than_can_be_had_fails_at_the_call(void) {
    struct meminfo m = memory();
    uint32_t left = m.free - m.promised;
    FAILS(sbrk(PAGES(left + 1)), ENOMEM);
    needs(SYS_MMAP);
    FAILS(map(PAGES(left + 1)), ENOMEM);
    EQUAL(memory().promised, m.promised);
    EQUAL(memory().free, m.free);
    char *p = must_map(PAGES(left / 2));
    FAILS(sbrk(PAGES(left / 2 + 2)), ENOMEM);
    EQUAL(munmap(p, PAGES(left / 2)), 0);
    EQUAL(memory().promised, m.promised);
}

static void e6_fork_is_refused_when_its_pages_are_not_there(void) {
    struct meminfo m = memory();
    uint32_t left = m.free - m.promised;
    sbrk(PAGES(left / 2 + 50)); /* as much again cannot be had */
    m = memory();
    FAILS(fork(), ENOMEM);
    struct meminfo after = memory();
    EQUAL(after.free, m.free);
    EQUAL(after.promised, m.promised);
    sbrk(-(int) PAGES(left / 2 + 50));
    EQUAL(in_child(load_from, &m), 0);
}

/* --- E7 to E9: munmap ----------------------------------------------------- */

static void e7_munmap_frees_frames_only_where_they_exist(void) {
    char *p = must_map(PAGES(100));
    struct meminfo before = memory();
    p[0] = p[PAGES(50)] = p[PAGES(100) - 1] = 1;
    EQUAL(memory().user, before.user + 3);
    EQUAL(munmap(p, PAGES(100)), 0);
    EQUAL(memory().user, before.user);
    EQUAL(memory().promised, before.promised - 100);
}

static void e7_any_range_can_be_unmapped(void) {
    char *p = must_map(PAGES(10));
    for (int i = 0; i < 10; i++) p[PAGES(i)] = (char) (i + 1);
    uint32_t user = memory().user;
    EQUAL(munmap(p + PAGES(4), PAGES(2)), 0); /* the middle */
    EQUAL(munmap(p, PAGES(1)), 0);            /* the start */
    EQUAL(munmap(p + PAGES(9), PAGES(1)), 0); /* the end */
    EQUAL(memory().user, user - 4);
    for (int i = 0; i < 10; i++)
        if (i == 0 || i == 4 || i == 5 || i == 9)
            DIES_LOADING(p + PAGES(i));
        else
            EQUAL(p[PAGES(i)], i + 1);
    EQUAL(munmap(p + PAGES(2), PAGES(6) - 5), 0); /* two regions and a hole */
    EQUAL(memory().user, user - 8);
    EQUAL(p[PAGES(1)], 2);
    EQUAL(p[PAGES(8)], 9);
    EQUAL(munmap(p, PAGES(10)), 0);
    EQUAL(memory().user, user - 10);
}

static void e8_a_touch_after_munmap_kills_touched_before_or_not(void) {
    char *p = must_map(PAGES(2));
    *p = 1;
    EQUAL(munmap(p, PAGES(2)), 0);
    DIES_LOADING(p);
    DIES_STORING(p);
    DIES_LOADING(p + PAGES(1));
    DIES_STORING(p + PAGES(1));
}

static void e9_mmap_checks_its_arguments(void) {
    needs(SYS_MMAP);
    struct meminfo before = memory();
    static const uint32_t bad[][6] = {
        /* address, bytes, rights, flags, file, offset */
        {0, 0, READ_WRITE, ANONYMOUS, -1, 0},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, 0, 0},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, 3, 0},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, -1, PAGE_SIZE},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, -1, 1},
        {0, PAGE_SIZE, PROT_EXEC, ANONYMOUS, -1, 0},
        {0, PAGE_SIZE, PROT_EXEC | PROT_READ, ANONYMOUS, -1, 0},
        {0, PAGE_SIZE, 8, ANONYMOUS, -1, 0},
        {0, PAGE_SIZE, 0x80000001, ANONYMOUS, -1, 0},
        {0, PAGE_SIZE, READ_WRITE, MAP_PRIVATE, -1, 0},
        {0, PAGE_SIZE, READ_WRITE, MAP_ANONYMOUS, -1, 0},
        {0, PAGE_SIZE, READ_WRITE, 0, -1, 0},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, 0, 0},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, 3, 0},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, -1, 1},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, -1, PAGE_SIZE},
        {0, PAGE_SIZE, READ_WRITE, ANONYMOUS, -1, -PAGE_SIZE},
    };
    for (size_t i = 0; i < LENGTH(bad); i++) {
        const uint32_t *a = bad[i];
        int got = system_call(SYS_MMAP, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (got != -EINVAL)
            FAIL("mmap(%x, %x, %x, %x, %x, %x) is %d", (unsigned) a[0],
                 (unsigned) a[1], (unsigned) a[2], (unsigned) a[3],
                 (unsigned) a[4], (unsigned) a[5], got);
    }
    static const uint32_t large[] = {USER_TOP - MMAP_BASE - USER_STACK + 1,
                                     USER_TOP - MMAP_BASE,
                                     USER_TOP,
                                     INT_MAX,
                                     0xc0000000,
                                     UINT_MAX - PAGE_SIZE,
                                     UINT_MAX - PAGE_SIZE + 2,
                                     UINT_MAX};
    for (size_t i = 0; i < LENGTH(large); i++)
        FAILS_OR(map(large[i]), ENOMEM, EINVAL);
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
}

static void e9_munmap_checks_its_arguments(void) {
    char *p = must_map(PAGES(4));
    memset(p, 1, PAGES(4));
    struct meminfo before = memory();
    uint32_t a = (uint32_t) p;
    const uint32_t bad[][2] = {
        {a + 1, PAGE_SIZE},
        {a + PAGE_SIZE - 4, PAGE_SIZE},
        {a, 0},
        {0, PAGE_SIZE},
        {USER_BASE, PAGE_SIZE},
        {MMAP_BASE - PAGE_SIZE, PAGE_SIZE},
        {MMAP_BASE - PAGE_SIZE, PAGES(2)},
        {USER_TOP - PAGE_SIZE, PAGE_SIZE},
        {USER_TOP - USER_STACK, PAGE_SIZE},
        {USER_TOP, PAGE_SIZE},
        {KERNEL_BASE, PAGE_SIZE},
        {ARENA_BASE, PAGE_SIZE},
        {a, USER_TOP - a},
        {a, USER_TOP - a + 1},
        {a, 0 - a},
        {a, 0 - a + PAGES(2)},
        {a, UINT_MAX},
        {a, UINT_MAX - PAGE_SIZE + 1},
        {UINT_MAX - PAGE_SIZE + 1, PAGE_SIZE},
        {UINT_MAX - PAGE_SIZE + 1, PAGES(2)},
    };
    for (size_t i = 0; i < LENGTH(bad); i++) {
        int got = munmap((void *) bad[i][0], bad[i][1]);
        if (got != -1 || errno != EINVAL)
            FAIL("munmap(%08x, %x) is %d", (unsigned) bad[i][0],
                 (unsigned) bad[i][1], got);
    }
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
    CHECK(holds(p, PAGES(4), 1));
}

/* A length is rounded up to whole pages. */
static void e9_a_length_need_not_be_whole_pages(void) {
    uint32_t promised = memory().promised;
    char *p = must_map(PAGE_SIZE + 1);
    EQUAL(memory().promised, promised + 2);
    p[PAGES(2) - 1] = 1;
    EQUAL(munmap(p, 1), 0);
    DIES_LOADING(p + PAGE_SIZE - 1);
    EQUAL(p[PAGES(2) - 1], 1);
}

/* --- Rights --------------------------------------------------------------- */

static void mmap_rights_are_kept(void) {
    needs(SYS_MMAP);
    char *none = mmap(NULL, PAGE_SIZE, PROT_NONE, ANONYMOUS, -1, 0);
    char *readable = mmap(NULL, PAGE_SIZE, PROT_READ, ANONYMOUS, -1, 0);
    char *writable = mmap(NULL, PAGE_SIZE, PROT_WRITE, ANONYMOUS, -1, 0);
    CHECK(none != MAP_FAILED);
    CHECK(readable != MAP_FAILED);
    CHECK(writable != MAP_FAILED);
    DIES_LOADING(none);
    DIES_STORING(none);
    DIES_STORING(readable);
    EQUAL(*readable, 0);
    DIES_STORING(readable);
    *writable = 5; /* PROT_WRITE alone means both */
    EQUAL(*writable, 5);
    DIES_JUMPING(readable);
    DIES_JUMPING(writable);
    EQUAL(in_child(load_from, readable), 0);
    DIES_STORING(readable);
}

static void mmap_is_placed_by_custom_fit(void) {
    static const int first[] = {16, 12, 8, 16, 4, 4, 4, 8, 8};
    static const int at[] = {0, 16, 28, 36, 52, 56, 60, 64, 72};
    char *base = (char *) MMAP_BASE;
    for (size_t i = 0; i < LENGTH(first); i++)
        EQUAL(must_map(PAGES(first[i])), base + PAGES(at[i]));
    EQUAL(munmap(base + PAGES(16), PAGES(12)), 0);
    EQUAL(munmap(base + PAGES(36), PAGES(16)), 0);
    EQUAL(munmap(base + PAGES(56), PAGES(4)), 0);
    EQUAL(munmap(base + PAGES(64), PAGES(8)), 0);
    EQUAL(must_map(PAGES(4)), base + PAGES(56));  /* exact */
    EQUAL(must_map(PAGES(5)), base + PAGES(36));  /* the largest: 16 */
    EQUAL(must_map(PAGES(11)), base + PAGES(41)); /* exact */
    EQUAL(must_map(PAGES(6)), base + PAGES(16));  /* the largest: 12 */
    EQUAL(must_map(PAGES(10)), base + PAGES(80)); /* no hole: the break */
    EQUAL(munmap(base + PAGES(41), PAGES(11)), 0);
    EQUAL(munmap(base + PAGES(36), PAGES(5)), 0);
    EQUAL(munmap(base + PAGES(16), PAGES(6)), 0);
    EQUAL(munmap(base + PAGES(56), PAGES(4)), 0);
    EQUAL(munmap(base + PAGES(60), PAGES(4)), 0);
    EQUAL(munmap(base + PAGES(72), PAGES(8)), 0);
    /* holes: 12 at 16, 16 at 36, 24 at 56; the break at 90 */
    EQUAL(must_map(PAGES(16)), base + PAGES(36)); /* exact: a merged hole */
    EQUAL(must_map(PAGES(13)), base + PAGES(56)); /* the largest: 24 */
    EQUAL(must_map(PAGES(11)), base + PAGES(69)); /* exact: what is left */
    EQUAL(munmap(base + PAGES(69), PAGES(11)), 0);
    EQUAL(munmap(base + PAGES(80), PAGES(10)), 0);
    /* the break has fallen over the merged hole, to 69 */
    EQUAL(must_map(PAGES(20)), base + PAGES(69));
    EQUAL(must_map(PAGES(12)), base + PAGES(16));
}

/* --- E10: the kernel's own touches ---------------------------------------- */

static void e10_write_from_untouched_pages(void) {
    char *p = must_map(PAGES(3));
    uint32_t before = free_frames();
    EQUAL(write(1, p + PAGES(1) - 3, 6), 6); /* over a boundary */
    say("\n");
    EQUAL(free_frames(), before - 2);
    CHECK(holds(p, PAGES(2), 0));
}

static void e10_read_into_untouched_pages(void) {
    char *p = must_map(PAGES(3));
    uint32_t before = free_frames();
    EQUAL(read(0, p + PAGES(2), 1), 1); /* leaf.py has typed it */
    EQUAL(p[PAGES(2)], 'x');
    EQUAL(free_frames(), before - 1);
}

static void e10_structures_into_untouched_pages(void) {
    char *p = must_map(PAGES(6));
    struct meminfo *m = (struct meminfo *) (p + PAGES(1) - 16);
    struct procinfo *process = (struct procinfo *) (p + PAGES(3) - 8);
    struct regioninfo *region = (struct regioninfo *) (p + PAGES(4));
    uint32_t before = free_frames();
    EQUAL(meminfo(m), 0);
    EQUAL(procinfo(0, process), 0);
    EQUAL(regioninfo(0, region), 0);
    EQUAL(free_frames(), before - 5);
    CHECK(m->total > m->free);
    EQUAL(process->pid, 1);
    EQUAL(region->start, USER_BASE);
}

/* Both copies obey the rights of the region, on every page they cross. */
static void e10_the_kernels_copies_check_rights(void) {
    char *p = must_map(PAGES(2));
    char *none = mmap(NULL, PAGE_SIZE, PROT_NONE, ANONYMOUS, -1, 0);
    char *readable = mmap(NULL, PAGE_SIZE, PROT_READ, ANONYMOUS, -1, 0);
    EQUAL(munmap(p + PAGES(1), PAGES(1)), 0);
    static const char constant[64];
    struct meminfo before = memory();
    FAILS(write(1, none, 1), EFAULT);
    FAILS(write(1, p + PAGES(1) - 1, 2), EFAULT);
    FAILS(write(1, (void *) 0, 1), EFAULT);
    FAILS(write(1, (void *) KERNEL_BASE, 1), EFAULT);
    FAILS(write(1, (void *) ARENA_BASE, 1), EFAULT);
    FAILS(write(1, (void *) (USER_TOP - 1), 2), EFAULT);
    FAILS_OR(write(1, p, UINT_MAX), EFAULT, EINVAL);
    FAILS(write(1, (void *) UINT_MAX, 2), EFAULT);
    FAILS(meminfo((void *) readable), EFAULT);
    FAILS(meminfo((void *) none), EFAULT);
    FAILS(meminfo((void *) constant), EFAULT);
    FAILS(meminfo((void *) USER_BASE), EFAULT);
    FAILS(meminfo((void *) KERNEL_BASE), EFAULT);
    FAILS(meminfo((void *) (p + PAGES(1) - 4)), EFAULT);
    FAILS(meminfo((void *) UINT_MAX), EFAULT);
    FAILS(procinfo(0, (void *) readable), EFAULT);
    FAILS(regioninfo(0, (void *) (p + PAGES(1) - 4)), EFAULT);
    FAILS(read(0, readable, 1), EFAULT);
    FAILS(read(0, (void *) USER_BASE, 1), EFAULT);
    FAILS(read(0, p + PAGES(1), 1), EFAULT);
    FAILS(read(0, (void *) KERNEL_BASE, 1), EFAULT);
    EQUAL(memory().user, before.user); /* not even a frame was taken */
    EQUAL(memory().promised, before.promised);
    CHECK(holds(readable, PAGE_SIZE, 0));
    CHECK(holds(constant, sizeof constant, 0));
}

static void e10_wait_with_a_bad_pointer_leaves_the_child(void) {
    needs(SYS_FORK);
    pid_t pid = fork();
    if (pid == 0) exit(42);
    FAILS(wait((void *) KERNEL_BASE), EFAULT);
    FAILS(wait((void *) 4), EFAULT);
    char *pages = must_map(PAGES(2)); /* the second is gone at once */
    EQUAL(munmap(pages + PAGE_SIZE, PAGE_SIZE), 0);
    for (int inside = 1; inside < 4; inside++)
        FAILS(wait((void *) (pages + PAGE_SIZE - inside)), EFAULT);
    EQUAL(munmap(pages, PAGE_SIZE), 0);
    int *status = (int *) must_map(PAGES(1));
    EQUAL(wait(status), pid);
    EQUAL(*status, 42);
    FAILS(wait(status), ECHILD);
}

/* --- E11: fork --------------------------------------------------------------
 */

enum { SHARED = 200 };
static struct meminfo at_fork;

/* In the child: the pages are the parent's until it writes. */
static void write_each(void *arg) {
    char *p = arg;
    struct meminfo before = memory();
    for (int i = 0; i < SHARED; i++) {
        EQUAL(p[PAGES(i)], i % 100);
        EQUAL(memory().user, before.user + i);
        p[PAGES(i) + 1] = 1;
        EQUAL(memory().free, before.free - i - 1);
        EQUAL(memory().promised, before.promised - i - 1);
        p[PAGES(i) + 2] = 1; /* its own by now */
        EQUAL(memory().free, before.free - i - 1);
        EQUAL(p[PAGES(i)], i % 100);
    }
}

static void e11_fork_shares_until_written(void) {
    char *p = must_map(PAGES(SHARED));
    for (int i = 0; i < SHARED; i++) p[PAGES(i)] = (char) (i % 100);
    EQUAL(in_child(write_each, p), 0);
    for (int i = 0; i < SHARED; i++) {
        EQUAL(p[PAGES(i)], i % 100);
        EQUAL(p[PAGES(i) + 1], 0);
    }
}

static void only_looks(void *arg) {
    char *p = arg;
    struct meminfo now = memory(); /* it owns its stack and data by now */
    CHECK(now.user - at_fork.user <= 20);
    CHECK(at_fork.free - now.free <= 30);
    for (int i = 0; i < SHARED; i++) EQUAL(p[PAGES(i)], 3);
    EQUAL(memory().user, now.user);
}

static void e11_fork_takes_no_user_page(void) {
    char *p = must_map(PAGES(SHARED));
    memset(p, 3, PAGES(SHARED));
    at_fork = memory();
    EQUAL(in_child(only_looks, p), 0);
    uint32_t free = free_frames(), copies = myself().copies;
    memset(p, 4, PAGES(SHARED)); /* taken over, not copied */
    EQUAL(free_frames(), free);
    EQUAL(myself().copies, copies);
}

static void write_one(void *p) {
    struct meminfo before = memory();
    EQUAL(*(char *) p, 1);
    *(char *) p = 3;
    EQUAL(memory().user, before.user + 1);
}

/* The page has three owners, and each writes to it in turn. */
static void fork_and_write(void *arg) {
    EQUAL(in_child(write_one, arg), 0);
    struct meminfo before = memory();
    EQUAL(*(char *) arg, 1);
    *(char *) arg = 2; /* still shared with the first */
    EQUAL(memory().user, before.user + 1);
}

static void e11_three_generations_count_their_references(void) {
    char *p = must_map(PAGES(1));
    *p = 1;
    struct meminfo before = memory();
    EQUAL(in_child(fork_and_write, p), 0);
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
    EQUAL(*p, 1);
}

static void unmap_it(void *p) {
    uint32_t user = memory().user;
    EQUAL(munmap(p, PAGES(10)), 0);
    EQUAL(memory().user, user); /* the parent has them still */
}

static void e11_a_shared_page_outlives_its_unmapping(void) {
    char *p = must_map(PAGES(10));
    memset(p, 6, PAGES(10));
    EQUAL(in_child(unmap_it, p), 0);
    CHECK(holds(p, PAGES(10), 6));
}

/* The copy lies elsewhere than the page that the child has just read. */
static void read_and_write(void *arg) {
    volatile char *p = arg;
    EQUAL(*p, 8);
    *p = 9;
    EQUAL(*p, 9);
    pid_t pid = fork();
    if (pid == 0) {
        EQUAL(*p, 9);
        *p = 10;
        EQUAL(*p, 10);
        exit(0);
    }
    EQUAL(*p, 9);
    *p = 11; /* copied, or taken over: the two run at once */
    sched_yield();
    EQUAL(*p, 11);
    int status;
    EQUAL(wait(&status), pid);
    EQUAL(status, 0);
    EQUAL(*p, 11);
}

static void sfence_a_copy_is_seen_at_once(void) {
    volatile char *p = must_map(PAGES(1));
    *p = 8;
    for (int i = 0; i < 20; i++) {
        EQUAL(in_child(read_and_write, (void *) p), 0);
        EQUAL(*p, 8);
    }
}

/* The kernel makes the copy, on a page that the child has just read. */
static void read_and_let_the_kernel_write(void *arg) {
    volatile struct meminfo *m = arg;
    EQUAL(m->total, 0x08080808);
    EQUAL(meminfo(arg), 0);
    EQUAL(m->total, memory().total);
    CHECK(m->free < m->total);
}

static void sfence_a_copy_made_by_the_kernel_is_seen_at_once(void) {
    char *p = must_map(PAGES(1));
    memset(p, 8, PAGES(1));
    for (int i = 0; i < 20; i++) {
        EQUAL(in_child(read_and_let_the_kernel_write, p), 0);
        CHECK(holds(p, PAGES(1), 8));
    }
}

static void sfence_a_page_taken_over_can_be_written(void) {
    volatile char *p = must_map(PAGES(1));
    for (int i = 1; i < 50; i++) {
        *p = (char) i;
        uint32_t free = free_frames();
        EQUAL(in_child(load_from, (void *) p), 0);
        EQUAL(*p, i); /* read while it may not be written */
        *p = (char) (i + 1);
        EQUAL(*p, i + 1);
        EQUAL(free_frames(), free);
    }
}

/* The parent's right to write ends at the fork. */
static void sfence_a_shared_page_is_write_protected(void) {
    needs(SYS_FORK);
    volatile char *p = must_map(PAGES(1));
    for (int i = 0; i < 20; i++) {
        *p = 1;
        pid_t pid = fork();
        if (pid == 0) {
            for (int turn = 0; turn < 5; turn++) {
                sched_yield();
                EQUAL(*p, 1);
            }
            exit(0);
        }
        *p = 2;
        int status;
        EQUAL(wait(&status), pid);
        EQUAL(status, 0);
    }
}

/* The stack is the last region that fork shares: nothing that fork does later
 * makes good for a fence left out. */
static void sfence_the_shared_stack_is_write_protected(void) {
    needs(SYS_FORK);
    for (int i = 0; i < 20; i++) {
        volatile int on_stack = 1;
        pid_t pid = fork();
        if (pid == 0) {
            sched_yield();
            EQUAL(on_stack, 1);
            exit(0);
        }
        on_stack = 2;
        int status;
        EQUAL(wait(&status), pid);
        EQUAL(status, 0);
        EQUAL(on_stack, 2);
    }
}

static void sfence_mmap_at_the_same_address_is_a_new_page(void) {
    for (int i = 1; i < 100; i++) {
        volatile char *p = must_map(PAGES(1));
        EQUAL(p, MMAP_BASE);
        EQUAL(*p, 0);
        *p = (char) i;
        EQUAL(*p, i);
        EQUAL(munmap((void *) p, PAGES(1)), 0);
    }
    DIES_LOADING((void *) MMAP_BASE);
}

static void find_zeros(void *arg) {
    int i = *(int *) arg;
    char *p = must_map(PAGES(1 + i % 7));
    char *q = sbrk(PAGES(3));
    CHECK(holds(p, PAGES(1 + i % 7), 0));
    CHECK(holds(q, PAGES(3), 0));
    memset(p, i, PAGES(1 + i % 7));
    memset(q, i, PAGES(3));
}

static void sfence_tables_of_an_ended_process_are_used_again(void) {
    for (int i = 1; i < 100; i++) EQUAL(in_child(find_zeros, &i), 0);
}

/* --- Processes that are killed, orphans ------------------------------------
 */

static void spin(void *unused) {
    (void) unused;
    char *p = must_map(PAGES(20));
    for (;;) memset(p, 1, PAGES(20));
}

static bool lives(pid_t pid) {
    struct procinfo p;
    for (unsigned i = 0; procinfo(i, &p) == 0; i++)
        if (p.pid == (uint32_t) pid && p.state != ZOMBIE) return true;
    return false;
}

static void a_killed_process_returns_everything(void) {
    needs(SYS_FORK);
    struct meminfo before = memory();
    for (int i = 0; i < 10; i++) {
        pid_t pid = fork();
        if (pid == 0) spin(NULL);
        msleep(i);
        CHECK(lives(pid));
        EQUAL(kill(pid, SIGKILL), 0);
        int status;
        EQUAL(wait(&status), pid);
        EQUAL(status, 256 + SIGKILL);
        CHECK(!lives(pid));
        FAILS(kill(pid, SIGKILL), ESRCH);
    }
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
}

/* Its child lives on when it ends, and touches what it was promised. */
static void leave_an_orphan(void *arg) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid) exit(pid & 255);
    while (lives(parent)) sched_yield();
    memset(arg, 5, PAGES(30));
    exit(0);
}

static void an_orphan_leaves_nothing_behind(void) {
    char *p = must_map(PAGES(30));
    memset(p, 4, PAGES(15));
    struct meminfo before = memory();
    EQUAL(in_child(leave_an_orphan, p) < 256, true);
    struct procinfo process;
    for (int i = 0; procinfo(3 - 1, &process) == 0; i++) {
        CHECK(i < 1000); /* process 1, this one, and the orphan */
        msleep(1);
    }
    struct meminfo after = memory();
    CHECK(memcmp(&before, &after, sizeof after) == 0);
    CHECK(holds(p, PAGES(15), 4));
    FAILS(wait(NULL), ECHILD);
}

static void kill_checks_its_arguments(void) {
    needs(SYS_KILL);
    FAILS(kill(1, SIGKILL), EPERM);
    EQUAL(kill(getpid(), 0), 0);
    EQUAL(kill(1, 0), 0);
    FAILS(kill(INT_MAX, 0), ESRCH);
    FAILS(kill(getpid(), SIGSEGV), EINVAL);
    FAILS(kill(getpid(), -1), EINVAL);
    FAILS(kill(0, SIGKILL), ESRCH);
    FAILS(kill(-1, SIGKILL), ESRCH);
    FAILS(kill(INT_MAX, SIGKILL), ESRCH);
    FAILS(kill(INT_MIN, SIGKILL), ESRCH);
}

static void exit_with(void *status) { exit(*(int *) status); }

static void wait_stores_the_status_and_255(void) {
    static const int statuses[] = {0, 1, 255, 256, 257, -1, INT_MAX, INT_MIN};
    for (size_t i = 0; i < LENGTH(statuses); i++)
        EQUAL(in_child(exit_with, (void *) &statuses[i]), statuses[i] & 255);
    pid_t pid = fork();
    if (pid == 0) exit(0);
    EQUAL(wait(NULL), pid);
    FAILS(wait(NULL), ECHILD);
}

/* --- F1: statistics ----------------------------------------------------------
 */

static void f1_meminfo_adds_up_at_every_step(void) {
    needs(SYS_MMAP);
    srand(1);
    void *maps[8] = {NULL};
    for (int i = 0; i < 2000; i++) {
        int k = rand() % 8;
        if (!maps[k]) {
            maps[k] = must_map(PAGES(9));
        } else if (rand() % 3) {
            ((char *) maps[k])[PAGES(rand() % 9)] = 1;
        } else {
            EQUAL(munmap(maps[k], PAGES(9)), 0);
            maps[k] = NULL;
        }
        struct meminfo m = memory();
        CHECK(adds_up(&m));
    }
}

static void f1_procinfo_tells_reserved_and_resident(void) {
    needs(SYS_PROCINFO);
    struct procinfo before = myself();
    char *p = must_map(PAGES(40));
    EQUAL(myself().reserved, before.reserved + 40);
    EQUAL(myself().resident, before.resident);
    EQUAL(myself().faults, before.faults);
    for (int i = 0; i < 7; i++) p[PAGES(3 * i)] = 1;
    struct procinfo after = myself();
    EQUAL(after.resident, before.resident + 7);
    EQUAL(after.faults, before.faults + 7);
    EQUAL(after.parent, 1);
    EQUAL(after.state, RUNNING);
    EQUAL(strcmp(after.name, "user_mmap"), 0);
    EQUAL(munmap(p, PAGES(40)), 0);
    EQUAL(myself().reserved, before.reserved);
    EQUAL(myself().resident, before.resident);
}

static void count_copies(void *arg) {
    struct procinfo before = myself();
    for (int i = 0; i < 5; i++) store_to((char *) arg + PAGES(i));
    EQUAL(myself().copies, before.copies + 5);
}

static void f1_procinfo_counts_copies(void) {
    needs(SYS_PROCINFO);
    char *p = must_map(PAGES(9));
    memset(p, 1, PAGES(9));
    EQUAL(in_child(count_copies, p), 0);
}

static void f1_regioninfo_is_the_layout_in_order(void) {
    needs(SYS_REGIONINFO);
    static const uint32_t access[] = {[REGION_TEXT] = PROT_READ | PROT_EXEC,
                                      [REGION_RODATA] = PROT_READ,
                                      [REGION_DATA] = READ_WRITE,
                                      [REGION_HEAP] = READ_WRITE,
                                      [REGION_MMAP] = READ_WRITE,
                                      [REGION_STACK] = READ_WRITE};
    sbrk(PAGES(2));
    char *p = must_map(PAGES(3));
    struct regioninfo r;
    uint32_t last = 0, seen = 0;
    unsigned i;
    for (i = 0; regioninfo(i, &r) == 0; i++) {
        CHECK(r.start >= last);
        CHECK(r.start < r.end);
        CHECK(r.kind <= REGION_STACK);
        EQUAL(r.access, access[r.kind]);
        if (r.kind == REGION_MMAP) {
            EQUAL(r.start, p);
            EQUAL(r.end, p + PAGES(3));
        }
        if (r.kind == REGION_STACK) {
            EQUAL(r.start, USER_TOP - USER_STACK);
            EQUAL(r.end, USER_TOP);
        }
        last = r.end;
        seen |= 1u << r.kind;
    }
    EQUAL(seen, 63);
    FAILS(regioninfo(i, &r), ESRCH);
    FAILS(regioninfo(UINT_MAX, &r), ESRCH);
    struct procinfo process;
    FAILS(procinfo(UINT_MAX, &process), ESRCH);
}

/* --- E12
 * ---------------------------------------------------------------------- */

static void e12_large_blocks_come_and_go_in_any_order(void) {
    char *a = must_map(PAGES(64)), *b = must_map(PAGES(64));
    memset(a, 1, PAGES(64));
    memset(b, 2, PAGES(64));
    uint32_t before = free_frames();
    EQUAL(munmap(a, PAGES(64)), 0);
    EQUAL(free_frames(), before + 64);
    CHECK(holds(b, PAGES(64), 2));
    EQUAL(must_map(PAGES(64)), a);
    CHECK(holds(a, PAGES(64), 0));
}

int main(void) {
    bss_was_zero = bss_is_zero_in_used_frames();
    begin();
    RUN(e1_reserving_4_mib_takes_page_tables_only);
    RUN(e2_a_frame_at_the_first_touch_and_none_at_the_second);
    RUN(e3_untouched_memory_reads_zero);
    RUN(e3_bss_is_zero_behind_data);
    RUN(e4_page_tables_are_made_as_needed);
    RUN(e5_unreserved_addresses_kill);
    RUN(e6_more_than_can_be_had_fails_at_the_call);
    RUN(e6_fork_is_refused_when_its_pages_are_not_there);
    RUN(e7_munmap_frees_frames_only_where_they_exist);
    RUN(e7_any_range_can_be_unmapped);
    RUN(e8_a_touch_after_munmap_kills_touched_before_or_not);
    RUN(e9_mmap_checks_its_arguments);
    RUN(e9_munmap_checks_its_arguments);
    RUN(e9_a_length_need_not_be_whole_pages);
    RUN(mmap_rights_are_kept);
    RUN(mmap_is_placed_by_custom_fit);
    RUN(e10_write_from_untouched_pages);
    RUN(e10_read_into_untouched_pages);
    RUN(e10_structures_into_untouched_pages);
    RUN(e10_the_kernels_copies_check_rights);
    RUN(e10_wait_with_a_bad_pointer_leaves_the_child);
    RUN(e11_fork_shares_until_written);
    RUN(e11_fork_takes_no_user_page);
    RUN(e11_three_generations_count_their_references);
    RUN(e11_a_shared_page_outlives_its_unmapping);
    RUN(sfence_a_copy_is_seen_at_once);
    RUN(sfence_a_copy_made_by_the_kernel_is_seen_at_once);
    RUN(sfence_a_page_taken_over_can_be_written);
    RUN(sfence_a_shared_page_is_write_protected);
    RUN(sfence_the_shared_stack_is_write_protected);
    RUN(sfence_mmap_at_the_same_address_is_a_new_page);
    RUN(sfence_tables_of_an_ended_process_are_used_again);
    RUN(a_killed_process_returns_everything);
    RUN(an_orphan_leaves_nothing_behind);
    RUN(kill_checks_its_arguments);
    RUN(wait_stores_the_status_and_255);
    RUN(f1_meminfo_adds_up_at_every_step);
    RUN(f1_procinfo_tells_reserved_and_resident);
    RUN(f1_procinfo_counts_copies);
    RUN(f1_regioninfo_is_the_layout_in_order);
    RUN(e12_large_blocks_come_and_go_in_any_order);
    return end();
}
