/* Tests of segments: whatever was appended, removed, joined, written and read, queries give what
 * they give over one new segment of the rows that are left. */
#include "test.h"

#include "base/hash.h"
#include "base/rng.h"
#include "words/bm25_private.h"

#include <math.h>

enum { MAX_ROWS = 700, MAX_SEGMENTS = 40, QUERIES = 6, K_MAX = 12 };

/* ---- a history, and the rows that it leaves ---- */

typedef struct history {
    rng random;
    arena memory;
    char *texts[MAX_ROWS];
    size_t heads[MAX_ROWS];
    bitset *live; /* [MAX_ROWS] */
    uint32_t rows;
    bm25_segment *segments[MAX_SEGMENTS];
    uint32_t count;
} history;

/* Word 0 is the commonest of 60; a few are written as identifiers, which add further names. */
static void draw_words(rng *r, uint32_t count, buffer *text)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t word = rng_below(r, 1 + rng_below(r, 60));
        const char *const forms[] = {"w%c%c ", "W%c%c, ", "w%c%cUserName ", "w%c%c-table "};
        uint32_t form = rng_below(r, 12);
        char spelt[32];
        (void)snprintf(spelt, sizeof spelt, forms[form < 4 ? form : 0], 'b' + (int)(word / 10),
                       'b' + (int)(word % 10));
        buffer_append_text(text, spelt);
    }
}

/* A third of the rows are in a language that is not English. */
static char *draw_text(history *h)
{
    static const char *const sentences[] = {
        "die H\xC3\xA4user der Stadt sind alt und nicht neu, wie man es sich denkt ",
        "les maisons de la ville sont vieilles et ne sont pas dans les marchands ",
        "el libro que no est\xC3\xA1 en la mesa es de los hombres y de las casas "};
    buffer text;
    buffer_init(&text, 1 << 14);
    uint32_t kind = rng_below(&h->random, 9);
    if (kind < 3) buffer_append_text(&text, sentences[kind]);
    draw_words(&h->random, rng_below(&h->random, kind == 8 ? 150 : 12), &text);
    char *copy = arena_copy_text(&h->memory, buffer_text(&text));
    buffer_done(&text);
    return copy;
}

static bm25_segment *segment_of(const history *h, uint32_t row)
{
    uint32_t i = 0;
    while (row >= bm25_end_row(h->segments[i]))
        i++;
    return h->segments[i];
}

/* A segment of up to `most` new rows. */
static void append_rows(history *h, uint32_t most)
{
    kith_error err;
    uint32_t count = 1 + rng_below(&h->random, most);
    if (h->rows + count > MAX_ROWS || h->count == MAX_SEGMENTS) return;
    bm25_segment *s = bm25_segment_new(h->rows);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = h->rows++;
        h->texts[row] = draw_text(h);
        h->heads[row] = rng_below(&h->random, (uint32_t)strlen(h->texts[row]) + 1) / 2;
        assert_ok(bm25_append(s, view_of(h->texts[row]), h->heads[row], &err));
        bitset_set(h->live, row);
    }
    h->segments[h->count++] = s;
}

static void remove_rows(history *h, uint32_t from, uint32_t to, uint32_t one_in)
{
    for (uint32_t row = from; row < to; row++) {
        if (rng_below(&h->random, one_in) != 0) continue;
        bm25_remove(segment_of(h, row), row);
        bitset_clear(h->live, row);
        assert_true(bm25_is_removed(segment_of(h, row), row));
    }
}

/* Joins a few segments; some rows go while the others are joined. */
static void join_segments(history *h)
{
    kith_error err;
    if (h->count == 0) return;
    uint32_t first = rng_below(&h->random, h->count);
    uint32_t count = 1 + rng_below(&h->random, h->count - first);
    bitset *before = bitset_new(MAX_ROWS);
    bitset_or(before, h->live);
    uint32_t from = bm25_first_row(h->segments[first]);
    uint32_t to = bm25_end_row(h->segments[first + count - 1]);
    if (rng_below(&h->random, 2)) remove_rows(h, from, to, 10);
    bm25_segment *joined = NULL;
    assert_ok(bm25_concat((const bm25_segment *const *)&h->segments[first], count, before, &joined,
                          &err));
    assert_int_equal(bm25_first_row(joined), from);
    assert_int_equal(bm25_end_row(joined), to);
    assert_ok(bm25_check(joined, &err));
    for (uint32_t i = first; i < first + count; i++) {
        bm25_repeat_removals(joined, h->segments[i]);
        bm25_segment_free(h->segments[i]);
    }
    h->segments[first] = joined;
    memmove(&h->segments[first + 1], &h->segments[first + count],
            (h->count - first - count) * sizeof *h->segments);
    h->count -= count - 1;
    bitset_free(before);
}

