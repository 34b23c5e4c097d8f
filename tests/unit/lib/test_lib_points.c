/* Reading points page by page, and deleting what a selection names: by ids, by a filter, by both. */
#include "test.h"

#include "scratch.h"

#include <kith/kith.h>

/* Points "p0".."p9": p3 has {"n":3,"even":false}, and so on. */
enum { POINTS = 10, PAGE = 3 };

static kith *open_with_points(void **state)
{
    kith_error err = {0};
    kith *k = NULL;
    char ids[POINTS][8], metadata[POINTS][48];
    const float v[] = {1, 0};
    kith_point points[POINTS];
    for (int i = 0; i < POINTS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "p%d", i);
        (void)snprintf(metadata[i], sizeof metadata[i], "{\"n\":%d,\"even\":%s}", i,
                       i % 2 ? "false" : "true");
        points[i] =
            (kith_point){.id = ids[i], .metadata = metadata[i], .vector = v, .dimension = 2};
    }
    assert_ok(kith_open(*state, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    assert_ok(kith_put(k, "c", KITH_ADD, points, POINTS, &err));
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

/* The selection gives the points of these numbers, in this order; "" is none of them. */
static void check_selected(kith *k, const kith_selection *selection, const char *digits)
{
    kith_error err = {0};
    kith_records *records = NULL;
    char got[2 * POINTS] = "";
    assert_ok(kith_get(k, "c", selection, &records, &err));
    assert_true(records->count < sizeof got);
    for (size_t i = 0; i < records->count; i++)
        got[i] = records->records[i].id[1];
    assert_string_equal(got, digits);
    kith_records_free(records);
}

static size_t delete_selected(kith *k, const kith_selection *selection)
{
    kith_error err = {0};
    size_t deleted = SIZE_MAX;
    assert_ok(kith_delete(k, "c", selection, &deleted, &err));
    return deleted;
}

static void pages_give_every_point_once_in_the_order_of_writing(void **state)
{
    kith *k = open_with_points(state);
    check_selected(k, NULL, "0123456789");
    check_selected(k, &(kith_selection){0}, "0123456789");
    const char *const pages[] = {"012", "345", "678", "9", ""};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        check_selected(k, &(kith_selection){.offset = i * PAGE, .limit = PAGE}, pages[i]);
    close_database(k);
}

static void without_a_limit_a_page_goes_on_to_the_end(void **state)
{
    kith *k = open_with_points(state);
    check_selected(k, &(kith_selection){.offset = 7}, "789");
    check_selected(k, &(kith_selection){.offset = 7, .limit = SIZE_MAX}, "789");
    check_selected(k, &(kith_selection){.limit = POINTS}, "0123456789");
    close_database(k);
}

static void beyond_the_end_there_is_an_empty_page(void **state)
{
    kith *k = open_with_points(state);
    check_selected(k, &(kith_selection){.offset = POINTS}, "");
    check_selected(k, &(kith_selection){.offset = POINTS + 1, .limit = 1}, "");
    check_selected(k, &(kith_selection){.offset = SIZE_MAX, .limit = SIZE_MAX}, "");
    check_selected(k, &(kith_selection){.where = "{\"even\":true}", .offset = 5, .limit = 1}, "");
    close_database(k);
}

static void pages_of_a_filter_count_only_what_matches(void **state)
{
    kith *k = open_with_points(state);
    kith_selection s = {.where = "{\"even\":true}"};
    check_selected(k, &s, "02468");
    s.limit = 2;
    check_selected(k, &s, "02");
    s.offset = 2;
    check_selected(k, &s, "46");
    s.offset = 4;
    check_selected(k, &s, "8");
    close_database(k);
}

static void ids_come_in_the_order_asked_and_missing_ones_take_no_place(void **state)
{
    kith *k = open_with_points(state);
    const char *const ids[] = {"p8", "absent", "p3", "p2", "p4"};
    kith_selection s = {.ids = ids, .id_count = 5};
    check_selected(k, &s, "8324");
    s.offset = 1, s.limit = 2;
    check_selected(k, &s, "32");
    s.where = "{\"even\":true}";
    check_selected(k, &s, "24");
    s.offset = 3;
    check_selected(k, &s, "");
    close_database(k);
}

static void ids_come_in_the_order_of_writing_when_that_is_asked_for(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    const char *const ids[] = {"p8", "absent", "p3", "p2", "p8", "p4", "p3"};
    kith_selection s = {.ids = ids, .id_count = 7, .in_stored_order = true};
    check_selected(k, &s, "2348"); // each once
    s.offset = 1, s.limit = 2;
    check_selected(k, &s, "34");
    s.where = "{\"even\":true}";
    check_selected(k, &s, "48");
    s.offset = 3;
    check_selected(k, &s, "");
    s.offset = SIZE_MAX;
    check_selected(k, &s, "");
    s = (kith_selection){.ids = ids, .id_count = 0, .in_stored_order = true};
    check_selected(k, &s, "");
    // What was deleted and put again comes last.
    const float v[] = {1, 0};
    const kith_point again = {.id = "p3", .vector = v, .dimension = 2};
    assert_int_equal(delete_selected(k, &(kith_selection){.ids = &ids[2], .id_count = 1}), 1);
    assert_ok(kith_put(k, "c", KITH_ADD, &again, 1, &err));
    assert_ok(kith_put(k, "c", KITH_UPSERT, &(kith_point){.id = "p2", .vector = v, .dimension = 2},
                       1, &err)); // that keeps its place
    s = (kith_selection){.ids = ids, .id_count = 7, .in_stored_order = true};
    check_selected(k, &s, "2483");
    // A deletion takes the first of them in that order.
    s.limit = 2;
    assert_int_equal(delete_selected(k, &s), 2);
    check_selected(k, NULL, "01567893");
    close_database(k);
}

/* More ids than are read at once, the pages of them included. */
static void many_ids_in_the_order_of_writing(void **state)
{
    enum { MANY = 600 };
    kith_error err = {0};
    kith *k = open_with_points(state);
    static char names[MANY][8];
    static const char *ids[MANY];
    static kith_point points[MANY];
    const float v[] = {1, 0};
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof names[i], "q%d", i);
        ids[MANY - 1 - i] = names[i];
        points[i] = (kith_point){.id = names[i],
                                 .metadata = i % 2 ? "{\"odd\":true}" : NULL,
                                 .vector = v,
                                 .dimension = 2};
    }
    assert_ok(kith_put(k, "c", KITH_ADD, points, MANY, &err));
    for (size_t offset = 0; offset < MANY; offset += 130) {
        kith_records *records = NULL;
        kith_selection s = {.ids = ids,
                            .id_count = MANY,
                            .in_stored_order = true,
                            .offset = offset,
                            .limit = 130,
                            .without_metadata = true};
        assert_ok(kith_get(k, "c", &s, &records, &err));
        assert_int_equal(records->count, offset + 130 < MANY ? 130 : MANY - offset);
        for (size_t i = 0; i < records->count; i++) {
            assert_string_equal(records->records[i].id, names[offset + i]);
            assert_null(records->records[i].metadata);
        }
        kith_records_free(records);
        s.where = "{\"odd\":true}";
        assert_ok(kith_get(k, "c", &s, &records, &err));
        for (size_t i = 0; i < records->count; i++)
            assert_string_equal(records->records[i].id, names[2 * (offset + i) + 1]);
        kith_records_free(records);
    }
    close_database(k);
}

