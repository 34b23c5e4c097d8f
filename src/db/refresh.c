/* refresh.c - bringing a collection's derived index up to the store.
 *
 * What a sequence means. The store numbers the commits of a collection 1, 2, 3, ...; each point
 * carries the number of the commit that changed it last, each tombstone that of the commit that
 * deleted its point. derived.sequence = S says: the index holds exactly the points that were live
 * after commit S, each as it was then. S = 0 is the empty index, which is good for any collection.
 *
 * Catching up from S reads, in one snapshot of the store, the points and tombstones that carry more
 * than S, and applies them in order of sequence; then S is the snapshot's sequence T. A point that
 * changed several times comes once, in its newest state, and the commits between S and T are never
 * seen one by one. This gives the state of T under two conditions:
 *   1. the index held the state of S, all of it;
 *   2. every point that was deleted after S still has its tombstone. Points need no such condition:
 *      a live point is found by its own sequence. So S = 0 needs no tombstones at all.
 *
 * Whether both held is checked by counting, in the same snapshot: the index must then stand for as
 * many points as the collection has. An index that does not is read anew from 0; when that fails
 * too, rows are missing in kith.db itself.
 *
 * Condition 1: a half-applied index is thrown away. When catching up fails midway, the index holds
 * some changes of commits after S and not others. Nothing in it says which, a search would return
 * half of somebody's batch, and after a failure inside derived_apply not even its parts agree (a
 * vector without its words would shift every later row of words). So the index is unloaded: no
 * search uses it, and the next call begins again with the file, or with nothing. When it fails
 * before the first change was applied, the index stays. Whoever finds `loaded` set under the lock
 * may take condition 1 for granted.
 *
 * A write is finished when the store has committed it. A refresh that fails afterwards does not make
 * it undone, so it must not be reported as the write's failure: the collection is `behind` then,
 * with the reason, and whoever needs the index next refreshes it first, or fails with that refresh.
 *
 * A damaged row of a point costs that point. The catch-up is told of it, takes the point out of the
 * index, and notes its row number in derived.damaged, so that the count still comes out. A notice
 * names the row. A search that meets a row which was damaged after it was indexed does the same
 * (collection_hide_damaged).
 *
 * Several processes. Each has an index of its own in memory, at a sequence of its own; the file is
 * one for all. Its token is recorded, it is written, and the tombstones before it are dropped, in one
 * turn of the process (store_turn_begin); it is set aside in a turn, too. So two never write at a
 * time. Who finds that it is not its turn does without.
 *
 * Condition 2: who may drop tombstones, and when. The only reader of a collection's tombstones is
 * its derived index, of which there are two copies: the one in memory, good for S, and the file,
 * good for some F <= S. Unloading falls back to the file, as a crash does, so the tombstones after
 * F are needed whatever S is. They may be dropped up to F, never up to S; only this file does so,
 * and only once the file of F is on disk, synced and renamed: file first, tombstones second. A
 * crash between the two leaves tombstones that nobody needs, which the next save drops. A file from
 * before F can come back all the same (a restored backup, a copied directory). The store keeps a
 * mark of what was dropped, and answers a catch-up from before it with KITH_ERR_NOT_FOUND; the
 * index then starts again from 0. So does the index in the memory of another process that fell
 * behind F. Decisions: docs/decisions/012, 016.
 *
 * What a search may assume that runs beside. It holds collection.lock for reading and sees
 * `loaded`: then `derived` does not change, and holds whole commits only. The lock is taken for
 * writing after the store has committed, never while a write waits for the disk. A search does not
 * catch up; it need not, since every write refreshes before it returns. It may thus run on a state
 * that the store has left behind, and find that a point of the index is no longer in the store
 * (search.c).
 *
 * When the file is written: once the changes since the last time are SAVE_AFTER_CHANGES and a tenth
 * of the rows. So all writing together costs a small multiple of the final size, and an open after
 * a crash has at most about that tenth to catch up with. At close a fiftieth is enough. */
#include "db/collection_private.h"

#include <stdio.h>

enum {
    SAVE_AFTER_CHANGES = 2048,
    SAVE_AFTER_SHARE = 10, /* and a tenth of the rows */
    SAVE_AT_CLOSE_AFTER_CHANGES = 64,
    SAVE_AT_CLOSE_AFTER_SHARE = 50
};

typedef struct application {
    collection *c;
    uint32_t dim;
    uint64_t applied;                /* changes, so far */
    uint64_t damaged;                /* of them, rows that cannot be read */
    char first_damage[NOTICE_BYTES]; /* the message for the first of those */
    kith_error *err;
} application;

static void note_damage(application *a, const char *message)
{
    if (a->damaged++ == 0) (void)snprintf(a->first_damage, NOTICE_BYTES, "%s", message);
}

static kith_status apply_change(void *context, const store_change *change)
{
    application *a = context;
    a->applied++;
    if (change->damage) note_damage(a, change->damage);
    return derived_apply(&a->c->derived, a->c->metric, a->dim, change, a->err);
}

