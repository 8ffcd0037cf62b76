/* strerror.c: the errors that leaf's own calls never give. */
#include <errno.h>
#include <string.h>
#include "leaf.h"

char *strerror(int error) {
    switch (error) {
    case ENOENT:
        return "no such file or directory";
    case EINTR:
        return "interrupted";
    case EIO:
        return "input or output error";
    case E2BIG:
        return "too many arguments";
    case EBUSY:
        return "busy";
    case EEXIST:
        return "file exists";
    case ENOTDIR:
        return "not a directory";
    case EISDIR:
        return "a directory";
    case EMFILE:
        return "too many open files";
    case ENOSPC:
        return "no space left";
    case ESPIPE:
        return "seek on a pipe";
    case EPIPE:
        return "broken pipe";
    case EDOM:
        return "argument out of domain";
    case EOVERFLOW:
        return "value too large";
    case EILSEQ:
        return "invalid character";
    case ENOTSUP:
        return "not supported";
    case ETIMEDOUT:
        return "timed out";
    default:
        return __leaf_strerror(error);
    }
}
