/* per_document, diversity and reranking, against the definition: the plain search's candidates, and
 * when k hits cannot be chosen from them, the best of each document that may have more. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/choose.h"
#include "db/collection_private.h"
#include "db/database.h"

#include <math.h>

enum { DIM = 8, DOCUMENTS = 14, MOST_CHUNKS = 90, VOCABULARY = 12, WORDS = 6 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    arena memory;
    rng random;
} fixture;

static int setup(void **state)
{
    kith_error err;
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    arena_init(&f->memory, 0);
    f->random.state = 21;
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

static void random_vector(rng *r, float *out)
{
    for (int d = 0; d < DIM; d++)
        out[d] = (float)rng_unit(r) - 0.5F;
}

static store_point random_point(fixture *f, const char *key)
{
    float *vector = arena_new_array(&f->memory, float, DIM);
    random_vector(&f->random, vector);
    buffer text;
    buffer_init(&text, 1024);
    for (int i = 0; i < WORDS; i++)
        buffer_printf(&text, "t%u ", rng_below(&f->random, VOCABULARY));
    store_point p = {.key = view_of(key),
                     .content = view_of(arena_copy_text(&f->memory, buffer_text(&text))),
                     .metadata = rng_below(&f->random, 2) ? VIEW("{\"even\":true}")
                                                          : VIEW("{\"even\":false}"),
                     .vector = vector};
    buffer_done(&text);
    return p;
}

static store_point *random_chunks(fixture *f, const char *key, uint32_t chunks)
{
    store_point *points = arena_new_array(&f->memory, store_point, chunks);
    for (uint32_t i = 0; i < chunks; i++)
        points[i] = random_point(f, arena_printf(&f->memory, "%s_%u", key, i));
    return points;
}

static void put_chunks(fixture *f, const char *key, const store_point *points, uint32_t chunks)
{
    kith_error err = {0};
    const store_document d = {.key = view_of(key),
                              .title = VIEW(""),
                              .metadata = VIEW("{}"),
                              .text = VIEW("text"),
                              .points = points,
                              .point_count = chunks};
    assert_ok(collection_put_documents(f->c, NULL, &d, 1, DIM, VIEW(""), &err));
}

static void put_document(fixture *f, const char *key, uint32_t chunks)
{
    put_chunks(f, key, random_chunks(f, key, chunks), chunks);
}

/* A large document, some smaller ones, and points of none. */
static void fill(fixture *f, uint32_t largest)
{
    kith_error err = {0};
    put_document(f, "large", largest);
    for (uint32_t i = 0; i < DOCUMENTS; i++)
        put_document(f, arena_printf(&f->memory, "d%u", i), 1 + rng_below(&f->random, MOST_CHUNKS));
    for (uint32_t i = 0; i < 5; i++) {
        store_point p = random_point(f, arena_printf(&f->memory, "p%u", i));
        assert_ok(collection_put_points(f->c, STORE_ADD, &p, 1, DIM, VIEW(""), &err));
    }
}

static collection_hits find(fixture *f, const collection_query *q)
{
    kith_error err = {0};
    collection_hits hits = {0};
    assert_ok(collection_search(f->c, q, &f->memory, &hits, &err));
    return hits;
}

/* A row of the index as a plain search of all rows shows it. */
typedef struct known_row {
    uint32_t row, document; /* its number, from 1; 0: of none */
    float distance, words;
    uint32_t meaning_rank, words_rank; /* as candidate */
    float score;
    view key;
} known_row;

typedef struct known {
    known_row *rows; /* [count] */
    uint32_t count;
} known;

enum { MOST_ROWS = 3000, FIRST = 100 };

static known *new_known(fixture *f)
{
    known *k = arena_new_array(&f->memory, known, 1);
    k->rows = arena_new_array(&f->memory, known_row, MOST_ROWS);
    k->count = 0;
    return k;
}

static uint32_t number_of(const collection_hits *hits, uint32_t i)
{
    for (uint32_t n = 0; n <= i; n++)
        if (view_equal(hits->points[n].document, hits->points[i].document)) return n + 1;
    return 0;
}

