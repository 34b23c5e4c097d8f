/* What a write does where an id is taken, missing or repeated, and merged metadata. The oracle is
 * what each case says by hand; the large ones go over the store's group of 64 rows twice. */
#include "test.h"

#include "model_for_test.h"
#include "scratch.h"

#include <kith/kith.h>

enum { MANY = 150 };

static kith *open_empty(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

/* A point whose vector is [1, number], or that has none (number 0). */
typedef struct row {
    const char *id, *content, *metadata;
    int number;
} row;

static kith_status put(kith *k, const kith_put_options *options, const row *rows, size_t count,
                       kith_error *err)
{
    float vectors[2 * MANY][2];
    kith_point points[2 * MANY];
    for (size_t i = 0; i < count; i++) {
        vectors[i][0] = 1;
        vectors[i][1] = (float)rows[i].number;
        points[i] = (kith_point){.id = rows[i].id,
                                 .content = rows[i].content,
                                 .metadata = rows[i].metadata,
                                 .vector = rows[i].number ? vectors[i] : NULL,
                                 .dimension = rows[i].number ? 2 : 0};
    }
    return kith_put_with(k, "c", options, points, count, err);
}

/* The collection holds exactly these points, in this order. */
static void check_rows(kith *k, const row *rows, size_t count)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_ok(kith_get(k, "c", &(kith_selection){.with_vectors = true}, &records, &err));
    assert_int_equal(records->count, count);
    for (size_t i = 0; i < count; i++) {
        const kith_record *r = &records->records[i];
        assert_string_equal(r->id, rows[i].id);
        assert_string_equal(r->metadata, rows[i].metadata ? rows[i].metadata : "{}");
        assert_int_equal(r->content == NULL, rows[i].content == NULL);
        if (r->content) assert_string_equal(r->content, rows[i].content);
        assert_near((double)r->vector[1], rows[i].number, 0);
    }
    kith_records_free(records);
    uint64_t counted = 0;
    assert_ok(kith_count(k, "c", NULL, &counted, &err));
    assert_int_equal(counted, count);
}

/* What a search by the vector [1, number] finds first is this point. */
static void check_nearest(kith *k, int number, const char *id)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    const float vector[] = {1, (float)number};
    const kith_query q = {.vector = vector, .dimension = 2, .k = 1};
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    assert_string_equal(hits->hits[0].id, id);
    kith_hits_free(hits);
}

static const kith_put_options keeping = {.mode = KITH_ADD, .keep_existing = true};
static const kith_put_options passing = {.mode = KITH_UPDATE, .pass_missing = true};
static const kith_put_options merging = {.mode = KITH_UPSERT, .merge = true};

static void an_added_point_keeps_the_one_that_there_is(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row first[] = {{"a", "one", "{\"n\":1}", 1}, {"b", NULL, NULL, 2}};
    const row second[] = {{"b", "other", "{\"n\":9}", 9}, {"c", NULL, NULL, 3}};
    const row all[] = {first[0], first[1], second[1]};
    assert_ok(put(k, &keeping, first, 2, &err));
    assert_ok(put(k, &keeping, second, 2, &err));
    check_rows(k, all, 3);
    check_nearest(k, 9, "c");
    uint64_t passed_over = 0; // the index, too, knows nothing of what was not put
    const kith_selection of_it = {.where = "{\"n\":9}", .allow_unknown_fields = true};
    assert_ok(kith_count(k, "c", &of_it, &passed_over, &err));
    assert_int_equal(passed_over, 0);
    assert_ok(put(k, &keeping, second, 2, &err)); // nothing is new
    check_rows(k, all, 3);
    assert_status(KITH_ERR_EXISTS, put(k, NULL, second, 2, &err));
    close_database(k);
}

static void of_points_of_one_id_the_first_is_added(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row rows[] = {{"a", NULL, NULL, 1}, {"b", NULL, NULL, 2}, {"a", NULL, NULL, 3}};
    assert_status(KITH_ERR_INVALID, put(k, NULL, rows, 3, &err));
    assert_ok(put(k, &keeping, rows, 3, &err));
    check_rows(k, rows, 2);
    close_database(k);
}

