/*
 * strict.h: what the rest of the machine tells strict.c; only when it is
 * strict. Those that return a bool say whether the access may go on.
 */
#pragma once
#include "machine.h"

void strict_reset(void);

void strict_satp_written(uint32_t value);
void strict_fenced(const uint32_t *address, bool one_asid);
void strict_entry_stored(uint32_t at, uint32_t old);
bool strict_walked(const struct walk *walk, uint32_t address,
                   enum access access);
bool strict_marked(uint32_t address, enum access access, uint32_t at,
                   uint32_t missing);
void strict_firmware_given(uint32_t address);
