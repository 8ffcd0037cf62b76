/* A small Lisp: numbers, symbols, lists, closures, tail calls by recursion.
 * It reads expressions from standard input and prints what each is. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct object *Object;

struct object {
    enum { NIL, INTEGER, SYMBOL, PAIR, BUILTIN, CLOSURE } type;
    union {
        long integer;
        struct {
            char *name;
            Object next;
        } symbol;
        struct {
            Object first, rest;
        } pair;
        Object (*builtin)(Object arguments);
        struct {
            Object parameters, body, environment;
        } closure;
    } as;
};

static struct object nil = {.type = NIL};
static Object symbols = &nil, truth, global;
static jmp_buf top;

static _Noreturn void wrong(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    printf("; ");
    vprintf(fmt, args);
    printf("\n");
    va_end(args);
    longjmp(top, 1);
}

static Object make(int type) {
    Object o = malloc(sizeof *o);
    if (!o) {
        perror("lisp");
        exit(EXIT_FAILURE);
    }
    o->type = type;
    return o;
}

static Object integer(long n) {
    Object o = make(INTEGER);
    o->as.integer = n;
    return o;
}

static Object cons(Object first, Object rest) {
    Object o = make(PAIR);
    o->as.pair.first = first;
    o->as.pair.rest = rest;
    return o;
}

static Object symbol(const char *name) {
    for (Object s = symbols; s != &nil; s = s->as.symbol.next)
        if (strcasecmp(s->as.symbol.name, name) == 0) return s;
    Object s = make(SYMBOL);
    s->as.symbol.name = strdup(name);
    s->as.symbol.next = symbols;
    symbols = s;
    return s;
}

static Object first(Object o) {
    if (o->type != PAIR) wrong("first of what is no pair");
    return o->as.pair.first;
}

static Object rest(Object o) {
    if (o->type != PAIR) wrong("rest of what is no pair");
    return o->as.pair.rest;
}

static long number(Object o) {
    if (o->type != INTEGER) wrong("a number is needed");
    return o->as.integer;
}

/* ---- Reading: NULL at the end ---- */

static int next_char(void) {
    int c;
    do {
        c = getchar();
        if (c == ';')
            while (c != '\n' && c != EOF) c = getchar();
    } while (isspace(c));
    return c;
}

static Object read_object(void) {
    char word[32];
    int c = next_char();
    if (c == EOF) return NULL;
    if (c == '\'') return cons(symbol("quote"), cons(read_object(), &nil));
    if (c == ')') wrong("a ) too many");
    if (c == '(') {
        Object list = &nil, *end = &list;
        while ((c = next_char()) != ')') {
            if (c == EOF) wrong("a ) is missing");
            ungetc(c, stdin);
            *end = cons(read_object(), &nil);
            end = &(*end)->as.pair.rest;
        }
        return list;
    }
    size_t n = 0;
    for (; c != EOF && !isspace(c) && !strchr("();'", c); c = getchar())
        if (n < sizeof word - 1) word[n++] = (char) c;
    ungetc(c, stdin);
    word[n] = '\0';
    char *end;
    long value = strtol(word, &end, 0);
    return *end == '\0' ? integer(value) : symbol(word);
}

/* ---- Printing ---- */

static void print(Object o) {
    switch (o->type) {
    case NIL:
        printf("()");
        break;
    case INTEGER:
        printf("%ld", o->as.integer);
        break;
    case SYMBOL:
        fputs(o->as.symbol.name, stdout);
        break;
    case BUILTIN:
        printf("<builtin>");
        break;
    case CLOSURE:
        printf("<closure>");
        break;
    case PAIR:
        putc('(', stdout);
        print(o->as.pair.first);
        for (o = o->as.pair.rest; o->type == PAIR; o = o->as.pair.rest) {
            putc(' ', stdout);
            print(o->as.pair.first);
        }
        if (o->type != NIL) {
            printf(" . ");
            print(o);
        }
        putc(')', stdout);
    }
}

/* ---- Evaluation: an environment is a list of pairs ---- */

static Object *place(Object name, Object environment) {
    for (Object e = environment; e->type == PAIR; e = e->as.pair.rest)
        if (first(first(e)) == name) return &first(e)->as.pair.rest;
    return NULL;
}

static void define(Object name, Object value) {
    Object *old = place(name, rest(global));
    if (old)
        *old = value;
    else
        global->as.pair.rest = cons(cons(name, value), rest(global));
}

