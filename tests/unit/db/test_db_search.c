/* Tests of search: what a filter and the words that must be there let through, and the order of
 * what is left, against a search over plain arrays. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection.h"
#include "db/database.h"

#include <math.h>

enum { DIM = 8, POINTS = 80, VOCABULARY = 10, LENGTH = 9 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    arena memory;
    float vectors[POINTS][DIM];
    uint32_t words[POINTS][LENGTH]; /* the text of point i is "t4 t0 ..." */
    uint32_t lengths[POINTS];
} fixture;

static int setup(void **state)
{
    kith_error err;
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    arena_init(&f->memory, 0);
    if (database_open(f->directory, NULL, &f->db, &err) != KITH_OK) return -1;
    return database_ensure_collection(f->db, VIEW("c"), &f->c, &err) == KITH_OK ? 0 : -1;
}

static int teardown(void **state)
{
    kith_error err;
    fixture *f = *state;
    database_release_collection(f->c);
    kith_status status = database_close(f->db, &err);
    int failed = scratch_teardown((void **)&f->directory);
    arena_done(&f->memory);
    free(f);
    return status == KITH_OK ? failed : -1;
}

/* Points p0, p1, ... with random vectors and texts, and {"even": bool}. */
static void fill(fixture *f)
{
    kith_error err;
    rng r = {7};
    store_point points[POINTS];
    for (uint32_t i = 0; i < POINTS; i++) {
        buffer text;
        buffer_init(&text, 1024);
        f->lengths[i] = 1 + rng_below(&r, LENGTH);
        for (uint32_t n = 0; n < f->lengths[i]; n++) {
            f->words[i][n] = rng_below(&r, VOCABULARY);
            buffer_printf(&text, "t%u ", f->words[i][n]);
        }
        for (int d = 0; d < DIM; d++)
            f->vectors[i][d] = (float)rng_unit(&r) - 0.5F;
        points[i] = (store_point){
            .key = view_of(arena_printf(&f->memory, "p%u", i)),
            .content = view_of(arena_copy_text(&f->memory, buffer_text(&text))),
            .metadata = i % 2 ? VIEW("{\"even\":false}") : VIEW("{\"even\":true}"),
            .vector = f->vectors[i],
        };
        buffer_done(&text);
    }
    assert_ok(collection_put_points(f->c, STORE_ADD, points, POINTS, DIM, (view){"", 0}, &err));
}

/* In the fixture's memory. */
static collection_hits find(fixture *f, const collection_query *q)
{
    kith_error err;
    collection_hits hits;
    assert_ok(collection_search(f->c, q, &f->memory, &hits, &err));
    return hits;
}

static uint32_t number_of(const store_point *p)
{
    return (uint32_t)strtoul(p->key.data + 1, NULL, 10);
}

static bool holds(const fixture *f, uint32_t point, const uint32_t *phrase, uint32_t count)
{
    for (uint32_t at = 0; at + count <= f->lengths[point]; at++)
        if (memcmp(f->words[point] + at, phrase, count * sizeof *phrase) == 0) return true;
    return false;
}

