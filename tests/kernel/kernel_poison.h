/*
 * kernel_poison.h: fills freed frames, and looks whether they stayed so when
 * they are taken again: a write after free is a panic. Included before
 * kernel.c.
 */
#pragma once

#include "kernel.h"

#define POISON_BYTE 0xdb
#define POISON(page) memset(page, POISON_BYTE, PAGE_SIZE)
#define CHECK_POISON(page) check_poison(page)

static void check_poison(const uint8_t *page) {
    for (uint32_t i = 0; i < PAGE_SIZE; i++)
        if (page[i] != POISON_BYTE)
            PANIC("%08x was written after its page was freed",
                  (uint32_t) page + i);
}
