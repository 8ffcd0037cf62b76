/*
 * kernel_hooks.h: system calls that only the kernel of kernel_hooks.c has, for
 * programs that look into it.
 */
#pragma once

/* Holds the kernel against itself (kernel_audit.h): 0 if all is well, else
 * it prints what is wrong. */
#define HOOK_AUDIT 1000

/* From now on the a0-th allocation of the kernel is refused, if a1 is not 0
 * all those after it too; a0 0: none. Returns how many have been refused. */
#define HOOK_REFUSE 1001

/* The kernel takes and returns memory of all kinds: blocks, runs, a page.
 * Returns how often it got none. */
#define HOOK_HEAP 1002

/* How many bytes of its kernel stack any process has used, at most. */
#define HOOK_STACK 1003

#define HOOK_FIRST HOOK_AUDIT
