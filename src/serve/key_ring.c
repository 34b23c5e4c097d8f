/* key_ring.c - see key_ring.h. */
#include "serve/key_ring.h"

#include "base/base64.h"

#include <pthread.h>
#include <stdlib.h>

enum { CREDENTIAL_MAX_BYTES = 4096 };

struct key_ring {
    kith *k;
    pthread_mutex_t lock; /* of what follows; held for the comparison of a key, some microseconds */
    kith_keys *keys;
    bool is_closed;
};

kith_status key_ring_new(kith *k, key_ring **out, kith_error *err)
{
    key_ring *r = calloc(1, sizeof *r);
    if (!r) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    r->k = k;
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
    kith_status status = key_ring_refresh(r, err);
    if (status != KITH_OK) {
        key_ring_free(r);
        return status;
    }
    *out = r;
    return KITH_OK;
}

void key_ring_free(key_ring *r)
{
    if (!r) return;
    kith_keys_free(r->keys);
    CHECK(pthread_mutex_destroy(&r->lock) == 0);
    free(r);
}

kith_status key_ring_refresh(key_ring *r, kith_error *err)
{
    kith_keys *keys = NULL;
    kith_status status = kith_keys_list(r->k, &keys, err);
    if (status != KITH_OK) return status;
    CHECK(pthread_mutex_lock(&r->lock) == 0);
    kith_keys *former = r->keys;
    r->keys = keys;
    if (keys->count > 0) r->is_closed = true;
    CHECK(pthread_mutex_unlock(&r->lock) == 0);
    kith_keys_free(former);
    return KITH_OK;
}

bool key_ring_is_closed(key_ring *r)
{
    CHECK(pthread_mutex_lock(&r->lock) == 0);
    bool closed = r->is_closed;
    CHECK(pthread_mutex_unlock(&r->lock) == 0);
    return closed;
}

/* A copy of a text that may be NULL; *ok becomes false when the arena is exhausted. */
static const char *copy_of(arena *a, const char *text, bool *ok)
{
    const char *copy = text ? arena_copy_text(a, text) : NULL;
    if (text && !copy) *ok = false;
    return copy;
}

bool key_ring_find(key_ring *r, view text, arena *a, kith_key *out)
{
    CHECK(pthread_mutex_lock(&r->lock) == 0);
    const kith_key *found = kith_keys_find(r->keys, text.data, text.size);
    bool ok = found != NULL;
    if (ok) {
        kith_key key = {.scope = found->scope,
                        .name = copy_of(a, found->name, &ok),
                        .tenant = copy_of(a, found->tenant, &ok),
                        .database = copy_of(a, found->database, &ok),
                        .collection = copy_of(a, found->collection, &ok),
                        .created_ms = found->created_ms};
        if (ok) *out = key;
    }
    CHECK(pthread_mutex_unlock(&r->lock) == 0);
    return ok;
}

/* ---- what a request gives ---- */

/* What follows "SCHEME " in `value`; empty when it begins otherwise. */
static view after_scheme(view value, view scheme)
{
    if (value.size <= scheme.size || value.data[scheme.size] != ' ') return (view){NULL, 0};
    if (!view_equal_nocase(view_slice(value, 0, scheme.size), scheme)) return (view){NULL, 0};
    return view_trim(view_slice(value, scheme.size, value.size));
}

/* The password of "NAME:PASSWORD" in base64. */
static view password_of(view encoded, arena *a)
{
    size_t bytes = 0;
    unsigned char *decoded = arena_new(a, base64_decoded_max(encoded.size));
    if (!decoded || !base64_decode(encoded, decoded, &bytes)) return (view){NULL, 0};
    view text = {(const char *)decoded, bytes};
    size_t colon = view_find(text, VIEW(":"));
    return colon < text.size ? view_slice(text, colon + 1, text.size) : (view){NULL, 0};
}

view credential_of(view token, view authorization, arena *a)
{
    if (token.size > CREDENTIAL_MAX_BYTES || authorization.size > CREDENTIAL_MAX_BYTES)
        return (view){NULL, 0};
    // Chroma's clients send the token alone, or as in the other header.
    view bearer = after_scheme(token, VIEW("Bearer"));
    if (token.size > 0) return bearer.size > 0 ? bearer : token;
    bearer = after_scheme(authorization, VIEW("Bearer"));
    if (bearer.size > 0) return bearer;
    view basic = after_scheme(authorization, VIEW("Basic"));
    return basic.size > 0 ? password_of(basic, a) : (view){NULL, 0};
}
