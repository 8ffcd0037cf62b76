/*
 * user.c: the user library: a program's start, the system calls, the heap,
 * and the C library's most used functions.
 */
#include "user.h"

int errno;

#ifdef __riscv
/*
 * ---- Start and system calls ---------------------------------------------
 * The only part that knows the processor; the tests on the host leave it out
 * and bring their own.
 */
int main(int argc, char **argv);

/* The kernel jumps here with the stack pointer set, and nothing else. */
_Noreturn void _start(void) {
    char *argv[] = {NULL};
    exit(main(0, argv));
}

/*
 * A C function finds its arguments in a0 to a5 and leaves its result in a0.
 * That is where the kernel wants them too, so a system call is a C function
 * of two instructions: the number in a7, ecall. No result but an error is
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
SYSTEM_CALL(wait, SYS_WAIT);
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
#endif

unsigned sleep(unsigned seconds) {
    msleep(seconds * 1000);
    return 0;
}

char *strerror(int error) {
    switch (error) {
    case 0:
        return "no error";
    case EPERM:
        return "not permitted";
    case ESRCH:
        return "no such process";
    case EBADF:
        return "no such file";
    case ECHILD:
        return "no child";
    case ENOMEM:
        return "out of memory";
    case EFAULT:
        return "bad address";
    case EINVAL:
        return "bad argument";
    case ENOSYS:
        return "no such system call";
    }
    return "unknown error";
}

/*
 * ---- The console ---------------------------------------------------------
 */

/* Writes all n bytes, in as many calls as it takes. */
void put(const char *s, size_t n) {
    while (n) {
        ssize_t written = write(STDOUT_FILENO, s, n);
        if (written <= 0) return;
        s += written;
        n -= written;
    }
}

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
 * The heap is a row of blocks without gaps; the last one, the top, is what
 * nobody has yet. A block begins with its header, one word: its size, and in
 * the low bits, which a multiple of 16 leaves free, whether it and the block
 * before it are in use. A free block holds more: its links in a list, and its
 * size once more at its end, where the block behind it finds it.
 *
 *             in use                           free
 *        +------------+---+---+           +------------+---+---+
 *        |       size | B | 1 | header    |       size | 1 | 0 |
 *   p -> +------------+---+---+           +------------+---+---+
 *        | what malloc gave   |           | next               | in the list
 *        |                    |           | link               | points here
 *        |                    |           :                    :
 *        |                    |           | size               | footer
 *        +--------------------+           +--------------------+
 *         B: the block before is in use    free neighbours merge, so B is 1
 *
 * A header lies one word before a multiple of 16, so p is one. It is stored
 * xored with its own address: then hardly anything else in memory looks like a
 * header, and a pointer given to free can be checked. Flags can be turned over
 * in the stored word, since (x ^ address) ^ flag is (x ^ flag) ^ address.
 *
 * Free blocks hang in bins by size. A map has a bit for each bin that is not
 * empty, so that the next larger block is found without a walk.
 *
 * Small blocks come in great numbers, and stay: strewn between large ones they
 * keep these from merging. So they have a nook of their own, a free block in
 * no bin, from which they are cut one after the other.
 *
 * The invariant, which heap_check() proves: no two neighbours are both free,
 * but for the nook when it lies before the top; and each free block is in its
 * bin, but for these two.
 */
#define ALIGN 16u
#define WORD sizeof(uintptr_t)
#define MIN_BLOCK (4 * WORD)
#define SMALL_MAX 96u          /* the largest block that is cut from the nook */
#define NOOK_MIN 192u          /* a new nook is an eighth of the heap, but */
#define NOOK_MAX 2048u         /* no less and no more than these */
#define MAP_MIN (128u * 1024)  /* requests from here on go to mmap */
#define TRIM_MIN (128u * 1024) /* from here on the top goes back to sbrk */
#define BINS 96
#define BIN_TRIES 8 /* how many blocks of a bin are looked at */

enum { USED = 1, BEFORE_USED = 2, FOREIGN = 4, NO_FLAG = 8, FLAGS = 15 };

