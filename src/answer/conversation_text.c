/* conversation_text.c - exports a conversation as JSON or Markdown. */
#include "answer/conversation.h"

#include "answer/answer_json.h"
#include "base/buffer.h"
#include "base/json.h"
#include "os/clock.h"

static const size_t text_max_bytes = (size_t)1 << 30;

/* Copies the text into `a` and frees the buffer, whatever the result. */
static kith_status take_text(buffer *text, arena *a, const char **out, kith_error *err)
{
    kith_status status = buffer_status(text, "conversation", err);
    const char *copy = status == KITH_OK ? arena_copy(a, buffer_view(text)).data : NULL;
    buffer_done(text);
    if (status != KITH_OK) return status;
    if (!copy) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a conversation");
    *out = copy;
    return KITH_OK;
}

/* ---- JSON ---- */

static void member_time(json_writer *w, const char *key, int64_t wall_ms)
{
    char text[21];
    clock_format_utc(wall_ms, text);
    json_member_text(w, key, text);
}

static void write_turn(json_writer *w, const kith_turn *turn)
{
    json_begin_object(w);
    json_member_unsigned(w, "n", turn->n);
    member_time(w, "asked", turn->asked_ms);
    json_member_text(w, "question", turn->question);
    json_member_text(w, "searched", turn->searched[0] ? turn->searched : NULL);
    answer_json_write(w, &turn->answer);
    json_end_object(w);
}

kith_status conversation_json(const kith_conversation *c, arena *a, const char **out,
                              kith_error *err)
{
    buffer text;
    buffer_init(&text, text_max_bytes);
    json_writer w = {.out = &text};
    json_begin_object(&w);
    json_member_unsigned(&w, "conversation", c->id);
    json_member_text(&w, "title", c->title);
    json_member_text(&w, "collection", c->collection);
    member_time(&w, "created", c->created_ms);
    member_time(&w, "updated", c->updated_ms);
    json_key(&w, "turns");
    json_begin_array(&w);
    for (size_t i = 0; i < c->turn_count; i++)
        write_turn(&w, &c->turns[i]);
    json_end_array(&w);
    json_end_object(&w);
    return take_text(&text, a, out, err);
}

/* ---- Markdown ---- */

/* Puts `before` in front of each line, and escapes "![", which would load an image. */
static void append_lines(buffer *out, view text, const char *before)
{
    buffer_append_text(out, before);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        buffer_append_byte(out, c);
        if (c == '\n') buffer_append_text(out, before);
        if (c == '!' && i + 1 < text.size && text.data[i + 1] == '[') buffer_append_byte(out, '\\');
    }
    buffer_append_byte(out, '\n');
}

static void append_one_line(buffer *out, view text)
{
    for (size_t i = 0; i < text.size; i++)
        buffer_append_byte(out, text.data[i] == '\n' || text.data[i] == '\r' ? ' ' : text.data[i]);
}

static void append_citation(buffer *out, const kith_citation *citation)
{
    bool has_source = citation->source && citation->source[0];
    const char *name = has_source ? citation->source : citation->document;
    buffer_printf(out, "- [%u] ", citation->n);
    append_one_line(out, view_of(name));
    bool has_place = citation->place && citation->place[0];
    bool is_anchor = has_place && citation->place[0] == '#'; // of a web page: page.html#anchor
    if (is_anchor) append_one_line(out, view_of(citation->place));
    if (citation->line) buffer_printf(out, ":%u", citation->line);
    if (has_place && !is_anchor) {
        buffer_append_text(out, ", ");
        append_one_line(out, view_of(citation->place));
    }
    buffer_append_text(out, "\n\n");
    append_lines(out, view_of(citation->quote), "  > ");
    buffer_append_byte(out, '\n');
}

/* The claims that are marked, as `kith ask` shows them behind the answer. */
static void append_claims(buffer *out, const kith_answer *answer)
{
    for (size_t i = 0; i < answer->claim_count; i++) {
        const kith_claim *claim = &answer->claims[i];
        bool is_unsupported = claim->verdict == KITH_UNSUPPORTED;
        if (!is_unsupported && claim->verdict != KITH_UNCITED) continue;
        buffer text;
        buffer_init(&text, text_max_bytes);
        append_one_line(&text, view_of(claim->text));
        buffer_printf(out, "\n*%s:* ", is_unsupported ? "Unsupported" : "Uncited");
        append_lines(out, buffer_view(&text), "");
        buffer_done(&text);
    }
}

static void append_turn(buffer *out, const kith_turn *turn)
{
    const kith_answer *answer = &turn->answer;
    char asked[21];
    clock_format_utc(turn->asked_ms, asked);
    buffer_append_text(out, "\n## ");
    append_one_line(out, view_of(turn->question));
    buffer_append_text(out, "\n\n");
    if (turn->searched[0]) {
        buffer_append_text(out, "*Searched for: ");
        append_one_line(out, view_of(turn->searched));
        buffer_append_text(out, "*\n\n");
    }
    append_lines(out, view_of(answer->text), "");
    append_claims(out, answer);
    buffer_printf(out, "\n*%s, %s%s; %u of %zu passages read*\n\n", asked, answer->engine,
                  answer->cached ? ", from the cache" : "", answer->passages_sent,
                  answer->passage_count);
    for (size_t i = 0; i < answer->citation_count; i++)
        append_citation(out, &answer->citations[i]);
}

kith_status conversation_markdown(const kith_conversation *c, arena *a, const char **out,
                                  kith_error *err)
{
    buffer text;
    char created[21];
    buffer_init(&text, text_max_bytes);
    clock_format_utc(c->created_ms, created);
    buffer_append_text(&text, "# ");
    append_one_line(&text, view_of(c->title));
    buffer_printf(&text, "\n\nConversation %llu with the collection %s, begun %s.\n",
                  (unsigned long long)c->id, c->collection, created);
    for (size_t i = 0; i < c->turn_count; i++)
        append_turn(&text, &c->turns[i]);
    return take_text(&text, a, out, err);
}
