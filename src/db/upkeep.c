/* upkeep.c - what an index needs beside what is asked of it: rows linked into the graph, segments
 * joined, generations saved, dead rows left behind.
 *
 * None of it changes what a search finds, so nobody waits for it. A thread does it: started when a
 * change has made something due, and ended when nothing is due any more. At most one thread does
 * the upkeep of a collection at a time (is_running); where none can be started, the thread of the
 * call that found it due does it itself.
 *
 * How that thread keeps out of the way. Linking and saving read published rows and take no lock at
 * all; whoever does the upkeep is the one who links (vector_index.h). Joining segments and building
 * an index anew are done beside as well, from a snapshot; only their end takes collection.applier,
 * to put the result in the place of what it was made of. An index anew is a derived of its own, which
 * is filled from the store from 0, in slices, given the graph of the old one as far as the vectors are the same (upkeep_carry.c),
 * linked, and brought up to the store again, beside the old
 * one, which the applier goes on with. Then, as the applier, it is brought up for the last time and
 * published.
 *
 * Linking is what takes long, and other threads take part in it: up to LINK_THREADS_MAX, as many as
 * there are processors, of the same low priority. They are started for it and end with the upkeep.
 * While writes come, of which each changes the snapshot, the thread links alone: the other
 * processors are for those who write.
 *
 * When either fails, for want of memory or because another thread was faster, nothing has changed,
 * and the next change tries again.
 *
 * Which segments are joined: upkeep_join.c. When a generation is saved: upkeep_save.c.
 *
 * Dead rows. Their vectors are removed in batches once they are a share of the live rows
 * (snapshot_needs_removal), before more rows are linked. What is dead in a snapshot is dead in all later ones, but searches may hold
 * earlier ones: so the snapshot is kept until none of these is held (collection.formers), and then all that
 * is dead in it is removed (vector_index_remove). What stays of such rows, their numbers, and slots that no row has taken,
 * leave when the index is built anew, which is due when they take a twelfth of its memory (snapshot_needs_rebuild).
 *
 * A partial index, of which pages are read when searches want them, is read whole before anything else is done to
 * it, and that only once there is a reason to (read_on.c).
 *
 * Stopping. `stopping` is looked at between slices of linking and reading; joining and saving are
 * finished first. */
#include "base/size.h"
#include "db/catch_up.h"
#include "db/collection_private.h"
#include "os/memory.h"
#include "os/thread_pool.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    LINK_SLICE = 256,        /* rows linked between two looks at what else is due */
    LINK_THREADS_MAX = 8,    /* at most so many link at once, ... */
    LINK_TOGETHER = 512,     /* ... and one alone when fewer rows are left */
    LINK_AT_LEAST = 64,      /* rows that are worth a thread, after a change */
    LINK_TAIL_MAX = 4096,    /* rows that may be left to be scanned when a collection is closed */
    REMOVAL_WAIT_DEAD = 512, /* so many dead rows that have memory, ... */
    REMOVAL_WAIT_SHARE = 16, /* ... for so many live ones: who writes waits, ... */
    REMOVAL_WAIT_MS = 50,    /* ... so long at most */
    NICE = 5,                /* of the thread */
    RETIRED_POLL_MS = 10     /* searches that hold what is to be freed take less, as a rule */
};

/* ---- linking ---- */

static uint32_t unlinked(const snapshot *s)
{
    return s->index ? vector_index_unlinked(s->index, snapshot_linkable_rows(s)) : 0;
}

static uint32_t uncoded(const snapshot *s)
{
    return s->index ? vector_index_uncoded(s->index, snapshot_linkable_rows(s)) : 0;
}

/* Rows or nodes that are to be linked or coded, whichever are more. */
static uint32_t to_be_linked(const snapshot *s)
{
    return (uint32_t)size_max(unlinked(s), uncoded(s));
}

static void note_links(collection *c, const snapshot *s, uint32_t linked)
{
    (void)pthread_mutex_lock(&c->lock);
    if (c->current->derived == s->derived) c->unsaved_links += linked;
    (void)pthread_mutex_unlock(&c->lock);
}

/* Threads that look for neighbors with the one that does the upkeep; NULL: none. They live until it
 * ends, and have its priority. */
static thread_pool *helpers_of(collection *c)
{
    upkeep *u = &c->upkeep;
    if (c->home.no_threads || u->has_tried_helpers) return u->helpers;
    uint32_t threads = c->home.processors;
    u->has_tried_helpers = true;
    if (threads > LINK_THREADS_MAX) threads = LINK_THREADS_MAX;
    if (threads > 1 && thread_pool_new(threads, &u->helpers, NULL) != KITH_OK) u->helpers = NULL;
    return u->helpers;
}

