/* Tests of queries against a naive BM25 over the same words: every row, no skipping, phrases by
 * looking at the text. Each runs over one segment and over several that hold the same rows. */
#include "test.h"

#include "base/rng.h"
#include "text/word.h"
#include "words/bm25_query.h"

#include <math.h>

enum { ROWS = 3000, VOCABULARY = 400, LONGEST = 60, MAX_SEGMENTS = 9 };

typedef struct corpus {
    arena memory;
    char *texts[ROWS];
    word *words[ROWS];
    uint32_t counts[ROWS];
    uint32_t heads[ROWS];  /* words of the head */
    bitset *live, *filter; /* rows that are not live are removed */
    bm25_segment *segments[MAX_SEGMENTS];
    bm25_corpus all;
} corpus;

/* A word of consonants for each number, which no stemmer touches: "wck" of 17. */
static const char *spell(arena *a, uint32_t number)
{
    char *spelt = arena_printf(a, "w%u", number);
    for (char *c = spelt + 1; *c; c++)
        *c = "bcdfghjkmp"[*c - '0'];
    return spelt;
}

/* Words 0, 1, ... in a Zipf-like spread; 0 to 3 are nearly everywhere. */
static uint32_t draw_word(rng *r)
{
    double u = rng_unit(r);
    return (uint32_t)(pow(VOCABULARY, u * u) - 1);
}

static char *draw_text(corpus *c, rng *r)
{
    buffer text;
    buffer_init(&text, 4096);
    uint32_t length = rng_below(r, LONGEST);
    for (uint32_t i = 0; i < length; i++)
        buffer_printf(&text, "%s ", spell(&c->memory, draw_word(r)));
    char *copy = arena_copy_text(&c->memory, buffer_text(&text));
    buffer_done(&text);
    return copy;
}

static int setup(void **state, uint32_t segments)
{
    kith_error err;
    corpus *c = calloc(1, sizeof *c);
    rng r = {2026};
    if (!c) return -1;
    arena_init(&c->memory, 0);
    c->live = bitset_new(ROWS);
    c->filter = bitset_new(ROWS);
    for (uint32_t i = 0; i < ROWS; i++) {
        if (i % (ROWS / segments + 1) == 0) c->segments[c->all.count++] = bm25_segment_new(i);
        c->texts[i] = draw_text(c, &r);
        if (word_split(view_of(c->texts[i]), &c->memory, &c->words[i], &c->counts[i], &err) !=
            KITH_OK)
            return -1;
        c->heads[i] = c->counts[i] ? rng_below(&r, i % 10 ? 5 : c->counts[i]) : 0;
        if (c->heads[i] > c->counts[i]) c->heads[i] = c->counts[i];
        size_t head_size = c->heads[i] ? c->words[i][c->heads[i] - 1].end : 0;
        bm25_segment *newest = c->segments[c->all.count - 1];
        if (bm25_append(newest, view_of(c->texts[i]), head_size, &err) != KITH_OK) return -1;
        if (rng_below(&r, 10) != 0)
            bitset_set(c->live, i);
        else
            bm25_remove(newest, i);
        if (rng_below(&r, 3) == 0) bitset_set(c->filter, i);
    }
    c->all.segments = (const bm25_segment *const *)c->segments;
    for (uint32_t i = 0; i < c->all.count; i++)
        if (bm25_check(c->segments[i], &err) != KITH_OK) return -1;
    *state = c;
    return c->all.count == segments ? 0 : -1;
}

static int setup_one(void **state)
{
    return setup(state, 1);
}

static int setup_several(void **state)
{
    return setup(state, MAX_SEGMENTS);
}

static int teardown(void **state)
{
    corpus *c = *state;
    for (uint32_t i = 0; i < c->all.count; i++)
        bm25_segment_free(c->segments[i]);
    bitset_free(c->live);
    bitset_free(c->filter);
    arena_done(&c->memory);
    free(c);
    return 0;
}

static uint32_t occurrences(const corpus *c, uint32_t row, view term)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->counts[row]; i++)
        count += view_equal(c->words[row][i].term, term);
    return count;
}

