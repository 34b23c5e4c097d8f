/* dialect.h - Chroma's HTTP API, version 2, as its server 1.5.9 speaks it (docs/decisions/034). */
#ifndef KITH_CHROMA_DIALECT_H
#define KITH_CHROMA_DIALECT_H

#include "serve/route.h"

extern const dialect chroma_dialect;
/* Version 1, which Chroma's server refuses too. */
extern const dialect chroma_v1_dialect;

#endif
