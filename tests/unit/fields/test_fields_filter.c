/* Filters: what is refused and why, and what matches, against a naive evaluator. */
#include "test.h"

#include "fields/date.h"
#include "fields/filter.h"
#include "filters_for_test.h"

#include <math.h>
#include <time.h>

enum { RECORDS = 60, FILTERS = 4000, MAX_BYTES = 8 << 20 };

static void assert_refused(const char *json, kith_status expected, const char *named)
{
    kith_error err = {0};
    arena a;
    const filter *f = NULL;
    arena_init(&a, 0);
    assert_status(expected, filter_parse(view_of(json), &a, &f, &err));
    if (!strstr(err.message, named))
        fail_msg("'%s' gave '%s', which lacks '%s'", json, err.message, named);
    assert_null(f);
    arena_done(&a);
}

static bool matches(const char *filter_json, const char *metadata_json)
{
    kith_error err = {0};
    arena a;
    const filter *f = NULL;
    arena_init(&a, 0);
    metadata m = {.memory = &a};
    assert_ok(filter_parse(view_of(filter_json), &a, &f, &err));
    assert_ok(metadata_parse(view_of(metadata_json), &m, &err));
    bool result = filter_matches(f, &(filter_point){.fields = &m});
    arena_done(&a);
    return result;
}

static void what_is_no_filter_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused("", KITH_ERR_FORMAT, "filter");
    assert_refused("{", KITH_ERR_FORMAT, "filter");
    assert_refused("{\"a\":1,\"a\":2}", KITH_ERR_FORMAT, "filter");
    assert_refused("[]", KITH_ERR_INVALID, "JSON object");
    assert_refused("7", KITH_ERR_INVALID, "JSON object");
    assert_refused("{}", KITH_ERR_INVALID, "empty filter");
    assert_refused("{\"$and\":[{}]}", KITH_ERR_INVALID, "empty filter");
    assert_refused("{\"$and\":[1]}", KITH_ERR_INVALID, "JSON object");
    assert_refused("{\"$and\":{\"a\":1}}", KITH_ERR_INVALID, "$and takes a list");
    assert_refused("{\"$or\":1}", KITH_ERR_INVALID, "$or takes a list");
    assert_refused("{\"$not\":[{\"a\":1}]}", KITH_ERR_INVALID, "'$not'");
    assert_refused("{\"\":1}", KITH_ERR_INVALID, "empty name");
    assert_refused("{\"a\":null}", KITH_ERR_INVALID, "'a'");
    assert_refused("{\"a\":[1]}", KITH_ERR_INVALID, "'a'");
    assert_refused("{\"a\":{}}", KITH_ERR_INVALID, "no operator on field 'a'");
    assert_refused("{\"a\":{\"b\":1}}", KITH_ERR_INVALID, "unknown operator 'b' on field 'a'");
    assert_refused("{\"a\":{\"$regex\":\"x\"}}", KITH_ERR_INVALID, "$regex is for #document");
    assert_refused("{\"a\":{\"$eq\":[1]}}", KITH_ERR_INVALID, "'a'");
    assert_refused("{\"a\":{\"$eq\":{\"b\":1}}}", KITH_ERR_INVALID, "'a'");
    assert_refused("{\"a\":{\"$in\":1}}", KITH_ERR_INVALID, "$in on field 'a' takes a list");
    assert_refused("{\"a\":{\"$nin\":[]}}", KITH_ERR_INVALID, "$nin on field 'a' takes a list");
    assert_refused("{\"a\":{\"$in\":[[1]]}}", KITH_ERR_INVALID, "'a'");
    assert_refused("{\"a\":{\"$contains\":[\"x\"]}}", KITH_ERR_INVALID, "'a'");
    assert_refused("{\"a\":{\"$not_contains\":null}}", KITH_ERR_INVALID, "'a'");
    assert_refused("{\"$contains\":\"x\"}", KITH_ERR_INVALID, "'$contains'");
    assert_refused("{\"a\":{\"$gt\":\"x\"}}", KITH_ERR_INVALID,
                   "$gt on field 'a' takes a number or a date");
    assert_refused("{\"a\":{\"$lte\":true}}", KITH_ERR_INVALID, "$lte on field 'a' takes a number");
}

