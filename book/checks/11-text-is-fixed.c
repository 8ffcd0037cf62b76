/*
 * A program that writes to its own instructions is killed.
 *
 * right: 139
 * 1: a program can write to its own instructions: a page has just the rights
 * that its segment asks for.
 * else: a program that writes to its own instructions is not ended for that
 * alone, with status 139.
 */
#include "user.h"

int main(void) {
    volatile uint32_t *text = (volatile uint32_t *) ((uintptr_t) main & ~3u);
    *text = 0;
    return 1;
}
