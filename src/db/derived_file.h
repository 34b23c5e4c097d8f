/* derived_file.h - which saved generation of a collection's derived index is used, and saving one.
 * A generation is a directory, DIRECTORY/derived/COLLECTION/NUMBER: generation.h. What is done with
 * one that is of no use: derived_load.c; what a crash can leave: derived_save.c. */
#ifndef KITH_DB_DERIVED_FILE_H
#define KITH_DB_DERIVED_FILE_H

#include "db/generation.h"
#include "db/snapshot.h"

/* Where a collection's generations lie. */
typedef struct derived_home {
    const file_ops *ops;
    store *store;
    const char *directory; /* the data directory */
    uint64_t collection;
    uint64_t read_at_once; /* of derived_read */
    /* Of a generation that was found damaged after it was loaded; NULL: none. */
    const store_token *rejected;
    vector_budget budget; /* of an index that is loaded */
} derived_home;

typedef struct derived_loading {
    bool is_loaded; /* else there was nothing of use */
    /* What was of no use, and what became of it; "" when there was nothing of the kind. While a
     * generation before it is loaded all the same, that is an older state, and sound. */
    char reason[256];
    /* The newest generation is damaged, or cannot be read: a disk that loses what was written. Else
     * it is sound and of no use, as after files were put back from a copy. */
    bool is_damage;
} derived_loading;

/* Loads the newest generation that is sound and belongs to the store. Takes a turn of its own, when
 * it can have one at once, before anything is rejected; in its turn, sets aside what is damaged.
 * Any thread, but one a collection at a time, and not beside derived_save().
 * out  written when out_loading->is_loaded: held once
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT (of
 * kith.db), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (the data directory's
 * path is too long); outputs are untouched. */
KITH_CHECKED kith_status derived_load(const derived_home *h, snapshot **out,
                                      derived_loading *out_loading, kith_error *err);

/* A generation that was loaded, `number` with `token`, is damaged, as `what` says: sets it aside where this process
 * can have its turn at once, unless another lies there by now; says so as derived_load() does. Conditions as for
 * that. */
void derived_reject(const derived_home *h, uint64_t number, const store_token *token,
                    const kith_error *what, derived_loading *out);

/* Would derived_load() find a generation, as far as manifests tell, or was there never one? Takes
 * no turn and changes nothing. Any thread.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT (of
 * kith.db), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (the path is too
 * long). */
KITH_CHECKED kith_status derived_examine(const derived_home *h, bool *is_missing, kith_error *err);

/* What is to be saved: a snapshot. */
typedef struct derived_state {
    uint64_t sequence; /* of the store, up to which it is good */
    const part_source *parts;
    uint32_t part_count;
} derived_state;

/* Writes a new generation, synced, and removes those before it and what a crash left of others. Any
 * thread, but one a collection at a time; it is this process's turn (store_turn_begin()), from
 * before this call until the tombstones up to the sequence were dropped. Takes no lock.
 * Errors: KITH_ERR_EXISTS: another process has saved a newer state, which is left there;
 * KITH_ERR_NOT_FOUND (the collection was deleted, or the data directory), KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT (of kith.db), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (the
 * path is too long, or numbers are used up). Whatever generation belonged before belongs still. */
KITH_CHECKED kith_status derived_save(const derived_home *h, const derived_state *state,
                                      kith_error *err);

/* Bytes of all files of the collection below derived/, those set aside too. */
uint64_t derived_disk_bytes(const derived_home *h);
/* Removes all of them, for a collection that was deleted. What cannot be removed does no harm: a
 * collection's number is never used again. */
void derived_remove(const derived_home *h);

#endif
