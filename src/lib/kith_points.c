/* kith_points.c - writing, reading and deleting points. */
#include "lib/put.h"

#include "db/validate.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "lib/selection.h"

#include <stddef.h>
#include <stdlib.h>

/* ---- writing ---- */

/* How points are put. */
typedef struct put_manner {
    kith_put_options options;
    const call_limit *limit; /* NULL: none */
    bool embeds_changes;     /* put_embeds_changes */
    view name;               /* that the collection must have; data == NULL: any */
} put_manner;

static kith_status gather(const kith_point *points, size_t count, const put_manner *how,
                          store_point *out, put_texts *texts, kith_error *err)
{
    kith_status status = KITH_OK;
    for (size_t i = 0; i < count; i++) {
        const kith_point *p = &points[i];
        status = put_read_point(p, i, &texts->dim, &out[i], err);
        if (status != KITH_OK) return status;
        if (p->metadata)
            status = put_read_metadata(p->metadata, how->options.merge, texts->memory,
                                       &out[i].metadata, err);
        if (status != KITH_OK) return fail_context(err, status, "point %zu ('%.64s')", i, p->id);
        if (put_wants_embedding(p, &how->options, how->embeds_changes))
            put_texts_add(texts, p->content, &out[i]);
    }
    return KITH_OK;
}

static kith_status put_in(kith *k, collection *c, put_manner *how, const kith_point *points,
                          size_t count, kith_error *err)
{
    arena memory;
    put_texts texts;
    arena_init(&memory, 0);
    store_point *gathered = arena_new_array(&memory, store_point, count);
    kith_status status = put_texts_init(&texts, count, &memory, err);
    if (status == KITH_OK)
        status = put_embeds_changes(c, &how->options, points, count, &how->embeds_changes, err);
    if (status == KITH_OK) status = gather(points, count, how, gathered, &texts, err);
    texts.truncation = (kith_truncation)how->options.truncation;
    if (status == KITH_OK) status = put_texts_embed(&texts, k, c, how->limit, err);
    if (how->options.truncated) *how->options.truncated = status == KITH_OK ? texts.truncated : 0;
    if (status == KITH_OK) status = call_limit_check(how->limit, err);
    const collection_put what = {.how = put_store_manner(&how->options),
                                 .points = gathered,
                                 .count = (uint32_t)count,
                                 .dim = texts.dim,
                                 .model = texts.model,
                                 .name = how->name,
                                 .limit = how->limit};
    if (status == KITH_OK) status = collection_put_points_with(c, &what, err);
    put_texts_done(&texts);
    arena_done(&memory);
    return status;
}

static kith_status check_options(const kith_put_options *o, kith_error *err)
{
    static const char *const names[] = {"KITH_ADD", "KITH_UPSERT", "KITH_UPDATE"};
    if (o->mode > KITH_UPDATE)
        return fail(err, KITH_ERR_INVALID, "unknown write mode %d", (int)o->mode);
    const char *refused = o->keep_existing && o->mode != KITH_ADD     ? "keep_existing"
                          : o->pass_missing && o->mode != KITH_UPDATE ? "pass_missing"
                          : o->allow_repeated && o->mode == KITH_ADD  ? "allow_repeated"
                          : o->merge && o->mode == KITH_ADD           ? "merge"
                                                                      : NULL;
    if (refused) return fail(err, KITH_ERR_INVALID, "%s has no %s", names[o->mode], refused);
    return KITH_OK;
}

/* What was known of the name may be out of date. When the store knows the same, a failure stands. */
static kith_status put_by_name(kith *k, view name, const put_manner *asked,
                               const kith_point *points, size_t count, kith_error *err)
{
    put_manner how = *asked;
    how.name = name;
    collection *known = database_hold_known(k->database, name), *c = NULL;
    kith_status status = known ? put_in(k, known, &how, points, count, err) : KITH_ERR_NOT_FOUND;
    if (status != KITH_OK) {
        kith_status found = database_acquire_collection(k->database, name, &c, err);
        how = *asked;
        if (found != KITH_OK)
            status = found;
        else if (c != known)
            status = put_in(k, c, &how, points, count, err);
        if (c != known && acquire_successor(k, name.data, status, &c))
            status = put_in(k, c, &how, points, count, err);
    }
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    database_release_collection(known);
    return status;
}

kith_status kith_put_with(kith *k, const char *name, const kith_put_options *options,
                          const kith_point *points, size_t count, kith_error *err)
{
    put_manner how = {.limit = NULL};
    call_limit room;
    kith_status status =
        options_adopt(&(options_shape){"kith_put_options", offsetof(kith_put_options, truncation),
                                       sizeof how.options},
                      options, &how.options, err);
    if (status == KITH_OK) status = check_truncation(how.options.truncation, err);
    if (status == KITH_OK) status = options_begin_call(how.options.call, &room, &how.limit, err);
    if (status == KITH_OK) status = check_options(&how.options, err);
    if (status != KITH_OK) return status;
    if (count == 0 || count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT, "a batch of %zu points, allowed are 1 to %d", count,
                    KITH_BATCH_MAX_POINTS);
    return put_by_name(k, view_of(name), &how, points, count, err);
}

kith_status kith_put(kith *k, const char *name, kith_write_mode mode, const kith_point *points,
                     size_t count, kith_error *err)
{
    return kith_put_with(k, name, &(kith_put_options){.mode = mode}, points, count, err);
}

/* ---- reading and deleting ---- */

