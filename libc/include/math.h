/* math.h: leaf has no floating point; constants cost nothing. */
#pragma once

#include <sys/cdefs.h>

#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define M_E 2.7182818284590452354
#define M_PI 3.14159265358979323846

__lacks("floating point") double acos(double x), asin(double x), atan(double x),
    cbrt(double x), ceil(double x), cos(double x), cosh(double x),
    exp(double x), exp2(double x), fabs(double x), floor(double x),
    log(double x), log10(double x), log2(double x), round(double x),
    sin(double x), sinh(double x), sqrt(double x), tan(double x),
    tanh(double x), trunc(double x), atan2(double x, double y),
    fmax(double x, double y), fmin(double x, double y),
    fmod(double x, double y), hypot(double x, double y),
    pow(double x, double y);

__lacks("floating point") float acosf(float x), asinf(float x), atanf(float x),
    cbrtf(float x), ceilf(float x), cosf(float x), coshf(float x),
    expf(float x), exp2f(float x), fabsf(float x), floorf(float x),
    logf(float x), log10f(float x), log2f(float x), roundf(float x),
    sinf(float x), sinhf(float x), sqrtf(float x), tanf(float x),
    tanhf(float x), truncf(float x), atan2f(float x, float y),
    fmaxf(float x, float y), fminf(float x, float y), fmodf(float x, float y),
    hypotf(float x, float y), powf(float x, float y);
