/* collection.c - a collection's handle: birth, death, the newest snapshot, and what the store says
 * of it. */
#include "db/collection.h"

#include "db/collection_private.h"
#include "os/clock.h"
#include "store/catalog.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of the names that a collection had. */
typedef struct collection_name {
    struct collection_name *former;
    char text[];
} collection_name;

void collection_rename(collection *c, view name)
{
    if (c->name && view_equal(view_of(c->name), name)) return;
    collection_name *new = malloc(sizeof *new + name.size + 1);
    if (!new) return;
    new->former = c->names;
    if (name.size) memcpy(new->text, name.data, name.size);
    new->text[name.size] = '\0';
    c->names = new;
    c->name = new->text;
}

kith_status collection_new(const collection_home *home, const store_collection *description,
                           collection **out, kith_error *err)
{
    collection *c = calloc(1, sizeof *c);
    if (!c) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    c->home = *home;
    c->id = description->id;
    c->metric = description->metric;
    atomic_init(&c->index_memory, description->index_memory);
    atomic_init(&c->is_compact, description->memory == KITH_MEMORY_COMPACT);
    collection_rename(c, description->name);
    if (!c->name) {
        free(c);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a collection");
    }
    (void)pthread_mutex_init(&c->applier, NULL);
    (void)pthread_mutex_init(&c->lock, NULL);
    clock_condition_init(&c->upkeep.changed);
    recall_sampler_init(&c->sampler, home->no_threads ? 0 : home->sample_every);
    *out = c;
    return KITH_OK;
}

void collection_note_notice_locked(collection *c, const char *notice)
{
    (void)snprintf(c->upkeep.notice, sizeof c->upkeep.notice, "%s", notice);
    atomic_store_explicit(&c->upkeep.has_notice, true, memory_order_relaxed);
}

void collection_notify(collection *c, const char *notice)
{
    if (notice[0] && c->home.on_notice) c->home.on_notice(c->home.notice_context, notice);
}

void collection_tell(collection *c)
{
    char notice[NOTICE_BYTES];
    if (!atomic_load_explicit(&c->upkeep.has_notice, memory_order_relaxed)) return;
    (void)pthread_mutex_lock(&c->lock);
    memcpy(notice, c->upkeep.notice, NOTICE_BYTES);
    c->upkeep.notice[0] = '\0';
    atomic_store_explicit(&c->upkeep.has_notice, false, memory_order_relaxed);
    (void)pthread_mutex_unlock(&c->lock);
    collection_notify(c, notice);
}

void collection_free(collection *c)
{
    CHECK(!c->upkeep.has_thread && !c->upkeep.is_running && c->upkeep.retired_count == 0);
    recall_sampler_done(&c->sampler);
    (void)collection_release_formers(c);
    CHECK(!c->formers);
    snapshot_release(c->current);
    free(c->pinned_model);
    free(c->upkeep.retired);
    (void)pthread_cond_destroy(&c->upkeep.changed);
    (void)pthread_mutex_destroy(&c->lock);
    (void)pthread_mutex_destroy(&c->applier);
    while (c->names) {
        collection_name *former = c->names->former;
        free(c->names);
        c->names = former;
    }
    free(c);
}

database *collection_database(const collection *c)
{
    return c->home.database;
}

uint64_t collection_id(const collection *c)
{
    return c->id;
}

kith_metric collection_metric(const collection *c)
{
    return c->metric;
}

/* ---- the newest snapshot ---- */

void collection_note_asked(collection *c, const uint64_t *points, uint32_t count)
{
    (void)pthread_mutex_lock(&c->lock);
    for (uint32_t i = 0; i < count && c->asked_count < COLLECTION_ASKED_MAX; i++)
        c->asked[c->asked_count++] = points[i];
    (void)pthread_mutex_unlock(&c->lock);
}

