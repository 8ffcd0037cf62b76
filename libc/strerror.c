/* strerror.c: the errors that leaf's own calls never give. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "leaf.h"

static const char *const texts[] = {
    [ENOENT] = "no such file or directory",
    [EINTR] = "interrupted",
    [EIO] = "input or output error",
    [ENXIO] = "no such device or address",
    [E2BIG] = "too many arguments",
    [ENOEXEC] = "not a program",
    [EBUSY] = "busy",
    [EEXIST] = "file exists",
    [EXDEV] = "link to another device",
    [ENODEV] = "no such device",
    [ENOTDIR] = "not a directory",
    [EISDIR] = "a directory",
    [ENFILE] = "too many files in the system",
    [EMFILE] = "too many open files",
    [ENOTTY] = "not a terminal",
    [ETXTBSY] = "program is running",
    [EFBIG] = "file too large",
    [ENOSPC] = "no space left",
    [ESPIPE] = "seek on a pipe",
    [EROFS] = "file system cannot be written",
    [EMLINK] = "too many links",
    [EPIPE] = "broken pipe",
    [EDOM] = "argument out of domain",
    [EDEADLK] = "deadlock avoided",
    [ENAMETOOLONG] = "name too long",
    [ENOLCK] = "no locks left",
    [ENOTEMPTY] = "directory not empty",
    [ELOOP] = "too many symbolic links",
    [ENOMSG] = "no such message",
    [EIDRM] = "identifier removed",
    [ENOSTR] = "not a STREAM",
    [ENODATA] = "no data",
    [ETIME] = "timer ran out",
    [ENOSR] = "no STREAMS left",
    [ENOLINK] = "link is gone",
    [EPROTO] = "protocol error",
    [EMULTIHOP] = "too many hops",
    [EBADMSG] = "bad message",
    [EOVERFLOW] = "value too large",
    [EILSEQ] = "invalid character",
    [ENOTSOCK] = "not a socket",
    [EDESTADDRREQ] = "destination needed",
    [EMSGSIZE] = "message too long",
    [EPROTOTYPE] = "wrong protocol for a socket",
    [ENOPROTOOPT] = "protocol not available",
    [EPROTONOSUPPORT] = "protocol not supported",
    [ENOTSUP] = "not supported",
    [EAFNOSUPPORT] = "address family not supported",
    [EADDRINUSE] = "address in use",
    [EADDRNOTAVAIL] = "address not available",
    [ENETDOWN] = "network down",
    [ENETUNREACH] = "network out of reach",
    [ENETRESET] = "network reset the connection",
    [ECONNABORTED] = "connection aborted",
    [ECONNRESET] = "connection reset",
    [ENOBUFS] = "no buffer space",
    [EISCONN] = "connected already",
    [ENOTCONN] = "not connected",
    [ETIMEDOUT] = "timed out",
    [ECONNREFUSED] = "connection refused",
    [EHOSTUNREACH] = "host out of reach",
    [EALREADY] = "already begun",
    [EINPROGRESS] = "in progress",
    [ESTALE] = "file handle out of date",
    [EDQUOT] = "quota used up",
    [ECANCELED] = "canceled",
    [EOWNERDEAD] = "owner has ended",
    [ENOTRECOVERABLE] = "cannot be recovered",
};

char *strerror(int error) {
    const int end = sizeof texts / sizeof *texts;
    bool known = error >= 0 && error < end && texts[error];
    return known ? (char *) texts[error] : __leaf_strerror(error);
}

/* 0, or ERANGE if the text is longer than there is room. */
int strerror_r(int error, char *buf, size_t size) {
    return strlcpy(buf, strerror(error), size) < size ? 0 : ERANGE;
}
