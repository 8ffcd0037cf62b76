/*
 * sbi.c: what surrounds the hart. The firmware, which on other machines runs in
 * machine mode and here is C; two of QEMU virt's devices; and power on.
 */
#include "machine.h"
#include "strict.h"

bool strict;
uint32_t ram_size = RAM_SIZE;
uint32_t exit_status;

uint64_t time_now(void) {
    return hart.instructions / INSTRUCTIONS_PER_TICK + hart.idle;
}

/* ---- The test device: it ends QEMU with a status ------------------------ */

#define TEST_DEVICE 0x00100000u
#define TEST_DEVICE_SIZE 0x1000u
#define TEST_FAIL 0x3333u
#define TEST_PASS 0x5555u
#define TEST_RESET 0x7777u /* run with -no-reboot */

static void power_off(uint32_t status) {
    exit_status = status;
    stop_for(OFF);
}

static bool is_test_device(uint64_t physical, uint32_t size) {
    return physical - TEST_DEVICE < TEST_DEVICE_SIZE && size >= 2;
}

static void test_device_store(uint32_t value) {
    if ((value & 0xffff) == TEST_FAIL) power_off(value >> 16);
    if ((value & 0xffff) == TEST_PASS) power_off(0);
    if ((value & 0xffff) == TEST_RESET) power_off(0);
}

/* ---- The serial port, as far as it sends (a 16550; it receives by SBI) --- */

#define SERIAL 0x10000000u
#define SERIAL_SIZE 8u
#define SERIAL_STATUS (SERIAL + 5) /* the line status register */
#define SERIAL_IDLE 0x60u          /* all is sent */

static bool is_serial_port(uint64_t physical) {
    return physical - SERIAL < SERIAL_SIZE;
}

bool device_load(uint64_t physical, uint32_t size, uint32_t *value) {
    *value = physical == SERIAL_STATUS ? SERIAL_IDLE : 0;
    return is_serial_port(physical) || is_test_device(physical, size);
}

bool device_store(uint64_t physical, uint32_t size, uint32_t value) {
    if (physical == SERIAL) host_write(&(uint8_t){(uint8_t) value}, 1);
    if (physical == TEST_DEVICE && size >= 2) test_device_store(value);
    return is_serial_port(physical) || is_test_device(physical, size);
}

/* ---- The Supervisor Binary Interface, version 2.0 ----------------------- */

enum sbi_extension {
    SBI_LEGACY_SET_TIMER = 0,
    SBI_LEGACY_PUTCHAR = 1,
    SBI_LEGACY_GETCHAR = 2,
    SBI_LEGACY_SHUTDOWN = 8,
    SBI_BASE = 0x10,
    SBI_TIME = 0x54494d45,         /* "TIME" */
    SBI_SYSTEM_RESET = 0x53525354, /* "SRST" */
    SBI_DEBUG_CONSOLE = 0x4442434e /* "DBCN" */
};
enum sbi_error {
    SBI_FAILED = -1,
    SBI_NOT_SUPPORTED = -2,
    SBI_INVALID_PARAMETER = -3
};
#define SBI_VERSION (2u << 24)
#define SBI_IMPLEMENTATION 0x6c656166u /* "leaf": not one of the known ones */

struct sbi_result {
    int32_t error;
    uint32_t value;
};

/* An interrupt at a time that has come waits for machine_run to see it. */
static void set_timer(uint64_t tick) {
    hart.timer = tick;
    hart.sip &= ~(uint32_t) TIMER_INTERRUPT;
    pausing = true;
}

/* A line ends with a carriage return too: OpenSBI writes so. Returns how many
 * bytes the host took. */
static uint32_t console_write(const uint8_t *bytes, uint32_t n) {
    uint32_t done = 0;
    while (done < n) {
        uint32_t line = done;
        while (line < n && bytes[line] != '\n') line++;
        uint32_t took = host_write(bytes + done, line - done);
        done += took;
        if (done < line) break;
        if (line < n) {
            if (host_write((const uint8_t *) "\r\n", 2) < 2) break;
            done++;
        }
    }
    return done;
}

static int32_t console_read(void) {
    int32_t byte = host_read();
    if (byte < 0) happened(EVENT_INPUT, 0, 0);
    return byte;
}

static struct sbi_result base(uint32_t function, uint32_t argument) {
    switch (function) {
    case 0: return (struct sbi_result){0, SBI_VERSION};
    case 1: return (struct sbi_result){0, SBI_IMPLEMENTATION};
    case 2: return (struct sbi_result){0, 1}; /* its version */
    case 3:                                   /* is there such an extension? */
        switch (argument) {
        case SBI_LEGACY_SET_TIMER:
        case SBI_LEGACY_PUTCHAR:
        case SBI_LEGACY_GETCHAR:
        case SBI_LEGACY_SHUTDOWN:
        case SBI_BASE:
        case SBI_TIME:
        case SBI_SYSTEM_RESET:
        case SBI_DEBUG_CONSOLE: return (struct sbi_result){0, 1};
        default: return (struct sbi_result){0, 0};
        }
    case 4:
    case 5:
    case 6: /* vendor, architecture, implementation */
        return (struct sbi_result){0, 0};
    default: return (struct sbi_result){SBI_NOT_SUPPORTED, 0};
    }
}

