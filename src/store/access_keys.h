/* access_keys.h - the rows of access_keys: which keys a server takes, by their hashes.
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_ACCESS_KEYS_H
#define KITH_STORE_ACCESS_KEYS_H

#include "store/store.h"

enum { STORE_ACCESS_KEY_HASH_BYTES = 32 };

typedef struct store_access_key {
    view name; /* unique */
    view hash; /* STORE_ACCESS_KEY_HASH_BYTES; unique */
    uint64_t scope;
    view tenant, database, collection; /* data NULL: any */
    int64_t created_ms;
} store_access_key;

/* max  keys that there may be afterwards
 * Errors: KITH_ERR_EXISTS (the name is taken), KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is created. */
KITH_CHECKED kith_status store_access_key_create(store *s, const store_access_key *key,
                                                 uint32_t max, kith_error *err);
/* Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_access_key_delete(store *s, view name, kith_error *err);
/* In order of name.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_access_key_list(store *s, arena *a, store_access_key **out,
                                               uint32_t *out_count, kith_error *err);

#endif
