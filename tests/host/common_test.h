/*
 * common_test.h: what the host tests of common.c share. common.c is compiled
 * with each of its functions renamed leaf_..., so that it can stand beside
 * the host's own; both are given the same, and must do the same.
 */
#pragma once

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void *leaf_memset(void *dst, int c, size_t n);
void *leaf_memcpy(void *dst, const void *src, size_t n);
void *leaf_memmove(void *dst, const void *src, size_t n);
int leaf_memcmp(const void *a, const void *b, size_t n);
void *leaf_memchr(const void *s, int c, size_t n);
size_t leaf_strlen(const char *s);
size_t leaf_strnlen(const char *s, size_t max);
char *leaf_strcpy(char *dst, const char *src);
char *leaf_strncpy(char *dst, const char *src, size_t n);
char *leaf_strcat(char *dst, const char *src);
int leaf_strcmp(const char *a, const char *b);
int leaf_strncmp(const char *a, const char *b, size_t n);
char *leaf_strchr(const char *s, int c);
char *leaf_strrchr(const char *s, int c);
char *leaf_strstr(const char *s, const char *find);
uint64_t leaf___udivdi3(uint64_t n, uint64_t by);
uint64_t leaf___umoddi3(uint64_t n, uint64_t by);
int64_t leaf___divdi3(int64_t n, int64_t by);
int64_t leaf___moddi3(int64_t n, int64_t by);
int leaf_printf(const char *fmt, ...);
int leaf_vprintf(const char *fmt, va_list args);
int leaf_snprintf(char *buf, size_t size, const char *fmt, ...);
int leaf_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

static uint64_t seed, state;

/* xorshift64: the same sequence on every host. */
static uint64_t random64(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1dull;
}

/* From 0 up to, not including, n. */
static unsigned random_below(unsigned n) { return (random64() >> 33) % n; }

/* The arguments are [rounds [seed]]; returns the rounds. The seed of a
 * failure is in what is printed. */
static unsigned long start(int argc, char **argv, unsigned long rounds) {
    seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t) time(NULL);
    state = seed * 0x9e3779b97f4a7c15ull | 1;
    rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : rounds;
    printf("%lu rounds, seed %llu, %d-bit\n", rounds, (unsigned long long) seed,
           (int) sizeof(void *) * CHAR_BIT);
    fflush(stdout);
    return rounds;
}

/* A block of its own, so that the address sanitizer guards its end. */
static char *allocate(size_t n) {
    char *p = malloc(n > 0 ? n : 1);
    if (!p) abort();
    return p;
}
