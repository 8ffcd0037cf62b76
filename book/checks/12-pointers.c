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
 * else: an address that the process may not use brings the kernel or the
 * process down; the call should say EFAULT.
 */
#include "user.h"

#define KERNEL 0x80200000
#define END 0x80000000 /* of a program's addresses */

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
    if (write(STDOUT_FILENO, (void *) (END - 16), 5000) != -1) return 7;
    return errno == EFAULT ? 0 : 6;
}
