/*
 * The library's functions for memory and strings, as ISO C has them.
 *
 * 1: memmove overwrites what it has yet to copy.
 * 2: memset or memcpy does something else.
 * 3: memcmp or memchr does something else: they compare bytes without a sign.
 * 4: strcmp or strncmp does something else: they compare characters without a
 * sign, and no further than the end or n.
 * 5: strcpy, strncpy or strcat does something else: strncpy fills what is left
 * with zeros, and nothing past it.
 * 6: strlen or strnlen counts wrongly.
 * 7: strchr, strrchr or strstr finds something else: they find the zero at the
 * end, too.
 * else: one of these functions does not end, or uses memory that it was not
 * given.
 */
#include "user.h"

static char from[64], to[64];
static volatile size_t part = 3; /* of a string: no zero there is meant */

static void fill(void) {
    for (int i = 0; i < 64; i++) {
        from[i] = i;
        to[i] = 'x';
    }
}

static bool moves(int s, int d, int n) {
    fill();
    if (memmove(from + d, from + s, n) != from + d) return false;
    for (int i = 0; i < 64; i++)
        if (from[i] != (i >= d && i < d + n ? i - d + s : i)) return false;
    return true;
}

static bool copies(int s, int d, int n) {
    fill();
    if (memcpy(to + d, from + s, n) != to + d) return false;
    for (int i = 0; i < 64; i++)
        if (to[i] != (i >= d && i < d + n ? i - d + s : 'x')) return false;
    memset(to + d, 0x100 + 'y', n);
    for (int i = 0; i < 64; i++)
        if (to[i] != (i >= d && i < d + n ? 'y' : 'x')) return false;
    return true;
}

static int sign(int n) { return n < 0 ? -1 : n > 0; }

static bool copies_strings(void) {
    fill();
    strcpy(to, "one");
    strcat(to, "two");
    if (strcmp(to, "onetwo") != 0 || to[7] != 'x') return false;
    fill();
    strncpy(to, "one", 6);
    if (memcmp(to, "one\0\0\0x", 7) != 0) return false;
    fill();
    strcpy(from, "onetwo");
    strncpy(to, from, part);
    return memcmp(to, "onex", 4) == 0;
}

static bool finds(void) {
    const char *s = "abcabc";
    return strchr(s, 'b') == s + 1 && strrchr(s, 'b') == s + 4 &&
           strchr(s, 'x') == NULL && strrchr(s, 'x') == NULL &&
           strchr(s, 0) == s + 6 && strrchr(s, 0) == s + 6 &&
           strstr(s, "cab") == s + 2 && strstr(s, "") == s &&
           strstr(s, "cc") == NULL && strstr("aab", "ab") != NULL;
}

int main(void) {
    for (int n = 0; n < 40; n += 3)
        for (int d = 4; d < 20; d++) {
            if (!moves(8, d, n)) return 1;
            if (!copies(9, d, n)) return 2;
        }
    if (sign(memcmp("a\200", "a\1", 2)) != 1 || memcmp("ab", "ac", 1)) return 3;
    if (memcmp("a\0b", "a\0c", 3) >= 0) return 3;
    const char s[] = {'a', 0, 'b'};
    if (memchr(s, 'b', 2) || memchr(s, 0x100 + 'b', 3) != s + 2) return 3;
    if (sign(strcmp("a\200", "a\1")) != 1 || strcmp("", "") != 0) return 4;
    if (sign(strcmp("ab", "a")) != 1 || sign(strcmp("a", "ab")) != -1) return 4;
    if (strncmp("abc", "abd", 2) || strncmp("abc", "abd", 3) >= 0) return 4;
    if (strncmp("a\0b", "a\0c", 3) || strncmp("a", "b", 0)) return 4;
    if (!copies_strings()) return 5;
    if (strlen("") != 0 || strlen("four") != 4) return 6;
    if (strnlen("four", 2) != 2 || strnlen("four", 9) != 4) return 6;
    return finds() ? 0 : 7;
}