/* `open` `times` over, then `middle`, then `close` as often. */
static char *nested(const char *open, const char *middle, const char *close, size_t times)
{
    buffer b;
    buffer_init(&b, 64 << 20);
    for (size_t i = 0; i < times; i++)
        buffer_append_text(&b, open);
    buffer_append_text(&b, middle);
    for (size_t i = 0; i < times; i++)
        buffer_append_text(&b, close);
    assert_non_null(buffer_text(&b));
    return b.data; // freed by the caller
}

static bool day_is(const char *op, const char *bound, const char *value)
{
    char filter_json[160], metadata_json[96];
    (void)snprintf(filter_json, sizeof filter_json, "{\"d\":{\"%s\":\"%s\"}}", op, bound);
    (void)snprintf(metadata_json, sizeof metadata_json, "{\"d\":\"%s\"}", value);
    return matches(filter_json, metadata_json);
}

static void dates_are_ordered_by_the_periods_that_they_name(void **state)
{
    (void)state;
    assert_true(day_is("$gte", "2024-06-01", "2024-11-30"));
    assert_false(day_is("$gte", "2024-06-01", "2024-05-01"));
    assert_true(day_is("$gte", "2024-06-01", "2024-06-01T00:00"));
    assert_false(day_is("$gt", "2024-06-01", "2024-06-01T10:00"));
    assert_true(day_is("$gt", "2024-06-01", "2024-06-02"));
    assert_true(day_is("$gte", "2024-06", "2024-06-30") && day_is("$lte", "2024-06", "2024-06-30"));
    assert_false(day_is("$lte", "2024-06", "2024-07-01"));
    assert_true(day_is("$lt", "2024", "2023-12-31T23:59:59.999999Z"));
    assert_true(day_is("$lte", "2024-02-29", "2024-02-29 23:59:59"));
    // Less precise than the bound, and on both its sides.
    assert_false(day_is("$lt", "2024-06-15", "2024-06") || day_is("$gt", "2024-06-15", "2024-06"));
    assert_false(day_is("$gte", "2024-06-15", "2024") || day_is("$lte", "2024-06-15", "2024"));
}

static void times_with_zones_are_compared_as_moments(void **state)
{
    (void)state;
    assert_true(day_is("$lt", "2024-06-01T08:00Z", "2024-06-01T09:30+02:00"));
    assert_true(day_is("$gt", "2024-06-01T08:00:00Z", "2024-06-01T03:30:00-0500"));
    assert_true(day_is("$gte", "2024-06-01T10:00:00+02", "2024-06-01T08:00:00"));
    assert_true(day_is("$lte", "2024-06-01T10:00:00.5+02:00", "2024-06-01T08:00:00.25z"));
    assert_true(day_is("$lt", "2024-06-02", "2024-06-02T01:00:00+05:30"));
}

