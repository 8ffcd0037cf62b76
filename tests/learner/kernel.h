#include "common.h"

#define PAGE_V 1
#define PAGE_R 2
#define PAGE_W 4
#define PAGE_X 8
#define PAGE_U 16
#define USER_BASE 0x1000000
#define TEST_DEVICE 0x100000

struct process {
    int pid;
    vaddr_t sp;
    uint32_t *page_table;
    uint8_t stack[8192];
};

struct trap_frame {
    uint32_t ra, gp, tp, t0, t1, t2, t3, t4, t5, t6;
    uint32_t a0, a1, a2, a3, a4, a5, a6, a7;
    uint32_t s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, sp;
};

#define PANIC(...)                                                             \
    do {                                                                       \
        printf("PANIC: " __VA_ARGS__);                                         \
        power_off(255);                                                        \
    } while (0)
