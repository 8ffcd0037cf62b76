/*
 * memset, memcpy and put, at all addresses and in many lengths.
 *
 * 1: memset leaves a byte as it was, or fills it with something else: what it
 * fills with is the lowest byte of c.
 * 2: memset writes before its memory or past it.
 * 3: memcpy copies a byte to the wrong place, or not at all.
 * 4: memcpy writes before its memory or past it.
 * 5: put writes past the end of output, if it is given more than that holds.
 * 6: memset or memcpy does not return where its memory begins, as ISO C has it.
 * else: memset, memcpy or put does not end.
 */
#define kernel_main kernel_main_of_the_tree
#include "kernel.c"
#undef kernel_main

void kernel_main(void);

static void end(uint32_t status) {
    *(volatile uint32_t *) 0x00100000 = status ? status << 16 | 0x3333 : 0x5555;
    for (;;) continue;
}

static uint8_t from[256], to[256];

static void is_kept(size_t start, size_t stop, uint32_t mistake) {
    for (size_t i = 0; i < sizeof to; i++)
        if ((i < start || i >= stop) && to[i] != 0xee) end(mistake);
}

static void refill(void) {
    for (size_t i = 0; i < sizeof to; i++) to[i] = 0xee;
}

/* volatile: the compiler may not cut it to a byte. */
static volatile int fill = 0x15a;

void kernel_main(void) {
    static char text[sizeof output + 100];
    for (size_t i = 0; i < sizeof from; i++) from[i] = (uint8_t) (i * 7 + 1);
    for (size_t n = 0; n < 100; n++)
        for (size_t at = 8; at < 12; at++) {
            refill();
            if (memset(to + at, fill, n) != to + at) end(6);
            for (size_t i = 0; i < n; i++)
                if (to[at + i] != 0x5a) end(1);
            is_kept(at, at + n, 2);
            for (size_t k = 0; k < 4; k++) {
                refill();
                if (memcpy(to + at, from + k, n) != to + at) end(6);
                for (size_t i = 0; i < n; i++)
                    if (to[at + i] != from[k + i]) end(3);
                is_kept(at, at + n, 4);
            }
        }
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i < sizeof output ? '.' : '+';
    put(text, sizeof text);
    volatile char *behind = output + sizeof output;
    for (size_t i = 0, same = 0; i < 100; i++)
        if ((same += behind[i] == '+') == 90) end(5);
    end(0);
}
