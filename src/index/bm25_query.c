/* bm25_query.c - a query's text to terms: words, +words, "phrases", in the stems of each language. */
#include "base/size.h"
#include "index/bm25.h"
#include "index/bm25_private.h"
#include "text/word.h"

#include <math.h>

typedef struct parser {
    const bm25 *index;
    arena *memory;
    map *seen; /* term -> number in query->terms */
    bm25_query *query;
    language language;
    bool keep_stops; /* stop words say nothing about a row, so they are passed over at first */
    kith_error *err;
} parser;

static float idf_of(const bm25 *b, const postings *list)
{
    double rows = b->rows, holders = list ? list->count : 0;
    return (float)log(1.0 + (rows - holders + 0.5) / (holders + 0.5));
}

float bm25_idf(const bm25 *b, view term)
{
    uint64_t number = 0;
    return idf_of(b, map_get(b->terms, term, &number) ? &b->lists[number] : NULL);
}

/* The best that any row can score by the term: the largest of its blocks' bounds. */
static float bound_of(const bm25 *b, const postings *list, float idf)
{
    float bound = 0;
    for (uint32_t i = 0; list && i < list->block_count; i++) {
        float score =
            bm25_term_score(b, idf, list->blocks[i].max_count, list->blocks[i].min_length);
        if (score > bound) bound = score;
    }
    return bound;
}

static kith_status fail_no_memory(const parser *p)
{
    return fail(p->err, KITH_ERR_NO_MEMORY, "out of memory for a query");
}

static kith_status add_term(parser *p, view term, view surface, uint32_t *number)
{
    uint64_t known = 0;
    if (map_get(p->seen, term, &known)) {
        *number = (uint32_t)known;
        return KITH_OK;
    }
    if (p->query->term_count == BM25_MAX_TERMS)
        return fail(p->err, KITH_ERR_LIMIT, "the query has more than %d different words",
                    BM25_MAX_TERMS);
    *number = p->query->term_count;
    if (map_put(p->seen, term, *number) != KITH_OK) return fail_no_memory(p);
    const postings *list = map_get(p->index->terms, term, &known) ? &p->index->lists[known] : NULL;
    float idf = idf_of(p->index, list);
    p->query->terms[p->query->term_count++] = (query_term){
        .list = list, .surface = surface, .idf = idf, .bound = bound_of(p->index, list, idf)};
    return KITH_OK;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Does "+" stand before the word, at the beginning of the text or after a space? */
static bool is_required(view text, const word *w)
{
    return w->start > 0 && text.data[w->start - 1] == '+' &&
           (w->start == 1 || is_space(text.data[w->start - 2]));
}

/* Adds the word as a term of the query. */
static kith_status add_word(parser *p, view text, const word *w, uint32_t *number)
{
    kith_status status = add_term(p, w->term, view_slice(text, w->start, w->end), number);
    if (status == KITH_OK) p->query->terms[*number].is_scored |= !w->is_stop || p->keep_stops;
    return status;
}

/* Words outside quotes. A +word is demanded, together with what - or _ join to it; the first demand
 * is number `next`. */
static kith_status add_words(parser *p, view text, uint32_t next)
{
    word *words = NULL;
    uint32_t count = 0, taken = 0;
    query_phrase *open = NULL; // the demand that the words at hand belong to
    kith_status status = word_split_in(text, p->language, p->memory, &words, &count, p->err);
    uint32_t *numbers = arena_new_array(p->memory, uint32_t, count);
    if (status == KITH_OK && !numbers) return fail_no_memory(p);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        const word *w = &words[i];
        if (!w->is_extra && is_required(text, w)) {
            open = &p->query->phrases[p->query->phrase_count++];
            *open = (query_phrase){.terms = numbers + taken, .demand = next++};
        } else if (!w->is_extra && !w->is_joined) {
            open = NULL;
        }
        bool is_demanded = open && !w->is_extra;
        if (w->is_stop && !is_demanded && !p->keep_stops) continue;
        status = add_word(p, text, w, &numbers[taken]);
        if (is_demanded && status == KITH_OK) open->count++, taken++;
    }
    if (next > p->query->demand_count) p->query->demand_count = next;
    return status;
}

