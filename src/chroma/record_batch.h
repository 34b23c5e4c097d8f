/* record_batch.h - the body of /add, /upsert and /update as points of kith. */
#ifndef KITH_CHROMA_RECORD_BATCH_H
#define KITH_CHROMA_RECORD_BATCH_H

#include "chroma/settings.h"

typedef struct record_batch {
    uint32_t count;
    kith_point *points; /* [count], in the call's arena */
    /* [count] each an object or NULL; NULL: no record has any */
    const json_value *const *metadatas;
    uint32_t dimension; /* of the vectors; 0: none was given */
    uint32_t without;   /* points that have no vector */
} record_batch;

/* Reads and checks the body. Points' metadata lies in the call's arena too.
 * mode  KITH_ADD: null metadata values are refused; KITH_UPDATE: vectors may be missing or null
 * may_lack_vectors  as for an update: the collection embeds texts
 * False: refused; nothing has been written. */
bool record_batch_parse(serve_call *call, kith_write_mode mode, bool may_lack_vectors,
                        record_batch *out);

#endif
