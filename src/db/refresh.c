/* refresh.c - bringing a collection's derived index up to the store: the applier.
 *
 * What a sequence means. The store numbers the commits of a collection 1, 2, 3, ...; each point
 * carries the number of the commit that changed it last, each tombstone that of the commit that
 * deleted its point. A snapshot at sequence S holds exactly the points that were live after commit
 * S, each as it was then. S = 0 is the empty index, which is good for any collection.
 *
 * Catching up from S reads the points and tombstones that carry more than S, and applies them in
 * order of sequence; then the index is at T, the sequence of the state of the store that was read
 * last. A point that changed several times comes once, in its newest state, and the commits between
 * S and T are never seen one by one. This gives the state of T under two conditions:
 *   1. the index held the state of S, all of it;
 *   2. every point that was deleted after S still has its tombstone. Points need no such condition:
 *      a live point is found by its own sequence. So S = 0 needs no tombstones at all.
 *
 * Whether both held is checked by counting, in the same state of the store: the index must then
 * stand for as many points as the collection has. An index that does not is read anew from 0; when
 * that fails too, rows are missing in kith.db itself.
 *
 * The applier is whichever thread holds collection.applier. It takes the newest snapshot, gathers
 * what changed since in a delta that nobody else sees (delta.h), and publishes the next snapshot by
 * storing a pointer. Condition 1 follows: a catch-up that fails midway leaves no trace, and what is
 * published is whole, also a batch or a file's documents, since the feed is applied to the end of a
 * state of the store before anything is published.
 *
 * A put need not be read back. Who has put points knows their contents, and the store has told him
 * their row numbers, the sequence of his change and the count of points after it. When the index is
 * at the sequence just before, all of it, his change is all that the feed would give: a commit is
 * one change, and what it holds is what he has in hand, as long as every one of his points is new
 * (of others the store keeps more than was put). So the same delta is made of that (catch_up_put),
 * and held against the same count. In every other case, another thread's commit in between, say,
 * the feed is read.
 *
 * What a search may assume. It holds one snapshot from beginning to end (collection_pin), takes no
 * lock, and waits for nobody. Nothing that the snapshot refers to changes meanwhile, but the
 * statistics of words, which are those of the newest state, and the graph, which takes in rows that
 * it would else scan. It sees all that this process had reported as written before the search
 * began, because a write returns only after its changes were published, or marks the collection as
 * behind; and all that others had committed when the collection was acquired, because of
 * noted_sequence. What another thread is just writing it need not see, and does not wait for. So it
 * may run on a state that the store has left, and find that a point of the index is no longer there
 * (search.c).
 *
 * A write is finished when the store has committed it. A refresh that fails afterwards does not
 * make it undone, so it must not be reported as the write's failure: the collection is `behind`
 * then, with the reason, and whoever needs the index next refreshes it first, or fails with that
 * refresh.
 *
 * A damaged row of a point costs that point. The catch-up is told of it, takes the point out of the
 * index, and notes its row number in snapshot.damaged, so that the count still comes out. A notice
 * names the row. A search that meets a row which was damaged after it was indexed does the same
 * (collection_hide_damaged).
 *
 * A damaged page of the index. Of a large generation pages are read when a search wants them (read_on.c,
 * docs/decisions/084). One that cannot be read, or does not check, is noted in the index, which is then of no use:
 * what was found in it since is not used, and whoever pins it next has it read anew from the store
 * (replace_damaged_applying). Its generation is set aside.
 *
 * Reading the index anew. When the old one is known to be wrong, or too old to catch up, whoever
 * found that reads the store from 0 as the applier, and who needs the index waits for it. When it
 * only has too many dead rows, that is done beside the searches and beside the writes (upkeep.c).
 *
 * Several processes. Each has an index of its own in memory, at a sequence of its own; the file is
 * one for all. Its token is recorded, it is written, and the tombstones before it are dropped, in
 * one turn of the process (store_turn_begin); it is set aside in a turn, too. So two never write at
 * a time. Who finds that it is not its turn does without.
 *
 * Condition 2: who may drop tombstones, and when. The only reader of a collection's tombstones is
 * its derived index, of which there are two copies: the one in memory, good for S, and the file,
 * good for some F <= S. A crash falls back to the file, so the tombstones after F are needed
 * whatever S is. They may be dropped up to F, never up to S; only upkeep_save.c does so, and only once
 * the file of F is on disk, synced and renamed: file first, tombstones second. A crash between the
 * two leaves tombstones that nobody needs, which the next save drops. A file from before F can come
 * back all the same (a restored backup, a copied directory). The store keeps a mark of what was
 * dropped, and answers a catch-up from before it with KITH_ERR_NOT_FOUND; the index then starts
 * again from 0. So does the index in the memory of another process that fell behind F, and a walk
 * from 0 that another process's save outruns. Decisions: docs/decisions/012, 016, 018. */