struct block {
    uintptr_t header;    /* (size | flags) ^ its own address */
    struct block *next;  /* in its bin */
    struct block **link; /* what points here: the bin, or another's next */
};

static struct block *start, *top, *nook; /* NULL: there is none */
static char *heap_break;                 /* where the last sbrk ended */
static struct {
    uint32_t map[BINS / 32];
    struct block *first[BINS];
} bins;

/* malloc and free are fast because they are short, and because they call
 * nothing, which saves the saving of registers. So what they do often becomes
 * part of them, and what they do rarely is the last thing they do. */
#define OFTEN __attribute__((always_inline)) static inline
#define RARELY __attribute__((noinline)) static

OFTEN struct block *at(void *p, intptr_t offset) {
    return (struct block *) ((uintptr_t) p + offset);
}

OFTEN size_t header(struct block *b) {
    return b->header ^ (uintptr_t) b;
}

OFTEN size_t size_of(struct block *b) {
    return header(b) & ~(size_t) FLAGS;
}

OFTEN void set_header(struct block *b, size_t size, size_t flags) {
    b->header = (size | flags) ^ (uintptr_t) b;
}

/* The size of a block with room for n bytes. What is far too much becomes 1
 * GiB, so that nothing overflows; the kernel will refuse it. */
OFTEN size_t block_size(size_t n) {
    if (n > PTRDIFF_MAX / 2) n = PTRDIFF_MAX / 2;
    size_t size = (n + WORD + ALIGN - 1) & ~(size_t) (ALIGN - 1);
    return MIN_BLOCK > ALIGN && size < MIN_BLOCK ? MIN_BLOCK : size;
}

/* ---- Bins ---- */

/* Bins are in steps of 16 bytes to 512, where all blocks of a bin are of one
 * size, of 128 to 4 KiB, of 1 KiB to 32 KiB, of 32 KiB to 256 KiB, and one for
 * all that are larger. What is added lets each row go on where the one before
 * ends: 28 + 512 / 128 is 32, as 512 / 16 is. */
OFTEN unsigned bin_of(size_t size) {
    if (size < 512) return size >> 4;
    if (size < 4096) return 28 + (size >> 7);
    if (size < 32768) return 56 + (size >> 10);
    if (size < 262144) return 87 + (size >> 15);
    return BINS - 1;
}

/* Puts a free block, whose header is written, into its bin. */
OFTEN void put_in(struct block *b, size_t size) {
    unsigned bin = bin_of(size);
    struct block *next = bins.first[bin];
    ((uintptr_t *) at(b, size))[-1] = size;
    b->next = next;
    b->link = &bins.first[bin];
    bins.first[bin] = b;
    if (next) next->link = &b->next;
    if (!next) bins.map[bin / 32] |= 1u << bin % 32;
}

/* Makes it the nook instead. */
OFTEN void set_nook(struct block *b, size_t size) {
    ((uintptr_t *) at(b, size))[-1] = size;
    b->next = NULL;
    b->link = &nook;
    nook = b;
}

/* Takes a free block out of its bin, or from being the nook. */
OFTEN void take_out(struct block *b) {
    struct block *next = b->next, **link = b->link;
    *link = next;
    if (next) next->link = link;
    size_t bin = link - bins.first;
    if (!next && bin < BINS) bins.map[bin / 32] ^= 1u << bin % 32;
}

/* The number of the lowest bit of x that is set. x & -x leaves only that bit,
 * so the product is the constant moved left by its number; the constant is
 * such that its upper five bits then differ for all 32 numbers (a de Bruijn
 * sequence). RV32IMA has no instruction that does this. */