static void dismiss_helpers(collection *c)
{
    upkeep *u = &c->upkeep;
    thread_pool_free(u->helpers);
    u->helpers = NULL;
    u->has_tried_helpers = false;
}

/* While writes come, the other processors are theirs. */
static bool is_quiet(collection *c, const snapshot *s)
{
    uint64_t before = c->upkeep.sequence_seen;
    c->upkeep.sequence_seen = s->sequence;
    return s->sequence == before;
}

/* What a process that only reads links is lost when it ends: it leaves a tail that can be
 * scanned. */
static bool must_link(const collection *c, const snapshot *s)
{
    return to_be_linked(s) > (store_is_read_only(c->home.store) ? LINK_TAIL_MAX : 0);
}

/* To be called where something is to be linked. False when it failed. helpers: NULL, or threads that take part. */
static bool link_slice(collection *c, const snapshot *s, thread_pool *helpers)
{
    uint32_t before = vector_index_linked(s->index), after = before;
    kith_status status =
        vector_index_link(s->index, snapshot_linkable_rows(s), LINK_SLICE, helpers, &after, NULL);
    if (status != KITH_OK) return false;
    note_links(c, s, after - before);
    return true;
}

/* ---- removing ---- */

static void end_removal(collection *c)
{
    snapshot_release(c->upkeep.removing);
    c->upkeep.removing = NULL;
}

/* Is there a removal that can be done now? Begins to wait for one that is due. */
static bool can_remove(collection *c, const snapshot *s)
{
    upkeep *u = &c->upkeep;
    if (u->removing && u->removing->derived != s->derived) end_removal(c);
    if (!u->removing && snapshot_needs_removal(s))
        u->removing = snapshot_hold((snapshot *)(uintptr_t)s);
    bool is_held = u->removing && collection_release_formers(c) < u->removing->number;
    atomic_store_explicit(&u->is_blocked, is_held, memory_order_relaxed);
    return u->removing && !is_held && vector_index_reclaim(s->index);
}

static bool remove_dead(collection *c)
{
    const snapshot *s = c->upkeep.removing;
    const vector_view rows = {s->index, s->rows, &s->live, s->live_count};
    kith_status status = vector_index_remove(s->index, &rows, NULL);
    end_removal(c);
    return status == KITH_OK;
}

/* Does memory, or a removal, wait for searches to end? */
static bool is_reclaiming(collection *c)
{
    bool is_behind = false;
    snapshot *s = collection_hold_current(c, &is_behind);
    bool result =
        c->upkeep.removing || c->upkeep.saved || (s && s->index && !vector_index_reclaim(s->index));
    snapshot_release(s);
    return result;
}

/* ---- an index anew ---- */

static bool link_all(collection *c, const snapshot *s)
{
    vector_index *ix = s->index;
    while (unlinked(s) > 0) {
        if (atomic_load_explicit(&c->upkeep.stopping, memory_order_relaxed)) return false;
        thread_pool *helpers = helpers_of(c);
        if (vector_index_link(ix, snapshot_linkable_rows(s), LINK_SLICE, helpers, NULL, NULL) !=
            KITH_OK)
            return false;
    }
    return true;
}

/* Is the index of a form that it would not have if it were built now? The memory that it may take has changed; or points were
 * deleted, and twice as many as there are would fit in memory. */
static bool has_outlived_form(const collection *c, const snapshot *s)
{
    if (!s->index) return false;
    vector_index_options options = *vector_index_describe(s->index);
    const vector_budget before = options.budget;
    const vector_form form = vector_index_form(s->index);
    options.budget = collection_budget(c);
    const bool is_same =
        options.budget.bytes == before.bytes && options.budget.is_compact == before.is_compact;
    if (!is_same) return vector_index_form_for(&options, s->live_count) != form;
    // It has tried to move to a disk when it was to, and could not.
    return vector_index_form_for(&options, 2 * (uint64_t)s->live_count) < form;
}

static bool must_build(const collection *c, const snapshot *s, bool quiet)
{
    return atomic_load(&c->upkeep.is_unreadable) || snapshot_needs_rebuild(s, quiet) ||
           has_outlived_form(c, s);
}