static void what_is_no_date_is_neither_before_nor_after_one(void **state)
{
    (void)state;
    static const char *const NO_DATES[] = {"soon",
                                           "2024-13",
                                           "2023-02-29",
                                           "2024-6-1",
                                           "01.06.2024",
                                           "2024-06-01T25:00",
                                           "2024-06-01T08",
                                           "20240601",
                                           "2024-06-01 x",
                                           "2024-06-01T08:00+25:00",
                                           "",
                                           "2024-",
                                           "1900-02-29",
                                           "2024-06-01T24:01",
                                           "2024-06-01T08:00:00."};
    for (size_t i = 0; i < sizeof NO_DATES / sizeof *NO_DATES; i++)
        assert_false(day_is("$gte", "0001", NO_DATES[i]) || day_is("$lte", "9999", NO_DATES[i]));
    assert_false(matches("{\"d\":{\"$gte\":\"2024\"}}", "{\"d\":2025}"));
    assert_false(matches("{\"d\":{\"$gte\":2024}}", "{\"d\":\"2025\"}"));
    assert_false(matches("{\"d\":{\"$gte\":\"2024\"}}", "{\"d\":[\"2025\"]}"));
    assert_true(day_is("$gte", "0000-02-29", "0000-02-29") &&
                day_is("$lt", "0000-03", "0000-02-29"));
    assert_refused("{\"d\":{\"$gte\":\"soon\"}}", KITH_ERR_INVALID, "or a date");
}

/* Against the C library: every day from 1600 to 2400 begins where the one before ends. */
static void days_follow_one_another(void **state)
{
    (void)state;
    struct tm day = {.tm_year = 1600 - 1900, .tm_mday = 1};
    int64_t end = timegm(&day);
    for (; day.tm_year < 500; day.tm_mday++) {
        char text[16];
        date_period p;
        time_t start = timegm(&day);
        assert_true(strftime(text, sizeof text, "%Y-%m-%d", &day) == 10);
        assert_true(date_parse(view_of(text), &p));
        assert_true(p.start == (int64_t)start * 1000000 && p.start == end * 1000000);
        assert_true(p.end == p.start + INT64_C(86400000000));
        end = p.end / 1000000;
    }
}

static void prefixes_and_patterns_match_strings_and_those_in_lists(void **state)
{
    (void)state;
    const char *path = "{\"p\":\"/a/reports/Q1 "
                       "(2024).pdf\",\"l\":[\"x.md\",\"y.txt\"],\"n\":[1],\"u\":\"\u00e9t\u00e9\"}";
    assert_true(matches("{\"p\":{\"$prefix\":\"/a/\"}}", path));
    assert_true(matches("{\"p\":{\"$prefix\":\"\"}}", path));
    assert_false(matches("{\"p\":{\"$prefix\":\"/A/\"}}", path));
    assert_true(matches("{\"p\":{\"$glob\":\"*.pdf\"}}", path));
    assert_true(matches("{\"p\":{\"$glob\":\"/a/*/Q? (202[0-4])*\"}}", path));
    assert_false(matches("{\"p\":{\"$glob\":\"*Q[!1]*\"}}", path));
    assert_false(matches("{\"p\":{\"$glob\":\"*.pd\"}}", path));
    assert_true(matches("{\"l\":{\"$glob\":\"*.txt\"}}", path));
    assert_true(matches("{\"l\":{\"$prefix\":\"x\"}}", path));
    assert_false(matches("{\"n\":{\"$prefix\":\"1\"}}", path));
    assert_true(matches("{\"u\":{\"$glob\":\"?t[\u00e0-\u00ff]\"}}", path));
    assert_false(matches("{\"absent\":{\"$glob\":\"*\"}}", path));
    assert_true(matches("{\"p\":{\"$glob\":\"[*]*\"}}", "{\"p\":\"*x\"}"));
    assert_true(matches("{\"p\":{\"$glob\":\"[]]\"}}", "{\"p\":\"]\"}"));
    assert_true(matches("{\"p\":{\"$glob\":\"[x\"}}", "{\"p\":\"[x\"}"));
    assert_refused("{\"a\":{\"$glob\":1}}", KITH_ERR_INVALID, "$glob on field 'a' takes a string");
    assert_refused("{\"a\":{\"$prefix\":true}}", KITH_ERR_INVALID, "takes a string");
    assert_refused("{\"#id\":{\"$prefix\":\"x\"}}", KITH_ERR_INVALID, "#id has no operator");
    char *json = nested("x", "\"}}", "", KITH_FILTER_MAX_GLOB_BYTES + 1);
    buffer b;
    buffer_init(&b, MAX_BYTES);
    buffer_printf(&b, "{\"a\":{\"$glob\":\"%s", json);
    assert_refused(buffer_text(&b), KITH_ERR_INVALID, "limit is 256");
    buffer_done(&b);
    free(json);
}