static void words_that_must_be_there_bind_hits_by_meaning_too(void **state)
{
    fixture *f = *state;
    fill(f);
    const struct {
        const char *text;
        uint32_t phrase[3], count;
    } cases[] = {
        {"t1 +t4 t7", {4}, 1},
        {"+t8", {8}, 1},
        {"\"t3 t5\" t1", {3, 5}, 2},
        {"t9 \"t0 t0\"", {0, 0}, 2},
        {"\"t1 t2 t3\"", {1, 2, 3}, 3},
        {"t1 +absent", {99}, 1},
        {"t2\n+t6", {6}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        collection_query q = {.vector = f->vectors[3],
                              .dim = DIM,
                              .k = POINTS,
                              .words = view_of(cases[i].text),
                              .fusion = {.meaning_weight = 1.0F}};
        collection_hits hits = find(f, &q);
        uint32_t expected = 0;
        for (uint32_t p = 0; p < POINTS; p++)
            expected += holds(f, p, cases[i].phrase, cases[i].count);
        assert_int_equal(hits.count, expected);
        assert_int_equal(hits.plan.matching, expected);
        for (uint32_t h = 0; h < hits.count; h++)
            assert_true(holds(f, number_of(&hits.points[h]), cases[i].phrase, cases[i].count));
        q.vector = NULL;
        hits = find(f, &q);
        assert_int_equal(hits.count, expected);
    }
}

static void what_must_be_there_and_a_filter_bind_together(void **state)
{
    fixture *f = *state;
    fill(f);
    collection_query q = {.vector = f->vectors[0],
                          .dim = DIM,
                          .k = POINTS,
                          .words = VIEW("+t4"),
                          .where = VIEW("{\"even\":true}"),
                          .fusion = {.meaning_weight = 0.5F}};
    collection_hits hits = find(f, &q);
    uint32_t expected = 0;
    for (uint32_t p = 0; p < POINTS; p += 2)
        expected += holds(f, p, (uint32_t[]){4}, 1);
    assert_true(expected > 0);
    assert_int_equal(hits.count, expected);
}

static void a_quote_without_its_fellow_demands_nothing(void **state)
{
    fixture *f = *state;
    fill(f);
    collection_query q = {.vector = f->vectors[0],
                          .dim = DIM,
                          .k = POINTS,
                          .words = VIEW("a 12\" t3 t5"),
                          .fusion = {.meaning_weight = 0.5F}};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, POINTS);
    q.words = VIEW("\"t3 t5\" 12\" t1");
    hits = find(f, &q);
    uint32_t expected = 0;
    for (uint32_t p = 0; p < POINTS; p++)
        expected += holds(f, p, (uint32_t[]){3, 5}, 2);
    assert_int_equal(hits.count, expected);
}

/* ---- the order by both, over arrays ---- */

static uint32_t occurrences(const fixture *f, uint32_t point, uint32_t word)
{
    uint32_t count = 0;
    for (uint32_t n = 0; n < f->lengths[point]; n++)
        count += f->words[point][n] == word;
    return count;
}

/* Texts are shorter than a window, so that it holds all of their words. */
static double naive_closeness(const fixture *f, uint32_t point, const uint32_t *words,
                              const double *idfs)
{
    int nearest = INT32_MAX;
    for (int i = 0; i < (int)f->lengths[point]; i++)
        for (int j = 0; j < (int)f->lengths[point]; j++)
            if (f->words[point][i] == words[0] && f->words[point][j] == words[1] &&
                abs(i - j) < nearest)
                nearest = abs(i - j);
    double held = 0;
    for (int w = 0; w < 2; w++)
        held += occurrences(f, point, words[w]) > 0 ? idfs[w] : 0;
    return 0.8 * held + (nearest <= 5 ? 0.5 * fmin(idfs[0], idfs[1]) / nearest : 0);
}

static double naive_words(const fixture *f, uint32_t point, const uint32_t *words)
{
    double total = 0, score = 0, idfs[2] = {0};
    for (uint32_t p = 0; p < POINTS; p++)
        total += f->lengths[p];
    for (uint32_t w = 0; w < 2; w++) {
        double holders = 0, here = occurrences(f, point, words[w]);
        for (uint32_t p = 0; p < POINTS; p++)
            holders += occurrences(f, p, words[w]) > 0;
        double idf = log(1 + (POINTS - holders + 0.5) / (holders + 0.5));
        idfs[w] = idf;
        score +=
            idf * here * 1.9 / (here + 0.9 * (0.25 + 0.75 * f->lengths[point] * POINTS / total));
    }
    return score + naive_closeness(f, point, words, idfs);
}

