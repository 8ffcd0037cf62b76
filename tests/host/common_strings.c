/*
 * common_strings.c: the memory and string functions of common.c against the
 * host's, on random contents, lengths, alignments and overlaps. Every buffer
 * ends where its block ends: one byte too many is the sanitizer's to see.
 */
#include "common_test.h"

#define SIZE_MAX_TESTED 600

static const char *doing; /* the function under test */
static size_t length;     /* and its length argument */

static void check(int right) {
    if (right) return;
    printf("%s differs from the host's, length %zu, seed %llu\n", doing, length,
           (unsigned long long) seed);
    exit(1);
}

static int sign(int n) { return (n > 0) - (n < 0); }

/* Short ones mostly; whole rounds and a little around them, too. */
static size_t random_length(void) {
    if (random_below(4) == 0) return random_below(SIZE_MAX_TESTED);
    return random_below(80);
}

/* Few different bytes, so that searches and comparisons get somewhere; some
 * of them are negative as char. */
static char random_char(void) {
    static const char chars[] = {'a', 'b', 'c', '\x7f', '\x80', '\xff'};
    return chars[random_below(2 + random_below(5))];
}

/* n bytes that end where their block ends and begin at a random alignment. */
struct buffer {
    char *block, *bytes;
};

static struct buffer random_buffer(size_t n) {
    size_t skip = random_below(8);
    struct buffer b = {.block = allocate(n + skip)};
    b.bytes = b.block + skip;
    for (size_t i = 0; i < n; i++) b.bytes[i] = random_char();
    return b;
}

static struct buffer random_string(size_t n) {
    struct buffer b = random_buffer(n + 1);
    b.bytes[n] = '\0';
    return b;
}

/* A second string that often begins like the first. */
static struct buffer similar_string(const char *s) {
    size_t n = random_length(), same = random_below(strlen(s) + 1);
    struct buffer b = random_string(n);
    memcpy(b.bytes, s, same < n ? same : n);
    return b;
}

static void test_fill_and_copy(void) {
    size_t n = length = random_length();
    struct buffer a = random_buffer(n), b = random_buffer(n);
    char *expected = allocate(n);

    doing = "memcpy";
    check(leaf_memcpy(a.bytes, b.bytes, n) == a.bytes);
    check(memcmp(a.bytes, b.bytes, n) == 0);

    doing = "memset";
    int c = (int) random64();
    memset(expected, c, n);
    check(leaf_memset(a.bytes, c, n) == a.bytes);
    check(memcmp(a.bytes, expected, n) == 0);
    free(a.block);
    free(b.block);
    free(expected);
}

/* A piece of a buffer changes, and nothing before or behind it. */
static void test_inside(void) {
    size_t size = random_length(), from = random_below(size + 1);
    size_t to = random_below(size + 1);
    size_t n = length = random_below(size - (from > to ? from : to) + 1);
    struct buffer a = random_buffer(size);
    char *expected = allocate(size);

    doing = "memmove";
    memcpy(expected, a.bytes, size);
    memmove(expected + to, expected + from, n);
    check(leaf_memmove(a.bytes + to, a.bytes + from, n) == a.bytes + to);
    check(memcmp(a.bytes, expected, size) == 0);

    doing = "memset (inside)";
    memset(expected + to, 'x', n);
    leaf_memset(a.bytes + to, 'x', n);
    check(memcmp(a.bytes, expected, size) == 0);

    doing = "memcpy (inside)";
    struct buffer b = random_buffer(n);
    memcpy(expected + to, b.bytes, n);
    leaf_memcpy(a.bytes + to, b.bytes, n);
    check(memcmp(a.bytes, expected, size) == 0);
    free(a.block);
    free(b.block);
    free(expected);
}

static void test_search(void) {
    size_t n = length = random_length();
    struct buffer a = random_buffer(n), s = random_string(n);
    struct buffer find = random_string(random_below(4));
    int c = random_below(8) ? random_char() : (int) random64();

    doing = "memchr";
    check(leaf_memchr(a.bytes, c, n) == memchr(a.bytes, c, n));
    doing = "strlen";
    check(leaf_strlen(s.bytes) == n);
    doing = "strnlen";
    check(leaf_strnlen(a.bytes, n) == n);
    check(leaf_strnlen(s.bytes, SIZE_MAX) == n);
    check(leaf_strnlen(s.bytes, n / 2) == n / 2);
    doing = "strchr";
    check(leaf_strchr(s.bytes, c) == strchr(s.bytes, c));
    check(leaf_strchr(s.bytes, 0) == s.bytes + n);
    doing = "strrchr";
    check(leaf_strrchr(s.bytes, c) == strrchr(s.bytes, c));
    check(leaf_strrchr(s.bytes, 0) == s.bytes + n);
    doing = "strstr";
    check(leaf_strstr(s.bytes, find.bytes) == strstr(s.bytes, find.bytes));
    free(a.block);
    free(s.block);
    free(find.block);
}

static void test_compare(void) {
    struct buffer a = random_string(random_length());
    struct buffer b = similar_string(a.bytes);
    size_t i = strlen(a.bytes), j = strlen(b.bytes);
    size_t n = length = i < j ? i : j, max = random_below(i + j + 2);

    doing = "memcmp";
    check(sign(leaf_memcmp(a.bytes, b.bytes, n)) ==
          sign(memcmp(a.bytes, b.bytes, n)));
    doing = "strcmp";
    check(sign(leaf_strcmp(a.bytes, b.bytes)) ==
          sign(strcmp(a.bytes, b.bytes)));
    check(leaf_strcmp(a.bytes, a.bytes) == 0);
    doing = "strncmp";
    check(sign(leaf_strncmp(a.bytes, b.bytes, max)) ==
          sign(strncmp(a.bytes, b.bytes, max)));
    check(leaf_strncmp(a.bytes, a.bytes, SIZE_MAX) == 0);
    free(a.block);
    free(b.block);
}

static void test_string_copies(void) {
    size_t i = length = random_length(), j = random_length();
    size_t n = random_length();
    struct buffer a = random_string(i), b = random_string(j);
    struct buffer to = random_buffer(i + j + 1), padded = random_buffer(n);
    char *expected = allocate(n);

    doing = "strcpy";
    check(leaf_strcpy(to.bytes, a.bytes) == to.bytes);
    check(memcmp(to.bytes, a.bytes, i + 1) == 0);
    doing = "strcat";
    check(leaf_strcat(to.bytes, b.bytes) == to.bytes);
    check(memcmp(to.bytes, a.bytes, i) == 0);
    check(memcmp(to.bytes + i, b.bytes, j + 1) == 0);
    doing = "strncpy";
    strncpy(expected, a.bytes, n);
    check(leaf_strncpy(padded.bytes, a.bytes, n) == padded.bytes);
    check(memcmp(padded.bytes, expected, n) == 0);
    free(a.block);
    free(b.block);
    free(to.block);
    free(padded.block);
    free(expected);
}

void put(const char *s, size_t n) { fwrite(s, 1, n, stdout); }

int main(int argc, char **argv) {
    for (unsigned long i = start(argc, argv, 50000); i > 0; i--) {
        test_fill_and_copy();
        test_inside();
        test_search();
        test_compare();
        test_string_copies();
    }
}
