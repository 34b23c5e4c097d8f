/* catch_up.c - reading the feed into a delta, in slices.
 *
 * A slice is one snapshot of the store, so that the log need not be kept for as long as a rebuild
 * takes (store_changes). The delta goes on over all slices and becomes visible at once, with the
 * last, whose state of the store is the one that the index is good for. */
#include "db/catch_up.h"

#include "db/delta.h"

#include <stdio.h>
#include <string.h>

enum { SLICE_POINTS = 4096 };

typedef struct application {
    catch_up *u;
    delta *delta;
    kith_error *err;
} application;

static void note_damage(catch_up *u, const char *message)
{
    if (u->damaged++ == 0) (void)snprintf(u->first_damage, sizeof u->first_damage, "%s", message);
}

static kith_status apply_change(void *context, const store_change *change)
{
    application *a = context;
    a->u->applied++;
    if (change->damage) note_damage(a->u, change->damage);
    return delta_apply(a->delta, change, a->err);
}

static kith_status check_points(const collection *c, const delta *d, uint64_t points,
                                kith_error *err)
{
    if (delta_points(d) == points) return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT,
                "the index of '%s' has %llu points, but kith.db counts %llu: rows are missing",
                c->name, (unsigned long long)delta_points(d), (unsigned long long)points);
}

static kith_status read_feed(application *a, uint64_t after, store_state *state)
{
    const collection *c = a->u->c;
    kith_status status = KITH_OK;
    store_feed feed = {.collection = c->id,
                       .sequence = after,
                       .limit = SLICE_POINTS,
                       .visit = apply_change,
                       .context = a};
    do {
        if (a->u->cancelled && atomic_load_explicit(a->u->cancelled, memory_order_relaxed))
            return fail(a->err, KITH_ERR_CANCELLED, "the collection is being closed");
        status = store_changes(c->home.store, &feed, state, a->err);
    } while (status == KITH_OK && state->is_more);
    return status;
}

kith_status catch_up_from(catch_up *u, snapshot *base, snapshot **out, kith_error *err)
{
    delta d;
    store_state state = {0};
    const uint64_t applied_before = u->applied;
    kith_status status = delta_begin(&d, base, err);
    if (status != KITH_OK) return status;
    application a = {u, &d, err};
    status = read_feed(&a, base->sequence, &state);
    if (status == KITH_OK) status = check_points(u->c, &d, state.points, err);
    bool is_same = u->applied == applied_before && state.sequence == base->sequence;
    if (status == KITH_OK && !is_same) return delta_end(&d, state.sequence, out, err);
    delta_abandon(&d);
    if (status == KITH_OK) *out = snapshot_hold(base);
    return status;
}

static kith_status apply_points(application *a, const committed_put *own)
{
    const store_put *put = own->put;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < put->count && status == KITH_OK; i++) {
        const store_point *p = &put->points[i];
        const store_change change = {.sequence = put->sequence,
                                     .row = put->first_row + i,
                                     .key = p->key,
                                     .metadata = p->metadata,
                                     .content = p->content,
                                     .vector = p->vector,
                                     .dim = own->dim};
        status = apply_change(a, &change);
    }
    return status;
}

/* All else is done while the draft is still being made. */
static kith_status apply_with_draft(application *a, const committed_put *own)
{
    bm25_segment *words = NULL;
    a->delta->words_apart = true;
    kith_status status = apply_points(a, own);
    if (status == KITH_OK) status = word_draft_take(own->draft, &words, a->err);
    if (status == KITH_OK) segment_take_words(a->delta->added, words);
    return status;
}

kith_status catch_up_put(catch_up *u, snapshot *base, const committed_put *own, snapshot **out,
                         kith_error *err)
{
    delta d;
    const store_put *put = own->put;
    CHECK(base->sequence + 1 == put->sequence && put->first_row != 0);
    kith_status status = delta_begin(&d, base, err);
    if (status != KITH_OK) return status;
    application a = {u, &d, err};
    status = own->draft ? apply_with_draft(&a, own) : apply_points(&a, own);
    if (status == KITH_OK) status = check_points(u->c, &d, put->total, err);
    if (status == KITH_OK) return delta_end(&d, put->sequence, out, err);
    delta_abandon(&d);
    return status;
}

kith_status catch_up_from_nothing(catch_up *u, snapshot **out, kith_error *err)
{
    derived *rows = derived_new(u->c->metric);
    if (rows) rows->budget = collection_budget(u->c);
    snapshot *empty = rows ? snapshot_new_empty(rows) : NULL;
    if (rows) text_cache_use(&rows->texts, u->c->home.texts, 0);
    kith_status status = empty ? catch_up_from(u, empty, out, err)
                               : fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    snapshot_release(empty);
    derived_release(rows);
    return status;
}

kith_status catch_up_hide(catch_up *u, snapshot *base, const store_change *damaged, uint32_t count,
                          snapshot **out, kith_error *err)
{
    delta d;
    kith_status status = delta_begin(&d, base, err);
    if (status != KITH_OK) return status;
    application a = {u, &d, err};
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = apply_change(&a, &damaged[i]);
    if (status == KITH_OK) return delta_end(&d, base->sequence, out, err);
    delta_abandon(&d);
    return status;
}

void catch_up_write_notice(const catch_up *u, char notice[NOTICE_BYTES])
{
    char others[64] = "";
    if (u->damaged == 0) return;
    if (u->damaged > 1)
        (void)snprintf(others, sizeof others, " (and %llu more)",
                       (unsigned long long)(u->damaged - 1));
    const size_t told = strlen(notice);
    if (told)
        (void)snprintf(notice + told, NOTICE_BYTES - told, "; left out of the index: %.300s%s",
                       u->first_damage, others);
    else
        (void)snprintf(notice, NOTICE_BYTES, "collection '%s': left out of the index: %.300s%s",
                       u->c->name, u->first_damage, others);
}