static kith_status add_phrase(parser *p, view text, uint32_t next)
{
    word *words = NULL;
    uint32_t count = 0, taken = 0;
    kith_status status = word_split_in(text, p->language, p->memory, &words, &count, p->err);
    uint32_t *numbers = arena_new_array(p->memory, uint32_t, count);
    if (status == KITH_OK && !numbers) return fail_no_memory(p);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        if (!words[i].is_extra) status = add_word(p, text, &words[i], &numbers[taken++]);
    if (status != KITH_OK || taken == 0) return status;
    p->query->phrases[p->query->phrase_count++] = (query_phrase){numbers, taken, next};
    p->query->demand_count = next + 1;
    return KITH_OK;
}

/* A piece in every language that rows are in; the demands of all have the same numbers. */
static kith_status add_piece(parser *p, view piece, bool quoted)
{
    kith_status status = KITH_OK;
    uint32_t next = p->query->demand_count;
    for (p->language = 0; p->language < LANGUAGE_COUNT && status == KITH_OK; p->language++) {
        bool is_default = p->index->rows == 0 && p->language == LANGUAGE_ENGLISH;
        if (p->index->language_rows[p->language] == 0 && !is_default) continue;
        status = quoted ? add_phrase(p, piece, next) : add_words(p, piece, next);
    }
    return status;
}

/* Pieces between quotes are words and phrases in turn; an odd quote at the end parts nothing. */
static kith_status parse_pieces(parser *p, view text)
{
    kith_status status = KITH_OK;
    bool quoted = false;
    while (text.size && status == KITH_OK) {
        size_t quote = view_find(text, VIEW("\""));
        view rest = view_slice(text, size_min(quote + 1, text.size), text.size);
        bool closes = quoted || view_find(rest, VIEW("\"")) < rest.size;
        view piece = closes ? view_slice(text, 0, quote) : text;
        status = add_piece(p, piece, quoted);
        text = closes ? rest : (view){NULL, 0};
        quoted = !quoted;
    }
    return status;
}

/* An upper bound of the phrases: one for every + and every quote in every language. */
static uint32_t count_phrases(view text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '"' || text.data[i] == '+' ? LANGUAGE_COUNT : 0;
    return count;
}

static void weigh(bm25_query *q)
{
    bool any = false;
    for (uint32_t i = 0; i < q->term_count; i++)
        any |= q->terms[i].is_scored;
    for (uint32_t i = 0; i < q->term_count; i++) {
        q->terms[i].is_scored |= !any; // a phrase of stop words alone
        q->weight += q->terms[i].is_scored ? q->terms[i].idf : 0;
    }
}

kith_status bm25_parse(const bm25 *b, view text, arena *a, bm25_query **out, kith_error *err)
{
    bm25_query *q = arena_new_array(a, bm25_query, 1);
    map *seen = map_new();
    kith_status status = KITH_OK;
    if (q) q->terms = arena_new_array(a, query_term, BM25_MAX_TERMS);
    if (q) q->phrases = arena_new_array(a, query_phrase, count_phrases(text));
    if (!q || !q->terms || !q->phrases || !seen) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a query");
    } else {
        parser p = {.index = b, .memory = a, .seen = seen, .query = q, .err = err};
        status = parse_pieces(&p, text);
        p.keep_stops = true;
        if (status == KITH_OK && q->term_count == 0) status = parse_pieces(&p, text);
    }
    if (status == KITH_OK) weigh(q);
    map_free(seen);
    if (status == KITH_OK) *out = q;
    return status;
}

float bm25_query_weight(const bm25_query *q)
{
    return q->weight;
}
