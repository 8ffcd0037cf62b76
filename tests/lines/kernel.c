/*
 * kernel.c: the least kernel that is built as that of "OS in 1,000 Lines" is:
 * its shell is a raw binary between two symbols, which it copies to the
 * address that user.ld names; its disk is a legacy virtio block device.
 */
#include "kernel.h"

extern char _binary_shell_bin_start[], _binary_shell_bin_size[];
extern char stack_top[];

static struct queue queue;
static struct {
    uint32_t type, reserved;
    uint64_t sector;
} request;
static char sector[512];
static volatile uint8_t result;

static volatile uint32_t *virtio(unsigned offset) {
    return (volatile uint32_t *) (VIRTIO_BLK + offset);
}

/* Reads the disk's first sector; false if there is no disk. */
static int read_sector(void) {
    if (*virtio(0x00) != 0x74726976 || *virtio(0x04) != 1 || *virtio(0x08) != 2)
        return 0;
    *virtio(0x70) = 0;
    *virtio(0x70) = 1 | 2 | 4; /* acknowledged, with a driver, ready */
    *virtio(0x28) = 4096;
    *virtio(0x30) = 0;
    *virtio(0x38) = QUEUE_SIZE;
    *virtio(0x3c) = 4096;
    *virtio(0x40) = (uint32_t) &queue / 4096;
    queue.descriptors[0] =
        (struct descriptor){(uint32_t) &request, sizeof(request), 1, 1};
    queue.descriptors[1] =
        (struct descriptor){(uint32_t) sector, sizeof(sector), 1 | 2, 2};
    queue.descriptors[2] = (struct descriptor){(uint32_t) &result, 1, 2, 0};
    queue.available_index = 1;
    __sync_synchronize();
    *virtio(0x50) = 0;
    while (!queue.used_index) {
    }
    return result == 0;
}

void kernel_main(void) {
    char *program = (char *) PROGRAM_BASE;
    for (uint32_t i = 0; i < (uint32_t) _binary_shell_bin_size; i++)
        program[i] = _binary_shell_bin_start[i];
    say("leaves of another tree\n");
    if (read_sector()) {
        say("the disk begins with ");
        sector[20] = 0;
        say(sector);
        say("\n");
    }
    __asm__("fence.i" ::: "memory");
    int status = ((int (*)(void)) program)();
    *(volatile uint32_t *) 0x100000 = (uint32_t) status << 16 | 0x3333;
}

__attribute__((section(".text.boot"), naked)) void boot(void) {
    __asm__("la sp, stack_top\n"
            "j kernel_main\n");
}
