/* bm25_query.c - from a query's text to terms, demands and pairs of words.
 *
 * The text is cut at quotes into pieces, which are words and phrases in turn. A piece is split into
 * words once for each language that rows are in (bm25_query.h says why); the splits have the same
 * words at the same places and differ only in stems and in which are stop words. Each word then
 * adds a term for each language.
 *
 * Stop words are left out, unless a query would be nothing then: when all its words are stop words
 * in a language, they are kept in that language. "to be or not to be" finds English rows also where
 * there are German ones, in which none of its words but "not" has a meaning. But when half of the
 * words are held by rows of another language as words with a meaning, the query means these: "die"
 * beside German rows.
 *
 * A number that may be read in several ways has several terms at its position: "1,234" is 1.234, 1234
 * and what is written. A row that has it as the query writes it has all of them and is worth the rarest
 * one's idf, once, as if there were no other spellings; a row with another spelling has the more common of
 * them, and is worth half the idf of these, since one of two readings is meant. See docs/decisions/106.
 *
 * Statistics are read here alone, each once (those of spellings as often as there are), so that every score and every bound of a query comes
 * from the same numbers. Rows may be removed meanwhile, and then some statistics count a row that
 * others do not. Whatever they are, idf is greater than 0 and the average length too, which is all
 * that bounds rest on: a query's ranking is exact for the numbers that it read, and these are off
 * by the rows that were removed while it read them. */
#include "words/bm25_query.h"

#include "base/size.h"
#include "text/number.h"
#include "text/word.h"
#include "words/bm25_private.h"

#include <math.h>

/* What a spelling that is not the query's counts for, of its idf: docs/decisions/106. */
static const float reading_share = 0.5F;

/* Sums over the segments of a corpus. */
typedef struct statistics {
    uint64_t rows, total_length;
    bool has_language[LANGUAGE_COUNT];
} statistics;

typedef struct parser {
    const bm25_corpus *corpus;
    uint64_t rows; /* that are not removed */
    arena *memory;
    map *seen; /* key of a term -> number in query->terms */
    bm25_query *query;
    language languages[LANGUAGE_COUNT]; /* [language_count] that rows are in */
    uint32_t language_count;
    bool keep_stops[LANGUAGE_COUNT]; /* [language_count] score stop words too */
    kith_error *err;
} parser;

/* The words of a piece of the query, the same in each language but for their terms. */
typedef struct piece {
    view text;
    word *words[LANGUAGE_COUNT];       /* [language_count][count] */
    uint32_t *numbers[LANGUAGE_COUNT]; /* [language_count][taken] the demanded terms, in order */
    uint32_t count;                    /* words */
    uint32_t taken;                    /* demanded terms so far */
    uint32_t before[LANGUAGE_COUNT];   /* the last term, for pairs; UINT32_MAX: none yet */
    bool is_phrase;                    /* of which second names and spellings are left out */
} piece;

uint32_t bm25_corpus_end(const bm25_corpus *c)
{
    return c->count ? bm25_end_row(c->segments[c->count - 1]) : 0;
}

static statistics sum_statistics(const bm25_corpus *c)
{
    statistics sum = {0};
    for (uint32_t i = 0; i < c->count; i++) {
        const bm25_segment *s = c->segments[i];
        sum.rows += atomic_load_explicit(&s->live_rows, memory_order_relaxed);
        sum.total_length += atomic_load_explicit(&s->total_length, memory_order_relaxed);
        for (language l = 0; l < LANGUAGE_COUNT; l++)
            sum.has_language[l] |=
                atomic_load_explicit(&s->language_rows[l], memory_order_relaxed) > 0;
    }
    return sum;
}

/* Beside a removal `holders` may be larger than `rows`, which would make the logarithm negative. */
static float idf_of(uint64_t rows, uint64_t holders)
{
    if (holders > rows) holders = rows;
    return (float)log(1.0 + ((double)rows - (double)holders + 0.5) / ((double)holders + 0.5));
}

/* The list of the term with this key, NULL when the segment has none; adds the rows that hold the
 * term to *holders. */
static const postings *find_list(const bm25_segment *s, view key, uint64_t *holders)
{
    uint64_t number = 0;
    if (!map_get(s->terms, key, &number)) return NULL;
    *holders += atomic_load_explicit(&s->holders[number], memory_order_relaxed);
    return &s->lists[number];
}

