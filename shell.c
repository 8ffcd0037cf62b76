/*
 * shell.c: the program that is linked into the kernel: a prompt, and a
 * command for each thing in leaf that a reader would want to see. A command
 * runs in a child of the shell, so that whatever it takes is given back when
 * it ends, and what it breaks is its own.
 */
#include "user.h"

#define LINE 73 /* bytes; prompt and line fit a row of the screen */
#define KIB 1024u
#define MIB (1024u * KIB)
#define HEX(p) ((unsigned) (uintptr_t) (p)) /* for %08x */
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static char *argument; /* the word after the command; NULL: there is none */

/* What a word on the line does: a command, or a way to crash. */
struct action {
    const char *name, *takes, *what;
    void (*run)(void);
};

/*
 * ---- What several commands use -------------------------------------------
 */

static struct procinfo self(void) {
    struct procinfo p = {0};
    for (unsigned i = 0; procinfo(i, &p) == 0; i++)
        if (p.pid == (uint32_t) getpid()) break;
    return p;
}

static char *map(size_t n) {
    char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);
    assert(p != MAP_FAILED);
    return p;
}

/* A store that no compiler leaves out, though what it wrote is never read. */
static void store(volatile void *address) {
    *(volatile char *) address = 1; /* NOLINT: even at null */
}

/* Writes a byte into each of n pages. */
static void touch(char *p, unsigned n) {
    for (unsigned i = 0; i < n; i++) store(p + i * PAGE_SIZE);
}

/* lazy, cow and oom are tables: a row says what was done, and what memory
 * is like after it. */
static void step(const char *done) {
    struct meminfo m;
    struct procinfo p = self();
    meminfo(&m);
    printf("%-35s%8u%10u%10u%8u%8u\n", done, m.free, m.promised, p.resident,
           p.faults, p.copies);
}

static void first_step(void) {
    printf("%-35s%8s%10s%10s%8s%8s\n", "(pages of 4 KiB)", "free", "promised",
           "resident", "faults", "copies");
    step("at the start");
}

static const char *const kinds[] = {"text", "rodata", "data",
                                    "heap", "mmap",   "stack"};

/* By the sum of PROT_READ, PROT_WRITE and PROT_EXEC. */
static const char *const rights[] = {"---", "r--", "-w-", "rw-",
                                     "--x", "r-x", "-wx", "rwx"};

/* The action of a name, which may be NULL; NULL if there is none. */
static const struct action *find(const char *name, const struct action *table,
                                 size_t length) {
    for (size_t i = 0; name && i < length; i++)
        if (strcmp(name, table[i].name) == 0) return &table[i];
    return NULL;
}

/* A decimal number, or -1 if the text is not one that an int holds. */
static int number(const char *text) {
    int n = 0;
    for (; *text; text++) {
        int digit = *text - '0';
        if (digit < 0 || digit > 9 || n > (INT_MAX - digit) / 10) return -1;
        n = n * 10 + digit;
    }
    return n;
}

/* Runs a command in a child, and says how it ended, unless it ended well. */
static void run_in_child(const char *name, void (*run)(void)) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        run();
        exit(0);
    }
    if (child == -1)
        printf("%s: no child to run it: %s\n", name, strerror(errno));
    else
        wait(&status);
    if (WIFSIGNALED(status))
        printf("%s was killed by signal %d\n", name, WTERMSIG(status));
    else if (status)
        printf("%s ended with status %d\n", name, status);
}

/*
 * ---- What there is: ps, mem, regions, pages --------------------------------
 */

static void ps(void) {
    static const char *const states[] = {"ready",   "running", "sleeping",
                                         "reading", "waiting", "zombie"};
    struct procinfo p;
    printf("pid  parent  state     name             reserved  resident  faults"
           "  copies   ms\n");
    for (unsigned i = 0; procinfo(i, &p) == 0; i++)
        printf("%3u  %6u  %-8s  %-15s  %8u  %8u  %6u  %6u %4u\n", p.pid,
               p.parent, states[p.state], p.name, p.reserved, p.resident,
               p.faults, p.copies, p.ticks * TICK_MS);
    puts("reserved: pages it may use; resident: those that have a frame; "
         "copies: pages\ncopied because a process wrote to one it shared");
}

static void frames(const char *name, uint32_t n, const char *what) {
    printf("%-8s %7u %8u  %s\n", name, n, n * (PAGE_SIZE / KIB), what);
}