/* As Chroma has it. */
static void within_strict_a_list_is_equal_to_nothing(void **state)
{
    (void)state;
    assert_false(matches("{\"$strict\":{\"t\":\"x\"}}", "{\"t\":[\"x\"]}"));
    assert_true(matches("{\"$strict\":{\"t\":\"x\"}}", "{\"t\":\"x\"}"));
    assert_true(matches("{\"$strict\":{\"t\":{\"$ne\":\"x\"}}}", "{\"t\":[\"x\"]}"));
    assert_true(matches("{\"$strict\":{\"t\":{\"$contains\":\"x\"}}}", "{\"t\":[\"x\"]}"));
    assert_true(matches("{\"$or\":[{\"$strict\":{\"t\":1}},{\"t\":1}]}", "{\"t\":[1]}"));
    assert_refused("{\"$strict\":1}", KITH_ERR_INVALID, "JSON object");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char *json = nested("{\"$or\":[", "{\"a\":{\"$in\":[1]}}", "]}", KITH_FILTER_MAX_DEPTH - 1);
    assert_true(matches(json, "{\"a\":1}"));
    free(json);
    const size_t depths[] = {KITH_FILTER_MAX_DEPTH, KITH_FILTER_MAX_DEPTH + 1, 1000, 100000};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        json = nested("{\"$and\":[", "{\"a\":1}", "]}", depths[i]);
        assert_refused(json, KITH_ERR_INVALID, "deeper than 30");
        free(json);
    }
}

static void conditions_values_and_bytes_are_bounded(void **state)
{
    (void)state;
    char *json = nested("", "{\"a\":{\"$in\":[1", "", 0), *list;
    list = nested(",1", "", "", KITH_FILTER_MAX_VALUES - 1);
    buffer b;
    buffer_init(&b, MAX_BYTES);
    buffer_printf(&b, "%s%s]}}", json, list);
    assert_true(matches(buffer_text(&b), "{\"a\":1}"));
    buffer_reset(&b);
    buffer_printf(&b, "%s%s,1]}}", json, list);
    assert_refused(buffer_text(&b), KITH_ERR_INVALID, "more than 100000 values");
    free(json);
    free(list);

    list = nested("{\"a\":1},", "{\"a\":1}", "", KITH_FILTER_MAX_CONDITIONS - 2);
    buffer_reset(&b);
    buffer_printf(&b, "{\"$or\":[%s]}", list);
    assert_true(matches(buffer_text(&b), "{\"a\":1}"));
    buffer_reset(&b);
    buffer_printf(&b, "{\"$or\":[%s,{\"a\":1}]}", list);
    assert_refused(buffer_text(&b), KITH_ERR_INVALID, "more than 1024 conditions");
    free(list);
    buffer_done(&b);

    json = nested(" ", "{\"a\":1}", "", KITH_FILTER_MAX_BYTES);
    assert_refused(json, KITH_ERR_INVALID, "bytes");
    free(json);
}

static void an_arena_too_small_is_an_error(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    const filter *f = NULL;
    arena_init(&a, 64);
    assert_status(KITH_ERR_NO_MEMORY,
                  filter_parse(VIEW("{\"a\":{\"$in\":[1,2,3,4,5,6,7,8]}}"), &a, &f, &err));
    arena_done(&a);
}

