/* eval_report_json.c - see eval_report_json.h. */
#include "cli/eval_report_json.h"

#include "base/json.h"

#include <math.h>

static const char *problem_name(kith_eval_problem problem)
{
    switch (problem) {
    case KITH_EVAL_FINE:
        return NULL;
    case KITH_EVAL_FAILED:
        return "failed";
    case KITH_EVAL_ANSWERED:
        return "answered";
    case KITH_EVAL_NOT_FOUND:
        return "not_found";
    case KITH_EVAL_REFUSES:
        return "refused";
    case KITH_EVAL_TEXT_MISSING:
        return "text_missing";
    case KITH_EVAL_CITATION:
        return "citation";
    case KITH_EVAL_RANKED_LOW:
        return "ranked_low";
    case KITH_EVAL_NOT_ASKED:
        return "not_asked";
    }
    return NULL;
}

static void question_line(const eval_report *r, const eval_outcome *o, uint32_t i)
{
    const kith_eval_result *result = &o->evaluation->results[i];
    json_writer w = console_begin_json(r->console);
    json_begin_object(&w);
    json_member_text(&w, "setting", o->label);
    json_member_unsigned(&w, "line", r->questions->lines[i]);
    if (r->questions->ids[i]) json_member_text(&w, "id", r->questions->ids[i]);
    json_member_text(&w, "question", r->questions->questions[i].question);
    json_member_text(&w, "problem", problem_name(result->problem));
    json_member_text(&w, "why", result->why);
    json_key(&w, "rank");
    if (result->rank)
        json_integer(&w, result->rank);
    else
        json_null(&w);
    json_member_bool(&w, "refused", result->refused);
    json_member_double(&w, "support", result->support);
    json_member_text(&w, "answer", result->answer);
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++) {
        if (m == KITH_EVAL_REFUSED || m == KITH_EVAL_REFUSED_RIGHTLY) continue; // a member above
        json_member_double(&w, kith_eval_measure_name(m), result->values[m]);
    }
    json_end_object(&w);
    console_end_json(r->console);
}

static void mean_members(json_writer *w, const double *means, const uint32_t *counts)
{
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++) {
        json_key(w, kith_eval_measure_name(m));
        json_begin_object(w);
        json_member_double(w, "mean", means[m]);
        json_member_unsigned(w, "questions", counts[m]);
        json_end_object(w);
    }
}

static void group_line(const eval_report *r, const eval_outcome *o, uint32_t i)
{
    eval_group group;
    eval_groups_measure(r->groups, i, o->evaluation, &group);
    json_writer w = console_begin_json(r->console);
    json_begin_object(&w);
    json_key(&w, "group");
    json_begin_object(&w);
    json_member_text(&w, "setting", o->label);
    json_member_text(&w, "by", r->groups->by);
    json_member_text(&w, "value", group.name);
    json_member_unsigned(&w, "questions", group.questions);
    mean_members(&w, group.means, group.counts);
    json_end_object(&w);
    json_end_object(&w);
    console_end_json(r->console);
}

static void summary_line(const eval_report *r, const eval_outcome *o)
{
    const kith_evaluation *e = o->evaluation;
    json_writer w = console_begin_json(r->console);
    json_begin_object(&w);
    json_key(&w, "summary");
    json_begin_object(&w);
    json_member_text(&w, "setting", o->label);
    json_member_unsigned(&w, "questions", e->count);
    json_member_unsigned(&w, "problems", e->worst_count);
    json_member_unsigned(&w, "questions_cut", e->questions_cut);
    json_member_unsigned(&w, "k", e->k);
    mean_members(&w, e->means, e->counts);
    json_member_double(&w, "p50_ms", e->p50_ms);
    json_member_double(&w, "p95_ms", e->p95_ms);
    json_end_object(&w);
    json_end_object(&w);
    console_end_json(r->console);
}

static void difference_line(const eval_report *r, const eval_outcome *o, kith_eval_measure m,
                            const kith_eval_difference *d)
{
    json_writer w = console_begin_json(r->console);
    json_begin_object(&w);
    json_key(&w, "difference");
    json_begin_object(&w);
    json_member_text(&w, "setting", o->label);
    json_member_text(&w, "against", r->outcomes[0].label);
    json_member_text(&w, "measure", kith_eval_measure_name(m));
    json_member_double(&w, "difference", d->difference);
    json_member_double(&w, "low", d->low); // NaN is written as null: too few questions
    json_member_double(&w, "high", d->high);
    json_member_double(&w, "p", d->p);
    json_member_unsigned(&w, "questions", d->questions);
    json_member_bool(&w, "clear", d->clear);
    json_end_object(&w);
    json_end_object(&w);
    console_end_json(r->console);
}

/* Questions with a problem first, the worst one leading, then the others in their order. */
static void question_lines(const eval_report *r, const eval_outcome *o)
{
    const kith_evaluation *e = o->evaluation;
    for (size_t i = 0; i < e->worst_count && !console_failed(r->console); i++)
        question_line(r, o, e->worst[i]);
    for (uint32_t i = 0; i < e->count && !console_failed(r->console); i++)
        if (e->results[i].problem == KITH_EVAL_FINE) question_line(r, o, i);
}

kith_status eval_report_json(const eval_report *r, uint64_t seed, kith_error *err)
{
    for (uint32_t i = 0; i < r->count; i++)
        question_lines(r, &r->outcomes[i]);
    for (uint32_t i = 0; i < r->count; i++)
        summary_line(r, &r->outcomes[i]);
    for (uint32_t i = 0; r->groups && i < r->count; i++)
        for (uint32_t g = 0; g < r->groups->count; g++)
            group_line(r, &r->outcomes[i], g);
    for (uint32_t i = 1; i < r->count; i++) {
        for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++) {
            kith_eval_difference d;
            kith_status status = kith_eval_compare(r->outcomes[0].evaluation,
                                                   r->outcomes[i].evaluation, m, seed, &d, err);
            if (status != KITH_OK) return status;
            if (d.questions) difference_line(r, &r->outcomes[i], m, &d);
        }
    }
    return KITH_OK;
}
