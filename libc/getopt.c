/* getopt.c: a program's options, which come before its other arguments. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *optarg;
int optind = 1, opterr = 1, optopt;

/* Returns what getopt does. */
static int complain(const char *program, const char *what, int result) {
    if (opterr && result != ':')
        fprintf(stderr, "%s: %s -- '%c'\n", program, what, optopt);
    return result;
}

int getopt(int argc, char *const argv[], const char *options) {
    static char *letter; /* the next one of a word that holds several */
    if (!letter || !*letter) {
        letter = optind < argc ? argv[optind] : NULL;
        if (!letter || *letter++ != '-' || !*letter) return letter = NULL, -1;
        if (strcmp(letter, "-") == 0) return optind++, letter = NULL, -1;
    }
    optopt = (unsigned char) *letter++;
    if (!*letter) optind++;
    const char *option = optopt != ':' ? strchr(options, optopt) : NULL;
    if (!option) return complain(argv[0], "invalid option", '?');
    if (option[1] != ':') return optopt;

    char *rest = letter;
    letter = NULL;
    if (*rest || optind < argc) {
        optarg = *rest ? rest : argv[optind];
        optind++;
        return optopt;
    }
    return complain(argv[0], "option requires an argument",
                    *options == ':' ? ':' : '?');
}