#include "db/catch_up.h"
#include "db/collection_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_rebuilt(collection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->rebuilt = c->must_save = true;
    (void)pthread_mutex_unlock(&c->lock);
}

static void set_behind(collection *c, kith_status status, const kith_error *why)
{
    (void)pthread_mutex_lock(&c->lock);
    c->behind = status != KITH_OK;
    if (c->behind) c->trouble = *why;
    (void)pthread_mutex_unlock(&c->lock);
}

static void set_building(collection *c, bool is_building)
{
    (void)pthread_mutex_lock(&c->lock);
    c->is_building = is_building;
    (void)pthread_mutex_unlock(&c->lock);
}

static bool is_at(collection *c, uint64_t sequence)
{
    (void)pthread_mutex_lock(&c->lock);
    bool result = c->current && !c->behind && c->current->sequence >= sequence &&
                  !snapshot_is_damaged(c->current);
    (void)pthread_mutex_unlock(&c->lock);
    return result;
}

/* The newest snapshot, held; loads the index when it is not loaded yet. */
static kith_status hold_base_applying(collection *c, char notice[NOTICE_BYTES], snapshot **out,
                                      kith_error *err)
{
    bool is_behind = false;
    *out = collection_hold_current(c, &is_behind);
    if (*out) return KITH_OK;
    kith_status status = derived_file_load_applying(c, notice, out, err);
    if (status == KITH_OK) collection_publish_applying(c, snapshot_hold(*out), 0);
    return status;
}

/* Publishes `next`, whose hold is taken over, in the place of `former`, of whose rows it has
 * none. */
static void replace_applying(collection *c, const snapshot *former, snapshot *next,
                             uint64_t applied)
{
    collection_publish_applying(c, next, applied);
    if (!former) return;
    for (uint32_t i = 0; i < former->segment_count; i++)
        upkeep_retire_applying(c, segment_hold(former->segments[i]), NULL);
    upkeep_retire_applying(c, NULL, derived_hold(former->derived));
}

static kith_status rebuild_applying(collection *c, const snapshot *former, const char *why,
                                    char notice[NOTICE_BYTES], kith_error *err)
{
    catch_up u = {.c = c};
    snapshot *next = NULL;
    set_building(c, true);
    kith_status status = catch_up_from_nothing(&u, &next, err);
    set_building(c, false);
    if (status != KITH_OK) return status;
    set_rebuilt(c); // the file is of a state that led to this one no more
    // What was wrong with the newest generation stays told when an older one was too old.
    const size_t told = strlen(notice);
    if (told)
        (void)snprintf(notice + told, NOTICE_BYTES - told, "; %s, rebuilt", why);
    else
        (void)snprintf(notice, NOTICE_BYTES, "collection '%s': %s, rebuilt", c->name, why);
    catch_up_write_notice(&u, notice);
    replace_applying(c, former, next, u.applied);
    return KITH_OK;
}

/* A page of the index `base` could not be read, or does not check: it is given up, and read from the store. */
static kith_status replace_damaged_applying(collection *c, const snapshot *base,
                                            char notice[NOTICE_BYTES], kith_error *err)
{
    derived_loading l;
    derived_file_reject_applying(c, base->derived, &l);
    return rebuild_applying(c, base, l.reason, notice, err);
}

/* Loads the index when it is not loaded, and catches up: by the put, if that is all that the index
 * lacks (NULL: there is none), else by the feed. */
static kith_status bring_up_applying(collection *c, const committed_put *own,
                                     char notice[NOTICE_BYTES], kith_error *err)
{
    catch_up u = {.c = c};
    snapshot *base = NULL, *next = NULL;
    kith_status status = hold_base_applying(c, notice, &base, err);
    if (status != KITH_OK) return status;
    if (snapshot_is_damaged(base)) {
        status = replace_damaged_applying(c, base, notice, err);
        snapshot_release(base);
        return status;
    }
    bool is_next = own && own->put->first_row && base->sequence + 1 == own->put->sequence;
    set_building(c, base->sequence == 0 && !is_next);
    status =
        is_next ? catch_up_put(&u, base, own, &next, err) : catch_up_from(&u, base, &next, err);
    set_building(c, false);
    // Tombstones after our sequence were dropped, or the collection was deleted: the store gives
    // one status for both, and has visited nothing. From 0 the first succeeds, since an empty index
    // has nothing that a tombstone could remove; the second fails again.
    bool is_too_old = status == KITH_ERR_NOT_FOUND && base->sequence > 0;
    bool is_wrong = status == KITH_ERR_CORRUPT && base->sequence > 0;
    if (is_too_old || is_wrong) {
        const char *why =
            is_too_old ? "index file was too old to catch up" : "index did not match kith.db";
        status = rebuild_applying(c, base, why, notice, err);
    } else if (status == KITH_OK) {
        catch_up_write_notice(&u, notice);
        collection_publish_applying(c, next, u.applied);
    }
    snapshot_release(base);
    return status == KITH_ERR_NOT_FOUND ? fail(err, status, "collection '%s' was deleted", c->name)
                                        : status;
}

