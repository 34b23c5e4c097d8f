/* derived_file.c - a collection's index and its generations on disk. */
#include "db/derived_file.h"

#include "base/size.h"
#include "db/collection_private.h"
#include "db/derived_parts.h"
#include "db/generation_home.h"
#include "vector/vector_index_lists.h"

#include <stdio.h>
#include <stdlib.h>

/* What takes no longer to be read than the program takes to start is read when it is opened: nothing is then
 * left to be found damaged later, and no file is kept open. */
enum { READ_AT_ONCE_BYTES = 16 << 20 };

static derived_home home_of(const collection *c)
{
    return (derived_home){.ops = &file_ops_posix,
                          .store = c->home.store,
                          .directory = c->home.directory,
                          .collection = c->id,
                          .read_at_once =
                              c->home.read_at_once ? c->home.read_at_once : READ_AT_ONCE_BYTES,
                          .budget = collection_budget(c)};
}

static void note_loading(collection *c, const derived_loading *l, char notice[NOTICE_BYTES])
{
    if (!l->reason[0]) return;
    (void)pthread_mutex_lock(&c->lock);
    c->rebuilt = !l->is_loaded;
    c->must_save = true;
    (void)pthread_mutex_unlock(&c->lock);
    (void)snprintf(notice, NOTICE_BYTES, "collection '%s': %s, %s", c->name, l->reason,
                   l->is_loaded ? "the one before it is used" : "rebuilt");
}

static kith_status new_empty(const collection *c, snapshot **out, kith_error *err)
{
    derived *rows = derived_new(c->metric);
    if (rows) rows->budget = collection_budget(c);
    snapshot *s = rows ? snapshot_new_empty(rows) : NULL;
    if (s) text_cache_use(&rows->texts, c->home.texts, 0);
    derived_release(rows);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    *out = s;
    return KITH_OK;
}

kith_status derived_file_load(const collection *c, snapshot **out, derived_loading *out_loading,
                              kith_error *err)
{
    derived_home home = home_of(c);
    if (!token_is_zero(&c->rejected)) home.rejected = &c->rejected;
    kith_status status = derived_load(&home, out, out_loading, err);
    if (status != KITH_OK) return status;
    if (!out_loading->is_loaded) return new_empty(c, out, err);
    text_cache_use(&(*out)->derived->texts, c->home.texts, (*out)->rows);
    return KITH_OK;
}

kith_status derived_file_load_applying(collection *c, char notice[NOTICE_BYTES], snapshot **out,
                                       kith_error *err)
{
    derived_loading l = {0};
    kith_status status = derived_file_load(c, out, &l, err);
    if (status == KITH_OK) note_loading(c, &l, notice);
    return status;
}

void derived_file_reject_applying(collection *c, const derived *d, derived_loading *out)
{
    kith_error what = {0};
    (void)vector_index_damage(d->index, &what);
    c->rejected = d->token;
    const derived_home home = home_of(c);
    derived_reject(&home, d->generation, &d->token, &what, out);
}

/* Saves `s`, as `lists` has its vectors in order if they are in lists. */
static save_outcome save_parts(const derived_home *home, const snapshot *s, ivf_writing *lists,
                               kith_error *err)
{
    part_source *parts = heap_new_array(part_capacity(s), sizeof *parts);
    if (!parts) {
        (void)fail(err, KITH_ERR_NO_MEMORY, "out of memory for the parts of an index");
        return SAVE_FAILED;
    }
    const derived_state state = {
        .sequence = s->sequence, .parts = parts, .part_count = derived_list_parts(s, lists, parts)};
    // A failure only costs time at the next open, which then catches up from further back.
    kith_status status = derived_save(home, &state, err);
    free(parts);
    if (status == KITH_ERR_EXISTS) return SAVE_NOT_NEEDED;
    if (status == KITH_ERR_CORRUPT && lists) return SAVE_UNREADABLE;
    return status == KITH_OK ? SAVE_DONE : SAVE_FAILED;
}

/* Those of the newest generation, which is `s`. */
static void read_saved(const derived_home *home, const snapshot *s, saved_vectors *out)
{
    char path[PATH_MAX];
    listing l;
    generation g = {0};
    uint32_t format = 0;
    if (list_home(home, &l, NULL) != KITH_OK) return;
    const entry newest = {l.highest, ENTRY_GENERATION};
    if (entry_path(home, &newest, path, NULL) != KITH_OK ||
        generation_open(home->ops, path, &g, &format, NULL) != KITH_OK)
        return;
    kith_status status = vector_index_has_lists(s->index)
                             ? derived_read_lists(&g, s->index, &out->lists, NULL)
                             : derived_open_vectors(&g, &out->vectors, &out->slots, NULL);
    (void)status; // then the next generation is read
    generation_close(&g);
}

save_outcome derived_file_save(const collection *c, const snapshot *s, saved_vectors *out,
                               kith_error *err)
{
    const derived_home home = home_of(c);
    ivf_writing *writing = NULL;
    const vector_form form = s->index ? vector_index_form(s->index) : VECTOR_IN_MEMORY;
    *out = (saved_vectors){0};
    if (form == VECTOR_IN_LISTS && s->live_count > 0) {
        const vector_view rows = derived_rows_to_write(s);
        kith_status status = vector_index_plan_lists(&rows, &writing, err);
        if (status == KITH_ERR_CORRUPT || status == KITH_ERR_IO) return SAVE_UNREADABLE;
        if (status != KITH_OK) return SAVE_FAILED;
    }
    // What was measured of other lists is not true of these.
    if (writing && ivf_writing_is_new(writing))
        index_recall_set(&s->derived->recall, &(recall_curve){0}, true);
    if (form == VECTOR_COMPACT) vector_index_note_saving(s->index);
    const save_outcome outcome = save_parts(&home, s, writing, err);
    if (outcome == SAVE_DONE && (writing || form == VECTOR_COMPACT)) read_saved(&home, s, out);
    ivf_writing_free(writing);
    return outcome;
}

bool saved_vectors_adopt(saved_vectors *v, const snapshot *s)
{
    const vector_view rows = derived_rows_to_write(s);
    if (v->lists && vector_index_adopt_lists(s->index, v->lists, NULL) == KITH_OK) {
        v->lists = NULL;
        return true;
    }
    if (v->lists) return false;
    if (!vector_index_adopt_vectors(s->index, &rows, v->vectors, v->slots)) return false;
    v->vectors = NULL;
    return true;
}

void saved_vectors_done(saved_vectors *v)
{
    ivf_run_release(v->lists);
    paged_file_release(v->vectors);
    *v = (saved_vectors){0};
}

kith_status derived_file_examine(const collection *c, bool *is_missing, kith_error *err)
{
    const derived_home home = home_of(c);
    return derived_examine(&home, is_missing, err);
}

uint64_t derived_file_bytes(const collection *c)
{
    const derived_home home = home_of(c);
    return derived_disk_bytes(&home);
}

void derived_file_remove(const collection *c)
{
    const derived_home home = home_of(c);
    derived_remove(&home);
}
