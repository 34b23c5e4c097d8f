/* The filter language as kith.h describes it: every example and every rule of its head comment, asked
 * through kith_get. */
#include "test.h"

#include "base/buffer.h"
#include "scratch.h"

#include <kith/kith.h>

/* Points "0".."5". */
static const char *const metadata[] = {
    "{\"country\":\"France\",\"year\":2024,\"draft\":true}",
    "{\"country\":\"France\",\"year\":2019,\"starred\":true}",
    "{\"country\":\"Italy\",\"year\":2023.5}",
    "{\"country\":\"Spain\",\"year\":\"2024\",\"draft\":false}",
    "{\"year\":2024.0,\"starred\":false,\"a.b\":1}",
    "{\"country\":\"france\",\"year\":true,\"none\":null}",
};

enum { POINTS = sizeof metadata / sizeof metadata[0] };

static kith *open_with_points(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    static const char *const ids[] = {"0", "1", "2", "3", "4", "5"};
    const float v[] = {1, 0};
    kith_point points[POINTS];
    for (int i = 0; i < POINTS; i++)
        points[i] =
            (kith_point){.id = ids[i], .metadata = metadata[i], .vector = v, .dimension = 2};
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    assert_ok(kith_collection_create(k, "empty", NULL, &err));
    assert_ok(kith_put(k, "c", KITH_ADD, points, POINTS, &err));
    return k;
}

static void check_matches(kith *k, const char *where, const char *ids)
{
    kith_error err = {0};
    kith_records *records = NULL;
    char got[POINTS + 1] = "";
    assert_ok(kith_get(k, "c", &(kith_selection){.where = where}, &records, &err));
    for (size_t i = 0; i < records->count; i++)
        got[i] = records->records[i].id[0];
    if (strcmp(got, ids) != 0) fail_msg("%s matches '%s', not '%s'", where, got, ids);
    kith_records_free(records);
}

static void check_refused(kith *k, const char *where, kith_status expected)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_status(expected, kith_get(k, "c", &(kith_selection){.where = where}, &records, &err));
    assert_null(records);
}

static void the_examples_match_what_is_written_beside_them(void **state)
{
    kith *k = open_with_points(state);
    kith_error err = {0};
    check_matches(k, "{\"country\": \"France\"}", "01");
    check_matches(k, "{\"year\": {\"$gte\": 2020, \"$lt\": 2024}}", "2");
    check_matches(k, "{\"country\": {\"$in\": [\"France\", \"Italy\"]}}", "012");
    check_matches(k, "{\"draft\": {\"$ne\": true}}", "12345");
    check_matches(k, "{\"country\": \"France\", \"year\": 2024}", "0");
    check_matches(k, "{\"$or\": [{\"year\": 2024}, {\"starred\": true}]}", "014");
    check_matches(k,
                  "{\"$and\": [{\"country\": \"France\"}, {\"$or\": [{\"draft\": true}, "
                  "{\"starred\": false}]}]}",
                  "0");
    assert_ok(kith_close(k, &err));
}

static void each_operator_does_what_its_line_says(void **state)
{
    kith *k = open_with_points(state);
    kith_error err = {0};
    check_matches(k, "{\"country\": {\"$eq\": \"Italy\"}}", "2");
    check_matches(k, "{\"country\": {\"$nin\": [\"France\", \"Italy\"]}}", "345");
    check_matches(k, "{\"year\": {\"$gt\": 2023.5}}", "04");
    check_matches(k, "{\"year\": {\"$gte\": 2023.5}}", "024");
    check_matches(k, "{\"year\": {\"$lt\": 2023.5}}", "1");
    check_matches(k, "{\"year\": {\"$lte\": 2023.5}}", "12");
    check_matches(k, "{\"$and\": []}", "012345");
    check_matches(k, "{\"$or\": []}", "");
    assert_ok(kith_close(k, &err));
}

static void kinds_paths_and_absent_fields_are_as_described(void **state)
{
    kith *k = open_with_points(state);
    kith_error err = {0};
    check_matches(k, "{\"year\": 2024}", "04"); // 1 equals 1.0
    check_matches(k, "{\"year\": \"2024\"}", "3");
    check_matches(k, "{\"year\": true}", "5");
    check_matches(k, "{\"year\": {\"$ne\": 2024}}", "1235");
    check_matches(k, "{\"country\": {\"$ne\": \"France\"}}", "2345"); // 4 has no country
    check_matches(k, "{\"a.b\": 1}", "4");                            // a name, no path
    check_refused(k, "{\"none\": 1}", KITH_ERR_INVALID);              // a null field is left out
    assert_ok(kith_close(k, &err));
}

