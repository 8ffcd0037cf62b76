/*
 * strict.h: what mmu.c and trap.c tell the strict machine; see strict.c.
 */
#pragma once
#include "machine.h"

void strict_reset(void);
void strict_satp(uint32_t value);
void strict_fence(const uint32_t *address, bool one_asid);
bool strict_entry_used(uint32_t address, enum access access, uint32_t at);
void strict_entry_stored(uint32_t at, uint32_t old);
void strict_not_marked(uint32_t address, enum access access, uint32_t at,
                       uint32_t missing);
uint32_t strict_translated(uint32_t address, enum access access,
                           uint64_t physical);
