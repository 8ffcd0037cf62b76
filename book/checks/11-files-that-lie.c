/*
 * The kernel refuses a program's file that would do harm.
 *
 * 1: a segment of nearly all addresses is loaded: its address and its size are
 * added, and the sum has wrapped. Compare the size with what is left.
 * 2: a segment is loaded whose bytes are not in the file: an offset and a size
 * are added, and the sum has wrapped.
 * 3: a program is started whose entry is in its data: it must be where the
 * program may execute.
 * 4: a segment is loaded that is both writable and executable.
 * 5: a segment is loaded below the end of the one before it.
 * 6: a file for another processor is loaded.
 * else: a segment is loaded to where the kernel is, or a file that must be
 * refused keeps the kernel busy for good.
 */
struct elf;    /* no editor's preamble holds what comes next */
#undef PROGRAM /* a file of our own: text at 01000000, data at 01002000 */
#define PROGRAM                                                                \
    "/dev/null\"\n"                                                            \
    "the_file: .word 0x464c457f, 0x00010101, 0, 0\n"                           \
    "    .half 2, 243\n"                                                       \
    "    .word 1, 0x01000000, 52, 0, 0\n"                                      \
    "    .half 52, 32, 2, 40, 0, 0\n"                                          \
    "    .word 1, 4096, 0x01000000, 0x01000000, 4096, 4096, 5, 4096\n"         \
    "    .word 1, 8192, 0x01002000, 0x01002000, 4096, 4096, 6, 4096\n"         \
    "    .balign 4096\n"                                                       \
    "    li a7, 1\n" /* exit(42), in the text and in the data */               \
    "    li a0, 42\n"                                                          \
    "    ecall\n"                                                              \
    "    .balign 4096\n"                                                       \
    "    li a7, 1\n"                                                           \
    "    li a0, 42\n"                                                          \
    "    ecall\n"                                                              \
    "    .balign 4096\n"                                                       \
    "    .ascii \""
#define kernel_main kernel_main_of_the_tree
#define switch_off switch_off_of_the_tree
#include "kernel.c"
#undef kernel_main
#undef switch_off

#ifdef TEST
void kernel_main(void);
_Noreturn void switch_off(uint32_t status);

/* A word of the file, and what is written there: the second header's begin at
 * word 21. */
static const struct {
    uint32_t word, value;
} lies[][2] = {
    {{26, 0xff000000}, {25, 4096}},   /* its size */
    {{22, 0xfffff000}, {25, 0x1000}}, /* its offset */
    {{6, 0x01002000}, {6, 0x01002000}},   {{27, 7}, {27, 7}},
    {{23, 0x01000000}, {23, 0x01000000}}, {{4, 0x003e0002}, {4, 0x003e0002}},
    {{23, 0x80200000}, {23, 0x80200000}},
};

extern uint32_t the_file[];
static uint32_t lie __attribute__((section(".data"))); /* boot clears bss */
static uint32_t was[2] __attribute__((section(".data")));

/* Before translation is on, the file can be written to. */
void kernel_main(void) {
    for (int i = 0; i < 2; i++) {
        was[i] = the_file[lies[lie][i].word];
        the_file[lies[lie][i].word] = lies[lie][i].value;
    }
    kernel_main_of_the_tree();
}

/* A panic ends here, and so does a program that was loaded. After the former
 * the kernel boots once more, with the next file. */
_Noreturn void switch_off(uint32_t status) {
    if (status == 42 || status == 139) switch_off_of_the_tree(lie + 1);
    if (lie + 1 == sizeof lies / sizeof *lies) switch_off_of_the_tree(0);
    for (int i = 1; i >= 0; i--) the_file[lies[lie][i].word] = was[i];
    lie++;
    __asm__ volatile("j boot");
    __builtin_unreachable();
}
#endif
