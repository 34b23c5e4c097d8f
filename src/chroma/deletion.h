/* deletion.h - the body of a deletion, of /delete and of one within a transaction. */
#ifndef KITH_CHROMA_DELETION_H
#define KITH_CHROMA_DELETION_H

#include "chroma/scope.h"

typedef struct deletion {
    const char *const *ids; /* [id_count]; NULL: any */
    uint32_t id_count;
    const char *where; /* filter as JSON, in the call's arena; NULL: none */
    uint32_t limit;    /* of those that match; 0: none */
    bool deletes_nothing;
} deletion;

/* Reads and checks the body. Chroma's rules: nothing given deletes nothing; an empty list of ids is
 * a mistake; a limit needs conditions. False: refused. */
bool deletion_parse(serve_call *call, const scope *s, deletion *out);

#endif