static double naive_cosine(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (int i = 0; i < DIM; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(aa * bb);
}

static void standardise(double *values, uint32_t count)
{
    double mean = 0, squares = 0;
    for (uint32_t i = 0; i < count; i++)
        mean += values[i] / count;
    for (uint32_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean) / count;
    for (uint32_t i = 0; i < count; i++)
        values[i] = (values[i] - mean) / sqrt(squares);
}

/* Fewer points than either side offers to the fusion, so every point is a candidate. */
static void by_both_the_order_is_that_of_weighted_z_scores(void **state)
{
    fixture *f = *state;
    fill(f);
    for (uint32_t round = 0; round < 40; round++) {
        uint32_t words[] = {round % VOCABULARY, (round / 3 + 5) % VOCABULARY};
        if (words[0] == words[1]) words[1] = (words[1] + 1) % VOCABULARY;
        double near[POINTS], lexical[POINTS], weight = 0.1 + 0.02 * round;
        for (uint32_t p = 0; p < POINTS; p++) {
            near[p] = naive_cosine(f->vectors[round], f->vectors[p]);
            lexical[p] = naive_words(f, p, words);
        }
        standardise(near, POINTS);
        standardise(lexical, POINTS);
        collection_query q = {.vector = f->vectors[round],
                              .dim = DIM,
                              .k = 1 + round,
                              .exact = true,
                              .words =
                                  view_of(arena_printf(&f->memory, "t%u t%u", words[0], words[1])),
                              .fusion = {.meaning_weight = (float)weight}};
        collection_hits hits = find(f, &q);
        assert_int_equal(hits.count, 1 + round);
        double worst = INFINITY;
        bool returned[POINTS] = {0};
        for (uint32_t h = 0; h < hits.count; h++) {
            uint32_t p = number_of(&hits.points[h]);
            double expected = weight * near[p] + (1 - weight) * lexical[p];
            assert_true(fabs(expected - (double)hits.ranks[h].score) < 1e-3);
            assert_true(expected < worst + 1e-3);
            worst = expected;
            returned[p] = true;
        }
        for (uint32_t p = 0; p < POINTS; p++)
            assert_true(returned[p] || weight * near[p] + (1 - weight) * lexical[p] < worst + 1e-3);
    }
}

/* ---- points that vanish ---- */

/* Deletes from the store behind the index's back, as a write does that has committed and not
 * refreshed yet: the index still offers these points. */
static void delete_from_store(fixture *f, const collection_hits *hits, uint32_t count)
{
    kith_error err;
    view keys[POINTS];
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    for (uint32_t i = 0; i < count; i++)
        keys[i] = hits->points[i].key;
    assert_ok(store_delete_points(database_store(f->db), collection_id(f->c), keys, count,
                                  &sequence, &deleted, &err));
    assert_int_equal(deleted, count);
}

/* Words that every point may have, so that as many hits exist by words as by meaning. */
static void k_hits_come_back_although_points_vanished(void **state)
{
    enum { K = 20, VANISHED = 4 };
    fixture *f = *state;
    fill(f);
    const char *all_words = "t0 t1 t2 t3 t4 t5 t6 t7 t8 t9";
    const unsigned with = STORE_WITH_VECTOR; // else nothing is read from the store
    const collection_query queries[] = {
        {.vector = f->vectors[0], .dim = DIM, .k = K, .with = with},
        {.words = view_of(all_words), .k = K, .with = with},
        {.vector = f->vectors[0],
         .dim = DIM,
         .words = view_of(all_words),
         .fusion = {.meaning_weight = 0.5F},
         .k = K,
         .with = with},
        {.vector = f->vectors[0],
         .dim = DIM,
         .k = K,
         .per_document = 1,
         .diversity = 0.2F,
         .with = with},
    };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        collection_hits before = find(f, &queries[i]);
        assert_int_equal(before.count, K);
        delete_from_store(f, &before, VANISHED);
        collection_hits after = find(f, &queries[i]);
        assert_int_equal(after.count, K);
        assert_true(after.sequence > before.sequence);
        for (uint32_t h = 0; h < K; h++)
            for (uint32_t v = 0; v < VANISHED; v++)
                assert_true(number_of(&after.points[h]) != number_of(&before.points[v]));
    }
}

