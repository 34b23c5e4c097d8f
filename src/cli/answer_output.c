/* answer_output.c - see answer_output.h.
 * The text arrives in pieces that may end within a code point. The unfinished bytes are held back
 * until the next piece completes them, because terminal_clean needs whole code points. */
#include "cli/answer_output.h"

#include "base/utf8.h"
#include "cli/folding.h"
#include "cli/interrupt.h"
#include "cli/location.h"
#include "cli/meaning.h"
#include "cli/snippet.h"
#include "cli/workspace.h"

enum { CODE_POINT_BYTES_MAX = 4, QUOTE_LINES = 4 };

typedef struct stream {
    console *console;
    char tail[CODE_POINT_BYTES_MAX];
    size_t tail_bytes;
    folding lines; // of a terminal
    bool started;
    bool events; /* each event goes out as a JSON line */
} stream;

/* Bytes at the end of `text` that begin a code point and do not finish it. */
static size_t unfinished_bytes(view text)
{
    for (size_t back = 1; back < CODE_POINT_BYTES_MAX && back <= text.size; back++) {
        unsigned char byte = (unsigned char)text.data[text.size - back];
        if (byte < 0x80) return 0;
        if (byte < 0xc0) continue;
        size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        return length > back ? back : 0;
    }
    return 0;
}

static void stream_write(stream *s, view piece)
{
    console *c = s->console;
    buffer whole;
    buffer_init(&whole, SIZE_MAX / 2);
    buffer_append(&whole, (view){s->tail, s->tail_bytes});
    buffer_append(&whole, piece);
    view text = buffer_view(&whole);
    s->tail_bytes = unfinished_bytes(text);
    size_t ready = text.size - s->tail_bytes;
    if (s->tail_bytes) memcpy(s->tail, text.data + ready, s->tail_bytes);
    buffer clean;
    buffer_init(&clean, SIZE_MAX / 2);
    terminal_clean(&clean, view_slice(text, 0, ready), false);
    folding_append(&s->lines, &c->line, buffer_view(&clean));
    console_flush_line(c);
    buffer_done(&clean);
    buffer_done(&whole);
}

/* Columns that text for people is folded to; 0: as it is. */
static uint32_t fold_width(const console *c)
{
    return c->out_terminal.is_tty ? c->out_terminal.width : 0;
}

static void stream_end(stream *s)
{
    folding_end(&s->lines, &s->console->line);
    buffer_append_byte(&s->console->line, '\n');
    console_flush_line(s->console);
}

/* The question that was searched for in place of a follow-up question. */
static void print_searched(console *c, const char *searched)
{
    buffer text;
    buffer_init(&text, SIZE_MAX / 2);
    buffer_append_text(&text, "searched for: ");
    terminal_clean(&text, view_of(searched), true);
    terminal_style(&c->out_terminal, &c->line, STYLE_DIM, buffer_view(&text));
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
    buffer_done(&text);
}

static int on_event(void *context, const kith_ask_event *event)
{
    stream *s = context;
    console *c = s->console;
    if (s->events) {
        char *json = NULL;
        kith_status status = kith_ask_event_to_json(event, &json, NULL);
        console_json_line(c, status, json);
        kith_text_free(json);
        console_flush(c);
    } else if (event->kind == KITH_ASK_REWRITTEN && !c->json) {
        print_searched(c, event->text);
    } else if (event->kind == KITH_ASK_PASSAGES) {
        char found[64];
        int length = snprintf(found, sizeof found, "%zu relevant passages", event->passages);
        console_bar(c, (view){found, (size_t)length});
    } else if (event->kind == KITH_ASK_TEXT && !c->json) {
        console_bar(c, VIEW(""));
        s->started = true;
        stream_write(s, view_of(event->text));
    }
    if (event->kind == KITH_ASK_CITATIONS) console_bar(c, VIEW(""));
    return interrupt_noted(c->interrupts) || console_failed(c);
}

/* ---- JSON ---- */

