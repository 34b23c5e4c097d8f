/* Conditions on a point's text and id ("#document", "#id"), asked through every call that takes a
 * filter. The oracle is strstr and the ids themselves. */
#include "test.h"

#include "base/buffer.h"
#include "scratch.h"

#include <kith/kith.h>

enum {
    POINTS = 2600, /* texts are read 1,024 and 256 at a time */
    DIMENSION = 8,
    MAX_BYTES = 1 << 20
};

static char ids[POINTS][12], texts[POINTS][64];
static float vectors[POINTS][DIMENSION];

/* Point i: {"n":i % 10}, a text that says i in words of its own, or none for every 13th. */
static void fill(kith *k)
{
    kith_error err = {0};
    static char metadata[POINTS][16];
    static kith_point points[POINTS];
    for (int i = 0; i < POINTS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "p%d", i);
        (void)snprintf(texts[i], sizeof texts[i], "number %d is %s, 100%% %s", i,
                       i % 2 ? "odd" : "Even", i % 3 ? "_" : "\xC3\xA9t\xC3\xA9");
        (void)snprintf(metadata[i], sizeof metadata[i], "{\"n\":%d}", i % 10);
        for (int d = 0; d < DIMENSION; d++)
            vectors[i][d] = (float)((i * 7919 + d * 104729) % 1000) - 500;
        points[i] = (kith_point){.id = ids[i],
                                 .content = i % 13 ? texts[i] : NULL,
                                 .metadata = metadata[i],
                                 .vector = vectors[i],
                                 .dimension = DIMENSION};
    }
    assert_ok(kith_put(k, "c", KITH_ADD, points, POINTS, &err));
}

static int setup(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    void *directory = NULL;
    if (scratch_setup(&directory)) return -1;
    assert_ok(kith_open(directory, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", &(kith_collection_options){.metric = KITH_SQUARED_L2},
                                     &err));
    fill(k);
    void **both = calloc(2, sizeof *both);
    assert_non_null(both);
    both[0] = k, both[1] = directory;
    *state = both;
    return 0;
}

static int teardown(void **state)
{
    kith_error err = {0};
    void **both = *state;
    assert_ok(kith_close(both[0], &err));
    int failed = scratch_teardown(&both[1]);
    free(both);
    return failed;
}

static kith *handle(void **state)
{
    return ((void **)*state)[0];
}

static bool has(int i, const char *part)
{
    return i % 13 && strstr(texts[i], part);
}

static bool has_digit_seven(int i)
{
    return has(i, "7");
}
static bool is_even(int i)
{
    return has(i, "Even");
}
static bool is_not_even(int i)
{
    return !is_even(i);
}
static bool has_any_text(int i)
{
    return i % 13 != 0;
}
static bool is_odd_text(int i)
{
    return has(i, "odd");
}
static bool has_accent(int i)
{
    return has(i, "\xC3\xA9");
}
static bool has_percent(int i)
{
    return has(i, "100% _");
}
static bool is_even_and_three(int i)
{
    return is_even(i) && i % 10 == 4;
}
static bool is_even_or_three(int i)
{
    return is_even(i) || i % 10 == 3;
}
static bool is_a_named_one(int i)
{
    return i == 5 || i == 2599 || i == 13;
}
static bool is_no_named_one(int i)
{
    return !is_a_named_one(i);
}
static bool is_named_and_odd(int i)
{
    return is_a_named_one(i) && is_odd_text(i);
}
static bool none(int i)
{
    return i < 0;
}

