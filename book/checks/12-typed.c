/*
 * What is typed is read, all of it and in its order.
 *
 * input: printf 'leaf\r%0300d.'
 * 1: the first characters that are read are not the first that were typed, or
 * the carriage return is no newline.
 * 2: read() returns 0, or more than it was asked for.
 * 3: read() to where the process may not write succeeds, or fails with
 * something other than EFAULT.
 * 4: read() that failed has taken characters away.
 * 5: of 300 characters that were typed while the program slept some are lost.
 * 6: read() of no bytes does not return 0.
 * 7: getchar() does not return EOF for Ctrl-D.
 * else: read() waits though something has been typed. It returns what there
 * is, and doesn't wait for more.
 */
#include "user.h"

int main(void) {
    char text[400];
    int n = 0, c;
    while (n < 4) {
        int more = read(STDIN_FILENO, text + n, 4 - n);
        if (more <= 0 || more > 4 - n) return 2;
        n += more;
    }
    if (read(STDIN_FILENO, text, 0) != 0) return 6;
    if (read(STDIN_FILENO, (void *) main, 1) != -1 || errno != EFAULT) return 3;
    if (read(STDIN_FILENO, (void *) 0x80200000, 1) != -1) return 3;
    c = getchar();
    if (memcmp(text, "leaf", 4) != 0) return 1;
    if (c != '\n') return c == '\r' ? 1 : 4;
    msleep(300);
    for (n = 0; n < 301; n += c) {
        c = read(STDIN_FILENO, text, sizeof text);
        if (c <= 0 || c > (int) sizeof text) return 2;
        for (int i = 0; i < c && n + i < 301; i++)
            if (text[i] != (n + i < 300 ? '0' : '.')) return 5;
    }
    if (n > 301) return text[c - 1] == 4 ? 0 : 7;
    return getchar() == EOF ? 0 : 7;
}