static void write_json(console *c, const char *question, const kith_answer *answer)
{
    char *json = NULL;
    kith_status status = kith_answer_to_json(answer, question, &json, NULL);
    console_json_line(c, status, json);
    kith_text_free(json);
}

/* ---- text ---- */

/* Takes the next code point that is not white space off `rest`, and returns its position in the
 * quote; *points is the position of the first code point of `rest`. UINT32_MAX at the end. */
static uint32_t next_mark(view *rest, uint32_t *points)
{
    while (rest->size) {
        unsigned char byte = (unsigned char)rest->data[0];
        *rest = view_slice(*rest, 1, rest->size);
        if ((byte & 0xC0) == 0x80) continue;
        uint32_t point = (*points)++;
        if (byte != ' ' && byte != '\n' && byte != '\t' && byte != '\r') return point;
    }
    return UINT32_MAX;
}

static bool is_emphasised(const kith_citation *citation, uint32_t point)
{
    for (size_t i = 0; i < citation->emphasis_count; i++)
        if (point >= citation->emphasis[i].start && point < citation->emphasis[i].end) return true;
    return false;
}

/* Makes the words that carry the answer bold. Wrapping changes only the white space of the quote,
 * so counting the other characters finds the spans again; white space is never bold. */
static void append_emphasised(const terminal *t, buffer *out, view wrapped,
                              const kith_citation *citation)
{
    view rest = view_of(citation->quote);
    uint32_t points = 0;
    bool opened = false, bold = false;
    size_t begun = 0; /* where the present run of bold, or of plain, text begins */
    for (size_t i = 0; i <= wrapped.size; i++) {
        bool ends = i == wrapped.size, is_bold = false;
        if (!ends) {
            if (((unsigned char)wrapped.data[i] & 0xC0) == 0x80) continue;
            bool is_space = wrapped.data[i] == ' ' || wrapped.data[i] == '\n';
            if (opened && !is_space) is_bold = is_emphasised(citation, next_mark(&rest, &points));
            opened |= !is_space;
        }
        if (is_bold == bold && !ends) continue;
        view run = view_slice(wrapped, begun, i);
        if (bold)
            terminal_style(t, out, STYLE_BOLD, run);
        else
            buffer_append(out, run);
        begun = i;
        bold = is_bold;
    }
}

static void print_citation(console *c, const kith_citation *citation)
{
    const terminal *t = &c->out_terminal;
    buffer quote, wrapped;
    buffer_init(&quote, SIZE_MAX / 2);
    buffer_init(&wrapped, SIZE_MAX / 2);
    buffer_printf(&c->line, "[%u] ", citation->n);
    location p = {.source = citation->source,
                  .document = citation->document,
                  .where = citation->place,
                  .line_start = citation->line};
    location_append(t, &c->line, &p);
    buffer_printf(&c->line, "\n%*s", SNIPPET_INDENT, "");
    buffer_append_byte(&quote, '"');
    terminal_clean(&quote, view_of(citation->quote), true);
    buffer_append_byte(&quote, '"');
    wrapping w = {.width = t->width,
                  .first = SNIPPET_INDENT,
                  .indent = SNIPPET_INDENT,
                  .max_lines = QUOTE_LINES};
    terminal_wrap(&wrapped, buffer_view(&quote), &w);
    append_emphasised(t, &c->line, buffer_view(&wrapped), citation);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
    buffer_done(&quote);
    buffer_done(&wrapped);
}

static void print_passage(console *c, const kith_passage *passage, size_t n, const char *question)
{
    const terminal *t = &c->out_terminal;
    buffer_printf(&c->line, "[%zu] ", n);
    location p = {.source = passage->source,
                  .document = passage->document,
                  .where = passage->place,
                  .line_start = passage->line_start,
                  .line_end = passage->line_end};
    location_append(t, &c->line, &p);
    char score[64];
    int length = snprintf(score, sizeof score, "  relevance %.2f, distance %.4f",
                          (double)passage->relevance, (double)passage->distance);
    terminal_style(t, &c->line, STYLE_DIM, (view){score, (size_t)length});
    buffer_append_byte(&c->line, '\n');
    snippet_append(t, &c->line, view_of(passage->content), view_of(question));
    console_flush_line(c);
}

