/*
 * A program that writes to its constants is killed.
 *
 * right: 139
 * 1: a program can write to its constants: a page has just the rights that its
 * segment asks for.
 * else: a program that writes to its constants is not ended for that alone,
 * with status 139.
 */
#include "user.h"

static const volatile int constant = 1;

int main(void) {
    *(volatile int *) &constant = 2;
    return constant == 2 ? 1 : 2;
}
