/* collection_private.h - a collection's handle as the files of this room share it.
 *
 * Who calls whom, without a circle (each arrow points at what is called):
 *
 *   database.c          -> collection.c, upkeep.c, derived_file.c, leftovers.c
 *   collection_write.c  -> collection.c, refresh.c
 *   search.c            -> refresh.c, candidates.c, match.c, match_points.c
 *   candidates.c        -> rank.c, choose.c
 *   rank.c              -> match.c
 *   refresh.c           -> catch_up.c, collection.c, derived_file.c, upkeep.c, upkeep_retired.c
 *   read_on.c           -> derived_parts.c
 *   upkeep_carry.c      -> snapshot.c, derived.c, recall.c
 *   upkeep_save.c       -> collection.c, derived_file.c
 *   upkeep_join.c       -> collection.c, upkeep_retired.c
 *   upkeep.c            -> upkeep_carry.c, upkeep_save.c, upkeep_join.c, upkeep_retired.c, calibration.c, read_on.c,
 *                          catch_up.c, collection.c
 *   catch_up.c          -> delta.c, snapshot.c
 *   derived_file.c      -> collection.c, derived_load.c, derived_save.c, derived_parts.c
 *   derived_load.c      -> derived_parts.c, generation.c, generation_home.c
 *   derived_save.c      -> generation.c, generation_home.c
 *   derived_parts.c     -> snapshot.c, generation.c
 *
 * `_applying` in a name: the caller holds collection.applier. */
#ifndef KITH_DB_COLLECTION_PRIVATE_H
#define KITH_DB_COLLECTION_PRIVATE_H

#include "db/collection.h"
#include "db/derived_file.h"
#include "db/recall_sampler.h"
#include "db/snapshot.h"
#include "db/word_draft.h"
#include "vector/vector_index_lists.h"

#include <pthread.h>

enum { NOTICE_BYTES = 512 };

/* What a collection needs of whoever opened it. All of it outlives the collection. */
typedef struct collection_home {
    store *store;
    const char *directory; /* the data directory; generations lie in DIRECTORY/derived */
    /* Called with one line of text when an index was rebuilt, in the thread of a call, with no lock
     * held; NULL: nobody is notified. */
    void (*on_notice)(void *context, const char *notice);
    void *notice_context;
    database *database;    /* only handed out, by collection_database */
    bool no_threads;       /* upkeep is done in the thread of the call that gave rise to it */
    uint32_t processors;   /* that this process may use; 0 or 1: no work is shared */
    uint32_t sample_every; /* one search in so many is compared (recall_sampler.h); 0: none */
    known_words_place *known_words; /* of drafts; NULL: they keep none */
    text_log *texts;                /* where texts are kept for filters; NULL: nowhere */
    uint64_t read_at_once;          /* of database_options */
} collection_home;

/* Of a generation that was saved of an index whose vectors are on a disk: what searches can read in the place of what the
 * index has. Zero: nothing. */
typedef struct saved_vectors {
    ivf_run *lists;      /* held: of an index with lists */
    paged_file *vectors; /* held: of a compact one, ... */
    uint32_t slots;      /* ... of so many slots */
} saved_vectors;

static inline bool saved_vectors_has_any(const saved_vectors *v)
{
    return v->lists || v->vectors;
}