/* n bytes at a physical address, to or from the console. */
static struct sbi_result debug_console(uint32_t function, uint32_t n,
                                       uint32_t low, uint32_t high) {
    if (function == 2) {
        console_write(&(uint8_t){(uint8_t) n}, 1);
        return (struct sbi_result){0, 0};
    }
    if (function > 2) return (struct sbi_result){SBI_NOT_SUPPORTED, 0};
    bool bad = n && (n > RAM_SIZE || !usable_ram(low, n));
    if (strict && (bad || high)) strict_firmware_given(low);
    if (high) return (struct sbi_result){SBI_FAILED, 0};
    if (bad) return (struct sbi_result){SBI_INVALID_PARAMETER, 0};
    uint32_t at = low - RAM_BASE, done = 0;
    if (function == 0)
        return (struct sbi_result){0, console_write(&ram[at], n)};
    for (int32_t byte; done < n; done++) {
        byte = console_read();
        if (byte < 0) break;
        ram[at + done] = (uint8_t) byte;
        code_changed(at + done);
    }
    return (struct sbi_result){0, done};
}

static struct sbi_result system_reset(uint32_t type, uint32_t reason) {
    if (type > 2 || reason > 1)
        return (struct sbi_result){SBI_INVALID_PARAMETER, 0};
    power_off(0); /* for a reset as well, as QEMU does with -no-reboot */
    return (struct sbi_result){0, 0};
}

/* An ecall from the kernel: the extension in a7, the function in a6. */
void sbi_call(void) {
    uint32_t *a = &hart.x[10];
    struct sbi_result result = {SBI_NOT_SUPPORTED, 0};
    hart.reserved_address = NOT_RESERVED; /* as a trap does */
    happened(EVENT_SBI, ECALL_SUPERVISOR, a[7]);
    switch ((enum sbi_extension) a[7]) {
    case SBI_LEGACY_SET_TIMER:
        set_timer((uint64_t) a[1] << 32 | a[0]);
        a[0] = 0;
        return; /* the legacy calls leave a1 alone */
    case SBI_LEGACY_PUTCHAR:
        console_write(&(uint8_t){(uint8_t) a[0]}, 1);
        a[0] = 0;
        return;
    case SBI_LEGACY_GETCHAR: a[0] = (uint32_t) console_read(); return;
    case SBI_LEGACY_SHUTDOWN: power_off(0); return;
    case SBI_BASE: result = base(a[6], a[0]); break;
    case SBI_TIME:
        if (a[6]) break;
        set_timer((uint64_t) a[1] << 32 | a[0]);
        result.error = 0;
        break;
    case SBI_SYSTEM_RESET:
        if (!a[6]) result = system_reset(a[0], a[1]);
        break;
    case SBI_DEBUG_CONSOLE:
        result = debug_console(a[6], a[0], a[1], a[2]);
        break;
    }
    a[0] = (uint32_t) result.error;
    a[1] = result.value;
}

/* ---- Sleep -------------------------------------------------------------- */

uint64_t ticks_to_sleep(void) {
    uint64_t now = time_now();
    if (interrupt_wakes() || hart.timer <= now) return 0;
    if (hart.timer == UINT64_MAX || !(hart.sie & TIMER_INTERRUPT))
        return UINT64_MAX;
    return hart.timer - now;
}

void machine_sleep(uint64_t ticks) { hart.idle += ticks; }

/* ---- Power on ----------------------------------------------------------- */

#define DEVICE_TREE 0x87e00000u /* where QEMU lays it */
#define FIRMWARE_DATA 0x80046000u

/* xorshift32: every seed but 0 gives another noise. */
static uint32_t noise(uint32_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

static uint32_t half(const uint8_t *p) { return p[0] | (uint32_t) p[1] << 8; }
static uint32_t word(const uint8_t *p) { return half(p) | half(p + 2) << 16; }

/* Copies an ELF file's segments to their physical addresses. */
static bool load(const uint8_t *elf, uint32_t size) {
    if (size < 52 || word(elf) != 0x464c457f || elf[4] != 1 ||
        half(elf + 18) != 243) /* \177ELF, of 32 bits, for RISC-V */
        return false;
    uint32_t headers = word(elf + 28), count = half(elf + 44);
    for (uint32_t i = 0; i < count; i++) {
        if (headers > size || size - headers < 32 * (i + 1)) return false;
        const uint8_t *header = elf + headers + 32 * i;
        if (word(header) != 1) continue; /* PT_LOAD */
        uint32_t offset = word(header + 4), to = word(header + 12);
        uint32_t file_size = word(header + 16), bytes = word(header + 20);
        if (offset > size || file_size > size - offset || file_size > bytes ||
            bytes > RAM_SIZE || !usable_ram(to, bytes))
            return false;
        for (uint32_t b = 0; b < file_size; b++)
            ram[to - RAM_BASE + b] = elf[offset + b];
    }
    return true;
}

bool power_on(const uint8_t *elf, uint32_t size, uint32_t seed) {
    hart = (struct hart){.mode = SUPERVISOR,
                         .timer = UINT64_MAX,
                         .reserved_address = NOT_RESERVED};
    if (seed) { /* registers that nobody has set hold anything, too */
        for (uint32_t i = 1; i < 32; i++) hart.x[i] = noise(&seed);
        hart.sscratch = noise(&seed);
        hart.sepc = noise(&seed) & ~3u;
        hart.scause = noise(&seed);
        hart.stval = noise(&seed);
    }
    for (uint32_t at = 0; at < RAM_SIZE; at += 4)
        put32(at, seed ? noise(&seed) : 0);
    for (uint32_t i = 0; i < FRAMES; i++) frame_use[i] = 0;
    tlb_flush();
    code_forget();
    strict_reset();
    if (!load(elf, size)) return false;

    /* As OpenSBI leaves it: the hart's number, the device tree, interrupts off,
     * the counters allowed, stvec at the kernel's entry, and in tp an address
     * of the firmware's own. */
    hart.x[4] = FIRMWARE_DATA;
    hart.x[10] = 0;
    hart.x[11] = DEVICE_TREE;
    hart.scounteren = 7;
    hart.pc = hart.stvec = word(elf + 24);
    return true;
}