static void fewer_hits_come_back_when_the_points_that_vanished_were_the_last(void **state)
{
    fixture *f = *state;
    fill(f);
    collection_query q = {
        .vector = f->vectors[0], .dim = DIM, .k = POINTS, .with = STORE_WITH_VECTOR};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, POINTS);
    delete_from_store(f, &hits, POINTS - 3);
    hits = find(f, &q);
    assert_int_equal(hits.count, 3);
}

/* Nothing but names: they come from the index, the same as from the store, also after a change and a
 * deletion, and nothing is fetched. */
static void names_of_hits_come_from_the_index(void **state)
{
    fixture *f = *state;
    kith_error err;
    fill(f);
    for (uint32_t round = 0; round < 3; round++) {
        collection_query q = {.vector = f->vectors[3], .dim = DIM, .k = POINTS};
        collection_hits named = find(f, &q);
        q.with = STORE_WITH_VECTOR; // which the index does not have
        collection_hits read = find(f, &q);
        assert_int_equal(named.fetched, 0);
        assert_int_equal(read.fetched, read.count);
        assert_int_equal(named.count, read.count);
        for (uint32_t i = 0; i < named.count; i++) {
            assert_true(view_equal(named.points[i].key, read.points[i].key));
            assert_int_equal(named.points[i].row, read.points[i].row);
        }
        if (round == 0) {
            store_point again = {.key = VIEW("p3"), .content = VIEW("t1"), .vector = f->vectors[9]};
            assert_ok(
                collection_put_points(f->c, STORE_UPSERT, &again, 1, DIM, (view){"", 0}, &err));
        }
        if (round == 1) {
            const view gone = named.points[0].key;
            uint32_t deleted = 0;
            assert_ok(collection_delete_points(f->c, &gone, 1, &deleted, &err));
            assert_int_equal(deleted, 1);
        }
    }
}

static void reopen(fixture *f)
{
    close_collection(&f->db, &f->c);
    open_collection(f->directory, NULL, &f->db, &f->c);
}

static void assert_same_text(view a, view b)
{
    assert_int_equal(a.data == NULL, b.data == NULL);
    assert_true(view_equal(a, b));
}

/* Asks for texts, for metadata, for both and for neither, and has each hit as the store has it. Returns how many were
 * read from the store. */
static uint32_t compare_with_store(fixture *f, uint32_t query)
{
    static const unsigned asked[] = {STORE_WITH_CONTENT | STORE_WITH_METADATA, STORE_WITH_CONTENT,
                                     STORE_WITH_METADATA, 0};
    uint32_t fetched = 0;
    for (size_t n = 0; n < sizeof asked / sizeof asked[0]; n++) {
        const collection_query q = {
            .vector = f->vectors[query], .dim = DIM, .k = POINTS, .with = asked[n]};
        const collection_hits hits = find(f, &q);
        assert_true(hits.count > POINTS / 2);
        fetched += hits.fetched;
        for (uint32_t i = 0; i < hits.count; i++) {
            kith_error err;
            store_point stored;
            const store_point *p = &hits.points[i];
            assert_ok(store_get_rows(database_store(f->db), collection_id(f->c), &p->row, 1,
                                     asked[n], &f->memory, &stored, &err));
            assert_true(view_equal(p->key, stored.key));
            assert_same_text(p->document, stored.document);
            assert_same_text(p->content, stored.content);
            assert_same_text(p->metadata, stored.metadata);
        }
    }
    return fetched;
}

