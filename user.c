/*
 * user.c: the user library: a program's start, the system calls, the heap,
 * and the C library's most used functions.
 */
#include "user.h"

int errno;

#ifdef __riscv
/*
 * ---- Start and system calls ---------------------------------------------
 * The only part that depends on the processor; the tests on the host leave it
 * out and bring their own.
 */
int main(int argc, char **argv);

/* The kernel jumps here with the stack pointer set, and nothing else. */
_Noreturn void _start(void) {
    char name[] = PROGRAM_NAME, *argv[] = {name, NULL};
    exit(main(1, argv));
}

/*
 * A C function finds its arguments in a0 to a5 and leaves its result in a0.
 * That is where the kernel wants them too, so a system call is a C function
 * whose heart is two instructions, li and ecall. No result but an error is
 * negative: addresses of user memory lie below 0x80000000.
 */
#define SYSTEM_CALL(name, number) SYSTEM_CALL_(name, number)
#define SYSTEM_CALL_(name, number)                                             \
    __asm__(".text\n"                                                          \
            ".globl " #name "\n"                                               \
            ".type " #name ", @function\n" #name ":\n"                         \
            "    li a7, " #number "\n"                                         \
            "    ecall\n"                                                      \
            "    bltz a0, 1f\n"                                                \
            "    ret\n"                                                        \
            "1:  tail system_call_failed\n"                                    \
            ".size " #name ", . - " #name "\n")

SYSTEM_CALL(exit, SYS_EXIT);
SYSTEM_CALL(fork, SYS_FORK);
SYSTEM_CALL(waitpid, SYS_WAIT);
SYSTEM_CALL(kill, SYS_KILL);
SYSTEM_CALL(getpid, SYS_GETPID);
SYSTEM_CALL(msleep, SYS_SLEEP);
SYSTEM_CALL(sched_yield, SYS_YIELD);
SYSTEM_CALL(read, SYS_READ);
SYSTEM_CALL(write, SYS_WRITE);
SYSTEM_CALL(sbrk, SYS_SBRK);
SYSTEM_CALL(mmap, SYS_MMAP);
SYSTEM_CALL(munmap, SYS_MUNMAP);
SYSTEM_CALL(meminfo, SYS_MEMINFO);
SYSTEM_CALL(procinfo, SYS_PROCINFO);
SYSTEM_CALL(regioninfo, SYS_REGIONINFO);

/* Where a failed call goes on, with its result in a0, as if it had called. */
__attribute__((used)) int system_call_failed(int result) {
    errno = -result;
    return -1;
}

pid_t wait(int *status) { return waitpid(-1, status, 0); }
#endif

/* An hour at a time: that many milliseconds fit in the argument. */
unsigned sleep(unsigned seconds) {
    enum { HOUR = 3600 };
    for (; seconds > HOUR; seconds -= HOUR) msleep(HOUR * 1000);
    msleep(seconds * 1000);
    return 0;
}

char *strerror(int error) {
    static char *const texts[] = {
        [0] = "no error",
        [EPERM] = "not permitted",
        [ESRCH] = "no such process",
        [EBADF] = "no such file",
        [ECHILD] = "no child",
        [EAGAIN] = "no more processes",
        [ENOMEM] = "out of memory",
        [EACCES] = "access denied",
        [EFAULT] = "bad address",
        [EINVAL] = "bad argument",
        [ERANGE] = "out of range",
        [ENOSYS] = "no such system call",
    };
    const int end = sizeof texts / sizeof *texts;
    bool known = error >= 0 && error < end && texts[error];
    return known ? texts[error] : "unknown error";
}

/*
 * ---- The console ---------------------------------------------------------
 */

/* One call is enough: leaf's write writes all, or fails. */
void put(const char *s, size_t n) { write(STDOUT_FILENO, s, n); }

int putchar(int c) {
    char byte = c;
    put(&byte, 1);
    return (unsigned char) c;
}

int puts(const char *s) {
    put(s, strlen(s));
    return putchar('\n');
}

int getchar(void) {
    enum { CTRL_D = 4 };
    unsigned char c;
    return read(STDIN_FILENO, &c, 1) == 1 && c != CTRL_D ? c : EOF;
}

/*
 * ---- The heap --------------------------------------------------------------
 * The heap is a row of blocks without gaps between them. A block begins with
 * its header, one word: its size, and flags that say whether it and the block
 * before it are in use. A free block carries the same word once more at its
 * end, its footer, where the block after it finds it (boundary tags), and in
 * between the links of a list. Free neighbors merge at once.
 *
 *       high addresses
 *       +--------------------+           +--------------------+
 *       |                    |           | footer             | = header
 *       |                    |           :                    :
 *       | payload: what      |           | prev               |
 *       | malloc returned    |           | next               |
 *  p -> +-------------+------+           +-------------+------+
 *       | size        | 06,7 | header    | size        | 05   | header
 *       +-------------+------+           +-------------+------+
 *        low addresses: in use             free
 *
 * A row: start [block][block][run    ][block] ... [block][top        ] end
 *
 * Free blocks of about the same size are in a list, their bin (segregated free
 * lists), and a map has a bit for each bin that is not empty, so that the next
 * larger block is found without a walk. What comes after the last block is the
 * top, which is in no bin: blocks are cut off its front, and it grows by sbrk.
 *
 * Small blocks come in great numbers, and stay: strewn between larger ones they
 * keep those from merging. So they are cut one after another off the run, a
 * stretch of the heap that is kept for them. Large ones are mappings of their
 * own, which go back to the kernel when they are freed.
 *
 * The invariant, which heap_check() proves: the headers lead from start to top;
 * each block knows whether the one before it is in use; no two free blocks are
 * neighbors; and each free block is in its bin.
 */
#define WORD sizeof(size_t)
#define ALIGNMENT (4 * WORD) /* of payloads and sizes: 16 bytes */
#define SMALL 96             /* the largest block that is cut off the run */
#define RUN PAGE_SIZE        /* how much is kept for small blocks at a time */
#define LARGE (128 * 1024u)  /* the smallest request with its own mapping */
#define TRIM (128 * 1024u)   /* a top of this size is cut to half of it */
#define MAX_REQUEST (PTRDIFF_MAX / 16) /* a header has 28 bits for a size */
#define BINS 81
#define EXACT 512 /* smaller blocks have bins of one size */

/* A header holds the size times 16, so the byte that lies lowest holds nothing
 * but flags. It is 05, 06, 07, 0e or 0f, and so neither 00, nor ff, nor a
 * character of text: the first byte written beyond a block's end spoils the
 * next header. */
enum { PREV_USED = 1, USED = 2, VALID = 4, FOREIGN = 8, FLAGS = 0xff };
#define UNCLAIMED ((size_t) (VALID | PREV_USED)) /* begins the top, the run */

/* What a free block's payload begins with. */
struct block {
    struct block *next, *prev; /* in its bin, a ring that the bin is part of */
};

/* Memory from which blocks are cut one after another, upwards. */
struct stretch {
    struct block *at; /* where the next one will be; NULL: there is none */
    void *end;
};

static struct {
    struct block *start; /* the first block */
    struct stretch top, run;
} heap __attribute__((aligned(32))); /* one instruction addresses any of it */

/* Each bin is the head of its ring, at first the only member. */
#define RING(i)                                                                \
    { &bins.ring[i], &bins.ring[i] }
#define RINGS_4(i) RING(i), RING((i) + 1), RING((i) + 2), RING((i) + 3)
#define RINGS_16(i)                                                            \
    RINGS_4(i), RINGS_4((i) + 4), RINGS_4((i) + 8), RINGS_4((i) + 12)
static struct {
    struct block ring[BINS];
    uint32_t map[(BINS + 31) / 32]; /* a bit is set: that bin holds a block */
} bins = {.ring = {RINGS_16(0), RINGS_16(16), RINGS_16(32), RINGS_16(48),
                   RINGS_16(64), RING(80)}};

/* What malloc and free do often is inlined into them; what they do rarely is
 * not, so that they need few registers and save none. */
#define OFTEN __attribute__((always_inline)) static inline
#define RARELY __attribute__((noinline)) static
#define UNLIKELY(x) __builtin_expect(x, 0)

OFTEN void *at(void *p, ptrdiff_t offset) { return (char *) p + offset; }

OFTEN size_t distance(void *from, void *to) {
    return (size_t) to - (size_t) from;
}

OFTEN size_t tag(size_t size, size_t flags) {
    return size << 4 | VALID | flags;
}

OFTEN size_t *header(struct block *b) { return at(b, -WORD); }

OFTEN size_t size_of(struct block *b) { return *header(b) >> 4; }

OFTEN bool is_used(struct block *b) { return *header(b) & USED; }

OFTEN struct block *after(struct block *b) { return at(b, size_of(b)); }

/* Does b's header say that b is in use, and the block before it free? */
OFTEN bool follows_free(struct block *b) {
    return (*header(b) & FLAGS & ~FOREIGN) == (VALID | USED);
}

/* The last word of the block before b, if that is free. */
OFTEN size_t *footer_before(struct block *b) { return at(b, -2 * WORD); }

/* The size of a block with room for n bytes, n being at most MAX_REQUEST. */
OFTEN size_t block_size(size_t n) {
    return (n + WORD + ALIGNMENT - 1) & -ALIGNMENT;
}

OFTEN void *fail(int error) {
    errno = error;
    return NULL;
}

/* ---- Checks: what a program may have spoiled is looked at before use */

/* Does p lie between the heap's start and top? If it lies before the start,
 * the distance wraps round and is larger than any heap. */
OFTEN bool in_heap(void *p) {
    return (size_t) p % ALIGNMENT == 0 &&
           distance(heap.start, p) < distance(heap.start, heap.top.at);
}

/* May b be in a bin's ring? The bins lie before the heap, and everything up to
 * the top can be read, so a link may be followed to see if b links back. */
OFTEN bool may_be_linked(struct block *b) {
    return distance(&bins, b) < distance(&bins, heap.top.at);
}

/* A mistake in a program ends it. If it has spoiled the heap, heap_check says
 * which block was written to; if not, the mistake is about p. */
_Noreturn RARELY void mistake(void *p, const char *what) {
    if (heap_check()) printf("heap: %08zx %s\n", (size_t) p, what);
    abort();
}

OFTEN void check(bool sound, struct block *b) {
    if (UNLIKELY(!sound)) mistake(b, "is free, but was written to");
}

/* p was given to free or realloc, and there is no block in use there. */
_Noreturn RARELY void no_block(void *p) {
    struct block *b = p;
    bool inside = distance(heap.start, p) < distance(heap.start, heap.top.end);
    mistake(p, (size_t) p % ALIGNMENT ? "is no block: it is not aligned"
               : !inside              ? "is no block: it is not in the heap"
               : (*header(b) & FLAGS & ~PREV_USED) == VALID ? "was freed before"
                                                            : "is no block");
}

/* The size of a block in use. It is one if its header says so, its size is
 * not 0 (0 - 1 wraps round) and does not lead out of the heap, and the block
 * after it agrees. */
OFTEN size_t checked_used_size(struct block *b) {
    size_t h = *header(b), size = h >> 4;
    if (UNLIKELY((h & FLAGS & ~PREV_USED) != (VALID | USED))) no_block(b);
    if (UNLIKELY(size - 1 >= distance(b, heap.top.at))) no_block(b);
    size_t next = *header(at(b, size)) & FLAGS;
    if (UNLIKELY((next & ~(size_t) USED) != UNCLAIMED) &&
        next != (UNCLAIMED | USED | FOREIGN))
        no_block(b);
    return size;
}

/* ---- Bins */

/* The first 32 bins are for one size each. From there on each factor of four
 * has twelve bins, 128 bytes wide at first, and four times as wide each time.
 * What is added lets each line go on where the one before ends. */
OFTEN unsigned bin_of(size_t size) {
    if (size < EXACT) return size / 16;         /* bins 0 to 31 */
    if (size < 2048) return 28 + size / 128;    /* 32 to 43 */
    if (size < 8192) return 40 + size / 512;    /* 44 to 55 */
    if (size < 32768) return 52 + size / 2048;  /* 56 to 67 */
    if (size < 131072) return 64 + size / 8192; /* 68 to 79 */
    return 80;
}

/* Makes [b, end) a free block. Its neighbors are in use. */
OFTEN void insert(struct block *b, struct block *end) {
    size_t size = distance(b, end);
    *header(b) = *footer_before(end) = tag(size, PREV_USED);
    *header(end) &= ~(size_t) PREV_USED;
    unsigned i = bin_of(size);
    struct block *bin = &bins.ring[i], *next = bin->next;
    if (next == bin) bins.map[i / 32] ^= 1u << i % 32;
    b->next = next;
    b->prev = bin;
    next->prev = bin->next = b;
}

/* Takes a free block out of its bin, if its neighbors in the ring link to it.
 * If next and prev are the same, they are the bin itself. */
OFTEN void unlink(struct block *b) {
    struct block *next = b->next, *prev = b->prev;
    check(may_be_linked(next) && next->prev == b, b);
    if (next == prev) {
        size_t i = distance(&bins, next) / sizeof *next;
        check(i < BINS, b);
        bins.map[i / 32] ^= 1u << i % 32;
    } else {
        check(may_be_linked(prev) && prev->next == b, b);
        check(!((*header(next) | *header(prev)) & USED), b);
    }
    prev->next = next;
    next->prev = prev;
}

/* The same, if its header and footer are equal. Returns its size. */
OFTEN size_t take_out(struct block *b) {
    size_t h = *header(b), size = h >> 4;
    check(size <= distance(b, heap.top.at), b);
    check(*footer_before(at(b, size)) == h, b);
    unlink(b);
    return size;
}

/* The number of the lowest bit of x that is set. x & -x leaves only that bit,
 * so the product is the constant shifted left by its number; the upper
 * five bits then differ for all 32 numbers (a de Bruijn sequence). RV32IMA has
 * no instruction for it, and clang 14's __builtin_ctz costs 13 more. */
OFTEN unsigned lowest_bit(uint32_t x) {
    static const uint8_t number[32] = {
        0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
        31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
    return number[(x & -x) * 0x077cb531u >> 27];
}

/* A free block of at least size bytes: the first of this size's bin if it is
 * large enough, else the first of the next bin that has one; or NULL. */
OFTEN struct block *find(size_t size) {
    unsigned i = bin_of(size);
    struct block *first = bins.ring[i].next;
    if (first != &bins.ring[i] && size_of(first) >= size) return first;
    unsigned word = i / 32; /* the bits above i, and the words above */
    uint32_t larger = bins.map[word] & -2u << i % 32;
    while (!larger && ++word < sizeof bins.map / sizeof *bins.map)
        larger = bins.map[word];
    return larger ? bins.ring[word * 32 + lowest_bit(larger)].next : NULL;
}

/* ---- The top */

/* The heap goes on at p: it begins there, or the program has called sbrk. What
 * the program got becomes a block in use, the old top a free one. */
RARELY void begin_at(void *p) {
    struct block *old = heap.top.at, *gap = heap.top.end;
    struct block *new = at(p, WORD + -((size_t) p + WORD) % ALIGNMENT);
    if (old) {
        check(*header(old) == UNCLAIMED, old);
        *header(gap) = tag(distance(gap, new), USED | PREV_USED | FOREIGN);
        insert(old, gap);
    } else {
        heap.start = new;
    }
    heap.top.at = new;
    *header(new) = UNCLAIMED;
}

/* Makes the top longer than size bytes, or returns false. The kernel is asked
 * for what is missing, and if that is little, for the rest of a page. */
RARELY bool grow(size_t size) {
    while (distance(heap.top.at, heap.top.end) <= size) {
        size_t n = size + 3 * ALIGNMENT - distance(heap.top.at, heap.top.end);
        if (n < PAGE_SIZE) n += -((size_t) heap.top.end + n) % PAGE_SIZE;
        void *p = sbrk(n);
        if (p == MAP_FAILED) return false;
        if (p != heap.top.end) begin_at(p);
        heap.top.end = at(p, n);
        size_t odd = (size_t) heap.top.end % ALIGNMENT;
        if (odd) heap.top.end = at(sbrk(-odd), -odd);
    }
    return true;
}

/* Whole pages of the top go back to the kernel, unless memory that the
 * program itself got by sbrk lies after it. */
RARELY void trim(void) {
    size_t n = (distance(heap.top.at, heap.top.end) - TRIM / 2) & -PAGE_SIZE;
    if (sbrk(0) == heap.top.end && sbrk(-n) != MAP_FAILED)
        heap.top.end = at(heap.top.end, -n);
}

/* ---- Allocating */

/* Cuts a block in use off a stretch that is longer than size. */
OFTEN void *cut(struct stretch *s, size_t size) {
    struct block *b = s->at, *rest = at(b, size);
    check(*header(b) == UNCLAIMED, b);
    s->at = rest;
    *header(rest) = UNCLAIMED;
    *header(b) = tag(size, USED | PREV_USED);
    return b;
}

/* Makes a free block, or the first size bytes of it, a block in use. What is
 * left has at least ALIGNMENT bytes, enough for a free block's four words. */
OFTEN void *split(struct block *b, size_t size) {
    check(size_of(b) >= size, b);
    size_t whole = take_out(b);
    *header(b) = tag(size, USED | PREV_USED);
    if (size == whole)
        *header(after(b)) |= PREV_USED;
    else
        insert(at(b, size), at(b, whole));
    return b;
}

/* What is left of the run becomes a free block. */
RARELY void close_run(void) {
    struct block *b = heap.run.at;
    check(*header(b) == UNCLAIMED, b);
    *header(b) = tag(distance(b, heap.run.end), USED | PREV_USED);
    heap.run = (struct stretch){NULL, NULL};
    free(b);
}

RARELY void *allocate(size_t size);

/* If there is no other memory, what is left of the run may do. */
RARELY void *cut_top(size_t size) {
    if (distance(heap.top.at, heap.top.end) > size || grow(size))
        return cut(&heap.top, size);
    if (!heap.run.at) return NULL;
    close_run();
    return allocate(size);
}

RARELY void *allocate(size_t size) {
    struct block *b = find(size);
    return b ? split(b, size) : cut_top(size);
}

/* Makes the run: from a free block that fits closely, or else from RUN bytes of
 * a larger one or of the top. Cuts the first block off it. If there is memory
 * for that block only, there is no run. */
RARELY void *open_run(size_t size) {
    if (heap.run.at) close_run();
    struct block *b = find(size);
    if (b) check(size_of(b) >= size, b);
    size_t length = b && size_of(b) < RUN ? size_of(b) : RUN;
    b = b ? split(b, length) : cut_top(length);
    if (!b) return cut_top(size);
    if (length == size) return b;
    heap.run = (struct stretch){b, at(b, length)};
    *header(b) = UNCLAIMED;
    return cut(&heap.run, size);
}

/* ---- Large blocks */

/* A large block is a mapping of its own: a copy of its header, two spare words,
 * its header, then the payload. Each is longer than LARGE, so no two begin in
 * the same slot, a stretch of LARGE bytes of addresses. mmap's GiB has 8,192
 * slots, and mapped holds for each the block that begins there, or NULL. So a
 * large block is recognized by its address, before anything is read there. */
#define SLOTS 8192
static struct block *mapped[SLOTS];
static size_t mappings; /* how many there are */

OFTEN struct block **slot_of(struct block *b) {
    return &mapped[(size_t) b / LARGE % SLOTS];
}

OFTEN bool is_mapped(struct block *b) { return *slot_of(b) == b; }

/* The mapping's first word, and so the first that is hit by a write past the
 * end of the mapping below. */
OFTEN size_t *header_copy(struct block *b) { return at(b, -ALIGNMENT); }

OFTEN bool is_intact(struct block *b) {
    size_t h = *header(b);
    return h == *header_copy(b) && (h & FLAGS) == (VALID | USED | PREV_USED);
}

RARELY void *map_block(size_t n) {
    if (n > MAX_REQUEST) return fail(ENOMEM);
    size_t size = (n + ALIGNMENT + PAGE_SIZE - 1) & -PAGE_SIZE;
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) return allocate(block_size(n)); /* a hole? */
    struct block *b = at(mapping, ALIGNMENT);
    *header(b) = *header_copy(b) = tag(size, USED | PREV_USED);
    *slot_of(b) = b;
    mappings++;
    return b;
}

/* The size of a large block, if it and the mapping after it are intact. */
RARELY size_t checked_mapped_size(struct block *b) {
    if (!is_mapped(b) || !is_intact(b)) no_block(b);
    if (is_mapped(after(b)) && !is_intact(after(b))) no_block(b);
    return size_of(b);
}

RARELY void unmap_block(struct block *b) {
    if (!b) return;
    size_t size = checked_mapped_size(b);
    *slot_of(b) = NULL;
    mappings--;
    munmap(header_copy(b), size);
}

/* ---- malloc, free, realloc */

/* The first block of a bin in which all are of this size. */
OFTEN void *take_first(struct block *bin, size_t size) {
    struct block *b = bin->next, *next = b->next;
    size_t h = tag(size, PREV_USED);
    check(*header(b) == h && b->prev == bin, b);
    if (next == bin)
        bins.map[0] ^= 1u << size / 16;
    else
        check(may_be_linked(next) && *header(next) == h && next->prev == b, b);
    bin->next = next;
    next->prev = bin;
    *header(b) = tag(size, PREV_USED | USED);
    *header(at(b, size)) |= PREV_USED;
    return b;
}

void *malloc(size_t n) {
    if (n >= LARGE) return map_block(n);
    size_t size = block_size(n);
    if (size >= EXACT) return allocate(size);
    struct block *bin = &bins.ring[size / 16];
    if (bin->next != bin) return take_first(bin, size);
    if (size > SMALL) return allocate(size);
    if (distance(heap.run.at, heap.run.end) <= size) return open_run(size);
    return cut(&heap.run, size);
}

/* Takes the free block before b out of its ring, and returns it. */
OFTEN struct block *take_before(struct block *b) {
    size_t footer = *footer_before(b), size = footer >> 8 << 4;
    struct block *before = at(b, -size);
    check(size <= distance(heap.start, b) && *header(before) == footer, b);
    unlink(before);
    *header(b) = UNCLAIMED; /* in case it is freed again */
    return before;
}

/* b, which is followed by the top or the run, becomes part of that. */
RARELY void give_back(struct block *b, struct block *next) {
    check(next == heap.top.at || next == heap.run.at, b);
    if (!(*header(b) & PREV_USED)) b = take_before(b);
    *header(b) = UNCLAIMED;
    if (next == heap.top.at)
        heap.top.at = b;
    else
        heap.run.at = b;
    bool empty = heap.run.at == heap.start; /* nothing in use before it */
    if ((empty && heap.run.end == heap.top.at) ||
        distance(heap.run.at, heap.run.end) > 8 * RUN) /* frees made it grow */
        close_run();
    else if (distance(heap.top.at, heap.top.end) >= TRIM)
        trim();
}

void free(void *p) {
    if (!in_heap(p)) {
        unmap_block(p);
        return;
    }
    struct block *b = p, *next = at(b, checked_used_size(b));
    bool before_used = *header(b) & PREV_USED;
    if (!is_used(next)) {
        if (*header(next) == UNCLAIMED) {
            give_back(b, next);
            return;
        }
        next = at(next, take_out(next));
    }
    if (!before_used) b = take_before(b);
    insert(b, next);
}

/* Shortens a block in use to size bytes, which is less than it has. */
RARELY void shrink(struct block *b, size_t size) {
    size_t rest = size_of(b) - size;
    *header(at(b, size)) = tag(rest, USED | PREV_USED);
    free(at(b, size)); /* b keeps its size until then: a check names b */
    *header(b) -= rest << 4;
}

/* Makes b at least size bytes long where it lies, if it can: by the front of
 * the top, or by a free block. */
RARELY void extend(struct block *b, size_t size) {
    struct block *next = after(b);
    size_t more = size - size_of(b);
    if (next == heap.top.at) {
        if (distance(next, heap.top.end) <= more && !grow(more)) return;
        if (next != heap.top.at) return; /* the program has called sbrk */
        cut(&heap.top, more);
    } else {
        if (next == heap.run.at || size_of(next) < more) return;
        more = take_out(next);
        check(follows_free(at(next, more)), next);
        *header(at(next, more)) |= PREV_USED;
    }
    *header(next) = UNCLAIMED; /* it lies inside b now */
    *header(b) += more << 4;
}

/* A block stays where it is, if it can; a mapping, while it is more than half
 * used, or if no smaller place can be had. A block that must move stays in the
 * heap if the heap is longer than it, and a mapping that grows a little gets
 * room for more. */
void *realloc(void *p, size_t n) {
    if (!p) return malloc(n);
    if (!n) {
        free(p);
        return NULL;
    }
    if (n > MAX_REQUEST && malloc_usable_size(p)) return fail(ENOMEM);
    size_t size = block_size(n), old;
    void *q = NULL;
    if (in_heap(p)) {
        old = checked_used_size(p) - WORD;
        if (!is_used(after(p)) && n > old) extend(p, size);
        if (size < size_of(p)) shrink(p, size);
        if (size <= size_of(p)) return p;
        if (n >= LARGE && size < distance(heap.start, heap.top.end))
            q = allocate(size);
    } else {
        old = checked_mapped_size(p) - ALIGNMENT;
        if (n <= old && n > old / 2) return p;
        if (n > old && n < old + old / 2) q = map_block(n + n / 2);
    }
    if (!q) q = malloc(n);
    if (!q) return n > old ? NULL : p;
    memcpy(q, p, n < old ? n : old);
    free(p);
    return q;
}

/* ---- The rest of malloc's family */

void *reallocarray(void *p, size_t count, size_t size) {
    size_t n;
    return realloc(p, __builtin_mul_overflow(count, size, &n) ? SIZE_MAX : n);
}

void *calloc(size_t count, size_t size) {
    void *p = reallocarray(NULL, count, size);
    if (p && in_heap(p)) memset(p, 0, count * size); /* a new mapping is 0 */
    return p;
}

/* Allocates a block long enough to contain an aligned one, q, and frees what
 * lies before and after that. */
void *aligned_alloc(size_t alignment, size_t n) {
    if (!alignment || alignment & (alignment - 1)) return fail(EINVAL);
    if (alignment <= ALIGNMENT) return malloc(n);
    if (n > MAX_REQUEST || alignment > MAX_REQUEST) return fail(ENOMEM);
    struct block *b = allocate(block_size(n) + alignment);
    if (!b) return NULL;
    struct block *q = at(b, -(size_t) b % alignment);
    if (q != b) {
        *header(q) = tag(size_of(b) - distance(b, q), USED | PREV_USED);
        *header(b) = tag(distance(b, q), USED | PREV_USED);
        free(b);
    }
    if (size_of(q) > block_size(n)) shrink(q, block_size(n));
    return q;
}

size_t malloc_usable_size(void *p) {
    if (!p) return 0;
    if (!in_heap(p)) return checked_mapped_size(p) - ALIGNMENT;
    return checked_used_size(p) - WORD;
}

/* ---- Looking at the heap */

/* Says what is wrong, and where. */
static bool unsound(void *p, const char *what) {
    printf("heap: %08zx %s\n", (size_t) p, what);
    return false;
}

/* Can b's header be right? after_free: the block before is free. If b is free
 * itself, its footer or the next header must agree. */
static bool is_sound(struct block *b, bool after_free) {
    size_t h = *header(b), size = size_of(b);
    if (!(h & PREV_USED) != after_free) return false;
    if (b == heap.top.at || b == heap.run.at) return h == UNCLAIMED;
    if (!size || size > distance(b, heap.top.at)) return false;
    if (is_used(b))
        return (h & FLAGS & ~(PREV_USED | FOREIGN)) == (VALID | USED);
    return (h & FLAGS) == (VALID | PREV_USED) &&
           (*footer_before(after(b)) == h || follows_free(after(b)));
}

/* Are the headers and footers sound? If a header isn't, the owner of the block
 * before it is to blame. Counts the free blocks. */
static bool check_row(size_t *count) {
    struct block *before = NULL, *b = heap.start;
    bool after_free = false;
    while (is_sound(b, after_free)) {
        if (b == heap.top.at) return true;
        after_free = !is_used(b) && b != heap.run.at;
        if (after_free && *footer_before(after(b)) != *header(b))
            return unsound(b, "is free, but was written to");
        *count += after_free;
        before = b;
        b = b == heap.run.at ? heap.run.end : after(b);
    }
    if (!before) return unsound(b, "has a header that was written to");
    return unsound(before, "was written to beyond its end");
}

/* May b be in the ring of a bin? */
static bool belongs(struct block *b, struct block *bin) {
    return b == bin ||
           (in_heap(b) && !is_used(b) && &bins.ring[bin_of(size_of(b))] == bin);
}

/* Does a bin's ring hold free blocks of its sizes, linked both ways? Counts its
 * members down, the bin among them. */
static bool check_bin(unsigned i, size_t *count) {
    struct block *bin = &bins.ring[i], *before, *b = bin;
    if ((bin->next == bin) == (bins.map[i / 32] >> i % 32 & 1))
        return unsound(bin, "is a bin, and the map is wrong");
    do {
        before = b;
        b = b->next;
        if (!belongs(b, bin))
            return unsound(before, "is free, but was written to");
        struct block *prev = b->prev;
        if (prev != before) { /* before is wrong if another one links to b */
            bool other = before != bin && prev != b && belongs(prev, bin);
            return unsound(other && prev->next == b ? before : b,
                           "is free, but was written to");
        }
        --*count;
    } while (b != bin);
    return true;
}

/* Are the headers of the large blocks what they were? If a copy isn't, it was
 * hit by a write past the end of the mapping below. */
static bool check_mapped(void) {
    struct block *before = NULL;
    for (size_t i = 0, left = mappings; left && i < SLOTS; i++) {
        struct block *b = mapped[i];
        if (!b) continue;
        left--;
        if (!is_intact(b)) {
            bool hit = (*header_copy(b) & FLAGS) != (VALID | USED | PREV_USED);
            if (hit && before && after(before) == b)
                return unsound(before, "was written to beyond its end");
            return unsound(b, "has a header that was written to");
        }
        before = b;
    }
    return true;
}

/* Proves the heap's structure sound, or prints what is wrong, and where: the
 * row of blocks first, then that the bins hold the free ones and no others, and
 * last the large blocks. */
bool heap_check(void) {
    size_t count = BINS; /* of what must be in a ring: bins, free blocks */
    if (heap.start && !check_row(&count)) return false;
    for (unsigned bin = 0; bin < BINS; bin++)
        if (!check_bin(bin, &count)) return false;
    if (count) return unsound(heap.start, "begins a heap that lost a block");
    return check_mapped();
}

/* Calls visit for each block, in order of address and the mapped ones last:
 * p is its memory, n how many bytes that is, and kind what it is. A heap that
 * isn't sound is not walked. */
void heap_walk(void (*visit)(void *p, size_t n, int kind, void *arg),
               void *arg) {
    if (!heap_check()) return;
    struct block *next, *b = heap.start;
    for (; b != heap.top.at; b = next) {
        next = b == heap.run.at ? heap.run.end : after(b);
        int kind = !is_used(b)            ? HEAP_FREE
                   : *header(b) & FOREIGN ? HEAP_FOREIGN
                                          : HEAP_USED;
        visit(b, distance(b, next) - WORD, kind, arg);
    }
    if (b) visit(b, distance(b, heap.top.end) - WORD, HEAP_TOP, arg);
    for (size_t i = 0, left = mappings; left && i < SLOTS; i++) {
        if (!mapped[i]) continue;
        visit(mapped[i], size_of(mapped[i]) - ALIGNMENT, HEAP_MAPPED, arg);
        left--;
    }
}

static void count_block(void *p, size_t n, int kind, void *info) {
    struct heap_info *i = info;
    (void) p;
    i->blocks[kind]++;
    i->bytes[kind] += n + (kind == HEAP_MAPPED ? ALIGNMENT : WORD);
    if (kind == HEAP_FREE && n > i->largest) i->largest = n;
}

struct heap_info heap_info(void) {
    struct heap_info info = {.largest = 0};
    heap_walk(count_block, &info);
    return info;
}

/*
 * ---- The rest --------------------------------------------------------------
 */
static uint32_t seed = 1;

void srand(unsigned s) { seed = s; }

/* Numerical Recipes' generator; its high bits are the good ones. */
int rand(void) {
    seed = seed * 1664525 + 1013904223;
    return (seed ^ seed >> 16) & RAND_MAX;
}

void abort(void) { exit(134); }

void assert_failed(const char *what, const char *file, int line) {
    printf("%s:%d: assertion failed: %s\n", file, line, what);
    abort();
}

/*
 * ---- The line editor -------------------------------------------------------
 * The kernel does not echo: what is typed appears because readline shows it.
 * It rubs a character out with "back, blank, back", which every terminal
 * knows, but only within a row: a line should not be longer than that.
 */
#define HISTORY 16      /* lines remembered */
#define HISTORY_LINE 80 /* bytes of each; a longer line is not remembered */
#define CTRL(letter) (31 & (letter))
#define ESCAPE 27
#define DELETE 127

enum { KEY_UP = 256, KEY_DOWN, KEY_UNKNOWN };

static char history[HISTORY][HISTORY_LINE]; /* line i is in [i % HISTORY] */
static unsigned remembered;                 /* lines, since the start */

/* Typed characters beyond size - 1 are counted, but neither kept nor shown. */
struct line {
    char *text;
    size_t size, length;
};

/* A key: a byte, EOF, or what an escape sequence stands for. Those of arrows
 * are ESC [ or ESC O, perhaps numbers, a letter; a control character ends a
 * sequence early. */
static int read_key(void) {
    int c = getchar();
    if (c != ESCAPE) return c == '\t' ? ' ' : c == '\b' ? DELETE : c;
    while (c == ESCAPE) {
        do c = getchar();
        while (c == ESCAPE);
        if (c != '[' && c != 'O') return c < ' ' ? c : KEY_UNKNOWN;
        do c = getchar();
        while (c >= ' ' && c < '@');
    }
    return c < ' ' ? c : c == 'A' ? KEY_UP : c == 'B' ? KEY_DOWN : KEY_UNKNOWN;
}

static void append(struct line *line, char c) {
    if (line->length + 1 < line->size) {
        line->text[line->length] = c;
        line->text[line->length + 1] = '\0';
        putchar(c);
    }
    line->length++;
}

static void rub_out(struct line *line) {
    if (line->length && line->length-- < line->size) {
        line->text[line->length] = '\0';
        printf("\b \b");
    }
}

static void replace(struct line *line, const char *text) {
    while (line->length) rub_out(line);
    while (*text) append(line, *text++);
}

static void remember(const char *text) {
    const char *last = history[(remembered - 1) % HISTORY];
    if (*text && strlen(text) < HISTORY_LINE && strcmp(text, last) != 0)
        strcpy(history[remembered++ % HISTORY], text);
}

int readline(const char *prompt, char *text, size_t size) {
    struct line line = {text, size, 0};
    unsigned at = remembered; /* the line of the history that is shown */
    text[0] = '\0';
    printf("%s", prompt);
    int c;
    do {
        c = read_key();
        if (c == CTRL('C') || c == CTRL('U'))
            replace(&line, "");
        else if (c == CTRL('L'))
            printf("\033[H\033[2J%s%s", prompt, text);
        else if (c == DELETE)
            rub_out(&line);
        else if (c == KEY_UP && at > 0 && remembered - at < HISTORY)
            replace(&line, history[--at % HISTORY]);
        else if (c == KEY_DOWN && at < remembered)
            replace(&line, ++at < remembered ? history[at % HISTORY] : "");
        else if (c >= ' ' && c < DELETE)
            append(&line, c);
    } while (c != '\n' && c != EOF);
    /* As a terminal does: EOF sends a line that has begun as it stands. */
    if (c == EOF && !line.length) return -1;
    putchar('\n');
    if (line.length < size) remember(text); /* it is whole */
    return line.length;
}
