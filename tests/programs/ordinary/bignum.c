/* A calculator for large numbers: reverse Polish, a line on standard input is
 * an expression. + - * / % ^ ! and numbers of any length. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 9 /* decimal ones in a limb */
#define BASE UINT64_C(1000000000)

struct big {
    size_t length; /* limbs, the lowest first; 0 is none */
    uint32_t limb[];
};

static jmp_buf give_up;

static _Noreturn void wrong(const char *what) {
    printf("error: %s\n", what);
    longjmp(give_up, 1);
}

static struct big *big(size_t length) {
    struct big *b = calloc(1, sizeof *b + length * sizeof *b->limb);
    if (b == NULL) {
        perror("big");
        exit(EXIT_FAILURE);
    }
    b->length = length;
    return b;
}

static struct big *trim(struct big *b) {
    while (b->length > 0 && b->limb[b->length - 1] == 0) b->length--;
    return b;
}

static int compare(const struct big *a, const struct big *b) {
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    for (size_t i = a->length; i-- > 0;)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static struct big *parse(const char *s, size_t n) {
    struct big *b = big((n + DIGITS - 1) / DIGITS);
    for (size_t i = 0; n > 0; i++) {
        char text[DIGITS + 1] = "";
        size_t take = n < DIGITS ? n : DIGITS;
        strncat(text, s + n - take, take);
        b->limb[i] = strtoul(text, NULL, 10);
        n -= take;
    }
    return trim(b);
}

static struct big *add(const struct big *a, const struct big *b) {
    size_t n = a->length > b->length ? a->length : b->length;
    struct big *sum = big(n + 1);
    uint64_t carry = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < a->length) carry += a->limb[i];
        if (i < b->length) carry += b->limb[i];
        sum->limb[i] = carry % BASE;
        carry /= BASE;
    }
    return trim(sum);
}

static struct big *subtract(const struct big *a, const struct big *b) {
    if (compare(a, b) < 0) wrong("there are no negative numbers");
    struct big *difference = big(a->length);
    int64_t carry = 0;
    for (size_t i = 0; i < a->length; i++) {
        carry += (int64_t) a->limb[i] - (i < b->length ? b->limb[i] : 0);
        difference->limb[i] = (carry + (int64_t) BASE) % (int64_t) BASE;
        carry = carry < 0 ? -1 : 0;
    }
    return trim(difference);
}

static struct big *multiply(const struct big *a, const struct big *b) {
    struct big *product = big(a->length + b->length);
    for (size_t i = 0; i < a->length; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->length || carry > 0; j++) {
            carry += product->limb[i + j];
            if (j < b->length) carry += (uint64_t) a->limb[i] * b->limb[j];
            product->limb[i + j] = carry % BASE;
            carry /= BASE;
        }
    }
    return trim(product);
}

static struct big *times(const struct big *a, uint32_t n) {
    struct big *one = big(1);
    one->limb[0] = n;
    struct big *product = multiply(a, trim(one));
    free(one);
    return product;
}

/* Long division: each limb of the quotient is searched by halving. */
static struct big *divide(const struct big *a, const struct big *b,
                          struct big **remainder) {
    if (b->length == 0) wrong("division by zero");
    struct big *quotient = big(a->length), *rest = big(0);
    for (size_t i = a->length; i-- > 0;) {
        struct big *shifted = big(rest->length + 1);
        memcpy(shifted->limb + 1, rest->limb,
               rest->length * sizeof *rest->limb);
        shifted->limb[0] = a->limb[i];
        free(rest);
        rest = trim(shifted);
        uint32_t low = 0, high = BASE - 1;
        while (low < high) {
            uint32_t middle = low + (high - low + 1) / 2;
            struct big *product = times(b, middle);
            if (compare(product, rest) <= 0)
                low = middle;
            else
                high = middle - 1;
            free(product);
        }
        struct big *product = times(b, low), *less = subtract(rest, product);
        free(product);
        free(rest);
        rest = less;
        quotient->limb[i] = low;
    }
    *remainder = rest;
    return trim(quotient);
}

static uint64_t small(const struct big *a) {
    if (a->length > 1 || (a->length == 1 && a->limb[0] > 5000))
        wrong("that would take too long");
    return a->length == 0 ? 0 : a->limb[0];
}

static struct big *power(const struct big *a, uint64_t n) {
    struct big *result = parse("1", 1);
    while (n-- > 0) {
        struct big *next = multiply(result, a);
        free(result);
        result = next;
    }
    return result;
}

static struct big *factorial(uint64_t n) {
    struct big *result = parse("1", 1);
    for (uint64_t i = 2; i <= n; i++) {
        struct big *next = times(result, i);
        free(result);
        result = next;
    }
    return result;
}

static void print(const struct big *a) {
    uint64_t sum = 0;
    size_t n = a->length;
    printf("%" PRIu32, n == 0 ? 0 : a->limb[n - 1]);
    for (size_t i = n; i-- > 0; sum = (sum << 5 ^ sum >> 59 ^ a->limb[i]))
        if (i + 1 < n) printf("%09" PRIu32, a->limb[i]);
    printf("  [%zu limbs, check %016" PRIx64 "]\n", n, sum);
}

static struct big *stack[32];
static size_t depth;

static struct big *pop(void) {
    if (depth == 0) wrong("the stack is empty");
    return stack[--depth];
}

static void operate(char op) {
    struct big *b = pop(), *a = op == '!' ? NULL : pop();
    struct big *result = NULL, *remainder = NULL;
    switch (op) {
    case '+':
        result = add(a, b);
        break;
    case '-':
        result = subtract(a, b);
        break;
    case '*':
        result = multiply(a, b);
        break;
    case '/':
        result = divide(a, b, &remainder);
        break;
    case '%':
        free(divide(a, b, &result));
        break;
    case '^':
        result = power(a, small(b));
        break;
    case '!':
        result = factorial(small(b));
        break;
    }
    free(remainder);
    free(a);
    free(b);
    stack[depth++] = result;
}

static void evaluate(char *line) {
    char *rest = NULL;
    depth = 0;
    for (char *word = strtok_r(line, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        size_t n = strspn(word, "0123456789");
        if (depth == sizeof stack / sizeof *stack) wrong("the stack is full");
        if (n > 0 && word[n] == '\0')
            stack[depth++] = parse(word, n);
        else if (strchr("+-*/%^!", *word) && word[1] == '\0')
            operate(*word);
        else
            wrong("neither a number nor an operator");
    }
    if (depth == 1) print(stack[0]);
    if (depth != 1) printf("error: %zu numbers are left\n", depth);
}

int main(void) {
    char line[512];
    while (fgets(line, sizeof line, stdin) != NULL)
        if (setjmp(give_up) == 0) evaluate(line);
    return 0;
}
