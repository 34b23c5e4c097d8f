/* collection_write.c - a collection's write path: validate, store, refresh.
 *
 * Every write takes the same three steps, in this order:
 *   1. validate all of it against what the collection is pinned to; nothing was written so far, so
 *      a failure here leaves no trace. Dimension and model never change once they are set, so they
 *      are remembered, and the store is asked for them only while something is missing;
 *   2. store it: first the pin of dimension and model, unless they are set, then the rest in one
 *      transaction. When that returns KITH_OK the write is on disk. The pin is a transaction of its
 *      own and stays when the rest is refused, as for a key that is taken: an empty collection may
 *      so have a dimension;
 *   3. refresh the derived index, so that the caller's next search sees the write.
 * For many points a second thread looks for their words during step 2 (word_draft.h).
 * A failure of step 3 is not the call's: what step 2 has committed stays written, and a caller who
 * was told otherwise would write it again. The collection is then `behind` (refresh.c). */
#include "base/size.h"
#include "db/collection_private.h"
#include "db/validate.h"
#include "fields/filter.h"

static kith_status validate_point(const collection *c, const store_point *p, unsigned how,
                                  uint32_t dim, uint32_t expected_dim, kith_error *err)
{
    kith_status status = validate_key(p->key, "point", err);
    if (status == KITH_OK && p->content.data) status = validate_content(p->content, err);
    if (status == KITH_OK && p->metadata.data) {
        arena memory;
        arena_init(&memory, 0);
        status = metadata_parse(p->metadata, &(metadata){.memory = &memory}, err);
        arena_done(&memory);
    }
    bool may_exist = how & STORE_MERGE || (how & STORE_MODE) == STORE_UPDATE;
    if (status == KITH_OK && !p->vector && !p->is_waiting && !may_exist)
        status = fail(err, KITH_ERR_INVALID, "a point needs a vector");
    if (status == KITH_OK && p->vector)
        status = validate_vector(p->vector, dim, expected_dim, c->metric, err);
    return status;
}

static kith_status validate_points(const collection *c, unsigned how, const store_point *points,
                                   uint32_t count, uint32_t dim, uint32_t expected_dim,
                                   kith_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        kith_status status = validate_point(c, &points[i], how, dim, expected_dim, err);
        if (status != KITH_OK)
            return fail_context(err, status, "point %u ('%.*s')", i,
                                (int)size_min(points[i].key.size, 64),
                                points[i].key.data ? points[i].key.data : "");
    }
    return KITH_OK;
}

/* Checks against what the collection is pinned to, and gives its dimension (0: none yet). */
static kith_status check_model(collection *c, view model, uint32_t dim, uint32_t *expected_dim,
                               kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    store_collection description;
    kith_status status = collection_describe(c, &memory, &description, err);
    if (status == KITH_OK) {
        collection_note(c, &description);
        *expected_dim = description.dim;
        bool has_vectors = description.points > 0;
        view pinned = store_model_fingerprint(description.model);
        view wanted = store_model_fingerprint(model);
        store_model_difference difference = wanted.size && pinned.size
                                                ? store_model_compare(description.model, model)
                                                : STORE_MODEL_SAME;
        if (difference == STORE_MODEL_OTHER_OF_THIS_NAME)
            status = fail(err, KITH_ERR_MODEL,
                          "collection '%s' was made with another model than the one that the "
                          "endpoint now calls '%.*s': use that endpoint, another collection, or "
                          "delete this one and add its documents again",
                          c->name, VIEW_ARG(store_model_name(model)));
        else if (difference == STORE_MODEL_OTHER)
            status = fail(err, KITH_ERR_MODEL,
                          "collection '%s' is pinned to the model '%.*s', not '%.*s': use another "
                          "collection, or delete this one and add its documents again",
                          c->name, VIEW_ARG(pinned), VIEW_ARG(wanted));
        else if (wanted.size && !pinned.size && has_vectors)
            status =
                fail(err, KITH_ERR_MODEL,
                     "collection '%s' holds vectors of the caller's own: text cannot join them",
                     c->name);
        else if (dim != 0 && description.dim != 0 && dim != description.dim)
            status = fail(err, KITH_ERR_DIMENSION,
                          "the model's vectors have %u dimensions, collection '%s' has %u", dim,
                          c->name, description.dim);
    }
    arena_done(&memory);
    return status;
}

kith_status collection_check_model(collection *c, view model, uint32_t dim, kith_error *err)
{
    uint32_t expected_dim = 0;
    return check_model(c, model, dim, &expected_dim, err);
}

