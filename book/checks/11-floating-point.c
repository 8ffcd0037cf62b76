/*
 * The floating-point unit is off while a program runs.
 *
 * right: 139
 * 1: a program can use the floating-point unit, whose registers no trap saves.
 * else: a program that uses the floating-point unit is not ended for that
 * alone, with status 139.
 */
#include "user.h"

int main(void) {
    __asm__ volatile(".word 0xf0000553"); /* fmv.w.x fa0, zero */
    return 1;
}
