/*
 * A name that is too long for procinfo is cut off, and ends with a zero.
 *
 * 1: procinfo fails.
 * 2: a name of sixteen letters or more has no zero at its end.
 * 3: a name that was cut off is not the beginning of the program's.
 * else: a program with a long name is not run to its end.
 */
#include "user.h"

int main(void) {
    struct procinfo p;
    memset(&p, 'x', sizeof p);
    if (procinfo(0, &p) != 0) return 1;
    size_t n = strnlen(p.name, sizeof p.name);
    if (n == sizeof p.name) return 2;
    return n == 15 && strncmp(p.name, "20-with-a-long-name", n) == 0 ? 0 : 3;
}