static void mem(void) {
    struct meminfo m;
    meminfo(&m);
    uint32_t sum = m.free + m.kernel + m.heap + m.tables + m.stacks + m.user;
    puts("          frames      KiB");
    frames("free", m.free, "not in use");
    frames("kernel", m.kernel, "a record for each frame, and what boot took");
    frames("heap", m.heap, "the kernel's own malloc");
    frames("tables", m.tables, "page tables");
    frames("stacks", m.stacks, "kernel stacks, one for each process");
    frames("user", m.user, "of processes; one that several share counts once");
    frames("total", sum,
           sum == m.total ? "all there are" : "NOT all there are");
    frames("promised", m.promised,
           "of the free ones: granted, not yet touched");
}

static void regions(void) {
    static const char *const uses[] = {
        "instructions",      "constants",    "variables",
        "malloc's, by sbrk", "large blocks", "calls, local variables"};
    struct regioninfo r;
    puts("start     end         pages      KiB  access  kind");
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++) {
        unsigned pages = (r.end - r.start) / PAGE_SIZE;
        printf("%08x  %08x  %7u  %7u  %-6s  %-6s  %s\n", r.start, r.end, pages,
               pages * (PAGE_SIZE / KIB), rights[r.access], kinds[r.kind],
               uses[r.kind]);
    }
    puts("An address in none of them, such as null, is not mapped: a touch "
         "kills.");
}

/* Is the page in its table? If not, a touch is a page fault, and counted. */
static bool is_mapped(uint32_t page) {
    uint32_t faults = self().faults;
    *(volatile char *) page;
    return self().faults == faults;
}

/* No system call shows a page table, but the regions say which entries it may
 * have, and a touch shows whether it has one. What the touch adds goes into the
 * table of this child, which began as a copy of the shell's. */
static void pages(void) {
    struct regioninfo r;
    self(); /* what it touches itself is touched now */
    printf("The first 10 bits of an address choose an entry of the root table, "
           "the next\n10 an entry of the table that it points to: that entry "
           "has the page's frame (#)\nor none yet (.).\n"
           "root  table  address   access  kind");
    for (unsigned i = 0; regioninfo(i, &r) == 0; i++)
        for (uint32_t page = r.start; page < r.end; page += PAGE_SIZE) {
            if (page == r.start || page % (32 * PAGE_SIZE) == 0)
                printf("\n%4u  %5u  %08x  %-6s  %-6s  ", page >> 22,
                       page >> 12 & 1023, page, rights[r.access],
                       kinds[r.kind]);
            putchar(is_mapped(page) ? '#' : '.');
        }
    putchar('\n');
}

/*
 * ---- How memory behaves: malloc, box, lazy, cow, oom ---------------------
 */

/* Takes a block, and prints its name, its size and its address. */
static char *take(const char *name, unsigned size) {
    char *p = malloc(size);
    assert(p);
    printf("%s  %3u bytes  %08x\n", name, size, HEX(p));
    return p;
}

static void malloc_demo(void) {
    take("a", 100);
    char *b = take("b", 200);
    take("c", 300);
    free(b);
    puts("free(b) leaves a hole between a and c");
    char *d = take("d", 180);
    puts(d == b ? "so d lies where b lay" : "but d does not lie there");
    char *e = strcpy(take("e", 40), "a string in memory that malloc gave");
    printf("the string in e: %s\n", e);
}

/* As in any program, but without the checks for running out of memory. */
static void box(void) {
    struct {
        int x, y;
    } *point = malloc(sizeof *point);
    point->x = 3;
    point->y = 4;
    printf("an object  %08x  (%d, %d)\n", HEX(point), point->x, point->y);

    int *squares = NULL, n = 0;
    for (int room = 4; room <= 32; room *= 2) {
        squares = realloc(squares, room * sizeof *squares);
        for (; n < room; n++) squares[n] = n * n;
        printf("an array   %08x  room for %2d, the last: %d\n", HEX(squares),
               room, squares[n - 1]);
    }

    char *text = calloc(1, 1);
    for (n = 0; n < 3; n++) {
        text = realloc(text, strlen(text) + sizeof "and on ");
        strcat(text, "and on ");
        printf("a string   %08x  %s\n", HEX(text), text);
    }
    free(text);
    free(squares);
    free(point);
}

static void lazy(void) {
    first_step();
    char *p = map(4 * MIB);
    step("4 MiB reserved: only promised");
    touch(p, 1);
    step("a byte of the first page written");
    touch(p + 1, 1);
    step("another byte of it: nothing to do");
    touch(p + 4 * MIB - PAGE_SIZE, 1);
    step("a byte of the last page");
    touch(p + PAGE_SIZE, 100);
    step("a byte of each of 100 others");
    munmap(p, 4 * MIB);
    step("given back");
}

