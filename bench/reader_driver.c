/* reader_driver.c - lets a script see what the reader reads.
 * reader_driver MODEL DATA COLLECTION < questions > units
 * A question is a JSON line {"question": "..."}; its answer is a JSON line with the units, each with
 * what is said, its quote's offsets in the document and its signals: first those that were embedded,
 * best first. */
#include "answer/evidence.h"
#include "base/json.h"
#include "base/utf8.h"
#include "line_driver.h"

enum { PASSAGES = 5 };

static void write_units(json_writer *w, const evidence_input *in, const evidence *e)
{
    json_key(w, "units");
    json_begin_array(w);
    for (uint32_t i = 0; i < e->considered; i++) {
        const evidence_sentence *s = &e->sentences[i];
        const passage_text *t = &in->texts[s->passage];
        const kith_passage *p = &in->found->passages[s->passage];
        bool before = s->start < t->start;
        view between = before ? view_slice(t->text, s->start, t->start)
                              : view_slice(t->text, t->start, s->start);
        double start = (double)p->start + (before ? -1.0 : 1.0) * (double)utf8_count(between);
        json_begin_object(w);
        json_key(w, "said");
        json_string(w, s->said);
        json_member_double(w, "score", (double)s->score);
        json_member_text(w, "document", p->document);
        json_member_text(w, "source", p->source);
        json_key(w, "heading");
        json_string(w, s->unit->heading);
        json_member_double(w, "passage", s->passage);
        json_member_bool(w, "embedded", i < e->count);
        json_member_double(w, "kind", s->unit->kind);
        json_member_double(w, "list", s->unit->list == UNIT_NO_LIST ? -1.0 : (double)s->unit->list);
        json_member_double(w, "start", start);
        json_member_double(w, "end",
                           start + (double)utf8_count(view_slice(t->text, s->start, s->end)));
        json_key(w, "signals");
        json_begin_array(w);
        for (int k = 0; k < READER_SIGNALS; k++)
            json_double(w, (double)s->signals.at[k]);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
}

static kith_status answer_line(collection *c, embedder *e, view line, arena *a, buffer *out,
                               kith_error *err)
{
    const json_value *record = NULL;
    retrieval found = {0};
    passage_text *texts = NULL;
    evidence weighed = {0};
    question q = {0};
    view text = {0};
    kith_status status = json_parse(line, MAX_LINE_BYTES, a, &record, err);
    if (status != KITH_OK) return status;
    if (!json_get_string(record, "question", &text))
        return fail(err, KITH_ERR_INVALID, "a line needs a question");
    static const kith_ask_options defaults;
    retrieve_options options = {.k = PASSAGES, .fusion = retrieve_fusion(&defaults)};
    status = retrieve(c, e, text, &options, a, &found, err);
    language l = LANGUAGE_ENGLISH;
    if (status == KITH_OK) status = question_language(text, a, &l, err);
    if (status == KITH_OK) status = question_read(c, text, l, a, &q, err);
    if (status == KITH_OK) status = passage_texts_read(c, &found, 1, a, &texts, err);
    const evidence_input in = {.found = &found, .texts = texts, .embedder = e, .text = text};
    if (status == KITH_OK) status = evidence_weigh(&in, &q, a, &weighed, err);
    if (status == KITH_OK) {
        json_writer w = {.out = out};
        json_begin_object(&w);
        json_member_text(&w, "fingerprint", embedder_describe(e).fingerprint);
        write_units(&w, &in, &weighed);
        json_end_object(&w);
        buffer_append_byte(out, '\n');
    }
    question_done(&q);
    return status;
}

int main(int argc, char **argv)
{
    return line_driver_run(&(line_driver){"reader_driver", answer_line}, argc, argv);
}
