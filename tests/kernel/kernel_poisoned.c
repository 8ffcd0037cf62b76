/*
 * kernel_poisoned.c: the kernel as it is, but that a write to a frame after
 * it was freed is a panic.
 */
#include "kernel_poison.h"
#include "kernel.c"