static void cow(void) {
    enum { PAGES = 64 };
    first_step();
    char *p = map(PAGES * PAGE_SIZE);
    touch(p, PAGES);
    step("64 pages written");
    pid_t child = fork();
    assert(child != -1);
    if (child == 0) {
        step("child: shares all, has copied none");
        touch(p, 1);
        step("child: wrote one, which was copied");
        touch(p, PAGES);
        step("child: wrote all 64");
        exit(0);
    }
    wait(NULL);
    step("the child has ended");
    touch(p, PAGES);
    step("all 64 again: mine alone, no copies");
}

/* Takes blocks, halving the size whenever malloc fails, until no page is left:
 * at most 64 of 1 MiB, which is all of RAM, and a few smaller ones, for what is
 * left at the end and for each hole in the heap. */
static void oom(void) {
    char *blocks[200];
    size_t n = 0;
    first_step();
    for (size_t size = MIB; size >= PAGE_SIZE;) {
        assert(n < LENGTH(blocks));
        if ((blocks[n] = malloc(size)))
            n++;
        else
            size /= 2;
    }
    step("malloc took all, then said NULL");
    for (size_t i = 0; i < n; i++)
        memset(blocks[i], 0xff, malloc_usable_size(blocks[i]));
    step("every byte written: promises kept");
    while (n > 0) free(blocks[--n]);
    step("all freed");
}

/*
 * ---- The heap: heap --------------------------------------------------------
 * It works in the shell itself, on blocks named a to z that stay until the
 * reader frees them, so that the heap can be seen before and after.
 */
enum { COLUMNS = 64, ROWS = 16 };

static char *lettered[26];

/* From start on, each character stands for a cell of this many bytes. */
struct picture {
    uint32_t start, cell;
    char cells[ROWS * COLUMNS + 1];
};

/* Draws a block that heap_walk visits. If several share a cell, one in use is
 * shown, so that a cell that looks free is free. */
static void draw(void *p, size_t n, int kind, void *arg) {
    struct picture *picture = arg;
    char c = "#.-#+"[kind];
    for (size_t i = 0; i < LENGTH(lettered); i++)
        if (lettered[i] == p) c = 'a' + i;
    if (kind == HEAP_MAPPED) {
        printf("%08x  %c, mapped: %u bytes\n", HEX(p), c, n);
        return;
    }
    uint32_t at = (uintptr_t) p - picture->start;
    for (uint32_t i = at / picture->cell; i * picture->cell < at + n; i++)
        if (!strchr(".-", c) || picture->cells[i] == ' ') picture->cells[i] = c;
}

/* Draws the heap in at most this many rows. */
static void show_heap(uint32_t rows) {
    struct regioninfo heap = {0};
    for (unsigned i = 0; heap.kind != REGION_HEAP; i++) regioninfo(i, &heap);
    struct picture picture = {heap.start, 16, ""};
    while (picture.cell * COLUMNS * rows < heap.end - heap.start)
        picture.cell *= 2;
    memset(picture.cells, ' ', ROWS * COLUMNS);
    heap_walk(draw, &picture);
    for (uint32_t i = 0; i * picture.cell < heap.end - heap.start; i += COLUMNS)
        printf("%08x  %.64s\n", heap.start + i * picture.cell,
               &picture.cells[i]);
}

/* +600 is malloc(600) for the next letter, -a is free(a). */
static void change(const char *word, const char *remark) {
    int size = *word == '+' && word[1] ? number(word + 1) : -1;
    unsigned next = 0, given = word[1] - 'a';
    while (next < LENGTH(lettered) && lettered[next]) next++;
    if (size >= 0 && next < LENGTH(lettered)) {
        lettered[next] = malloc(size);
        printf("%c = malloc(%d)%s\n", 'a' + next, size,
               lettered[next] ? remark : " is NULL: out of memory");
    } else if (*word == '-' && given < LENGTH(lettered) && lettered[given] &&
               !word[2]) {
        free(lettered[given]);
        lettered[given] = NULL;
        printf("free(%c)%s\n", word[1], remark);
    } else {
        puts("heap +600 takes 600 bytes, for the next letter; heap -a frees "
             "the block a");
    }
}