/* Robertson's formula in double, straight from the words; statistics are those of live rows. */
static double naive_score(const corpus *c, uint32_t row, const char *const *terms,
                          uint32_t term_count)
{
    double total = 0, rows = 0, score = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        if (!bitset_has(c->live, i)) continue;
        total += c->counts[i];
        rows++;
    }
    for (uint32_t t = 0; t < term_count; t++) {
        double holders = 0, count = occurrences(c, row, view_of(terms[t]));
        for (uint32_t i = 0; i < ROWS; i++)
            holders += bitset_has(c->live, i) && occurrences(c, i, view_of(terms[t])) > 0;
        double idf = log(1 + (rows - holders + 0.5) / (holders + 0.5));
        double norm = 0.9 * (1 - 0.75 + 0.75 * c->counts[row] / (total / rows));
        score += count > 0 ? idf * count * 1.9 / (count + norm) : 0;
    }
    return score;
}

static bm25_row_score rescore(const bm25_query *q, uint32_t row)
{
    kith_error err;
    bm25_row_score score;
    assert_ok(bm25_rescore(q, &row, 1, &score, &err));
    return score;
}

static void scores_are_those_of_the_formula(void **state)
{
    corpus *c = *state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    const char *const terms[] = {"wc", "wck", "wdbb"};
    bm25_query *q = NULL;
    assert_ok(bm25_parse(&c->all, VIEW("wc WCK wdbb unknownword"), &a, &q, &err));
    for (uint32_t row = 0; row < ROWS; row += 97) {
        double expected = naive_score(c, row, terms, 3);
        assert_true(fabs((double)rescore(q, row).words - expected) < 1e-4 * (1 + expected));
    }
    arena_done(&a);
}

/* The head has the places below 32, however few its words. */
static int place_of(const corpus *c, uint32_t row, uint32_t i)
{
    uint32_t head = c->heads[row];
    return (int)(i < head ? i : i - head + (head < 32 ? 32 : head));
}

static bool is_within(const corpus *c, uint32_t row, const char *term, int from, int to)
{
    for (uint32_t i = 0; i < c->counts[row]; i++)
        if (view_equal(c->words[row][i].term, view_of(term)) && place_of(c, row, i) >= from &&
            place_of(c, row, i) < to)
            return true;
    return false;
}

/* Closeness from the words themselves: for each pair of neighbours in the query every two places, for
 * the window every beginning, with three quarters of what only the head holds. */
static double naive_closeness(const corpus *c, uint32_t row, const char *const *terms,
                              const double *idf, uint32_t count)
{
    enum { NEAR = 5, WINDOW = 25 };
    const word *w = c->words[row];
    double pairs = 0, best = 0;
    for (uint32_t t = 0; t + 1 < count; t++) {
        int nearest = INT32_MAX;
        for (uint32_t i = 0; i < c->counts[row]; i++)
            for (uint32_t j = 0; j < c->counts[row]; j++)
                if (view_equal(w[i].term, view_of(terms[t])) &&
                    view_equal(w[j].term, view_of(terms[t + 1])) &&
                    abs(place_of(c, row, i) - place_of(c, row, j)) < nearest)
                    nearest = abs(place_of(c, row, i) - place_of(c, row, j));
        if (nearest <= NEAR) pairs += fmin(idf[t], idf[t + 1]) / nearest;
    }
    for (int start = 32; start < 32 + LONGEST; start++) {
        double sum = 0;
        for (uint32_t t = 0; t < count; t++) {
            bool held = is_within(c, row, terms[t], start, start + WINDOW);
            sum += held ? idf[t] : is_within(c, row, terms[t], 0, 32) ? 0.75 * idf[t] : 0;
        }
        best = fmax(best, sum);
    }
    return 0.5 * pairs + 0.8 * best;
}

static void closeness_is_that_of_the_definition(void **state)
{
    corpus *c = *state;
    kith_error err;
    rng r = {31};
    for (int round = 0; round < 20; round++) {
        arena a;
        arena_init(&a, 0);
        const char *terms[4];
        double idf[4];
        uint32_t rows[ROWS / 7 + 1], count = 0;
        bm25_row_score scores[ROWS / 7 + 1];
        for (int t = 0; t < 4; t++) {
            bool fresh = false;
            while (!fresh) {
                terms[t] = spell(&a, draw_word(&r));
                fresh = true;
                for (int s = 0; s < t; s++)
                    fresh &= strcmp(terms[s], terms[t]) != 0;
            }
            idf[t] = (double)bm25_idf(&c->all, view_of(terms[t]));
        }
        bm25_query *q = NULL;
        const char *text =
            arena_printf(&a, "%s of the %s %s and %s", terms[0], terms[1], terms[2], terms[3]);
        assert_ok(bm25_parse(&c->all, view_of(text), &a, &q, &err));
        for (uint32_t row = (uint32_t)round % 7; row < ROWS; row += 7)
            rows[count++] = row;
        assert_ok(bm25_rescore(q, rows, count, scores, &err));
        for (uint32_t i = 0; i < count; i++)
            assert_true(fabs((double)scores[i].closeness -
                             naive_closeness(c, rows[i], terms, idf, 4)) < 1e-3);
        arena_done(&a);
    }
}