static const struct {
    const char *where;
    bool (*matches)(int i);
} cases[] = {
    {"{\"#document\":{\"$contains\":\"7\"}}", has_digit_seven},
    {"{\"#document\":{\"$contains\":\"Even\"}}", is_even},
    {"{\"#document\":{\"$not_contains\":\"Even\"}}", is_not_even},
    {"{\"#document\":{\"$contains\":\"even\"}}", none},
    {"{\"#document\":{\"$contains\":\"\"}}", has_any_text},
    {"{\"#document\":{\"$contains\":\"\xC3\xA9\"}}", has_accent},
    {"{\"#document\":{\"$contains\":\"100% _\"}}", has_percent},
    {"{\"#document\":{\"$regex\":\"is (odd|Odd)\"}}", is_odd_text},
    {"{\"#document\":{\"$regex\":\"(?i)EVEN\"}}", is_even},
    {"{\"#document\":{\"$not_regex\":\"^number [0-9]+ is E\"}}", is_not_even},
    {"{\"#document\":{\"$contains\":\"Even\"},\"n\":4}", is_even_and_three},
    {"{\"$or\":[{\"#document\":{\"$contains\":\"Even\"}},{\"n\":3}]}", is_even_or_three},
    {"{\"#document\":{\"$contains\":\"Even\",\"$regex\":\"odd\"}}", none},
    {"{\"#id\":{\"$in\":[\"p5\",\"absent\",\"p2599\",\"p13\",\"p5\"]}}", is_a_named_one},
    {"{\"#id\":{\"$nin\":[\"p5\",\"absent\",\"p2599\",\"p13\"]}}", is_no_named_one},
    {"{\"#id\":{\"$in\":[\"p5\",\"p2599\",\"p13\"]},\"#document\":{\"$contains\":\"odd\"}}",
     is_named_and_odd},
    {"{\"#id\":\"absent\"}", none},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static uint32_t count_matching(size_t c)
{
    uint32_t count = 0;
    for (int i = 0; i < POINTS; i++)
        count += cases[c].matches(i);
    return count;
}

static void records_are_those_that_match_in_the_order_of_writing(void **state)
{
    kith_error err = {0};
    for (size_t c = 0; c < CASES; c++) {
        kith_records *records = NULL;
        uint64_t counted = 0;
        const kith_selection s = {.where = cases[c].where};
        assert_ok(kith_get(handle(state), "c", &s, &records, &err));
        size_t at = 0;
        for (int i = 0; i < POINTS; i++) {
            if (!cases[c].matches(i)) continue;
            if (at >= records->count || strcmp(records->records[at].id, ids[i]) != 0)
                fail_msg("%s: %s is missing", cases[c].where, ids[i]);
            at++;
        }
        assert_int_equal(records->count, at);
        kith_records_free(records);
        assert_ok(kith_count(handle(state), "c", &s, &counted, &err));
        assert_int_equal(counted, at);
    }
}

/* The same filters beside ids, where each point is tested by itself. */
static void a_selection_by_ids_is_tested_by_the_same_rules(void **state)
{
    kith_error err = {0};
    enum { WANTED = 300 };
    const char *wanted[WANTED + 1] = {"absent"};
    for (int i = 0; i < WANTED; i++)
        wanted[i + 1] = ids[i];
    for (size_t c = 0; c < CASES; c++) {
        kith_records *records = NULL;
        const kith_selection s = {.ids = wanted, .id_count = WANTED + 1, .where = cases[c].where};
        assert_ok(kith_get(handle(state), "c", &s, &records, &err));
        size_t at = 0;
        for (int i = 0; i < WANTED; i++)
            if (cases[c].matches(i)) assert_string_equal(records->records[at++].id, ids[i]);
        assert_int_equal(records->count, at);
        kith_records_free(records);
    }
}

static int number_of(const char *id)
{
    int number = 0;
    for (const char *digit = id + 1; *digit; digit++)
        number = number * 10 + (*digit - '0');
    return number;
}

static double distance(int i, const float *to)
{
    double sum = 0;
    for (int d = 0; d < DIMENSION; d++)
        sum += ((double)vectors[i][d] - (double)to[d]) * ((double)vectors[i][d] - (double)to[d]);
    return sum;
}

/* Each search finds the nearest of those that match, by brute force. */
static void hits_are_the_nearest_of_those_that_match(void **state)
{
    kith_error err = {0};
    const float query[DIMENSION] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t c = 0; c < CASES; c++) {
        kith_hits *hits = NULL;
        const kith_query q = {.vector = query,
                              .dimension = DIMENSION,
                              .k = 10,
                              .exact = true,
                              .where = cases[c].where};
        assert_ok(kith_search(handle(state), "c", &q, &hits, &err));
        uint32_t matching = count_matching(c);
        assert_int_equal(hits->count, matching < 10 ? matching : 10);
        assert_int_equal(hits->matching, matching);
        double last = 0;
        for (size_t h = 0; h < hits->count; h++) {
            int i = number_of(hits->hits[h].id);
            if (!cases[c].matches(i)) fail_msg("%s finds %s", cases[c].where, ids[i]);
            assert_near((double)hits->hits[h].distance, distance(i, query), 1e-3 * last + 1);
            last = distance(i, query);
        }
        uint32_t nearer = 0;
        for (int i = 0; i < POINTS; i++)
            nearer += cases[c].matches(i) && distance(i, query) < last - 1;
        if (hits->count) assert_true(nearer < hits->count);
        kith_hits_free(hits);
    }
}

