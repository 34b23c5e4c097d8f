/* JSON: one document, a list, a line each; and what is wrong with the others. */
#include "extracted.h"

static void assert_problem(const extracted *e, uint32_t i, uint64_t record, const char *words)
{
    assert_true(i < e->found.problem_count);
    const extract_problem *p = &e->found.problems[i];
    assert_int_equal(p->record, record);
    if (view_find(p->reason, view_of(words)) == p->reason.size)
        fail_msg("'%.*s' lacks '%s'", VIEW_ARG(p->reason), words);
}

static void one_document_carries_its_members(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "paper.json",
        VIEW(
            "{\"title\": \"On RAG\", \"content\": \"a\\r\\nb\", \"category\": \"ai\", "
            "\"year\": 2024, \"score\": 0.5, \"draft\": false, \"nothing\": null, "
            "\"tags\": [1, 2.5], \"none\": [], \"metadata\": {\"author\": \"Ann\", \"deep\": {}}}"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->id, "paper");
    assert_view(d->title, "On RAG");
    assert_true(d->title_is_prefix);
    assert_view(d->text, "a\nb");
    assert_false(d->text_is_file);
    assert_int_equal(d->record, 0);
    assert_field(d, "type", "json");
    assert_field(d, "title", "On RAG");
    assert_field(d, "category", "ai");
    assert_field(d, "author", "Ann");
    assert_int_equal(metadata_get(&d->fields, VIEW("year"))->integer, 2024);
    assert_true(metadata_get(&d->fields, VIEW("score"))->number == 0.5);
    assert_false(metadata_get(&d->fields, VIEW("draft"))->boolean);
    const metadata_value *tags = metadata_get(&d->fields, VIEW("tags"));
    assert_int_equal(tags->kind, METADATA_LIST);
    assert_int_equal(tags->list.count, 2);
    assert_true(tags->list.elements[1].number == 2.5);
    assert_int_equal(d->fields.count, 8);
    assert_int_equal(e.found.left_out, 1); // deep; null and an empty list are no values
    extracted_done(&e);
}

static void what_metadata_cannot_hold_is_left_out_and_counted(void **state)
{
    (void)state;
    extracted e;
    buffer json;
    buffer_init(&json, 1 << 16);
    buffer_append_text(&json, "[{\"content\": \"one\", \"embedding\": [0");
    for (int i = 1; i <= METADATA_MAX_ELEMENTS; i++)
        buffer_append_text(&json, ",0");
    buffer_append_text(
        &json, "], \"mixed\": [1, \"x\"], \"deep\": [[1]], \"tags\": [\"a\\r\\nb\", \"\\u0000\"]},"
               "{\"content\": \"two\", \"hole\": [null], \"ok\": [true]}]");
    extracted_expect(&e, "a.json", buffer_view(&json), 2);
    assert_int_equal(e.found.left_out, 4);
    assert_int_equal(e.found.problem_count, 0);
    const metadata_value *tags = metadata_get(&e.found.documents[0].fields, VIEW("tags"));
    assert_view(tags->list.elements[0].string, "a\nb");
    assert_view(tags->list.elements[1].string, " ");
    assert_int_equal(e.found.documents[0].fields.count, 2); // with its type
    assert_int_equal(e.found.documents[1].fields.count, 2);
    extracted_done(&e);
    buffer_done(&json);
}

static void the_record_names_itself_and_its_type(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.json", VIEW("{\"id\": 7, \"text\": \"hello\", \"type\": \"faq\"}"), 1);
    assert_view(e.found.documents[0].id, "7");
    assert_view(e.found.documents[0].text, "hello");
    assert_field(&e.found.documents[0], "type", "faq");
    assert_false(e.found.documents[0].title_is_prefix);
    extracted_done(&e);
}

