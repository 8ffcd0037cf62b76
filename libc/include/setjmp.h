/* setjmp.h: what a function must keep for its caller: ra, sp, s0 to s11. */
#pragma once

typedef unsigned jmp_buf[14];

__attribute__((returns_twice)) int setjmp(jmp_buf env);
_Noreturn void longjmp(jmp_buf env, int value);

/* There is no mask of signals that could be kept. */
typedef jmp_buf sigjmp_buf;
#define _setjmp(env) setjmp(env)
#define _longjmp(env, value) longjmp(env, value)
#define sigsetjmp(env, mask) ((void) (mask), setjmp(env))
#define siglongjmp(env, value) longjmp(env, value)
