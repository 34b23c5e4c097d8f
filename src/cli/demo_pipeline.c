/* demo_pipeline.c - see demo_pipeline.h. Everything printed comes from the events and
 * results of the calls. */
#include "cli/demo_pipeline.h"

#include "base/json.h"
#include "cli/demo_documents.h"
#include "cli/ingestion.h"
#include "cli/interrupt.h"
#include "cli/metrics_output.h"

static const char collection_name[] = "pipeline";

/* The last repeats the first, to show the cache. */
static const char *const questions[] = {
    "Why should answers be cached?",
    "Which figures tell how a service is doing?",
    "What is checked before a document is stored?",
    "Why should answers be cached?",
};

void demo_title(console *c, const char *text)
{
    if (c->json) return;
    buffer_append_byte(&c->line, '\n');
    terminal_style(&c->out_terminal, &c->line, STYLE_BOLD, view_of(text));
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
    console_flush(c); // the notices that follow go to standard error, and must come after it
}

/* ---- the batch ---- */

static kith_status ingest_batch(invocation *run, kith *database, kith_error *err)
{
    ingestion in;
    kith_ingest_report report = {0};
    size_t count = 0;
    while (demo_batch[count].id)
        count++;
    ingestion_start(&in, run->console);
    in.of_documents = true;
    kith_ingest_options options = {.on_event = ingestion_event, .context = &in};
    kith_status status =
        kith_ingest(database, collection_name, demo_batch, count, &options, &report, err);
    if (status == KITH_OK) ingestion_report(&in, &report);
    ingestion_done(&in);
    return status;
}

/* ---- the questions ---- */

static int show_event(void *context, const kith_ask_event *event)
{
    console *c = context;
    if (!c->json && event->kind == KITH_ASK_PASSAGES)
        console_printf(c, "  %zu passages found\n  ", event->passages);
    if (!c->json && event->kind == KITH_ASK_TEXT) {
        terminal_clean(&c->line, view_of(event->text), true);
        console_flush_line(c);
    }
    console_flush(c);
    return interrupt_noted(c->interrupts) || console_failed(c);
}

static void show_answer_json(console *c, const char *question, const kith_answer *answer)
{
    char *json = NULL;
    kith_status status = kith_answer_to_json(answer, NULL, &json, NULL);
    if (status != KITH_OK) {
        console_json_line(c, status, NULL);
        return;
    }
    view object = view_of(json);
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "question", question);
    json_raw(&w, view_slice(object, 1, object.size - 1)); // its members, without the braces
    json_end_object(&w);
    console_end_json(c);
    kith_text_free(json);
}

static void show_relevance(console *c, const kith_answer *answer)
{
    buffer_append_text(&c->line, "\n  relevance:");
    for (size_t i = 0; i < answer->passage_count; i++) {
        buffer_printf(&c->line, "%s [%zu] ", i ? "," : "", i + 1);
        terminal_clean(&c->line, view_of(answer->passages[i].document), true);
        buffer_printf(&c->line, " %.2f", (double)answer->passages[i].relevance);
    }
    buffer_printf(&c->line, "\n  %s in %.1f ms\n",
                  answer->cached    ? "served from the cache"
                  : answer->refused ? "refused"
                                    : "answered",
                  answer->retrieve_ms + answer->answer_ms);
    console_flush_line(c);
}

static kith_status ask(invocation *run, kith *database, const char *question, const kith_llm *llm,
                       kith_error *err)
{
    console *c = run->console;
    kith_answer *answer = NULL;
    kith_ask_options options = {.k = 3, .llm = llm, .on_event = show_event, .context = c};
    demo_title(c, question);
    kith_status status = kith_ask(database, collection_name, question, &options, &answer, err);
    if (status == KITH_OK && c->json) show_answer_json(c, question, answer);
    if (status == KITH_OK && !c->json) show_relevance(c, answer);
    // A failed LLM is reported, and the demo goes on: the passages are there all the same.
    if (status == KITH_OK && answer->llm_status != KITH_OK)
        console_notice(c, "the LLM failed: %s", answer->llm_error);
    kith_answer_free(answer);
    return status;
}

static kith_status report_performance(invocation *run, kith *database, kith_error *err)
{
    kith_metrics *figures = NULL;
    demo_title(run->console, "Performance report");
    kith_status status = kith_metrics_get(database, &figures, err);
    if (status == KITH_OK && run->console->json) metrics_output_json(run->console, figures);
    if (status == KITH_OK && !run->console->json) metrics_output_text(run->console, figures);
    kith_metrics_free(figures);
    return status;
}

kith_status demo_pipeline(invocation *run, kith *database, const kith_llm *llm, kith_error *err)
{
    demo_title(run->console, "2. A pipeline: a batch of five documents, one of them a mere draft");
    kith_status status = ingest_batch(run, database, err);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0] && status == KITH_OK; i++)
        status = ask(run, database, questions[i], llm, err);
    return status == KITH_OK ? report_performance(run, database, err) : status;
}