static void print_heading(console *c, const char *text)
{
    buffer_append_byte(&c->line, '\n');
    terminal_style(&c->out_terminal, &c->line, STYLE_BOLD, view_of(text));
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

static void print_explanation(console *c, const kith_answer *answer)
{
    console_printf(
        c, "\nengine %s; %u of %zu passages sent; retrieved in %.1f ms, answered in %.1f ms",
        answer->engine, answer->passages_sent, answer->passage_count, answer->retrieve_ms,
        answer->answer_ms);
    if (answer->prompt_tokens || answer->completion_tokens)
        console_printf(c, "; %llu tokens read, %llu written",
                       (unsigned long long)answer->prompt_tokens,
                       (unsigned long long)answer->completion_tokens);
    console_printf(c, "\n");
}

static void print_sources(console *c, const kith_answer *answer)
{
    if (answer->citation_count == 0) return;
    print_heading(c, "Sources");
    for (size_t i = 0; i < answer->citation_count; i++)
        print_citation(c, &answer->citations[i]);
}

static void print_passages(console *c, const kith_answer *answer, const char *question)
{
    if (answer->passage_count == 0) return;
    print_heading(c, answer->refused ? "Nearest passages" : "Passages");
    for (size_t i = 0; i < answer->passage_count; i++)
        print_passage(c, &answer->passages[i], i + 1, question);
}

/* One line, so that a program that reads it finds the mark and its sentence together; on a terminal
 * as many as it takes. */
static void print_claim(console *c, const kith_claim *claim, const char *mark, style look)
{
    char support[32];
    int length = snprintf(support, sizeof support, "  support %.2f", claim->support);
    buffer whole;
    buffer_init(&whole, SIZE_MAX / 2);
    terminal_style(&c->out_terminal, &whole, look, view_of(mark));
    buffer_append_byte(&whole, ' ');
    terminal_clean(&whole, view_of(claim->text), true);
    terminal_style(&c->out_terminal, &whole, STYLE_DIM, (view){support, (size_t)length});
    folding_whole(&c->line, buffer_view(&whole), fold_width(c), SNIPPET_INDENT);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
    buffer_done(&whole);
}

/* The claims that a reader should check; with `all` the supported ones too. They come after the
 * answer because its text was already printed when they were judged. */
static void print_claims(console *c, const kith_answer *answer, bool all)
{
    static const struct {
        const char *mark;
        style look;
    } marks[] = {[KITH_SUPPORTED] = {"[supported]", STYLE_GREEN},
                 [KITH_UNSUPPORTED] = {"[unsupported]", STYLE_RED},
                 [KITH_UNCITED] = {"[uncited]", STYLE_YELLOW}};
    bool is_first = true;
    for (size_t i = 0; i < answer->claim_count; i++) {
        const kith_claim *claim = &answer->claims[i];
        if (claim->verdict == KITH_UNCHECKED || (claim->verdict == KITH_SUPPORTED && !all))
            continue;
        if (is_first) console_printf(c, "\n");
        is_first = false;
        print_claim(c, claim, marks[claim->verdict].mark, marks[claim->verdict].look);
    }
}

static void print_text(invocation *run, stream *s, const char *question, const kith_answer *answer)
{
    console *c = run->console;
    if (!s->started) stream_write(s, view_of(answer->text ? answer->text : ""));
    stream_end(s);
    if (answer->cached) console_notice(c, "from the cache");
    print_claims(c, answer, run->settings->explain);
    print_sources(c, answer);
    // Without citations the passages are the only sources that a reader has.
    if (answer->citation_count == 0 || run->settings->explain) print_passages(c, answer, question);
    if (run->settings->explain) print_explanation(c, answer);
}

void answer_output_passages(console *c, const kith_turn *turn)
{
    if (c->json)
        write_json(c, turn->question, &turn->answer);
    else
        print_passages(c, &turn->answer, turn->searched[0] ? turn->searched : turn->question);
}

void answer_output_turn(console *c, const kith_turn *turn)
{
    buffer question;
    buffer_init(&question, SIZE_MAX / 2);
    buffer_append_text(&question, "> ");
    terminal_clean(&question, view_of(turn->question), true);
    terminal_style(&c->out_terminal, &c->line, STYLE_BOLD, buffer_view(&question));
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
    buffer_done(&question);
    if (turn->searched[0]) print_searched(c, turn->searched);
    stream text = {.console = c};
    folding_init(&text.lines, fold_width(c), 0);
    stream_write(&text, view_of(turn->answer.text));
    stream_end(&text);
    folding_done(&text.lines);
    print_claims(c, &turn->answer, false);
    print_sources(c, &turn->answer);
    console_printf(c, "\n");
}

static size_t unchecked_claims(const kith_answer *answer)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->claim_count; i++)
        count += answer->claims[i].verdict == KITH_UNCHECKED;
    return count;
}

