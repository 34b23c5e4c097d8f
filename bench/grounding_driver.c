/* grounding_driver.c - lets a script measure answers against passages.
 * grounding_driver MODEL DATA COLLECTION < records > signals
 * A record is a JSON line {"answer": "It is high [1].", "passages": ["..."]}; its answer is a JSON
 * line with the signals and the support of each claim, and the thread time that all took. Words
 * weigh by the collection's idf. */
#include "answer/grounding.h"
#include "base/json.h"
#include "line_driver.h"

#include <time.h>

enum { MAX_PASSAGES = 100 };

static int64_t process_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void write_grounding(json_writer *w, const grounding *g)
{
    const grounding_signals *s = &g->signals;
    const double signals[] = {s->meaning,         s->words,         s->near_words,
                              s->numbers_missing, s->names_missing, s->denial};
    json_begin_object(w);
    json_member_bool(w, "measured", g->is_measured);
    json_member_double(w, "support", grounding_support(s));
    json_key(w, "signals");
    json_begin_array(w);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        json_double(w, signals[i]);
    json_end_array(w);
    json_end_object(w);
}

static kith_status answer_record(collection *c, embedder *e, view line, arena *a, buffer *out,
                                 kith_error *err)
{
    const json_value *record = NULL;
    kith_passage passages[MAX_PASSAGES] = {0};
    view answer = {0};
    grounding *claims = NULL;
    uint32_t count = 0;
    kith_status status = json_parse(line, MAX_LINE_BYTES, a, &record, err);
    if (status != KITH_OK) return status;
    const json_value *list = json_get(record, "passages");
    if (!json_get_string(record, "answer", &answer) || !list || list->kind != JSON_ARRAY ||
        list->count > MAX_PASSAGES)
        return fail(err, KITH_ERR_INVALID, "a record needs answer and passages");
    for (uint32_t i = 0; i < list->count; i++)
        passages[i] = (kith_passage){.content = list->elements[i]->string.data, .source = ""};
    int64_t start = process_ns();
    status = grounding_measure(&(grounding_with){c, e}, answer, passages, list->count, a, &claims,
                               &count, err);
    if (status != KITH_OK) return status;
    json_writer w = {.out = out};
    json_begin_object(&w);
    json_member_double(&w, "cpu_ms", (double)(process_ns() - start) / 1e6);
    json_key(&w, "claims");
    json_begin_array(&w);
    for (uint32_t i = 0; i < count; i++)
        write_grounding(&w, &claims[i]);
    json_end_array(&w);
    json_end_object(&w);
    buffer_append_byte(out, '\n');
    return KITH_OK;
}

int main(int argc, char **argv)
{
    return line_driver_run(&(line_driver){"grounding_driver", answer_record}, argc, argv);
}