static void write_and_read(history *h)
{
    kith_error err;
    buffer bytes;
    if (h->count == 0) return;
    bm25_segment **s = &h->segments[rng_below(&h->random, h->count)], *copy = NULL;
    buffer_init(&bytes, SIZE_MAX);
    buffer_append_text(&bytes, "something before");
    bm25_write(*s, &bytes);
    view written = view_slice(buffer_view(&bytes), strlen("something before"), bytes.size);
    assert_ok(bm25_read(written, h->live, &copy, &err));
    assert_int_equal(bm25_first_row(copy), bm25_first_row(*s));
    assert_int_equal(bm25_end_row(copy), bm25_end_row(*s));
    bm25_segment_free(*s);
    *s = copy;
    buffer_done(&bytes);
}

static void change(history *h)
{
    switch (rng_below(&h->random, 6)) {
    case 0:
    case 1:
        append_rows(h, 40);
        break;
    case 2:
        append_rows(h, 1);
        break;
    case 3:
        remove_rows(h, 0, h->rows, 1 + rng_below(&h->random, 20));
        break;
    case 4:
        join_segments(h);
        break;
    default:
        write_and_read(h);
        break;
    }
}

static history *history_new(uint64_t seed)
{
    history *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->random = (rng){seed};
    h->live = bitset_new(MAX_ROWS);
    arena_init(&h->memory, 0);
    return h;
}

static void history_free(history *h)
{
    for (uint32_t i = 0; i < h->count; i++)
        bm25_segment_free(h->segments[i]);
    bitset_free(h->live);
    arena_done(&h->memory);
    free(h);
}

static bm25_corpus corpus_of(const history *h)
{
    return (bm25_corpus){(const bm25_segment *const *)h->segments, h->count};
}

/* ---- compared with a new segment ---- */

/* The live rows in a segment of their own: row i there is row rows[i] of the history. */
typedef struct renewed {
    bm25_segment *segment;
    bitset *live; /* all */
    uint32_t rows[MAX_ROWS], count;
} renewed;

static void renew(const history *h, renewed *n)
{
    kith_error err;
    *n = (renewed){.segment = bm25_segment_new(0)};
    for (uint32_t row = 0; row < h->rows; row++) {
        if (!bitset_has(h->live, row)) continue;
        assert_ok(bm25_append(n->segment, view_of(h->texts[row]), h->heads[row], &err));
        n->rows[n->count++] = row;
    }
    n->live = bitset_new(n->count);
    bitset_fill(n->live, true);
}

static void assert_same_scores(const bm25_query *q, const bm25_query *expected, const renewed *n)
{
    static bm25_row_score scores[MAX_ROWS], expected_scores[MAX_ROWS];
    static uint32_t numbers[MAX_ROWS];
    kith_error err;
    for (uint32_t i = 0; i < n->count; i++)
        numbers[i] = i;
    assert_ok(bm25_rescore(q, n->rows, n->count, scores, &err));
    assert_ok(bm25_rescore(expected, numbers, n->count, expected_scores, &err));
    assert_memory_equal(scores, expected_scores, n->count * sizeof *scores);
}

static void assert_same_demands(const bm25_query *q, const bm25_query *expected, const renewed *n)
{
    kith_error err;
    bitset *rows = bitset_new(MAX_ROWS), *expected_rows = bitset_new(n->count);
    assert_int_equal(bm25_has_demands(q), bm25_has_demands(expected));
    assert_ok(bm25_match_demands(q, rows, &err));
    assert_ok(bm25_match_demands(expected, expected_rows, &err));
    for (uint32_t i = 0; i < n->count; i++)
        assert_int_equal(bitset_has(rows, n->rows[i]), bitset_has(expected_rows, i));
    bitset_free(rows);
    bitset_free(expected_rows);
}

