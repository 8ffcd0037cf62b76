/*
 * picolibc.c: what picolibc's malloc needs of the rest of its library, so that
 * it can be linked alone: the functions that its compiler calls to save and
 * restore registers, and jumps to the functions that the benchmark counts.
 */
/* __riscv_save_N saves ra and N of s0, s1, … in a frame of a multiple of 16
 * bytes; it is called through t0. __riscv_restore_N undoes it and returns for
 * its caller. */
__asm__(".macro pair n, frame, names:vararg\n"
        ".globl __riscv_save_\\n, __riscv_restore_\\n\n"
        "__riscv_save_\\n:\n"
        "    addi sp, sp, -\\frame\n"
        "    .set at, \\frame\n"
        "    .irp r, \\names\n"
        "    .set at, at - 4\n"
        "    sw \\r, at(sp)\n"
        "    .endr\n"
        "    jr t0\n"
        "__riscv_restore_\\n:\n"
        "    .set at, \\frame\n"
        "    .irp r, \\names\n"
        "    .set at, at - 4\n"
        "    lw \\r, at(sp)\n"
        "    .endr\n"
        "    addi sp, sp, \\frame\n"
        "    ret\n"
        ".endm\n"
        "pair 0, 16, ra\n"
        "pair 1, 16, ra, s0\n"
        "pair 2, 16, ra, s0, s1\n"
        "pair 3, 16, ra, s0, s1, s2\n"
        "pair 4, 32, ra, s0, s1, s2, s3\n"
        "pair 5, 32, ra, s0, s1, s2, s3, s4\n"
        "pair 6, 32, ra, s0, s1, s2, s3, s4, s5\n"
        "pair 7, 32, ra, s0, s1, s2, s3, s4, s5, s6\n"
        "pair 8, 48, ra, s0, s1, s2, s3, s4, s5, s6, s7\n"
        "pair 9, 48, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8\n"
        "pair 10, 48, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9\n"
        "pair 11, 48, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10\n"
        "pair 12, 64, ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11\n");

/* A jump keeps picolibc's own memcpy and memset out of the program. */
__asm__(".globl sbrk, memcpy, memmove, memset\n"
        "sbrk: tail count_sbrk\n"
        "memcpy: tail count_memcpy\n"
        "memmove: tail count_memmove\n"
        "memset: tail count_memset\n");