static void notice_problems(console *c, const kith_answer *answer)
{
    size_t unchecked = unchecked_claims(answer);
    if (unchecked)
        console_notice(c, "%zu sentences of the answer were not checked against the passages",
                       unchecked);
    if (answer->question_cut)
        console_notice(c, "the question is longer than the model reads: its meaning is that of its "
                          "beginning");
    if (answer->citations_removed)
        console_notice(c, "%u citations were removed: they named no passage",
                       answer->citations_removed);
    if (answer->truncated)
        console_notice(c,
                       "the answer is cut: %s stopped at its limit of tokens; --max-tokens "
                       "raises it",
                       answer->engine);
    bool is_quoted = strcmp(answer->engine, "extractive") == 0;
    if (answer->llm_status != KITH_OK && is_quoted)
        console_notice(c, "the LLM failed: %s; the answer is quoted from the documents instead",
                       answer->llm_error);
    else if (answer->llm_status != KITH_OK)
        console_notice(c, "%s failed: %s; the passages stand", answer->engine, answer->llm_error);
}

exit_status answer_output_ask(invocation *run, kith *database, const answer_request *request)
{
    console *c = run->console;
    const settings *s = run->settings;
    stream streamed = {.console = c, .events = s->events};
    kith_answer *answer = NULL;
    kith_error err = {0};
    const kith_call call = workspace_call(run);
    folding_init(&streamed.lines, fold_width(c), 0);
    kith_ask_options options = {.k = request->k ? request->k : s->k,
                                .call = &call,
                                .where = request->where,
                                .allow_unknown_fields = request->allow_unknown_fields,
                                .llm = request->llm,
                                .no_cache = s->no_cache,
                                .on_event = on_event,
                                .context = &streamed};
    kith_status status = request->conversation
                             ? kith_conversation_ask(database, request->conversation,
                                                     request->question, &options, &answer, &err)
                             : kith_ask(database, workspace_collection(run), request->question,
                                        &options, &answer, &err);
    if (status == KITH_ERR_CANCELLED && streamed.started) stream_end(&streamed);
    if (status != KITH_OK) folding_done(&streamed.lines);
    if (status == KITH_ERR_CANCELLED) return EXIT_INTERRUPTED;
    if (status != KITH_OK && request->failure) {
        *request->failure = (answer_failure){status, err};
        return exit_status_of(status);
    }
    if (status != KITH_OK) return console_fail(c, status, &err);

    if (c->json && !s->events)
        write_json(c, request->question, answer);
    else if (!s->events)
        print_text(run, &streamed, request->question, answer);
    folding_done(&streamed.lines);
    notice_problems(c, answer);
    if (!request->conversation) meaning_notice(run, database);
    exit_status result = answer->refused ? EXIT_PARTLY : EXIT_DONE;
    if (answer->llm_status != KITH_OK) result = exit_status_of(answer->llm_status);
    kith_answer_free(answer);
    return result;
}
