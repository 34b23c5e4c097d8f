/* hits.c - see hits.h. The JSON keys are stable: id, document, content, metadata, distance. */
#include "cli/hits.h"

#include "base/json.h"
#include "cli/location.h"
#include "cli/snippet.h"
#include "serve/hit_json.h"

#include <kith/search.h>
#include <math.h>

static void explain_hit(json_writer *w, const kith_hit *hit)
{
    json_member_unsigned(w, "meaning_rank", hit->meaning_rank);
    json_member_unsigned(w, "words_rank", hit->words_rank);
    json_member_float(w, "words", hit->words);
    json_member_float(w, "meaning_part", hit->meaning_part);
    json_member_float(w, "words_part", hit->words_part);
    hit_json_matched(w, hit);
}

/* Neither near in meaning nor of one of the words. Of all-MiniLM-L6-v2's vectors two texts that
 * have nothing to do with each other are 0.75 or more apart. */
static bool is_weak(const kith_hit *hit)
{
    const float far = 0.75F;
    return !isnan(hit->distance) && hit->distance >= far && hit->words_rank == 0;
}

static void write_json(console *c, const kith_hit *hit, bool explain)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "id", hit->id);
    json_member_text(&w, "document", hit->document);
    json_member_text(&w, "content", hit->content);
    json_key(&w, "metadata");
    json_raw(&w, hit->metadata ? view_of(hit->metadata) : VIEW("{}"));
    json_member_float(&w, "distance", hit->distance); // null when ranked by words alone
    json_member_float(&w, "score", hit->score);
    if (is_weak(hit)) {
        json_key(&w, "weak");
        json_bool(&w, true);
    }
    hit_json_rerank(&w, hit);
    if (explain) explain_hit(&w, hit);
    json_end_object(&w);
    console_end_json(c);
}

static void write_plan(json_writer *w, const kith_search_plan *plan)
{
    hit_json_plan(w, plan);
    json_key(w, "expected_us");
    json_begin_object(w);
    for (size_t i = 0; i < plan->strategy_count; i++)
        json_member_double(w, plan->strategies[i].name, plan->strategies[i].expected_us);
    json_end_object(w);
}

static void explain_json(console *c, const kith_hits *hits)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_key(&w, "explain");
    json_begin_object(&w);
    json_member_text(&w, "plan", hits->plan);
    json_member_unsigned(&w, "distances", hits->distances);
    json_member_unsigned(&w, "words_scored", hits->words_scored);
    json_member_unsigned(&w, "matching", hits->matching);
    json_member_float(&w, "meaning_weight", hits->meaning_weight);
    json_member_double(&w, "embed_ms", hits->embed_ms);
    json_member_double(&w, "search_ms", hits->search_ms);
    json_member_double(&w, "fetch_ms", hits->fetch_ms);
    if (hits->explained) write_plan(&w, hits->explained);
    json_end_object(&w);
    json_end_object(&w);
    console_end_json(c);
}

/* By what the number of candidates was chosen, and where the time went. */
static void print_choice(console *c, const kith_search_plan *plan)
{
    if (plan->target_recall > 0) console_printf(c, "target recall %g: ", plan->target_recall);
    if (plan->ef)
        console_printf(c, "ef %llu (%s)", (unsigned long long)plan->ef, plan->ef_source);
    else
        console_printf(c, "ef by %s", plan->ef_source);
    console_printf(c, "; filter %.0f us, vectors %.0f us, words %.0f us\n", plan->filter_us,
                   plan->vectors_us, plan->words_us);
}

/* How the vectors were compared, and what the other ways were expected to take. */
static void print_plan(console *c, const kith_search_plan *plan)
{
    console_printf(c,
                   "%s: %llu of %llu points match; %llu hops, of which %llu match, %llu distances "
                   "estimated, %llu computed\n",
                   plan->kind, (unsigned long long)plan->matching, (unsigned long long)plan->points,
                   (unsigned long long)plan->hops, (unsigned long long)plan->admitted,
                   (unsigned long long)plan->estimates, (unsigned long long)plan->distances);
    if (plan->lists_of)
        console_printf(c, "%llu of %llu lists read; %llu reads of %llu bytes in all\n",
                       (unsigned long long)plan->lists, (unsigned long long)plan->lists_of,
                       (unsigned long long)plan->reads, (unsigned long long)plan->bytes_read);
    for (size_t i = 0; i < plan->strategy_count; i++)
        if (!isnan(plan->strategies[i].expected_us))
            console_printf(c, "  %s: expected to take %.1f us\n", plan->strategies[i].name,
                           plan->strategies[i].expected_us);
    print_choice(c, plan);
}

static uint32_t line_of(const json_value *metadata, const char *key)
{
    int64_t line = 0;
    bool known =
        metadata && json_get_integer(metadata, key, &line) && line > 0 && line <= UINT32_MAX;
    return known ? (uint32_t)line : 0;
}

/* "score 1.3999  distance 0.3665": what the hits are ordered by, then how near it is in meaning.
 * Without a vector, the score of its words. */
