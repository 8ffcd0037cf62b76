/*
 * Hundreds of calls, one after the other.
 *
 * 1: msleep(0) returned something other than 0.
 * else: some call too many brings the kernel down: each leaves the kernel's
 * stack a little lower than it found it. Where does sscratch point when a
 * process runs again?
 */
#include "user.h"

int main(void) {
    for (int i = 0; i < 500; i++)
        if (msleep(0) != 0) return 1;
    return 0;
}
