/* Counts lines, words and characters on standard input, and says which words
 * are the most frequent. */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    char *text;
    unsigned count;
    struct word *next;
};

static struct word *table[1024];
static size_t different;

static unsigned hash(const char *s) {
    unsigned h = 5381;
    while (*s) h = h * 33 ^ (unsigned char) *s++;
    return h % (sizeof table / sizeof *table);
}

static void count(const char *text) {
    struct word **bucket = &table[hash(text)], *w;
    for (w = *bucket; w != NULL; w = w->next)
        if (strcmp(w->text, text) == 0) break;
    if (w == NULL) {
        w = calloc(1, sizeof *w);
        if (w == NULL || (w->text = strdup(text)) == NULL)
            err(EXIT_FAILURE, "%s", text);
        w->next = *bucket;
        *bucket = w;
        different++;
    }
    w->count++;
}

static int by_count(const void *a, const void *b) {
    const struct word *x = *(struct word *const *) a;
    const struct word *y = *(struct word *const *) b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

int main(void) {
    static const char separators[] = " \t\r\n.,;:!?\"()[]{}*/<>=-+#'&|%\\";
    char line[256];
    unsigned long lines = 0, words = 0, characters = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        characters += strlen(line);
        if (strchr(line, '\n') != NULL) lines++;
        for (char *s = line; *s; s++) *s = tolower((unsigned char) *s);
        for (char *w = strtok(line, separators); w;
             w = strtok(NULL, separators)) {
            words++;
            count(w);
        }
    }
    if (ferror(stdin)) err(EXIT_FAILURE, "standard input");
    printf("%lu lines, %lu words, %lu characters, %zu different words\n", lines,
           words, characters, different);

    struct word **all = malloc(different * sizeof *all);
    size_t n = 0;
    if (all == NULL && different > 0) err(EXIT_FAILURE, "%zu words", different);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (struct word *w = table[i]; w != NULL; w = w->next) all[n++] = w;
    qsort(all, n, sizeof *all, by_count);
    for (size_t i = 0; i < n && i < 12; i++)
        printf("%6u  %-16s|\n", all[i]->count, all[i]->text);
    for (size_t i = 0; i < n; i++) {
        free(all[i]->text);
        free(all[i]);
    }
    free(all);
    return n == 0;
}
