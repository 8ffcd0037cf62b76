/*
 * The shell takes no number that an int does not hold, and no word too many.
 *
 * input: printf 'exit 4294967297\nexit 1 2\nhelp 1 2 3 4 5 6 7 8 9\nexit 7\n'
 * right: 7
 * 1: the shell takes exit 4294967297 for exit 1, or exit with two numbers: ask
 * whether the next digit is too much before it is added, and count the words.
 * else: exit 7 is not the shell's end, or not with status 7.
 */
#include "shell.c"
