/* choose.c - greedy choice.
 * Each candidate keeps its similarity to the most similar hit chosen so far, so that a step
 * compares it with the newest choice only. */
#include "db/choose.h"

#include "base/map.h"
#include "base/size.h"
#include "base/view.h"

#include <stdlib.h>

typedef struct choice {
    const choose_candidate *candidates;
    uint32_t count, dim;
    const choose_options *options;
    float *similarity; /* [count] to the most similar chosen hit; NULL without diversity */
    bool *is_chosen;   /* [count] */
    map *documents;    /* number -> hits chosen of it */
    uint32_t begin;    /* no candidate before this one can be chosen any more */
} choice;

static view key_of(const uint32_t *document)
{
    return (view){(const char *)document, sizeof *document};
}

static bool is_full(const choice *c, uint32_t document)
{
    uint64_t hits = 0;
    return c->options->per_document && document &&
           map_get(c->documents, key_of(&document), &hits) && hits >= c->options->per_document;
}

static float marginal_relevance(const choice *c, uint32_t i)
{
    float d = c->options->diversity;
    return (1.0F - d) * c->candidates[i].relevance - d * c->similarity[i];
}

/* The next choice, or count when none is left. Without diversity the first that may be chosen is
 * the best, and one that was passed over stays so, since a full document stays full: all choices
 * together are one pass. */
static uint32_t next_choice(const choice *c)
{
    uint32_t best = c->count;
    for (uint32_t i = c->begin; i < c->count; i++) {
        if (c->is_chosen[i] || is_full(c, c->candidates[i].document)) continue;
        if (!c->similarity) return i;
        if (best == c->count || marginal_relevance(c, i) > marginal_relevance(c, best)) best = i;
    }
    return best;
}

static float dot(const float *a, const float *b, uint32_t dim)
{
    float sum = 0;
    for (uint32_t i = 0; i < dim; i++)
        sum += a[i] * b[i];
    return sum;
}

static kith_status add_hit(choice *c, uint32_t chosen, bool is_first)
{
    uint64_t hits = 0;
    uint32_t document = c->candidates[chosen].document;
    c->is_chosen[chosen] = true;
    if (!c->similarity) c->begin = chosen + 1;
    for (uint32_t i = 0; c->similarity && i < c->count; i++) {
        float cosine = dot(c->candidates[i].vector, c->candidates[chosen].vector, c->dim);
        if (is_first || cosine > c->similarity[i]) c->similarity[i] = cosine;
    }
    if (document == 0) return KITH_OK;
    (void)map_get(c->documents, key_of(&document), &hits);
    return map_put(c->documents, key_of(&document), hits + 1);
}

kith_status choose_hits(const choose_candidate *candidates, uint32_t count, uint32_t dim,
                        const choose_options *o, uint32_t *out, uint32_t *out_count,
                        kith_error *err)
{
    bool diversify = o->diversity > 0;
    uint32_t taken = 0, next = 0;
    choice c = {.candidates = candidates,
                .count = count,
                .dim = dim,
                .options = o,
                .similarity = diversify ? heap_new_array(count, sizeof *c.similarity) : NULL,
                .is_chosen = heap_new_array(count, sizeof *c.is_chosen),
                .documents = map_new()};
    kith_status status = KITH_OK;
    if (!c.is_chosen || !c.documents || (diversify && !c.similarity)) status = KITH_ERR_NO_MEMORY;
    while (status == KITH_OK && taken < o->k && (next = next_choice(&c)) < count) {
        status = add_hit(&c, next, taken == 0);
        out[taken++] = next;
    }
    map_free(c.documents);
    free(c.is_chosen);
    free(c.similarity);
    if (status != KITH_OK) return fail(err, status, "out of memory for the choice of hits");
    *out_count = taken;
    return KITH_OK;
}
