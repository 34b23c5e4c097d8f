/* kith_keys.c - the keys of a data directory: made, listed, found and deleted. */
#include "base/hex.h"
#include "base/sha256.h"
#include "db/validate.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "os/clock.h"
#include "os/random.h"
#include "store/access_keys.h"

#include <kith/keys.h>
#include <stdio.h>

_Static_assert(KITH_KEY_HASH_BYTES == (int)SHA256_BYTES &&
                   KITH_KEY_HASH_BYTES == (int)STORE_ACCESS_KEY_HASH_BYTES,
               "one hash");

static const char prefix[] = "kith_";
enum { SECRET_BYTES = 32 };
_Static_assert(KITH_KEY_TEXT_BYTES == sizeof prefix + 2 * (size_t)SECRET_BYTES, "a key fits");

static kith_status write_key(char key[KITH_KEY_TEXT_BYTES], kith_error *err)
{
    uint8_t secret[SECRET_BYTES];
    kith_status status = random_bytes(secret, sizeof secret, err);
    if (status != KITH_OK) return status;
    memcpy(key, prefix, sizeof prefix);
    hex_write(secret, sizeof secret, key + sizeof prefix - 1);
    explicit_bzero(secret, sizeof secret);
    return KITH_OK;
}

/* Completes and checks what the key is for. */
static kith_status validate_options(kith_key_options *o, kith_error *err)
{
    if (o->collection && !o->database) o->database = STORE_DEFAULT_DATABASE_NAME;
    if (o->database && !o->tenant) o->tenant = STORE_DEFAULT_TENANT;
    kith_status status = KITH_OK;
    if (o->scope < KITH_KEY_READ || o->scope > KITH_KEY_ADMIN)
        return fail(err, KITH_ERR_INVALID, "a key's scope is read, write or admin");
    if (o->scope == KITH_KEY_ADMIN && o->collection)
        return fail(err, KITH_ERR_INVALID,
                    "an administrator's key is not for one collection: nothing that it adds to "
                    "write concerns one");
    if (o->tenant) status = validate_namespace(view_of(o->tenant), "tenant", err);
    if (status == KITH_OK && o->database)
        status = validate_namespace(view_of(o->database), "database", err);
    if (status == KITH_OK && o->collection)
        status = validate_collection_name(view_of(o->collection), err);
    return status;
}

kith_status kith_key_create(kith *k, const char *name, const kith_key_options *options,
                            char key[KITH_KEY_TEXT_BYTES], kith_error *err)
{
    kith_key_options o;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_key_options), options, &o, err);
    if (status == KITH_OK) status = validate_options(&o, err);
    if (status != KITH_OK) return status;
    status = validate_collection_name(view_of(name), err);
    if (status != KITH_OK) return fail_context(err, status, "a key is named as a collection is");
    char text[KITH_KEY_TEXT_BYTES];
    uint8_t hash[SHA256_BYTES];
    status = write_key(text, err);
    if (status != KITH_OK) return status;
    sha256(view_of(text), hash);
    store_access_key row = {
        .name = view_of(name),
        .hash = {(const char *)hash, sizeof hash},
        .scope = o.scope,
        .tenant = optional_view(o.tenant),
        .database = optional_view(o.database),
        .collection = optional_view(o.collection),
        .created_ms = clock_wall_ms(),
    };
    status = store_access_key_create(database_store(k->database), &row, KITH_KEYS_MAX, err);
    if (status == KITH_OK) memcpy(key, text, sizeof text);
    explicit_bzero(text, sizeof text);
    return status;
}

kith_status kith_key_delete(kith *k, const char *name, kith_error *err)
{
    return store_access_key_delete(database_store(k->database), view_of(name), err);
}

kith_status kith_keys_list(kith *k, kith_keys **out, kith_error *err)
{
    arena *memory = NULL;
    kith_keys *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_access_key *stored = NULL;
    uint32_t count = 0;
    kith_status status =
        store_access_key_list(database_store(k->database), memory, &stored, &count, err);
    kith_key *list = arena_new_array(memory, kith_key, count);
    if (status == KITH_OK && !list)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u keys", count);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        list[i] = (kith_key){.name = stored[i].name.data,
                             .scope = (kith_key_scope)stored[i].scope,
                             .tenant = stored[i].tenant.data,
                             .database = stored[i].database.data,
                             .collection = stored[i].collection.data,
                             .created_ms = stored[i].created_ms};
        memcpy(list[i].hash, stored[i].hash.data, sizeof list[i].hash);
    }
    if (status == KITH_OK) *result = (kith_keys){count, list};
    return RESULT_END(status, result, out);
}

void kith_keys_free(kith_keys *keys)
{
    result_free(keys);
}

/* A key is looked up by its hash, of which nobody can choose the bytes; so that the whole list is
 * always walked, and each hash compared in constant time, is more than enough. */
const kith_key *kith_keys_find(const kith_keys *keys, const char *text, size_t bytes)
{
    uint8_t hash[SHA256_BYTES];
    const kith_key *found = NULL;
    sha256((view){text, bytes}, hash);
    for (size_t i = 0; i < keys->count; i++)
        if (sha256_equal(keys->keys[i].hash, hash)) found = &keys->keys[i];
    return found;
}
