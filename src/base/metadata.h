/* metadata.h - the flat key-value map that travels with a document, a chunk and a point.
 * Values are strings, integers, doubles or booleans. Keys are unique and non-empty. As JSON: one
 * flat object. */
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

/* Grows in an arena, which it borrows. Zero-initialise and set `memory`. */
typedef struct metadata {
    arena *memory;
    metadata_entry *entries;
    uint32_t count, capacity;
} metadata;

/* Set or replace; the bytes of key and string are borrowed, not copied. KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status metadata_set(metadata *m, view key, metadata_value value, kith_error *err);
KITH_CHECKED kith_status metadata_set_string(metadata *m, const char *key, view value,
                                             kith_error *err);
KITH_CHECKED kith_status metadata_set_integer(metadata *m, const char *key, int64_t value,
                                              kith_error *err);
const metadata_value *metadata_get(const metadata *m, view key);

/* From a flat JSON object. null members are dropped. Nested values: KITH_ERR_INVALID naming the
 * key. */
KITH_CHECKED kith_status metadata_from_json(const json_value *object, metadata *m, kith_error *err);
KITH_CHECKED kith_status metadata_parse(view json, metadata *m, kith_error *err);
void metadata_write(const metadata *m, json_writer *w);

#endif