/* What a plain search finds that ranks everything. Its words and distances depend on the row alone. */
static known *find_all(fixture *f, const collection_query *q)
{
    collection_query plain = *q;
    plain.per_document = 0;
    plain.k = MOST_ROWS;
    collection_hits hits = find(f, &plain);
    known *all = new_known(f);
    assert_true(hits.count < MOST_ROWS);
    for (uint32_t i = 0; i < hits.count; i++)
        all->rows[all->count++] = (known_row){
            .row = hits.ranks[i].row,
            .document = hits.points[i].document.size ? number_of(&hits, i) : 0,
            .distance = hits.ranks[i].distance,
            .words = hits.ranks[i].words,
            .key = hits.points[i].key,
        };
    return all;
}

static int by_distance(const void *a, const void *b)
{
    const known_row *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_words(const void *a, const void *b)
{
    const known_row *x = a, *y = b;
    if (x->words != y->words) return x->words > y->words ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_score(const void *a, const void *b)
{
    const known_row *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static bool holds(const known *k, uint32_t row)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->rows[i].row == row) return true;
    return false;
}

static void count_documents(const known *k, uint32_t *taken)
{
    memset(taken, 0, MOST_ROWS * sizeof *taken);
    for (uint32_t i = 0; i < k->count; i++)
        taken[k->rows[i].document]++;
}

/* Adds the first `wanted` rows of `all`, as it is sorted, that are not in `before`, and of which no
 * document gets more than it may have; of rows that hold the word only, when by words. */
static void add_side(const known *all, const known *before, uint32_t wanted, bool by_word,
                     uint32_t per_document, known *out)
{
    static uint32_t taken[MOST_ROWS];
    uint32_t added = 0;
    count_documents(before, taken);
    for (uint32_t i = 0; i < all->count && added < wanted; i++) {
        const known_row *row = &all->rows[i];
        if ((by_word && row->words <= 0) || holds(before, row->row)) continue;
        if (per_document && row->document && taken[row->document]++ >= per_document) continue;
        added++;
        if (!holds(out, row->row)) out->rows[out->count++] = *row;
    }
}

/* One round of candidates. */
static void add_round(fixture *f, const collection_query *q, known *all, uint32_t per_document,
                      known *out)
{
    uint32_t wanted = q->k > FIRST ? q->k : FIRST;
    known *before = new_known(f);
    *before = (known){memcpy(before->rows, out->rows, out->count * sizeof *out->rows), out->count};
    if (q->vector) {
        qsort(all->rows, all->count, sizeof *all->rows, by_distance);
        add_side(all, before, wanted, false, per_document, out);
    }
    if (q->words.size) {
        qsort(all->rows, all->count, sizeof *all->rows, by_words);
        add_side(all, before, wanted, true, per_document, out);
    }
}

static uint32_t choose(const known *k, const collection_query *q, view *keys)
{
    static uint32_t taken[MOST_ROWS];
    uint32_t count = 0;
    memset(taken, 0, sizeof taken);
    for (uint32_t i = 0; i < k->count && count < q->k; i++) {
        uint32_t document = k->rows[i].document;
        if (document == 0 || taken[document]++ < q->per_document) keys[count++] = k->rows[i].key;
    }
    return count;
}

static void rank_known(known *k)
{
    qsort(k->rows, k->count, sizeof *k->rows, by_words);
    for (uint32_t i = 0; i < k->count; i++)
        if (k->rows[i].meaning_rank == 0) k->rows[i].words_rank = k->rows[i].words > 0 ? i + 1 : 0;
    qsort(k->rows, k->count, sizeof *k->rows, by_distance);
    for (uint32_t i = 0; i < k->count; i++)
        if (k->rows[i].meaning_rank == 0) k->rows[i].meaning_rank = i + 1;
}

/* Mean and deviation of one side. */
static void spread(const known *k, bool of_words, double out[2])
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < k->count; i++)
        sum += (double)(of_words ? k->rows[i].words : -k->rows[i].distance);
    out[0] = sum / k->count;
    for (uint32_t i = 0; i < k->count; i++) {
        double off = (double)(of_words ? k->rows[i].words : -k->rows[i].distance) - out[0];
        squares += off * off;
    }
    out[1] = squares > 0 ? sqrt(squares / k->count) : 1;
}

