/* dialects.h - what kith serve speaks. */
#ifndef KITH_CLI_DIALECTS_H
#define KITH_CLI_DIALECTS_H

#include "serve/route.h"

/* NULL ends. What belongs to none of them is refused in the form of the first. */
extern const dialect *const dialect_table[];

#endif