static void kinds_never_equal_one_another_but_numbers_do(void **state)
{
    (void)state;
    assert_true(matches("{\"a\":1}", "{\"a\":1.0}"));
    assert_true(matches("{\"a\":1.0}", "{\"a\":1}"));
    assert_true(matches("{\"a\":0}", "{\"a\":-0.0}"));
    assert_false(matches("{\"a\":1}", "{\"a\":true}"));
    assert_false(matches("{\"a\":true}", "{\"a\":1}"));
    assert_false(matches("{\"a\":\"1\"}", "{\"a\":1}"));
    assert_false(matches("{\"a\":\"true\"}", "{\"a\":true}"));
    assert_false(matches("{\"a\":\"A\"}", "{\"a\":\"a\"}"));
    assert_true(matches("{\"a\":{\"$ne\":true}}", "{\"a\":1}"));
}

static void large_numbers_are_not_rounded(void **state)
{
    (void)state;
    assert_false(matches("{\"a\":9007199254740993}", "{\"a\":9007199254740992.0}"));
    assert_true(matches("{\"a\":{\"$lt\":9007199254740993}}", "{\"a\":9007199254740992.0}"));
    assert_true(matches("{\"a\":{\"$gt\":9007199254740992.0}}", "{\"a\":9007199254740993}"));
    assert_false(
        matches("{\"a\":{\"$gte\":9223372036854775808.0}}", "{\"a\":9223372036854775807}"));
    assert_true(matches("{\"a\":{\"$lt\":1e19}}", "{\"a\":9223372036854775807}"));
    assert_false(matches("{\"a\":{\"$gte\":1.5}}", "{\"a\":1}"));
    assert_true(matches("{\"a\":{\"$lt\":1.5}}", "{\"a\":1}"));
}

static void a_record_without_the_field_fails_all_but_ne_and_nin(void **state)
{
    (void)state;
    const char *const fail_on_absence[] = {
        "{\"a\":1}",           "{\"a\":{\"$gt\":0}}",  "{\"a\":{\"$gte\":0}}",
        "{\"a\":{\"$lt\":9}}", "{\"a\":{\"$lte\":9}}", "{\"a\":{\"$in\":[1]}}"};
    for (size_t i = 0; i < sizeof fail_on_absence / sizeof fail_on_absence[0]; i++)
        assert_false(matches(fail_on_absence[i], "{\"b\":1}"));
    assert_true(matches("{\"a\":{\"$ne\":1}}", "{\"b\":1}"));
    assert_true(matches("{\"a\":{\"$nin\":[1]}}", "{\"b\":1}"));
    assert_true(matches("{\"a\":{\"$ne\":1}}", "{}"));
}

static void several_members_and_operators_mean_and_and_empty_lists_are_all_or_none(void **state)
{
    (void)state;
    assert_true(matches("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}"));
    assert_false(matches("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}"));
    assert_true(matches("{\"a\":{\"$gte\":1,\"$lt\":3}}", "{\"a\":2}"));
    assert_false(matches("{\"a\":{\"$gte\":1,\"$lt\":3}}", "{\"a\":3}"));
    assert_false(matches("{\"a\":1,\"$or\":[{\"b\":1},{\"b\":2}]}", "{\"a\":1,\"b\":3}"));
    assert_true(matches("{\"$and\":[]}", "{}"));
    assert_false(matches("{\"$or\":[]}", "{}"));
    assert_true(matches("{\"a\":{\"$in\":[\"x\",1,true]}}", "{\"a\":true}"));
}