/* What runs beside the calls (upkeep.c). Guarded by collection.lock, but for `stopping`. */
typedef struct upkeep {
    pthread_t thread;
    bool has_thread;           /* it was started, and must be joined */
    bool is_running;           /* some thread does it, and will look for more before it stops */
    bool is_wanted;            /* something has happened since it looked */
    atomic_bool stopping;      /* whoever does it stops soon, and nobody starts again */
    bool is_resting;           /* all is done, but for freeing what searches still hold */
    pthread_cond_t changed;    /* it rests, or runs no more */
    char notice[NOTICE_BYTES]; /* for the next call to deliver (collection_tell); "": none */
    atomic_bool has_notice;    /* there is one, perhaps. Relaxed: the lock orders what it says */
    /* [retired_count] what no snapshot that is published needs any more, held so that no search is
     * the one that has to free it. Whoever does the upkeep, or holds collection.applier, adds. */
    struct retired *retired;
    uint32_t retired_count, retired_capacity;
    /* Of whoever does the upkeep. */
    struct thread_pool *helpers; /* while rows are linked; NULL: none */
    uint64_t sequence_seen;      /* of the snapshot when a piece was looked for last */
    bool has_tried_helpers;      /* helpers are there, or cannot be had */
    atomic_bool is_curve_wanted; /* a search compared all for want of it: measuring does not rest */
    atomic_uint_fast32_t rests;  /* that measuring took, ever */
    atomic_bool is_blocked; /* a search holds a snapshot that keeps dead rows from being removed */
    atomic_bool
        is_occupied; /* with what takes longer than a write may wait: saving, joining, an index anew */
    atomic_bool
        is_unreadable; /* the lists that the index reads are damaged: it is to be built anew */
    _Atomic(uint32_t)
        waited_ms;      /* milliseconds that writes have waited for it, in all; for tests */
    snapshot *removing; /* held: its dead rows are removed when no older one is held; NULL: none */
    /* Held: what was saved of an index whose vectors are on a disk; NULL: none. */
    snapshot *saved;
    saved_vectors saved_vectors; /* that searches read when no older snapshot is held */
} upkeep;

struct collection {
    collection_home home;
    uint64_t id;
    kith_metric metric;
    /* For messages. A renaming replaces the pointer; former names stay allocated as long as the
     * handle, since a thread may be writing a message with one. */
    const char *_Atomic name;
    struct collection_name *names; /* all that it had, guarded by database.mutex */

    /* Held by the one thread that loads the index, applies changes or publishes a snapshot. */
    pthread_mutex_t applier;
    /* The applier's: of the generation that was found damaged last, while it was used; zero: none. */
    store_token rejected;

    /* Guards everything below, for moments. */
    pthread_mutex_t lock;
    snapshot *current; /* NULL until the first use; set by the applier only */
    snapshot
        *formers; /* held: those that were replaced, and that searches held when last looked at */
    uint64_t published; /* snapshots */
    bool behind; /* a refresh has failed since the last one that did not: the index may lack what
                    was reported as written */
    kith_error trouble;         /* why, while it is behind */
    kith_error unsaved_because; /* why the last save failed; "" since one did not */
    bool is_building;           /* the applier builds all of it from the store */
    bool rebuilt;               /* the derived file was of no use when the index was last loaded */
    bool must_save; /* write the derived file as soon as possible, however few the changes: the one
                       on disk would be of no use at the next open either */
    uint64_t unsaved; /* changes applied since the derived file was written, or rows linked, if
                         those are more */
    uint64_t unsaved_links;
    /* [asked_count] points that wait for their vector and were found by words when meaning was asked
     * for too: they are worth embedding next. The store's rows. */
    uint64_t asked[COLLECTION_ASKED_MAX];
    uint32_t asked_count;
    uint32_t pinned_dim; /* what is known of the pins, which never change; 0: not known */
    char *pinned_model;  /* as store_collection.model; NULL: not known, or not pinned */
    upkeep upkeep;
    recall_sampler sampler; /* has a lock of its own */

    _Atomic uint32_t partial_searches; /* read_on.c */

    /* The newest change of another process, or another store of this one, that was seen. A search
     * that finds the index behind it brings it up to date. Relaxed: it is only compared, and a
     * search that starts after a commit was seen by its own thread sees that thread's value. */
    _Atomic uint64_t noted_sequence;

    /* Memory that the vectors may take; 0: any. As the store had it when the collection was acquired last. Relaxed: who
     * sees the former value builds an index that is built anew. */
    _Atomic uint64_t index_memory;
    _Atomic bool is_compact; /* vectors are to be on the disk whatever fits */

    /* Of the last collection_measure: bytes of the index, and its rows; and how often it was asked since they were
     * counted. Relaxed: an estimate. */
    _Atomic uint64_t measured_bytes;
    _Atomic uint32_t measured_rows, unmeasured;
};

/* ---- collection.c ---- */