static void a_record_has_the_parts_that_are_wanted(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    const kith_point p = {.id = "p3", .content = "text"};
    assert_ok(kith_put(k, "c", KITH_UPDATE, &p, 1, &err));
    const char *const id = "p3";
    for (int parts = 0; parts < 8; parts++) {
        kith_records *records = NULL;
        const kith_selection s = {.ids = &id,
                                  .id_count = 1,
                                  .where = "{\"#document\":{\"$contains\":\"text\"},\"n\":3}",
                                  .with_vectors = parts & 1,
                                  .without_content = parts & 2,
                                  .without_metadata = parts & 4};
        assert_ok(kith_get(k, "c", &s, &records, &err));
        const kith_record *r = records->records;
        assert_int_equal(r->vector != NULL, parts & 1);
        assert_int_equal(r->content == NULL, (parts & 2) != 0);
        assert_int_equal(r->metadata == NULL, (parts & 4) != 0);
        kith_records_free(records);
    }
    close_database(k);
}

static void points_are_counted_without_being_read(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    const char *const ids[] = {"p8", "absent", "p3", "p8"};
    static const struct {
        kith_selection selection;
        uint64_t count;
    } cases[] = {{{0}, POINTS},
                 {{.where = "{\"even\":true}"}, 5},
                 {{.where = "{\"n\":{\"$lt\":3}}"}, 3},
                 {{.where = "{\"x\":1}", .allow_unknown_fields = true}, 0}};
    uint64_t count = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_ok(kith_count(k, "c", &cases[i].selection, &count, &err));
        assert_int_equal(count, cases[i].count);
    }
    assert_ok(kith_count(k, "c", NULL, &count, &err));
    assert_int_equal(count, POINTS);
    kith_selection s = {.ids = ids, .id_count = 4};
    assert_ok(kith_count(k, "c", &s, &count, &err));
    assert_int_equal(count, 3); // as kith_get gives them
    s.in_stored_order = true;
    assert_ok(kith_count(k, "c", &s, &count, &err));
    assert_int_equal(count, 2);
    s.where = "{\"even\":true}";
    assert_ok(kith_count(k, "c", &s, &count, &err));
    assert_int_equal(count, 1);
    close_database(k);
}

