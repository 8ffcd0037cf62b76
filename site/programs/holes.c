/* For the picture of holes: +4 maps 4 pages where the kernel finds room, -2
 * takes the second region away again. */
#include "command.h"

static struct {
    void *start;
    unsigned pages;
} regions[100];

static void map(unsigned pages) {
    unsigned i = 1;
    while (i < 99 && regions[i].pages) i++;
    void *start = mmap(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == (void *) -1) {
        printf("mmap(%u pages) says: %s\n", pages, strerror(errno));
        return;
    }
    regions[i].start = start;
    regions[i].pages = pages;
    printf("region %u: %u pages at %08x\n", i, pages, (unsigned) start);
}

static void unmap(unsigned i) {
    if (i >= 100 || !regions[i].pages) {
        printf("there is no region %u\n", i);
        return;
    }
    munmap(regions[i].start, regions[i].pages * PAGE_SIZE);
    regions[i].pages = 0;
    printf("region %u is gone\n", i);
}

int main(void) {
    char sign;
    unsigned n;
    while (command(&sign, &n))
        if (sign == '+')
            map(n);
        else if (sign == '-')
            unmap(n);
        else
            printf("+4 maps 4 pages, -1 takes region 1 away\n");
    return 0;
}
