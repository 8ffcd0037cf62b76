/*
 * Small blocks that stay do not keep large ones from merging.
 *
 * 1: malloc returned NULL.
 * 2: large blocks between small ones are freed, and their room is not used.
 * else: large and small blocks by turns bring the program down.
 */
#include "user.h"

int main(void) {
    static char *large[100];
    for (int i = 0; i < 100; i++)
        if (!(large[i] = malloc(1000)) || !malloc(24)) return 1;
    char *end = sbrk(0);
    for (int i = 0; i < 100; i++) free(large[i]);
    for (int i = 0; i < 9; i++)
        if (!malloc(9000)) return 1;
    return (char *) sbrk(0) - end > 30000 ? 2 : 0;
}