/* Points of one distance come in the order of their first writing, also those that were changed, and
 * not those that were deleted and put again. */
static void ties_come_in_the_order_of_writing(void **state)
{
    enum { TIES = 40 };
    kith_error err = {0};
    kith *k = handle(state);
    kith_hits *hits = NULL;
    const float far[DIMENSION] = {9000, 9000}, moved[DIMENSION] = {1};
    char names[TIES][8];
    for (int i = 0; i < TIES; i++) {
        (void)snprintf(names[i], sizeof names[i], "t%d", i);
        const kith_point p = {
            .id = names[i], .vector = i == 7 ? moved : far, .dimension = DIMENSION};
        assert_ok(kith_put(k, "c", KITH_ADD, &p, 1, &err));
    }
    const kith_point changed[] = {{.id = "t9", .content = "changed"},
                                  {.id = "t7", .vector = far, .dimension = DIMENSION}};
    assert_ok(kith_put(k, "c", KITH_UPDATE, changed, 2, &err));
    const char *const again = "t3";
    assert_ok(kith_delete(k, "c", &(kith_selection){.ids = &again, .id_count = 1}, NULL, &err));
    const kith_point put_again = {.id = "t3", .vector = far, .dimension = DIMENSION};
    assert_ok(kith_put(k, "c", KITH_ADD, &put_again, 1, &err));
    const kith_query q = {.vector = far, .dimension = DIMENSION, .k = TIES};
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    assert_int_equal(hits->count, TIES);
    for (int i = 0; i < TIES; i++) {
        int expected = i < 3 ? i : i == TIES - 1 ? 3 : i + 1;
        assert_string_equal(hits->hits[i].id, names[expected]);
        assert_int_equal(hits->hits[i].meaning_rank, i + 1);
        assert_near((double)hits->hits[i].distance, 0, 0);
    }
    kith_hits_free(hits);
}

static void hits_have_the_parts_that_are_wanted(void **state)
{
    kith_error err = {0};
    kith *k = handle(state);
    const float query[DIMENSION] = {1, 2, 3};
    for (int parts = 0; parts < 8; parts++) {
        kith_hits *hits = NULL;
        const kith_query q = {.vector = query,
                              .dimension = DIMENSION,
                              .where = "{\"#document\":{\"$contains\":\"odd\"}}",
                              .with_vectors = parts & 1,
                              .without_content = parts & 2,
                              .without_metadata = parts & 4};
        assert_ok(kith_search(k, "c", &q, &hits, &err));
        assert_int_equal(hits->count, 10);
        assert_int_equal(hits->dimension, parts & 1 ? DIMENSION : 0);
        assert_int_equal(hits->vectors != NULL, parts & 1);
        for (size_t h = 0; h < hits->count; h++) {
            const kith_hit *hit = &hits->hits[h];
            assert_int_equal(hit->content == NULL, (parts & 2) != 0);
            assert_int_equal(hit->metadata == NULL, (parts & 4) != 0);
            if (parts & 1)
                assert_memory_equal(hits->vectors[h], vectors[number_of(hit->id)],
                                    sizeof vectors[0]);
        }
        kith_hits_free(hits);
    }
    kith_hits *hits = NULL; // by words, where no vector says how long they are
    const kith_query words = {.text = "odd", .ranking = KITH_RANK_WORDS, .with_vectors = true};
    assert_ok(kith_search(k, "c", &words, &hits, &err));
    assert_int_equal(hits->dimension, DIMENSION);
    assert_memory_equal(hits->vectors[0], vectors[number_of(hits->hits[0].id)], sizeof vectors[0]);
    kith_hits_free(hits);
}

/* By words, and by both: the filter holds there too. */
static void words_are_searched_within_the_filter(void **state)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    const kith_query q = {.text = "number odd",
                          .k = 20,
                          .ranking = KITH_RANK_WORDS,
                          .where = "{\"#document\":{\"$contains\":\"11 is\"}}"};
    assert_ok(kith_search(handle(state), "c", &q, &hits, &err));
    assert_true(hits->count > 0);
    for (size_t h = 0; h < hits->count; h++)
        assert_non_null(strstr(hits->hits[h].content, "11 is"));
    kith_hits_free(hits);
}

