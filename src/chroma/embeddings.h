/* embeddings.h - vectors as they come: arrays of numbers, or base64 of little-endian float32. */
#ifndef KITH_CHROMA_EMBEDDINGS_H
#define KITH_CHROMA_EMBEDDINGS_H

#include "serve/call.h"

typedef struct embeddings {
    uint32_t count;     /* of the array; entries that are null included */
    uint32_t dimension; /* of each vector; 0: all entries are null */
    const float *
        *rows;        /* [count], each [dimension], in the call's arena; NULL: the entry is null */
    uint32_t missing; /* entries that are null */
} embeddings;

/* Reads an array of vectors, all of one form and one length, all finite. False: refused.
 * may_be_null  an entry may be null */
bool embeddings_parse(serve_call *call, const json_value *array, bool may_be_null, embeddings *out);
/* Reads one vector from an array of numbers; `key` is for messages. Values beyond float32's range
 * become infinite. False: refused. */
bool embedding_parse(serve_call *call, const char *key, const json_value *array, const float **out);

#endif