static void a_list_is_equal_to_each_of_its_values(void **state)
{
    (void)state;
    assert_true(matches("{\"a\":{\"$contains\":\"x\"}}", "{\"a\":[\"w\",\"x\"]}"));
    assert_false(matches("{\"a\":{\"$contains\":\"x\"}}", "{\"a\":[\"xy\",\"\"]}"));
    assert_true(matches("{\"a\":{\"$contains\":2}}", "{\"a\":[1.5,2.0]}"));
    assert_true(matches("{\"a\":{\"$contains\":1.5}}", "{\"a\":[3,1.5]}"));
    assert_false(matches("{\"a\":{\"$contains\":1}}", "{\"a\":[true]}"));
    assert_false(matches("{\"a\":{\"$contains\":\"1\"}}", "{\"a\":[1]}"));
    assert_true(matches("{\"a\":{\"$contains\":false}}", "{\"a\":[true,false]}"));
    assert_false(
        matches("{\"a\":{\"$contains\":9007199254740993}}", "{\"a\":[9007199254740992.0]}"));
    // A scalar contains nothing, not even itself.
    assert_false(matches("{\"a\":{\"$contains\":\"x\"}}", "{\"a\":\"x\"}"));
    assert_true(matches("{\"a\":1}", "{\"a\":[2,1]}"));
    assert_true(matches("{\"a\":{\"$in\":[1,3]}}", "{\"a\":[2,1]}"));
    assert_false(matches("{\"a\":{\"$in\":[3,4]}}", "{\"a\":[2,1]}"));
    assert_false(matches("{\"a\":{\"$ne\":1}}", "{\"a\":[2,1]}"));
    assert_true(matches("{\"a\":{\"$ne\":3}}", "{\"a\":[2,1]}"));
    assert_false(matches("{\"a\":{\"$nin\":[1]}}", "{\"a\":[1]}"));
    assert_false(matches("{\"a\":{\"$gt\":0}}", "{\"a\":[1]}"));
    assert_false(matches("{\"a\":{\"$lte\":9}}", "{\"a\":[1]}"));
    assert_false(matches("{\"a\":{\"$not_contains\":1}}", "{\"a\":[1]}"));
    assert_true(matches("{\"a\":{\"$not_contains\":1}}", "{\"a\":1}"));
    assert_true(matches("{\"a\":{\"$not_contains\":1}}", "{\"b\":1}"));
    assert_true(matches("{\"a\":{\"$contains\":1,\"$not_contains\":2}}", "{\"a\":[1]}"));
}

/* ---- filters built by calls ---- */

static const filter *leaf(filter_builder *b, filter_operator op, const char *field,
                          metadata_value value)
{
    kith_error err = {0};
    const filter *f = NULL;
    assert_ok(filter_leaf(b, op, view_of(field), &value, 1, &f, &err));
    return f;
}

static metadata_value integer(int64_t value)
{
    return (metadata_value){METADATA_INTEGER, .integer = value};
}

static void a_built_filter_matches_as_the_same_in_json(void **state)
{
    (void)state;
    kith_error err = {0};
    rng random = {7};
    arena a;
    arena_init(&a, 0);
    filter_builder b = {.memory = &a};
    const metadata_value some[] = {integer(3), {METADATA_STRING, .string = VIEW("x")}, integer(1)};
    const filter *built = NULL, *parsed = NULL, *inner[3];
    inner[0] =
        leaf(&b, FILTER_CONTAINS, "b", (metadata_value){METADATA_STRING, .string = VIEW("y")});
    assert_ok(filter_leaf(&b, FILTER_NIN, VIEW("a"), some, 3, &inner[1], &err));
    inner[2] = leaf(&b, FILTER_LTE, "year", (metadata_value){METADATA_DOUBLE, .number = 2019.5});
    assert_ok(filter_group(&b, FILTER_AND, &inner[1], 2, &inner[1], &err));
    assert_ok(filter_group(&b, FILTER_OR, inner, 2, &built, &err));
    assert_ok(
        filter_parse(VIEW("{\"$or\":[{\"b\":{\"$contains\":\"y\"}},{\"a\":{\"$nin\":[3,\"x\",1]},"
                          "\"year\":{\"$lte\":2019.5}}]}"),
                     &a, &parsed, &err));
    buffer text;
    buffer_init(&text, MAX_BYTES);
    uint32_t matched = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        metadata m = {.memory = &a};
        buffer_reset(&text);
        append_random_metadata(&text, &random);
        assert_ok(metadata_parse(arena_copy(&a, buffer_view(&text)), &m, &err));
        assert_int_equal(filter_matches(built, &(filter_point){.fields = &m}),
                         filter_matches(parsed, &(filter_point){.fields = &m}));
        matched += filter_matches(built, &(filter_point){.fields = &m});
    }
    assert_in_range(matched, 200, 1800);
    assert_int_equal(some[0].integer, 3); // the values were copied before they were sorted
    buffer_done(&text);
    arena_done(&a);
}