/* own  what `sequence` is the number of; NULL: not in hand */
static kith_status refresh(collection *c, uint64_t sequence, const committed_put *own,
                           kith_error *err)
{
    char notice[NOTICE_BYTES] = "";
    kith_error why = {0};
    kith_status status = KITH_OK;
    if (is_at(c, sequence)) return KITH_OK;
    (void)pthread_mutex_lock(&c->applier);
    // Whoever was the applier meanwhile may have applied it too.
    if (!is_at(c, sequence)) {
        status = bring_up_applying(c, own, notice, &why);
        set_behind(c, status, &why);
    }
    (void)pthread_mutex_unlock(&c->applier);
    collection_tell(c);
    collection_notify(c, notice);
    if (status == KITH_OK) upkeep_start(c);
    if (status != KITH_OK && err) *err = why;
    return status;
}

kith_status collection_refresh(collection *c, uint64_t sequence, kith_error *err)
{
    return refresh(c, sequence, NULL, err);
}

kith_status collection_follow(collection *c, const committed_put *own, kith_error *err)
{
    return refresh(c, own->put->sequence, own, err);
}

/* damaged  nothing is done when the index has other rows than these; NULL: it is rebuilt whatever it has */
static kith_status rebuild(collection *c, const derived *damaged, const char *because,
                           kith_error *err)
{
    char notice[NOTICE_BYTES] = "";
    kith_error why = {0};
    bool is_behind = false;
    (void)pthread_mutex_lock(&c->applier);
    snapshot *former = collection_hold_current(c, &is_behind);
    const bool is_due = !damaged || (former && former->derived == damaged);
    kith_status status = is_due ? rebuild_applying(c, former, because, notice, &why) : KITH_OK;
    if (is_due) set_behind(c, status, &why);
    snapshot_release(former);
    (void)pthread_mutex_unlock(&c->applier);
    collection_notify(c, notice);
    if (status == KITH_OK) upkeep_start(c);
    if (status != KITH_OK && err) *err = why;
    return status;
}

kith_status collection_rebuild(collection *c, const char *because, kith_error *err)
{
    return rebuild(c, NULL, because, err);
}

kith_status collection_rebuild_damaged(collection *c, const derived *damaged, const char *because,
                                       kith_error *err)
{
    return rebuild(c, damaged, because, err);
}

kith_status collection_pin(collection *c, snapshot **out, kith_error *err)
{
    bool is_behind = false;
    uint64_t noted = atomic_load_explicit(&c->noted_sequence, memory_order_relaxed);
    collection_tell(c);
    snapshot *s = collection_hold_current(c, &is_behind);
    if (!s || is_behind || s->sequence < noted || snapshot_is_damaged(s)) {
        snapshot_release(s);
        kith_status status = collection_refresh(c, noted, err);
        if (status != KITH_OK) return status;
        // Another thread's refresh may have failed since: what this one has brought is there.
        s = collection_hold_current(c, &is_behind);
        CHECK(s);
    }
    *out = s;
    return KITH_OK;
}

static kith_status hide_applying(collection *c, catch_up *u, const store_change *damaged,
                                 uint32_t count, uint64_t sequence, kith_error *err)
{
    bool is_behind = false;
    snapshot *next = NULL, *base = collection_hold_current(c, &is_behind);
    kith_status status = KITH_OK;
    // In a newer state the row may have been put again, sound.
    if (base->sequence == sequence) {
        status = catch_up_hide(u, base, damaged, count, &next, err);
        if (status == KITH_OK) collection_publish_applying(c, next, u->applied);
    }
    snapshot_release(base);
    return status;
}

