/* metadata.h - the flat list of keys and values that documents, chunks and points carry.
 * Values are strings, integers, doubles or booleans. Keys are unique and have 1 to
 * METADATA_MAX_KEY_BYTES bytes. As JSON: one object without nesting, in order of insertion. */
#ifndef KITH_BASE_METADATA_H
#define KITH_BASE_METADATA_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    METADATA_MAX_ENTRIES = 256,
    METADATA_MAX_KEY_BYTES = 256,
    METADATA_MAX_BYTES = 64 * 1024 /* of its JSON */
};

typedef enum metadata_kind {
    METADATA_STRING,
    METADATA_INTEGER,
    METADATA_DOUBLE,
    METADATA_BOOL
} metadata_kind;

typedef struct metadata_value {
    metadata_kind kind;
    union {
        view string;
        int64_t integer;
        double number;
        bool boolean;
    };
} metadata_value;

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

/* Sets the value of the key, or replaces it. The bytes of key and string are borrowed, not copied:
 * they must live as long as `m`. On failure `m` is as before.
 * Errors: KITH_ERR_INVALID when the key is empty or too long; KITH_ERR_LIMIT when there are
 * METADATA_MAX_ENTRIES others already; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status metadata_set(metadata *m, view key, metadata_value value, kith_error *err);
KITH_CHECKED kith_status metadata_set_string(metadata *m, const char *key, view value,
                                             kith_error *err);
KITH_CHECKED kith_status metadata_set_integer(metadata *m, const char *key, int64_t value,
                                              kith_error *err);
/* Borrowed until the next metadata_set; NULL when the key is not there. */
const metadata_value *metadata_get(const metadata *m, view key);

/* Sets each member of a JSON object, whose strings `m` borrows; members that are null are passed
 * over. On failure the members before the bad one are set.
 * Errors: KITH_ERR_INVALID when it is no object, when a value is an array or an object (the message
 * names the key) or when a key is empty or too long; KITH_ERR_LIMIT; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status metadata_from_json(const json_value *object, metadata *m, kith_error *err);
/* The same from JSON text of at most METADATA_MAX_BYTES, parsed into m->memory.
 * Errors: KITH_ERR_FORMAT when it is no JSON, KITH_ERR_LIMIT when it is too long, too deep or has
 * too many members, KITH_ERR_INVALID as above, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status metadata_parse(view json, metadata *m, kith_error *err);
/* Writes one JSON object. */
void metadata_write(const metadata *m, json_writer *w);

#endif
