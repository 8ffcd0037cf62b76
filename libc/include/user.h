/* user.h: all of leaf's own. It defines assert too, as <assert.h> may have. */
#undef assert
#include_next <user.h>