/* Every third id exists, and the whole batch comes twice in itself. */
static void a_large_batch_is_kept_from_changing_what_there_is(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    static char ids[MANY][8];
    static row rows[2 * MANY], old[MANY], expected[MANY];
    size_t count = 0;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "p%d", i);
        rows[i] = (row){ids[i], "new", NULL, i + 1};
        rows[MANY + i] = (row){ids[i], "again", NULL, i + 1000};
        if (i % 3 == 0)
            expected[count] = old[count] = (row){ids[i], "old", NULL, i + 2000}, count++;
    }
    assert_ok(put(k, NULL, old, count, &err));
    assert_ok(put(k, &keeping, rows, (size_t)2 * MANY, &err));
    for (int i = 0; i < MANY; i++)
        if (i % 3 != 0) expected[count++] = rows[i];
    check_rows(k, expected, MANY);
    close_database(k);
}

static void an_update_passes_over_what_is_missing(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row missing[] = {{"x", "text", NULL, 5}};
    assert_ok(put(k, &passing, missing, 1, &err)); // in a collection that has no dimension yet
    check_rows(k, NULL, 0);
    const row rows[] = {{"a", "one", NULL, 1}, {"b", "two", "{\"n\":2}", 2}};
    assert_ok(put(k, NULL, rows, 2, &err));
    const row changes[] = {{"x", NULL, NULL, 7}, {"b", "three", NULL, 0}, {"y", NULL, "{}", 0}};
    const row after[] = {rows[0], {"b", "three", "{\"n\":2}", 2}};
    assert_status(KITH_ERR_NOT_FOUND,
                  put(k, &(kith_put_options){.mode = KITH_UPDATE}, changes, 3, &err));
    assert_non_null(strstr(err.message, "'x' does not exist"));
    check_rows(k, rows, 2);
    assert_ok(put(k, &passing, changes, 3, &err));
    check_rows(k, after, 2);
    // What is passed over is checked all the same.
    const row bad[] = {{"x", NULL, "[]", 0}};
    assert_status(KITH_ERR_INVALID, put(k, &passing, bad, 1, &err));
    close_database(k);
}

static void repeated_ids_are_applied_in_order(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row rows[] = {{"a", "one", "{\"n\":1}", 1},
                        {"b", NULL, NULL, 2},
                        {"a", "two", NULL, 3},
                        {"a", NULL, "{\"m\":1}", 4}};
    kith_put_options o = {.mode = KITH_UPSERT};
    assert_status(KITH_ERR_INVALID, put(k, &o, rows, 4, &err));
    assert_non_null(strstr(err.message, "'a' comes twice"));
    check_rows(k, NULL, 0);
    o.allow_repeated = true;
    assert_ok(put(k, &o, rows, 4, &err)); // each replaces the one before as a whole
    const row replaced[] = {{"a", NULL, "{\"m\":1}", 4}, {"b", NULL, NULL, 2}};
    check_rows(k, replaced, 2);
    check_nearest(k, 4, "a");
    o.mode = KITH_UPDATE;
    const row changes[] = {{"b", "x", NULL, 0}, {"b", NULL, "{\"k\":1}", 0}, {"b", "y", NULL, 7}};
    assert_ok(put(k, &o, changes, 3, &err));
    const row changed[] = {replaced[0], {"b", "y", "{\"k\":1}", 7}};
    check_rows(k, changed, 2);
    o = (kith_put_options){.mode = KITH_UPSERT, .allow_repeated = true, .merge = true};
    const row merged[] = {{"n", NULL, "{\"a\":1,\"b\":2}", 8}, {"n", "t", "{\"a\":null}", 0}};
    assert_ok(put(k, &o, merged, 2, &err));
    const row all[] = {changed[0], changed[1], {"n", "t", "{\"b\":2}", 8}};
    check_rows(k, all, 3);
    close_database(k);
}