static void assert_same_hits(history *h, const bm25_query *q, const bm25_query *expected,
                             const renewed *n)
{
    kith_error err;
    hit hits[K_MAX], expected_hits[K_MAX];
    uint32_t count = 0, expected_count = 0, k = 1 + rng_below(&h->random, K_MAX);
    const bm25_search_options options = {.k = k, .live = h->live}, anew = {.k = k, .live = n->live};
    assert_ok(bm25_search(q, &options, hits, &count, NULL, &err));
    assert_ok(bm25_search(expected, &anew, expected_hits, &expected_count, NULL, &err));
    assert_int_equal(count, expected_count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(hits[i].id, n->rows[expected_hits[i].id]);
        assert_memory_equal(&hits[i].distance, &expected_hits[i].distance, sizeof(float));
    }
}

static void draw_query(history *h, buffer *text)
{
    static const char *const spices[] = {"haus ", "\"la ville\" ", "+casa ", "user ", "the "};
    draw_words(&h->random, 1 + rng_below(&h->random, 3), text);
    if (rng_below(&h->random, 2)) buffer_append_text(text, spices[rng_below(&h->random, 5)]);
    if (rng_below(&h->random, 3) == 0) {
        buffer_append_text(text, "\"");
        draw_words(&h->random, 2, text);
        buffer_append_text(text, "\" ");
    }
}

static void assert_as_if_new(history *h)
{
    static const char *const words[] = {"wbb", "wdc", "haus", "maison", "unknown"};
    static renewed n;
    kith_error err;
    bm25_corpus old = corpus_of(h);
    renew(h, &n);
    const bm25_segment *segment = n.segment;
    const bm25_corpus new_ = {&segment, 1};
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(bm25_idf(&old, view_of(words[i])) == bm25_idf(&new_, view_of(words[i])));
    for (int i = 0; i < QUERIES; i++) {
        arena a;
        buffer text;
        bm25_query *q = NULL, *expected = NULL;
        arena_init(&a, 0);
        buffer_init(&text, 1 << 12);
        draw_query(h, &text);
        assert_ok(bm25_parse(&old, buffer_view(&text), &a, &q, &err));
        assert_ok(bm25_parse(&new_, buffer_view(&text), &a, &expected, &err));
        assert_same_scores(q, expected, &n);
        assert_same_demands(q, expected, &n);
        assert_same_hits(h, q, expected, &n);
        buffer_done(&text);
        arena_done(&a);
    }
    bm25_segment_free(n.segment);
    bitset_free(n.live);
}

static void scores_do_not_depend_on_history(void **state)
{
    (void)state;
    kith_error err;
    for (uint64_t seed = 1; seed <= 25; seed++) {
        history *h = history_new(seed);
        print_message("seed %llu\n", (unsigned long long)seed);
        for (int step = 0; step < 40; step++) {
            change(h);
            for (uint32_t i = 0; i < h->count; i++)
                assert_ok(bm25_check(h->segments[i], &err));
            if (step % 4 == 3) assert_as_if_new(h);
        }
        history_free(h);
    }
}

/* ---- single behaviours ---- */

/* A segment of these texts. */
static bm25_segment *segment_with(uint32_t first_row, const char *const *texts, uint32_t count)
{
    kith_error err;
    bm25_segment *s = bm25_segment_new(first_row);
    for (uint32_t i = 0; i < count; i++)
        assert_ok(bm25_append(s, view_of(texts[i]), 0, &err));
    return s;
}

static bitset *all_rows(uint32_t count)
{
    bitset *b = bitset_new(count);
    bitset_fill(b, true);
    return b;
}

