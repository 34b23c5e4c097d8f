/* subject_told.c - goes through all units of a document's passages. */
#include "answer/subject_told.h"

/* How near to a thing without a name what a text says an attribute of may be for the same: "tower"
 * and "lighthouse". */
static const float thing_nearest = 0.6F;

typedef struct telling {
    const subject *of;
    const subject_told_input *in;
    bool maybe_its, anothers;
    subject_figures figures;
    arena scratch;
    kith_error *err;
} telling;

/* Whether the unit, which says an attribute of a thing that it names otherwise, may mean the thing that
 * is asked for. */
static bool may_be_thing(const telling *t, const unit *u)
{
    const evidence *e = t->in->evidence;
    uint64_t term;
    if (t->of->is_name) return false;
    if (!map_get(t->in->question->terms, t->of->heads[0], &term)) return true;
    for (uint32_t i = 0; i < e->count; i++)
        if (e->sentences[i].unit == u && e->sentences[i].nearest)
            return e->sentences[i].nearest[term] >= thing_nearest;
    return true;
}

static kith_status read_unit(telling *t, const unit *units, uint32_t i)
{
    subject_saying said = SUBJECT_UNSAID;
    subject_figures figures = {0};
    arena_reset(&t->scratch);
    kith_status status = subject_said_by(t->of, units, i, &t->scratch, &said, t->err);
    if (status == KITH_OK)
        status = subject_figures_of(t->of, units[i].said, &t->scratch, &figures, t->err);
    if (said == SUBJECT_ANOTHERS && may_be_thing(t, &units[i])) said = SUBJECT_UNKNOWN;
    const bool is_anothers = said == SUBJECT_ANOTHERS || said == SUBJECT_PARTS;
    t->anothers |= is_anothers;
    t->maybe_its |= !is_anothers && said != SUBJECT_UNSAID;
    t->figures.has_year |= figures.has_year;
    t->figures.has_life |= figures.has_life;
    t->figures.has_duration |= figures.has_duration;
    return status;
}

kith_status subject_told_by(const subject *s, const subject_told_input *in, subject_told *out,
                            kith_error *err)
{
    telling t = {.of = s, .in = in, .err = err};
    kith_status status = KITH_OK;
    arena_init(&t.scratch, 0);
    for (uint32_t p = 0; p < in->passage_count; p++) {
        const evidence_passage *own = &in->evidence->passages[p];
        for (uint32_t i = 0; i < own->count && in->is_of_it[p] && status == KITH_OK; i++)
            status = read_unit(&t, own->units, i);
    }
    arena_done(&t.scratch);
    if (status != KITH_OK) return status;
    // What is old or was founded may be said by a year alone.
    bool is_told_by_words =
        s->is_life || s->may_be_time || (s->attribute && attribute_is_exact(s->attribute));
    out->has_life_dates = t.figures.has_life;
    out->of_another = t.anothers && !t.maybe_its && !(s->is_life && t.figures.has_life) &&
                      !t.figures.has_duration && (is_told_by_words || !t.figures.has_year);
    return KITH_OK;
}