/* A handle with nothing loaded. `home` is copied, `description` is read during the call only.
 * The caller owns *out: collection_free. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status collection_new(const collection_home *home,
                                        const store_collection *description, collection **out,
                                        kith_error *err);
/* Keeps a notice of what was found beside the calls, for collection_tell. The caller holds c->lock. */
void collection_note_notice_locked(collection *c, const char *notice);
/* Delivers the notice that is kept, if there is one. In the thread of a call; no lock is held. */
void collection_tell(collection *c);
/* Delivers this one, unless it is empty. As above. */
void collection_notify(collection *c, const char *notice);
/* No other call may run on `c`, and upkeep was stopped. Writes nothing: upkeep_finish does. */
void collection_free(collection *c);

/* Notes the name that the store has for it now; without memory for it the old one stays. The caller
 * holds database.mutex. */
void collection_rename(collection *c, view name);
/* What was read of the collection: the next search finds all that others had changed by then. */
void collection_note(collection *c, const store_collection *description);

/* What an index that is made now may take. */
vector_budget collection_budget(const collection *c);
/* Notes points for collection_take_asked(); those above its maximum are passed over. */
void collection_note_asked(collection *c, const uint64_t *points, uint32_t count);
/* The newest snapshot, held, and whether the index is behind; NULL: nothing is loaded yet. */
snapshot *collection_hold_current(collection *c, bool *is_behind);
/* Makes `s` the newest snapshot, for which the caller's hold is taken over. `applied` changes are
 * in it that were in none before. */
void collection_publish_applying(collection *c, snapshot *s, uint64_t applied);

/* Releases the former snapshots that nobody else holds. Returns the number of the oldest of the
 * others; UINT64_MAX: none is held. */
uint64_t collection_release_formers(collection *c);

enum { COLLECTION_MEASURE_AFTER = 1024 /* calls of collection_measure without a count */ };

/* Is there anything in memory that is worth keeping: an index, or why there is none? *bytes is what
 * the index takes, within some 6 %: it is counted anew only when it has grown by so much, since
 * that walks all words, or when so many searches were done that what they keep (bitmaps of filters, lists of values,
 * room for their work) may have grown. While somebody is the applier, the last number is given. */
bool collection_measure(collection *c, uint64_t *bytes);
/* Counts it: memory of the snapshot, and of what the collection keeps beside it. */
size_t collection_bytes_applying(collection *c, const snapshot *s);

/* ---- refresh.c; the caller holds no lock ---- */

#define NEWEST_SEQUENCE UINT64_MAX /* all that the store has */
/* Brings the derived index to change `sequence` at least, after loading it when it is not loaded
 * yet. Returns at once when it is there and not
 * behind. What has returned KITH_OK from the store with a sequence up to this one is in the index
 * after it.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_LIMIT (the derived file's path
 * is too long, or the index is full), KITH_ERR_CORRUPT (see store_changes), KITH_ERR_BUSY
 * (another program holds kith.db locked), KITH_ERR_IO, KITH_ERR_NO_MEMORY. The collection is then
 * behind, its index as it was. */
KITH_CHECKED kith_status collection_refresh(collection *c, uint64_t sequence, kith_error *err);
/* A put that the store has committed, in the hands of who put it. */
typedef struct committed_put {
    const store_put *put;
    uint32_t dim;      /* of the vectors */
    word_draft *draft; /* of its points; NULL: there is none */
} committed_put;

/* collection_refresh() to the put's sequence, of which the store has committed just what it says.
 * Where the index is at the sequence before, the points are not read back from the store. */
KITH_CHECKED kith_status collection_follow(collection *c, const committed_put *own,
                                           kith_error *err);
/* Reads the index from the store anew, for when it disagrees with the store; `why` says so in the
 * notice. Errors: collection_refresh's. */
KITH_CHECKED kith_status collection_rebuild(collection *c, const char *why, kith_error *err);
/* The same for when the lists that `damaged`, rows of the index, are read from are damaged; nothing is done when the
 * index has other rows by now. Errors: collection_refresh's. */
KITH_CHECKED kith_status collection_rebuild_damaged(collection *c, const derived *damaged,
                                                    const char *why, kith_error *err);
/* Removes the hits whose point was found damaged in the store from the index, with a notice, unless
 * the index has moved on from hits->sequence.
 * rows  [hits->count] the points' row numbers
 * Errors: KITH_ERR_NO_MEMORY; the index is then as it was. */