uint32_t collection_take_asked(collection *c, uint64_t points[COLLECTION_ASKED_MAX])
{
    (void)pthread_mutex_lock(&c->lock);
    uint32_t count = c->asked_count;
    memcpy(points, c->asked, count * sizeof *points);
    c->asked_count = 0;
    (void)pthread_mutex_unlock(&c->lock);
    return count;
}

snapshot *collection_hold_current(collection *c, bool *is_behind)
{
    (void)pthread_mutex_lock(&c->lock);
    snapshot *s = c->current ? snapshot_hold(c->current) : NULL;
    *is_behind = c->behind;
    (void)pthread_mutex_unlock(&c->lock);
    return s;
}

uint32_t collection_unlinked(collection *c)
{
    bool is_behind = false;
    snapshot *s = collection_hold_current(c, &is_behind);
    uint32_t unlinked =
        s && s->index ? vector_index_unlinked(s->index, snapshot_linkable_rows(s)) : 0;
    snapshot_release(s);
    return unlinked;
}

/* Takes the former snapshots that nobody else holds off the list, and gives them back as one. Nobody can
 * take hold of them again: only the current one is given out. */
static snapshot *take_unheld_locked(collection *c, uint64_t *oldest)
{
    snapshot *taken = NULL, **at = &c->formers;
    *oldest = UINT64_MAX;
    while (*at) {
        snapshot *s = *at;
        // Acquire: what former holders did with it comes before it is freed.
        if (atomic_load_explicit(&s->holders, memory_order_acquire) > 1) {
            if (s->number < *oldest) *oldest = s->number;
            at = &s->next_former;
            continue;
        }
        *at = s->next_former;
        s->next_former = taken;
        taken = s;
    }
    return taken;
}

static void release_list(snapshot *list)
{
    while (list) {
        snapshot *next = list->next_former;
        snapshot_release(list);
        list = next;
    }
}

uint64_t collection_release_formers(collection *c)
{
    uint64_t oldest;
    (void)pthread_mutex_lock(&c->lock);
    snapshot *unheld = take_unheld_locked(c, &oldest);
    (void)pthread_mutex_unlock(&c->lock);
    release_list(unheld);
    return oldest;
}

void collection_publish_applying(collection *c, snapshot *s, uint64_t applied)
{
    uint64_t oldest;
    (void)pthread_mutex_lock(&c->lock);
    const bool is_current = c->current == s; // nothing had changed; the list has no hold of it
    if (c->current && !is_current) {
        c->current->next_former = c->formers;
        c->formers = c->current;
    }
    if (!is_current) s->number = ++c->published;
    c->current = s;
    c->unsaved += applied;
    snapshot *unheld = take_unheld_locked(c, &oldest);
    (void)pthread_mutex_unlock(&c->lock);
    if (is_current) snapshot_release(s);
    release_list(unheld);
}

/* ---- what the store says ---- */

