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

static bool is_nowhere(const demand *d)
{
    return !d->is_met && !d->is_in_another && !d->is_of_another;
}

static bool is_of_another(const demand *d)
{
    return d->is_of_another;
}

static bool is_strict_lack(const demand *d)
{
    return is_nowhere(d) && demand_is_strict(d);
}

static bool is_name_lack(const demand *d)
{
    return is_nowhere(d) && d->kind == DEMAND_NAME;
}

static bool is_parted(const demand *d)
{
    return d->is_in_another && (demand_is_strict(d) || d->kind == DEMAND_NAME);
}

static bool is_elsewhere(const demand *d)
{
    return d->is_apart || d->is_elsewhere;
}

/* Appends ": what " and the demands that `lacks` tells; false: there are none. */
static bool append_lacks(buffer *text, const demands *d, bool (*lacks)(const demand *),
                         const char *what)
{
    uint32_t named = 0;
    for (uint32_t i = 0; i < d->count && named < NAMED_MAX; i++) {
        if (!lacks(&d->list[i])) continue;
        buffer_append_text(text, named++ ? "," : what);
        buffer_printf(text, " \"%.*s\"", VIEW_ARG(d->list[i].text));
    }
    return named > 0;
}

/* Names what is said of other things alone; without that the strict demands that nothing meets; without one the names; without those what the best
 * document lacks and another has, and then what the best unit lacks. */
static const char *refusal(const demands *d, arena *a, kith_error *err)
{
    static const char nothing[] = ": the nearest passages do not mention";
    static const char parted[] = ": the document that comes nearest does not mention";
    static const char elsewhere[] = ": what comes nearest does not mention";
    buffer text;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, "Nothing in the collection answers this");
    if (append_lacks(&text, d, is_of_another, ": the nearest passages say"))
        buffer_append_text(&text, " of something else");
    else if (!append_lacks(&text, d, is_strict_lack, nothing) &&
             !append_lacks(&text, d, is_name_lack, nothing) &&
             !append_lacks(&text, d, is_parted, parted))
        (void)append_lacks(&text, d, is_elsewhere, elsewhere);
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
    const double certainty = v.refused ? 0 : evidence_certainty(e);
    if (e->count > 0)
        v.support = support_of_answer(&(answer_signals){v.odds, (double)e->form, certainty});
    if (v.refused) {
        if (found->count == 0) v.demands.count = 0;
        v.text = refusal(&v.demands, a, err);
        if (!v.text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    }
    *out = v;
    return KITH_OK;
}
