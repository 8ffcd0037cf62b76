#include "user.h"

__attribute__((section(".text.start"))) int start(void) { return main(); }