static void note_sequence(collection *c, uint64_t sequence)
{
    uint64_t noted = atomic_load_explicit(&c->noted_sequence, memory_order_relaxed);
    while (noted < sequence &&
           !atomic_compare_exchange_weak_explicit(&c->noted_sequence, &noted, sequence,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

size_t collection_bytes_applying(collection *c, const snapshot *s)
{
    atomic_store_explicit(&c->unmeasured, 0, memory_order_relaxed);
    return snapshot_bytes(s) + recall_sampler_bytes(&c->sampler);
}

bool collection_measure(collection *c, uint64_t *bytes)
{
    enum { GROWTH_SHARE = 16, GROWTH_LEAST = 64 }; // rows that are no reason to count anew
    bool is_behind = false;
    uint64_t measured = atomic_load_explicit(&c->measured_bytes, memory_order_relaxed);
    uint32_t then = atomic_load_explicit(&c->measured_rows, memory_order_relaxed);
    const uint32_t asked = atomic_fetch_add_explicit(&c->unmeasured, 1, memory_order_relaxed) + 1;
    *bytes = measured;
    if (pthread_mutex_trylock(&c->applier) != 0) return true;
    snapshot *s = collection_hold_current(c, &is_behind);
    bool is_worth_keeping = s || is_behind;
    uint32_t rows = s ? s->rows : 0;
    if (!s)
        measured = 0;
    else if (measured == 0 || rows < then || rows - then > then / GROWTH_SHARE + GROWTH_LEAST ||
             asked >= COLLECTION_MEASURE_AFTER)
        measured = collection_bytes_applying(c, s);
    else
        rows = then;
    (void)pthread_mutex_unlock(&c->applier);
    snapshot_release(s);
    atomic_store_explicit(&c->measured_bytes, measured, memory_order_relaxed);
    atomic_store_explicit(&c->measured_rows, rows, memory_order_relaxed);
    *bytes = measured;
    return is_worth_keeping;
}

/* ---- what is known of the pins ---- */

/* Neither ever changes once it is set, but for the name that an old pin of a model may still
 * get. */
static void note_pins_locked(collection *c, const store_collection *description)
{
    c->pinned_dim = description->dim;
    bool is_known = c->pinned_model && view_equal(view_of(c->pinned_model), description->model);
    if (description->model.size == 0 || is_known) return;
    char *model = strndup(description->model.data, description->model.size);
    if (!model) return; // then it is looked up again
    free(c->pinned_model);
    c->pinned_model = model;
}

vector_budget collection_budget(const collection *c)
{
    return (vector_budget){.bytes = atomic_load_explicit(&c->index_memory, memory_order_relaxed),
                           .is_compact = atomic_load_explicit(&c->is_compact, memory_order_relaxed),
                           .directory = c->home.directory};
}

void collection_note(collection *c, const store_collection *description)
{
    atomic_store_explicit(&c->index_memory, description->index_memory, memory_order_relaxed);
    atomic_store_explicit(&c->is_compact, description->memory == KITH_MEMORY_COMPACT,
                          memory_order_relaxed);
    (void)pthread_mutex_lock(&c->lock);
    note_pins_locked(c, description);
    (void)pthread_mutex_unlock(&c->lock);
    note_sequence(c, store_foreign_sequence(c->home.store, description));
}

static bool is_model_pinned(const char *pinned, view wanted)
{
    if (wanted.size == 0) return true;
    if (!pinned) return false;
    view known = view_of(pinned);
    bool is_named = store_model_name(known).size || !store_model_name(wanted).size;
    return is_named && store_model_compare(known, wanted) == STORE_MODEL_SAME;
}

bool collection_is_pinned(collection *c, view model, uint32_t *dim)
{
    (void)pthread_mutex_lock(&c->lock);
    bool result = c->pinned_dim != 0 && (*dim == 0 || *dim == c->pinned_dim) &&
                  is_model_pinned(c->pinned_model, model);
    if (result) *dim = c->pinned_dim;
    (void)pthread_mutex_unlock(&c->lock);
    return result;
}

kith_status collection_describe(collection *c, arena *a, store_collection *out, kith_error *err)
{
    kith_status status = store_collection_read(c->home.store, c->id, a, out, err);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, status, "collection '%s' was deleted", c->name);
    return status;
}

kith_status collection_get_points(collection *c, const view *keys, uint32_t count, unsigned with,
                                  arena *a, store_point *out, kith_error *err)
{
    return store_get_points(c->home.store, c->id, keys, count, with, a, out, err);
}

kith_status collection_explain_missing(collection *c, kith_status status, kith_error *err)
{
    arena memory;
    kith_error why = {0};
    store_collection description;
    if (status != KITH_ERR_NOT_FOUND || !c) return status;
    arena_init(&memory, 0);
    bool is_gone = collection_describe(c, &memory, &description, &why) == KITH_ERR_NOT_FOUND;
    arena_done(&memory);
    if (is_gone && err) *err = why;
    return status;
}