static void assert_no_leaf(filter_operator op, const char *field, const metadata_value *values,
                           uint32_t count, const char *named)
{
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    filter_builder b = {.memory = &a};
    const filter *f = NULL;
    assert_status(KITH_ERR_INVALID, filter_leaf(&b, op, view_of(field), values, count, &f, &err));
    if (!strstr(err.message, named)) fail_msg("'%s' lacks '%s'", err.message, named);
    assert_null(f);
    arena_done(&a);
}

static void a_leaf_that_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    const metadata_value two[] = {integer(1), integer(2)}, nan = {METADATA_DOUBLE, .number = NAN};
    metadata_value element = integer(1), list = {METADATA_LIST, .list = {&element, 1}};
    metadata_value text = {METADATA_STRING, .string = VIEW("x")};
    assert_no_leaf(FILTER_EQ, "", two, 1, "empty name");
    assert_no_leaf(FILTER_EQ, "a", two, 2, "$eq on field 'a' takes one value");
    assert_no_leaf(FILTER_NOT_CONTAINS, "a", two, 0, "$not_contains on field 'a' takes one value");
    assert_no_leaf(FILTER_IN, "a", two, 0, "$in on field 'a' takes a list of values");
    assert_no_leaf(FILTER_GT, "a", &text, 1, "$gt on field 'a' takes a number");
    assert_no_leaf(FILTER_EQ, "a", &nan, 1, "'a' with NaN");
    assert_no_leaf(FILTER_NIN, "a", &list, 1, "'a' with a list");
}

static void built_filters_are_bounded_together(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    filter_builder b = {.memory = &a};
    metadata_value values[1000];
    const filter *f = NULL, *nodes[KITH_FILTER_MAX_CONDITIONS];
    for (uint32_t i = 0; i < 1000; i++)
        values[i] = integer(i);
    for (uint32_t i = 0; i < KITH_FILTER_MAX_VALUES / 1000; i++)
        assert_ok(filter_leaf(&b, FILTER_IN, VIEW("a"), values, 1000, &f, &err));
    f = NULL;
    assert_status(KITH_ERR_INVALID, filter_leaf(&b, FILTER_EQ, VIEW("a"), values, 1, &f, &err));
    assert_non_null(strstr(err.message, "more than 100000 values"));
    b = (filter_builder){.memory = &a};
    for (uint32_t i = 0; i < KITH_FILTER_MAX_CONDITIONS; i++)
        nodes[i] = leaf(&b, FILTER_EQ, "a", integer(i));
    assert_status(KITH_ERR_INVALID, filter_leaf(&b, FILTER_EQ, VIEW("a"), values, 1, &f, &err));
    assert_status(KITH_ERR_INVALID, filter_group(&b, FILTER_OR, nodes, 2, &f, &err));
    assert_non_null(strstr(err.message, "more than 1024 conditions"));
    assert_ok(filter_group(&b, FILTER_AND, nodes, 1, &f, &err)); // that is no node
    assert_ptr_equal(f, nodes[0]);
    b = (filter_builder){.memory = &a};
    f = leaf(&b, FILTER_EQ, "a", integer(1));
    for (uint32_t level = 2; level <= FILTER_MAX_LEVELS; level++)
        assert_ok(filter_group(&b, FILTER_OR, &f, 1, &f, &err));
    assert_status(KITH_ERR_INVALID, filter_group(&b, FILTER_OR, &f, 1, &f, &err));
    assert_non_null(strstr(err.message, "more than 61 levels"));
    arena_done(&a);
}

