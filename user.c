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
    char name[] = PROGRAM_NAME, *argv[] = {name, NULL};
    exit(main(1, argv));
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

/* An hour at a time: in milliseconds it fits the argument. */
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
 * its header, one word: its size, and in the low bits, which a multiple of 16
 * leaves free, whether it and the block before it are in use. A free block
 * holds more: its links in a list, and its size once more at its end, where
 * the block behind it finds it.
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
 * in the stored word, since (x ^ address) ^ flag is (x ^ flag) ^ address. The
 * row ends with a header without a block: size 0, in use.
 *
 * Free blocks hang in bins by size. A map has a bit for each bin that is not
 * empty, so that the next larger block is found without a walk.
 *
 * Small blocks come in great numbers, and stay: strewn between the others they
 * keep these from merging. So they are cut off the end of one free block, the
 * quarry, which hangs in no bin. The others are cut off the front of a block
 * that fits closely, and off the quarry's only if nothing else fits.
 *
 * The invariant, which heap_check() proves: no two neighbours are both free,
 * and each free block is in its bin, or is the quarry.
 */
#define WORD sizeof(uintptr_t)
#define ALIGN (4 * WORD)    /* header, two links, footer: the smallest block */
#define SMALL_MAX 96        /* the largest block that is cut from the quarry */
#define LARGE (128 * 1024u) /* what goes to mmap, and back to sbrk */
#define BINS 128 /* the last stays empty: there is always a next one */
#define TRIES 4  /* how many blocks of a bin are looked at first */

enum { USED = 1, BEFORE_USED = 2, FOREIGN = 4, NO_FLAG = 8, FLAGS = 15 };

struct block {
    uintptr_t header;    /* (size | flags) ^ its own address */
    struct block *next;  /* in its bin */
    struct block **link; /* what points here: the bin, or another's next */
};

static struct block *start, *end, *quarry; /* NULL: there is none */
static char *heap_break;                   /* where the last sbrk ended */
static void *mapped; /* the region made last by mmap, of a list */
static struct {
    struct block *first[BINS];
    uint32_t map[BINS / 32];
} bins;

/* malloc and free are fast because they are short, and because they call
 * nothing, so that there are few registers to save. What they do often becomes
 * part of them, and what they do rarely is the last thing they do. */
#define OFTEN __attribute__((always_inline)) static inline
#define RARELY __attribute__((noinline)) static

OFTEN void *at(void *p, intptr_t offset) { return (char *) p + offset; }

OFTEN size_t distance(void *a, void *b) { return (size_t) b - (size_t) a; }

OFTEN size_t header(struct block *b) { return b->header ^ (uintptr_t) b; }

OFTEN size_t size_of(struct block *b) { return header(b) & -ALIGN; }

OFTEN void set_header(struct block *b, size_t size, size_t flags) {
    b->header = (size | flags) ^ (uintptr_t) b;
}

/* The last word of the free block that ends here. */
OFTEN size_t *footer(void *block_end) { return at(block_end, -WORD); }

/* The size of a block with room for n bytes. What is far too much becomes less,
 * so that nothing overflows, but still more than the kernel will give. */
OFTEN size_t block_size(size_t n) {
    if (n > PTRDIFF_MAX / 2) n = PTRDIFF_MAX / 2;
    return (n + WORD + ALIGN - 1) & -ALIGN;
}

/* A mistake of the program ends it, with a line that names it. */
_Noreturn RARELY void mistake(void *p, const char *what) {
    printf("heap: %08zx %s\n", (size_t) p, what);
    abort();
}

/* The size of a free block, of which header and footer say the same. */
OFTEN size_t free_size(struct block *b) {
    size_t h = header(b), size = h & -ALIGN;
    if (h != (*footer(at(b, size)) | BEFORE_USED))
        mistake(&b->next, "is free, but was written to");
    return size;
}

/* ---- Bins ---- */

/* To 512 bytes bins are in steps of 16, so that all blocks of a bin are of one
 * size. From there on each factor of four has 24 bins, in steps four times as
 * large as before: of 64 bytes to 2 KiB, of 256 to 8 KiB, and so on. What is
 * added lets each row go on where the one before ends: 24 + 512 / 64 is 32, as
 * 512 / 16 is. */