/* Brings *s up to the store, and links what is new. */
static kith_status follow(catch_up *u, collection *c, snapshot **s)
{
    snapshot *next = NULL;
    kith_status status = catch_up_from(u, *s, &next, NULL);
    if (status != KITH_OK) return status;
    snapshot_release(*s);
    *s = next;
    return link_all(c, next) ? KITH_OK : KITH_ERR_CANCELLED;
}

static kith_status publish_anew_applying(collection *c, catch_up *u, const snapshot *former,
                                         snapshot *anew)
{
    bool is_behind = false;
    snapshot *now = collection_hold_current(c, &is_behind), *next = NULL;
    kith_status status = now->derived == former->derived ? KITH_OK : KITH_ERR_CANCELLED;
    if (status == KITH_OK) status = catch_up_from(u, anew, &next, NULL);
    if (status == KITH_OK) {
        collection_publish_applying(c, next, u->applied);
        for (uint32_t i = 0; i < now->segment_count; i++)
            upkeep_retire_applying(c, segment_hold(now->segments[i]), NULL);
        upkeep_retire_applying(c, NULL, derived_hold(now->derived));
    }
    snapshot_release(now);
    return status;
}

/* Builds the index anew without the dead rows of `former`. False when that failed. */
static bool build_anew(collection *c, const snapshot *former)
{
    snapshot *anew = NULL;
    catch_up u = {.c = c, .cancelled = &c->upkeep.stopping};
    kith_status status = catch_up_from_nothing(&u, &anew, NULL);
    if (status == KITH_OK && !atomic_load(&c->upkeep.is_unreadable)) upkeep_carry(former, anew);
    if (status == KITH_OK && !link_all(c, anew)) status = KITH_ERR_CANCELLED;
    if (status == KITH_OK) status = follow(&u, c, &anew); // what changed while that was linked
    if (status == KITH_OK) {
        (void)pthread_mutex_lock(&c->applier);
        status = publish_anew_applying(c, &u, former, anew);
        (void)pthread_mutex_unlock(&c->applier);
    }
    snapshot_release(anew);
    if (status != KITH_OK) return false;
    atomic_store(&c->upkeep.is_unreadable, false);
    (void)pthread_mutex_lock(&c->lock);
    catch_up_write_notice(&u, c->upkeep.notice);
    atomic_store_explicit(&c->upkeep.has_notice, true, memory_order_relaxed);
    (void)pthread_mutex_unlock(&c->lock);
    return true;
}

/* ---- recall ---- */

static int is_stopping(void *context)
{
    const collection *c = context;
    return atomic_load_explicit(&c->upkeep.stopping, memory_order_relaxed);
}

static void compare_sample(collection *c)
{
    const call_limit limit = {.is_cancelled = is_stopping, .context = c};
    recall_sampler_compare(&c->sampler, &limit);
    if (!store_is_read_only(c->home.store) && recall_sampler_is_old(&c->sampler))
        recall_sampler_save(&c->sampler, c->home.store, c->id);
}

/* Is a curve of recall due, and the graph what searches will walk? */
static bool can_calibrate(collection *c, const snapshot *s)
{
    return s->index && !must_link(c, s) && calibration_is_due(c, s);
}

/* ---- one piece of work after the other ---- */

/* What could not be done is not tried again before something has changed. */
typedef enum piece {
    JOIN = 1,
    SAVE = 2,
    LINK = 4,
    BUILD = 8,
    REMOVE = 16,
    CALIBRATE = 32,
    READ = 64,
    SKETCH = 128
} piece;

/* A piece that no write waits for. */
static bool do_apart(collection *c, const snapshot *s, bool (*work)(collection *, const snapshot *))
{
    atomic_store_explicit(&c->upkeep.is_occupied, true, memory_order_relaxed);
    const bool done = work(c, s);
    atomic_store_explicit(&c->upkeep.is_occupied, false, memory_order_relaxed);
    return done;
}