/* The whole content was replaced six times, as in the fault that this mends. */
static void replaced_rows_do_not_change_what_is_left(void **state)
{
    (void)state;
    kith_error err;
    static const char *const note[] = {"a note about the merchant"}, *const other[] = {"a boat"};
    bm25_segment *segments[8];
    for (uint32_t i = 0; i < 7; i++)
        segments[i] = segment_with(i, note, 1);
    segments[7] = segment_with(7, other, 1);
    for (uint32_t i = 0; i < 6; i++)
        bm25_remove(segments[i], i);
    const bm25_corpus all = {(const bm25_segment *const *)segments, 8};
    const bm25_corpus left = {(const bm25_segment *const *)segments + 6, 2};
    assert_true(bm25_idf(&all, VIEW("merchant")) == bm25_idf(&left, VIEW("merchant")));
    bitset *live = all_rows(8);
    arena a;
    arena_init(&a, 0);
    hit hits[8];
    uint32_t count = 0;
    bm25_query *q = NULL;
    for (uint32_t i = 0; i < 6; i++)
        bitset_clear(live, i);
    assert_ok(bm25_parse(&all, VIEW("merchant"), &a, &q, &err));
    assert_ok(
        bm25_search(q, &(bm25_search_options){.k = 8, .live = live}, hits, &count, NULL, &err));
    assert_int_equal(count, 1);
    assert_int_equal(hits[0].id, 6);
    // ln(1 + (2 - 1 + 0.5) / (1 + 0.5)), times 1 * 1.9 / (1 + norm): 5 words of 3.5 on average.
    double norm = 0.9 * (0.25 + 0.75 * 5 / 3.5);
    assert_near(-(double)hits[0].distance, 0.693147 * 1.9 / (1 + norm), 1e-5);
    for (uint32_t i = 0; i < 8; i++)
        bm25_segment_free(segments[i]);
    bitset_free(live);
    arena_done(&a);
}

/* A reader may hold the live rows of a moment before the removal. */
static void a_removed_row_is_found_by_whoever_still_has_its_bit(void **state)
{
    (void)state;
    kith_error err;
    static const char *const texts[] = {"an old house", "a new house"};
    bm25_segment *s = segment_with(5, texts, 2);
    const bm25_segment *segment = s;
    const bm25_corpus all = {&segment, 1};
    bitset *live = all_rows(7);
    arena a;
    arena_init(&a, 0);
    hit hits[3];
    uint32_t count = 0;
    bm25_query *q = NULL;
    bm25_remove(s, 5);
    bm25_remove(s, 6);
    bm25_remove(s, 6); // does nothing
    assert_ok(bm25_check(s, &err));
    assert_ok(bm25_parse(&all, VIEW("old house"), &a, &q, &err));
    assert_ok(
        bm25_search(q, &(bm25_search_options){.k = 3, .live = live}, hits, &count, NULL, &err));
    assert_int_equal(count, 2);
    assert_int_equal(hits[0].id, 5);
    assert_int_equal(hits[1].id, 6);
    assert_true(hits[0].distance < hits[1].distance && hits[1].distance < 0);
    bm25_segment_free(s);
    bitset_free(live);
    arena_done(&a);
}

/* A query may read the number of rows after removals that it has not seen in the rows of a term. */
static void statistics_read_during_removals_give_scores_above_zero(void **state)
{
    (void)state;
    kith_error err;
    static const char *const texts[] = {"an old house", "a new house", "a house"};
    bm25_segment *s = segment_with(0, texts, 3);
    const bm25_segment *segment = s;
    const bm25_corpus all = {&segment, 1};
    bitset *live = all_rows(3);
    s->total_length = 0;
    for (s->live_rows = 0; s->live_rows < 3; s->live_rows++) {
        arena a;
        arena_init(&a, 0);
        hit hits[3];
        uint32_t count = 0;
        bm25_query *q = NULL;
        assert_true(bm25_idf(&all, VIEW("hous")) > 0);
        assert_ok(bm25_parse(&all, VIEW("house"), &a, &q, &err));
        assert_ok(
            bm25_search(q, &(bm25_search_options){.k = 3, .live = live}, hits, &count, NULL, &err));
        assert_int_equal(count, 3);
        for (uint32_t i = 0; i < count; i++)
            assert_true(hits[i].distance < 0 && isfinite(hits[i].distance));
        arena_done(&a);
    }
    bm25_segment_free(s);
    bitset_free(live);
}

static void joining_leaves_no_word_of_removed_rows(void **state)
{
    (void)state;
    kith_error err;
    static const char *const first[] = {"alpha beta", "beta gamma"}, *const second[] = {"delta"};
    bm25_segment *segments[] = {segment_with(3, first, 2), segment_with(5, second, 1)};
    bitset *live = all_rows(6);
    bitset_clear(live, 3);
    bitset_clear(live, 5);
    bm25_segment *joined = NULL;
    assert_ok(bm25_concat((const bm25_segment *const *)segments, 2, live, &joined, &err));
    assert_int_equal(map_count(joined->terms), 2); // beta, gamma
    assert_int_equal(joined->live_rows, 1);
    assert_int_equal(bm25_first_row(joined), 3);
    assert_int_equal(bm25_end_row(joined), 6);
    assert_true(bm25_is_removed(joined, 3) && !bm25_is_removed(joined, 4));
    assert_ok(bm25_check(joined, &err));
    bm25_segment_free(segments[0]);
    bm25_segment_free(segments[1]);
    bm25_segment_free(joined);
    bitset_free(live);
}

