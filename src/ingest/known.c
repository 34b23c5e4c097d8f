/* known.c - see known.h. */
#include "ingest/known.h"

#include "base/size.h"
#include "db/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* On the heap; NULL: out of memory. */
static char *name_model(view model, const char *suffix)
{
    const size_t bytes = model.size + strlen(suffix) + 1;
    char *name = heap_new_array(bytes, 1);
    if (name) (void)snprintf(name, bytes, "%.*s%s", VIEW_ARG(model), suffix);
    return name;
}

kith_status known_init(known *k, collection *c, embedder *e, kith_error *err)
{
    arena memory;
    store_collection description = {0};
    uint32_t dim = embedder_describe(e).dimension;
    char *model = NULL, *split_model = NULL;
    arena_init(&memory, 0);
    kith_status status = collection_describe(c, &memory, &description, err);
    if (status == KITH_OK) {
        // The collection's own model has the sketch that it was pinned with, which stays.
        view name = description.model.size ? description.model : view_of(embedder_model(e));
        bool is_certain = embedder_counts_tokens(e) || store_model_sketch(name).size > 0;
        if (dim == 0) dim = description.dim;
        if (is_certain) model = name_model(name, "");
        if (is_certain) split_model = name_model(name, "\nsplit");
        if (is_certain && !(model && split_model))
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    }
    arena_done(&memory);
    if (status != KITH_OK) {
        free(model);
        free(split_model);
        return status;
    }
    *k = (known){.collection = c,
                 .embedder = e,
                 .database = description.database,
                 .model = model,
                 .split_model = split_model,
                 .dim = dim};
    return KITH_OK;
}

void known_done(known *k)
{
    free(k->model);
    free(k->split_model);
    *k = (known){0};
}

/* One call at work. */
typedef struct call {
    const view *texts;    /* [count] */
    store_text_key *keys; /* [count] */
    float *vectors;       /* [count][dim] */
    bool *found;          /* [count] the store has it */
    uint32_t *source;     /* [count] of a text that is not found: its place among the missing */
    view *missing;        /* [missing_count] each text once */
    uint32_t *first;      /* [missing_count] where it stands first */
    uint32_t count, missing_count;
} call;

static void call_done(call *c)
{
    free(c->vectors);
    free(c->found);
    free(c->source);
    free(c->missing);
    free(c->first);
}

static kith_status call_init(call *c, const known *k, const view *texts, uint32_t count,
                             store_text_key *keys, kith_error *err)
{
    size_t floats = 0;
    *c = (call){.texts = texts, .keys = keys, .count = count};
    c->found = heap_new_array(count, sizeof *c->found);
    c->source = heap_new_array(count, sizeof *c->source);
    c->missing = heap_new_array(count, sizeof *c->missing);
    c->first = heap_new_array(count, sizeof *c->first);
    if (size_mul(count, k->dim, &floats)) c->vectors = heap_new_array(floats, sizeof *c->vectors);
    if (c->found && c->source && c->missing && c->first && c->vectors) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u texts", count);
}

/* The place among the missing texts of one that is equal to text `i`; missing_count: none is. */
static uint32_t find_twin(const call *c, uint32_t i)
{
    uint32_t m = 0;
    while (m < c->missing_count && memcmp(&c->keys[c->first[m]], &c->keys[i], sizeof *c->keys) != 0)
        m++;
    return m;
}

/* A text that is split has another vector than one that is cut, hence another key. */
static store_text_key key_of(const known *k, view text)
{
    const bool is_split = embedder_truncation(k->limit, 0) == KITH_SPLIT &&
                          !embedder_reads_whole(k->embedder, MODEL_AS_DOCUMENT, text);
    return store_text_key_of(k->database, view_of(is_split ? k->split_model : k->model), text);
}

void known_find(known *k, const view *texts, uint32_t count, store_text_key *keys, float *vectors,
                bool *found)
{
    store *s = database_store(collection_database(k->collection));
    kith_status status = KITH_ERR_NOT_FOUND;
    memset(keys, 0, count * sizeof *keys);
    for (uint32_t i = 0; i < count && k->model; i++)
        keys[i] = key_of(k, texts[i]);
    if (k->model && k->dim > 0)
        status = store_find_vectors(s, keys, count, k->dim, vectors, found, NULL);
    for (uint32_t i = 0; i < count; i++)
        found[i] = status == KITH_OK && found[i];
}

/* Fills keys, vectors that are there, and the list of the missing. */
static void look_up(known *k, call *c)
{
    known_find(k, c->texts, c->count, c->keys, c->vectors, c->found);
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->found[i]) continue;
        uint32_t twin = k->model && k->dim > 0 ? find_twin(c, i) : c->missing_count;
        c->source[i] = twin;
        if (twin < c->missing_count) continue;
        c->first[c->missing_count] = i;
        c->missing[c->missing_count++] = c->texts[i];
    }
    k->found += c->count - c->missing_count;
}

static kith_status embed_missing(known *k, const call *c, float **out, uint32_t *dim,
                                 kith_error *err)
{
    if (k->unfinished)
        return unfinished_embed(k->unfinished, c->missing, c->missing_count, out, dim, err);
    const embed_options options = {.lane = EMBED_LANE_BULK,
                                   .truncation = embedder_truncation(k->limit, 0),
                                   .truncated = &k->truncated,
                                   .limit = k->limit};
    return embedder_embed(k->embedder, c->missing, c->missing_count, out, dim, &options, err);
}

/* Moves embedded[missing_count][dim] to the places of its texts. */
static void merge(call *c, const float *embedded, uint32_t dim)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (!c->found[i])
            memcpy(c->vectors + (size_t)i * dim, embedded + (size_t)c->source[i] * dim,
                   dim * sizeof *embedded);
}

kith_status known_embed(known *k, const view *texts, uint32_t count, store_text_key *keys,
                        float **out, uint32_t *dim, kith_error *err)
{
    call c;
    float *embedded = NULL;
    uint32_t width = k->dim;
    kith_status status = call_init(&c, k, texts, count, keys, err);
    if (status == KITH_OK) look_up(k, &c);
    if (status == KITH_OK && c.missing_count > 0)
        status = embed_missing(k, &c, &embedded, &width, err);
    if (status == KITH_OK && k->dim != 0 && width != k->dim)
        status = fail(err, KITH_ERR_REMOTE, "the vectors have %u dimensions, those before %u",
                      width, k->dim);
    if (status == KITH_OK && c.missing_count == count) { // `embedded` is the result as it is
        *out = embedded;
        embedded = NULL;
    } else if (status == KITH_OK) {
        if (c.missing_count > 0) merge(&c, embedded, width);
        *out = c.vectors;
        c.vectors = NULL;
    }
    if (status == KITH_OK) *dim = k->dim = width;
    free(embedded);
    call_done(&c);
    return status;
}