/* A description that was read, or the pins that are known, say the same: dimension and model, once
 * set, are for ever. *is_pinned: nothing is left to pin, and the store was not asked. */
static kith_status check_pins(collection *c, view model, uint32_t dim, uint32_t *expected_dim,
                              bool *is_pinned, kith_error *err)
{
    *expected_dim = dim;
    *is_pinned = collection_is_pinned(c, model, expected_dim);
    return *is_pinned ? KITH_OK : check_model(c, model, dim, expected_dim, err);
}

/* Step 3: to the sequence that step 2 gave. */
static void follow(collection *c, uint64_t sequence)
{
    read_on_note_write(c);
    kith_status status = collection_refresh(c, sequence, NULL);
    (void)status; // the collection is behind: refresh.c keeps the reason, and the next call retries
    upkeep_wait_for_memory(c);
}

/* Words are looked for beside the store's work where there are many points, and where they will not
 * be read back from the store as likely as not. */
static bool is_worth_a_draft(const collection *c, const collection_put *what)
{
    return what->count >= WORD_DRAFT_AT_LEAST && c->home.processors > 1 && !c->home.no_threads &&
           (what->how & STORE_MODE) != STORE_UPDATE && !(what->how & STORE_MERGE);
}

kith_status collection_put_points_with(collection *c, const collection_put *what, kith_error *err)
{
    if (what->count == 0 || what->count > KITH_BATCH_MAX_POINTS)
        return fail(err, KITH_ERR_LIMIT, "a batch of %u points, allowed are 1 to %d", what->count,
                    KITH_BATCH_MAX_POINTS);
    bool is_pinned = false;
    uint32_t dim = 0;
    store_put put = {.how = what->how,
                     .points = what->points,
                     .count = what->count,
                     .name = what->name,
                     .limit = what->limit};
    const store_pin pin = {
        .dim = what->dim, .model = what->model, .name = what->name, .limit = what->limit};
    kith_status status = check_pins(c, what->model, 0, &dim, &is_pinned, err);
    if (status == KITH_OK)
        status = validate_points(c, what->how, what->points, what->count, what->dim, dim, err);
    if (status == KITH_OK && what->dim != 0 && !is_pinned)
        status = store_collection_pin(c->home.store, c->id, &pin, err);
    word_draft draft = {0};
    committed_put own = {.put = &put, .dim = what->dim};
    if (status == KITH_OK && is_worth_a_draft(c, what)) {
        word_draft_begin(&draft, what->points, what->count, c->home.known_words);
        own.draft = &draft;
    }
    if (status == KITH_OK) status = store_put_points_with(c->home.store, c->id, &put, err);
    if (status == KITH_OK) {
        read_on_note_write(c);
        kith_status followed = collection_follow(c, &own, NULL);
        (void)followed; // as in follow()
        upkeep_wait_for_memory(c);
    }
    word_draft_end(&draft);
    return status;
}

kith_status collection_put_points(collection *c, unsigned how, const store_point *points,
                                  uint32_t count, uint32_t dim, view model, kith_error *err)
{
    const collection_put what = {
        .how = how, .points = points, .count = count, .dim = dim, .model = model};
    return collection_put_points_with(c, &what, err);
}

kith_status collection_delete_points(collection *c, const view *keys, uint32_t count,
                                     uint32_t *deleted, kith_error *err)
{
    uint64_t sequence = 0;
    kith_status status =
        store_delete_points(c->home.store, c->id, keys, count, &sequence, deleted, err);
    if (status == KITH_OK) follow(c, sequence);
    return status;
}

kith_status collection_commit(collection *c, store_commit *commit, uint32_t dim, view model,
                              kith_error *err)
{
    bool is_pinned = false;
    uint32_t expected_dim = 0;
    const store_pin pin = {.dim = dim, .model = model, .limit = commit->limit};
    kith_status status = check_pins(c, model, 0, &expected_dim, &is_pinned, err);
    for (uint32_t i = 0; status == KITH_OK && i < commit->count; i++) {
        const store_operation *op = &commit->operations[i];
        if (!op->deletes)
            status = validate_points(c, op->how, op->points, op->count, dim, expected_dim, err);
    }
    if (status == KITH_OK && dim != 0 && !is_pinned)
        status = store_collection_pin(c->home.store, c->id, &pin, err);
    if (status == KITH_OK) status = store_commit_operations(c->home.store, c->id, commit, err);
    if (status == KITH_OK && commit->outcome == STORE_COMMITTED) follow(c, commit->sequence);
    return status;
}

