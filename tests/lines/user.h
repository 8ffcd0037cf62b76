#include "common.h"

int main(void);
