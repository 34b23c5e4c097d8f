/* followup_weigh.c - two searches, and the shares of words that their first passages hold.
 * Shares are weighted by the words' idf in the collection, so that rare words decide. */
#include "answer/followup_weigh.h"

#include "answer/question.h"

/* A question with more content words than this names its subject. */
enum { OWN_WORDS_MAX = 12 };

/* Conditions on the joined search's first passage, in shares of words by weight, 0..1. */
typedef struct thresholds {
    float least_share; /* of its own words, and of the carried ones, that the passage must hold */
    float least_gain;  /* of carried words, over the first passage of the question alone */
    float most_loss;   /* of its own words, against the first passage of the question alone */
} thresholds;

/* By followup.is_named: a question without a name is a follow-up more often, so less is asked of
 * it. Chosen on the even pairs of bench/data/followups.jsonl and the even questions of squad-docs
 * with all-MiniLM-L6-v2: docs/decisions/007. */
static const thresholds of_question[2] = {
    {.least_share = 0.4F, .least_gain = 0.1F, .most_loss = 0.2F},
    {.least_share = 0.4F, .least_gain = 0.2F, .most_loss = 0.0F},
};

typedef struct weighing {
    collection *c;
    embedder *e;
    retrieve_options options;
    const thresholds *limits;
    question joined;    /* terms of f->joined: the question's own come first */
    uint32_t own_count; /* how many of them are its own; the others are carried */
    arena *memory;
} weighing;

typedef struct shares {
    float own, carried; /* 0..1 */
} shares;

static float share_of(const weighing *w, const bool *present, uint32_t from, uint32_t to)
{
    float held = 0, total = 0;
    for (uint32_t i = from; i < to; i++) {
        total += w->joined.weights[i];
        held += present[i] ? w->joined.weights[i] : 0;
    }
    return total > 0 ? held / total : 0;
}

/* Searches for `text`, and gives the shares of words that the first passage holds; 0 without
 * one. */
static kith_status share_of_best(const weighing *w, view text, shares *out, kith_error *err)
{
    retrieval found = {0};
    word *words = NULL;
    uint32_t word_count = 0;
    kith_status status = retrieve(w->c, w->e, text, &w->options, w->memory, &found, err);
    if (status != KITH_OK) return status;
    *out = (shares){0};
    if (found.count == 0) return KITH_OK;
    status = word_split_in(view_of(found.passages[0].content), w->joined.language, w->memory,
                           &words, &word_count, err);
    bool *present = arena_new_array(w->memory, bool, w->joined.count);
    if (status == KITH_OK && !present)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    if (status != KITH_OK) return status;
    question_mark(&w->joined, words, word_count, present);
    *out = (shares){.own = share_of(w, present, 0, w->own_count),
                    .carried = share_of(w, present, w->own_count, w->joined.count)};
    return KITH_OK;
}

static bool is_followup(shares alone, shares joined, const thresholds *t)
{
    return joined.own >= t->least_share && joined.own >= alone.own - t->most_loss &&
           joined.carried >= t->least_share && joined.carried >= alone.carried + t->least_gain;
}

static kith_status compare(const weighing *w, const followup *f, bool *out, kith_error *err)
{
    shares alone, joined;
    kith_status status = share_of_best(w, f->question, &alone, err);
    if (status == KITH_OK) status = share_of_best(w, f->joined, &joined, err);
    if (status == KITH_OK) *out = is_followup(alone, joined, w->limits);
    return status;
}

kith_status followup_weigh(const followup *f, collection *c, embedder *e,
                           const retrieve_options *options, arena *a, bool *out, kith_error *err)
{
    weighing w = {
        .c = c, .e = e, .options = *options, .limits = &of_question[f->is_named], .memory = a};
    question own = {0};
    bool result = false;
    w.options.k = 1;
    language l = LANGUAGE_ENGLISH;
    kith_status status = question_language(f->joined, a, &l, err);
    if (status == KITH_OK) status = question_parse(f->question, l, a, &own, NULL, err);
    w.own_count = own.count;
    bool may_depend = own.count > 0 && own.count <= OWN_WORDS_MAX;
    if (status == KITH_OK && may_depend) status = question_read(c, f->joined, l, a, &w.joined, err);
    if (status == KITH_OK && w.joined.count > w.own_count) status = compare(&w, f, &result, err);
    if (status == KITH_OK) *out = result;
    question_done(&own);
    question_done(&w.joined);
    return status;
}