static void score_known(known *k, const collection_query *q, double near[2], double words[2])
{
    float weight = q->fusion.meaning_weight;
    for (uint32_t i = 0; i < k->count; i++) {
        known_row *r = &k->rows[i];
        if (!q->words.size)
            r->score = -r->distance;
        else if (!q->vector)
            r->score = r->words;
        else if (q->fusion.method == FUSION_RANKS)
            r->score = weight / (60.0F + (float)r->meaning_rank) +
                       (r->words_rank ? (1 - weight) / (60.0F + (float)r->words_rank) : 0);
        else
            r->score = (float)((double)weight * (-(double)r->distance - near[0]) / near[1] +
                               (1 - (double)weight) * ((double)r->words - words[0]) / words[1]);
    }
    qsort(k->rows, k->count, sizeof *k->rows, by_score);
}

/* The keys of the hits by the definition; *further: a second round was needed. */
static uint32_t hits_by_definition(fixture *f, const collection_query *q, view *keys, bool *further)
{
    double near[2], words[2];
    known *all = find_all(f, q), *found = new_known(f);
    add_round(f, q, all, 0, found);
    if (found->count == 0) return 0;
    rank_known(found);
    spread(found, false, near);
    spread(found, true, words);
    *further = choose(found, q, keys) < q->k;
    if (*further) {
        add_round(f, q, all, q->per_document, found);
        rank_known(found);
    }
    score_known(found, q, near, words);
    return choose(found, q, keys);
}

/* Of one word: then the order by BM25, which says who is a candidate, is that by all that words
 * add, since closeness is the same for every row. */
static collection_query random_query(fixture *f, float *vector)
{
    rng *r = &f->random;
    random_vector(r, vector);
    uint32_t kind = rng_below(r, 3);
    return (collection_query){
        .vector = kind == 1 ? NULL : vector,
        .dim = DIM,
        .words = kind == 0 ? VIEW("")
                           : view_of(arena_printf(&f->memory, "t%u", rng_below(r, VOCABULARY))),
        .fusion = {.method = rng_below(r, 2) ? FUSION_RANKS : FUSION_SCORES,
                   .meaning_weight = 0.5F},
        .k = 1 + rng_below(r, 30),
        .exact = true,
        .where = rng_below(r, 3) ? VIEW("") : VIEW("{\"even\":true}"),
        .with = STORE_WITH_CONTENT,
        .per_document = 1 + rng_below(r, 3),
    };
}

static void hits_are_those_of_the_definition(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint32_t further_rounds = 0;
    fill(f, 700);
    for (int round = 0; round < 300; round++) {
        float vector[DIM];
        view keys[64];
        bool further = false;
        const collection_query q = random_query(f, vector);
        uint32_t count = hits_by_definition(f, &q, keys, &further);
        collection_hits hits = find(f, &q);
        further_rounds += further;
        assert_int_equal(hits.count, count);
        for (uint32_t i = 0; i < count; i++)
            assert_true(view_equal(hits.points[i].key, keys[i]));
        // Nothing is read but what is returned.
        assert_int_equal(hits.fetched, count);
        if (round == 150) // the numbers of documents come from a file from here on
        {
            database_release_collection(f->c);
            assert_ok(database_close(f->db, &err));
            assert_ok(database_open(f->directory, NULL, &f->db, &err));
            assert_ok(database_acquire_collection(f->db, VIEW("c"), &f->c, &err));
        }
    }
    assert_in_range(further_rounds, 30, 270);
}

/* Of two words, so that closeness counts. */
static void what_the_plain_search_shows_keeps_its_score_and_its_order(void **state)
{
    fixture *f = *state;
    fill(f, 700);
    for (int round = 0; round < 60; round++) {
        float vector[DIM];
        collection_query q = random_query(f, vector), plain;
        q.words = round % 3 ? view_of(arena_printf(&f->memory, "t%d t%d", round % VOCABULARY,
                                                   (round + 5) % VOCABULARY))
                            : VIEW("");
        q.vector = round % 3 == 1 ? NULL : vector;
        plain = q;
        plain.per_document = 0;
        collection_hits few = find(f, &q), many = find(f, &plain);
        uint32_t at = 0, used[MOST_ROWS] = {0};
        for (uint32_t i = 0; i < many.count; i++) {
            uint32_t document = number_of(&many, i);
            if (many.points[i].document.size && used[document]++ >= q.per_document) continue;
            assert_true(at < few.count);
            assert_true(view_equal(few.points[at].key, many.points[i].key));
            assert_memory_equal(&few.ranks[at].score, &many.ranks[i].score, sizeof(float));
            at++;
        }
        for (uint32_t i = 1; i < few.count; i++)
            assert_true(few.ranks[i - 1].score >= few.ranks[i].score);
    }
}

