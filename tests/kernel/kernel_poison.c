/*
 * kernel_poison.c: a frame that was written after it was freed is found when
 * it is taken again. What is taken in such a panic is lost, so there is no
 * audit here.
 */
#define WITH_POISON
#include "kernel_check.h"

static void take_page(void *unused) {
    (void) unused;
    alloc_page(FRAME_USER);
}

static void take_run(void *unused) {
    (void) unused;
    kmalloc(PAGES(3));
}

static const uint32_t places[] = {0, 1, 2047, 4092, 4095};

#define WANT(condition)                                                        \
    do {                                                                       \
        if (!(condition)) {                                                    \
            printf("FAIL %s:%d: not so: %s\n", __FILE_NAME__, __LINE__,        \
                   #condition);                                                \
            power_off(1);                                                      \
        }                                                                      \
    } while (0)

/* The write's address is in the message. */
static bool found(void (*take)(void *), const uint8_t *written) {
    char hex[9];
    snprintf(hex, sizeof hex, "%08x", (unsigned) written);
    return !attempt(take, NULL) && strstr(message, hex);
}

void kernel_main(void) {
    kernel_init();
    printf("leaf: writes after free\n");
    for (size_t i = 0; i < LENGTH(places); i++) {
        uint8_t *page = alloc_page(FRAME_USER);
        free_page(page);
        WANT(attempt(take_page, NULL)); /* nobody wrote */
        free_page(page);
        page[places[i]] ^= 1;
        WANT(found(take_page, page + places[i]));

        page = kmalloc(2048); /* a bucket's page, freed with its block */
        kfree(page);
        page[places[i]] = 0;
        WANT(found(take_page, page + places[i]));

        uint8_t *run = kmalloc(PAGES(3)); /* through the frame's own address */
        page = PTE_PAGE(*walk(kernel_table, (uint32_t) run + PAGE_SIZE));
        kfree(run);
        page[places[i]] = 0;
        WANT(found(take_run, page + places[i]));
    }
    printf("done\n");
    power_off(0);
}