static kith_status make_records(collection *c, const kith_selection *wanted, const call_limit *call,
                                arena *a, kith_records *out, kith_error *err)
{
    selected s = {0};
    store_collection description;
    unsigned with = wanted->with_vectors ? STORE_WITH_VECTOR : 0U;
    if (!wanted->without_content) with |= STORE_WITH_CONTENT;
    if (!wanted->without_metadata) with |= STORE_WITH_METADATA;
    kith_status status = collection_describe(c, a, &description, err);
    if (status == KITH_OK) status = selection_read(c, wanted, call, with, a, &s, err);
    if (status == KITH_OK && wanted->with_vectors && !wanted->pass_waiting)
        status = store_require_vectors(s.points, s.count, err);
    kith_record *records = arena_new_array(a, kith_record, s.count);
    if (status == KITH_OK && !records)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u points", s.count);
    for (uint32_t i = 0; i < s.count && status == KITH_OK; i++) {
        const store_point *p = &s.points[i];
        records[i] = (kith_record){
            .id = p->key.data,
            .document = p->document.size ? p->document.data : NULL,
            .content = wanted->without_content ? NULL : p->content.data,
            .metadata = wanted->without_metadata ? NULL
                        : p->metadata.size       ? p->metadata.data
                                                 : "{}",
            .vector = p->vector,
        };
    }
    if (status == KITH_OK) *out = (kith_records){s.count, description.dim, records, s.next};
    return status;
}

kith_status kith_get(kith *k, const char *name, const kith_selection *selection, kith_records **out,
                     kith_error *err)
{
    kith_selection wanted;
    call_limit room;
    const call_limit *call = NULL;
    arena *memory = NULL;
    kith_records *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_selection), selection, &wanted, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &call, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = make_records(c, &wanted, call, memory, result, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return RESULT_END(status, result, out);
}

void kith_records_free(kith_records *records)
{
    result_free(records);
}

static kith_status count_selected(collection *c, const kith_selection *wanted,
                                  const call_limit *call, uint64_t *out, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    kith_status status = selection_count(c, wanted, call, &memory, out, err);
    arena_done(&memory);
    return status;
}

kith_status kith_count(kith *k, const char *name, const kith_selection *selection, uint64_t *out,
                       kith_error *err)
{
    kith_selection wanted;
    call_limit room;
    const call_limit *call = NULL;
    collection *c = NULL;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_selection), selection, &wanted, err);
    if (status == KITH_OK && (wanted.offset || wanted.limit || wanted.cursor))
        status = fail(err, KITH_ERR_INVALID, "a count takes no offset, limit or cursor");
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &call, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = count_selected(c, &wanted, call, out, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return status;
}

/* Sets keys and count of what is to be deleted. Ids alone say it: only what else was asked for takes a look at the
 * points before. */
static kith_status choose_keys(collection *c, const kith_selection *wanted, const call_limit *call,
                               arena *a, collection_deletion *what, kith_error *err)
{
    const bool is_ids =
        wanted->ids && !wanted->where && !wanted->offset && !wanted->limit && !wanted->cursor;
    selected s = {0};
    if (is_ids && wanted->id_count > UINT32_MAX) return fail(err, KITH_ERR_LIMIT, "too many ids");
    kith_status status = is_ids ? KITH_OK : selection_read(c, wanted, call, 0, a, &s, err);
    if (status != KITH_OK) return status;
    what->count = is_ids ? (uint32_t)wanted->id_count : s.count;
    view *keys = arena_new_array(a, view, what->count);
    if (!keys) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u ids", what->count);
    for (uint32_t i = 0; i < what->count; i++)
        keys[i] = is_ids ? view_of(wanted->ids[i]) : s.points[i].key;
    what->keys = keys;
    return KITH_OK;
}

/* The points are selected in one state and deleted in another: with a filter each is asked about
 * again, in the transaction that deletes it. */
static kith_status delete_selected(collection *c, const kith_selection *wanted,
                                   const call_limit *call, arena *a, size_t *deleted,
                                   kith_error *err)
{
    uint32_t count = 0;
    collection_deletion what = {.where = optional_view(wanted->where), .limit = call};
    kith_status status = choose_keys(c, wanted, call, a, &what, err);
    if (status == KITH_OK && what.count > 0)
        status = collection_delete_matching(c, &what, &count, err);
    if (status == KITH_ERR_FULL)
        status =
            fail_context(err, status,
                         "nothing was deleted: the log of %u deletions is larger than the room "
                         "that is held back for them; fewer at a time may fit, and to drop the "
                         "whole collection needs little",
                         what.count);
    if (status == KITH_OK && deleted) *deleted = count;
    return status;
}

kith_status kith_delete(kith *k, const char *name, const kith_selection *selection, size_t *deleted,
                        kith_error *err)
{
    kith_selection wanted;
    call_limit room;
    const call_limit *call = NULL;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_selection), selection, &wanted, err);
    if (status == KITH_OK && !wanted.ids && !wanted.where)
        status = fail(err, KITH_ERR_INVALID, "a deletion needs ids or a filter");
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &call, err);
    if (status != KITH_OK) return status;
    arena memory;
    arena_init(&memory, 0);
    collection *c = NULL;
    status = database_acquire_collection(k->database, view_of(name), &c, err);
    do {
        if (c) status = delete_selected(c, &wanted, call, &memory, deleted, err);
    } while (acquire_successor(k, name, status, &c));
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    arena_done(&memory);
    return status;
}
