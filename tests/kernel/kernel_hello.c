/* kernel_hello.c: the least program with a segment of each kind. */
#include "user.h"

static int counter = 41;
static char page[PAGE_SIZE + 1];

int main(void) {
    printf("hello %d %d\n", ++counter, page[PAGE_SIZE]);
    return getchar() == 'x' ? 3 : 0;
}
