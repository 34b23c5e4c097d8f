/* native.h - kith's own API: collections, documents, search, answers, conversations, and what an
 * operator asks. docs/decisions/035 says what is where. */
#ifndef KITH_NATIVE_NATIVE_H
#define KITH_NATIVE_NATIVE_H

#include "serve/route.h"

extern const dialect native_dialect;

#endif
