/* Reads JSON from standard input and prints it, indented; or says where it is
 * wrong. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { NOTHING, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT };

struct value {
    enum kind kind;
    long long number; /* or a boolean */
    char *string;
    size_t count;
    struct value **items;
    char **keys; /* of an object */
};

static char *text;
static const char *at;

static _Noreturn void fail(const char *fmt, ...) {
    int line = 1, column = 1;
    for (const char *s = text; s < at; s++) {
        column = *s == '\n' ? 1 : column + 1;
        line += *s == '\n';
    }
    va_list args;
    va_start(args, fmt);
    fflush(stdout);
    printf("line %d, column %d: ", line, column);
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
    exit(2);
}

static void *allocate(void *old, size_t n) {
    void *p = realloc(old, n);
    if (p == NULL) fail("%s", strerror(errno));
    return p;
}

static void skip(void) {
    while (isspace((unsigned char) *at)) at++;
}

static int hex4(void) {
    unsigned code;
    int n = 0;
    if (sscanf(at, "%4x%n", &code, &n) != 1 || n != 4)
        fail("four hexadecimal digits must follow \\u");
    at += 4;
    return (int) code;
}

static char *read_string(void) {
    size_t n = 0;
    char *s = allocate(NULL, strlen(at) + 1); /* none is longer */
    for (at++; *at != '"'; n++) {
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        if ((unsigned char) *at < ' ') fail("the string does not end");
        s[n] = *at++;
        if (s[n] != '\\') continue;
        const char *escape = *at ? strchr(from, *at) : NULL;
        if (escape != NULL) {
            s[n] = to[escape - from];
            at++;
        } else if (*at++ == 'u') {
            int code = hex4();
            s[n] = code < 128 ? (char) code : '?';
        } else {
            fail("\\%c is no escape", at[-1]);
        }
    }
    at++;
    s[n] = '\0';
    return allocate(s, n + 1);
}

static struct value *read_value(int depth);

/* The members of an array or object, up to its end. */
static void read_members(struct value *v, char end, int depth) {
    at++;
    for (skip(); *at != end; skip()) {
        if (v->count > 0 && *at++ != ',') {
            at--;
            fail("a comma or %c must stand here", end);
        }
        skip();
        v->items = allocate(v->items, (v->count + 1) * sizeof *v->items);
        if (v->kind == OBJECT) {
            v->keys = allocate(v->keys, (v->count + 1) * sizeof *v->keys);
            if (*at != '"') fail("a member needs a name");
            v->keys[v->count] = read_string();
            skip();
            if (*at++ != ':') fail("a colon must follow the name");
        }
        v->items[v->count++] = read_value(depth + 1);
    }
    at++;
}

static struct value *read_value(int depth) {
    struct value *v = calloc(1, sizeof *v);
    char *end;
    if (v == NULL || depth > 100) fail("this is nested too deep");
    skip();
    if (*at == '{') {
        v->kind = OBJECT;
        read_members(v, '}', depth);
    } else if (*at == '[') {
        v->kind = ARRAY;
        read_members(v, ']', depth);
    } else if (*at == '"') {
        v->kind = STRING;
        v->string = read_string();
    } else if (isdigit((unsigned char) *at) || *at == '-') {
        v->kind = NUMBER;
        errno = 0;
        v->number = strtoll(at, &end, 10);
        if (errno != 0 || end == at) fail("this number is too large");
        at = end;
    } else if (strncmp(at, "null", 4) == 0) {
        at += 4;
    } else {
        v->kind = BOOLEAN;
        v->number = strncmp(at, "true", 4) == 0;
        if (!v->number && strncmp(at, "false", 5) != 0)
            fail("'%.10s' is no value", at);
        at += v->number ? 4 : 5;
    }
    return v;
}

static void print_string(const char *s) {
    putchar('"');
    for (; *s; s++) {
        if (strchr("\"\\", *s))
            printf("\\%c", *s);
        else if (isprint((unsigned char) *s))
            putchar(*s);
        else
            printf("\\u%04x", (unsigned char) *s);
    }
    putchar('"');
}

static void print(const struct value *v, int indent) {
    char open = v->kind == OBJECT ? '{' : '[';
    switch (v->kind) {
    case NOTHING:
        fputs("null", stdout);
        return;
    case BOOLEAN:
        fputs(v->number ? "true" : "false", stdout);
        return;
    case NUMBER:
        printf("%lld", v->number);
        return;
    case STRING:
        print_string(v->string);
        return;
    case ARRAY:
    case OBJECT:
        break;
    }
    putchar(open);
    for (size_t i = 0; i < v->count; i++) {
        printf("%s\n%*s", i > 0 ? "," : "", indent + 2, "");
        if (v->kind == OBJECT) {
            print_string(v->keys[i]);
            fputs(": ", stdout);
        }
        print(v->items[i], indent + 2);
    }
    if (v->count > 0) printf("\n%*s", indent, "");
    putchar(v->kind == OBJECT ? '}' : ']');
}

static void destroy(struct value *v) {
    for (size_t i = 0; i < v->count; i++) {
        destroy(v->items[i]);
        if (v->keys) free(v->keys[i]);
    }
    free(v->keys);
    free(v->items);
    free(v->string);
    free(v);
}

int main(void) {
    size_t length = 0, size = 64;
    int c;
    text = allocate(NULL, size);
    while ((c = getchar()) != EOF) {
        if (length + 1 == size) text = allocate(text, size *= 2);
        text[length++] = (char) c;
    }
    text[length] = '\0';
    at = text;
    struct value *v = read_value(0);
    skip();
    if (*at) fail("something follows the value");
    print(v, 0);
    putchar('\n');
    destroy(v);
    free(text);
    return 0;
}
