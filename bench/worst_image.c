/*
 * worst_image.c: the case of worst.c that needs a program of its own: a fork
 * of one with 58 MiB of constants, all of them read, and page tables besides.
 */
#define main the_other_cases
#include "worst.c"
#undef main

__asm__(".section .rodata\n"
        ".balign 4096\n"
        "constants: .fill 58 << 18, 4, 0x01010101\n"
        "constants_end:\n"
        ".text\n");
extern const volatile char constants[], constants_end[];

int main(void) {
    unsigned pages = 0, tables = 0;
    for (const volatile char *p = constants; p < constants_end; p += PAGE)
        pages += *p;
    while (tables < 250 &&
           mmap(NULL, 4 * MIB - PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0) != MAP_FAILED) {
        touch(map(PAGE), PAGE);
        tables++;
    }
    pid_t child;
    report("fork_of_a_program_with_constants,_pages", pages, COUNT({
               child = fork();
               if (child == 0) exit(0);
           }));
    must(child > 0, "fork");
    return 0;
}