/* The deepest JSON: each object an $and of two members of which one is an $or, the innermost an
 * $and of two members of which one has two operators. */
static void no_json_reaches_the_limit_of_levels(void **state)
{
    (void)state;
    char *json = nested("{\"b\":{\"$ne\":2},\"$or\":[", "{\"b\":1,\"a\":{\"$gt\":0,\"$lt\":2}}",
                        "]}", KITH_FILTER_MAX_DEPTH - 1);
    assert_true(matches(json, "{\"a\":1,\"b\":1}"));
    assert_false(matches(json, "{\"a\":2,\"b\":1}"));
    free(json);
}

static void random_filters_agree_with_the_naive_evaluator(void **state)
{
    (void)state;
    kith_error err = {0};
    rng random = {20240601};
    arena records, scratch;
    arena_init(&records, 0);
    arena_init(&scratch, 0);
    buffer text;
    buffer_init(&text, MAX_BYTES);
    metadata parsed[RECORDS];
    const json_value *trees[RECORDS];
    for (size_t i = 0; i < RECORDS; i++) {
        buffer_reset(&text);
        append_random_metadata(&text, &random);
        view copy = arena_copy(&records, buffer_view(&text));
        parsed[i] = (metadata){.memory = &records};
        assert_ok(metadata_parse(copy, &parsed[i], &err));
        assert_ok(json_parse(copy, MAX_BYTES, &records, &trees[i], &err));
    }
    size_t matched = 0;
    for (size_t round = 0; round < FILTERS; round++) {
        const filter *f = NULL;
        const json_value *tree = NULL;
        buffer_reset(&text);
        append_random_filter(&text, &random, 4);
        assert_ok(filter_parse(buffer_view(&text), &scratch, &f, &err));
        assert_ok(json_parse(buffer_view(&text), MAX_BYTES, &scratch, &tree, &err));
        for (size_t i = 0; i < RECORDS; i++) {
            bool expected = naive_matches(tree, trees[i]);
            matched += expected;
            if (filter_matches(f, &(filter_point){.fields = &parsed[i]}) != expected)
                fail_msg("record %zu and filter %s disagree", i, buffer_text(&text));
        }
        arena_reset(&scratch);
    }
    assert_in_range(matched, FILTERS * RECORDS / 10, FILTERS * RECORDS * 9 / 10);
    buffer_done(&text);
    arena_done(&records);
    arena_done(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_filter_is_refused_by_name),
        cmocka_unit_test(dates_are_ordered_by_the_periods_that_they_name),
        cmocka_unit_test(times_with_zones_are_compared_as_moments),
        cmocka_unit_test(what_is_no_date_is_neither_before_nor_after_one),
        cmocka_unit_test(days_follow_one_another),
        cmocka_unit_test(prefixes_and_patterns_match_strings_and_those_in_lists),
        cmocka_unit_test(within_strict_a_list_is_equal_to_nothing),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(conditions_values_and_bytes_are_bounded),
        cmocka_unit_test(an_arena_too_small_is_an_error),
        cmocka_unit_test(kinds_never_equal_one_another_but_numbers_do),
        cmocka_unit_test(large_numbers_are_not_rounded),
        cmocka_unit_test(a_record_without_the_field_fails_all_but_ne_and_nin),
        cmocka_unit_test(several_members_and_operators_mean_and_and_empty_lists_are_all_or_none),
        cmocka_unit_test(a_list_is_equal_to_each_of_its_values),
        cmocka_unit_test(a_built_filter_matches_as_the_same_in_json),
        cmocka_unit_test(a_leaf_that_cannot_be_is_refused_by_name),
        cmocka_unit_test(built_filters_are_bounded_together),
        cmocka_unit_test(no_json_reaches_the_limit_of_levels),
        cmocka_unit_test(random_filters_agree_with_the_naive_evaluator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