static void unload_locked(collection *c)
{
    derived_done(&c->derived);
    c->loaded = false;
    c->unsaved = 0;
}

/* Empties the index, which is then good for sequence 0. */
static kith_status start_over_locked(collection *c, kith_error *err)
{
    derived_done(&c->derived);
    kith_status status = derived_init(&c->derived, err);
    if (status != KITH_OK) unload_locked(c);
    return status;
}

/* Applies what changed since the index's sequence. KITH_ERR_CORRUPT also when the index then does
 * not stand for as many points as the collection has. */
static kith_status apply_changes_locked(collection *c, application *a, kith_error *err)
{
    store_state state = {0};
    store_feed feed = {
        .collection = c->id, .sequence = c->derived.sequence, .visit = apply_change, .context = a};
    kith_status status = store_changes(c->home.store, &feed, &state, err);
    if (status != KITH_OK) return status;
    if (derived_points(&c->derived) == state.points) {
        c->derived.sequence = state.sequence;
        return KITH_OK;
    }
    return fail(err, KITH_ERR_CORRUPT,
                "the index of '%s' has %llu points, but kith.db counts %llu: rows are missing",
                c->name, (unsigned long long)derived_points(&c->derived),
                (unsigned long long)state.points);
}

static kith_status apply_all_locked(collection *c, application *a, kith_error *err)
{
    kith_status status = start_over_locked(c, err);
    a->damaged = 0;
    if (status == KITH_OK) status = apply_changes_locked(c, a, err);
    // The file is of a state that led to this one no more.
    if (status == KITH_OK) c->rebuilt = c->must_save = true;
    return status;
}

static void write_damage_notice(const collection *c, const application *a,
                                char notice[NOTICE_BYTES])
{
    char others[64] = "";
    if (a->damaged > 1)
        (void)snprintf(others, sizeof others, " (and %llu more)",
                       (unsigned long long)(a->damaged - 1));
    (void)snprintf(notice, NOTICE_BYTES, "collection '%s': left out of the index: %.300s%s",
                   c->name, a->first_damage, others);
}

/* Writes `notice` when the index had to be read from the store anew, or rows were damaged. On
 * failure the index is unloaded, or nothing was applied to it. */
static kith_status catch_up_locked(collection *c, uint32_t dim, char notice[NOTICE_BYTES],
                                   kith_error *err)
{
    application a = {.c = c, .dim = dim, .err = err};
    const uint64_t start = c->derived.sequence;
    kith_status status = apply_changes_locked(c, &a, err);
    // Tombstones after our sequence were dropped, or the collection was deleted: the store gives
    // one status for both, and has visited nothing. From 0 the first succeeds, since an empty index
    // has nothing that a tombstone could remove; the second fails again.
    bool is_too_old = status == KITH_ERR_NOT_FOUND && start > 0;
    bool is_wrong = status == KITH_ERR_CORRUPT && start > 0;
    if (is_too_old || is_wrong) {
        status = apply_all_locked(c, &a, err);
        if (status == KITH_OK)
            (void)snprintf(notice, NOTICE_BYTES, "collection '%s': index %s, rebuilt", c->name,
                           is_too_old ? "file was too old to catch up" : "did not match kith.db");
    }
    if (status != KITH_OK) {
        // Perhaps half applied: condition 1.
        if (a.applied > 0 || is_too_old || is_wrong) unload_locked(c);
        return status;
    }
    if (a.damaged > 0) write_damage_notice(c, &a, notice);
    c->unsaved += a.applied;
    return KITH_OK;
}

/* At least `minimum` changes, and at least one for each `share` rows, are not in the file. */
static bool is_behind_locked(const collection *c, uint64_t minimum, uint64_t share)
{
    uint64_t rows = c->derived.index ? vector_index_rows(c->derived.index) : 0;
    return c->loaded && c->unsaved >= minimum && c->unsaved >= rows / share;
}

/* Drops the tombstones up to `sequence`, for which the file on disk is good: condition 2. Not under
 * the lock, since searches need not wait for the store's writer. Two threads may so come here in
 * either order; the greater sequence has then dropped what the smaller would, and the mark that the
 * smaller adds is older than the other and changes nothing. */
static void forget_deletions(const collection *c, uint64_t sequence)
{
    kith_status status = store_drop_tombstones(c->home.store, c->id, sequence, NULL);
    (void)status; // the next save tries again; until then tombstones take room, no more
}

/* Another process may be at it: then this one saves another time. Unless it returns 0,
 * finish_saving must follow, once the lock is released: the turn lasts until then. */
static uint64_t save_in_turn_locked(collection *c)
{
    if (!store_turn_begin(c->home.store)) return 0;
    uint64_t saved = derived_file_save_locked(c);
    if (!saved) store_turn_end(c->home.store);
    return saved;
}

static void finish_saving(const collection *c, uint64_t saved)
{
    forget_deletions(c, saved);
    store_turn_end(c->home.store);
}

static void notify(const collection *c, const char *notice)
{
    if (c->home.on_notice) c->home.on_notice(c->home.notice_context, notice);
}

