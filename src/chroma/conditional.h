/* conditional.h - what reading within a conditional transaction needs of conditional.c. */
#ifndef KITH_CHROMA_CONDITIONAL_H
#define KITH_CHROMA_CONDITIONAL_H

#include "serve/call.h"

/* Under --strict-chroma there are no transactions. True: refused. */
bool conditional_refused(serve_call *call);
/* The body's "read_token"; *out is untouched when it is absent. False: refused. */
bool conditional_token(serve_call *call, bool *given, uint64_t *out);

#endif