KITH_CHECKED kith_status collection_hide_damaged(collection *c, const collection_hits *hits,
                                                 const uint64_t *rows, kith_error *err);
/* The newest snapshot, held for the caller, which has all that the store was seen to have when the
 * collection was acquired: other processes write, too. Errors: collection_refresh's. */
KITH_CHECKED kith_status collection_pin(collection *c, snapshot **out, kith_error *err);

/* ---- upkeep.c ---- */

/* After a change: sees to it that what is due now is done beside, or, where no thread can be
 * started, does it. The caller holds no lock. */
void upkeep_start(collection *c);
/* Points can be replaced faster than the memory of the former ones is freed, and the index would grow by
 * as much. So who has written waits for the upkeep here, but not for long, nor for a search. The
 * caller holds no lock. */
void upkeep_wait_for_memory(collection *c);
/* Waits until nothing is left to do, but perhaps to free what is held. For tests. */
void upkeep_wait(collection *c);
/* Ends what runs, soon, and for good. */
void upkeep_stop(collection *c);
/* After upkeep_stop: links and saves what is worth it before the collection is closed. A failure
 * costs only time at the next open, so none is reported.
 * measure_until_ns  of the monotonic clock: until then a curve of recall that is due may be measured; 0: it is not */
void upkeep_finish(collection *c, int64_t measure_until_ns);

/* ---- upkeep_join.c; for whoever does the upkeep, but where it says otherwise ---- */

/* Are there segments that are to be joined?
 * quiet  no writes come */
bool upkeep_is_join_due(const snapshot *s, bool quiet);
/* Joins those of `s`, some of which there must be. False when that failed, or came too late. */
bool upkeep_join(collection *c, const snapshot *s);
/* More than upkeep can be waited for with? Any thread. */
bool upkeep_is_crowded(const snapshot *s);
/* Then whoever makes changes joins the newer half. The caller holds no lock. */
void upkeep_join_newest(collection *c);

/* ---- upkeep_retired.c ---- */

/* Takes over one hold of each; what is NULL is not there. Later they are released, by whoever does
 * the upkeep, once no search holds them. The caller holds `applier`. */
void upkeep_retire_applying(collection *c, segment *s, derived *d);
/* Releases what nobody else holds, or everything; returns how many are left. Any thread. */
uint32_t upkeep_release_retired(collection *c, bool all);

/* ---- calibration.c; for whoever does the upkeep ---- */

bool calibration_is_due(collection *c, const snapshot *s);
/* Measures the recall of searches of s->index (recall.h). False: it failed, or upkeep is to stop. */
bool calibration_run(collection *c, const snapshot *s);
/* The same when the collection is closed, if it is due, and no longer than until `until_ns` of the monotonic clock. */
void calibration_finish(collection *c, const snapshot *s, int64_t until_ns);
/* The same of the sketch (recall.h), of the rows that are linked. It takes a few hundredths of the time of their linking, and rests
 * for nobody. */
bool calibration_is_sketch_due(collection *c, const snapshot *s);
bool calibration_sketch(collection *c, const snapshot *s);

/* ---- upkeep_carry.c; for whoever does the upkeep ---- */

/* Gives the index of `anew`, which nobody else uses and in which nothing is linked, the graph of `former` as far as it has
 * the same vectors, and what was measured of it. Where it cannot, nothing has changed, and all is linked. */
void upkeep_carry(const snapshot *former, const snapshot *anew);

/* ---- upkeep_save.c; for whoever does the upkeep ---- */

/* is_busy  more changes, or links, are to be expected at once */
bool upkeep_is_save_due(collection *c, const snapshot *s, bool is_busy);
bool upkeep_is_save_due_at_close(collection *c, const snapshot *s);
/* False when the file was not written: it could not be, or another process has its turn and this
 * one saves another time. */
bool upkeep_save(collection *c, const snapshot *s);
/* Can searches read the vectors that were saved? Rows that were dead then are not among them, so no older snapshot may be
 * held. */
bool upkeep_can_adopt(collection *c, const snapshot *s);
/* They do from now on. False: not yet. */
bool upkeep_adopt(collection *c);
/* Gives up what waits to be adopted. */
void upkeep_end_adoption(collection *c);

/* ---- read_on.c; for whoever does the upkeep, but where it says otherwise ---- */