/* Many appended and joined pieces take the blocks through their limit from more than one source. */
static void blocks_are_filled_anew_when_lists_are_joined(void **state)
{
    (void)state;
    kith_error err;
    enum { PIECES = 5, PIECE_ROWS = POSTINGS_BLOCK - 9, ROWS = PIECES * PIECE_ROWS };
    bm25_segment *pieces[PIECES], *joined = NULL;
    bitset *live = all_rows(ROWS);
    for (uint32_t p = 0; p < PIECES; p++) {
        pieces[p] = bm25_segment_new(p * PIECE_ROWS);
        for (uint32_t i = 0; i < PIECE_ROWS; i++)
            assert_ok(bm25_append(pieces[p], VIEW("word word other"), 0, &err));
    }
    bitset_clear(live, 70);
    assert_ok(bm25_concat((const bm25_segment *const *)pieces, PIECES, live, &joined, &err));
    assert_ok(bm25_check(joined, &err));
    assert_int_equal(joined->lists[0].count, ROWS - 1);
    assert_int_equal(joined->lists[0].block_count,
                     (ROWS - 1 + POSTINGS_BLOCK - 1) / POSTINGS_BLOCK);
    for (uint32_t p = 0; p < PIECES; p++)
        bm25_segment_free(pieces[p]);
    bm25_segment_free(joined);
    bitset_free(live);
}

static void the_last_row_number_is_refused(void **state)
{
    (void)state;
    kith_error err;
    bm25_segment *s = bm25_segment_new(UINT32_MAX - 3);
    assert_ok(bm25_append(s, VIEW("one"), 0, &err));
    assert_ok(bm25_append(s, VIEW("two"), 0, &err));
    assert_status(KITH_ERR_LIMIT, bm25_append(s, VIEW("three"), 0, &err));
    assert_int_equal(bm25_end_row(s), UINT32_MAX - 1);
    assert_ok(bm25_check(s, &err));
    bm25_segment_free(s);
}

/* Two segments that were read, each past the number of removals that are looked up in its lists. */
static void rows_leave_a_segment_that_was_read(void **state)
{
    (void)state;
    kith_error err;
    for (uint64_t seed = 50; seed < 52; seed++) {
        history *h = history_new(seed);
        while (h->rows < 3 * BM25_SEARCHED_REMOVALS)
            append_rows(h, 100);
        bm25_segment *joined = NULL, *copy = NULL;
        buffer bytes;
        buffer_init(&bytes, SIZE_MAX);
        assert_ok(bm25_concat((const bm25_segment *const *)h->segments, h->count, h->live, &joined,
                              &err));
        bm25_write(joined, &bytes);
        assert_ok(bm25_read(buffer_view(&bytes), h->live, &copy, &err));
        assert_null(copy->forward);
        size_t without = bm25_segment_bytes(copy);
        for (uint32_t row = 0; row < 2 * BM25_SEARCHED_REMOVALS; row++) {
            assert_int_equal(copy->forward != NULL, row > BM25_SEARCHED_REMOVALS);
            bm25_remove(copy, row);
            assert_ok(bm25_check(copy, &err));
        }
        assert_true(bm25_segment_bytes(copy) > without);
        bm25_segment_free(joined);
        bm25_segment_free(copy);
        buffer_done(&bytes);
        history_free(h);
    }
}

static void memory_is_counted(void **state)
{
    (void)state;
    kith_error err;
    bm25_segment *s = bm25_segment_new(0);
    for (int i = 0; i < 1000; i++)
        assert_ok(bm25_append(s, VIEW("seven words are in each of these"), 0, &err));
    // A posting is two bytes of rows and one of position; the forward list has one byte a term.
    assert_true(bm25_segment_bytes(s) > 1000 * (7 * 4 + 13));
    assert_true(bm25_segment_bytes(s) < 1000 * (7 * 8 + 50));
    // Joining keeps nothing in reserve for rows to come.
    bitset *live = all_rows(1000);
    const bm25_segment *segment = s;
    bm25_segment *joined = NULL;
    assert_ok(bm25_concat(&segment, 1, live, &joined, &err));
    for (uint32_t i = 0; i < joined->list_count; i++) {
        const postings *p = &joined->lists[i];
        assert_int_equal(postings_bytes(p),
                         p->rows_size + p->positions_size + p->block_count * sizeof *p->blocks);
    }
    bitset_free(live);
    bm25_segment_free(joined);
    bm25_segment_free(s);
}