static void a_list_gives_a_document_each_and_a_problem_each(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "list.json",
                     VIEW("[{\"_id\": \"a\", \"content\": \"one\"}, {\"title\": \"no content\"}, "
                          "{\"content\": \" \"}, {\"content\": 5}, 6, \"two\", "
                          "{\"content\": \"three\", \"id\": [1]}]"),
                     2);
    assert_view(e.found.documents[0].id, "a");
    assert_int_equal(e.found.documents[0].record, 1);
    assert_view(e.found.documents[1].text, "two");
    assert_int_equal(e.found.documents[1].id.size, 0);
    assert_int_equal(e.found.documents[1].record, 6);
    assert_int_equal(e.found.problem_count, 5);
    assert_problem(&e, 0, 2, "no \"content\"");
    assert_problem(&e, 1, 3, "empty");
    assert_problem(&e, 2, 4, "not a string");
    assert_problem(&e, 3, 5, "neither an object nor a string");
    assert_problem(&e, 4, 7, "\"id\"");
    extracted_done(&e);
}

static void json_lines_report_bad_lines_by_number(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.jsonl",
        VIEW("{\"content\": \"one\"}\n\n{\"content\": \r\nnonsense\n{\"content\": \"two\"}"), 2);
    assert_int_equal(e.found.documents[0].record, 1);
    assert_int_equal(e.found.documents[1].record, 5);
    assert_int_equal(e.found.problem_count, 2);
    assert_problem(&e, 0, 3, "");
    assert_problem(&e, 1, 4, "");
    assert_int_equal(e.found.problems[0].status, KITH_ERR_FORMAT);
    extracted_done(&e);
}

static void json_lines_under_the_name_of_json_are_read(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.json", VIEW("{\"content\": \"one\"}\n{\"content\": \"two\"}\n"), 2);
    extracted_done(&e);
}

static void nul_in_a_string_becomes_a_space(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.json", VIEW("{\"content\": \"a\\u0000b\", \"x\": \"\\u0000\"}"), 1);
    assert_view(e.found.documents[0].text, "a b");
    assert_field(&e.found.documents[0], "x", " ");
    extracted_done(&e);
}

static void a_file_without_a_readable_record_is_an_error(void **state)
{
    (void)state;
    extracted_expect_failure("a.json", VIEW("{\"title\": \"x\"}"), KITH_ERR_FORMAT,
                             "no \"content\"");
    extracted_expect_failure("a.json", VIEW("[1, 2]"), KITH_ERR_FORMAT, "neither");
    extracted_expect_failure("a.json", VIEW("{\"content\": \"x\""), KITH_ERR_FORMAT, "");
    extracted_expect_failure("a.json", (view){0}, KITH_ERR_FORMAT, "");
    extracted_expect_failure("a.jsonl", VIEW("x\ny\n"), KITH_ERR_FORMAT, "no record");
}

static void an_empty_list_gives_nothing(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.json", VIEW("[]"), 0);
    extracted_done(&e);
    extracted_expect(&e, "a.jsonl", VIEW("\n \n"), 0);
    extracted_done(&e);
}

static void too_many_fields_are_a_problem_of_the_record(void **state)
{
    (void)state;
    buffer json;
    buffer_init(&json, 1 << 20);
    buffer_append_text(&json, "[{\"content\": \"good\"}, {\"content\": \"bad\"");
    for (int i = 0; i <= METADATA_MAX_ENTRIES; i++)
        buffer_printf(&json, ", \"f%d\": 1", i);
    buffer_append_text(&json, "}]");
    extracted e;
    extracted_expect(&e, "a.json", buffer_view(&json), 1);
    assert_problem(&e, 0, 2, "256 entries");
    assert_int_equal(e.found.problems[0].status, KITH_ERR_LIMIT);
    extracted_done(&e);
    buffer_done(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_document_carries_its_members),
        cmocka_unit_test(what_metadata_cannot_hold_is_left_out_and_counted),
        cmocka_unit_test(the_record_names_itself_and_its_type),
        cmocka_unit_test(a_list_gives_a_document_each_and_a_problem_each),
        cmocka_unit_test(json_lines_report_bad_lines_by_number),
        cmocka_unit_test(json_lines_under_the_name_of_json_are_read),
        cmocka_unit_test(nul_in_a_string_becomes_a_space),
        cmocka_unit_test(a_file_without_a_readable_record_is_an_error),
        cmocka_unit_test(an_empty_list_gives_nothing),
        cmocka_unit_test(too_many_fields_are_a_problem_of_the_record),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