OFTEN unsigned bin_of(size_t size) {
    if (size < 512) return size >> 4;
    if (size < 2048) return 24 + (size >> 6);
    if (size < 8192) return 48 + (size >> 8);
    if (size < 32768) return 72 + (size >> 10);
    return size < 126976 ? 96 + (size >> 12) : BINS - 2;
}

/* Makes b the first of the list that link begins. */
OFTEN void hang(struct block *b, struct block **link) {
    struct block *next = *link;
    b->next = next;
    b->link = link;
    *link = b;
    if (next) next->link = &b->next;
}

/* Makes b a free block in its bin, or the quarry if there is none. */
OFTEN void put_in(struct block *b, size_t size) {
    set_header(b, size, BEFORE_USED);
    *footer(at(b, size)) = size;
    if (!quarry) return hang(b, &quarry);
    unsigned bin = bin_of(size);
    if (!bins.first[bin]) bins.map[bin / 32] |= 1u << bin % 32;
    hang(b, &bins.first[bin]);
}

/* Takes b, to which link points, out of its bin, or from being the quarry. */
OFTEN void take_out(struct block *b, struct block **link) {
    struct block *next = b->next;
    size_t bin = distance(bins.first, link) / sizeof *link;
    *link = next;
    if (next) next->link = link;
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

/* A free block of at least size bytes: the first that fits of the first `tries`
 * in the bin of this size, else the first of the next bin that has one, where
 * any block fits, else the quarry. NULL if there is none. */
OFTEN struct block *find(size_t size, unsigned tries) {
    unsigned i = bin_of(size);
    for (struct block *b = bins.first[i]; b && tries--; b = b->next)
        if (size_of(b) >= size) return b;
    unsigned word = ++i / 32;
    uint32_t bits = bins.map[word] >> i % 32 << i % 32;
    while (!bits && ++word < BINS / 32) bits = bins.map[word];
    if (bits) return bins.first[word * 32 + lowest_bit(bits)];
    return quarry && size_of(quarry) >= size ? quarry : NULL;
}

/* ---- Cutting blocks, and the kernel behind them ---- */

/* Makes the heap longer, so that it ends with a free block of at least size
 * bytes, and returns that; NULL if the kernel refuses. It asks for a page or
 * more, so that many small requests cost few calls, but for a large one for
 * what is missing. If somebody else has called sbrk, what is theirs becomes a
 * block in use. */
RARELY struct block *grow(size_t size) {
    size_t room = end && !(header(end) & BEFORE_USED) ? *footer(end) : 0;
    struct block *b = room ? at(end, -room) : end;
    if (end && ((header(end) | BEFORE_USED) != (USED | BEFORE_USED) ||
                room > distance(start, end) || size_of(b) != room))
        mistake(&end->next, "is the heap's end, and was written to");
    if (room >= size) return b; /* find did not come to it */
    size_t n = size - room + (end ? 0 : ALIGN);
    if (n < PAGE_SIZE) n = PAGE_SIZE;
    char *p = sbrk(n);
    if (p == MAP_FAILED) return NULL;
    if (p != heap_break) {
        b = at(p, -(uintptr_t) (p + WORD) % ALIGN);
        if (!start) start = b;
        if (end) set_header(end, distance(end, b), header(end) | FOREIGN);
    } else if (room) {
        take_out(b, b->link);
    }
    heap_break = p + n;
    size_t all = distance(b, heap_break - WORD) & -ALIGN;
    end = at(b, all);
    set_header(end, 0, USED);
    put_in(b, all);
    return all < size ? grow(size) : b;
}

/* Makes of b, `all` bytes in no bin, a block in use of size bytes. What is
 * left of it becomes a free block; if nothing is, the block behind learns that
 * the one before it is in use. */
OFTEN void *use(struct block *b, size_t all, size_t size, size_t flags) {
    struct block *rest = at(b, size);
    set_header(b, size, flags);
    if (all == size) return rest->header ^= BEFORE_USED, &b->next;
    put_in(rest, all - size);
    return &b->next;
}

OFTEN void *take_from(struct block *b, size_t size) {
    size_t all = free_size(b);
    take_out(b, b->link);
    return use(b, all, size, USED | BEFORE_USED);
}

/* The bin is searched to its end if the kernel refuses, and before it is asked
 * if it is the last bin, where sizes have no bound. */
RARELY void *take_new(size_t size) {
    bool last = bin_of(size) == BINS - 2;
    struct block *b = last ? find(size, -1u) : grow(size);
    if (!b) b = last ? grow(size) : find(size, -1u);
    return b ? take_from(b, size) : NULL;
}

/* A block in use of size bytes, off the front of a free one. */
OFTEN void *take(size_t size) {
    struct block *b = find(size, TRIES);
    return b ? take_from(b, size) : take_new(size);
}

/* A block in use off the end of the quarry, which is larger than size. */
OFTEN void *take_small(size_t size) {
    size_t left = free_size(quarry) - size;
    struct block *b = at(quarry, left), *next = at(b, size);
    set_header(quarry, left, BEFORE_USED);
    *footer(b) = left;
    set_header(b, size, USED);
    next->header ^= BEFORE_USED;
    return &b->next;
}

/* Opens a new quarry, good for more than this block, puts the old one into its
 * bin, and takes the block. */
RARELY void *open_quarry(size_t size) {
    struct block *b = find(size + 2 * SMALL_MAX, TRIES);
    if (!b) b = grow(size + 2 * SMALL_MAX);
    if (!b) return take(size); /* what there is would leave no quarry */
    size_t all = free_size(b);
    take_out(b, b->link);
    if (quarry) put_in(quarry, free_size(quarry));
    quarry = NULL;
    put_in(b, all);
    return take_small(size);
}

/* Is p the memory of a block in use, mapped ones apart? */
OFTEN bool is_block(void *p) {
    size_t offset = distance(start, p) - WORD, length = distance(start, end);
    return (uintptr_t) p % ALIGN == 0 && offset < length &&
           (header(at(p, -WORD)) & (FLAGS - BEFORE_USED)) == USED &&
           size_of(at(p, -WORD)) <= length - offset;
}

/* ---- Mapped blocks ---- */

/* Large blocks are regions of their own, so that they can go in any order. A
 * mapped block's memory begins with byte 16 of its region, its header lies
 * before that, and the region begins with a link: they are in a list. */
RARELY void *map_block(size_t n) {
    size_t length =
        (block_size(n) + ALIGN + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    void **region = mmap(NULL, length, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED) return take(block_size(n)); /* is there a hole? */
    *region = mapped;
    mapped = region;
    set_header(at(region, ALIGN - WORD), length - ALIGN, USED | BEFORE_USED);
    return at(region, ALIGN);
}

/* Does the region begin as a mapped block's does? */
OFTEN bool is_mapped(void *region) {
    size_t h = header(at(region, ALIGN - WORD));
    return h % PAGE_SIZE == PAGE_SIZE - ALIGN + (USED | BEFORE_USED);
}

/* What links to the region of the mapped block of memory p. As p is no other
 * block, it must be one; if it isn't, that is a mistake. */
RARELY void **mapped_link(void *p) {
    void **link = &mapped;
    for (; *link && at(*link, ALIGN) != p; link = *link)
        if ((uintptr_t) *link % PAGE_SIZE)
            mistake(p, "is lost: the list of large blocks was written to");
    if ((uintptr_t) p % ALIGN) mistake(p, "is no block: it is not aligned");
    if (!*link && distance(start, p) >= distance(start, end))
        mistake(p, "is no block: it is not in the heap");
    if (*link && is_mapped(*link)) return link;
    if (!(header(at(p, -WORD)) & (FLAGS - BEFORE_USED)))
        mistake(p, "was freed before");
    mistake(p, "is no block, or its header was overwritten");
}

RARELY void unmap_block(void *p) {
    if (!p) return;
    void **link = mapped_link(p), **region = *link;
    *link = *region;
    munmap(region, size_of(at(p, -WORD)) + ALIGN);
}

/* ---- malloc, free, realloc ---- */

void *malloc(size_t n) {
    if (n > 512 - ALIGN - WORD) /* the block has 512 bytes or more */
        return n < LARGE ? take(block_size(n)) : map_block(n);
    size_t size = block_size(n), bin = size / 16;
    struct block *b = bins.first[bin];
    if (b) { /* fits exactly */
        take_out(b, &bins.first[bin]);
        return use(b, size, size, USED | BEFORE_USED);
    }
    if (size > SMALL_MAX) return take(size);
    return quarry && size_of(quarry) > size ? take_small(size)
                                            : open_quarry(size);
}

/* Puts in a large free block. At the heap's end its whole pages go back to the
 * kernel, unless memory that somebody else got from sbrk lies behind them. */
RARELY void put_in_large(struct block *b, size_t size) {
    size_t n = (size - LARGE / 2) / PAGE_SIZE * PAGE_SIZE;
    if (at(b, size) == end && sbrk(0) == heap_break && sbrk(-n) != MAP_FAILED) {
        heap_break -= n;
        size -= n;
        end = at(b, size);
        set_header(end, 0, USED);
    }
    put_in(b, size);
}

/* Takes out the block behind b if it is free, and returns the size of both. If
 * it is in use, it learns that the one before it is not, and b's own size is
 * returned. */
OFTEN size_t merge_next(struct block *b, size_t size) {
    struct block *next = at(b, size);
    size_t h = header(next);
    if ((h & (FLAGS - FOREIGN)) == (USED | BEFORE_USED))
        return next->header ^= BEFORE_USED, size;
    if ((h & (NO_FLAG | BEFORE_USED)) != BEFORE_USED ||
        size_of(next) > distance(next, end))
        mistake(&b->next, "was written to beyond its end");
    size += free_size(next);
    take_out(next, next->link);
    return size;
}

void free(void *p) {
    if (!is_block(p)) return unmap_block(p);
    struct block *b = at(p, -WORD);
    size_t h = header(b), size = merge_next(b, h & -ALIGN);
    if (!(h & BEFORE_USED)) {
        size_t before = *footer(b);
        b->header ^= USED; /* so that it is known, should it be freed again */
        if (before > distance(start, b) ||
            header(b = at(b, -before)) != (before | BEFORE_USED))
            mistake(p, "lies behind a free block that was written to");
        take_out(b, b->link);
        size += before;
    }
    if (size >= LARGE) return put_in_large(b, size);
    put_in(b, size);
}

/* Makes a block in use of size bytes of b where it lies, longer or shorter.
 * Longer needs room behind it, for which the heap's end is moved. */
OFTEN bool resize(struct block *b, size_t size) {
    size_t all = size_of(b), room;
    struct block *next = at(b, all);
    while (all + (room = header(next) & USED ? 0 : size_of(next)) < size)
        if (at(next, room) != end || !grow(size - all)) return false;
    use(b, merge_next(b, all), size, header(b) & FLAGS);
    return true;
}

void *realloc(void *p, size_t n) {
    if (!p) return malloc(n);
    if (!n) return free(p), NULL;
    bool in_heap = is_block(p);
    if (!in_heap) mapped_link(p);
    struct block *b = at(p, -WORD);
    size_t size = block_size(n), old = size_of(b);
    /* A mapped block must move to grow: if it does so by little, it gets room
     * for more. If it becomes much shorter, it moves too. */
    bool fits = size <= old && size > old / 2;
    if (in_heap ? size == old || resize(b, size) : fits) return p;
    bool little = !in_heap && size - old < old / 2;
    void *q = little ? map_block(size + size / 2) : NULL;
    if (!q) q = malloc(n);
    if (!q) return NULL;
    memcpy(q, p, n < old - WORD ? n : old - WORD);
    free(p);
    return q;
}

/* ---- The rest of malloc's family ---- */

void *reallocarray(void *p, size_t count, size_t size) {
    size_t n;
    return realloc(p, __builtin_mul_overflow(count, size, &n) ? SIZE_MAX : n);
}

void *calloc(size_t count, size_t size) {
    void *p = reallocarray(NULL, count, size);
    if (is_block(p)) memset(p, 0, count * size); /* what mmap gives is zero */
    return p;
}

/* Takes a block in which one can begin where it must, with another in front,
 * cuts it in two, and frees the one in front. */
void *aligned_alloc(size_t alignment, size_t n) {
    if (!alignment || alignment & (alignment - 1) ||
        alignment > PTRDIFF_MAX / 4)
        return errno = EINVAL, NULL;
    if (alignment <= ALIGN) return malloc(n);
    char *front = take(block_size(n) + alignment), *p = front;
    if (!front) return NULL;
    p += ALIGN + (-(uintptr_t) (p + ALIGN) & (alignment - 1));
    resize(at(front, -WORD), p - front);
    take_from(at(p, -WORD), block_size(n));
    free(front);
    return p;
}

size_t malloc_usable_size(void *p) {
    if (!p) return 0;
    if (!is_block(p)) mapped_link(p);
    return size_of(at(p, -WORD)) - WORD;
}

/* ---- Looking at the heap ---- */

/* Says what is wrong, and where. */
static bool unsound(void *p, const char *what) {
    printf("heap: %08zx %s\n", (size_t) p, what);
    return false;
}

/* Do the list's blocks lie in the heap, free, linked both ways, and in the
 * right bin? A list in a circle has a block whose link isn't the one followed.
 * Counts the blocks down. */
static bool check_list(struct block **link, unsigned bin, size_t *count) {
    for (struct block *b; (b = *link); link = &b->next) {
        size_t offset = distance(start, b);
        if (offset >= distance(start, end) || offset % ALIGN)
            return unsound(link, "is free, but its links were overwritten");
        if (b->link != link || header(b) & USED ||
            (bin < BINS && bin_of(size_of(b)) != bin))
            return unsound(&b->next, "is free, but its links were overwritten");
        --*count;
    }
    return true;
}

/* Proves the heap's structure sound, or prints what is wrong, and where: the
 * row of blocks first, then that the lists hold the free ones and no others, at
 * last the list of mapped blocks. */
bool heap_check(void) {
    size_t size, count = 0;
    bool after_free = false;
    for (struct block *b = start; b; b = b == end ? NULL : at(b, size)) {
        size_t h = header(b);
        size = h & -ALIGN;
        if (h & NO_FLAG || after_free == !!(h & BEFORE_USED) ||
            size > distance(b, end) || (b == end) != !size)
            return unsound(&b->next, "has a header that was overwritten");
        if (!(h & USED) && after_free)
            return unsound(&b->next, "is not merged with the free one before");
        after_free = !(h & USED);
        if (after_free && h != (*footer(at(b, size)) | BEFORE_USED))
            return unsound(&b->next, "is free, but its footer was overwritten");
        count += after_free;
    }
    if (!check_list(&quarry, BINS, &count)) return false;
    for (unsigned i = 0; i < BINS; i++) {
        if (!check_list(&bins.first[i], i, &count)) return false;
        if ((bins.map[i / 32] >> i % 32 & 1) != !!bins.first[i])
            return unsound(&bins.first[i], "is a bin, and the map is wrong");
    }
    size_t more = PTRDIFF_MAX / LARGE; /* than there can be, but in a circle */
    for (void **link = &mapped; *link; link = *link)
        if ((uintptr_t) *link % PAGE_SIZE || !is_mapped(*link) || !--more)
            return unsound(link, "leads to no large block");
    return !count || unsound(&start->next, "begins a heap that lost a block");
}

/* Calls visit for each block, in the order of their addresses and the mapped
 * ones last: with its memory, how much that is, and what it is. A heap that
 * isn't sound is not walked. */
void heap_walk(void (*visit)(void *p, size_t n, int kind, void *arg),
               void *arg) {
    if (!heap_check()) return;
    for (struct block *b = start, *next; b != end; b = next) {
        next = at(b, size_of(b));
        int kind = header(b) & FOREIGN ? HEAP_FOREIGN
                   : header(b) & USED  ? HEAP_USED
                   : next == end       ? HEAP_TOP
                                       : HEAP_FREE;
        visit(&b->next, size_of(b) - WORD, kind, arg);
    }
    for (void **region = mapped; region; region = *region) {
        struct block *b = at(region, ALIGN - WORD);
        visit(&b->next, size_of(b) - WORD, HEAP_MAPPED, arg);
    }
}

static void count_block(void *p, size_t n, int kind, void *info) {
    struct heap_info *i = info;
    (void) p;
    i->blocks[kind]++;
    i->bytes[kind] += n + WORD;
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
    if (c != ESCAPE) return c == '\t' ? ' ' : c == '\b' ? DELETE : c;
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
    remember(text);
    return line.length;
}