/* Does one piece of what is due and has not failed. False when there is none. */
static bool do_one_piece(collection *c, const snapshot *s, unsigned *failed)
{
    bool quiet = is_quiet(c, s);
    piece which = LINK;
    bool done = false;
    // Nothing else is done to an index that is partial.
    if (snapshot_is_partial(s)) {
        if ((*failed & READ) || !read_on_is_due(c, s)) return false;
        if (!read_on_slice(c, s)) *failed |= READ;
        return true;
    }
    if (s->index) (void)vector_index_reclaim(s->index);
    // First, since a sample holds its snapshot, and how often there is one is bounded.
    if (recall_sampler_has_pending(&c->sampler)) {
        compare_sample(c);
        return true;
    }
    if (upkeep_can_adopt(c, s) && upkeep_adopt(c)) return true;
    if (!(*failed & REMOVE) && can_remove(c, s)) {
        which = REMOVE;
        done = remove_dead(c);
    } else if (!(*failed & JOIN) && upkeep_is_join_due(s, quiet)) {
        which = JOIN;
        done = do_apart(c, s, upkeep_join);
    } else if (!(*failed & SKETCH) && calibration_is_sketch_due(c, s)) {
        which = SKETCH;
        done = do_apart(c, s, calibration_sketch);
    } else if (!(*failed & CALIBRATE) && quiet && can_calibrate(c, s)) {
        which = CALIBRATE; // before a generation is saved, which has the result in it
        done = do_apart(c, s, calibration_run);
    } else if (!(*failed & SAVE) && upkeep_is_save_due(c, s, !quiet || must_link(c, s))) {
        which = SAVE;
        done = do_apart(c, s, upkeep_save);
    } else if (!(*failed & LINK) && must_link(c, s)) {
        bool is_worth = quiet && unlinked(s) >= LINK_TOGETHER;
        done = link_slice(c, s, is_worth ? helpers_of(c) : NULL);
    } else if (!(*failed & BUILD) && must_build(c, s, quiet)) {
        which = BUILD;
        done = do_apart(c, s, build_anew);
    } else {
        return !quiet; // what waits for quiet is looked at once more
    }
    if (!done) *failed |= which;
    return true;
}

/* Whether it goes on, to be asked when nothing is left that can be done; clears is_running if
 * not. */
static bool is_wanted_again(collection *c, uint32_t retired_count, unsigned *failed)
{
    (void)pthread_mutex_lock(&c->lock);
    upkeep *u = &c->upkeep;
    bool goes_on = !atomic_load(&u->stopping) && (u->is_wanted || retired_count > 0);
    if (u->is_wanted) *failed = 0;
    u->is_resting = goes_on && !u->is_wanted;
    u->is_running = goes_on;
    u->is_wanted = false;
    if (!goes_on || u->is_resting) (void)pthread_cond_broadcast(&u->changed);
    (void)pthread_mutex_unlock(&c->lock);
    return goes_on;
}

static void take_a_rest(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = RETIRED_POLL_MS * 1000000L}, NULL);
}

/* After a burst of writes: also the words that their drafts knew, and the store's pages. */
static void give_back_memory(collection *c)
{
    store_give_back_memory(c->home.store);
    if (c->home.known_words) known_words_free(atomic_exchange(c->home.known_words, NULL));
    memory_give_back();
}

static void run(collection *c)
{
    unsigned failed = 0;
    bool has_worked = false; // what it took and freed is worth giving back
    for (;;) {
        bool is_behind = false, is_more = false;
        if (!atomic_load(&c->upkeep.stopping)) {
            snapshot *s = collection_hold_current(c, &is_behind);
            is_more = do_one_piece(c, s, &failed);
            snapshot_release(s);
        }
        (void)collection_release_formers(c);
        uint32_t retired_count = upkeep_release_retired(c, false);
        has_worked = has_worked || is_more;
        if (is_more) continue;
        dismiss_helpers(c); // before another thread may do the upkeep
        if (has_worked) give_back_memory(c);
        has_worked = false;
        retired_count += !(failed & REMOVE) && is_reclaiming(c);
        if (!is_wanted_again(c, retired_count, &failed)) return;
        if (retired_count > 0) take_a_rest();
    }
}

/* It gives way to the threads of the program, which wait for nothing that it does. */
static void *run_thread(void *context)
{
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    run(context);
    return NULL;
}

/* ---- starting and stopping ---- */

/* Is anything worth a thread? */
static bool is_due(collection *c, const snapshot *s)
{
    (void)pthread_mutex_lock(&c->lock);
    bool has_retired = c->upkeep.retired_count > 0, has_changed = c->unsaved > 0;
    (void)pthread_mutex_unlock(&c->lock);
    if (snapshot_is_partial(s)) return has_retired || read_on_is_due(c, s);
    uint32_t tail = must_link(c, s) ? to_be_linked(s) : 0;
    // What is not linked is scanned, and where vectors are on a disk read from it.
    const bool is_cold = s->index && vector_index_form(s->index) == VECTOR_COMPACT;
    if (has_changed || is_cold ? tail >= LINK_AT_LEAST : tail > LINK_TAIL_MAX) return true;
    return has_retired || upkeep_is_join_due(s, false) || upkeep_is_save_due(c, s, false) ||
           snapshot_needs_removal(s) || must_build(c, s, true) ||
           recall_sampler_has_pending(&c->sampler) || can_calibrate(c, s);
}