static void append_scores(console *c, const kith_hit *hit)
{
    char text[128], score[48] = "", second[32] = "";
    const bool is_fused = hit->meaning_part != 0 || hit->words_part != 0;
    if (!isnan(hit->rerank))
        (void)snprintf(second, sizeof second, "  reranked %.3f",
                       (double)hit_rerank_score(hit->rerank));
    if (is_fused) (void)snprintf(score, sizeof score, "  score %.4f", (double)hit->score);
    int n = isnan(hit->distance)
                ? snprintf(text, sizeof text, "%s  BM25 %.2f", second, (double)hit->words)
                : snprintf(text, sizeof text, "%s%s  distance %.4f%s", second, score,
                           (double)hit->distance, is_weak(hit) ? "  (weak)" : "");
    terminal_style(&c->out_terminal, &c->line, STYLE_DIM, (view){text, (size_t)n});
}

/* How the score came about: rank, value and part of each side, and the words that matched. */
static void append_explanation(console *c, const kith_hit *hit)
{
    buffer *line = &c->line;
    buffer_printf(line, "%*sscore %.4f", SNIPPET_INDENT, "", (double)hit->score);
    if (hit->meaning_rank)
        buffer_printf(line, " = %.4f by meaning (#%u, distance %.4f)", (double)hit->meaning_part,
                      hit->meaning_rank, (double)hit->distance);
    bool is_fused = !isnan(hit->distance) && hit->words_part != 0;
    if (is_fused || hit->words_rank)
        buffer_printf(line, " %s %.4f by words (", hit->meaning_rank ? "+" : "=",
                      (double)hit->words_part);
    if (hit->words_rank)
        buffer_printf(line, "#%u, BM25 %.2f)", hit->words_rank, (double)hit->words);
    else if (is_fused)
        buffer_append_text(line, "it has none)");
    for (size_t i = 0; i < hit->matched_count; i++) {
        buffer_append_text(line, i ? ", " : "; ");
        terminal_clean(line, view_of(hit->matched[i].word), true);
        buffer_printf(line, " %.2f", (double)hit->matched[i].score);
    }
    buffer_append_byte(line, '\n');
}

/* A line above the hit's text: its headings, or the header of the table that it is of. */
static void append_above(console *c, view text)
{
    if (text.size == 0) return;
    buffer_printf(&c->line, "%*s", SNIPPET_INDENT, "");
    terminal_clean(&c->line, text, true);
    buffer_append_byte(&c->line, '\n');
}

static void write_text(invocation *run, const kith_hit *hit, size_t rank, const char *query,
                       bool explain)
{
    console *c = run->console;
    const terminal *t = &c->out_terminal;
    const json_value *metadata = NULL;
    view source = {NULL, 0}, heading = {NULL, 0}, where = {NULL, 0}, lead_in = {NULL, 0};
    // Metadata that does not parse costs only the location: the hit is shown by its id.
    if (hit->metadata &&
        json_parse(view_of(hit->metadata), SIZE_MAX, run->memory, &metadata, NULL) == KITH_OK) {
        (void)json_get_string(metadata, "source", &source);
        (void)json_get_string(metadata, "heading", &heading);
        (void)json_get_string(metadata, "place", &where);
        (void)json_get_string(metadata, "lead_in", &lead_in);
    }
    buffer_printf(&c->line, "%zu. ", rank);
    location p = {.source = source.data,
                  .document = hit->document ? hit->document : hit->id,
                  .where = where.data,
                  .line_start = line_of(metadata, "line_start"),
                  .line_end = line_of(metadata, "line_end")};
    location_append(t, &c->line, &p);
    append_scores(c, hit);
    buffer_append_text(&c->line, "  ");
    terminal_clean(&c->line, view_of(hit->id), true);
    buffer_append_byte(&c->line, '\n');
    append_above(c, heading);
    append_above(c, lead_in);
    if (explain) append_explanation(c, hit);
    if (hit->content) snippet_append(t, &c->line, view_of(hit->content), view_of(query));
    console_flush_line(c);
}

size_t hits_print(invocation *run, const kith_hits *hits, const char *query, bool explain)
{
    console *c = run->console;
    uint32_t floor = run->settings->floor;
    size_t shown = 0;
    for (size_t i = 0; i < hits->count && !console_failed(c); i++) {
        const kith_hit *hit = &hits->hits[i];
        if (floor && !(100.0F * (1.0F - hit->distance) >= (float)floor)) continue;
        shown++;
        if (c->json)
            write_json(c, hit, explain);
        else
            write_text(run, hit, shown, query, explain);
    }
    if (explain && c->json) explain_json(c, hits);
    if (explain && !c->json)
        console_printf(
            c,
            "found by %s, meaning weighing %.0f %%: %llu distances computed, %llu rows scored by "
            "words, "
            "%llu points pass the filter; embedding %.1f ms, search %.1f ms, reading %.1f ms\n",
            hits->plan, 100 * (double)hits->meaning_weight, (unsigned long long)hits->distances,
            (unsigned long long)hits->words_scored, (unsigned long long)hits->matching,
            hits->embed_ms, hits->search_ms, hits->fetch_ms);
    if (explain && !c->json && hits->explained) print_plan(c, hits->explained);
    return shown;
}