/* ---- files ---- */

static history *filled(uint64_t seed)
{
    history *h = history_new(seed);
    while (h->rows < MAX_ROWS / 2)
        append_rows(h, 100);
    remove_rows(h, 0, h->rows, 5);
    bm25_segment *joined = NULL;
    kith_error err;
    bitset *all = all_rows(MAX_ROWS);
    assert_ok(bm25_concat((const bm25_segment *const *)h->segments, h->count, all, &joined, &err));
    for (uint32_t i = 0; i < h->count; i++) {
        bm25_repeat_removals(joined, h->segments[i]);
        bm25_segment_free(h->segments[i]);
    }
    h->segments[0] = joined;
    h->count = 1;
    bitset_free(all);
    return h;
}

static void seal(buffer *bytes)
{
    uint64_t sum = hash64((view){bytes->data, bytes->size - 8}, 0);
    for (unsigned b = 0; b < 8; b++)
        bytes->data[bytes->size - 8 + b] = (char)(sum >> (8 * b));
}

static void expect_damage(view bytes, const bitset *live, const char *named)
{
    kith_error err = {0};
    bm25_segment *copy = NULL;
    assert_status(KITH_ERR_CORRUPT, bm25_read(bytes, live, &copy, &err));
    assert_null(copy);
    if (!strstr(err.message, named)) fail_msg("'%s' does not name '%s'", err.message, named);
}

/* A term that no row holds, and one that is longer than any word's: neither comes from text. */
static void a_term_that_no_text_has_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"old house"};
    char longest[BM25_KEY_MAX_BYTES + 1];
    memset(longest, 'x', sizeof longest);
    const struct {
        view key;
        const char *named;
    } cases[] = {{VIEW("boat"), "a list"}, {{longest, sizeof longest}, "term's size"}};
    for (size_t i = 0; i < 2; i++) {
        bm25_segment *s = segment_with(0, texts, 1);
        bitset *live = all_rows(1);
        buffer bytes;
        uint32_t list = 0;
        buffer_init(&bytes, SIZE_MAX);
        assert_int_equal(bm25_list_of(s, cases[i].key, &list), KITH_OK);
        kith_error err;
        assert_status(KITH_ERR_CORRUPT, bm25_check(s, &err));
        assert_non_null(strstr(err.message, "in no row"));
        bm25_write(s, &bytes);
        expect_damage(buffer_view(&bytes), live, cases[i].named);
        buffer_done(&bytes);
        bitset_free(live);
        bm25_segment_free(s);
    }
}

/* The checksum is right in each: what a reader believes, anybody can write. */
static void a_forged_file_is_refused_with_what_is_wrong(void **state)
{
    (void)state;
    static const char *const texts[] = {"old house", "old boat"};
    bm25_segment *s = segment_with(2, texts, 2);
    bitset *live = all_rows(4), *fewer = all_rows(3);
    enum { LANGUAGES_AT = 20 + 2 * 4, FIRST_KEY_AT = LANGUAGES_AT + 2 };
    const struct {
        size_t at;
        char byte;
        const char *named;
    } cases[] = {
        {0, 'X', "not a word index"},
        {7, '2', "not a word index"},
        {12, 100, "row count"},
        {8, 3, "past the end"},
        {11, (char)0xFF, "past the end"},
        {LANGUAGES_AT, LANGUAGE_COUNT, "language is out of range"},
        {LANGUAGES_AT, LANGUAGE_GERMAN, "a list"},
        {FIRST_KEY_AT, 0, "term's size"},
        {FIRST_KEY_AT + 2, 1, "term's size"},
        {16, 3, ""},
        {16, 2, "left over"},
        {FIRST_KEY_AT + 4 + 3, 0, "a list"}, // no posting
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer bytes;
        buffer_init(&bytes, SIZE_MAX);
        bm25_write(s, &bytes);
        if (i == 0) expect_damage(buffer_view(&bytes), fewer, "past the end");
        bytes.data[cases[i].at] = cases[i].byte;
        seal(&bytes);
        if (cases[i].at != 16 || cases[i].byte != 3)
            expect_damage(buffer_view(&bytes), live, cases[i].named);
        buffer_done(&bytes);
    }
    bm25_segment_free(s);
    bitset_free(live);
    bitset_free(fewer);
}

