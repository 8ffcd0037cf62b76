/* For the pictures of lazy pages and of promises: +64 asks for 64 pages, -64
 * gives as many back, t3 writes to the third page and r3 reads it. */
#include "command.h"

static void resize(int pages) {
    if (sbrk(pages * (int) PAGE_SIZE) == (void *) -1)
        printf("sbrk(%d pages) says: %s\n", pages, strerror(errno));
    else
        printf("sbrk(%d pages): the heap ends at %08x\n", pages,
               (unsigned) sbrk(0));
}

int main(void) {
    volatile char *base = sbrk(0);
    char sign;
    unsigned n;
    while (command(&sign, &n)) {
        volatile char *page = base + (n - 1) * PAGE_SIZE;
        bool there = n && page < (char *) sbrk(0);
        if (sign == '+')
            resize((int) n);
        else if (sign == '-')
            resize(-(int) n);
        else if (sign == 't' && there)
            printf("page %u: wrote %d\n", n, *page = 1);
        else if (sign == 'r' && there)
            printf("page %u: read %d\n", n, *page);
        else
            printf("+64 asks for 64 pages, -64 gives them back, "
                   "t3 writes to page 3, r3 reads it\n");
    }
    return 0;
}
