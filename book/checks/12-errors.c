/*
 * read and write say what is wrong with their arguments.
 *
 * 1: write() to a descriptor that there is not succeeds.
 * 2: read() from a descriptor that there is not succeeds.
 * 3: errno is not EBADF after that.
 * 4: write() of more bytes than an int can count succeeds.
 * 5: errno is not EINVAL after that.
 * 6: write() of nothing does not return 0.
 * 7: write() does not return how many bytes it wrote.
 * 8: read() of nothing does not return 0.
 * else: an argument that is wrong ends the program or the kernel, or a read of
 * nothing waits for something.
 */
#include "user.h"

int main(void) {
    char text[] = "a text of 21 bytes.\n";
    if (write(77, text, 1) != -1) return 1;
    if (errno != EBADF) return 3;
    if (write(-1, text, 1) != -1) return 1;
    if (errno != EBADF) return 3;
    if (read(77, text, 1) != -1) return 2;
    if (errno != EBADF) return 3;
    if (write(STDOUT_FILENO, text, 0x80000000) != -1) return 4;
    if (errno != EINVAL) return 5;
    if (write(STDOUT_FILENO, text, 0) != 0) return 6;
    if (write(STDOUT_FILENO, text, sizeof text - 1) != 20) return 7;
    return read(STDIN_FILENO, text, 0) == 0 ? 0 : 8;
}
