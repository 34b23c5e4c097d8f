/* unfinished.c - see unfinished.h. */
#include "ingest/unfinished.h"

#include "base/hash.h"
#include "base/size.h"
#include "db/database.h"
#include "os/clock.h"
#include "store/pending_vectors.h"

#include <stdlib.h>

static store *store_of(const unfinished *u)
{
    return database_store(collection_database(u->collection));
}

/* The collection's dimension; 0 while it has none, or cannot be read. */
static uint32_t collection_dimension(collection *c)
{
    arena memory;
    store_collection description = {0};
    arena_init(&memory, 0);
    kith_status status = collection_describe(c, &memory, &description, NULL);
    arena_done(&memory);
    return status == KITH_OK ? description.dim : 0;
}

unfinished unfinished_begin(collection *c, embedder *e, const char *label)
{
    uint32_t dim = embedder_describe(e).dimension; // 0: of an endpoint that was not asked yet
    return (unfinished){.collection = c,
                        .embedder = e,
                        .owner = hash64(view_of(label), 0),
                        .dim = dim ? dim : collection_dimension(c)};
}

/* One slice: what is known of its texts, and what was embedded for the others. */
typedef struct slice {
    store_vector_key *keys; /* [count] */
    float *vectors;         /* [count][dim] */
    bool *found;            /* [count] */
    view *missing;          /* [missing_count] */
    uint32_t count, missing_count, dim;
} slice;

static void slice_done(slice *s)
{
    free(s->keys);
    free(s->vectors);
    free(s->found);
    free(s->missing);
}

static bool slice_init(slice *s, uint32_t count, uint32_t dim)
{
    size_t floats = 0;
    *s = (slice){.count = count, .dim = dim};
    if (!size_mul(count, dim, &floats)) return false;
    s->keys = heap_new_array(count, sizeof *s->keys);
    s->vectors = heap_new_array(floats, sizeof *s->vectors);
    s->found = heap_new_array(count, sizeof *s->found);
    s->missing = heap_new_array(count, sizeof *s->missing);
    return s->keys && s->vectors && s->found && s->missing;
}

/* Fills the keys, and the vectors that are there. */
static void look_up(unfinished *u, slice *s, const view *texts)
{
    uint64_t model = hash64(view_of(embedder_model(u->embedder)), 0);
    for (uint32_t i = 0; i < s->count; i++) {
        hash128 h = hash128_of(texts[i], model); // a text has one vector for one model
        s->keys[i] = (store_vector_key){{h.low, h.high}};
    }
    kith_status status = KITH_ERR_NOT_FOUND;
    if (s->dim > 0)
        status = store_find_pending_vectors(store_of(u), collection_id(u->collection), s->keys,
                                            s->count, s->dim, s->vectors, s->found, NULL);
    for (uint32_t i = 0; i < s->count; i++) {
        s->found[i] = s->found[i] && status == KITH_OK;
        if (s->found[i])
            u->found++;
        else
            s->missing[s->missing_count++] = texts[i];
    }
}

/* Puts the vectors of the missing texts into the store, whose keys are the first. */
static void put(const unfinished *u, const slice *s, const float *embedded)
{
    view model = view_of(embedder_model(u->embedder));
    uint64_t id = collection_id(u->collection);
    const store_pending_vectors pending = {.keys = s->keys,
                                           .vectors = embedded,
                                           .count = s->missing_count,
                                           .dim = s->dim,
                                           .owner = u->owner};
    const store_pin pin = {.dim = s->dim, .model = model, .limit = u->limit};
    kith_status status = store_collection_pin(store_of(u), id, &pin, NULL);
    if (status == KITH_OK)
        status = store_put_pending_vectors(store_of(u), id, &pending, clock_wall_ms(), NULL);
    (void)status; // see unfinished_embed
}

/* Moves embedded[missing_count][dim] to the places of the missing texts, and the keys of these to
 * the front, in the same order. */
static void merge(slice *s, const float *embedded)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->found[i]) continue;
        memcpy(s->vectors + (size_t)i * s->dim, embedded + (size_t)n * s->dim,
               s->dim * sizeof *embedded);
        s->keys[n++] = s->keys[i];
    }
    CHECK(n == s->missing_count);
}

/* Embeds the missing texts and puts them; *out is theirs. */
static kith_status embed_missing(unfinished *u, slice *s, float **out, kith_error *err)
{
    uint32_t dim = 0;
    kith_status status =
        embedder_embed(u->embedder, s->missing, s->missing_count, out, &dim,
                       &(embed_options){.lane = EMBED_LANE_BULK,
                                        .truncation = embedder_truncation(u->limit, 0),
                                        .limit = u->limit},
                       err);
    if (status != KITH_OK) return status;
    if (s->dim == 0) u->dim = s->dim = dim;
    if (dim == s->dim) return KITH_OK;
    free(*out);
    *out = NULL;
    return fail(err, KITH_ERR_REMOTE, "the vectors have %u dimensions, those before %u", dim,
                s->dim);
}

kith_status unfinished_embed(unfinished *u, const view *texts, uint32_t count, float **out,
                             uint32_t *dim, kith_error *err)
{
    slice s;
    float *embedded = NULL;
    kith_status status = slice_init(&s, count, u->dim)
                             ? KITH_OK
                             : fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", count);
    if (status == KITH_OK) look_up(u, &s, texts);
    if (status == KITH_OK && s.missing_count > 0) status = embed_missing(u, &s, &embedded, err);
    if (status == KITH_OK && s.missing_count < count && s.missing_count > 0) merge(&s, embedded);
    if (status == KITH_OK && s.missing_count > 0) put(u, &s, embedded);
    if (status == KITH_OK) {
        bool is_new = s.missing_count == count; // then `embedded` is the result as it is
        *out = is_new ? embedded : s.vectors;
        *dim = s.dim;
        if (is_new)
            embedded = NULL;
        else
            s.vectors = NULL;
    }
    free(embedded);
    slice_done(&s);
    return status;
}

void unfinished_end(const unfinished *u)
{
    kith_status status =
        store_drop_pending_vectors(store_of(u), collection_id(u->collection), u->owner, NULL);
    (void)status; // they are dropped with age
}