/* Was the index loaded, and is part of it still to be read? Any thread. */
static inline bool snapshot_is_partial(const snapshot *s)
{
    return s->index && vector_index_is_partial(s->index);
}
/* Was a page of it met that does not check? Then what searches have found in it since is of no use. Any thread. */
static inline bool snapshot_is_damaged(const snapshot *s)
{
    return s->index && vector_index_is_damaged(s->index);
}
/* A search has asked a partial index. Is that the reason to read it whole beside? Any thread. */
bool read_on_note_search(collection *c);
/* The caller writes, which is reason enough. Any thread. */
void read_on_note_write(collection *c);
/* Is the partial index `s` to be read whole, and can it be? The caller holds no lock. */
bool read_on_is_due(collection *c, const snapshot *s);
/* Reads a slice of it, and verifies all when all is read. False: it failed, or is damaged. */
bool read_on_slice(collection *c, const snapshot *s);
/* Reads it whole, when the collection is closed. False: likewise. */
bool read_on_finish(const snapshot *s);

/* ---- derived_file.c ---- */

/* The generation that `d`, the collection's own, was loaded from is damaged: it is set aside, and not loaded again by this
 * handle. The caller holds `applier`. out: why, and what became of it */
void derived_file_reject_applying(collection *c, const derived *d, derived_loading *out);

/* Loads the newest generation that is of use, or makes an empty index when there is none, as
 * *out_loading says. *out is held once.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY, KITH_ERR_CORRUPT,
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (the path is too long); *out is
 * untouched. */
KITH_CHECKED kith_status derived_file_load(const collection *c, snapshot **out,
                                           derived_loading *out_loading, kith_error *err);
/* The same for the collection's own index, to be published: `notice` says what was of no use, and
 * rebuilt and must_save are set. */
KITH_CHECKED kith_status derived_file_load_applying(collection *c, char notice[NOTICE_BYTES],
                                                    snapshot **out, kith_error *err);
typedef enum save_outcome {
    SAVE_FAILED,     /* the generation before is untouched */
    SAVE_DONE,       /* this state is on disk, synced */
    SAVE_NOT_NEEDED, /* another process has saved a newer one */
    SAVE_UNREADABLE  /* as SAVE_FAILED: what was to be read for it is damaged */
} save_outcome;
/* Saves a snapshot as a new generation. It is this process's turn, and the caller is the one who
 * links rows into the graph (upkeep.c). Takes no lock.
 * out  of the generation, when it is done, for saved_vectors_adopt or saved_vectors_done; zero when it cannot be read
 * err  why it failed */
save_outcome derived_file_save(const collection *c, const snapshot *s, saved_vectors *out,
                               kith_error *err);
/* Has searches read what was saved of `s` there; takes over what `v` holds when it returns true. For whoever does the
 * upkeep. */
bool saved_vectors_adopt(saved_vectors *v, const snapshot *s);
void saved_vectors_done(saved_vectors *v);
/* Is there a generation that the next load will use, as far as manifests tell, or was there never
 * one? Takes no lock. Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status derived_file_examine(const collection *c, bool *is_missing,
                                              kith_error *err);
/* Bytes on disk of all generations; 0 when there is none. Takes no lock. */
uint64_t derived_file_bytes(const collection *c);
/* Removes the generations of a collection that was deleted. Takes no lock. */
void derived_file_remove(const collection *c);

/* ---- leftovers.c ---- */

/* Before the store is opened: refuses a directory whose kith.db is empty, or missing, while what it
 * held is still there. Errors: KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status leftovers_check(const char *directory, kith_error *err);

/* ---- rank.c ---- */

typedef struct ranking_request {
    const snapshot *snapshot;
    const char *name; /* of the collection, for messages */
    const collection_query *query;
    const filter *where;     /* NULL: none */
    bool is_metadata_alone;  /* it is what the query's text says, and asks for metadata only */
    recall_sampler *sampler; /* takes this search; NULL: it is not sampled */
} ranking_request;

/* A search for candidates, from rank_begin to rank_end. What it finds lives in the arena, and needs
 * the snapshot no more. */