static kith_status match_point(void *context, const store_point *point, bool *matches,
                               kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    metadata fields = {.memory = &memory};
    const filter_point p = {.id = point->key, .text = point->content, .fields = &fields};
    kith_status status =
        point->metadata.size ? metadata_parse(point->metadata, &fields, err) : KITH_OK;
    if (status == KITH_OK) *matches = filter_matches(context, &p);
    arena_done(&memory);
    return status;
}

kith_status collection_aim(collection *c, const collection_condition *given, arena *a,
                           store_condition *out, kith_error *err)
{
    const filter *f = NULL;
    collection_matches found = {0};
    kith_status status = filter_parse(given->where, a, &f, err);
    if (status == KITH_OK && !given->allow_unknown_fields)
        status = collection_check_fields(c, given->where, err);
    if (status == KITH_OK && !given->has_keys)
        status = collection_match(c, given->where, given->call, a, &found, err);
    if (status != KITH_OK) return status;
    *out = (store_condition){.match = match_point,
                             .context = (void *)(uintptr_t)f,
                             .rows = found.rows,
                             .count = found.count,
                             .sequence = found.sequence,
                             .limit = given->limit};
    return KITH_OK;
}

kith_status collection_delete_matching(collection *c, const collection_deletion *what,
                                       uint32_t *deleted, kith_error *err)
{
    arena memory;
    const filter *f = NULL;
    uint64_t sequence = 0;
    arena_init(&memory, 0);
    kith_status status = what->where.data ? filter_parse(what->where, &memory, &f, err) : KITH_OK;
    const store_key_list list = {
        .keys = what->keys,
        .count = what->count,
        .match = f ? match_point : NULL,
        .context = (void *)(uintptr_t)f,
        .limit = what->limit,
    };
    if (status == KITH_OK)
        status = store_delete_matching(c->home.store, c->id, &list, &sequence, deleted, err);
    arena_done(&memory);
    if (status == KITH_OK) follow(c, sequence);
    return status;
}

static kith_status validate_documents(const collection *c, const store_deposit *deposit,
                                      uint32_t dim, uint32_t expected_dim, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < deposit->count && status == KITH_OK; i++) {
        const store_document *d = &deposit->documents[i];
        status = validate_key(d->key, "document", err);
        if (status == KITH_OK) status = validate_content(d->text, err);
        if (status == KITH_OK)
            status =
                validate_points(c, STORE_ADD, d->points, d->point_count, dim, expected_dim, err);
    }
    return status;
}

kith_status collection_put_sources(collection *c, const collection_deposits *what, kith_error *err)
{
    bool is_pinned = false;
    uint32_t expected_dim = 0, dim = what->dim;
    uint64_t sequence = 0;
    store *s = c->home.store;
    const store_deposits put = {what->deposits, what->count, what->limit};
    const store_pin pin = {.dim = dim, .model = what->model, .limit = what->limit};
    kith_status status = check_pins(c, what->model, dim, &expected_dim, &is_pinned, err);
    for (uint32_t i = 0; i < what->count && status == KITH_OK; i++)
        status = validate_documents(c, &what->deposits[i], dim, expected_dim, err);
    if (status == KITH_OK && dim != 0 && !is_pinned)
        status = store_collection_pin(s, c->id, &pin, err);
    if (status == KITH_OK) status = store_put_sources(s, c->id, &put, &sequence, err);
    if (status == KITH_OK) follow(c, sequence);
    return status;
}

kith_status collection_put_vectors(collection *c, store_vectors *what, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < what->count && status == KITH_OK; i++)
        status = validate_vector(what->vectors + (size_t)i * what->dim, what->dim, what->dim,
                                 c->metric, err);
    if (status == KITH_OK) status = store_put_vectors(c->home.store, c->id, what, err);
    if (status == KITH_OK) follow(c, what->sequence);
    return status;
}

kith_status collection_put_documents(collection *c, const store_source *source,
                                     const store_document *documents, uint32_t count, uint32_t dim,
                                     view model, kith_error *err)
{
    const store_deposit deposit = {source, documents, count};
    const collection_deposits what = {.deposits = &deposit, .count = 1, .dim = dim, .model = model};
    return collection_put_sources(c, &what, err);
}

kith_status collection_delete_document(collection *c, view key, kith_error *err)
{
    uint64_t sequence = 0;
    kith_status status = store_delete_document(c->home.store, c->id, key, &sequence, err);
    if (status == KITH_OK) follow(c, sequence);
    return status;
}

kith_status collection_delete_source(collection *c, view path, kith_error *err)
{
    uint64_t sequence = 0;
    kith_status status = store_delete_source(c->home.store, c->id, path, &sequence, err);
    if (status == KITH_OK) follow(c, sequence);
    return status;
}