static void heap_demo(void) {
    static const char *const steps[][2] = {
        {"+600", ": cut off the top (-), which is free"},
        {"+600", ""},
        {"+600", ""},
        {"-b", ": a hole"},
        {"+400", ": fits into the hole, which is cut"},
        {"-c", ": merges with what is left of the hole, and with the top"},
        {"-a", ": a hole again"},
        {"-b", ": merges with both sides"}};
    for (char word[] = "-a"; word[1] <= 'z'; word[1]++)
        if (lettered[word[1] - 'a']) change(word, "");
    for (size_t i = 0; i < LENGTH(steps); i++) {
        change(steps[i][0], steps[i][1]);
        show_heap(1);
    }
}

static void heap(void) {
    if (argument && strcmp(argument, "demo") == 0) {
        run_in_child("heap demo", heap_demo); /* on a copy of the heap */
        return;
    }
    change(argument ? argument : "?", "");
    show_heap(ROWS);
    struct heap_info info = heap_info();
    size_t holes = info.bytes[HEAP_FREE];
    size_t hole = holes ? info.largest + sizeof(void *) : 0; /* its header */
    printf("used: %u bytes in %u blocks (letters, #), mapped: %u in %u\n"
           "free: %u bytes in %u blocks (.), the largest %u; the top: %u (-)\n"
           "fragmentation: %u %% of the free blocks' bytes are not in the "
           "largest\n",
           info.bytes[HEAP_USED], info.blocks[HEAP_USED],
           info.bytes[HEAP_MAPPED], info.blocks[HEAP_MAPPED], holes,
           info.blocks[HEAP_FREE], info.largest, info.bytes[HEAP_TOP],
           holes ? (holes - hole) * 100 / holes : 0);
}

/*
 * ---- What breaks: crash, stress --------------------------------------------
 */

static void crash_null(void) { store(NULL); }

static void crash_text(void) { store((void *) (uintptr_t) store); }

static void crash_kernel(void) { *(volatile char *) 0x80200000; }

static int crash_stack_at(volatile int depth) {
    return depth < INT_MAX ? crash_stack_at(depth + 1) + depth : 0;
}

static void crash_stack(void) { crash_stack_at(0); }

static void crash_exec(void) {
    static volatile uint32_t code[1];
    code[0] = 0x00008067; /* ret */
    ((void (*)(void))(uintptr_t) code)();
}

static void crash_freed(void) {
    char *p = malloc(MIB);
    free(p);
    store(p); /* NOLINT: that is the mistake */
}

static void crash_doublefree(void) {
    char *p = malloc(100);
    free(p);
    free(p); /* NOLINT: that is the mistake */
}

static void crash_overflow(void) {
    char *p = malloc(100);
    store(p + malloc_usable_size(p));
    free(p);
}

static void tell(const char *call, intptr_t result) {
    printf("%-38s%s\n", call, result == -1 ? strerror(errno) : "succeeded?!");
}

static void crash_syscall(void) {
    struct meminfo *text = (void *) (uintptr_t) tell;
    char *kernel = (char *) 0x80200000, *p = map(PAGE_SIZE);
    tell("write from the kernel's memory", write(1, kernel, 16));
    tell("write of 4 GiB", write(1, p, SIZE_MAX));
    tell("read into the kernel's memory", read(0, kernel, 16));
    tell("meminfo over the program's text", meminfo(text));
    tell("sbrk(INT_MIN)", (intptr_t) sbrk(INT_MIN));
    tell("munmap of the kernel", munmap(kernel, PAGE_SIZE));
    tell("kill of the first process", kill(1, SIGKILL));
    puts("errors, and no process was killed");
    exit(0);
}

static const struct action crashes[] = {
    {"null", "", "store to address 0", crash_null},
    {"text", "", "store over the program's own instructions", crash_text},
    {"kernel", "", "read the kernel's memory", crash_kernel},
    {"stack", "", "call a function from itself without end", crash_stack},
    {"exec", "", "jump to instructions among the data", crash_exec},
    {"freed", "", "use a large block after free", crash_freed},
    {"doublefree", "", "free a block twice", crash_doublefree},
    {"overflow", "", "write a byte too many into a block", crash_overflow},
    {"syscall", "", "pass wild arguments to the kernel", crash_syscall},
};

static void crash(void) {
    const struct action *way = find(argument, crashes, LENGTH(crashes));
    if (way) {
        way->run();
        puts("nothing stopped that: leaf has a bug");
        exit(1);
    }
    if (argument) printf("crash: there is no way called %s, only:\n", argument);
    for (size_t i = 0; i < LENGTH(crashes); i++)
        printf("crash %-12s%s\n", crashes[i].name, crashes[i].what);
    exit(argument != NULL);
}