/* Loads the index when it is not loaded, and catches up. */
static kith_status bring_up_locked(collection *c, uint32_t dim, char notice[NOTICE_BYTES],
                                   kith_error *err)
{
    kith_status status = c->loaded ? KITH_OK : derived_file_load_locked(c, notice, err);
    // Without a dimension no vector had been stored when the store was asked, so there is nothing
    // that the caller could miss.
    if (status == KITH_OK && dim != 0) status = catch_up_locked(c, dim, notice, err);
    // Read from the store anew: an index row is never reused, and the parts cannot be compacted
    // without renumbering the rows of all three.
    if (status == KITH_OK && derived_needs_rebuild(&c->derived)) {
        status = start_over_locked(c, err);
        if (status == KITH_OK) status = catch_up_locked(c, dim, notice, err);
        if (status != KITH_OK) unload_locked(c);
    }
    return status;
}

static void set_behind_locked(collection *c, kith_status status, const kith_error *why)
{
    c->behind = status != KITH_OK;
    if (c->behind) c->trouble = *why;
}

static kith_status refresh(collection *c, const char *rebuild_because, kith_error *err)
{
    arena memory;
    char notice[NOTICE_BYTES] = "";
    uint64_t saved = 0;
    kith_error why = {0};
    arena_init(&memory, 0);
    store_collection description;
    kith_status status = collection_describe(c, &memory, &description, &why);
    uint32_t dim = status == KITH_OK ? description.dim : 0;
    arena_done(&memory);

    (void)pthread_rwlock_wrlock(&c->lock);
    if (status == KITH_OK && rebuild_because) {
        unload_locked(c);
        status = derived_init(&c->derived, &why);
        c->loaded = c->rebuilt = c->must_save = status == KITH_OK;
        (void)snprintf(notice, NOTICE_BYTES, "collection '%s': %s, rebuilt", c->name,
                       rebuild_because);
    }
    if (status == KITH_OK) status = bring_up_locked(c, dim, notice, &why);
    set_behind_locked(c, status, &why);
    if (status == KITH_OK &&
        (c->must_save || is_behind_locked(c, SAVE_AFTER_CHANGES, SAVE_AFTER_SHARE)))
        saved = save_in_turn_locked(c);
    (void)pthread_rwlock_unlock(&c->lock);
    if (saved) finish_saving(c, saved);
    if (notice[0]) notify(c, notice);
    if (status != KITH_OK && err) *err = why;
    return status;
}

kith_status collection_refresh(collection *c, kith_error *err)
{
    return refresh(c, NULL, err);
}

kith_status collection_rebuild(collection *c, const char *why, kith_error *err)
{
    return refresh(c, why, err);
}

kith_status collection_hide_damaged(collection *c, const collection_hits *hits,
                                    const uint64_t *rows, kith_error *err)
{
    application a = {.c = c, .err = err};
    char notice[NOTICE_BYTES] = "";
    kith_status status = KITH_OK;
    (void)pthread_rwlock_wrlock(&c->lock);
    // In a newer state the row may have been put again, sound.
    bool is_same_state = c->loaded && c->derived.sequence == hits->sequence;
    for (uint32_t i = 0; i < hits->count && is_same_state && status == KITH_OK; i++)
        if (hits->points[i].damage)
            status =
                apply_change(&a, &(store_change){.row = rows[i], .damage = hits->points[i].damage});
    c->unsaved += a.applied;
    if (status != KITH_OK) unload_locked(c);
    (void)pthread_rwlock_unlock(&c->lock);
    if (a.damaged > 0) write_damage_notice(c, &a, notice);
    if (notice[0]) notify(c, notice);
    return status;
}

void collection_save(collection *c)
{
    uint64_t saved = 0;
    (void)pthread_rwlock_wrlock(&c->lock);
    if (is_behind_locked(c, SAVE_AT_CLOSE_AFTER_CHANGES, SAVE_AT_CLOSE_AFTER_SHARE))
        saved = save_in_turn_locked(c);
    (void)pthread_rwlock_unlock(&c->lock);
    if (saved) finish_saving(c, saved);
}

/* A refresh that fails is a state of the index, and no failure of the question how it is. */
kith_status collection_index(collection *c, arena *a, collection_index_state *out, kith_error *err)
{
    kith_status status = collection_refresh(c, err);
    if (status == KITH_ERR_NOT_FOUND) return status;
    uint64_t bytes_disk = derived_file_bytes(c);
    (void)pthread_rwlock_rdlock(&c->lock);
    const vector_index *ix = c->derived.index;
    *out = (collection_index_state){
        .kind = !ix                          ? "empty"
                : vector_index_has_graph(ix) ? "graph"
                                             : "flat",
        .state = c->behind    ? "behind"
                 : c->rebuilt ? "rebuilt"
                              : "current",
        .reason = arena_copy(a, c->behind ? view_of(c->trouble.message) : VIEW("")).data,
        .bytes_memory = derived_bytes(&c->derived),
        .bytes_disk = bytes_disk,
    };
    (void)pthread_rwlock_unlock(&c->lock);
    return out->reason ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a description");
}