static void one_large_document_costs_a_second_round_and_nothing_unchosen_is_read(void **state)
{
    fixture *f = *state;
    float vector[DIM];
    put_document(f, "large", 5000);
    put_document(f, "a", 3);
    put_document(f, "b", 3);
    put_document(f, "c", 3);
    random_vector(&f->random, vector);
    collection_query q = {
        .vector = vector, .dim = DIM, .k = 10, .per_document = 1, .with = STORE_WITH_CONTENT};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, 4);
    assert_int_equal(hits.fetched, 4);
    assert_int_equal(hits.rounds, 2);
    q.per_document = 0;
    q.with = STORE_WITH_VECTOR; // texts of hits alone are kept beside the index
    hits = find(f, &q);
    assert_int_equal(hits.fetched, 10);
    assert_int_equal(hits.rounds, 1);
    // By words too.
    q.words = VIEW("t1 t2");
    q.per_document = 1;
    hits = find(f, &q);
    assert_int_equal(hits.count, 4);
    assert_int_equal(hits.fetched, 4);
    assert_int_equal(hits.rounds, 2);
}

/* A document whose chunks all lie in one direction, `angle` away from the first axis. */
static void put_direction(fixture *f, const char *key, uint32_t chunks, double angle)
{
    store_point *points = random_chunks(f, key, chunks);
    for (uint32_t i = 0; i < chunks; i++) {
        float *vector = arena_new_array(&f->memory, float, DIM);
        double turned = angle + 0.001 * rng_unit(&f->random);
        vector[0] = (float)cos(turned);
        vector[1] = (float)sin(turned);
        points[i].vector = vector;
    }
    put_chunks(f, key, points, chunks);
}

/* Each of the first 120 rows is of one document, the next 120 of another, and so on. */
static void documents_that_fill_a_round_each_need_one_round_more(void **state)
{
    fixture *f = *state;
    view keys[64];
    const float vector[DIM] = {1};
    bool further = false;
    for (uint32_t i = 0; i < 20; i++)
        put_direction(f, arena_printf(&f->memory, "d%u", i), 120, 0.05 * i);
    collection_query q = {
        .vector = vector, .dim = DIM, .per_document = 1, .exact = true, .with = STORE_WITH_CONTENT};
    const uint32_t wanted[] = {1, 2, 5, 15, 20, 25};
    for (size_t n = 0; n < sizeof wanted / sizeof wanted[0]; n++) {
        q.k = wanted[n];
        uint32_t count = hits_by_definition(f, &q, keys, &further);
        collection_hits hits = find(f, &q);
        assert_int_equal(hits.count, count);
        assert_int_equal(hits.rounds, q.k == 1 ? 1 : 2);
        for (uint32_t i = 0; i < count; i++)
            assert_true(view_equal(hits.points[i].key, keys[i]));
    }
}

/* A walk of the graph meets rows of few documents, a wider one those of more. */
static void a_graph_is_walked_wider_until_a_scan_is_cheaper(void **state)
{
    enum { DIRECTIONS = 130 };
    fixture *f = *state;
    const float vector[DIM] = {1};
    for (uint32_t i = 0; i < DIRECTIONS; i++)
        put_direction(f, arena_printf(&f->memory, "d%u", i), 120, 0.02 * i);
    upkeep_wait(f->c);
    collection_query q = {.vector = vector,
                          .dim = DIM,
                          .ef = 100, // as few as there are candidates: the graph pays for long
                          .per_document = 1,
                          .with = STORE_WITH_CONTENT};
    bool was_walked = false, was_scanned = false;
    for (q.k = 1; q.k <= DIRECTIONS + 1; q.k += q.k < 8 ? 1 : 61) {
        collection_hits hits = find(f, &q);
        assert_string_equal(hits.plan.kind, "graph");
        assert_int_equal(hits.count, q.k < DIRECTIONS ? q.k : DIRECTIONS);
        print_message("k %u: %u rounds, %llu distances\n", q.k, hits.rounds,
                      (unsigned long long)hits.plan.distances);
        was_walked |= hits.rounds == 2 && hits.plan.distances < DIRECTIONS * 60;
        was_scanned |= hits.rounds == 3 && hits.plan.distances > DIRECTIONS * 60;
        for (uint32_t i = 0; i < hits.count; i++)
            assert_true(
                view_equal(hits.points[i].document, view_of(arena_printf(&f->memory, "d%u", i))));
    }
    assert_true(was_walked && was_scanned);
}

