/* key_ring.h - the keys of the data directory, in memory, so that a request's key is compared
 * without a look at the disk. key_ring_refresh brings it up to date.
 *
 * A ring that has had a key stays closed when the last one is removed: taking a key away never lets
 * anybody in. */
#ifndef KITH_SERVE_KEY_RING_H
#define KITH_SERVE_KEY_RING_H

#include "base/arena.h"
#include "base/view.h"

#include <kith/keys.h>
#include <stdbool.h>

typedef struct key_ring key_ring;

/* `k` outlives the ring. Errors: those of kith_keys_list. */
KITH_CHECKED kith_status key_ring_new(kith *k, key_ring **out, kith_error *err);
void key_ring_free(key_ring *r);
/* Reads the keys again. Any thread; may wait for the disk.
 * Errors: those of kith_keys_list; the ring is as it was. */
KITH_CHECKED kith_status key_ring_refresh(key_ring *r, kith_error *err);
/* True when requests need a key. Any thread. */
bool key_ring_is_closed(key_ring *r);

/* Looks a key up. Its strings are copied to `a`; *out->hash is not the caller's concern. False:
 * it is none of the directory's, or `a` is exhausted. Any thread. */
bool key_ring_find(key_ring *r, view text, arena *a, kith_key *out);

/* What a request gives as its key: X-Chroma-Token, else Authorization, which has "Bearer KEY", or
 * "Basic BASE64" of "NAME:KEY". Empty: nothing, or nothing that could be a key.
 * token, authorization  the headers' values; data NULL: none
 * Lives in `a`, or where the header does. */
view credential_of(view token, view authorization, arena *a);

#endif