static void a_count_that_cannot_be_is_refused(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    uint64_t count = 77;
    const kith_selection paged[] = {{.limit = 1}, {.offset = 1}, {.cursor = "x"}};
    for (size_t i = 0; i < 3; i++) {
        assert_status(KITH_ERR_INVALID, kith_count(k, "c", &paged[i], &count, &err));
        assert_non_null(strstr(err.message, "a count takes no"));
    }
    assert_status(KITH_ERR_INVALID,
                  kith_count(k, "c", &(kith_selection){.where = "{\"x\":1}"}, &count, &err));
    assert_status(KITH_ERR_FORMAT,
                  kith_count(k, "c", &(kith_selection){.where = "{"}, &count, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_count(k, "absent", NULL, &count, &err));
    assert_int_equal(count, 77);
    close_database(k);
}

static void a_deletion_by_ids_and_a_filter_spares_what_the_filter_does_not_match(void **state)
{
    kith *k = open_with_points(state);
    const char *const ids[] = {"p1", "p2", "p3", "p4", "absent"};
    kith_selection s = {.ids = ids, .id_count = 5, .where = "{\"even\":true}"};
    assert_int_equal(delete_selected(k, &s), 2);
    check_selected(k, NULL, "01356789");
    assert_int_equal(delete_selected(k, &s), 0);
    s.where = "{\"n\":{\"$gt\":100}}";
    assert_int_equal(delete_selected(k, &s), 0);
    check_selected(k, NULL, "01356789");
    close_database(k);
}

static void a_deletion_by_ids_or_by_a_filter_takes_all_that_it_names(void **state)
{
    kith *k = open_with_points(state);
    const char *const ids[] = {"p9", "absent", "p0"};
    assert_int_equal(delete_selected(k, &(kith_selection){.ids = ids, .id_count = 3}), 2);
    check_selected(k, NULL, "12345678");
    assert_int_equal(delete_selected(k, &(kith_selection){.where = "{\"n\":{\"$lt\":5}}"}), 4);
    check_selected(k, NULL, "5678");
    close_database(k);
}

static void a_deletion_goes_by_offset_and_limit_too(void **state)
{
    kith *k = open_with_points(state);
    kith_selection s = {.where = "{\"even\":true}", .offset = 1, .limit = 2};
    assert_int_equal(delete_selected(k, &s), 2);
    check_selected(k, NULL, "01356789");
    close_database(k);
}

static void a_deletion_that_names_nothing_is_refused(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    size_t deleted = 77;
    assert_status(KITH_ERR_INVALID, kith_delete(k, "c", NULL, &deleted, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_delete(k, "c", &(kith_selection){.limit = 1}, &deleted, &err));
    assert_int_equal(deleted, 77);
    check_selected(k, NULL, "0123456789");
    close_database(k);
}

static void a_selection_of_no_collection_or_with_a_broken_filter_changes_nothing(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    kith_records *records = NULL;
    kith_selection s = {.where = "{\"n\":"};
    assert_status(KITH_ERR_NOT_FOUND, kith_get(k, "absent", NULL, &records, &err));
    assert_status(KITH_ERR_FORMAT, kith_get(k, "c", &s, &records, &err));
    assert_status(KITH_ERR_FORMAT, kith_delete(k, "c", &s, NULL, &err));
    s.where = "{\"n\":{\"$regex\":\"3\"}}";
    assert_status(KITH_ERR_INVALID, kith_get(k, "c", &s, &records, &err));
    assert_status(KITH_ERR_INVALID, kith_delete(k, "c", &s, NULL, &err));
    assert_null(records);
    check_selected(k, NULL, "0123456789");
    close_database(k);
}

static void check_metadata(kith *k, const char *id, const char *expected)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_ok(kith_get(k, "c", &(kith_selection){.ids = &id, .id_count = 1}, &records, &err));
    assert_int_equal(records->count, 1);
    assert_string_equal(records->records[0].metadata, expected);
    kith_records_free(records);
}

static void metadata_is_given_back_in_its_stored_form(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    const float v[] = {1, 0};
    kith_point p = {.id = "p", .vector = v, .dimension = 2};
    p.metadata =
        "{ \"tags\": [\"a\", \"b\"], \"nothing\": null,\n \"none\": [], \"share\": [1.0, 2] }";
    assert_ok(kith_put(k, "c", KITH_ADD, &p, 1, &err));
    check_metadata(k, "p", "{\"tags\":[\"a\",\"b\"],\"share\":[1.0,2]}");
    // An update replaces the metadata as a whole, or leaves it as it is.
    p = (kith_point){.id = "p", .metadata = "{\"share\": null, \"year\": 2020}"};
    assert_ok(kith_put(k, "c", KITH_UPDATE, &p, 1, &err));
    check_metadata(k, "p", "{\"year\":2020}");
    p.metadata = NULL;
    assert_ok(kith_put(k, "c", KITH_UPDATE, &p, 1, &err));
    check_metadata(k, "p", "{\"year\":2020}");
    p.metadata = "{\"year\": null}";
    assert_ok(kith_put(k, "c", KITH_UPDATE, &p, 1, &err));
    check_metadata(k, "p", "{}");
    close_database(k);
}

static void metadata_that_cannot_be_held_is_refused_by_point_and_name(void **state)
{
    kith_error err = {0};
    kith *k = open_with_points(state);
    const float v[] = {1, 0};
    static const struct {
        const char *metadata, *named;
        kith_status status;
    } bad[] = {
        {"{\"tags\": [1, \"x\"]}", "'tags' holds values of different types", KITH_ERR_INVALID},
        {"{\"tags\": [[1]]}", "'tags' holds what is not", KITH_ERR_INVALID},
        {"{\"deep\": {}}", "'deep' is not a string", KITH_ERR_INVALID},
        {"[]", "not a JSON object", KITH_ERR_INVALID},
        {"{", "metadata", KITH_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        kith_point two[] = {
            {.id = "new", .vector = v, .dimension = 2},
            {.id = "bad", .vector = v, .dimension = 2, .metadata = bad[i].metadata}};
        assert_status(bad[i].status, kith_put(k, "c", KITH_ADD, two, 2, &err));
        assert_non_null(strstr(err.message, "point 1 ('bad'): metadata"));
        assert_non_null(strstr(err.message, bad[i].named));
    }
    check_selected(k, NULL, "0123456789"); // nothing was written
    close_database(k);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(pages_give_every_point_once_in_the_order_of_writing),
        with_directory(without_a_limit_a_page_goes_on_to_the_end),
        with_directory(beyond_the_end_there_is_an_empty_page),
        with_directory(pages_of_a_filter_count_only_what_matches),
        with_directory(ids_come_in_the_order_asked_and_missing_ones_take_no_place),
        with_directory(ids_come_in_the_order_of_writing_when_that_is_asked_for),
        with_directory(many_ids_in_the_order_of_writing),
        with_directory(a_record_has_the_parts_that_are_wanted),
        with_directory(points_are_counted_without_being_read),
        with_directory(a_count_that_cannot_be_is_refused),
        with_directory(a_deletion_by_ids_and_a_filter_spares_what_the_filter_does_not_match),
        with_directory(a_deletion_by_ids_or_by_a_filter_takes_all_that_it_names),
        with_directory(a_deletion_goes_by_offset_and_limit_too),
        with_directory(a_deletion_that_names_nothing_is_refused),
        with_directory(metadata_is_given_back_in_its_stored_form),
        with_directory(metadata_that_cannot_be_held_is_refused_by_point_and_name),
        with_directory(a_selection_of_no_collection_or_with_a_broken_filter_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
