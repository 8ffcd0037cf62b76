/*
 * setjmp.c: setjmp keeps in env the registers that a function must keep for
 * its caller. longjmp puts them back and so returns from that call of setjmp
 * a second time; its value is not 0, which is the first one's.
 */
#include <setjmp.h>

#define FUNCTION(name, body)                                                   \
    __asm__(".text\n"                                                          \
            ".globl " name "\n"                                                \
            ".type " name ", @function\n" name ":\n" body "    ret\n"          \
            ".size " name ", . - " name "\n")

/* instruction is sw or lw: env is in a0. */
#define REGISTERS(instruction)                                                 \
    "    " instruction " ra, 0(a0)\n"                                          \
    "    " instruction " sp, 4(a0)\n"                                          \
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"                                      \
    "    " instruction " s\\n, 8 + 4 * \\n(a0)\n"                              \
    ".endr\n"

FUNCTION("setjmp", REGISTERS("sw") "    li a0, 0\n");

FUNCTION("longjmp",
         REGISTERS("lw") "    seqz a0, a1\n" /* 1 in place of 0, */
                         "    add a0, a0, a1\n" /* and else the value */);
