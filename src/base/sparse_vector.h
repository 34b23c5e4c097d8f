/* sparse_vector.h - a vector of which few dimensions have a value, as learned and BM25 encoders
 * make them: pairs of a dimension and a value, and for each pair perhaps the token that it stands
 * for.
 *
 * As JSON it has the form of Chroma's clients:
 *
 *   {"#type": "sparse_vector", "indices": [3, 17], "values": [0.5, 1.25], "tokens": ["a", "b"]}
 *
 * "tokens" may be missing or null. Values are float32 and written in their shortest form, so that
 * what is written reads back as the same bits. Any thread. */
#ifndef KITH_BASE_SPARSE_VECTOR_H
#define KITH_BASE_SPARSE_VECTOR_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { SPARSE_VECTOR_MAX = 4096 /* pairs */ };

/* It borrows its arrays. No pair at all is a vector too. */
typedef struct sparse_vector {
    const uint32_t *indices; /* [count] strictly ascending */
    const float *values;     /* [count] finite */
    const view *tokens;      /* [count]; NULL: none */
    uint32_t count;
} sparse_vector;

/* Is it an object that says of itself that it is one? */
bool sparse_vector_is_meant(const json_value *json);
/* Reads one; arrays are made in `a`, tokens are borrowed from `json`.
 * Errors: KITH_ERR_INVALID, it is none, another member is there, the arrays differ in length, or an
 * index or value is out of range or order: the message names which, and its place;
 * KITH_ERR_LIMIT above SPARSE_VECTOR_MAX; KITH_ERR_NO_MEMORY. *out is untouched. */
KITH_CHECKED kith_status sparse_vector_from_json(const json_value *json, arena *a,
                                                 sparse_vector *out, kith_error *err);
/* Checks arrays that a program gives, as above; tokens are not looked at. */
KITH_CHECKED kith_status sparse_vector_check(const sparse_vector *v, kith_error *err);
void sparse_vector_write(json_writer *w, const sparse_vector *v);

#endif
