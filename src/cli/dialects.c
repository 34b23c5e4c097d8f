/* dialects.c - see dialects.h. */
#include "cli/dialects.h"

#include <stddef.h>

const dialect *const dialect_table[] = {
    NULL,
};
