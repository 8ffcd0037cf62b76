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
        if (written <= 0)
            return;
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
 */
struct block {
    size_t size; /* of the whole block, a multiple of ALIGN */
    struct block *next;
    uint32_t unused[2];
};
#define ALIGN 16u

static struct block *free_blocks; /* in the order of their addresses */

/* Puts a block back in its place, and merges it with its neighbours. */
void free(void *p) {
    if (!p)
        return;
    struct block *block = (struct block *) p - 1, *before = NULL;
    struct block **link = &free_blocks;
    for (; *link && *link < block; link = &before->next)
        before = *link;
    block->next = *link;
    *link = block;
    if ((char *) block + block->size == (char *) block->next) {
        block->size += block->next->size;
        block->next = block->next->next;
    }
    if (before && (char *) before + before->size == (char *) block) {
        before->size += block->size;
        before->next = block->next;
    }
}

static bool grow(size_t size) {
    size_t n = (size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    struct block *block = sbrk(n);
    if (block == (void *) -1)
        return false;
    block->size = n;
    free(block + 1);
    return true;
}

void *malloc(size_t n) {
    if (n > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    size_t size = (n + sizeof(struct block) + ALIGN - 1) / ALIGN * ALIGN;
    do {
        for (struct block **link = &free_blocks; *link; link = &(*link)->next) {
            struct block *block = *link;
            if (block->size < size)
                continue;
            if (block->size > size + ALIGN) {
                block->size -= size;
                block = (struct block *) ((char *) block + block->size);
                block->size = size;
            } else {
                *link = block->next;
            }
            return block + 1;
        }
    } while (grow(size));
    return NULL;
}

size_t malloc_usable_size(void *p) {
    return p ? ((struct block *) p - 1)->size - sizeof(struct block) : 0;
}

void *realloc(void *p, size_t n) {
    if (p && !n) {
        free(p);
        return NULL;
    }
    size_t had = malloc_usable_size(p);
    if (p && n <= had)
        return p;
    void *q = malloc(n);
    if (q && p) {
        memcpy(q, p, had);
        free(p);
    }
    return q;
}

void *reallocarray(void *p, size_t count, size_t size) {
    size_t n;
    if (__builtin_mul_overflow(count, size, &n))
        n = SIZE_MAX;
    return realloc(p, n);
}

void *calloc(size_t count, size_t size) {
    void *p = reallocarray(NULL, count, size);
    return p ? memset(p, 0, malloc_usable_size(p)) : NULL;
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
    do
        c = getchar();
    while (c == ESCAPE);
    if (c != '[' && c != 'O')
        return c < ' ' ? c : KEY_UNKNOWN;
    do
        c = getchar();
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
    while (line->length)
        rub_out(line);
    while (*text)
        append(line, *text++);
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
        if (c == EOF && !line.length)
            return -1;
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