static bool has_phrase(const corpus *c, uint32_t row, const char *first, const char *second)
{
    for (uint32_t i = 0; i + 1 < c->counts[row]; i++)
        if (place_of(c, row, i + 1) == place_of(c, row, i) + 1 &&
            view_equal(c->words[row][i].term, view_of(first)) &&
            view_equal(c->words[row][i + 1].term, view_of(second)))
            return true;
    return false;
}

/* Of every row, in static memory. */
static const bm25_row_score *score_every_row(const bm25_query *q)
{
    static bm25_row_score scores[ROWS];
    static uint32_t rows[ROWS];
    kith_error err;
    for (uint32_t row = 0; row < ROWS; row++)
        rows[row] = row;
    assert_ok(bm25_rescore(q, rows, ROWS, scores, &err));
    return scores;
}

/* The k best by the scores of every row; `must` and a phrase are asked for when not NULL. */
static uint32_t search_naively(const corpus *c, const bm25_row_score *scores, uint32_t k,
                               const bitset *filter, const char *must, const char *const *phrase,
                               hit *out)
{
    topk best = {.heap = out, .k = k};
    for (uint32_t row = 0; row < ROWS; row++) {
        float score = scores[row].words;
        if (score <= 0 || !bitset_has(c->live, row) || (filter && !bitset_has(filter, row)))
            continue;
        if (must && occurrences(c, row, view_of(must)) == 0) continue;
        if (phrase && !has_phrase(c, row, phrase[0], phrase[1])) continue;
        (void)topk_offer(&best, -score, row);
    }
    topk_sort(&best);
    return best.count;
}

/* bm25_search restricted to the rows that hold what the query demands. */
static uint32_t search_all(const bm25_query *q, uint32_t k, const bitset *live,
                           const bitset *filter, hit *out, bm25_counters *counters)
{
    kith_error err;
    uint32_t count = 0;
    bitset *rows = bitset_new(live->count);
    assert_ok(bm25_match_demands(q, rows, &err));
    if (filter) bitset_and(rows, filter);
    const bm25_search_options options = {.k = k, .live = live, .filter = rows};
    assert_ok(bm25_search(q, &options, out, &count, counters, &err));
    bitset_free(rows);
    return count;
}

static void skipping_finds_what_scoring_every_row_finds(void **state)
{
    corpus *c = *state;
    kith_error err;
    rng r = {99};
    uint64_t scored = 0, skipped = 0, holders = 0;
    for (int round = 0; round < 300; round++) {
        arena a;
        arena_init(&a, 0);
        const char *first = spell(&a, draw_word(&r)), *second = spell(&a, draw_word(&r));
        const char *third = spell(&a, draw_word(&r)), *fourth = spell(&a, draw_word(&r));
        const char *const phrase[] = {first, second};
        int kind = round % 3;
        const char *text = kind == 0 ? arena_printf(&a, "%s %s %s %s", first, second, third, fourth)
                           : kind == 1 ? arena_printf(&a, "%s +%s %s", third, first, fourth)
                                       : arena_printf(&a, "%s \"%s %s\"", third, first, second);
        const bitset *filter = rng_below(&r, 2) ? c->filter : NULL;
        uint32_t k = 1 + rng_below(&r, 20);
        hit hits[20], expected[20];
        bm25_query *q = NULL;
        bm25_counters counters = {0};
        assert_ok(bm25_parse(&c->all, view_of(text), &a, &q, &err));
        assert_int_equal(bm25_has_demands(q), kind != 0);
        uint32_t count = search_all(q, k, c->live, filter, hits, &counters);
        const bm25_row_score *scores = score_every_row(q);
        uint32_t expected_count = search_naively(c, scores, k, filter, kind == 1 ? first : NULL,
                                                 kind == 2 ? phrase : NULL, expected);
        assert_int_equal(count, expected_count);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(hits[i].id, expected[i].id);
            assert_true(hits[i].distance == expected[i].distance);
        }
        if (kind == 0) {
            scored += counters.scored;
            skipped += counters.skipped;
            for (uint32_t row = 0; row < ROWS; row++)
                holders += scores[row].words > 0;
        }
        arena_done(&a);
    }
    // The point of the blocks: of the rows that hold a word, many are never scored.
    print_message("%llu of %llu rows scored, %llu skips\n", (unsigned long long)scored,
                  (unsigned long long)holders, (unsigned long long)skipped);
    assert_true(skipped > 0);
    assert_true(scored < holders * 3 / 4);
}

