/* refusals_driver.c - lets a script see the signals by which answers are refused.
 * refusals_driver MODEL DATA COLLECTION < questions > signals
 * A question is a JSON line {"question": "...", "where": {...}}, where is a filter or left out; its
 * answer is a JSON line with the signals, the odds, the demands, the answer. */
#include "answer/extractive.h"
#include "answer/verdict.h"
#include "base/json.h"
#include "line_driver.h"

enum { PASSAGES = 5 };

static void write_demands(json_writer *w, const demands *d)
{
    json_key(w, "demands");
    json_begin_array(w);
    for (uint32_t i = 0; i < d->count; i++) {
        json_begin_array(w);
        json_double(w, d->list[i].is_met);
        json_string(w, d->list[i].text);
        json_double(w, (double)d->list[i].kind);
        json_double(w, (double)d->list[i].weight);
        json_double(w, (double)d->list[i].nearest);
        json_end_array(w);
    }
    json_end_array(w);
    json_member_bool(w, "foreign", d->is_foreign);
    json_member_unsigned(w, "met", d->met_count);
}

/* The units that were embedded, and how many of each kind there are. */
static void write_units(json_writer *w, const evidence *e)
{
    json_key(w, "units");
    json_begin_array(w);
    for (uint32_t i = 0; i < e->count; i++) {
        const evidence_sentence *s = &e->sentences[i];
        json_begin_object(w);
        json_member_double(w, "kind", s->unit->kind);
        json_member_double(w, "score", (double)s->score);
        json_member_double(w, "passage", s->passage);
        json_key(w, "said");
        json_string(w, s->said);
        json_key(w, "heading");
        json_string(w, s->unit->heading);
        json_key(w, "signals");
        json_begin_array(w);
        for (int k = 0; k < READER_SIGNALS; k++)
            json_double(w, (double)s->signals.at[k]);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
    uint32_t counts[UNIT_CODE + 1] = {0};
    for (uint32_t i = 0; i < e->considered; i++)
        counts[e->sentences[i].unit->kind]++;
    json_key(w, "kinds");
    json_begin_array(w);
    for (int k = 0; k <= UNIT_CODE; k++)
        json_double(w, counts[k]);
    json_end_array(w);
}

static void write_answer(json_writer *w, const extractive_answer *answer, const retrieval *found)
{
    const verdict *v = answer->why;
    json_begin_object(w);
    json_key(w, "signals");
    json_begin_array(w);
    for (uint32_t i = 0; i < SUPPORT_SIGNALS; i++)
        json_double(w, v->signals.at[i]);
    json_end_array(w);
    write_units(w, answer->weighed);
    json_member_double(w, "odds", v->odds);
    json_member_double(w, "support", answer->support);
    json_member_double(w, "form", (double)answer->weighed->form);
    json_member_double(w, "certainty", evidence_certainty(answer->weighed));
    json_member_bool(w, "refused", v->refused);
    write_demands(w, &v->demands);
    json_member_text(w, "text", answer->text);
    json_key(w, "quotes");
    json_begin_array(w);
    for (uint32_t i = 0; i < answer->citation_count; i++)
        json_string(w, view_of(answer->citations[i].quote));
    json_end_array(w);
    json_key(w, "passages");
    json_begin_array(w);
    for (uint32_t i = 0; i < found->count; i++) {
        json_begin_object(w);
        json_member_text(w, "text", found->passages[i].content);
        json_member_text(w, "heading", found->passages[i].heading);
        json_member_text(w, "source", found->passages[i].source);
        json_member_double(w, "relevance", (double)found->passages[i].relevance);
        json_member_double(w, "score", (double)found->scores[i]);
        json_end_object(w);
    }
    json_end_array(w);
    json_member_text(w, "source", found->count ? found->passages[0].source : "");
    json_end_object(w);
}

static kith_status answer_line(collection *c, embedder *e, view line, arena *a, buffer *out,
                               kith_error *err)
{
    const json_value *record = NULL;
    view asked = {0}, where = {0};
    retrieval found;
    extractive_answer answer = {0};
    kith_ask_options defaults = {0};
    kith_status status = json_parse(line, MAX_LINE_BYTES, a, &record, err);
    if (status != KITH_OK) return status;
    if (!json_get_string(record, "question", &asked))
        return fail(err, KITH_ERR_INVALID, "a line needs a question");
    (void)json_get_string(record, "where", &where);
    retrieve_options options = {
        .k = PASSAGES, .where = where, .fusion = retrieve_fusion(&defaults)};
    status = retrieve(c, e, asked, &options, a, &found, err);
    if (status == KITH_OK) status = answer_from_sentences(c, e, asked, &found, a, &answer, err);
    if (status != KITH_OK) return status;
    json_writer w = {.out = out};
    write_answer(&w, &answer, &found);
    buffer_append_byte(out, '\n');
    return KITH_OK;
}

int main(int argc, char **argv)
{
    return line_driver_run(&(line_driver){"refusals_driver", answer_line}, argc, argv);
}