float bm25_idf(const bm25_corpus *c, view term)
{
    uint64_t holders = 0;
    char bytes[BM25_KEY_MAX_BYTES];
    for (language l = 0; l < LANGUAGE_COUNT; l++) {
        view key = bm25_key(l, term, bytes);
        for (uint32_t i = 0; i < c->count; i++)
            (void)find_list(c->segments[i], key, &holders);
    }
    return idf_of(sum_statistics(c).rows, holders);
}

static kith_status fail_no_memory(const parser *p)
{
    return fail(p->err, KITH_ERR_NO_MEMORY, "out of memory for a query");
}

/* Finds or adds the term of language l and writes its number. A word that occurs twice in the query
 * is one term: scored when any occurrence is, and extra only when all are. */
static kith_status add_term(parser *p, language l, const query_term *t, view term, uint32_t *number)
{
    char bytes[BM25_KEY_MAX_BYTES];
    view key = bm25_key(l, term, bytes);
    uint64_t known = p->query->term_count;
    if (!map_get(p->seen, key, &known)) {
        if (known == BM25_MAX_TERMS)
            return fail(p->err, KITH_ERR_LIMIT, "the query has more than %d different words",
                        BM25_MAX_TERMS);
        if (map_put(p->seen, key, known) != KITH_OK) return fail_no_memory(p);
        p->query->terms[p->query->term_count++] = *t;
    }
    *number = (uint32_t)known;
    p->query->terms[known].weight = fmaxf(p->query->terms[known].weight, t->weight);
    p->query->terms[known].is_scored |= t->is_scored;
    p->query->terms[known].is_extra &= t->is_extra;
    return KITH_OK;
}

/* Adds the pair of *before and the term, which becomes the new *before. Pairs beyond BM25_MAX_TERMS
 * are left out: they only refine a score. */
static void add_pair(parser *p, uint32_t *before, uint32_t term)
{
    bool fits = p->query->pair_count < BM25_MAX_TERMS;
    if (*before != UINT32_MAX && *before != term && fits)
        p->query->pairs[p->query->pair_count++] = (query_pair){*before, term};
    *before = term;
}

/* Looks the term with this key up in every segment; *lists is an array as in query_term, and
 * *holders grows by the rows that hold the term. */
static kith_status find_lists(const parser *p, view key, const postings ***lists, uint64_t *holders)
{
    *lists = arena_new_array(p->memory, const postings *, p->corpus->count);
    if (!*lists) return fail_no_memory(p);
    for (uint32_t i = 0; i < p->corpus->count; i++)
        (*lists)[i] = find_list(p->corpus->segments[i], key, holders);
    return KITH_OK;
}

/* The idf of word i of the piece, in all languages together. */
static float idf_of_word(const parser *p, const piece *s, uint32_t i)
{
    char bytes[BM25_KEY_MAX_BYTES];
    uint64_t holders = 0;
    for (uint32_t n = 0; n < p->language_count; n++) {
        view key = bm25_key(p->languages[n], s->words[n][i].term, bytes);
        for (uint32_t k = 0; k < p->corpus->count; k++)
            (void)find_list(p->corpus->segments[k], key, &holders);
    }
    return idf_of(p->rows, holders);
}

/* What word i, whose idf this is, counts for: all of it, or, of a number in several spellings, what it is
 * more than that of the next more common one, of all but the rarest times reading_share. Of spellings that
 * are as common the last one is taken for the rarest. */
static float weight_of_word(const parser *p, const piece *s, uint32_t i, float idf)
{
    const word *words = s->words[0];
    uint32_t first = i;
    float shared = 0;
    bool is_rarest = true, is_alone = true;
    while (words[first].is_spelling)
        first--;
    for (uint32_t k = first; k < s->count && (k == first || words[k].is_spelling); k++) {
        if (k == i) continue;
        float other = idf_of_word(p, s, k);
        bool is_commoner = other < idf || (other == idf && k < i);
        is_alone = false;
        is_rarest = is_rarest && is_commoner;
        if (is_commoner && other > shared) shared = other;
    }
    if (is_alone) return idf;
    return is_rarest ? idf - reading_share * shared : reading_share * (idf - shared);
}