/* As they were put, changed, or read from the store by an earlier search: the same as there, and not read again. */
static void texts_of_hits_come_from_where_they_are_kept(void **state)
{
    fixture *f = *state;
    kith_error err;
    fill(f);
    assert_int_equal(compare_with_store(f, 3), 0);
    float other[DIM] = {1};
    store_point odd[] = {
        {.key = VIEW("p3"), .content = VIEW("t1 t2"), .vector = other},
        {.key = VIEW("p5"), .metadata = VIEW("{\"even\":true}"), .vector = other},
        {.key = VIEW("p7"), .vector = other},
        {.key = VIEW("p9"), .content = VIEW(""), .metadata = VIEW("{}"), .vector = other}};
    assert_ok(collection_put_points(f->c, STORE_UPSERT, odd, 4, DIM, VIEW(""), &err));
    assert_int_equal(compare_with_store(f, 5), 0);
    const view gone = VIEW("p11");
    uint32_t deleted = 0;
    assert_ok(collection_delete_points(f->c, &gone, 1, &deleted, &err));
    assert_int_equal(compare_with_store(f, 7), 0);
    reopen(f);
    const uint32_t first = compare_with_store(f, 9);
    assert_int_equal(first, POINTS - 1); // by the first of the four queries alone
    assert_int_equal(compare_with_store(f, 9), 0);
}

/* A search that asks for texts alone cannot keep what it reads, since a row is kept with its metadata. */
static void a_search_without_metadata_leaves_nothing_half_kept(void **state)
{
    fixture *f = *state;
    fill(f);
    reopen(f);
    const collection_query q = {
        .vector = f->vectors[3], .dim = DIM, .k = 5, .with = STORE_WITH_CONTENT};
    assert_int_equal(find(f, &q).fetched, 5);
    assert_int_equal(find(f, &q).fetched, 5);
    assert_int_equal(compare_with_store(f, 9), POINTS);
}

/* The same filter again, from what was kept, and after a change not from there. */
static void a_filter_that_was_kept_matches_what_it_would_match_anew(void **state)
{
    fixture *f = *state;
    kith_error err;
    fill(f);
    collection_query q = {
        .vector = f->vectors[3], .dim = DIM, .k = POINTS, .where = VIEW("{\"even\": true}")};
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(find(f, &q).count, POINTS / 2);
    store_point odd = {.key = VIEW("p4"),
                       .content = VIEW("t1"),
                       .metadata = VIEW("{\"even\":false}"),
                       .vector = f->vectors[4]};
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &odd, 1, DIM, (view){"", 0}, &err));
    assert_int_equal(find(f, &q).count, POINTS / 2 - 1);
    q.where = VIEW("{\"even\": {\"$ne\": true}}");
    assert_int_equal(find(f, &q).count, POINTS / 2 + 1);
}

enum { NUMBERED = 1500, NUMBERS = 5 };

/* Points q0, q1, ... with {"n": i % NUMBERS}, and vectors that say how near they are. */
static void put_numbered(fixture *f)
{
    static store_point points[NUMBERED];
    static float vectors[NUMBERED][DIM];
    kith_error err;
    for (uint32_t i = 0; i < NUMBERED; i++) {
        buffer text, key;
        buffer_init(&text, 64);
        buffer_init(&key, 64);
        buffer_printf(&text, "{\"n\": %u}", i % NUMBERS);
        buffer_printf(&key, "q%u", i);
        vectors[i][0] = cosf((float)i * 0.002F);
        vectors[i][1] = sinf((float)i * 0.002F);
        points[i] = (store_point){.key = arena_copy(&f->memory, buffer_view(&key)),
                                  .content = VIEW("t1"),
                                  .metadata = arena_copy(&f->memory, buffer_view(&text)),
                                  .vector = vectors[i]};
        buffer_done(&text);
        buffer_done(&key);
    }
    assert_ok(
        collection_put_points(f->c, STORE_UPSERT, points, NUMBERED, DIM, (view){"", 0}, &err));
}

/* The nearest of number 3 are q3, q8, ...: `first` of them. */
static void assert_finds_threes(fixture *f, const collection_query *q, uint32_t first)
{
    const collection_hits found = find(f, q);
    assert_int_equal(found.count, q->k);
    for (uint32_t i = 0; i < found.count; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "q%u", 3 + NUMBERS * (first + i));
        assert_true(view_equal(found.points[i].key, view_of(key)));
    }
}

/* A field that is asked for often has its values listed (fields/column_values.h), and a search then takes the rows
 * from there: as it found them before, also when some were deleted or are of another value now. */
