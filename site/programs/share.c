/* For the picture of sharing: the first process writes eight pages. t3 writes
 * to the third of them, r3 reads it, f forks: from then on the child obeys, and
 * its parent waits, until e ends the child. */
#include "command.h"

#define PAGES 8

int main(void) {
    volatile char *base = sbrk(PAGES * PAGE_SIZE);
    for (unsigned i = 0; i < PAGES; i++) base[i * PAGE_SIZE] = 1;
    char sign;
    unsigned n;
    while (command(&sign, &n)) {
        volatile char *page = base + (n - 1) * PAGE_SIZE;
        pid_t child;
        if (sign == 't' && n && n <= PAGES) {
            *page += 1;
            printf("process %d wrote %d to page %u\n", getpid(), *page, n);
        } else if (sign == 'r' && n && n <= PAGES) {
            printf("process %d reads %d from page %u\n", getpid(), *page, n);
        } else if (sign == 'e') {
            exit(0);
        } else if (sign == 'f' && (child = fork()) != 0) {
            if (child < 0)
                printf("fork says: %s\n", strerror(errno));
            else
                printf("process %d has ended\n", wait(NULL));
        } else if (sign == 'f') {
            printf("process %d is the child, and obeys from here on\n",
                   getpid());
        } else {
            printf("t3 writes to page 3, r3 reads it, f forks, e ends\n");
        }
    }
    return 0;
}