static uint32_t group_of_row(const void *context, uint32_t row)
{
    return row % *(const uint32_t *)context;
}

static void skipping_finds_the_best_with_at_most_so_many_of_a_group(void **state)
{
    corpus *c = *state;
    kith_error err;
    rng r = {77};
    for (int round = 0; round < 200; round++) {
        arena a;
        arena_init(&a, 0);
        hit all[ROWS], hits[30];
        uint32_t used[60] = {0}, taken[60], count = 0, expected = 0;
        uint32_t groups = 2 + rng_below(&r, 50);
        const group_limit limit = {group_of_row, &groups, groups, 1 + rng_below(&r, 3),
                                   round % 2 ? taken : NULL};
        for (uint32_t g = 0; g < 60; g++)
            taken[g] = g ? rng_below(&r, 4) : 0;
        const bm25_search_options options = {.k = 1 + rng_below(&r, 30),
                                             .live = c->live,
                                             .filter = rng_below(&r, 2) ? c->filter : NULL,
                                             .groups = &limit};
        bm25_query *q = NULL;
        const char *text = arena_printf(&a, "%s %s %s", spell(&a, draw_word(&r)),
                                        spell(&a, draw_word(&r)), spell(&a, draw_word(&r)));
        assert_ok(bm25_parse(&c->all, view_of(text), &a, &q, &err));
        assert_ok(bm25_search(q, &options, hits, &count, NULL, &err));
        uint32_t matching =
            search_naively(c, score_every_row(q), ROWS, options.filter, NULL, NULL, all);
        if (limit.taken) memcpy(used, taken, sizeof used);
        for (uint32_t i = 0; i < matching && expected < options.k; i++) {
            uint32_t group = group_of_row(&groups, all[i].id);
            if (group != 0 && used[group]++ >= limit.most) continue;
            assert_true(expected < count);
            assert_int_equal(hits[expected++].id, all[i].id);
        }
        assert_int_equal(count, expected);
        arena_done(&a);
    }
}

static void few_wanted_rows_are_reached_without_those_between_them(void **state)
{
    corpus *c = *state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    hit hits[20], expected[20];
    uint32_t count = 0, wanted = 0;
    bm25_counters counters = {0};
    bm25_query *q = NULL;
    bitset *filter = bitset_new(ROWS);
    for (uint32_t row = 3; row < ROWS; row += 299, wanted++)
        bitset_set(filter, row);
    const char *text = arena_printf(&a, "%s %s", spell(&a, 0), spell(&a, 1));
    assert_ok(bm25_parse(&c->all, view_of(text), &a, &q, &err));
    const bm25_search_options options = {.k = 20, .live = c->live, .filter = filter};
    assert_ok(bm25_search(q, &options, hits, &count, &counters, &err));
    assert_int_equal(count,
                     search_naively(c, score_every_row(q), 20, filter, NULL, NULL, expected));
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(hits[i].id, expected[i].id);
    // Each wanted row, and of each of the two words' lists one row after it.
    assert_true(counters.scored <= 3 * (wanted + c->all.count));
    bitset_free(filter);
    arena_done(&a);
}

static int stop_at(void *context)
{
    int *left = context;
    return --*left < 0;
}