static void a_value_that_is_asked_for_often_matches_as_before(void **state)
{
    fixture *f = *state;
    kith_error err;
    put_numbered(f);
    collection_query q = {
        .vector = (float[DIM]){1}, .dim = DIM, .k = 7, .where = VIEW("{\"n\": 3}")};
    for (uint32_t i = 0; i < 40; i++)
        assert_finds_threes(f, &q, 0);
    assert_int_equal(find(f, &q).plan.matching, NUMBERED / NUMBERS);
    store_point other = {.key = VIEW("q3"),
                         .content = VIEW("t1"),
                         .metadata = VIEW("{\"n\":4}"),
                         .vector = (float[DIM]){1}};
    assert_ok(collection_put_points(f->c, STORE_UPSERT, &other, 1, DIM, (view){"", 0}, &err));
    for (uint32_t i = 0; i < 40; i++)
        assert_finds_threes(f, &q, 1);
    assert_int_equal(find(f, &q).plan.matching, NUMBERED / NUMBERS - 1);
    q.where = VIEW("{\"n\": 4}");
    assert_true(view_equal(find(f, &q).points[0].key, VIEW("q3")));
    q.where = VIEW("{\"n\": 17}");
    assert_int_equal(find(f, &q).count, 0);
}

/* ---- options ---- */

/* Documents "a" with 150 chunks, all nearest the query, "b" and "c" with a few far away. */
static void put_documents(fixture *f)
{
    static store_point points[160];
    static float vectors[160][DIM];
    const uint32_t counts[] = {150, 4, 2};
    uint32_t first = 0;
    for (uint32_t d = 0; d < 3; d++) {
        kith_error err;
        for (uint32_t i = first; i < first + counts[d]; i++) {
            vectors[i][0] = 1;
            vectors[i][1] = (float)(d * 200 + i) / 100.0F;
            points[i] = (store_point){.key = view_of(arena_printf(&f->memory, "%c%u", 'a' + d, i)),
                                      .content = VIEW("t1"),
                                      .vector = vectors[i]};
        }
        store_document document = {.key = view_of(arena_printf(&f->memory, "%c", 'a' + d)),
                                   .text = VIEW("t1"),
                                   .points = points + first,
                                   .point_count = counts[d]};
        assert_ok(collection_put_documents(f->c, &(store_source){.path = document.key}, &document,
                                           1, DIM, VIEW("m"), &err));
        first += counts[d];
    }
}

static void a_document_that_fills_the_list_makes_place_for_others(void **state)
{
    fixture *f = *state;
    put_documents(f);
    for (uint32_t per_document = 1; per_document <= 3; per_document++) {
        uint32_t of[3] = {0};
        collection_query q = {.vector = (float[DIM]){1},
                              .dim = DIM,
                              .k = 6,
                              .per_document = per_document,
                              .words = per_document == 2 ? VIEW("t1") : VIEW(""),
                              .fusion = {.meaning_weight = 0.5F}};
        collection_hits hits = find(f, &q);
        for (uint32_t i = 0; i < hits.count; i++)
            of[hits.points[i].document.data[0] - 'a']++;
        // c has two chunks in all.
        assert_int_equal(of[0], per_document == 3 ? 3 : per_document);
        assert_int_equal(of[1], per_document == 3 ? 3 : per_document);
        assert_int_equal(of[2], per_document == 3 ? 0 : per_document);
        assert_int_equal(hits.points[0].key.data[0], 'a');
    }
}