/* Adds word i of the piece in every language; when it is demanded also where it is a stop word. */
static kith_status add_word(parser *p, piece *s, uint32_t i, bool is_demanded)
{
    const postings **lists[LANGUAGE_COUNT];
    char bytes[BM25_KEY_MAX_BYTES];
    uint64_t holders = 0;
    kith_status status = KITH_OK;
    for (uint32_t n = 0; n < p->language_count && status == KITH_OK; n++) {
        view key = bm25_key(p->languages[n], s->words[n][i].term, bytes);
        status = find_lists(p, key, &lists[n], &holders);
    }
    float idf = idf_of(p->rows, holders);
    float weight = s->is_phrase ? idf : weight_of_word(p, s, i, idf);
    for (uint32_t n = 0; n < p->language_count && status == KITH_OK; n++) {
        const word *w = &s->words[n][i];
        if (w->is_stop && !is_demanded && !p->keep_stops[n]) continue;
        query_term t = {.lists = lists[n],
                        .surface = view_slice(s->text, w->start, w->end),
                        .idf = idf,
                        .weight = weight,
                        .is_scored = weight > 0 && (!w->is_stop || p->keep_stops[n]),
                        .is_extra = w->is_extra};
        uint32_t *number = &s->numbers[n][s->taken];
        status = add_term(p, p->languages[n], &t, w->term, number);
        if (status == KITH_OK && t.is_scored && !w->is_extra) add_pair(p, &s->before[n], *number);
    }
    s->taken += is_demanded;
    return status;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Is there a "+" right before the word, itself at the beginning of the text or after a space? That
 * of a telephone number is part of it. */
static bool is_required(view text, const word *w)
{
    return w->start > 0 && text.data[w->start - 1] == '+' &&
           (w->start == 1 || is_space(text.data[w->start - 2])) &&
           !number_is_telephone(text, w->start - 1);
}

/* Closes a demand: the demanded terms from number `from` on are one phrase, in each language. */
static void demand(parser *p, const piece *s, uint32_t from)
{
    if (s->taken == from) return;
    for (uint32_t n = 0; n < p->language_count; n++)
        p->query->phrases[p->query->phrase_count++] =
            (query_phrase){s->numbers[n] + from, s->taken - from, p->query->demand_count};
    p->query->demand_count++;
}

/* Adds words outside quotes. A +word is demanded together with the words that - or _ join to it. */
static kith_status add_words(parser *p, piece *s)
{
    uint32_t from = 0; // the open demand begins here
    bool is_open = false;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < s->count && status == KITH_OK; i++) {
        const word *w = &s->words[0][i];
        bool required = !w->is_extra && is_required(s->text, w);
        if (!w->is_extra && !w->is_joined) {
            demand(p, s, from);
            from = s->taken;
            is_open = false;
        }
        is_open |= required;
        status = add_word(p, s, i, is_open && !w->is_extra);
    }
    demand(p, s, from);
    return status;
}

/* Adds the words between two quotes, all demanded, as one phrase. Second names of words are left
 * out: the phrase has one word a position. */
static kith_status add_phrase(parser *p, piece *s)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < s->count && status == KITH_OK; i++)
        if (!s->words[0][i].is_extra) status = add_word(p, s, i, true);
    demand(p, s, 0);
    return status;
}

static kith_status add_piece(parser *p, view text, bool quoted)
{
    piece s = {.text = text, .is_phrase = quoted};
    for (uint32_t n = 0; n < p->language_count; n++) {
        uint32_t before = s.count;
        s.before[n] = UINT32_MAX;
        kith_status status =
            word_split_in(text, p->languages[n], p->memory, &s.words[n], &s.count, p->err);
        if (status != KITH_OK) return status;
        CHECK(n == 0 || s.count == before);
        s.numbers[n] = arena_new_array(p->memory, uint32_t, (size_t)s.count + 1);
        if (!s.numbers[n]) return fail_no_memory(p);
    }
    return quoted ? add_phrase(p, &s) : add_words(p, &s);
}

/* Cuts the text at quotes and adds the pieces, which are words and phrases in turn. A quote without
 * a partner cuts nothing. */
static kith_status parse_pieces(parser *p, view text)
{
    kith_status status = KITH_OK;
    bool quoted = false;
    while (text.size && status == KITH_OK) {
        size_t quote = view_find(text, VIEW("\""));
        view rest = view_slice(text, size_min(quote + 1, text.size), text.size);
        bool closes = quoted || view_find(rest, VIEW("\"")) < rest.size;
        status = add_piece(p, closes ? view_slice(text, 0, quote) : text, quoted);
        text = closes ? rest : (view){NULL, 0};
        quoted = !quoted;
    }
    return status;
}

