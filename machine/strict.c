#include "strict.h"
char complaint[512];
void strict_reset(void) {}
void strict_satp(uint32_t value) {(void)value;}
void strict_fence(const uint32_t *address, bool one_asid) {(void)address;(void)one_asid;}
bool strict_entry_used(uint32_t address, enum access access, uint32_t at) {(void)address;(void)access;(void)at;return false;}
void strict_entry_stored(uint32_t at, uint32_t old) {(void)at;(void)old;}
void strict_not_marked(uint32_t address, enum access access, uint32_t at,
                       uint32_t missing) {(void)address;(void)access;(void)at;(void)missing;}
uint32_t strict_translated(uint32_t address, enum access access,
                           uint64_t physical) {(void)address;(void)access;(void)physical;return NO_CAUSE;}