static void a_large_batch_may_repeat_every_id(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    static char ids[MANY][8];
    static row rows[2 * MANY];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "p%d", i);
        rows[i] = (row){ids[i], "first", NULL, i + 1};
        rows[MANY + i] = (row){ids[i], "last", NULL, i + 1000};
    }
    const kith_put_options o = {.mode = KITH_UPSERT, .allow_repeated = true};
    assert_ok(put(k, &o, rows, (size_t)2 * MANY, &err));
    check_rows(k, rows + MANY, MANY);
    close_database(k);
}

static void metadata_is_merged_field_by_field(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row first[] = {{"a", "text", "{\"n\":1,\"s\":\"x\",\"l\":[1,2],\"d\":1.0}", 1}};
    assert_ok(put(k, &merging, first, 1, &err));
    static const struct {
        const char *changes, *after;
    } steps[] = {
        {NULL, "{\"n\":1,\"s\":\"x\",\"l\":[1,2],\"d\":1.0}"},
        {"{}", "{\"n\":1,\"s\":\"x\",\"l\":[1,2],\"d\":1.0}"},
        {"{\"new\":true}", "{\"n\":1,\"s\":\"x\",\"l\":[1,2],\"d\":1.0,\"new\":true}"},
        {"{ \"s\" : null , \"absent\" : null }", "{\"n\":1,\"l\":[1,2],\"d\":1.0,\"new\":true}"},
        {"{\"n\":[\"a\"],\"l\":\"scalar\"}",
         "{\"n\":[\"a\"],\"l\":\"scalar\",\"d\":1.0,\"new\":true}"},
        {"{\"l\":[],\"d\":2}", "{\"n\":[\"a\"],\"d\":2,\"new\":true}"},
        {"{\"n\":null,\"d\":null,\"new\":null}", "{}"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        kith_put_options o = {.mode = i % 2 ? KITH_UPDATE : KITH_UPSERT, .merge = true};
        const row change[] = {{"a", NULL, steps[i].changes, 0}};
        const row after[] = {{"a", "text", steps[i].after, 1}};
        assert_ok(put(k, &o, change, 1, &err));
        check_rows(k, after, 1);
    }
    close_database(k);
}

static void a_new_point_leaves_null_fields_out(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row rows[] = {{"a", NULL, "{\"x\":null,\"y\":1,\"z\":[]}", 1}, {"b", NULL, NULL, 2}};
    const row after[] = {{"a", NULL, "{\"y\":1}", 1}, {"b", NULL, NULL, 2}};
    assert_ok(put(k, &merging, rows, 2, &err));
    check_rows(k, after, 2);
    close_database(k);
}

/* Upserts merge into a point and are refused, all of them, when a new one has nothing to be found
 * by. */
static void a_merged_upsert_leaves_what_is_not_given(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row first[] = {{"a", "text", "{\"n\":1}", 1}};
    assert_ok(put(k, &merging, first, 1, &err));
    const row changes[] = {{"a", NULL, NULL, 5}, {"b", NULL, NULL, 2}};
    assert_ok(put(k, &merging, changes, 2, &err));
    const row after[] = {{"a", "text", "{\"n\":1}", 5}, {"b", NULL, NULL, 2}};
    check_rows(k, after, 2);
    check_nearest(k, 5, "a");
    const row text[] = {{"a", "other", NULL, 0}}; // the vectors are the caller's: it stays
    const row with_text[] = {{"a", "other", "{\"n\":1}", 5}, after[1]};
    assert_ok(put(k, &merging, text, 1, &err));
    check_rows(k, with_text, 2);
    const row bare[] = {{"a", "third", NULL, 0}, {"z", NULL, "{\"n\":1}", 0}};
    assert_status(KITH_ERR_INVALID, put(k, &merging, bare, 2, &err));
    assert_non_null(strstr(err.message, "'z' has no vector"));
    const row texts[] = {{"z", "text alone", NULL, 0}};
    assert_status(KITH_ERR_INVALID, put(k, &merging, texts, 1, &err));
    assert_non_null(strstr(err.message, "'z' has no vector"));
    check_rows(k, with_text, 2);
    close_database(k);
}

/* {"f0":0,...}: fields from..to - 1. */
static char *fields_text(int from, int to, const char *value)
{
    size_t room = (size_t)(to - from) * 16 + 3, used = 1;
    char *text = malloc(room);
    assert_non_null(text);
    text[0] = '{';
    for (int i = from; i < to; i++)
        used += (size_t)snprintf(text + used, room - used, "\"f%d\":%s%s", i, value,
                                 i + 1 < to ? "," : "");
    (void)snprintf(text + used, room - used, "}");
    return text;
}

static void merged_metadata_has_the_limits_of_metadata(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    char *most = fields_text(0, 256, "1"), *none = fields_text(0, 256, "null");
    char *others = fields_text(256, 512, "2");
    const row first[] = {{"a", NULL, most, 1}};
    assert_ok(put(k, &merging, first, 1, &err));
    const row one_more[] = {{"b", NULL, NULL, 2}, {"a", NULL, "{\"more\":1}", 0}};
    assert_status(KITH_ERR_LIMIT, put(k, &merging, one_more, 2, &err));
    assert_non_null(strstr(err.message, "'a'"));
    check_rows(k, first, 1); // b was not added either
    const row other[] = {{"a", NULL, "{\"more\":1,\"f7\":null}", 0}};
    assert_ok(put(k, &merging, other, 1, &err)); // as many go as come
    const row emptied[] = {{"a", NULL, none, 0}};
    assert_ok(put(k, &merging, emptied, 1, &err));
    const row rest[] = {{"a", NULL, "{\"more\":1}", 1}};
    check_rows(k, rest, 1);
    const row too_many[] = {{"a", NULL, others, 0}};
    assert_status(KITH_ERR_LIMIT, put(k, &merging, too_many, 1, &err));
    size_t half = 40 * 1024;
    char *long_text = malloc(half + 32);
    assert_non_null(long_text);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(long_text, 8, "{\"%c\":\"", 'x' + i);
        memset(long_text + 6, 'a', half);
        memcpy(long_text + 6 + half, "\"}", 3);
        const row large[] = {{"a", NULL, long_text, 0}};
        assert_status(i ? KITH_ERR_LIMIT : KITH_OK, put(k, &merging, large, 1, &err));
    }
    assert_non_null(strstr(err.message, "bytes as JSON"));
    free(most), free(none), free(others), free(long_text);
    close_database(k);
}