static Object evaluate(Object o, Object environment);

static Object evaluate_all(Object list, Object environment) {
    Object values = &nil, *end = &values;
    for (; list->type == PAIR; list = rest(list)) {
        *end = cons(evaluate(first(list), environment), &nil);
        end = &(*end)->as.pair.rest;
    }
    return values;
}

static Object apply(Object f, Object arguments) {
    if (f->type == BUILTIN) return f->as.builtin(arguments);
    if (f->type != CLOSURE) wrong("this is no function");
    Object environment = f->as.closure.environment, value = &nil;
    for (Object p = f->as.closure.parameters; p->type == PAIR; p = rest(p)) {
        environment = cons(cons(first(p), first(arguments)), environment);
        arguments = rest(arguments);
    }
    for (Object b = f->as.closure.body; b->type == PAIR; b = rest(b))
        value = evaluate(first(b), environment);
    return value;
}

static Object lambda(Object parameters, Object body, Object environment) {
    Object o = make(CLOSURE);
    o->as.closure.parameters = parameters;
    o->as.closure.body = body;
    o->as.closure.environment = environment;
    return o;
}

static Object evaluate(Object o, Object environment) {
    if (o->type == SYMBOL) {
        Object *found = place(o, environment);
        if (!found) found = place(o, rest(global));
        if (!found) wrong("%s is not defined", o->as.symbol.name);
        return *found;
    }
    if (o->type != PAIR) return o;
    Object head = first(o), tail = rest(o);
    if (head == symbol("quote")) return first(tail);
    if (head == symbol("if")) {
        Object chosen = rest(tail);
        if (evaluate(first(tail), environment) == &nil) chosen = rest(chosen);
        return chosen == &nil ? &nil : evaluate(first(chosen), environment);
    }
    if (head == symbol("lambda"))
        return lambda(first(tail), rest(tail), environment);
    if (head == symbol("define")) {
        Object name = first(tail), value;
        if (name->type == PAIR) {
            value = lambda(rest(name), rest(tail), environment);
            name = first(name);
        } else {
            value = evaluate(first(rest(tail)), environment);
        }
        define(name, value);
        return name;
    }
    Object f = evaluate(head, environment);
    return apply(f, evaluate_all(tail, environment));
}

/* ---- Builtins ---- */

static Object plus(Object a) {
    long sum = 0;
    for (; a->type == PAIR; a = rest(a)) sum += number(first(a));
    return integer(sum);
}

static Object minus(Object a) {
    return integer(number(first(a)) - number(first(rest(a))));
}

static Object times(Object a) {
    long product = 1;
    for (; a->type == PAIR; a = rest(a)) product *= number(first(a));
    return integer(product);
}

static Object quotient(Object a) {
    long by = number(first(rest(a)));
    if (by == 0) wrong("division by zero");
    return integer(ldiv(number(first(a)), by).quot);
}

static Object less(Object a) {
    return number(first(a)) < number(first(rest(a))) ? truth : &nil;
}

static Object equal(Object a) {
    Object x = first(a), y = first(rest(a));
    if (x->type == INTEGER && y->type == INTEGER)
        return x->as.integer == y->as.integer ? truth : &nil;
    return x == y ? truth : &nil;
}

static Object builtin_cons(Object a) { return cons(first(a), first(rest(a))); }
static Object builtin_first(Object a) { return first(first(a)); }
static Object builtin_rest(Object a) { return rest(first(a)); }
static Object builtin_apply(Object a) {
    return apply(first(a), first(rest(a)));
}

static const struct {
    const char *name;
    Object (*function)(Object);
} builtins[] = {
    {"+", plus},
    {"-", minus},
    {"*", times},
    {"/", quotient},
    {"<", less},
    {"=", equal},
    {"cons", builtin_cons},
    {"first", builtin_first},
    {"rest", builtin_rest},
    {"apply", builtin_apply},
};

int main(void) {
    Object o;
    truth = symbol("t");
    global = cons(&nil, &nil);
    define(truth, truth);
    define(symbol("nil"), &nil);
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        Object b = make(BUILTIN);
        b->as.builtin = builtins[i].function;
        define(symbol(builtins[i].name), b);
    }
    (void) setjmp(top);
    while ((o = read_object()) != NULL) {
        print(evaluate(o, &nil));
        putc('\n', stdout);
    }
    return 0;
}
