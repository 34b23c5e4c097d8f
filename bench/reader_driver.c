/* reader_driver.c - lets a script see what the reader reads.
 * reader_driver MODEL DATA COLLECTION < questions > units
 * A question is a JSON line {"question": "..."}; its answer is a JSON line with the units, each with
 * what is said, its quote's offsets in the document and its signals: first those that were embedded,
 * best first. */
#include "answer/evidence.h"
#include "base/json.h"
#include "base/utf8.h"
#include "db/collection.h"
#include "db/database.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_LINE_BYTES = 16 << 20, PASSAGES = 5 };

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
    if (status == KITH_OK) status = question_read(c, text, a, &q, err);
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
        status = buffer_status(out, "units", err);
    }
    question_done(&q);
    return status;
}

static kith_status answer_lines(collection *c, embedder *e, kith_error *err)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    kith_status status = KITH_OK;
    arena a;
    buffer out;
    arena_init(&a, 0);
    buffer_init(&out, MAX_LINE_BYTES);
    while (status == KITH_OK && (length = getline(&line, &capacity, stdin)) > 0) {
        status = answer_line(c, e, (view){line, (size_t)length}, &a, &out, err);
        if (fwrite(out.data, 1, out.size, stdout) != out.size) break;
        arena_reset(&a);
        buffer_reset(&out);
    }
    free(line);
    buffer_done(&out);
    arena_done(&a);
    return status;
}

int main(int argc, char **argv)
{
    database *d = NULL;
    collection *c = NULL;
    embedder *e = NULL;
    kith_error err = {0};
    if (argc != 4) {
        fprintf(stderr, "usage: reader_driver MODEL DATA COLLECTION\n");
        return 2;
    }
    kith_status status =
        embedder_open(&(kith_embedder_options){.directory = argv[1], .threads = 1}, &e, &err);
    if (status == KITH_OK)
        status = database_open(argv[2], &(database_options){.must_exist = true}, &d, &err);
    if (status == KITH_OK) status = database_acquire_collection(d, view_of(argv[3]), &c, &err);
    if (status == KITH_OK) status = answer_lines(c, e, &err);
    if (status != KITH_OK) fprintf(stderr, "reader_driver: %s\n", err.message);
    database_release_collection(c);
    if (database_close(d, NULL) != KITH_OK && status == KITH_OK) status = KITH_ERR_IO;
    embedder_free(e);
    return status == KITH_OK ? 0 : 1;
}