/* Does a row hold the word as one of language number n? */
static bool is_held(const parser *p, uint32_t n, const word *w)
{
    char bytes[BM25_KEY_MAX_BYTES];
    view key = bm25_key(p->languages[n], w->term, bytes);
    uint64_t holders = 0;
    for (uint32_t i = 0; i < p->corpus->count && holders == 0; i++)
        (void)find_list(p->corpus->segments[i], key, &holders);
    return holders > 0;
}

/* How many of the words have a meaning in language number n, and rows that hold them in it. */
static uint32_t count_meant(const parser *p, uint32_t n, const word *words, uint32_t count)
{
    uint32_t meant = 0;
    for (uint32_t i = 0; i < count; i++)
        meant += !words[i].is_extra && !words[i].is_stop && is_held(p, n, &words[i]);
    return meant;
}

/* Sets keep_stops: the head of the file says when. Rows are asked only where it matters, which is
 * for hardly any query. */
static kith_status choose_stops(parser *p, view text)
{
    word *lists[LANGUAGE_COUNT];
    uint32_t counts[LANGUAGE_COUNT], words = 0, meant = 0;
    bool keeps_any = false;
    for (uint32_t n = 0; n < p->language_count; n++) {
        uint32_t stops = 0;
        kith_status status =
            word_split_in(text, p->languages[n], p->memory, &lists[n], &counts[n], p->err);
        if (status != KITH_OK) return status;
        words = 0;
        for (uint32_t i = 0; i < counts[n]; i++) {
            words += !lists[n][i].is_extra;
            stops += !lists[n][i].is_extra && lists[n][i].is_stop;
        }
        p->keep_stops[n] = stops == words;
        keeps_any |= p->keep_stops[n];
    }
    for (uint32_t n = 0; keeps_any && n < p->language_count; n++)
        meant = (uint32_t)size_max(meant, count_meant(p, n, lists[n], counts[n]));
    for (uint32_t n = 0; n < p->language_count && 2 * meant >= words; n++)
        p->keep_stops[n] = false;
    return KITH_OK;
}

/* An upper bound of the phrases: one for every + and every quote in every language. */
static uint32_t count_phrases(view text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '"' || text.data[i] == '+' ? LANGUAGE_COUNT : 0;
    return count;
}

/* Takes the statistics. The languages are those that rows are in; English when there are no rows.
 */
static void take_statistics(parser *p)
{
    statistics sum = sum_statistics(p->corpus);
    double average = sum.rows ? (double)sum.total_length / (double)sum.rows : 1;
    p->rows = sum.rows;
    p->query->average = average > 0 ? (float)average : 1;
    for (language l = 0; l < LANGUAGE_COUNT; l++)
        if (sum.has_language[l]) p->languages[p->language_count++] = l;
    if (p->language_count == 0) p->languages[p->language_count++] = LANGUAGE_ENGLISH;
}

/* When no term is scored, as in a phrase of stop words alone, all are. */
static void score_something(bm25_query *q)
{
    bool any = false;
    for (uint32_t i = 0; i < q->term_count; i++)
        any |= q->terms[i].is_scored;
    for (uint32_t i = 0; i < q->term_count; i++)
        q->terms[i].is_scored |= !any;
}

kith_status bm25_parse(const bm25_corpus *c, view text, arena *a, bm25_query **out, kith_error *err)
{
    bm25_query *q = arena_new_array(a, bm25_query, 1);
    map *seen = map_new();
    kith_status status = KITH_OK;
    if (q) q->terms = arena_new_array(a, query_term, BM25_MAX_TERMS);
    if (q) q->phrases = arena_new_array(a, query_phrase, count_phrases(text));
    if (q) q->pairs = arena_new_array(a, query_pair, BM25_MAX_TERMS);
    if (!q || !q->terms || !q->phrases || !q->pairs || !seen) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a query");
    } else {
        parser p = {.corpus = c, .memory = a, .seen = seen, .query = q, .err = err};
        q->corpus = *c;
        take_statistics(&p);
        status = choose_stops(&p, text);
        if (status == KITH_OK) status = parse_pieces(&p, text);
    }
    if (status == KITH_OK) score_something(q);
    map_free(seen);
    if (status == KITH_OK) *out = q;
    return status;
}
