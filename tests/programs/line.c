/* line.c: a program dies in the middle of a line. */
#include "user.h"

int main(void) {
    if (fork() == 0) {
        printf("a line without an end");
        *(volatile char *) 8 = 1;
    }
    wait(NULL);
    if (fork() == 0) {
        printf("a whole line\n");
        *(volatile char *) 8 = 1;
    }
    wait(NULL);
    return 0;
}
