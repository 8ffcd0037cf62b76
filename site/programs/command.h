/* What the pictures' programs share: a typed command is a sign and a number. */
#include "user.h"

/* Shows the prompt and what is typed up to Enter; false for Ctrl-D. */
static bool command(char *sign, unsigned *n) {
    printf("> ");
    *sign = 0;
    *n = 0;
    for (int c; (c = getchar()) != '\n' && c != '\r'; putchar(c)) {
        if (c == EOF) return false;
        if (c >= '0' && c <= '9')
            *n = *n * 10 + (unsigned) c - '0';
        else if (!*sign)
            *sign = (char) c;
    }
    printf("\n");
    return true;
}