static void a_walk_ends_at_whichever_check_its_caller_stops_it(void **state)
{
    corpus *c = *state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    static hit hits[ROWS];
    bm25_query *q = NULL;
    const char *text = arena_printf(&a, "%s %s", spell(&a, 0), spell(&a, 1));
    assert_ok(bm25_parse(&c->all, view_of(text), &a, &q, &err));
    int checks = 0;
    for (bool finished = false; !finished; checks++) {
        int left = checks;
        uint32_t count = 77;
        const call_limit limit = {.is_cancelled = stop_at, .context = &left};
        const bm25_search_options options = {.k = ROWS, .live = c->live, .limit = &limit};
        kith_status status = bm25_search(q, &options, hits, &count, NULL, &err);
        finished = status == KITH_OK;
        if (!finished) assert_int_equal(status, KITH_ERR_CANCELLED);
        if (!finished) assert_int_equal(count, 77);
    }
    assert_true(checks > 2 && checks < 10);
    arena_done(&a);
}

static void stop_words_count_only_when_there_is_nothing_else(void **state)
{
    (void)state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    bm25_segment *b = bm25_segment_new(0);
    const bm25_segment *segment = b;
    const bm25_corpus all = {&segment, 1};
    bitset *live = bitset_new(3);
    bitset_fill(live, true);
    assert_ok(bm25_append(b, VIEW("to be or not to be"), 0, &err));
    assert_ok(bm25_append(b, VIEW("the question is this"), 0, &err));
    assert_ok(bm25_append(b, VIEW("be to the question"), 0, &err));
    bm25_query *q = NULL;
    hit hits[3];
    uint32_t count = 0;
    assert_ok(bm25_parse(&all, VIEW("to be the question"), &a, &q, &err));
    count = search_all(q, 3, live, NULL, hits, NULL);
    assert_int_equal(count, 2); // by "question" alone
    assert_ok(bm25_parse(&all, VIEW("to be"), &a, &q, &err));
    count = search_all(q, 3, live, NULL, hits, NULL);
    assert_int_equal(count, 2);
    assert_ok(bm25_parse(&all, VIEW("\"to be\""), &a, &q, &err));
    count = search_all(q, 3, live, NULL, hits, NULL);
    assert_int_equal(count, 1);
    assert_int_equal(hits[0].id, 0);
    assert_ok(bm25_parse(&all, VIEW(""), &a, &q, &err));
    count = search_all(q, 3, live, NULL, hits, NULL);
    assert_int_equal(count, 0);
    bitset_free(live);
    bm25_segment_free(b);
    arena_done(&a);
}

/* Rows in three languages; the query says nothing about its own. */
static void words_are_found_in_the_stems_of_every_language_there_is(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "The houses of the city are old, and they were built by merchants.",
        "Die H\xC3\xA4user der Stadt sind alt und wurden von Kaufleuten gebaut.",
        "Les maisons de la ville sont vieilles et ont \xC3\xA9t\xC3\xA9 construites par des "
        "marchands.",
        "Der Kauf eines Hauses ist nicht so einfach, wie man es sich denkt.",
        "getHouse(list_of_houses)",
    };
    const struct {
        const char *query;
        uint32_t rows[3], count;
    } cases[] = {
        {"house", {0, 4}, 2},
        {"Haus", {1, 3}, 2},
        {"+HAEUSER", {0}, 0},
        {"+h\xC3\xA4usern", {1, 3}, 2},
        {"\"die Haus der Stadt\"", {1}, 1},
        {"\"maison de la villes\"", {2}, 1},
        {"+list_of_houses", {4}, 1},
        {"marchand", {2}, 1},
    };
    bm25_segment *b = bm25_segment_new(0);
    const bm25_segment *segment = b;
    const bm25_corpus all = {&segment, 1};
    bitset *live = bitset_new(5);
    kith_error err;
    bitset_fill(live, true);
    for (size_t i = 0; i < 5; i++)
        assert_ok(bm25_append(b, view_of(texts[i]), 0, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena a;
        hit hits[5];
        bm25_query *q = NULL;
        arena_init(&a, 0);
        assert_ok(bm25_parse(&all, view_of(cases[i].query), &a, &q, &err));
        uint32_t count = search_all(q, 5, live, NULL, hits, NULL), found = 0;
        assert_int_equal(count, cases[i].count);
        for (uint32_t h = 0; h < count; h++)
            for (uint32_t n = 0; n < count; n++)
                found += hits[h].id == cases[i].rows[n];
        assert_int_equal(found, count);
        arena_done(&a);
    }
    bitset_free(live);
    bm25_segment_free(b);
}