static void changes_that_are_no_metadata_are_refused_by_point(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    static const struct {
        const char *metadata;
        kith_status status;
    } bad[] = {{"[1]", KITH_ERR_INVALID},
               {"{\"a\":{\"b\":1}}", KITH_ERR_INVALID},
               {"{\"a\":[1,\"x\"]}", KITH_ERR_INVALID},
               {"{\"a\":1", KITH_ERR_FORMAT},
               {"{\"a\":1,\"a\":null}", KITH_ERR_FORMAT}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const row rows[] = {{"good", NULL, NULL, 1}, {"bad", NULL, bad[i].metadata, 2}};
        assert_status(bad[i].status, put(k, &merging, rows, 2, &err));
        assert_non_null(strstr(err.message, "'bad'"));
    }
    check_rows(k, NULL, 0);
    close_database(k);
}

static void an_option_is_refused_by_the_modes_that_have_it_not(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    static const struct {
        kith_put_options options;
        const char *message;
    } bad[] = {{{.mode = KITH_UPSERT, .keep_existing = true}, "KITH_UPSERT has no keep_existing"},
               {{.mode = KITH_UPDATE, .keep_existing = true}, "KITH_UPDATE has no keep_existing"},
               {{.mode = KITH_ADD, .pass_missing = true}, "KITH_ADD has no pass_missing"},
               {{.mode = KITH_UPSERT, .pass_missing = true}, "KITH_UPSERT has no pass_missing"},
               {{.mode = KITH_ADD, .allow_repeated = true}, "KITH_ADD has no allow_repeated"},
               {{.mode = KITH_ADD, .merge = true}, "KITH_ADD has no merge"}};
    const row rows[] = {{"a", NULL, NULL, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(KITH_ERR_INVALID, put(k, &bad[i].options, rows, 1, &err));
        assert_non_null(strstr(err.message, bad[i].message));
    }
    check_rows(k, NULL, 0);
    close_database(k);
}

/* What is merged is there after the directory was opened anew. */
static void merged_points_are_found_after_a_reopening(void **state)
{
    kith_error err = {0};
    kith *k = open_empty(state);
    const row first[] = {{"a", "one", "{\"n\":1}", 1}, {"b", "two", "{\"n\":1}", 2}};
    assert_ok(put(k, &merging, first, 2, &err));
    const row change[] = {{"a", NULL, "{\"n\":null,\"m\":2}", 0}};
    assert_ok(put(k, &merging, change, 1, &err));
    for (int opened = 0; opened < 2; opened++) {
        uint64_t n = 0, m = 0;
        assert_ok(kith_count(k, "c", &(kith_selection){.where = "{\"n\":1}"}, &n, &err));
        assert_ok(kith_count(k, "c", &(kith_selection){.where = "{\"m\":2}"}, &m, &err));
        assert_int_equal(n, 1);
        assert_int_equal(m, 1);
        close_database(k);
        k = NULL;
        if (!opened) assert_ok(kith_open(*state, NULL, &k, &err));
    }
}

/* How far the point's vector is from that of the text. */
static double distance_to(kith *k, const char *id, const char *text)
{
    kith_error err = {0};
    kith_hits *hits = NULL;
    const kith_query q = {.text = text, .k = 10, .ranking = KITH_RANK_MEANING};
    double distance = -1;
    assert_ok(kith_search(k, "texts", &q, &hits, &err));
    for (size_t i = 0; i < hits->count; i++)
        if (strcmp(hits->hits[i].id, id) == 0) distance = (double)hits->hits[i].distance;
    kith_hits_free(hits);
    return distance;
}

static void merged_content_is_embedded_where_a_model_is(void **state)
{
    kith_error err = {0};
    kith_embedder *embedder = open_model();
    kith *k = NULL;
    assert_ok(kith_open(*state, &(kith_options){.embedder = embedder}, &k, &err));
    assert_ok(kith_collection_create(k, "texts", NULL, &err));
    const kith_point first[] = {{.id = "a", .content = "trains in Spain"},
                                {.id = "b", .content = "apples and pears"}};
    assert_ok(kith_put_with(k, "texts", &merging, first, 2, &err)); // of a new collection, too
    assert_near(distance_to(k, "a", "trains in Spain"), 0, 1e-5);
    const kith_point changes[] = {{.id = "a", .content = "boats on a lake"},
                                  {.id = "b", .metadata = "{\"n\":1}"},
                                  {.id = "c", .content = "a new one"}};
    assert_ok(kith_put_with(k, "texts", &merging, changes, 3, &err));
    assert_near(distance_to(k, "a", "boats on a lake"), 0, 1e-5);
    assert_near(distance_to(k, "b", "apples and pears"), 0, 1e-5);
    assert_near(distance_to(k, "c", "a new one"), 0, 1e-5);
    close_database(k);
    kith_embedder_free(embedder);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(an_added_point_keeps_the_one_that_there_is),
        with_directory(of_points_of_one_id_the_first_is_added),
        with_directory(a_large_batch_is_kept_from_changing_what_there_is),
        with_directory(an_update_passes_over_what_is_missing),
        with_directory(repeated_ids_are_applied_in_order),
        with_directory(a_large_batch_may_repeat_every_id),
        with_directory(metadata_is_merged_field_by_field),
        with_directory(a_new_point_leaves_null_fields_out),
        with_directory(a_merged_upsert_leaves_what_is_not_given),
        with_directory(merged_metadata_has_the_limits_of_metadata),
        with_directory(changes_that_are_no_metadata_are_refused_by_point),
        with_directory(an_option_is_refused_by_the_modes_that_have_it_not),
        with_directory(merged_points_are_found_after_a_reopening),
        with_directory(merged_content_is_embedded_where_a_model_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
