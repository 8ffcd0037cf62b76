/* ctype.c: kinds of characters, in ASCII. An argument is an unsigned char or
 * EOF, and EOF is of no kind. */
#include <ctype.h>
#include <limits.h>
#include "leaf.h"

int isupper(int c) { return c >= 'A' && c <= 'Z'; }

int islower(int c) { return c >= 'a' && c <= 'z'; }

int isdigit(int c) { return c >= '0' && c <= '9'; }

int isalpha(int c) { return isupper(c) || islower(c); }

int isalnum(int c) { return isalpha(c) || isdigit(c); }

int isxdigit(int c) { return __digit(c) < 16; }

int isblank(int c) { return c == ' ' || c == '\t'; }

int isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int iscntrl(int c) { return (c >= 0 && c < ' ') || c == 127; }

int isprint(int c) { return c >= ' ' && c < 127; }

int isgraph(int c) { return isprint(c) && c != ' '; }

int ispunct(int c) { return isgraph(c) && !isalnum(c); }

int tolower(int c) { return isupper(c) ? c - 'A' + 'a' : c; }

int toupper(int c) { return islower(c) ? c - 'a' + 'A' : c; }

int isascii(int c) { return c >= 0 && c < 128; }

int toascii(int c) { return c & 127; }

unsigned __digit(int c) {
    if (isdigit(c)) return c - '0';
    return isalpha(c) ? tolower(c) - 'a' + 10 : UINT_MAX;
}
