/* kith_rerank.c - cross-encoders, for searches and questions. */
#include "base/size.h"
#include "lib/handle.h"
#include "model/cross_encoder.h"
#include "os/thread_pool.h"

#include <kith/rerank.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_TEXTS = 1 << 16 };

struct kith_cross_encoder {
    cross_encoder *model;
    thread_pool *pool;
};

kith_status kith_cross_encoder_open(const char *directory, uint32_t threads,
                                    kith_cross_encoder **out, kith_error *err)
{
    kith_cross_encoder *c = calloc(1, sizeof *c);
    if (!c) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a cross-encoder");
    kith_status status =
        thread_pool_new(threads ? threads : thread_count_available(), &c->pool, err);
    if (status == KITH_OK) status = cross_encoder_open(directory, &c->model, err);
    if (status == KITH_OK)
        *out = c;
    else
        kith_cross_encoder_free(c);
    return status;
}

void kith_cross_encoder_free(kith_cross_encoder *c)
{
    if (!c) return;
    cross_encoder_free(c->model);
    thread_pool_free(c->pool);
    free(c);
}

kith_cross_encoder_info kith_cross_encoder_describe(const kith_cross_encoder *c)
{
    const cross_encoder_info *info = cross_encoder_describe(c->model);
    return (kith_cross_encoder_info){info->name, info->fingerprint, info->max_tokens};
}

kith_status kith_cross_encoder_score(kith_cross_encoder *c, const char *question,
                                     const char *const *texts, const size_t *sizes, size_t count,
                                     float *logits, float *scores, kith_error *err)
{
    if (count == 0 || count > MAX_TEXTS)
        return fail(err, KITH_ERR_INVALID, "%zu texts in one call, allowed are 1 to %d", count,
                    MAX_TEXTS);
    view *views = heap_new_array(count, sizeof *views);
    if (!views) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu texts", count);
    for (size_t i = 0; i < count; i++)
        views[i] = sizes ? (view){texts[i], sizes[i]} : view_of(texts[i]);
    thread_share threads = {c->pool, THREAD_LANE_INTERACTIVE};
    kith_status status = cross_encoder_score(c->model, view_of(question), views, (uint32_t)count,
                                             &threads, logits, NULL, err);
    for (size_t i = 0; scores && status == KITH_OK && i < count; i++)
        scores[i] = 1 / (1 + expf(-logits[i]));
    free(views);
    return status;
}

/* A kith_reranker's function. What goes wrong ends the reranking, and the hits keep their order. */
static int score_hits(void *context, const char *query, const char *const *texts, size_t count,
                      uint32_t remaining_ms, float *scores)
{
    (void)remaining_ms;
    return kith_cross_encoder_score(context, query, texts, NULL, count, scores, NULL, NULL) ==
                   KITH_OK
               ? 0
               : 1;
}

kith_reranker kith_cross_encoder_reranker(kith_cross_encoder *c, uint32_t depth, uint32_t budget_ms)
{
    return (kith_reranker){.size = sizeof(kith_reranker),
                           .score = score_hits,
                           .context = c,
                           .depth = depth,
                           .budget_ms = budget_ms};
}

void kith_use_reranker(kith *k, kith_cross_encoder *c, uint32_t depth)
{
    enum { DEFAULT_DEPTH = 50 };
    k->rerank = (answer_reranker){0};
    if (!c) return;
    // Without a budget: which passages an answer is made from must not depend on how busy the
    // machine is, as it may be kept.
    k->rerank = (answer_reranker){
        .order = {.score = score_hits,
                  .context = c,
                  .depth = depth ? depth : DEFAULT_DEPTH,
                  .budget_ms = UINT32_MAX},
        .fingerprint = cross_encoder_describe(c->model)->fingerprint,
    };
}