static void pages_by_cursor_give_each_match_once(void **state)
{
    kith_error err = {0};
    char cursor[256] = "";
    uint32_t seen = 0;
    for (int page = 0; page < 100; page++) {
        kith_records *records = NULL;
        const kith_selection s = {
            .where = cases[1].where, .limit = 100, .cursor = page ? cursor : NULL};
        assert_ok(kith_get(handle(state), "c", &s, &records, &err));
        seen += (uint32_t)records->count;
        bool is_last = records->next == NULL;
        if (!is_last) (void)snprintf(cursor, sizeof cursor, "%s", records->next);
        kith_records_free(records);
        if (is_last) break;
    }
    assert_int_equal(seen, count_matching(1));
}

static void a_deletion_takes_those_that_match(void **state)
{
    kith_error err = {0};
    uint64_t left = 0;
    size_t deleted = 0;
    kith *k = handle(state);
    const kith_selection even = {.where = cases[1].where}, named = {.where = cases[13].where};
    assert_ok(kith_delete(k, "c", &even, &deleted, &err));
    assert_int_equal(deleted, count_matching(1));
    assert_ok(kith_count(k, "c", NULL, &left, &err));
    assert_int_equal(left, POINTS - count_matching(1));
    assert_ok(kith_delete(k, "c", &named, &deleted, &err));
    assert_int_equal(deleted, 3); // p5, p2599 and p13, which has no text
    assert_ok(kith_count(k, "c", &even, &left, &err));
    assert_int_equal(left, 0);
}

/* A point's text is tested as it is now, its id wherever its row lies. */
static void changed_points_match_by_what_they_are_now(void **state)
{
    kith_error err = {0};
    uint64_t count = 0;
    kith *k = handle(state);
    const kith_point change = {.id = "p5", .content = "something else"};
    const kith_selection changed = {.where = "{\"#document\":{\"$contains\":\"something\"}}"};
    const kith_selection both = {
        .where = "{\"#document\":{\"$contains\":\"something\"},\"#id\":{\"$in\":[\"p4\",\"p5\"]}}"};
    assert_ok(kith_put(k, "c", KITH_UPDATE, &change, 1, &err));
    assert_ok(kith_count(k, "c", &changed, &count, &err));
    assert_int_equal(count, 1);
    assert_ok(kith_count(k, "c", &both, &count, &err));
    assert_int_equal(count, 1);
}

static void all_ids_of_a_collection_fit_into_one_filter(void **state)
{
    kith_error err = {0};
    uint64_t count = 0;
    buffer where;
    buffer_init(&where, MAX_BYTES);
    buffer_append_text(&where, "{\"#id\":{\"$in\":[");
    for (int i = 0; i < POINTS; i++)
        buffer_printf(&where, "%s\"%s\"", i ? "," : "", ids[i]);
    buffer_append_text(&where, "]}}");
    const kith_selection s = {.where = buffer_text(&where)};
    assert_ok(kith_count(handle(state), "c", &s, &count, &err));
    assert_int_equal(count, POINTS);
    buffer_done(&where);
}

static void check_refused(kith *k, const char *where, const char *message)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_status(KITH_ERR_INVALID,
                  kith_get(k, "c", &(kith_selection){.where = where}, &records, &err));
    if (!strstr(err.message, message)) fail_msg("%s: %s", where, err.message);
}

static void what_is_no_condition_is_refused_by_name(void **state)
{
    kith *k = handle(state);
    check_refused(k, "{\"#document\":\"x\"}", "#document has no operator $eq");
    check_refused(k, "{\"#document\":{\"$in\":[\"x\"]}}", "#document has no operator $in");
    check_refused(k, "{\"#document\":{\"$contains\":1}}", "$contains on #document takes a string");
    check_refused(k, "{\"#document\":{\"$regex\":[\"x\"]}}", "#document");
    check_refused(k, "{\"#document\":{\"$regex\":\"(\"}}", "missing )");
    check_refused(k, "{\"#id\":{\"$contains\":\"p\"}}", "#id has no operator $contains");
    check_refused(k, "{\"#id\":{\"$gt\":\"p\"}}", "$gt");
    check_refused(k, "{\"#id\":{\"$in\":[\"a\",1]}}", "$in on #id takes strings");
    check_refused(k, "{\"n\":{\"$regex\":\"x\"}}", "$regex is for #document, not for 'n'");
    check_refused(k, "{\"#ids\":{\"$in\":[\"a\"]}}", "no point of 'c' has the field '#ids'");
}

