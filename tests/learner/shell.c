#include "user.h"

void main(void) { printf("hello\n"); }
