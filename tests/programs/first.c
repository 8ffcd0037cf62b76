/*
 * first.c: a first process that ends in the way that a key chooses. With it
 * the machine goes off, whoever else is still there.
 */
#include "user.h"

static void leave_others(void) {
    if (fork() == 0)
        for (;;) continue;
    if (fork() == 0) msleep(1000000);
    if (fork() == 0) getchar();
}

int main(void) {
    printf("how?\n");
    switch (getchar()) {
    case 'r':
        return 7;
    case 'e':
        exit(300);
    case 'a':
        abort();
    case 'f':
        *(volatile int *) 4 = 1;
        break;
    case 'o':
        leave_others();
        exit(9);
    case 'z':
        leave_others();
        *(volatile int *) 8 = 1;
    }
    return 1;
}
