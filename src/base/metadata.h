/* metadata.h - the flat list of keys and values that documents, chunks and points carry. Values are
 * strings, integers, doubles, booleans, sparse vectors, or lists: one value or more, all of them
 * strings, or numbers (integers and doubles may be mixed), or booleans. Keys are unique and have 1
 * to METADATA_MAX_KEY_BYTES bytes.
 *
 * As JSON: one object, in order of insertion. A double is written so that it reads back as a
 * double, 1 as 1.0; a sparse vector is the one kind of object (sparse_vector.h). null and the empty
 * list stand for no value: reading passes over them, so that a key whose member is one of them is
 * not there. Every door by which metadata comes in reads it here, so that what is stored is the
 * same whichever it was. */
#ifndef KITH_BASE_METADATA_H
#define KITH_BASE_METADATA_H

#include "base/arena.h"
#include "base/json.h"
#include "base/sparse_vector.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    METADATA_MAX_ENTRIES = 256,
    METADATA_MAX_KEY_BYTES = 256,
    METADATA_MAX_ELEMENTS = 256,   /* of a list */
    METADATA_MAX_BYTES = 64 * 1024 /* of its JSON */
};

typedef enum metadata_kind {
    METADATA_STRING,
    METADATA_INTEGER,
    METADATA_DOUBLE,
    METADATA_BOOL,
    METADATA_LIST,
    METADATA_SPARSE_VECTOR
} metadata_kind;

typedef struct metadata_value metadata_value;

struct metadata_value {
    metadata_kind kind;
    union {
        view string;
        int64_t integer;
        double number;
        bool boolean;
        struct {
            metadata_value *elements; /* [count] of the other kinds */
            uint32_t count;           /* 1..METADATA_MAX_ELEMENTS */
        } list;
        sparse_vector sparse;
    };
};

typedef struct metadata_entry {
    view key;
    metadata_value value;
} metadata_entry;

/* Start from {.memory = ...}, an arena that it borrows and grows in. One thread at a time. */
typedef struct metadata {
    arena *memory;
    metadata_entry *entries;
    uint32_t count, capacity;
} metadata;

/* Sets the value of the key, or replaces it. The bytes of key and strings and the elements of a
 * list are borrowed, not copied: they must live as long as `m`. On failure `m` is as before.
 * Errors: KITH_ERR_INVALID when the key is empty or too long, or a list is empty or holds lists,
 * values of different types, NaN or infinity; KITH_ERR_LIMIT when a list has more than
 * METADATA_MAX_ELEMENTS, or when there are METADATA_MAX_ENTRIES other keys already;
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status metadata_set(metadata *m, view key, metadata_value value, kith_error *err);
KITH_CHECKED kith_status metadata_set_string(metadata *m, const char *key, view value,
                                             kith_error *err);
KITH_CHECKED kith_status metadata_set_integer(metadata *m, const char *key, int64_t value,
                                              kith_error *err);
/* Borrowed until the next metadata_set; NULL when the key is not there. */
const metadata_value *metadata_get(const metadata *m, view key);

/* The scalar that a JSON value is; false, with *out untouched, for null, arrays and objects. A
 * string is borrowed. */
bool metadata_scalar_from_json(const json_value *json, metadata_value *out);
/* Sets the value of the key to a JSON value, whose strings `m` borrows; null and the empty list are
 * passed over, and an earlier value of the key stays.
 * Errors: those of metadata_set; and KITH_ERR_INVALID, which names the key, when the value is an
 * object that is no sparse vector, or an element of a list is null, a list or an object; those of
 * sparse_vector_from_json. `m` is as before. */
KITH_CHECKED kith_status metadata_set_json(metadata *m, view key, const json_value *json,
                                           kith_error *err);
/* Sets each member of a JSON object as metadata_set_json does. On failure the members before the
 * bad one are set.
 * Errors: KITH_ERR_INVALID when it is no object; those of metadata_set_json. */
KITH_CHECKED kith_status metadata_from_json(const json_value *object, metadata *m, kith_error *err);
/* The same from JSON text of at most METADATA_MAX_BYTES, parsed into m->memory.
 * Errors: KITH_ERR_FORMAT when it is no JSON, KITH_ERR_LIMIT when it is too long, too deep or has
 * too many members, KITH_ERR_INVALID as above, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status metadata_parse(view json, metadata *m, kith_error *err);
/* Applies a JSON object as changes to what `m` has: a member that is null or an empty list removes
 * its key, any other sets it. On failure `m` has a part of the changes.
 * Errors: those of metadata_parse. */
KITH_CHECKED kith_status metadata_merge(metadata *m, view changes, kith_error *err);
/* Writes one JSON object: the form in which metadata is stored. */
void metadata_write(const metadata *m, json_writer *w);
/* The same as text in `a`. Errors: KITH_ERR_LIMIT above METADATA_MAX_BYTES, KITH_ERR_NO_MEMORY;
 * *out is untouched. */
KITH_CHECKED kith_status metadata_to_json(const metadata *m, arena *a, view *out, kith_error *err);

#endif
