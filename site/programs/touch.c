/* For the pictures of lazy pages and of promises: +64 asks for 64 pages, -64
 * gives as many back, t3 writes to the third page, r3 reads it, w64 writes to
 * the first 64. */
#include "command.h"

static volatile char *base;

static volatile char *page(unsigned n) { return base + (n - 1) * PAGE_SIZE; }

static bool is_there(unsigned n) {
    return n && page(n) < (volatile char *) sbrk(0);
}

static void resize(int pages) {
    if (sbrk(pages * (int) PAGE_SIZE) == (void *) -1)
        printf("sbrk of %d pages says: %s\n", pages, strerror(errno));
    else
        printf("sbrk of %d pages: the heap ends at %08x\n", pages,
               (unsigned) sbrk(0));
}

int main(void) {
    base = sbrk(0);
    char sign;
    unsigned n;
    while (command(&sign, &n))
        if (sign == '+') {
            resize((int) n);
        } else if (sign == '-') {
            resize(-(int) n);
        } else if (sign == 't' && is_there(n)) {
            *page(n) = 1;
            printf("wrote to page %u\n", n);
        } else if (sign == 'r' && is_there(n)) {
            printf("page %u holds %d\n", n, *page(n));
        } else if (sign == 'w' && is_there(n)) {
            for (unsigned i = 1; i <= n; i++) *page(i) = 1;
            printf("wrote to pages 1 to %u\n", n);
        } else {
            printf("+64 asks for 64 pages, -64 gives them back, t3 writes to "
                   "page 3\n");
        }
    return 0;
}
