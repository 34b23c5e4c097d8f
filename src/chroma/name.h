/* name.h - which names Chroma allows for a collection or a database. */
#ifndef KITH_CHROMA_NAME_H
#define KITH_CHROMA_NAME_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

/* 3 to 512 of [a-zA-Z0-9._-], the first and the last a letter or a digit, no "..", no IPv4 address.
 * False: `why` [capacity] has Chroma's words for it. Pure. */
bool name_is_allowed(const char *name, char *why, size_t capacity);

#endif
