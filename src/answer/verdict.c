/* verdict.c - the decision, and its wording.
 * A question in another language than the document shares with it only names, codes and words that
 * both languages have, and the signals of support.h were fitted within one language. So it is
 * answered when the document has at least FOREIGN_WORDS of its words, and all of its codes and
 * names. */
#include "answer/verdict.h"

#include "base/buffer.h"

#include <math.h>

enum { FOREIGN_WORDS = 2, NAMED_MAX = 3 /* demands that a refusal names */ };

/* Of an answer to a question in another language: as near to a refusal as an answer can be. */
static const double foreign_odds = 0.1;

static bool is_carried(const demands *d)
{
    for (uint32_t i = 0; i < d->count; i++)
        if (!d->list[i].is_met) return false;
    return d->is_foreign && d->met_count >= FOREIGN_WORDS;
}

/* Whether a refusal names the demand: strict ones, and names where there is no strict one. */
static bool is_named(const demand *d, bool has_strict)
{
    return !d->is_met && (has_strict ? demand_is_strict(d) : d->kind == DEMAND_NAME);
}

static const char *refusal(const demands *d, bool has_strict, arena *a, kith_error *err)
{
    static const char plain[] = "Nothing in the collection answers this";
    buffer text;
    uint32_t named = 0;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, plain);
    for (uint32_t i = 0; i < d->count && named < NAMED_MAX; i++) {
        if (!is_named(&d->list[i], has_strict)) continue;
        buffer_printf(&text, "%s \"%.*s\"", named++ ? "," : ": the nearest passages do not mention",
                      VIEW_ARG(d->list[i].text));
    }
    buffer_append_byte(&text, '.');
    kith_status status = buffer_status(&text, "refusal", err);
    const char *copy = status == KITH_OK ? arena_copy(a, buffer_view(&text)).data : NULL;
    buffer_done(&text);
    return copy;
}

kith_status verdict_reach(view text, const question *q, const retrieval *found, const evidence *e,
                          arena *a, verdict *out, kith_error *err)
{
    verdict v = {.text = ""};
    kith_status status = demands_read(text, q, found, e, a, &v.demands, err);
    if (status != KITH_OK) return status;
    v.signals = support_measure(found, q, e, &v.demands);
    v.odds = support_odds(&v.signals);
    if (is_carried(&v.demands)) v.odds = fmax(v.odds, foreign_odds);
    v.refused = e->count == 0 || v.odds < 0;
    v.support = e->count == 0 ? 0 : support_of_answer(v.odds, 0);
    if (v.refused) {
        if (found->count == 0) v.demands.count = 0;
        v.text = refusal(&v.demands, v.signals.at[SUPPORT_STRICT] > 0, a, err);
        if (!v.text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    }
    *out = v;
    return KITH_OK;
}

kith_status verdict_support(verdict *v, const question *q, view quote, arena *a, kith_error *err)
{
    word *words = NULL;
    uint32_t count = 0, held = 0;
    bool *present = arena_new_array(a, bool, q->count);
    kith_status status = word_split(quote, a, &words, &count, err);
    if (status == KITH_OK && !present)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    if (status != KITH_OK) return status;
    question_mark(q, words, count, present);
    for (uint32_t t = 0; t < q->count; t++)
        held += present[t];
    v->share = q->count ? (double)held / q->count : 0;
    v->support = support_of_answer(v->odds, v->share);
    return KITH_OK;
}
