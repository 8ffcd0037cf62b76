#include "user.h"

/* All of it must be in the raw binary, zeros too. */
static int zeros[1000], seven = 7;

int main(void) {
    for (int i = 0; i < 1000; i++) seven += zeros[i];
    say("a shell from a raw binary\n");
    return seven;
}