kith_status collection_hide_damaged(collection *c, const collection_hits *hits,
                                    const uint64_t *rows, kith_error *err)
{
    catch_up u = {.c = c};
    char notice[NOTICE_BYTES] = "";
    uint32_t count = 0;
    store_change *damaged = calloc(hits->count, sizeof *damaged);
    if (!damaged) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for damaged rows");
    for (uint32_t i = 0; i < hits->count; i++)
        if (hits->points[i].damage)
            damaged[count++] = (store_change){.row = rows[i], .damage = hits->points[i].damage};
    (void)pthread_mutex_lock(&c->applier);
    kith_status status = hide_applying(c, &u, damaged, count, hits->sequence, err);
    (void)pthread_mutex_unlock(&c->applier);
    free(damaged);
    catch_up_write_notice(&u, notice);
    collection_notify(c, notice);
    return status;
}

/* Bytes of the index in memory. While all of it is built they are those of the last time, since
 * whoever builds it holds `applier` for as long. */
static size_t memory_of(collection *c, const snapshot *s)
{
    (void)pthread_mutex_lock(&c->lock);
    bool is_building = c->is_building;
    (void)pthread_mutex_unlock(&c->lock);
    if (is_building) return atomic_load_explicit(&c->measured_bytes, memory_order_relaxed);
    (void)pthread_mutex_lock(&c->applier); // its memory is counted: nothing may be added meanwhile
    size_t bytes = s ? collection_bytes_applying(c, s) : 0;
    (void)pthread_mutex_unlock(&c->applier);
    return bytes;
}

collection_vector_memory collection_measure_vectors(collection *c)
{
    bool is_behind = false;
    snapshot *s = collection_hold_current(c, &is_behind);
    collection_vector_memory m = {
        .limit = atomic_load_explicit(&c->index_memory, memory_order_relaxed),
        .memory = atomic_load_explicit(&c->is_compact, memory_order_relaxed) ? KITH_MEMORY_COMPACT
                                                                             : KITH_MEMORY_FULL};
    (void)pthread_mutex_lock(&c->lock);
    bool is_building = c->is_building;
    (void)pthread_mutex_unlock(&c->lock);
    if (s && s->index && !is_building) {
        (void)pthread_mutex_lock(&c->applier); // as above
        m.used = vector_index_bytes(s->index);
        (void)pthread_mutex_unlock(&c->applier);
        m.lists = vector_index_list_count(s->index);
        m.is_compact = vector_index_form(s->index) == VECTOR_COMPACT;
    }
    snapshot_release(s);
    return m;
}

void collection_limit_memory(collection *c, const uint64_t *bytes, const kith_memory *memory)
{
    bool is_behind = false;
    if (bytes) atomic_store_explicit(&c->index_memory, *bytes, memory_order_relaxed);
    if (memory)
        atomic_store_explicit(&c->is_compact, *memory == KITH_MEMORY_COMPACT, memory_order_relaxed);
    snapshot *s = collection_hold_current(c, &is_behind);
    if (s) upkeep_start(c);
    snapshot_release(s);
}

static const char *kind_of(const snapshot *s)
{
    if (!s) return "not loaded";
    if (s->index && vector_index_has_graph(s->index))
        return vector_index_form(s->index) == VECTOR_COMPACT ? "compact" : "graph";
    if (s->index && vector_index_has_lists(s->index)) return "lists";
    return s->rows > 0 ? "flat" : "empty";
}

kith_status collection_index(collection *c, arena *a, collection_index_state *out, kith_error *err)
{
    bool is_behind = false, is_missing = false;
    kith_status status = derived_file_examine(c, &is_missing, err);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, status, "collection '%s' was deleted", c->name);
    if (status != KITH_OK) return status;
    collection_tell(c);
    uint64_t bytes_disk = derived_file_bytes(c);
    snapshot *s = collection_hold_current(c, &is_behind);
    size_t bytes_memory = memory_of(c, s);
    const uint32_t damaged = s ? s->damaged_count : 0;
    kith_error unsaved;
    (void)pthread_mutex_lock(&c->lock);
    *out = (collection_index_state){
        .kind = kind_of(s),
        .state = c->is_building     ? "building"
                 : c->behind        ? "behind"
                 : damaged          ? "incomplete"
                 : !s && is_missing ? "missing"
                 : s && c->rebuilt  ? "rebuilt"
                                    : "current",
        .reason = c->behind ? arena_copy(a, view_of(c->trouble.message)).data : "",
        .bytes_memory = bytes_memory,
        .bytes_disk = bytes_disk,
    };
    unsaved = c->unsaved_because;
    (void)pthread_mutex_unlock(&c->lock);
    snapshot_release(s);
    if (out->reason && !*out->reason && damaged)
        out->reason = arena_printf(a, "%u damaged records are left out of it", damaged);
    if (out->reason && !*out->reason && unsaved.message[0])
        out->reason = arena_printf(a, "not saved, which is tried again: %s", unsaved.message);
    return out->reason ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a description");
}