/* Fault 55. Rows 0 and 1 are English, 2 and 3 German; "not" and "die" are words of both. */
static void stop_words_alone_are_searched_beside_another_language(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "To be or not to be is what he asked, and so it was with all of them.",
        "The roses die in winter, and they are not to be seen when it is cold.",
        "Die Not war im Winter so gro\xC3\x9F, und die Leute konnten nicht mehr.",
        "Call +49 30 1234567 oder schreiben Sie uns, wenn es um die Miete und das Haus geht.",
    };
    const struct {
        const char *query;
        uint32_t best, count;
    } cases[] = {
        {"to be or not to be", 0, 3},
        {"to be", 0, 2},
        {"die", 1, 1},            // a word with a meaning in English rows
        {"die Miete", 3, 2},      // not of stop words alone
        {"+49 30 1234567", 3, 1}, // the + is the number's
        {"+49301234567", 3, 1},
    };
    bm25_segment *b = bm25_segment_new(0);
    const bm25_segment *segment = b;
    const bm25_corpus all = {&segment, 1};
    bitset *live = bitset_new(4);
    kith_error err;
    bitset_fill(live, true);
    for (size_t i = 0; i < 4; i++)
        assert_ok(bm25_append(b, view_of(texts[i]), 0, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena a;
        arena_init(&a, 0);
        bm25_query *query = NULL;
        hit hits[4];
        uint32_t count = 0;
        bitset *demanded = bitset_new(4);
        assert_ok(bm25_parse(&all, view_of(cases[i].query), &a, &query, &err));
        assert_ok(bm25_match_demands(query, demanded, &err));
        const bm25_search_options options = {.k = 4, .live = live, .filter = demanded};
        assert_ok(bm25_search(query, &options, hits, &count, NULL, &err));
        assert_int_equal(count, cases[i].count);
        assert_int_equal(hits[0].id, cases[i].best);
        bitset_free(demanded);
        arena_done(&a);
    }
    bitset_free(live);
    bm25_segment_free(b);
}

/* A row of five words has the number as the query writes it, or in another spelling. Its score is that of
 * one word: of the query's spelling with the idf of the rows that hold just that, of another one with half
 * the idf of the rows that hold any spelling which the two have in common. */
static void spellings_of_a_number_count_as_one_word(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "salt of 3,4 kilns red",   "salt of 3.4 kilns red",   "clay of 3.4 kilns red",
        "salt of 1,234 kilns red", "salt of 1.234 kilns red", "salt of 1234 kilns red",
        "clay of 1234 kilns red",  "clay of nine kilns red",
    };
    enum { ROW_COUNT = sizeof texts / sizeof *texts };
    const struct {
        const char *query;
        double holders[ROW_COUNT]; // the rows that count for the row's idf; 0: no hit
        double share[ROW_COUNT];
    } cases[] = {
        {"3,4", {1, 3, 3}, {1, 0.5, 0.5}},
        {"3.4", {3, 3, 3}, {1, 1, 1}},
        {"1,234", {0, 0, 0, 1, 2, 4, 4}, {0, 0, 0, 1, 0.5, 0.5, 0.5}},
        {"1.234", {0, 0, 0, 2, 2, 4, 4}, {0, 0, 0, 1, 1, 0.5, 0.5}},
        {"1234", {0, 0, 0, 4, 4, 4, 4}, {0, 0, 0, 1, 1, 1, 1}},
        {"\"1,234\"", {0, 0, 0, 2, 2}, {0, 0, 0, 1, 1}}, // in a phrase comma and point are one
    };
    bm25_segment *b = bm25_segment_new(0);
    const bm25_segment *segment = b;
    const bm25_corpus all = {&segment, 1};
    kith_error err;
    arena a;
    arena_init(&a, 0);
    bitset *live = bitset_new(ROW_COUNT);
    bitset_fill(live, true);
    for (size_t i = 0; i < ROW_COUNT; i++)
        assert_ok(bm25_append(b, view_of(texts[i]), 0, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bm25_query *query = NULL;
        hit hits[ROW_COUNT];
        uint32_t count = 0, expected = 0;
        const bm25_search_options options = {.k = ROW_COUNT, .live = live};
        assert_ok(bm25_parse(&all, view_of(cases[i].query), &a, &query, &err));
        assert_ok(bm25_search(query, &options, hits, &count, NULL, &err));
        for (size_t row = 0; row < ROW_COUNT; row++)
            expected += cases[i].holders[row] > 0;
        assert_int_equal(count, expected);
        for (uint32_t h = 0; h < count; h++) {
            uint32_t row = hits[h].id;
            double holders = cases[i].holders[row];
            double idf = log(1 + (ROW_COUNT - holders + 0.5) / (holders + 0.5));
            assert_true(holders > 0);
            // Each word once in rows of the mean length: the second factor of BM25 is 1.
            assert_float_equal(-hits[h].distance, (float)(cases[i].share[row] * idf), 1e-5);
        }
    }
    bitset_free(live);
    arena_done(&a);
    bm25_segment_free(b);
}

