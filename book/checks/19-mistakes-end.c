/*
 * A program that frees a block twice, or writes beyond one, is ended.
 *
 * 1: a second free of the same block is not noticed.
 * 2: a free of an address within a block is not noticed.
 * 3: a byte beyond a block's end is not noticed when the block is freed.
 * 4: a write to a freed block's first bytes is not noticed by heap_check.
 * 5: a free of an address of a variable is not noticed.
 * 6: a second free of a large block is not noticed, or ends in a fault that
 * says nothing of it: free must know by the address that no block is there.
 * 7: a byte beyond a large block's end, in the large block that follows, is not
 * noticed by heap_check.
 * 8: a program has freed a node and still links it to the next one: then malloc
 * writes its links into that next one, a block in use.
 * else: a mistake of one process brings another one down.
 */
#include "user.h"

struct node {
    struct node *next, *prev;
};

/* The last node of a list is freed and left in the list, another one appended.
 * Does the node that is in use still hold what it held? */
static bool keeps_node(size_t n) {
    struct node *last = malloc(n), *more = malloc(2000);
    if (!malloc(n)) return false;
    free(last);
    last->next = more; /* a mistake */
    more->prev = last;
    more->next = NULL;
    if (!malloc(n)) return false;
    return !more->next && more->prev == last;
}

static int mistake(int which) {
    static char variable[64];
    if (which == 5) free(variable + 16);
    if (which == 6) {
        char *large = malloc(300000);
        free(large);
        free(large);
    }
    if (which == 7) {
        char *a = malloc(150000), *b = malloc(150000), *low = a < b ? a : b;
        low[malloc_usable_size(low)] = 'x';
        if (!heap_check()) abort();
        return 0;
    }
    if (which == 8) { /* an end is right, and so is no harm done */
        if (keeps_node(200) && keeps_node(700)) abort();
        return 0;
    }
    char *p = malloc(104), *q = malloc(104);
    memset(p, 0, malloc_usable_size(p));
    if (!q) return 0;
    if (which == 3) p[malloc_usable_size(p)] = 0;
    free(which == 2 ? p + 16 : p);
    if (which == 1) free(p);
    if (which == 4) {
        memset(p, 'x', 8);
        if (!heap_check()) abort();
    }
    return 0;
}

int main(void) {
    for (int which = 1; which <= 8; which++) {
        int status = 0;
        if (fork() == 0) exit(mistake(which));
        wait(&status);
        if (status == 0 || (which == 6 && !WIFEXITED(status))) return which;
    }
    return 0;
}
