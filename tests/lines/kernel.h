#include "common.h"

/* The virtio block device, as the legacy interface has it. */
#define VIRTIO_BLK 0x10001000
#define QUEUE_SIZE 8

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

struct queue {
    struct descriptor descriptors[QUEUE_SIZE];
    uint16_t available_flags, available_index, available[QUEUE_SIZE];
    uint16_t unused;
    uint16_t used_flags __attribute__((aligned(4096)));
    volatile uint16_t used_index;
    struct {
        uint32_t id, length;
    } used[QUEUE_SIZE];
} __attribute__((aligned(4096)));
