/* sys/socket.h: leaf reaches no other machine. */
#pragma once

#include <sys/cdefs.h>
#include <sys/types.h>

#define AF_UNIX 1
#define AF_INET 2
#define SOCK_STREAM 1
#define SOCK_DGRAM 2

typedef unsigned socklen_t;
struct sockaddr;

int socket(int domain, int type, int protocol) __lacks("network");
int socketpair(int domain, int type, int protocol, int fds[2])
    __lacks("network");
int bind(int fd, const struct sockaddr *name, socklen_t n) __lacks("network");
int listen(int fd, int most) __lacks("network");
int accept(int fd, struct sockaddr *name, socklen_t *n) __lacks("network");
int connect(int fd, const struct sockaddr *to, socklen_t n) __lacks("network");
ssize_t send(int fd, const void *buf, size_t n, int flags) __lacks("network");
ssize_t recv(int fd, void *buf, size_t n, int flags) __lacks("network");
