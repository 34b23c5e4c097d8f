/* database_private.h - an open data directory from inside, for database*.c: the collections in use are described at the head of
 * database.c. */
#ifndef KITH_DB_DATABASE_PRIVATE_H
#define KITH_DB_DATABASE_PRIVATE_H

#include "base/map.h"
#include "db/collection_private.h"
#include "db/database.h"

#include <pthread.h>

/* A collection in use. Guarded by database.mutex, as is the list; the mutex is never held while a
 * collection works (docs/locking.md). */
typedef struct entry {
    struct entry *before, *after; /* in the order of use */
    collection *collection;
    uint64_t id;    /* the collection's */
    uint64_t scope; /* the store's database that the collection is in */
    uuid uuid;      /* as the store told it last */
    uint64_t bytes; /* of its index, when it was last released */
    uint32_t holders;
    bool unloading; /* nobody holds it, and it is about to be freed */
    bool dropped;   /* the store has deleted it */
    /* The store's, from before it was last asked which collection has the entry's name. */
    store_stamp stamp;
    bool is_stamped;
} entry;

struct database {
    database *root; /* itself, or what it is a view of */
    uint64_t scope; /* the store's database in which names are looked up */
    /* What follows is the root's. */
    char *directory;
    store *store;
    pthread_mutex_t mutex;
    pthread_cond_t settled;        /* some entry is no longer `unloading` */
    entry *newest, *oldest;        /* the ends of the list */
    map *by_name;                  /* name_key -> entry, but for dropped ones */
    map *by_id;                    /* number -> entry */
    map *by_uuid;                  /* uuid -> entry; as by_name, one that is missing does no harm */
    uint64_t bytes;                /* the sum of the entries' */
    uint64_t unloaded;             /* entries, since the opening */
    uint32_t processors;           /* that this process may use */
    known_words_place known_words; /* of the drafts of all collections */
    text_log *texts;               /* of all collections; NULL: no memory for it */
    database_options options;
};

/* ---- database_entries.c: the list and the maps; the caller holds database.mutex ---- */

/* NULL: there is none. */
entry *entries_find_by_name_locked(const database *root, uint64_t scope, view name);
entry *entries_find_by_id_locked(const database *root, uint64_t id);
entry *entries_find_by_uuid_locked(const database *root, const uuid *id);
/* Of a collection that the caller holds. */
entry *entries_find_held_locked(const database *root, const collection *c);
/* One holder more, and the most recently used. */
void entries_hold_locked(database *root, entry *e);
void entries_forget_name_locked(database *root, const entry *e);
/* Under the name that its collection has. */
void entries_note_name_locked(database *root, entry *e);
void entries_rename_locked(database *root, entry *e, view name);
void entries_note_uuid_locked(database *root, entry *e, const uuid *id);
/* Takes it off the list and out of the maps. */
void entries_unlink_locked(database *root, const entry *e);
/* The collection of the entry was deleted: by another process, if it was not marked yet. */
void entries_drop_locked(database *root, entry *e);
/* Adds an entry without holders. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status entries_add_locked(database *root, const store_collection *description,
                                            entry **out, kith_error *err);
/* Ends one that was unlinked, with its collection and upkeep. No lock is held. */
void entries_free(entry *e);
/* What its collections are given. */
collection_home database_home_of(database *root);

/* ---- database.c ---- */

/* Holds the collection of the number, which need not exist any longer. NULL when out of memory. Any thread. */
collection *database_hold_described(database *root, const store_collection *description);

#endif