static void patterns_are_bounded_in_number_and_length(void **state)
{
    kith *k = handle(state);
    buffer where;
    buffer_init(&where, MAX_BYTES);
    for (int more = 0; more < 2; more++) {
        uint64_t count = 0;
        kith_error err = {0};
        buffer_reset(&where);
        buffer_append_text(&where, "{\"$and\":[{\"n\":77}");
        for (int i = 0; i < KITH_FILTER_MAX_PATTERNS + more; i++)
            buffer_append_text(&where, ",{\"#document\":{\"$regex\":\"x\"}}");
        buffer_append_text(&where, "]}");
        if (more)
            check_refused(k, buffer_text(&where), "more than 16 regular expressions");
        else
            assert_ok(
                kith_count(k, "c", &(kith_selection){.where = buffer_text(&where)}, &count, &err));
        buffer_reset(&where);
        buffer_append_text(&where, "{\"n\":77,\"#document\":{\"$regex\":\"");
        for (int i = 0; i < KITH_FILTER_MAX_PATTERN_BYTES + more; i++)
            buffer_append_byte(&where, 'x');
        buffer_append_text(&where, "\"}}");
        if (more)
            check_refused(k, buffer_text(&where), "4097 bytes");
        else
            assert_ok(
                kith_count(k, "c", &(kith_selection){.where = buffer_text(&where)}, &count, &err));
    }
    check_refused(k, "{\"#document\":{\"$regex\":\"(\\\\pL{500}){2}\"}}", "pattern too large");
    buffer_done(&where);
}

typedef struct patience {
    int asked, left;
} patience;

static int ask(void *context)
{
    patience *p = context;
    return ++p->asked > p->left;
}

/* Wherever it is interrupted, the call says so, and a deletion has deleted nothing. */
static void a_call_ends_while_texts_are_read(void **state)
{
    kith_error err = {0};
    kith *k = handle(state);
    uint64_t count = 0;
    const float query[DIMENSION] = {1};
    for (int left = 3; left < 40; left += 6) {
        patience p[4] = {{.left = left}, {.left = left}, {.left = left}, {.left = left}};
        kith_call calls[4];
        kith_records *records = NULL;
        kith_hits *hits = NULL;
        for (int i = 0; i < 4; i++)
            calls[i] = (kith_call){.is_cancelled = ask, .context = &p[i]};
        kith_selection s = {.where = cases[1].where, .call = &calls[0]};
        assert_status(KITH_ERR_CANCELLED, kith_get(k, "c", &s, &records, &err));
        s.call = &calls[1];
        assert_status(KITH_ERR_CANCELLED, kith_count(k, "c", &s, &count, &err));
        s.call = &calls[2];
        assert_status(KITH_ERR_CANCELLED, kith_delete(k, "c", &s, NULL, &err));
        const kith_query q = {
            .vector = query, .dimension = DIMENSION, .where = cases[1].where, .call = &calls[3]};
        assert_status(KITH_ERR_CANCELLED, kith_search(k, "c", &q, &hits, &err));
    }
    assert_ok(kith_count(k, "c", NULL, &count, &err));
    assert_int_equal(count, POINTS);
}

#define with_points(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_points(records_are_those_that_match_in_the_order_of_writing),
        with_points(a_selection_by_ids_is_tested_by_the_same_rules),
        with_points(hits_are_the_nearest_of_those_that_match),
        with_points(ties_come_in_the_order_of_writing),
        with_points(hits_have_the_parts_that_are_wanted),
        with_points(words_are_searched_within_the_filter),
        with_points(pages_by_cursor_give_each_match_once),
        with_points(a_deletion_takes_those_that_match),
        with_points(changed_points_match_by_what_they_are_now),
        with_points(all_ids_of_a_collection_fit_into_one_filter),
        with_points(what_is_no_condition_is_refused_by_name),
        with_points(patterns_are_bounded_in_number_and_length),
        with_points(a_call_ends_while_texts_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
