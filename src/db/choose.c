/* choose.c - greedy choice.
 * Each candidate keeps its similarity to the most similar hit chosen so far, so that a step
 * compares it with the newest choice only. Documents are numbered anew, from 1 in the order in
 * which they come, so that their hits are counted in an array. */
#include "db/choose.h"

#include "base/map.h"
#include "base/size.h"
#include "base/view.h"
#include "simd/simd.h"

#include <stdlib.h>

typedef struct choice {
    const choose_candidate *candidates;
    uint32_t count, dim;
    const choose_options *options;
    float *similarity;   /* [count] to the most similar chosen hit; NULL without diversity */
    bool *is_chosen;     /* [count] */
    uint32_t *documents; /* [count] 0: of none, or without per_document */
    uint32_t *hits;      /* [count + 1] chosen of each document */
    uint32_t begin;      /* no candidate before this one can be chosen any more */
} choice;

static bool can_be_chosen(const choice *c, uint32_t i)
{
    uint32_t document = c->documents[i];
    return !c->is_chosen[i] && (document == 0 || c->hits[document] < c->options->per_document);
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
        if (!can_be_chosen(c, i)) continue;
        if (!c->similarity) return i;
        if (best == c->count || marginal_relevance(c, i) > marginal_relevance(c, best)) best = i;
    }
    return best;
}

static void add_hit(choice *c, uint32_t chosen, bool is_first)
{
    c->is_chosen[chosen] = true;
    c->hits[c->documents[chosen]]++;
    if (!c->similarity) c->begin = chosen + 1;
    for (uint32_t i = 0; c->similarity && i < c->count; i++) {
        if (!can_be_chosen(c, i)) continue;
        float cosine =
            simd()->distance->dot(c->candidates[i].vector, c->candidates[chosen].vector, c->dim);
        if (is_first || cosine > c->similarity[i]) c->similarity[i] = cosine;
    }
}

static kith_status number_documents(choice *c)
{
    map *seen = map_new();
    kith_status status = seen ? KITH_OK : KITH_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < c->count && status == KITH_OK; i++) {
        const uint32_t *document = &c->candidates[i].document;
        const view key = {(const char *)document, sizeof *document};
        uint64_t number = map_count(seen) + UINT64_C(1);
        if (*document == 0) continue;
        if (!map_get(seen, key, &number)) status = map_put(seen, key, number);
        c->documents[i] = (uint32_t)number;
    }
    map_free(seen);
    return status;
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
                .documents = heap_new_array(count, sizeof *c.documents),
                .hits = heap_new_array((size_t)count + 1, sizeof *c.hits)};
    kith_status status = KITH_OK;
    if (!c.is_chosen || !c.documents || !c.hits || (diversify && !c.similarity))
        status = KITH_ERR_NO_MEMORY;
    if (status == KITH_OK && o->per_document) status = number_documents(&c);
    while (status == KITH_OK && taken < o->k && (next = next_choice(&c)) < count) {
        add_hit(&c, next, taken == 0);
        out[taken++] = next;
    }
    free(c.hits);
    free(c.documents);
    free(c.is_chosen);
    free(c.similarity);
    if (status != KITH_OK) return fail(err, status, "out of memory for the choice of hits");
    *out_count = taken;
    return KITH_OK;
}
