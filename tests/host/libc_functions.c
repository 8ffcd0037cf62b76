/*
 * libc_functions.c: libc/ against the host's C library: both are given the
 * same random arguments, and must do the same. libc/ is compiled with each of
 * its functions renamed leaf_...; what it takes of user.c is here.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <strings.h>
#include <unistd.h>
#include "common_test.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* The host has these, behind a macro that changes others. */
void *memmem(const void *s, size_t n, const void *find, size_t length);
void *memrchr(const void *s, int c, size_t n);
void *mempcpy(void *dst, const void *src, size_t n);

/* Functions whose type is the host's, under libc's name here. */
#define LEAF(name) extern __typeof__(name) leaf_##name
LEAF(isalnum);
LEAF(isalpha);
LEAF(isascii);
LEAF(isblank);
LEAF(iscntrl);
LEAF(isdigit);
LEAF(isgraph);
LEAF(islower);
LEAF(isprint);
LEAF(ispunct);
LEAF(isspace);
LEAF(isupper);
LEAF(isxdigit);
LEAF(toascii);
LEAF(tolower);
LEAF(toupper);
LEAF(strtol);
LEAF(strtoul);
LEAF(strtoll);
LEAF(strtoull);
LEAF(strtoimax);
LEAF(strtoumax);
LEAF(atoi);
LEAF(atol);
LEAF(atoll);
LEAF(abs);
LEAF(labs);
LEAF(llabs);
LEAF(div);
LEAF(ldiv);
LEAF(lldiv);
LEAF(qsort);
LEAF(bsearch);
LEAF(rand_r);
LEAF(random);
LEAF(srandom);
LEAF(sscanf);
LEAF(sprintf);
LEAF(memccpy);
LEAF(memmem);
LEAF(memrchr);
LEAF(mempcpy);
LEAF(stpcpy);
LEAF(stpncpy);
LEAF(strncat);
LEAF(strdup);
LEAF(strndup);
LEAF(strspn);
LEAF(strcspn);
LEAF(strpbrk);
LEAF(strsep);
LEAF(strtok);
LEAF(strtok_r);
LEAF(strcasecmp);
LEAF(strncasecmp);
LEAF(strxfrm);
LEAF(ffs);
LEAF(getopt);
LEAF(optarg);
LEAF(optind);
LEAF(opterr);
LEAF(optopt);
size_t leaf_strlcpy(char *dst, const char *src, size_t size);
size_t leaf_strlcat(char *dst, const char *src, size_t size);

/* Streams: libc's FILE is another. */
extern void *const leaf_stdin, *const leaf_stdout;
int leaf_fgetc(void *f);
int leaf_ungetc(int c, void *f);
char *leaf_fgets(char *buf, int size, void *f);
size_t leaf_fread(void *p, size_t size, size_t count, void *f);
int leaf_feof(void *f);
int leaf_ferror(void *f);
void leaf_clearerr(void *f);
int leaf_fputs(const char *s, void *f);
int leaf_fputc(int c, void *f);
size_t leaf_fwrite(const void *p, size_t size, size_t count, void *f);
int leaf_fscanf(void *f, const char *fmt, ...);
int leaf_getdelim(char **line, size_t *size, int delimiter, void *f);
int leaf_getline(char **line, size_t *size, void *f);
int leaf_asprintf(char **text, const char *fmt, ...);
int leaf_dprintf(int fd, const char *fmt, ...);

int leaf_errno;

/* ---- What user.c gives libc ---- */

static const char *typed;                   /* what getchar gives, then EOF */
static char written[4096];                  /* what was written */
static size_t written_length, written_most; /* at most so much at once */

int __leaf_getchar(void) { return *typed ? (unsigned char) *typed++ : EOF; }

ssize_t __leaf_write(int fd, const void *buf, size_t n) {
    if (fd != 1 && fd != 2) abort();
    if (n > written_most) n = written_most;
    memcpy(written + written_length, buf, n);
    written_length += n;
    return (ssize_t) n;
}