static void too_many_words_are_refused_with_the_number(void **state)
{
    corpus *c = *state;
    kith_error err;
    arena a;
    buffer text;
    bm25_query *q = NULL;
    arena_init(&a, 0);
    buffer_init(&text, 1 << 16);
    for (int i = 0; i <= BM25_MAX_TERMS; i++)
        buffer_printf(&text, "x%d ", i);
    assert_status(KITH_ERR_LIMIT, bm25_parse(&c->all, buffer_view(&text), &a, &q, &err));
    assert_non_null(strstr(err.message, "1024"));
    buffer_done(&text);
    arena_done(&a);
}

/* A word that matches is named with its part of the score, and the parts add up. */
static void matches_add_up_to_the_score(void **state)
{
    corpus *c = *state;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    bm25_query *q = NULL;
    assert_ok(bm25_parse(&c->all, VIEW("wc WCK wdbb unknownword"), &a, &q, &err));
    for (uint32_t row = 0; row < ROWS; row += 31) {
        uint32_t count = 0;
        const bm25_match *matches = bm25_matches(q, row, &a, &count);
        float sum = 0;
        assert_non_null(matches);
        assert_int_equal(count, (occurrences(c, row, VIEW("wc")) > 0) +
                                    (occurrences(c, row, VIEW("wck")) > 0) +
                                    (occurrences(c, row, VIEW("wdbb")) > 0));
        for (uint32_t i = 0; i < count; i++)
            sum += matches[i].score;
        assert_true(sum == rescore(q, row).words);
    }
    arena_done(&a);
}

static void a_corpus_without_segments_has_no_hits(void **state)
{
    (void)state;
    const bm25_corpus none = {NULL, 0};
    kith_error err;
    arena a;
    arena_init(&a, 0);
    bitset *live = bitset_new(0);
    bm25_query *q = NULL;
    hit hits[3];
    assert_int_equal(bm25_corpus_end(&none), 0);
    assert_true(bm25_idf(&none, VIEW("house")) > 0);
    assert_ok(bm25_parse(&none, VIEW("old \"merchant house\""), &a, &q, &err));
    assert_true(bm25_has_demands(q));
    assert_int_equal(search_all(q, 3, live, NULL, hits, NULL), 0);
    bitset_free(live);
    arena_done(&a);
}

#define corpus_test(f)                                                                             \
    cmocka_unit_test_setup_teardown(f, setup_one, teardown),                                       \
        cmocka_unit_test_setup_teardown(f, setup_several, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        corpus_test(scores_are_those_of_the_formula),
        corpus_test(closeness_is_that_of_the_definition),
        corpus_test(skipping_finds_what_scoring_every_row_finds),
        corpus_test(skipping_finds_the_best_with_at_most_so_many_of_a_group),
        corpus_test(few_wanted_rows_are_reached_without_those_between_them),
        corpus_test(a_walk_ends_at_whichever_check_its_caller_stops_it),
        corpus_test(matches_add_up_to_the_score),
        cmocka_unit_test(spellings_of_a_number_count_as_one_word),
        corpus_test(too_many_words_are_refused_with_the_number),
        cmocka_unit_test(stop_words_count_only_when_there_is_nothing_else),
        cmocka_unit_test(words_are_found_in_the_stems_of_every_language_there_is),
        cmocka_unit_test(stop_words_alone_are_searched_beside_another_language),
        cmocka_unit_test(a_corpus_without_segments_has_no_hits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
