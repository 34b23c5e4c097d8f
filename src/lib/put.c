/* put.c - see put.h.
 *
 * Content is embedded when its point brings no vector. A change of a point that may exist is
 * different where vectors come from the caller: there the new content leaves the vector as it is. */
#include "lib/put.h"

#include "db/validate.h"

#include <stdlib.h>

unsigned put_store_manner(const kith_put_options *o)
{
    unsigned mode = o->mode == KITH_ADD      ? STORE_ADD
                    : o->mode == KITH_UPSERT ? STORE_UPSERT
                                             : STORE_UPDATE;
    return mode | (o->keep_existing ? STORE_KEEP_EXISTING : 0U) |
           (o->pass_missing ? STORE_PASS_MISSING : 0U) |
           (o->allow_repeated ? STORE_ALLOW_REPEATED : 0U) | (o->merge ? STORE_MERGE : 0U);
}

kith_status put_read_metadata(const char *json, bool is_change, arena *a, view *out,
                              kith_error *err)
{
    *out = view_of(json);
    return is_change ? KITH_OK : validate_metadata(view_of(json), a, out, err);
}

kith_status put_read_point(const kith_point *p, size_t i, uint32_t *dim, store_point *out,
                           kith_error *err)
{
    if (!p->id) return fail(err, KITH_ERR_INVALID, "point %zu: id is missing", i);
    if (p->vector && *dim != 0 && p->dimension != *dim)
        return fail(err, KITH_ERR_DIMENSION,
                    "point %zu ('%.64s'): vector has %u dimensions, others have %u", i, p->id,
                    p->dimension, *dim);
    if (p->vector) *dim = p->dimension;
    *out = (store_point){
        .key = view_of(p->id), .content = optional_view(p->content), .vector = p->vector};
    return KITH_OK;
}

/* ---- texts to embed ---- */

/* Are points that exist changed, rather than refused or replaced as a whole? */
static bool changes_points(const kith_put_options *o)
{
    return o->mode == KITH_UPDATE || o->merge;
}

/* Whether new content of existing points is embedded depends on the collection, which is asked when
 * there is any. One without points may yet become either. */
kith_status put_embeds_changes(collection *c, const kith_put_options *o, const kith_point *points,
                               size_t count, bool *out, kith_error *err)
{
    size_t plain = 0;
    store_collection description = {0};
    arena memory;
    *out = false;
    if (!changes_points(o)) return KITH_OK;
    while (plain < count && (points[plain].vector || !points[plain].content))
        plain++;
    if (plain == count) return KITH_OK;
    arena_init(&memory, 0);
    kith_status status = collection_describe(c, &memory, &description, err);
    if (status == KITH_OK)
        *out = description.model.size > 0 || (o->mode == KITH_UPSERT && description.points == 0);
    arena_done(&memory);
    return status;
}

bool put_wants_embedding(const kith_point *p, const kith_put_options *o, bool embeds_changes)
{
    return !p->vector && p->content && (!changes_points(o) || embeds_changes);
}

kith_status put_texts_init(put_texts *t, size_t room, arena *memory, kith_error *err)
{
    *t = (put_texts){.memory = memory,
                     .texts = arena_new_array(memory, view, room),
                     .owners = arena_new_array(memory, store_point *, room),
                     .model = {"", 0}};
    return memory->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu points", room)
                             : KITH_OK;
}

void put_texts_done(put_texts *t)
{
    free(t->vectors);
    t->vectors = NULL;
}

void put_texts_add(put_texts *t, const char *text, store_point *owner)
{
    t->texts[t->count] = view_of(text);
    t->owners[t->count++] = owner;
}

static kith_status embed(put_texts *t, embedder *e, const call_limit *limit, kith_error *err)
{
    const embed_options how = {.limit = limit,
                               .truncation = embedder_truncation(limit, t->truncation),
                               .truncated = &t->truncated};
    uint32_t dim = 0;
    kith_status status = embedder_embed(e, t->texts, t->count, &t->vectors, &dim, &how, err);
    if (status != KITH_OK) return status;
    if (t->dim != 0 && dim != t->dim)
        return fail(err, KITH_ERR_DIMENSION,
                    "given vectors have %u dimensions, the model's have %u", t->dim, dim);
    t->dim = dim;
    for (uint32_t i = 0; i < t->count; i++)
        t->owners[i]->vector = t->vectors + (size_t)i * dim;
    return KITH_OK;
}

kith_status put_texts_embed(put_texts *t, const kith *k, collection *c, const call_limit *limit,
                            kith_error *err)
{
    embedder *e = NULL;
    if (t->count == 0) return KITH_OK;
    kith_status status = choose_embedder(k, c, &e, err);
    if (status == KITH_OK) status = embedder_identify(e, limit, err);
    if (status != KITH_OK) return status;
    t->model = view_of(embedder_model(e));
    status = collection_check_model(c, t->model, embedder_describe(e).dimension, err);
    return status == KITH_OK ? embed(t, e, limit, err) : status;
}