/* Signals are for the threads of the program: none is handled in this one. */
static int start_thread(collection *c)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&c->upkeep.thread, NULL, run_thread, c);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

/* True when the caller is to do the upkeep itself. */
static bool claim_or_start(collection *c)
{
    bool is_mine = false;
    upkeep *u = &c->upkeep;
    (void)pthread_mutex_lock(&c->lock);
    if (u->is_running) {
        u->is_wanted = true;
    } else if (!atomic_load(&u->stopping)) {
        if (u->has_thread) (void)pthread_join(u->thread, NULL); // it has ended, or is about to
        u->is_running = true;
        u->has_thread = !c->home.no_threads && start_thread(c) == 0;
        is_mine = !u->has_thread;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return is_mine;
}

/* May the caller, who writes, wait for the upkeep? Where it removes dead rows, or will after a slice of linking. */
static bool is_removing(collection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    const upkeep *u = &c->upkeep;
    bool result = u->is_running && !u->is_resting &&
                  !atomic_load_explicit(&u->is_blocked, memory_order_relaxed) &&
                  !atomic_load_explicit(&u->is_occupied, memory_order_relaxed);
    (void)pthread_mutex_unlock(&c->lock);
    return result;
}

void upkeep_wait_for_memory(collection *c)
{
    bool is_behind = false;
    if (!is_removing(c)) return;
    snapshot *s = collection_hold_current(c, &is_behind);
    derived *rows = derived_hold(s->derived);
    const vector_view all = {.index = s->index, .live_count = s->live_count};
    snapshot_release(s); // or else it would be what is waited for
    for (uint32_t ms = 0; ms < REMOVAL_WAIT_MS && all.index; ms++) {
        uint32_t dead = vector_index_dead(&all);
        if (dead < REMOVAL_WAIT_DEAD || dead < all.live_count / REMOVAL_WAIT_SHARE) break;
        if (!is_removing(c)) break;
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000L}, NULL);
        (void)atomic_fetch_add_explicit(&c->upkeep.waited_ms, 1, memory_order_relaxed);
    }
    derived_release(rows);
}

void upkeep_start(collection *c)
{
    bool is_behind = false;
    snapshot *s = collection_hold_current(c, &is_behind);
    bool due = is_due(c, s), is_crowded = upkeep_is_crowded(s);
    snapshot_release(s);
    if (is_crowded) upkeep_join_newest(c);
    if (due && claim_or_start(c)) run(c);
}

void upkeep_wait(collection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    while (c->upkeep.is_running && (!c->upkeep.is_resting || c->upkeep.is_wanted))
        (void)pthread_cond_wait(&c->upkeep.changed, &c->lock);
    (void)pthread_mutex_unlock(&c->lock);
}

void upkeep_stop(collection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    atomic_store(&c->upkeep.stopping, true);
    while (c->upkeep.is_running)
        (void)pthread_cond_wait(&c->upkeep.changed, &c->lock);
    bool has_thread = c->upkeep.has_thread;
    c->upkeep.has_thread = false;
    (void)pthread_mutex_unlock(&c->lock);
    if (has_thread) (void)pthread_join(c->upkeep.thread, NULL);
    recall_sampler_drop(&c->sampler);
    end_removal(c);
    upkeep_end_adoption(c);
    (void)upkeep_release_retired(c, true);
}

void upkeep_finish(collection *c, int64_t measure_until_ns)
{
    bool is_behind = false;
    snapshot *s = collection_hold_current(c, &is_behind);
    if (!s) return;
    if (!store_is_read_only(c->home.store) && snapshot_is_partial(s) &&
        !(upkeep_is_save_due_at_close(c, s) && read_on_finish(s))) {
        recall_sampler_save(&c->sampler, c->home.store, c->id);
    } else if (!store_is_read_only(c->home.store)) {
        uint32_t tail = unlinked(s);
        while (tail > LINK_TAIL_MAX && link_slice(c, s, NULL))
            tail = unlinked(s);
        if (s->index && tail <= LINK_TAIL_MAX && !c->home.no_threads)
            calibration_finish(c, s, measure_until_ns);
        recall_sampler_save(&c->sampler, c->home.store, c->id);
        if (upkeep_is_save_due_at_close(c, s)) (void)upkeep_save(c, s);
    }
    snapshot_release(s);
    collection_tell(c);
}