/* A worker's life: 16 blocks that come and go at random, and in the middle a
 * fork. The child does the rest first, on pages that it shares. What is left
 * at the end is given back by exit. */
static void work(unsigned seed) {
    enum { STEPS = 200 };
    char *blocks[16] = {0};
    int status = 0;
    srand(seed);
    for (int i = 0; i < STEPS; i++) {
        int k = rand() % LENGTH(blocks);
        size_t size = 1 + rand() % (rand() % 16 ? KIB : MIB / 4);
        assert(!blocks[k] || *blocks[k] == k);
        free(blocks[k]);
        if ((blocks[k] = malloc(size))) memset(blocks[k], k, size);
        if (i == STEPS / 2 && fork() > 0) wait(&status);
        assert(status == 0);
    }
}

/* Round 0 isn't counted: in it this process touches what it will need. */
static void stress(void) {
    struct meminfo before, after;
    int rounds = argument ? number(argument) : 20;
    if (rounds < 0 || rounds > 100000) {
        puts("stress takes a number of rounds, up to 100000");
        exit(1);
    }
    for (int i = 0; i <= rounds; i++) {
        int status = 1;
        if (fork() == 0) {
            work(i);
            exit(0);
        }
        wait(&status);
        assert(status == 0);
        if (i == 0) meminfo(&before);
    }
    meminfo(&after);
    printf("%d rounds: free pages before %u, after %u: %s\n", rounds,
           before.free, after.free,
           before.free == after.free ? "nothing is lost" : "NOT THE SAME");
    exit(before.free != after.free);
}

/*
 * ---- The prompt ------------------------------------------------------------
 */

static void leave(void) {
    int status = argument ? number(argument) : 0;
    if (status < 0)
        puts("exit takes a number; run.sh ends with its lowest 8 bits");
    else
        exit(status);
}

static void help(void);

static const struct action commands[] = {
    {"help", "", "this list", help},
    {"ps", "", "the processes", ps},
    {"mem", "", "where every page frame is", mem},
    {"regions", "", "the addresses that the shell may use", regions},
    {"pages", "", "the shell's page table", pages},
    {"malloc", "", "three blocks, one freed, its place taken again",
     malloc_demo},
    {"box", "", "an object, a growing array, a growing string", box},
    {"lazy", "", "a page has no frame until it is touched", lazy},
    {"cow", "", "a child shares every page until one side writes", cow},
    {"oom", "", "takes all memory, uses it, gives it back", oom},
    {"crash", "[how]", "breaks a rule; alone, lists the rules", crash},
    {"stress", "[n]", "n rounds of random work: is any memory lost?", stress},
    {"heap", "[demo|+n|-a]", "a picture of the heap, before and after", heap},
    {"exit", "[status]", "ends the shell, and leaf with it", leave},
};

static void help(void) {
    for (size_t i = 0; i < LENGTH(commands); i++)
        printf("%-8s%-15s%s\n", commands[i].name, commands[i].takes,
               commands[i].what);
    puts("Keys: backspace; Ctrl-U clears the line, Ctrl-L the screen; arrows "
         "up and down:\nlines typed before; Ctrl-C kills a command; Ctrl-D is "
         "exit.");
}

/* Cuts the next word off a line; NULL if there is none. */
static char *next_word(char **line) {
    while (**line == ' ') ++*line;
    char *word = *line;
    while (**line && **line != ' ') ++*line;
    if (**line) *(*line)++ = '\0';
    return *word ? word : NULL;
}

static void execute(char *line) {
    char *name = next_word(&line);
    argument = next_word(&line);
    if (!name) return;
    const struct action *a = find(name, commands, LENGTH(commands));
    if (!a)
        printf("%s is not a command; help lists them\n", name);
    else if (argument && (!*a->takes || next_word(&line)))
        printf("too many words; use it as: %s %s\n", a->name, a->takes);
    else if (a->run == heap || a->run == leave) /* they change the shell */
        a->run();
    else
        run_in_child(a->name, a->run);
}

int main(void) {
    char line[LINE];
    puts("help lists the commands");
    for (int n; (n = readline("leaf> ", line, sizeof line)) >= 0;)
        if (n < LINE)
            execute(line);
        else
            printf("not run: a line has at most %d characters, this had %d\n",
                   LINE - 1, n);
    putchar('\n');
    return 0;
}