static void diversity_brings_what_is_unlike_the_first_hit(void **state)
{
    fixture *f = *state;
    kith_error err;
    float same[DIM] = {1, 0.1F}, almost[DIM] = {1, 0.11F}, other[DIM] = {1, -0.6F, 0.6F};
    store_point points[] = {{.key = VIEW("same"), .vector = same},
                            {.key = VIEW("almost"), .vector = almost},
                            {.key = VIEW("other"), .vector = other}};
    assert_ok(collection_put_points(f->c, STORE_ADD, points, 3, DIM, (view){"", 0}, &err));
    collection_query q = {.vector = same, .dim = DIM, .k = 3};
    collection_hits hits = find(f, &q);
    assert_true(view_equal(hits.points[1].key, VIEW("almost")));
    q.diversity = 0.9F;
    hits = find(f, &q);
    assert_int_equal(hits.count, 3);
    assert_true(view_equal(hits.points[0].key, VIEW("same")));
    assert_true(view_equal(hits.points[1].key, VIEW("other")));
    q.diversity = 1.1F;
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &f->memory, &hits, &err));
}

static int prefer_short(void *context, const char *query, const char *const *texts, size_t count,
                        uint32_t remaining_ms, float *scores)
{
    assert_string_equal(query, "question");
    assert_true(remaining_ms > 0);
    *(size_t *)context += count;
    for (size_t i = 0; i < count; i++)
        scores[i] = -(float)strlen(texts[i]);
    return 0;
}

static void a_reranker_orders_more_than_it_returns(void **state)
{
    fixture *f = *state;
    size_t asked = 0;
    fill(f);
    reranker r = {"question", prefer_short, &asked, 30, 60000};
    collection_query q = {
        .vector = f->vectors[0], .dim = DIM, .k = 5, .with = STORE_WITH_CONTENT, .rerank = &r};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, 5);
    assert_int_equal(asked, 30);
    assert_int_equal(hits.reranked, 30);
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(hits.details[i].rerank == -(float)hits.points[i].content.size);
        if (i) assert_true(hits.details[i - 1].rerank >= hits.details[i].rerank);
        if (hits.ranks[i].meaning_rank > deepest) deepest = hits.ranks[i].meaning_rank;
    }
    assert_true(deepest > 5);
}

static void the_words_that_matched_add_up_to_the_score(void **state)
{
    fixture *f = *state;
    fill(f);
    collection_query q = {.k = 20, .words = VIEW("T3 t5 absent"), .explain = true};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, 20);
    for (uint32_t i = 0; i < hits.count; i++) {
        float sum = hits.ranks[i].closeness;
        const hit_detail *d = &hits.details[i];
        uint32_t point = number_of(&hits.points[i]);
        uint32_t expected = 0;
        for (uint32_t word = 3; word <= 5; word += 2)
            expected += occurrences(f, point, word) > 0;
        assert_int_equal(d->word_count, expected);
        for (uint32_t w = 0; w < d->word_count; w++) {
            sum += d->words[w].score;
            assert_true(view_equal(d->words[w].word, VIEW("T3")) ||
                        view_equal(d->words[w].word, VIEW("t5")));
        }
        assert_true(fabs((double)(sum - hits.ranks[i].words)) < 1e-4);
    }
}

