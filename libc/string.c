/*
 * string.c: what <string.h> and <strings.h> have beside common.c's functions.
 */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Copies ---- */

void *mempcpy(void *dst, const void *src, size_t n) {
    return (char *) memcpy(dst, src, n) + n;
}

char *stpcpy(char *dst, const char *src) {
    size_t n = strlen(src);
    memcpy(dst, src, n + 1);
    return dst + n;
}

/* As strncpy, which fills up with zeros; where the first of those is. */
char *stpncpy(char *dst, const char *src, size_t n) {
    return strncpy(dst, src, n) + strnlen(src, n);
}

/* Up to the first c, if there is one: where the copy goes on behind it. */
void *memccpy(void *dst, const void *src, int c, size_t n) {
    const char *end = memchr(src, c, n);
    if (!end) {
        memcpy(dst, src, n);
        return NULL;
    }
    return mempcpy(dst, src, end + 1 - (const char *) src);
}

char *strncat(char *dst, const char *src, size_t n) {
    char *end = dst + strlen(dst);
    n = strnlen(src, n);
    memcpy(end, src, n);
    end[n] = '\0';
    return dst;
}

/* These return the length they would have made with room for it. */
size_t strlcpy(char *dst, const char *src, size_t size) {
    size_t n = strlen(src), room = size > 0 ? size - 1 : 0;
    memcpy(dst, src, n < room ? n : room);
    if (size > 0) dst[n < room ? n : room] = '\0';
    return n;
}

size_t strlcat(char *dst, const char *src, size_t size) {
    size_t n = strnlen(dst, size);
    return n + strlcpy(dst + n, src, size - n);
}

/* NULL if there is no memory; else the caller frees the copy. */
char *strndup(const char *s, size_t n) {
    n = strnlen(s, n);
    char *copy = malloc(n + 1);
    if (!copy) return NULL;
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *strdup(const char *s) { return strndup(s, SIZE_MAX); }

/* ---- Searches ---- */

void *memrchr(const void *s, int c, size_t n) {
    const unsigned char *p = s;
    while (n-- > 0)
        if (p[n] == (unsigned char) c) return (void *) (p + n);
    return NULL;
}

void *memmem(const void *s, size_t n, const void *find, size_t length) {
    const char *p = s;
    for (; n >= length; p++, n--)
        if (memcmp(p, find, length) == 0) return (void *) p;
    return NULL;
}

/* How many characters at the beginning of s are in the set, or are not. */
static size_t span(const char *s, const char *set, bool in) {
    bool has[UCHAR_MAX + 1] = {false};
    for (; *set; set++) has[(unsigned char) *set] = true;
    size_t n = 0;
    while (s[n] && has[(unsigned char) s[n]] == in) n++;
    return n;
}

size_t strspn(const char *s, const char *accept) {
    return span(s, accept, true);
}

size_t strcspn(const char *s, const char *reject) {
    return span(s, reject, false);
}

char *strpbrk(const char *s, const char *accept) {
    s += strcspn(s, accept);
    return *s ? (char *) s : NULL;
}

/* ---- Words ---- */

/* Ends the word at *rest, which moves behind the separator; empty words are
 * words too. */
char *strsep(char **rest, const char *separators) {
    char *word = *rest;
    if (!word) return NULL;
    char *end = word + strcspn(word, separators);
    *rest = *end ? end + 1 : NULL;
    *end = '\0';
    return word;
}

char *strtok_r(char *s, const char *separators, char **rest) {
    if (!s) s = *rest;
    s += strspn(s, separators);
    char *end = s + strcspn(s, separators);
    *rest = *end ? end + 1 : end;
    if (end == s) return NULL;
    *end = '\0';
    return s;
}

char *strtok(char *s, const char *separators) {
    static char *rest;
    return strtok_r(s, separators, &rest);
}

/* ---- Comparisons ---- */

int strncasecmp(const char *a, const char *b, size_t n) {
    for (; n > 0; n--, a++, b++) {
        int difference =
            tolower((unsigned char) *a) - tolower((unsigned char) *b);
        if (difference != 0 || !*a) return difference;
    }
    return 0;
}

int strcasecmp(const char *a, const char *b) {
    return strncasecmp(a, b, SIZE_MAX);
}

int strcoll(const char *a, const char *b) { return strcmp(a, b); }

/* Makes of src what strcmp sorts as strcoll sorts src: src itself. */
size_t strxfrm(char *dst, const char *src, size_t size) {
    return strlcpy(dst, src, size);
}

/* ---- Older names ---- */

void bzero(void *dst, size_t n) { memset(dst, 0, n); }

void bcopy(const void *src, void *dst, size_t n) { memmove(dst, src, n); }

int bcmp(const void *a, const void *b, size_t n) { return memcmp(a, b, n); }

char *index(const char *s, int c) { return strchr(s, c); }

char *rindex(const char *s, int c) { return strrchr(s, c); }

/* The number of the lowest bit set, from 1 up; 0 if none is. */
int ffs(int n) {
    if (n == 0) return 0;
    int bit = 1;
    for (; !(n & 1); n >>= 1) bit++;
    return bit;
}