static void damage_is_found_and_never_crashes(void **state)
{
    (void)state;
    kith_error err;
    buffer bytes;
    rng r = {4};
    history *h = filled(90);
    buffer_init(&bytes, SIZE_MAX);
    bm25_write(h->segments[0], &bytes);
    for (int i = 0; i < 200; i++) {
        bm25_segment *copy = NULL;
        size_t at = rng_below(&r, (uint32_t)bytes.size);
        bytes.data[at] ^= (char)(1 << rng_below(&r, 8)); // damage gathers
        assert_status(KITH_ERR_CORRUPT, bm25_read(buffer_view(&bytes), h->live, &copy, &err));
        // With the checksum made right again the reader must still not trust what it reads.
        seal(&bytes);
        if (bm25_read(buffer_view(&bytes), h->live, &copy, &err) != KITH_OK) continue;
        assert_ok(bm25_check(copy, &err));
        bm25_segment_free(copy);
    }
    for (size_t size = 0; size < 200; size++) {
        bm25_segment *copy = NULL;
        assert_status(KITH_ERR_CORRUPT, bm25_read((view){bytes.data, size}, h->live, &copy, &err));
    }
    buffer_done(&bytes);
    history_free(h);
}

/* ---- the check ---- */

static void assert_broken(const bm25_segment *s, const char *named)
{
    kith_error err = {0};
    assert_status(KITH_ERR_CORRUPT, bm25_check(s, &err));
    if (!strstr(err.message, named)) fail_msg("'%s' does not name '%s'", err.message, named);
}

static void the_check_names_what_is_broken(void **state)
{
    (void)state;
    history *h = filled(91);
    bm25_segment *s = h->segments[0];
    uint32_t number = 0, live = bitset_next(h->live, 0);
    while (number + 1 < s->list_count && s->lists[number].block_count < 2)
        number++;
    assert_true(s->lists[number].block_count >= 2);
    while (s->lengths[live] == 0)
        live = bitset_next(h->live, live + 1);
    postings *list = &s->lists[number];
    s->total_length++;
    assert_broken(s, "lengths");
    s->total_length--;
    s->live_rows++;
    assert_broken(s, "live rows");
    s->live_rows--;
    s->language_rows[LANGUAGE_DUTCH]++;
    assert_broken(s, "by language");
    s->language_rows[LANGUAGE_DUTCH]--;
    s->holders[number]--;
    assert_broken(s, "not removed");
    s->holders[number]++;
    uint8_t *number_of_list = (uint8_t *)(uintptr_t)forward_begin(s->forward, live).at;
    *number_of_list ^= 1;
    assert_broken(s, "forward list");
    *number_of_list ^= 1;
    list->blocks[1].max_count++;
    assert_broken(s, "block");
    list->blocks[1].max_count--;
    list->blocks[1].rows_end--;
    assert_broken(s, "end");
    list->blocks[1].rows_end++;
    list->blocks[1].min_length--;
    assert_broken(s, "smallest length");
    list->blocks[1].min_length++;
    list->rows[list->blocks[0].rows_end] = 0; // the same row twice
    assert_broken(s, "decode");
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_do_not_depend_on_history),
        cmocka_unit_test(replaced_rows_do_not_change_what_is_left),
        cmocka_unit_test(a_removed_row_is_found_by_whoever_still_has_its_bit),
        cmocka_unit_test(statistics_read_during_removals_give_scores_above_zero),
        cmocka_unit_test(joining_leaves_no_word_of_removed_rows),
        cmocka_unit_test(blocks_are_filled_anew_when_lists_are_joined),
        cmocka_unit_test(the_last_row_number_is_refused),
        cmocka_unit_test(rows_leave_a_segment_that_was_read),
        cmocka_unit_test(memory_is_counted),
        cmocka_unit_test(a_term_that_no_text_has_is_refused),
        cmocka_unit_test(a_forged_file_is_refused_with_what_is_wrong),
        cmocka_unit_test(damage_is_found_and_never_crashes),
        cmocka_unit_test(the_check_names_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