typedef struct ranking {
    const snapshot *s;
    const collection_query *q;
    bm25_query *words;  /* NULL: by meaning alone */
    bitset *matching;   /* [s->rows] what candidates are taken from; NULL: all live rows ... */
    row_list *listed;   /* ... or else those in here, held; NULL: there is no list */
    fusion_scale scale; /* set by the first round */
    arena *memory;
    collection_hits *hits;
    recall_sampler *sampler; /* takes this search; NULL: it is not sampled */
    kith_error *err;
} ranking;

typedef struct rank_round {
    uint32_t wanted;           /* candidates, at most the live rows */
    const group_limit *groups; /* of them at most so many of one group on either side; NULL: any */
    uint32_t ef;               /* candidates kept by the graph; 0: its default */
    bool exact;                /* compare with every row that matches */
} rank_round;

/* Parses and checks the query and finds what matches. In a snapshot without live rows there is
 * nothing to rank: no round may follow. *out is always good for rank_end.
 * Errors: KITH_ERR_INVALID (vector, field), KITH_ERR_DIMENSION, KITH_ERR_LIMIT (too many words),
 * KITH_ERR_NO_MEMORY; `hits` is then undefined. */
KITH_CHECKED kith_status rank_begin(const ranking_request *request, arena *a, collection_hits *hits,
                                    ranking *out, kith_error *err);
void rank_end(ranking *r);
/* Adds the best of r->matching to hits->ranks: all on the list of either side, so `wanted` of them
 * and more, fewer only when fewer match. The list is in order of score, best first; what was on it
 * keeps its score. No row of it may be in r->matching when a further round begins.
 * has_more  whether further rounds may find more, without the groups that have all they may have
 * Errors: KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (the query's limit), KITH_ERR_NO_MEMORY; `hits` is
 * then undefined. */
KITH_CHECKED kith_status rank_next(ranking *r, const rank_round *round, bool *has_more);
/* Fills hits->details for the candidates on the list, and hits->dim. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status rank_details(const ranking *r);

/* ---- candidates.c ---- */

/* Fills hits->ranks, details, count, plan, dim, words_scored, rounds and sequence with as many
 * candidates as the query's choice needs, best first: for k hits of which per_document allows only
 * so many of one document, or all that match.
 * Errors: as rank_begin and rank_next. */
KITH_CHECKED kith_status find_candidates(const ranking_request *r, arena *a, collection_hits *hits,
                                         kith_error *err);
/* The indexes of the candidates that are chosen, in order: up to q->k of them, fewer only when
 * per_document allows no more. *order lives in `a`.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status choose_candidates(const collection_query *q, arena *a,
                                           const collection_hits *hits, uint32_t **order,
                                           uint32_t *count, kith_error *err);

/* ---- match.c ---- */

/* Bit i of *out, which the caller frees: index row i matches the filter. Dead rows match as
 * columns_match says: see match_query for live rows only. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status match_filter(const snapshot *s, const filter *where, bitset **out,
                                      kith_error *err);
/* Bit i of *out, which the caller frees: row i is live, matches `where` (NULL: all do) and holds
 * the required words of `words` (NULL: none). *out is NULL when nothing restricts the rows.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status match_query(const snapshot *s, const filter *where,
                                     const bm25_query *words, bitset **out, kith_error *err);
/* KITH_ERR_INVALID names the first field of the filter that no live point has, and the nearest that
 * some point has; `name` is the collection's. In an empty collection every field is accepted. */
KITH_CHECKED kith_status match_check_fields(const snapshot *s, const char *name,
                                            const filter *where, kith_error *err);

/* ---- match_points.c ---- */

/* Where texts and ids are read, for match_resolve. */
typedef struct match_source {
    store *store;
    uint64_t collection;
    bool pass_damaged;       /* a point that is damaged does not match; else it is a failure */
    const call_limit *limit; /* NULL: none */
} match_source;
/* Replaces a filter that asks for texts or ids (filter_reads) by one that the live rows match which
 * match it, good for this snapshot alone; any other filter, and NULL, is given back. *out in `a`.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT
 * (limit), KITH_ERR_CORRUPT, KITH_ERR_BUSY, KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status match_resolve(const snapshot *s, const match_source *from,
                                       const filter *where, arena *a, const filter **out,
                                       kith_error *err);

#endif
