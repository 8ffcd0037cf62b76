/*
 * start.c: a program's beginning and end. user.c's _start calls what it knows
 * as main: in a program that is linked with the archive, this.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include "leaf.h"

#define HANDLERS 32 /* as many as ISO C asks for */

const char *__program_name = "program";

static void (*handlers[HANDLERS])(void);
static unsigned registered;

int main(int argc, char **argv);

int __leaf_main(int argc, char **argv) {
    if (argc > 0) __program_name = argv[0];
    exit(main(argc, argv));
}

/* Returns -1 if there are too many. */
int atexit(void (*handler)(void)) {
    if (registered == HANDLERS) return -1;
    handlers[registered++] = handler;
    return 0;
}

/* The last handler is called first; one may register another. What was
 * printed is on the console already. */
void exit(int status) {
    while (registered > 0) handlers[--registered]();
    __leaf_exit(status);
}

void _exit(int status) { __leaf_exit(status); }

void _Exit(int status) { __leaf_exit(status); }