static void a_list_is_found_by_what_it_contains(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    static const char *const lists[] = {"{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[2020,2021.5]}",
                                        "{\"tags\":[true]}", "{\"tags\":\"a\"}", "{\"other\":1}"};
    static const char *const ids[] = {"0", "1", "2", "3", "4"};
    const float v[] = {1, 0};
    kith_point points[5];
    for (int i = 0; i < 5; i++)
        points[i] = (kith_point){.id = ids[i], .metadata = lists[i], .vector = v, .dimension = 2};
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    assert_ok(kith_put(k, "c", KITH_ADD, points, 5, &err));
    check_matches(k, "{\"tags\": {\"$contains\": \"a\"}}", "0");
    check_matches(k, "{\"tags\": {\"$contains\": 2021.5}}", "1");
    check_matches(k, "{\"tags\": {\"$contains\": 2020.0}}", "1");
    check_matches(k, "{\"tags\": {\"$contains\": true}}", "2");
    check_matches(k, "{\"tags\": {\"$contains\": \"\"}}", "");
    check_matches(k, "{\"tags\": {\"$not_contains\": \"a\"}}", "1234");
    check_matches(k, "{\"tags\": \"a\"}", "03");
    check_matches(k, "{\"tags\": {\"$ne\": \"a\"}}", "124");
    check_matches(k, "{\"tags\": {\"$in\": [\"a\", 2020, true]}}", "0123");
    check_matches(k, "{\"$strict\": {\"tags\": \"a\"}}", "3");
    check_matches(k, "{\"$strict\": {\"tags\": {\"$ne\": \"a\"}}}", "0124");
    check_matches(k, "{\"$strict\": {\"tags\": {\"$in\": [\"a\", 2020, true]}}}", "3");
    check_matches(k, "{\"tags\": {\"$gte\": 0}}", "");
    check_refused(k, "{\"tags\": {\"$contains\": [\"a\"]}}", KITH_ERR_INVALID);
    check_refused(k, "{\"tags\": {\"$contains\": null}}", KITH_ERR_INVALID);
    check_refused(k, "{\"tgas\": {\"$contains\": \"a\"}}", KITH_ERR_INVALID);
    assert_ok(kith_close(k, &err));
}

static void what_is_wrong_has_the_status_that_is_written(void **state)
{
    kith *k = open_with_points(state);
    kith_error err = {0};
    kith_records *records = NULL;
    check_refused(k, "{\"year\"", KITH_ERR_FORMAT);
    check_refused(k, "{\"year\": 1, \"year\": 2}", KITH_ERR_FORMAT);
    check_refused(k, "{}", KITH_ERR_INVALID);
    check_refused(k, "{\"year\": null}", KITH_ERR_INVALID);
    check_refused(k, "{\"year\": [2024]}", KITH_ERR_INVALID);
    check_refused(k, "{\"year\": {\"$gt\": \"x\"}}", KITH_ERR_INVALID);
    check_refused(k, "{\"$year\": 1}", KITH_ERR_INVALID);
    check_refused(k, "{\"\": 1}", KITH_ERR_INVALID);
    check_refused(k, "{\"yaer\": 1}", KITH_ERR_INVALID);
    assert_ok(kith_get(k, "empty", &(kith_selection){.where = "{\"yaer\": 1}"}, &records, &err));
    assert_int_equal(records->count, 0);
    kith_records_free(records);
    assert_ok(kith_close(k, &err));
}

/* `levels` filters within each other: a condition within $or within $or. */
static void append_nested(buffer *out, int levels)
{
    buffer_reset(out);
    for (int i = 1; i < levels; i++)
        buffer_append_text(out, "{\"$or\":[");
    buffer_append_text(out, "{\"year\":2019}");
    for (int i = 1; i < levels; i++)
        buffer_append_text(out, "]}");
}

/* An $or of `conditions` on the year. */
static void append_alternatives(buffer *out, int conditions)
{
    buffer_reset(out);
    buffer_append_text(out, "{\"$or\":[{\"year\":2019}");
    for (int i = 1; i < conditions; i++)
        buffer_append_text(out, ",{\"year\":2019}");
    buffer_append_text(out, "]}");
}

static void the_limits_are_those_that_are_written(void **state)
{
    kith *k = open_with_points(state);
    kith_error err = {0};
    buffer json;
    buffer_init(&json, 1 << 20);
    append_nested(&json, 30);
    check_matches(k, buffer_text(&json), "1");
    append_nested(&json, 31);
    check_refused(k, buffer_text(&json), KITH_ERR_INVALID);
    append_alternatives(&json, 1023); // with the $or: 1,024
    check_matches(k, buffer_text(&json), "1");
    append_alternatives(&json, 1024);
    check_refused(k, buffer_text(&json), KITH_ERR_INVALID);
    buffer_done(&json);
    assert_ok(kith_close(k, &err));
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(the_examples_match_what_is_written_beside_them),
        with_directory(each_operator_does_what_its_line_says),
        with_directory(kinds_paths_and_absent_fields_are_as_described),
        with_directory(a_list_is_found_by_what_it_contains),
        with_directory(what_is_wrong_has_the_status_that_is_written),
        with_directory(the_limits_are_those_that_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