static void title_heading_and_file_name_are_words_of_a_chunk(void **state)
{
    fixture *f = *state;
    kith_error err;
    float v[DIM] = {1};
    store_point points[] = {
        {.key = VIEW("both"),
         .content = VIEW("text"),
         .metadata = VIEW("{\"title\":\"Handbook\",\"heading\":\"Keys > Rotation\"}"),
         .vector = v},
        {.key = VIEW("once"),
         .content = VIEW("text"),
         .metadata = VIEW("{\"title\":\"Handbook\",\"heading\":\"Handbook > Backups\"}"),
         .vector = v},
        {.key = VIEW("file"),
         .content = VIEW("text"),
         .metadata = VIEW("{\"source\":\"/notes/rotation_plan.v2.txt\"}"),
         .vector = v},
    };
    const struct {
        const char *query;
        uint32_t count;
        const char *first;
    } cases[] = {
        {"handbook", 2, "once"}, // shorter, and the title is not counted twice
        {"+rotation", 2, NULL},  {"backups", 1, "once"}, {"\"rotation plan\"", 1, "file"},
        {"notes", 0, NULL},      {"text", 3, NULL},
    };
    assert_ok(collection_put_points(f->c, STORE_ADD, points, 3, DIM, (view){"", 0}, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        collection_query q = {.k = 5, .words = view_of(cases[i].query)};
        collection_hits hits = find(f, &q);
        assert_int_equal(hits.count, cases[i].count);
        if (cases[i].first) assert_true(view_equal(hits.points[0].key, view_of(cases[i].first)));
    }
}

/* ---- unknown fields ---- */

static void an_unknown_filter_field_is_an_error_that_names_the_nearest(void **state)
{
    fixture *f = *state;
    kith_error err;
    collection_query q = {
        .vector = (float[DIM]){1}, .dim = DIM, .k = 5, .where = VIEW("{\"evne\":true}")};
    // Nothing to mistype in an empty collection.
    collection_hits hits = find(f, &q);
    assert_ok(collection_check_fields(f->c, q.where, &err));
    fill(f);
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &f->memory, &hits, &err));
    assert_non_null(strstr(err.message, "'evne'"));
    assert_non_null(strstr(err.message, "did you mean 'even'"));
    assert_status(KITH_ERR_INVALID, collection_check_fields(f->c, q.where, &err));
    q.where = VIEW("{\"$or\":[{\"even\":true},{\"$and\":[{\"year\":{\"$ne\":1}}]}]}");
    assert_status(KITH_ERR_INVALID, collection_search(f->c, &q, &f->memory, &hits, &err));
    assert_non_null(strstr(err.message, "'year'"));
    assert_non_null(strstr(err.message, "there are: even"));
    q.allow_unknown_fields = true;
    hits = find(f, &q);
    assert_int_equal(hits.count, 5);
    q.where = VIEW("{\"year\":1}");
    hits = find(f, &q);
    assert_int_equal(hits.count, 0);
}

static void a_field_is_known_while_a_point_has_it(void **state)
{
    fixture *f = *state;
    kith_error err;
    uint32_t deleted = 0;
    float v[DIM] = {1};
    store_point points[] = {
        {.key = VIEW("a"), .metadata = VIEW("{\"year\":1}"), .vector = v},
        {.key = VIEW("b"), .metadata = VIEW("{\"month\":1}"), .vector = v},
    };
    assert_ok(collection_put_points(f->c, STORE_ADD, points, 2, DIM, (view){"", 0}, &err));
    assert_ok(collection_check_fields(f->c, VIEW("{\"year\":2}"), &err));
    assert_ok(collection_delete_points(f->c, &points[0].key, 1, &deleted, &err));
    assert_status(KITH_ERR_INVALID, collection_check_fields(f->c, VIEW("{\"year\":2}"), &err));
    assert_ok(collection_delete_points(f->c, &points[1].key, 1, &deleted, &err));
    assert_ok(collection_check_fields(f->c, VIEW("{\"year\":2}"), &err));
}

#define search_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        search_test(words_that_must_be_there_bind_hits_by_meaning_too),
        search_test(what_must_be_there_and_a_filter_bind_together),
        search_test(a_quote_without_its_fellow_demands_nothing),
        search_test(by_both_the_order_is_that_of_weighted_z_scores),
        search_test(k_hits_come_back_although_points_vanished),
        search_test(names_of_hits_come_from_the_index),
        search_test(texts_of_hits_come_from_where_they_are_kept),
        search_test(a_search_without_metadata_leaves_nothing_half_kept),
        search_test(a_filter_that_was_kept_matches_what_it_would_match_anew),
        search_test(a_value_that_is_asked_for_often_matches_as_before),
        search_test(fewer_hits_come_back_when_the_points_that_vanished_were_the_last),
        search_test(a_document_that_fills_the_list_makes_place_for_others),
        search_test(diversity_brings_what_is_unlike_the_first_hit),
        search_test(a_reranker_orders_more_than_it_returns),
        search_test(the_words_that_matched_add_up_to_the_score),
        search_test(title_heading_and_file_name_are_words_of_a_chunk),
        search_test(an_unknown_filter_field_is_an_error_that_names_the_nearest),
        search_test(a_field_is_known_while_a_point_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
