/*
 * wasm.c: the machine in a web page, or wherever else WebAssembly runs. The
 * module imports nothing; node.mjs beside this file shows the use of it.
 *
 *   const {instance} = await WebAssembly.instantiate(bytes);
 *   const machine = instance.exports;
 *
 * Pointers are places in machine.memory.buffer; only elf_at makes that grow,
 * which gives it another buffer. Numbers are 32 bits where no double is said.
 *
 *   elf_at(size)          where to write a kernel's size bytes; 0: no memory
 *   power_on(size, strict, seed)  starts it: 1, or 0 if it is no kernel. The
 *                         noise in RAM is the seed's; 0 is zeros. Again for
 *                         another kernel, or the same one anew.
 *   limit_ram(bytes)      before that: how much RAM there is, at most 128 MiB
 *   run(n)                executes n instructions (a double), or stops earlier.
 *                         Why (enum stop): 0 n are done, 1 wfi, 2 off,
 *                         3 the strict machine found fault, 4 an event,
 *                         5 the output must be taken first.
 *   type(byte)            one typed byte; 0: the kernel has not taken enough
 *                         of those before it (the buffer holds 4096)
 *   output_at()           what was printed since take_output: where it is,
 *   output_size()         how many bytes;
 *   take_output()         and from now on it is forgotten
 *   sleep_time()          after wfi: ticks of 100 ns until the timer, a double;
 *                         infinite if there is none
 *   sleep(ticks)          moves the clock on by so much (a double), when the
 *                         host has waited, or not
 *   exit_status()         after stop 2, what QEMU's would be
 *   complaint_at()        after stop 3, a sentence that ends in a zero byte
 *   watch(kinds)          which events stop the machine: a sum of 1 ecall from
 *                         user mode, 2 page fault, 4 satp is written, 8 return
 *                         to user mode, 16 the console is asked for input and
 *                         has none, 32 any other trap or interrupt, 64 a call
 *                         of the firmware. None at first.
 *   event_at()            after stop 4, five words: the kind, the cause, the
 *                         value (stval, or satp's), the pc and the mode it
 *                         happened in (0 user, 1 supervisor). A trap has been
 *                         entered: next comes the kernel's first instruction.
 *   ram_at()              guest memory: the byte at physical address a is at
 *                         ram_at() + a - 0x80000000
 *   registers_at()        32 words: x0 to x31
 *   pc() mode() satp()    as they are now
 *   instructions()        how many have been executed, a double
 *   time()                the clock, in ticks of 100 ns, a double
 */
#include "machine.h"

#define EXPORT(name) __attribute__((export_name(#name))) wasm_##name
#define WASM_PAGE 65536u

/* ---- A kernel ----------------------------------------------------------- */

static uint8_t *elf;
static uint32_t elf_room;

uint8_t *EXPORT(elf_at)(uint32_t size) {
    if (size > elf_room) {
        uint32_t pages = size / WASM_PAGE + 1;
        size_t before = __builtin_wasm_memory_grow(0, pages);
        if (before == SIZE_MAX) return NULL;
        elf = (uint8_t *) (before * WASM_PAGE);
        elf_room = pages * WASM_PAGE;
    }
    return elf;
}

static void forget_console(void);

int EXPORT(power_on)(uint32_t size, int be_strict, uint32_t seed) {
    forget_console();
    strict = be_strict;
    return size <= elf_room && power_on(elf, size, seed);
}

void EXPORT(limit_ram)(uint32_t bytes) {
    ram_size = bytes < RAM_SIZE ? bytes : RAM_SIZE;
}

int EXPORT(run)(double n) { return (int) machine_run((uint64_t) n); }

/* ---- The console -------------------------------------------------------- */

static uint8_t typed[4096], printed[65536];
static uint32_t typed_first, typed_count, printed_count;

static void forget_console(void) { typed_count = printed_count = 0; }

int EXPORT(type)(uint32_t byte) {
    if (typed_count == sizeof typed) return 0;
    typed[(typed_first + typed_count++) % sizeof typed] = (uint8_t) byte;
    return 1;
}

int32_t host_read(void) {
    if (!typed_count) return -1;
    uint8_t byte = typed[typed_first];
    typed_first = (typed_first + 1) % sizeof typed;
    typed_count--;
    return byte;
}

/* The machine stops while there is still room: what is written without a
 * result, a byte at a time, always fits. */
uint32_t host_write(const uint8_t *bytes, uint32_t n) {
    uint32_t done = 0;
    while (done < n && printed_count < sizeof printed)
        printed[printed_count++] = bytes[done++];
    if (printed_count >= sizeof printed / 2 && stop == RUNNING) stop_for(FULL);
    return done;
}

uint8_t *EXPORT(output_at)(void) { return printed; }
uint32_t EXPORT(output_size)(void) { return printed_count; }
void EXPORT(take_output)(void) { printed_count = 0; }

/* ---- What can be seen --------------------------------------------------- */

double EXPORT(sleep_time)(void) {
    uint64_t ticks = ticks_to_sleep();
    return ticks == UINT64_MAX ? __builtin_inf() : (double) ticks;
}

void EXPORT(sleep)(double ticks) { machine_sleep((uint64_t) ticks); }
uint32_t EXPORT(exit_status)(void) { return exit_status & 255; }
char *EXPORT(complaint_at)(void) { return complaint; }
void EXPORT(watch)(uint32_t kinds) { watched_events = kinds; }
struct event *EXPORT(event_at)(void) {
    return &event;
}
uint8_t *EXPORT(ram_at)(void) { return ram; }
uint32_t *EXPORT(registers_at)(void) { return hart.x; }
uint32_t EXPORT(pc)(void) { return hart.pc; }
uint32_t EXPORT(mode)(void) { return hart.mode; }
uint32_t EXPORT(satp)(void) { return hart.satp; }
double EXPORT(instructions)(void) { return (double) hart.instructions; }
double EXPORT(time)(void) { return (double) time_now(); }
