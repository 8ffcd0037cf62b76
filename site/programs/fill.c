/* For the heap's pictures: +100 takes a block of 100 bytes, -3 gives the third
 * one back. */
#include "command.h"

static char *blocks[100];

static void take(unsigned size) {
    unsigned i = 1;
    while (i < 99 && blocks[i]) i++;
    blocks[i] = malloc(size);
    if (blocks[i])
        printf("block %u: %u bytes at %08x\n", i, size, (unsigned) blocks[i]);
    else
        printf("malloc(%u) says: %s\n", size, strerror(errno));
}

static void give_back(unsigned i) {
    if (i >= 100 || !blocks[i]) {
        printf("there is no block %u\n", i);
        return;
    }
    free(blocks[i]);
    blocks[i] = NULL;
    printf("block %u is free\n", i);
}

int main(void) {
    char sign;
    unsigned n;
    while (command(&sign, &n))
        if (sign == '+')
            take(n);
        else if (sign == '-')
            give_back(n);
        else
            printf("+100 takes a block of 100 bytes, -1 gives block 1 back\n");
    return 0;
}