OFTEN unsigned lowest_bit(uint32_t x) {
    static const uint8_t number[32] = {
        0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
        31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
    return number[(x & -x) * 0x077cb531u >> 27];
}

/* First fit in the bin of this size, else the first block of the next bin that
 * has one: there any block fits. NULL if there is none. */
OFTEN struct block *find(size_t size) {
    unsigned i = bin_of(size), tries = BIN_TRIES;
    for (struct block *b = bins.first[i]; b && tries--; b = b->next)
        if (size_of(b) >= size) return b;
    if (++i == BINS) return NULL;
    uint32_t *word = &bins.map[i / 32], bits = *word >> i % 32 << i % 32;
    while (!bits) {
        if (++word == bins.map + BINS / 32) return NULL;
        bits = *word;
    }
    return bins.first[(word - bins.map) * 32 + lowest_bit(bits)];
}

/* ---- The top, and the kernel behind it ---- */

/* Turns a free block that is in no bin into one in use, or back. */
OFTEN void *turn(struct block *b, size_t size) {
    b->header ^= USED;
    at(b, size)->header ^= BEFORE_USED;
    return &b->next;
}

/* Cuts a block in use off the front of a free one that is in no bin. Returns
 * the rest, of which only the header is written. */
OFTEN struct block *cut(struct block *b, size_t size) {
    size_t h = header(b);
    struct block *rest = at(b, size);
    set_header(rest, (h & ~(size_t) FLAGS) - size, BEFORE_USED);
    set_header(b, size, (h & BEFORE_USED) | USED);
    return rest;
}

/* Makes the top at least size bytes long. It asks for a page or more, so that
 * many small requests cost few calls, but for a large one for what is missing.
 * Behind the top there is always room for a header. If somebody else has
 * called sbrk, the old top and what is theirs become a block in use. */
RARELY bool grow(size_t size) {
    size_t room = top ? size_of(top) : 0, n = size - room + ALIGN;
    if (room >= size) return true;
    if (n < PAGE_SIZE) n = PAGE_SIZE;
    char *p = sbrk(n);
    if (p == MAP_FAILED) return false;
    if (p != heap_break) {
        struct block *old = top;
        top = at(p, -(uintptr_t) (p + WORD) % ALIGN);
        set_header(top, 0, BEFORE_USED);
        if (!start) start = top;
        if (old)
            set_header(old, (uintptr_t) top - (uintptr_t) old,
                       (header(old) & BEFORE_USED) | USED | FOREIGN);
    }
    heap_break = p + n;
    room = (heap_break - (char *) top - WORD) & ~(size_t) FLAGS;
    set_header(top, room, header(top) & BEFORE_USED);
    return grow(size);
}

/* Gives the top's whole pages back to the kernel, unless memory that somebody
 * else got from sbrk lies behind it. */
RARELY void trim(void) {
    size_t size = size_of(top), n = size / PAGE_SIZE * PAGE_SIZE;
    if (sbrk(0) != heap_break || sbrk(-n) == MAP_FAILED) return;
    heap_break -= n;
    set_header(top, size - n, BEFORE_USED);
}

/* A block from the top. If there is no nook, one is made before it, which
 * small requests are then served from. */
RARELY void *cut_top(size_t size) {
    size_t n = ((uintptr_t) top - (uintptr_t) start) / 8 & -ALIGN;
    n = n < NOOK_MIN ? NOOK_MIN : n > NOOK_MAX ? NOOK_MAX : n;
    bool first = !nook && ((top && size_of(top) >= n + size) || grow(n + size));
    if (!first && !grow(size)) return NULL;
    struct block *b = top;
    assert(b); /* grow made it */
    if (first) {
        top = cut(b, n);
        turn(b, n);
        set_nook(b, n);
        if (size <= SMALL_MAX) return malloc(size - WORD);
        b = top;
    }
    top = cut(b, size);
    return &b->next;
}

/* A block from the bins, else from the top. What is left of a hole becomes the
 * nook if a small request finds none, and it is not too much for one. */
OFTEN void *take(size_t size) {
    struct block *b = find(size);
    if (!b) {
        b = top;
        if (!nook || size_of(b) < size) return cut_top(size);
        top = cut(b, size);
        return &b->next;
    }
    size_t all = size_of(b), left = all - size;
    take_out(b);
    if (left < MIN_BLOCK) return turn(b, all);
    struct block *rest = cut(b, size);
    if (!nook && size <= SMALL_MAX && left - SMALL_MAX <= NOOK_MAX)
        set_nook(rest, left);
    else
        put_in(rest, left);
    return &b->next;
}

/* ---- Mapped blocks ---- */

/* Large blocks are regions of their own, so that they can go in any order. A
 * mapped block's memory begins with byte 16 of its region, its header lies
 * before that, and the region begins with a link: they are in a list. */
static void *mapped; /* the memory of the one made last */

RARELY void *map_block(size_t n) {
    size_t length = (block_size(n) + ALIGN + PAGE_SIZE - 1) & -PAGE_SIZE;
    void **region = mmap(NULL, length, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED) return take(block_size(n)); /* is there a hole? */
    *region = mapped;
    mapped = at(region, ALIGN);
    set_header(at(mapped, -WORD), length - ALIGN, BEFORE_USED | USED);
    return mapped;
}

/* ---- Mistakes ---- */

/* A mistake of the program ends it, with a line that names it. */
_Noreturn RARELY void mistake(void *p, const char *what) {
    printf("heap: %08zx %s\n", (size_t) p, what);
    abort();
}

/* Is p the memory of a block in use, mapped ones apart? */
OFTEN bool is_block(void *p) {
    struct block *b = at(p, -WORD);
    uintptr_t offset = (uintptr_t) b - (uintptr_t) start;
    uintptr_t length = (uintptr_t) top - (uintptr_t) start;
    if ((uintptr_t) p % ALIGN || offset >= length) return false;
    return (header(b) & (FLAGS - BEFORE_USED)) == USED &&
           size_of(b) <= length - offset;
}

/* What links to the mapped block of memory p. As p is no other, it must be one;
 * if it isn't, that is a mistake. */
RARELY void **mapped_link(void *p) {
    void **link = &mapped;
    struct block *b = at(p, -WORD);
    while (*link && *link != p) link = (void **) at(*link, -(int) ALIGN);
    if (*link && size_of(b) % PAGE_SIZE == PAGE_SIZE - ALIGN) return link;
    if ((uintptr_t) p % ALIGN) mistake(p, "is no block: it is not aligned");
    if (!*link && (!top || b < start || b >= at(top, size_of(top))))
        mistake(p, "is no block: it is not in the heap");
    if (!(header(b) & (FLAGS - BEFORE_USED))) mistake(p, "was freed before");
    mistake(p, "is no block, or its header was overwritten");
}

RARELY void unmap_block(void *p) {
    void **link = mapped_link(p), **region = (void **) at(p, -(int) ALIGN);
    *link = *region;
    munmap(region, size_of(at(p, -WORD)) + ALIGN);
}

/* ---- malloc, free, realloc ---- */

/* Frees what a block in use has beyond size bytes, if that can be a block. */
RARELY void shrink(struct block *b, size_t size) {
    size_t left = size_of(b) - size;
    if (left < MIN_BLOCK) return;
    set_header(at(b, size), left, BEFORE_USED | USED);
    set_header(b, size, header(b) & FLAGS);
    free(&at(b, size)->next);
}

void *malloc(size_t n) {
    if (n >= MAP_MIN) return map_block(n);
    size_t size = block_size(n);
    if (size >= 512) return take(size);
    struct block *b = bins.first[size / 16];
    if (b) {
        take_out(b);
        return turn(b, size);
    }
    b = nook;
    if (!b || size > SMALL_MAX) return take(size);
    size_t left = size_of(b) - size;
    if (left < SMALL_MAX) { /* that is the last: the rest is a free block */
        take_out(b);
        return realloc(turn(b, size + left), size - WORD);
    }
    set_nook(cut(b, size), left);
    return &b->next;
}

void free(void *p) {
    if (!p) return;
    if (!is_block(p)) return unmap_block(p);
    struct block *b = at(p, -WORD);
    size_t h = header(b), size = h & ~(size_t) FLAGS;
    struct block *next = at(b, size);
    size_t after = header(next), next_size = after & ~(size_t) FLAGS;
    if ((after & (FLAGS - FOREIGN - USED)) != BEFORE_USED ||
        next_size > (size_t) (heap_break - (char *) next))
        mistake(p, "was written to beyond its end");
    b->header ^= USED; /* so that it is known, should it be freed again */
    if (!(h & BEFORE_USED)) {
        size_t before = ((uintptr_t *) b)[-1];
        b = at(b, -before);
        if (header(b) != (before | BEFORE_USED))
            mistake(p, "lies behind a free block that was written to");
        take_out(b);
        size += before;
        set_header(b, size, BEFORE_USED);
    }
    if (after & USED) {
        next->header ^= BEFORE_USED;
        return put_in(b, size);
    }
    if (next != top) {
        bool was_nook = next == nook;
        if (((uintptr_t *) at(next, next_size))[-1] != next_size)
            mistake(p, "lies before a free block that was written to");
        take_out(next);
        size += next_size;
        set_header(b, size, BEFORE_USED);
        next = at(b, size);
        if (next != top) return was_nook ? set_nook(b, size) : put_in(b, size);
    }
    set_header(b, size + size_of(top), BEFORE_USED);
    top = b;
    if (size_of(top) >= TRIM_MIN) trim();
}

/* Makes a block in use longer if what lies behind it is free and enough. */
OFTEN bool stretch(struct block *b, size_t size) {
    size_t old = size_of(b);
    struct block *next = at(b, old);
    if (next == top && size_of(top) < size - old && !grow(size - old))
        return false;
    size_t all = old + size_of(next);
    if (header(next) & USED || all < size) return false;
    if (next == top) {
        top = at(b, size);
        set_header(top, all - size, BEFORE_USED);
        all = size;
    } else {
        take_out(next);
        at(b, all)->header ^= BEFORE_USED;
    }
    set_header(b, all, header(b) & FLAGS);
    shrink(b, size);
    return true;
}

void *realloc(void *p, size_t n) {
    if (!p) return malloc(n);
    if (!n) return free(p), NULL;
    bool in_heap = is_block(p);
    if (!in_heap) mapped_link(p);
    struct block *b = at(p, -WORD);
    size_t size = block_size(n), old = size_of(b);
    if (in_heap && size < old) shrink(b, size);
    if (size <= old || (in_heap && stretch(b, size))) return p;
    /* A mapped block must move to grow: if it does so by little, it gets room
     * for more. */
    bool little = !in_heap && size - old < old / 2;
    void *q = little ? map_block(n + n / 2) : NULL;
    if (!q) q = malloc(n);
    if (!q) return NULL;
    memcpy(q, p, old - WORD);
    free(p);
    return q;
}

/* ---- The rest of malloc's family ---- */

void *reallocarray(void *p, size_t count, size_t size) {
    size_t n;
    return realloc(p, __builtin_mul_overflow(count, size, &n) ? SIZE_MAX : n);
}

void *calloc(size_t count, size_t size) {
    size_t n;
    void *p = malloc(__builtin_mul_overflow(count, size, &n) ? SIZE_MAX : n);
    if (p && is_block(p)) memset(p, 0, n); /* what mmap gives is zero */
    return p;
}

/* Takes a block in which, behind another, one of the size wanted can begin
 * where it must, and frees that other and what is too much. */
void *aligned_alloc(size_t alignment, size_t n) {
    if (alignment <= ALIGN) return malloc(n);
    if (alignment & (alignment - 1) || alignment > PTRDIFF_MAX / 4) {
        errno = EINVAL;
        return NULL;
    }
    size_t size = block_size(n);
    char *p = take(size + alignment + MIN_BLOCK);
    if (!p) return NULL;
    struct block *front = at(p, -WORD), *b;
    p += MIN_BLOCK + (-(uintptr_t) (p + MIN_BLOCK) & (alignment - 1));
    b = at(p, -WORD);
    size_t before = (uintptr_t) b - (uintptr_t) front;
    set_header(b, size_of(front) - before, BEFORE_USED | USED);
    set_header(front, before, header(front) & FLAGS);
    free(&front->next);
    shrink(b, size);
    return p;
}

size_t malloc_usable_size(void *p) {
    if (!p) return 0;
    if (!is_block(p)) mapped_link(p);
    return size_of(at(p, -WORD)) - WORD;
}

/* ---- Looking at the heap ---- */

/* Are a free block's links, and the map, as they must be? */
static bool good_links(struct block *b) {
    struct block **link = b->link, *next = b->next;
    unsigned bin = bin_of(size_of(b));
    bool other = (uintptr_t) link % ALIGN == 0 && link >= &start->next &&
                 link < &top->next;
    if (link != (b == nook ? &nook : &bins.first[bin]) && !other) return false;
    if (b != nook && !(bins.map[bin / 32] >> bin % 32 & 1)) return false;
    if (next && (next < start || next >= top)) return false;
    return *link == b && (!next || next->link == &b->next);
}

/* What is wrong with a block that lies behind another; NULL: nothing. */
static const char *fault(struct block *b, struct block *before) {
    size_t h = header(b), size = h & ~(size_t) FLAGS;
    bool is_free = !(h & USED), after_free = before && !(header(before) & USED);
    if (h & NO_FLAG || after_free == !!(h & BEFORE_USED) ||
        size > (size_t) (heap_break - (char *) b) || (b != top && !size))
        return "has a header that was overwritten";
    if (is_free && after_free && (b != top || before != nook))
        return "is free as the block before it, and not merged";
    if (!is_free || b == top) return NULL;
    if (((uintptr_t *) at(b, size))[-1] != size)
        return "is free, but its footer was overwritten";
    return good_links(b) ? NULL : "is free, but its links were overwritten";
}

/* Proves the heap's structure sound, or prints what is wrong, and where. */
bool heap_check(void) {
    const char *what = NULL;
    struct block *b = start, *before = NULL;
    while (b && !(what = fault(b, before)) && b != top) {
        before = b;
        b = at(b, size_of(b));
    }
    if (what) printf("heap: %08zx %s\n", (size_t) &b->next, what);
    return !what;
}

/* Calls visit for each block, in the order of their addresses and the mapped
 * ones last: with its memory, how much that is, and what it is. A heap that
 * isn't sound is not walked. */
void heap_walk(void (*visit)(void *p, size_t n, int kind, void *arg),
               void *arg) {
    for (struct block *b = heap_check() ? start : NULL; b;
         b = at(b, size_of(b))) {
        int kind = header(b) & FOREIGN ? HEAP_FOREIGN
                   : header(b) & USED  ? HEAP_USED
                   : b == top          ? HEAP_TOP
                                       : HEAP_FREE;
        if (size_of(b)) visit(&b->next, size_of(b) - WORD, kind, arg);
        if (b == top) break;
    }
    for (void *p = mapped; p; p = *(void **) at(p, -(int) ALIGN))
        visit(p, size_of(at(p, -WORD)) - WORD, HEAP_MAPPED, arg);
}

static void count_block(void *p, size_t n, int kind, void *info) {
    struct heap_info *i = info;
    i->blocks[kind]++;
    i->bytes[kind] += n + WORD;
    if (p && kind == HEAP_FREE && n > i->largest) i->largest = n;
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

void srand(unsigned s) {
    seed = s;
}

/* Numerical Recipes' generator; its high bits are the good ones. */
int rand(void) {
    seed = seed * 1664525 + 1013904223;
    return (seed ^ seed >> 16) & RAND_MAX;
}

void abort(void) {
    exit(134);
}

void assert_failed(const char *what, const char *file, int line) {
    printf("%s:%d: assertion failed: %s\n", file, line, what);
    abort();
}

/*
 * ---- The line editor -------------------------------------------------------
 * The kernel does not echo: what is typed appears because readline shows it.
 * It rubs a character out with "back, blank, back", which every terminal
 * knows, so a line should not be longer than a row of the screen.
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
 * sequence too soon. */
static int read_key(void) {
    int c = getchar();
    if (c != ESCAPE)
        return c == '\r' ? '\n' : c == '\t' ? ' ' : c == '\b' ? DELETE : c;
    do c = getchar();
    while (c == ESCAPE);
    if (c != '[' && c != 'O') return c < ' ' ? c : KEY_UNKNOWN;
    do c = getchar();
    while (c >= ' ' && c < '@');
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
    for (int c; (c = read_key()) != '\n';) {
        if (c == EOF && !line.length) return -1;
        if (c == EOF)
            break; /* as a terminal does: the line is sent as it stands */
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
    }
    putchar('\n');
    remember(text);
    return line.length;
}
