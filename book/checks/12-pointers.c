/*
 * The kernel refuses addresses that the process itself may not use so.
 *
 * 1: meminfo() with the address of the program's own instructions succeeds.
 * A process must not get written what it may not write: look for the right
 * in the page's entry, not only whether it is valid.
 * 2: after meminfo() with such an address the instructions are others.
 * 3: write() from the kernel's memory succeeds.
 * 4: meminfo() with an address of the kernel's succeeds.
 * 5: meminfo() with an address in front of all memory succeeds.
 * 6: errno is not EFAULT after such a call.
 * 7: write() of a buffer that ends outside the program's memory succeeds: every
 * page of it must be looked at.
 * 8: meminfo() to an address near the end of memory fails, but has written what
 * comes before the end: all is checked before anything is done.
 * 9: write() of a buffer with a hole in it does not fail with EFAULT: every
 * page of it must be looked at, not its ends alone.
 * printed half: write() of a buffer that ends outside the program's memory has
 * written what comes before: all is checked before anything is done.
 * else: an address that the process may not use brings the kernel or the
 * process down; the call should say EFAULT. Is every page of a buffer looked
 * at, not its ends alone?
 */
#include "user.h"

#define KERNEL 0x80200000
#define END 0x80000000 /* of a program's addresses */

/* Buffers that begin shortly before the end, in a stack frame of a caller. */
static int near_the_end(volatile int depth) {
    static char had[1024], text[1024];
    volatile char room[2000];
    room[0] = 1;
    if (depth > 0) return near_the_end(depth - 1) * room[0];
    char *last = (char *) (END - sizeof had);
    memset(text, 10, sizeof text);
    memcpy(text, "\nhalf\n", 6);
    memcpy(had, last, sizeof had);
    memcpy(last, text, sizeof text);
    int result = write(STDOUT_FILENO, last, 5000), error = errno;
    struct meminfo *m = (struct meminfo *) (END - 8);
    int answer = meminfo(m), other_error = errno;
    bool same = memcmp(last, text, sizeof text) == 0;
    memcpy(last, had, sizeof had);
    if (result != -1) return 7;
    if (error != EFAULT || answer != -1 || other_error != EFAULT) return 6;
    return same ? 0 : 8;
}

int main(void) {
    uintptr_t text = (uintptr_t) main & ~3u;
    uint32_t before = *(volatile uint32_t *) text;
    if (meminfo((struct meminfo *) text) != -1) return 1;
    if (errno != EFAULT) return 6;
    if (*(volatile uint32_t *) text != before) return 2;
    if (write(STDOUT_FILENO, (void *) KERNEL, 4) != -1) return 3;
    if (meminfo((struct meminfo *) KERNEL) != -1) return 4;
    if (meminfo((struct meminfo *) 8) != -1) return 5;
    if (errno != EFAULT) return 6;
    static char variable; /* it and the stack are ours, what is between not */
    uint32_t here = (uintptr_t) &variable;
    uint32_t stack = (uintptr_t) __builtin_frame_address(0);
    if (write(STDOUT_FILENO, &variable, stack - here) != -1) return 9;
    if (errno != EFAULT) return 9;
    return near_the_end(1);
}
