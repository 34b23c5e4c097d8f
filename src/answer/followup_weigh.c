/* followup_weigh.c - see followup_weigh.h. A passage's share of words is by their weight in the
 * collection, so that what is rare decides. */
#include "answer/followup_weigh.h"

#include "answer/question.h"

/* A question with more words of its own than this says what it is about. */
enum { OWN_WORDS_MAX = 12 };

/* Chosen on the even pairs of bench/data/followups.jsonl and even questions of squad-docs. */
static const float least_share = 0.4F;

/* What joining must gain of the carried words' shares, and may lose of the own ones'. */
typedef struct demands {
    float least_gain, most_loss;
} demands;

static const demands of_named = {0.2F, 0.0F}, of_nameless = {0.1F, 0.2F};

typedef struct weighing {
    collection *c;
    embedder *e;
    retrieve_options options;
    demands demands;
    question joined;    /* its first own_count words are the question's */
    uint32_t own_count; /* the others are carried */
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

/* Of the words that the best passage for the text holds. */
static kith_status weigh_best(const weighing *w, view text, shares *out, kith_error *err)
{
    retrieval found = {0};
    word *words = NULL;
    uint32_t word_count = 0;
    kith_status status = retrieve(w->c, w->e, text, &w->options, w->memory, &found, err);
    if (status != KITH_OK) return status;
    *out = (shares){0};
    if (found.count == 0) return KITH_OK;
    status = word_split(view_of(found.passages[0].content), w->memory, &words, &word_count, err);
    bool *present = arena_new_array(w->memory, bool, w->joined.count);
    if (status == KITH_OK && !present)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    if (status != KITH_OK) return status;
    question_mark(&w->joined, words, word_count, present);
    *out = (shares){.own = share_of(w, present, 0, w->own_count),
                    .carried = share_of(w, present, w->own_count, w->joined.count)};
    return KITH_OK;
}

static bool leans(shares alone, shares together, demands d)
{
    return together.own >= least_share && together.own >= alone.own - d.most_loss &&
           together.carried >= least_share && together.carried >= alone.carried + d.least_gain;
}

static kith_status compare(const weighing *w, view text, view joined, bool *out, kith_error *err)
{
    shares alone, together;
    kith_status status = weigh_best(w, text, &alone, err);
    if (status == KITH_OK) status = weigh_best(w, joined, &together, err);
    if (status == KITH_OK) *out = leans(alone, together, w->demands);
    return status;
}

kith_status followup_weigh(const followup *f, collection *c, embedder *e,
                           const retrieve_options *options, arena *a, bool *out, kith_error *err)
{
    weighing w = {.c = c,
                  .e = e,
                  .options = *options,
                  .demands = f->is_named ? of_named : of_nameless,
                  .memory = a};
    question own = {0};
    bool result = false;
    w.options.k = 1;
    kith_status status = question_parse(f->question, a, &own, NULL, err);
    w.own_count = own.count;
    bool can_lean = own.count > 0 && own.count <= OWN_WORDS_MAX;
    if (status == KITH_OK && can_lean) status = question_read(c, f->joined, a, &w.joined, err);
    if (status == KITH_OK && w.joined.count > w.own_count)
        status = compare(&w, f->question, f->joined, &result, err);
    if (status == KITH_OK) *out = result;
    question_done(&own);
    question_done(&w.joined);
    return status;
}
