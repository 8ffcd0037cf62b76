/* setjmp.h: what a function must keep for its caller: ra, sp, s0 to s11. */
#pragma once

typedef unsigned jmp_buf[14];

__attribute__((returns_twice)) int setjmp(jmp_buf env);
_Noreturn void longjmp(jmp_buf env, int value);
