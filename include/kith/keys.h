/* keys.h - the keys that a server asks of its clients.
 * They are kept in the data directory, by a name, as hashes: a key itself is shown once, when it is
 * made. The library does not ask for them: whoever has the directory has what is in it.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_KEYS_H
#define KITH_KEYS_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A key is "kith_" and 64 hex digits, which stand for 256 random bits; with its NUL. */
#define KITH_KEY_TEXT_BYTES 70
#define KITH_KEY_HASH_BYTES 32
/* A directory has at most so many keys. */
#define KITH_KEYS_MAX 1000

/* What a key allows; each includes those before it. */
typedef enum kith_key_scope {
    KITH_KEY_READ = 0,
    KITH_KEY_WRITE = 1, /* write and delete records, create and delete collections */
    KITH_KEY_ADMIN = 2  /* tenants, databases, resetting and stopping the server */
} kith_key_scope;

typedef struct kith_key_options {
    size_t size; /* sizeof; 0: the first release's */
    kith_key_scope scope;
    /* The only one of each that the key is for; NULL: any. A database without a tenant is one of
     * the default tenant, a collection without a database one of the default database. They need
     * not exist yet. */
    const char *tenant, *database, *collection;
} kith_key_options;

/* Makes a key and writes it to `key`. options may be NULL: it may read everything.
 * name  1 to KITH_NAME_MAX_BYTES of [A-Za-z0-9._-], not beginning with '.'
 * Errors; there is no new key:
 *   EXISTS   the name is taken
 *   INVALID  a name is not allowed; the scope is none; an administrator's key for one collection
 *   INVALID, UNSUPPORTED  the size of the options
 *   LIMIT    there are KITH_KEYS_MAX
 *   IO (also: the system gives no random bytes), FULL, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_key_create(kith *k, const char *name, const kith_key_options *options,
                                     char key[KITH_KEY_TEXT_BYTES], kith_error *err);
/* Deletes a key. Servers of the directory refuse it within a second.
 * Errors: NOT_FOUND (there is none of this name), IO, FULL, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_key_delete(kith *k, const char *name, kith_error *err);

typedef struct kith_key {
    const char *name;
    kith_key_scope scope;
    const char *tenant, *database, *collection; /* NULL: any */
    int64_t created_ms;                         /* since 1970, UTC */
    uint8_t hash[KITH_KEY_HASH_BYTES];          /* SHA-256 of the key's text, without the NUL */
} kith_key;

typedef struct kith_keys {
    size_t count;
    const kith_key *keys; /* [count] in order of name */
} kith_keys;

/* Lists the keys. Free with kith_keys_free. Errors: IO, CORRUPT, BUSY, NO_MEMORY. */
KITH_API kith_status kith_keys_list(kith *k, kith_keys **out, kith_error *err);
KITH_API_VOID void kith_keys_free(kith_keys *keys);

/* Which of `keys` the text is; NULL: none. Its time does not tell how much of a key was right. */
KITH_API_VOID const kith_key *kith_keys_find(const kith_keys *keys, const char *text, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