typedef struct scorer {
    uint32_t texts;
} scorer;

/* By the text's own bytes, so that the order is another. */
static int score(void *context, const char *query, const char *const *texts, size_t count,
                 uint32_t remaining_ms, float *scores)
{
    scorer *s = context;
    (void)query;
    (void)remaining_ms;
    for (size_t i = 0; i < count; i++) {
        assert_true(texts[i][0] != '\0');
        scores[i] = (float)texts[i][1];
    }
    s->texts += (uint32_t)count;
    return 0;
}

static void a_reranker_gets_the_texts_that_it_scores_and_no_more_are_read(void **state)
{
    fixture *f = *state;
    float vector[DIM];
    fill(f, 700);
    random_vector(&f->random, vector);
    scorer s = {0};
    const reranker second = {
        .query = "q", .score = score, .context = &s, .depth = 30, .budget_ms = 60000};
    const collection_query q = {.vector = vector,
                                .dim = DIM,
                                .k = 10,
                                .per_document = 1,
                                .rerank = &second,
                                .with = STORE_WITH_CONTENT};
    collection_hits hits = find(f, &q);
    assert_int_equal(hits.count, 10);
    assert_int_equal(s.texts, 30);
    assert_true(hits.fetched <= 40);
    for (uint32_t i = 0; i < hits.count; i++)
        for (uint32_t n = 0; n < i; n++)
            assert_false(hits.points[n].document.size > 0 &&
                         view_equal(hits.points[n].document, hits.points[i].document));
}

static int count_down(void *context)
{
    int *left = context;
    return --*left < 0;
}

static void a_search_ends_at_whichever_check_its_caller_stops_it(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    float vector[DIM];
    fill(f, 700);
    random_vector(&f->random, vector);
    bool finished = false;
    int checks = 0;
    for (; !finished; checks++) {
        int left = checks;
        const call_limit limit = {.is_cancelled = count_down, .context = &left};
        const collection_query q = {.vector = vector,
                                    .dim = DIM,
                                    .k = 30,
                                    .per_document = 2,
                                    .limit = &limit,
                                    .with = STORE_WITH_CONTENT};
        collection_hits hits = {.count = 77};
        kith_status status = collection_search(f->c, &q, &f->memory, &hits, &err);
        finished = status == KITH_OK;
        if (!finished) assert_int_equal(status, KITH_ERR_CANCELLED);
        if (!finished) assert_int_equal(hits.count, 77);
    }
    assert_true(checks > 2 && checks < 20);
    const call_limit narrow = {.max_bytes = 100};
    const collection_query q = {
        .vector = vector, .dim = DIM, .k = 30, .limit = &narrow, .with = STORE_WITH_CONTENT};
    collection_hits hits;
    assert_status(KITH_ERR_LIMIT, collection_search(f->c, &q, &f->memory, &hits, &err));
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(hits_are_those_of_the_definition),
        with_fixture(what_the_plain_search_shows_keeps_its_score_and_its_order),
        with_fixture(one_large_document_costs_a_second_round_and_nothing_unchosen_is_read),
        with_fixture(documents_that_fill_a_round_each_need_one_round_more),
        with_fixture(a_graph_is_walked_wider_until_a_scan_is_cheaper),
        with_fixture(a_reranker_gets_the_texts_that_it_scores_and_no_more_are_read),
        with_fixture(a_search_ends_at_whichever_check_its_caller_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