int __leaf_vprintf(const char *fmt, va_list args) {
    int n = vsnprintf(written + written_length, 1000, fmt, args);
    written_length += (size_t) n;
    return n;
}

/* ---- Random arguments ---- */

static _Noreturn void differ(const char *what, const char *with) {
    printf("seed %llu: %s differs with \"%s\"\n", (unsigned long long) seed,
           what, with);
    exit(1);
}

#define CHECK(condition, with)                                                 \
    ((condition) ? (void) 0 : differ(#condition, with))

/* A string of up to max characters of an alphabet, in a block of its own. */
static char *random_string(const char *alphabet, unsigned max) {
    unsigned n = random_below(max + 1);
    char *s = allocate(n + 1);
    for (unsigned i = 0; i < n; i++)
        s[i] = alphabet[random_below((unsigned) strlen(alphabet))];
    s[n] = '\0';
    return s;
}

/* ---- Each group of functions ---- */

static void check_ctype(void) {
    for (int c = -1; c <= UCHAR_MAX; c++) {
        char text[8];
        snprintf(text, sizeof text, "%d", c);
#define KIND(name) CHECK(!leaf_##name(c) == !name(c), text)
        KIND(isalnum);
        KIND(isalpha);
        KIND(isascii);
        KIND(isblank);
        KIND(iscntrl);
        KIND(isdigit);
        KIND(isgraph);
        KIND(islower);
        KIND(isprint);
        KIND(ispunct);
        KIND(isspace);
        KIND(isupper);
        KIND(isxdigit);
        CHECK(leaf_toascii(c) == toascii(c), text);
        CHECK(leaf_tolower(c) == tolower(c), text);
        CHECK(leaf_toupper(c) == toupper(c), text);
    }
}

static void check_strtol(void) {
    static const int bases[] = {0, 0, 10, 10, 16, 8, 2, 7, 36, 35};
    static const char *const edges[] = {
        "2147483647",           "2147483648",          "4294967295",
        "4294967296",           "9223372036854775807", "9223372036854775808",
        "18446744073709551615", "18446744073709551616"};
    static const char *const signs[] = {"", "-", "+", " \t\n-"};
    char text[64];
    char *digits = random_string(
        random_below(2) ? "0123456789" : "0123456789abcdefxXzZ -+", 22);
    if (random_below(8) == 0)
        snprintf(text, sizeof text, "%s%s", signs[random_below(LENGTH(signs))],
                 edges[random_below(LENGTH(edges))]);
    else
        snprintf(text, sizeof text, "%s%s%s",
                 signs[random_below(LENGTH(signs))],
                 random_below(4) ? "" : "0x", digits);
    char *s = strcpy(allocate(strlen(text) + 1), text), *end, *leaf_end;
    int base = bases[random_below(LENGTH(bases))];
#define NUMBER(name)                                                           \
    errno = leaf_errno = 0;                                                    \
    CHECK(leaf_##name(s, &leaf_end, base) == name(s, &end, base), text);       \
    CHECK(leaf_end == end && leaf_errno == errno, text);                       \
    CHECK(leaf_##name(s, NULL, base) == name(s, NULL, base), text)
    NUMBER(strtol);
    NUMBER(strtoul);
    NUMBER(strtoll);
    NUMBER(strtoull);
    NUMBER(strtoimax);
    NUMBER(strtoumax);
    CHECK(leaf_atol(s) == atol(s), text);
    CHECK(leaf_atoll(s) == atoll(s), text);
    if (atoll(s) >= INT_MIN && atoll(s) <= INT_MAX)
        CHECK(leaf_atoi(s) == atoi(s), text);
    free(s);
    free(digits);
}

static void check_arithmetic(void) {
    int a = (int) random64(), b = (int) random64();
    long long c = (long long) random64(), d = (long long) random64();
    if (random_below(2)) b %= 100;
    if (random_below(2)) d %= 100;
    if (a == INT_MIN || b == 0 || c == LLONG_MIN || d == 0) return;
    CHECK(leaf_abs(a) == abs(a), "");
    CHECK(leaf_labs(a) == labs(a), "");
    CHECK(leaf_llabs(c) == llabs(c), "");
    CHECK(leaf_div(a, b).quot == a / b && leaf_div(a, b).rem == a % b, "");
    CHECK(leaf_ldiv(a, b).quot == a / b && leaf_ldiv(a, b).rem == a % b, "");
    CHECK(leaf_lldiv(c, d).quot == c / d && leaf_lldiv(c, d).rem == c % d, "");
    CHECK(leaf_ffs(b) == ffs(b) && leaf_ffs(0) == 0, "");
}

static size_t element; /* the size that by_bytes compares */

static int by_bytes(const void *a, const void *b) {
    return memcmp(a, b, element);
}

static void check_sort(void) {
    size_t n = random_below(60), size = 1 + random_below(13);
    unsigned kinds = 1 + random_below(256);
    char *mine = allocate(n * size), *theirs = allocate(n * size);
    for (size_t i = 0; i < n * size; i++)
        mine[i] = theirs[i] = (char) random_below(kinds);
    element = size;
    leaf_qsort(mine, n, size, by_bytes);
    qsort(theirs, n, size, by_bytes);
    CHECK(memcmp(mine, theirs, n * size) == 0, "qsort");
    char *key = allocate(size);
    for (size_t i = 0; i < size; i++) key[i] = (char) random_below(kinds);
    if (n > 0 && random_below(2))
        memcpy(key, mine + random_below((unsigned) n) * size, size);
    char *found = leaf_bsearch(key, mine, n, size, by_bytes);
    CHECK(!found == !bsearch(key, mine, n, size, by_bytes), "bsearch");
    CHECK(!found || memcmp(found, key, size) == 0, "bsearch");
    free(key);
    free(mine);
    free(theirs);
}

static void check_random(void) {
    unsigned s = (unsigned) random64();
    if (random_below(4) == 0) s = random_below(3);
    leaf_srandom(s);
    srandom(s);
    unsigned mine = s, theirs = s;
    for (int i = 0; i < 50; i++) {
        int n = leaf_rand_r(&mine);
        CHECK(n >= 0, "rand_r");
#ifdef __GLIBC__ /* BSD's own have changed since */
        CHECK(leaf_random() == random(), "random");
        CHECK(n == rand_r(&theirs) && mine == theirs, "rand_r");
#endif
    }
}

/* The same place of two copies of a string, or none in both. */
static bool same_place(const char *a, const char *from_a, const char *b,
                       const char *from_b) {
    return a && b ? a - from_a == b - from_b : a == b;
}

static void check_strings(void) {
    char *a = random_string("abcAB ,", 20), *b = random_string("abcAB", 5);
    size_t n = random_below(25), length = strlen(a);
    char mine[64], theirs[64], *copy, *x, *y;

    CHECK(leaf_strspn(a, b) == strspn(a, b), a);
    CHECK(leaf_strcspn(a, b) == strcspn(a, b), a);
    CHECK(leaf_strpbrk(a, b) == strpbrk(a, b), a);
    CHECK(leaf_memrchr(a, 'b', length) == memrchr(a, 'b', length), a);
    CHECK(leaf_memmem(a, length, b, strlen(b)) ==
              memmem(a, length, b, strlen(b)),
          a);
    int order = strncasecmp(a, b, n), leaf_order = leaf_strncasecmp(a, b, n);
    CHECK((leaf_order > 0) - (leaf_order < 0) == (order > 0) - (order < 0), a);
    order = strcasecmp(a, b), leaf_order = leaf_strcasecmp(a, b);
    CHECK((leaf_order > 0) - (leaf_order < 0) == (order > 0) - (order < 0), a);

    copy = leaf_strdup(a);
    CHECK(strcmp(copy, a) == 0, a);
    free(copy);
    copy = leaf_strndup(a, n);
    CHECK(strlen(copy) == strnlen(a, n) && strncmp(copy, a, n) == 0, a);
    free(copy);

    memset(mine, '#', sizeof mine);
    memset(theirs, '#', sizeof theirs);
    CHECK(leaf_stpcpy(mine, a) - mine == stpcpy(theirs, a) - theirs, a);
    CHECK(leaf_strncat(mine, b, n) == mine, b);
    strncat(theirs, b, n);
    CHECK(memcmp(mine, theirs, sizeof mine) == 0, b);
    CHECK(leaf_mempcpy(mine, b, strlen(b)) == mine + strlen(b), b);

    memset(mine, '#', sizeof mine);
    memset(theirs, '#', sizeof theirs);
    CHECK(leaf_stpncpy(mine, a, n) - mine == stpncpy(theirs, a, n) - theirs, a);
    x = leaf_memccpy(mine + 30, a, 'b', length + 1);
    y = memccpy(theirs + 30, a, 'b', length + 1);
    CHECK(same_place(x, mine, y, theirs), a);
    CHECK(memcmp(mine, theirs, sizeof mine) == 0, a);
    CHECK(leaf_strxfrm(mine, a, n) == strxfrm(theirs, a, n), a);
    CHECK(length >= n || strcmp(mine, theirs) == 0, a);

    /* strlcpy and strlcat, by what their manual says */
    memset(mine, '#', sizeof mine);
    CHECK(leaf_strlcpy(mine, a, n) == length, a);
    CHECK(n == 0 || (strlen(mine) == (length < n ? length : n - 1) &&
                     strncmp(mine, a, strlen(mine)) == 0),
          a);
    CHECK(mine[n] == '#', a);
    if (n > 0) {
        size_t before = strlen(mine), more = strlen(b);
        CHECK(leaf_strlcat(mine, b, n) == before + more, b);
        CHECK(strlen(mine) == (before + more < n ? before + more : n - 1), b);
        CHECK(strncmp(mine + before, b, strlen(mine) - before) == 0, b);
    }
    CHECK(leaf_strlcat(mine, b, 0) == strlen(b), b);

    /* words: three ways to take a string apart */
    char *s = strcpy(mine, a), *t = strcpy(theirs, a);
    do {
        x = leaf_strtok(s, b);
        y = strtok(t, b);
        CHECK(same_place(x, mine, y, theirs), a);
        s = t = NULL;
    } while (x);
    CHECK(memcmp(mine, theirs, length + 1) == 0, a);
    s = strcpy(mine, a), t = strcpy(theirs, a);
    char *rest, *leaf_rest;
    do {
        x = leaf_strtok_r(s, b, &leaf_rest);
        y = strtok_r(t, b, &rest);
        CHECK(same_place(x, mine, y, theirs), a);
        s = t = NULL;
    } while (x);
    s = strcpy(mine, a), t = strcpy(theirs, a);
    do {
        x = leaf_strsep(&s, b);
        y = strsep(&t, b);
        CHECK(same_place(x, mine, y, theirs), a);
        CHECK(same_place(s, mine, t, theirs), a);
    } while (x);
    free(a);
    free(b);
}

/* The same words of options to both, the host's in POSIX's way. */
static void check_getopt(void) {
    static const char *const options[] = {"ab:c", ":ab:c", "b:", "", ":"};
    char *words[8], both[400] = "";
    int count = (int) random_below(7) + 1;
    const char *known = options[random_below(LENGTH(options))];
    for (int i = 0; i < count; i++) {
        words[i] = random_string("ab-:x", 4);
        if (random_below(2) && *words[i]) *words[i] = '-';
        strcat(strcat(both, " "), words[i]);
    }
    words[count] = NULL;
    leaf_optind = 1;
    optind = 0; /* which makes it forget where it was */
    opterr = 0;
    written_length = 0;
    int x, y;
    do {
        leaf_optarg = optarg = NULL;
        x = leaf_getopt(count, words, known);
        y = getopt(count, words, known);
        CHECK(x == y && leaf_optind == optind && leaf_optarg == optarg, both);
        CHECK((x != '?' && x != ':') || leaf_optopt == optopt, both);
    } while (x != -1);
    for (int i = 0; i < count; i++) free(words[i]);
}

/* ---- scanf ---- */

/* Where items go: large enough for each, and known before. */
struct items {
    char item[4][64];
};

static const char *random_item(void) {
    static const char *const items[] = {
        "%d",    "%i",  "%u",  "%x",   "%o",     "%hhd",     "%hd",   "%lld",
        "%jd",   "%zu", "%ld", "%3d",  "%2u",    "%*d",      "%s",    "%5s",
        "%*s",   "%c",  "%*c", "%n",   "%[a-c]", "%4[^0-9]", "%[]y]", "%*[ab]",
        "%[^,]", "%%",  "%p",  "%hhn", "%[a-]"};
    return items[random_below(LENGTH(items))];
}

static const char *random_text(void) {
    static const char *const texts[] = {
        "12", "-7", "+305", "0x1f", "017", "0",  "abc", "b",  " ", "  \n",
        ",",  "%",  "y]",   "--",   "-",   "a-", "99",  "08", "é"};
    return texts[random_below(LENGTH(texts))];
}

static void check_scanf(void) {
    char fmt[64] = "", input[64] = "", both[160];
    for (unsigned i = random_below(4) + 1; i-- > 0;) {
        static const char *const between[] = {"", "", " ", ",", " ,"};
        strcat(fmt, random_item());
        if (i > 0) strcat(fmt, between[random_below(LENGTH(between))]);
    }
    for (unsigned i = random_below(6); i-- > 0;) {
        strcat(input, random_text());
        if (random_below(2)) strcat(input, " ");
    }
    /* A number that is too large may be read as anything. */
    for (const char *c = input; *c; c++)
        if (strspn(c, "0123456789abcfx") > 8) return;
    snprintf(both, sizeof both, "%s\" of \"%s", fmt, input);
    struct items mine, theirs;
    memset(&mine, '#', sizeof mine);
    memset(&theirs, '#', sizeof theirs);
    int n = leaf_sscanf(input, fmt, mine.item[0], mine.item[1], mine.item[2],
                        mine.item[3]);
    int m = sscanf(input, fmt, theirs.item[0], theirs.item[1], theirs.item[2],
                   theirs.item[3]);
    CHECK(n == m, both);
    if (memcmp(&mine, &theirs, sizeof mine) != 0) differ("an item", both);
}

/* ---- Streams ---- */

/* The same calls on libc's stdin and on one of the host's that reads the same
 * text. */
static void check_input(void) {
    char *text = random_string("ab12 \n", 60), mine[20], theirs[20], c, d;
    size_t room = random_below(40), other_room = 0;
    char *line = room > 0 ? allocate(room) : NULL, *other = NULL;
    if (*text == '\0') strcpy(text = realloc(text, 2), "a");
    FILE *f = fmemopen(text, strlen(text), "r");
    int x, y;
    typed = "";
    leaf_clearerr(leaf_stdin);
    while (leaf_fgetc(leaf_stdin) != EOF) {
    } /* what an earlier text left */
    leaf_clearerr(leaf_stdin);
    typed = text;
    for (int i = 0; i < 12; i++) {
        int size = (int) random_below(12) + 1;
        switch (random_below(8)) {
        case 0:
            CHECK(leaf_fgetc(leaf_stdin) == fgetc(f), text);
            break;
        case 1:
            x = leaf_fgetc(leaf_stdin);
            y = fgetc(f);
            CHECK(x == y && leaf_ungetc(x, leaf_stdin) == ungetc(y, f), text);
            break;
        case 2:
            x = !leaf_fgets(mine, size, leaf_stdin);
            y = !fgets(theirs, size, f);
            CHECK(x == y && (x || strcmp(mine, theirs) == 0), text);
            break;
        case 3:
            x = (int) leaf_fread(mine, 3, (size_t) size / 3, leaf_stdin);
            y = (int) fread(theirs, 3, (size_t) size / 3, f);
            CHECK(x == y && memcmp(mine, theirs, 3 * (size_t) x) == 0, text);
            break;
        case 4:
            CHECK(leaf_fscanf(leaf_stdin, "%d", &x) == fscanf(f, "%d", &y),
                  text);
            break;
        case 5:
            CHECK(leaf_fscanf(leaf_stdin, "%3s%c", mine, &c) ==
                      fscanf(f, "%3s%c", theirs, &d),
                  text);
            break;
        case 6:
            x = leaf_getline(&line, &room, leaf_stdin);
            y = (int) getline(&other, &other_room, f);
            CHECK(x == y && (x < 0 || strcmp(line, other) == 0), text);
            break;
        case 7:
            x = leaf_getdelim(&line, &room, '1', leaf_stdin);
            y = (int) getdelim(&other, &other_room, '1', f);
            CHECK(x == y && (x < 0 || strcmp(line, other) == 0), text);
            break;
        }
        CHECK(!leaf_feof(leaf_stdin) == !feof(f), text);
    }
    fclose(f);
    free(line);
    free(other);
    free(text);
}

static void check_output(void) {
    char *s = random_string("abcdef\n", 50);
    size_t n = strlen(s), size = 1 + random_below(5);
    written_length = 0;
    written_most = 1 + random_below(60); /* a write may take less */
    CHECK(leaf_fputs(s, leaf_stdout) >= 0, s);
    CHECK(leaf_fwrite(s, size, n / size, leaf_stdout) == n / size, s);
    CHECK(leaf_fputc('!', leaf_stdout) == '!', s);
    CHECK(written_length == n + n / size * size + 1, s);
    CHECK(memcmp(written, s, n) == 0 && written[written_length - 1] == '!', s);
    CHECK(memcmp(written + n, s, n / size * size) == 0, s);
    CHECK(!leaf_ferror(leaf_stdout), s);
    leaf_errno = 0;
    CHECK(leaf_fputs("x", leaf_stdin) == EOF && leaf_errno == EBADF, s);
    CHECK(leaf_ferror(leaf_stdin), s);
    leaf_clearerr(leaf_stdin);
    CHECK(leaf_fgetc(leaf_stdout) == EOF && leaf_ferror(leaf_stdout), s);
    leaf_clearerr(leaf_stdout);
    char text[80], *block;
    CHECK(leaf_asprintf(&block, "<%s>%d", s, 7) == (int) n + 3, s);
    CHECK(strlen(block) == n + 3 && strcmp(block + n + 1, ">7") == 0, s);
    free(block);
    written_length = 0;
    CHECK(leaf_dprintf(2, "%s!", s) == (int) n + 1, s);
    CHECK(written_length == n + 1 && memcmp(written, s, n) == 0, s);
    CHECK(leaf_dprintf(0, "x") == -1 && leaf_errno == EBADF, s);
    CHECK(leaf_sprintf(text, "<%s>", s) == (int) n + 2 && text[n + 1] == '>',
          s);
    free(s);
}

int main(int argc, char **argv) {
    unsigned long rounds = start(argc, argv, 100000);
    setenv("POSIXLY_CORRECT", "1", 1);
    check_ctype();
    for (unsigned long i = 0; i < rounds; i++) {
        check_strtol();
        check_arithmetic();
        check_sort();
        if (i % 64 == 0) check_random();
        check_strings();
#ifdef __GLIBC__ /* others have ways of their own to begin again */
        check_getopt();
#endif
        check_scanf();
        check_input();
        check_output();
    }
    return 0;
}
