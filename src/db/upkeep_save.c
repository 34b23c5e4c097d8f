/* upkeep_save.c - when a generation is saved, and what becomes of vectors that were saved.
 *
 * A generation is saved once the changes since the last time, or the rows linked since, are
 * SAVE_AFTER_CHANGES and a tenth of the rows. So all writing together costs a small multiple of the
 * final size, and an open after a crash has at most about that tenth to catch up with. At close a
 * fiftieth is enough. While writes come one after the other, and while there are rows left to link,
 * more is due in a moment: then SAVE_AFTER_STREAMED must have changed, so that a collection that is being filled is not
 * written over and over (after a crash half as many were read from the store in half a second). */
#include "db/collection_private.h"

#include <stdio.h>

enum {
    SAVE_AFTER_CHANGES = 2048,
    SAVE_AFTER_SHARE = 10,       /* and a tenth of the rows; ... */
    SAVE_AFTER_STREAMED = 32768, /* ... while more is coming so many changes */
    SAVE_AT_CLOSE_AFTER_CHANGES = 64,
    SAVE_AT_CLOSE_AFTER_SHARE = 50
};

void upkeep_end_adoption(collection *c)
{
    snapshot_release(c->upkeep.saved);
    saved_vectors_done(&c->upkeep.saved_vectors);
    c->upkeep.saved = NULL;
}

/* Takes over what it holds. */
static void keep_saved(collection *c, const snapshot *s, const saved_vectors *saved)
{
    upkeep_end_adoption(c);
    c->upkeep.saved = snapshot_hold((snapshot *)(uintptr_t)s);
    c->upkeep.saved_vectors = *saved;
}

bool upkeep_can_adopt(collection *c, const snapshot *s)
{
    upkeep *u = &c->upkeep;
    if (u->saved && u->saved->derived != s->derived) upkeep_end_adoption(c);
    return u->saved && collection_release_formers(c) >= u->saved->number;
}

bool upkeep_adopt(collection *c)
{
    upkeep *u = &c->upkeep;
    // Lists without memory for it: the next generation is adopted. A compact index may wait for searches.
    if (!saved_vectors_adopt(&u->saved_vectors, u->saved) &&
        vector_index_form(u->saved->index) == VECTOR_COMPACT)
        return false;
    upkeep_end_adoption(c);
    return true;
}

/* Changes, and links, that are not in the file; whichever are more. */
static uint64_t unsaved(collection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    uint64_t changes = c->unsaved > c->unsaved_links ? c->unsaved : c->unsaved_links;
    (void)pthread_mutex_unlock(&c->lock);
    return changes;
}

/* At least `minimum` changes, and at least one for each `share` rows, are not in the file. */
static bool is_unsaved(collection *c, const snapshot *s, uint64_t minimum, uint64_t share)
{
    uint64_t changes = unsaved(c);
    return changes >= minimum && changes >= s->rows / share;
}

static bool must_save(collection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    bool result = c->must_save;
    (void)pthread_mutex_unlock(&c->lock);
    return result;
}

bool upkeep_is_save_due(collection *c, const snapshot *s, bool is_busy)
{
    if (store_is_read_only(c->home.store)) return false;
    if (must_save(c)) return true;
    if (!is_unsaved(c, s, SAVE_AFTER_CHANGES, SAVE_AFTER_SHARE)) return false;
    return !is_busy || unsaved(c) >= SAVE_AFTER_STREAMED;
}

bool upkeep_is_save_due_at_close(collection *c, const snapshot *s)
{
    return must_save(c) || is_unsaved(c, s, SAVE_AT_CLOSE_AFTER_CHANGES, SAVE_AT_CLOSE_AFTER_SHARE);
}

/* What was counted before the save is in the file; what has come since is not. */
static void note_saved(collection *c, const snapshot *s, uint64_t changes, uint64_t links)
{
    (void)pthread_mutex_lock(&c->lock);
    c->unsaved -= changes < c->unsaved ? changes : c->unsaved;
    c->unsaved_links -= links < c->unsaved_links ? links : c->unsaved_links;
    c->unsaved_because = (kith_error){0};
    if (c->current->derived == s->derived) c->must_save = false;
    (void)pthread_mutex_unlock(&c->lock);
}

/* The first failure of several is told; each is what stats say (collection_index). */
static void note_failed(collection *c, const kith_error *why)
{
    char notice[NOTICE_BYTES];
    (void)snprintf(
        notice, sizeof notice,
        "collection '%.64s': its index could not be saved, and is kept in memory until it can be: "
        "%.300s",
        c->name, why->message);
    (void)pthread_mutex_lock(&c->lock);
    if (!c->unsaved_because.message[0]) collection_note_notice_locked(c, notice);
    c->unsaved_because = *why;
    (void)pthread_mutex_unlock(&c->lock);
}

/* Its tombstones go in the same turn (refresh.c, condition 2). */
bool upkeep_save(collection *c, const snapshot *s)
{
    (void)pthread_mutex_lock(&c->lock);
    uint64_t changes = c->unsaved, links = c->unsaved_links;
    (void)pthread_mutex_unlock(&c->lock);
    if (!store_turn_begin(c->home.store)) return false;
    saved_vectors saved;
    kith_error why = {0};
    save_outcome outcome = derived_file_save(c, s, &saved, &why);
    if (saved_vectors_has_any(&saved)) keep_saved(c, s, &saved);
    if (outcome == SAVE_UNREADABLE) atomic_store(&c->upkeep.is_unreadable, true);
    if (outcome == SAVE_DONE) {
        kith_status status = store_drop_tombstones(c->home.store, c->id, s->sequence, NULL);
        (void)status; // the next save tries again; until then tombstones take room, no more
    }
    store_turn_end(c->home.store);
    // Who pins an index that is damaged reads it anew, and tells.
    if (outcome == SAVE_FAILED && !snapshot_is_damaged(s)) note_failed(c, &why);
    if (outcome == SAVE_FAILED || outcome == SAVE_UNREADABLE) return false;
    note_saved(c, s, changes, links);
    return true;
}
