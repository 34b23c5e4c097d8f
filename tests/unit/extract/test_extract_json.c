/* JSON: one document, a list, a line each; and what is wrong with the others. */
#include "extracted.h"

#include "base/json.h"

static void assert_problem(const extracted *e, uint32_t i, uint64_t record, const char *words)
{
    assert_true(i < e->found.problem_count);
    const extract_problem *p = &e->found.problems[i];
    assert_int_equal(p->record, record);
    if (view_find(p->reason, view_of(words)) == p->reason.size)
        fail_msg("'%.*s' lacks '%s'", VIEW_ARG(p->reason), words);
}

static void assert_text(const char *json, const char *expected)
{
    extracted e;
    extracted_expect(&e, "a.json", view_of(json), 1);
    assert_view(e.found.documents[0].text, expected);
    extracted_done(&e);
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
    assert_view(d->text,
                "a\nb\n\ncategory: ai\nyear: 2024\nscore: 0.5\ndraft: false\ntags: 1, 2.5");
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
    assert_view(e.found.documents[0].text, "hello\n\ntype: faq");
    assert_field(&e.found.documents[0], "type", "faq");
    assert_false(e.found.documents[0].title_is_prefix);
    extracted_done(&e);
}

/* Telegram's exports, chats with an LLM, Atlassian's documents and WordPress hold a text in pieces. */
static void a_content_in_pieces_is_their_text(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "chat.json",
        VIEW("{\"name\": \"Team\", \"messages\": ["
             "{\"from\": \"Bob\", \"text\": [\"On \", {\"type\": \"bold\", \"text\": \"12 April\"},"
             " \" at nine.\"]}, "
             "{\"actor\": \"Cem\", \"action\": \"join\", \"text\": \"\"}, "
             "{\"from\": \"Ann\", \"text\": null, \"file\": \"plan of the hall\"}]}"),
        3);
    assert_view(e.found.documents[0].text, "On 12 April at nine.\n\nfrom: Bob");
    assert_view(e.found.documents[1].text, "actor: Cem\naction: join");
    assert_view(e.found.documents[2].text, "from: Ann\nfile: plan of the hall");
    assert_int_equal(e.found.problem_count, 0);
    extracted_done(&e);
    extracted_expect(
        &e, "issue.json",
        VIEW(
            "{\"key\": \"K-1\", \"body\": {\"type\": \"doc\", \"content\": ["
            "{\"type\": \"paragraph\", \"content\": [{\"type\": \"text\", \"text\": \"The pump \"},"
            "{\"type\": \"text\", \"text\": \"leaks\", \"marks\": [{\"type\": \"strong\"}]}]},"
            "{\"type\": \"paragraph\", \"content\": [{\"type\": \"text\", \"text\": \"At "
            "night.\"}]}]}}"),
        1);
    assert_view(e.found.documents[0].text, "The pump leaks\nAt night.\n\nkey: K-1");
    extracted_done(&e);
    extracted_expect(&e, "page.json",
                     VIEW("{\"id\": 3, \"content\": {\"rendered\": \"<p>Keep it <b>dry</b>.</p>\", "
                          "\"protected\": false}}"),
                     1);
    assert_view(e.found.documents[0].text, "Keep it dry.");
    extracted_done(&e);
    extracted_expect(
        &e, "llm.json",
        VIEW("{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": "
             "\"When is it?\"}, {\"type\": \"text\", \"text\": \"Say the day.\"}]}]}"),
        1);
    assert_view(e.found.documents[0].text,
                "messages > role: user\n\nmessages > content:\nWhen is it?\nSay the day.");
    extracted_done(&e);
}

/* Sheets and data frames are exported as lists of rows, with their header first or beside them. */
static void a_data_frame_by_columns_is_a_table(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.json",
                     VIEW("{\"city\":{\"0\":\"Kiel\",\"4\":\"Bonn\"},\"sales\":{\"0\":3,\"4\":4}}"),
                     1);
    assert_view(e.found.documents[0].text,
                "city | sales\ncity: Kiel | sales: 3\ncity: Bonn | sales: 4");
    assert_int_equal(e.found.documents[0].marks[0].kind, PLACE_NONE);
    extracted_done(&e);
    // A row is in all columns: its place is that of the frame.
    extracted_expect(&e, "a.json",
                     VIEW("{\"year\":2024,\"shops\":{\"city\":{\"0\":\"Kiel\",\"1\":\"Bonn\"},"
                          "\"sales\":{\"0\":3,\"1\":4}}}"),
                     1);
    const document *d = &e.found.documents[0];
    assert_view(d->marks[d->mark_count - 1].name, "/shops");
    extracted_done(&e);
    // Settings by name, and numbers that are no rows of the same table.
    extracted_expect(&e, "a.json",
                     VIEW("{\"dev\":{\"host\":\"a.example\"},\"prod\":{\"host\":\"b.example\"}}"),
                     1);
    assert_view(e.found.documents[0].text, "dev > host: a.example\n\nprod > host: b.example");
    extracted_done(&e);
    extracted_expect(&e, "a.json", VIEW("{\"2022\":{\"1\":\"May\"},\"2023\":{\"1\":\"June\"}}"), 1);
    assert_view(e.found.documents[0].text, "2022 > 1: May\n\n2023 > 1: June");
    extracted_done(&e);
}

/* Telegram and Slack write a message twice: as text, and in pieces with their types. */
static void a_text_that_is_there_once_more_is_read_once(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "chat.json",
        VIEW("[{\"from\": \"Bob\", \"text\": [\"The key is under the \", {\"type\": \"bold\", "
             "\"text\": \"red pot\"}, \".\"], \"text_entities\": [{\"type\": \"plain\", \"text\": "
             "\"The key is under the \"}, {\"type\": \"bold\", \"text\": \"red pot\"}, {\"type\": "
             "\"plain\", \"text\": \".\"}]}, {\"text\": \"See it, Ann\", \"blocks\": [{\"type\": "
             "\"section\", \"block_id\": \"x9\", \"elements\": [{\"type\": \"text\", \"text\": "
             "\"See "
             "it\", \"style\": {\"bold\": true}}]}], \"replies\": [{\"text\": \"it\", \"by\": "
             "\"Cid\"}], \"tags\": [\"Ann\"]}]"),
        2);
    assert_view(e.found.documents[0].text, "The key is under the red pot.\n\nfrom: Bob");
    assert_view(e.found.documents[1].text,
                "See it, Ann\n\nreplies > text: it\nreplies > by: Cid\ntags: Ann");
    extracted_done(&e);
    assert_text("{\"packages\": {\"\": {\"name\": \"shop\"}, \"a\": {\"name\": \"b\"}}}",
                "packages > name: shop\n\npackages > a > name: b");
}

static void lists_of_rows_are_tables(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "m.json", VIEW("[[\"Item\", \"Price\"], [\"Lamp\", 20], [\"Desk\", 100]]"),
                     1);
    assert_view(e.found.documents[0].text,
                "Item | Price\nItem: Lamp | Price: 20\nItem: Desk | Price: 100");
    extracted_done(&e);
    extracted_expect(&e, "frame.json",
                     VIEW("{\"columns\": [\"2023\", \"2024\"], \"index\": [0, 1], \"data\": "
                          "[[\"low\", \"high\"], [\"high\", \"low\"]]}"),
                     1);
    assert_view(e.found.documents[0].text,
                "2023 | 2024\n2023: low | 2024: high\n2023: high | 2024: low");
    extracted_done(&e);
    // Numbers alone, and one row, are a table where names of as many columns stand beside them.
    assert_text("{\"columns\": [\"when\", \"n\"], \"index\": [0], \"data\": [[1746093600, 3]]}",
                "when | n\nwhen: 1746093600 | n: 3");
    assert_text("{\"fields\": [\"x\", \"y\"], \"data\": [[1, 2, 3], [4, 5, 6]]}",
                "fields: x, y\n\ndata: 1, 2, 3, 4, 5, 6");
    extracted_expect(
        &e, "two.json",
        VIEW("{\"year\": 2024, \"staff\": {\"headers\": [{\"name\": \"Name\"}, {\"name\": "
             "\"Room\"}], \"rows\": [[\"Ann\", 4], [\"Bob\", 5]]}, "
             "\"fees\": [[\"Kind\", \"Euro\"], [\"Child\", 3.5], [\"Adult\", 7]]}"),
        1);
    assert_view(
        e.found.documents[0].text,
        "year: 2024\n\nstaff | Name | Room\nstaff | Name: Ann | Room: 4\n"
        "staff | Name: Bob | Room: 5\n\nfees | Kind | Euro\nfees | Kind: Child | Euro: 3.5\n"
        "fees | Kind: Adult | Euro: 7");
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
    extracted_expect_failure("a.json", VIEW("{\"content\": \"x\""), KITH_ERR_FORMAT, "");
    extracted_expect_failure("a.json", VIEW("{\"content\""), KITH_ERR_FORMAT, "");
    extracted_expect_failure("a.json", VIEW("[{\"a\": ]"), KITH_ERR_FORMAT, "");
    extracted_expect_failure("a.jsonl", VIEW("x\ny\n"), KITH_ERR_FORMAT, "no record");
}

static void an_empty_list_gives_nothing(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.json", (view){0}, 0);
    extracted_done(&e);
    extracted_expect(&e, "a.json", VIEW("{}"), 0);
    extracted_done(&e);
    extracted_expect(&e, "a.json", VIEW("[]"), 0);
    extracted_done(&e);
    extracted_expect(&e, "a.jsonl", VIEW("\n \n"), 0);
    extracted_done(&e);
}

/* The only document of the file, as text. */

static void assert_pointer(const document *d, uint32_t i, const char *text_at, const char *pointer)
{
    assert_true(i < d->mark_count);
    assert_int_equal(d->marks[i].kind, PLACE_POINTER);
    assert_view(d->marks[i].name, pointer);
    assert_true(
        view_starts_with(view_slice(d->text, d->marks[i].offset, d->text.size), view_of(text_at)));
}

static void any_other_json_is_text_with_its_keys(void **state)
{
    (void)state;
    assert_text("{\"title\": \"x\"}", "title: x");
    assert_text("[1, [2.5, 3]]", "1, 2.5, 3");
    assert_text("7", "7");
    assert_text("{\"name\": \"demo\", \"none\": null, \"no\": \"\", \"l\": [], \"scripts\": "
                "{\"test\": \"t\","
                " \"a/b\": true}, \"tags\": [\"x\", null, \"y\"]}",
                "name: demo\n\nscripts > test: t\n\nscripts > a/b: true\n\ntags: x, y");
    assert_text("{\"by\": [{\"n\": \"Ann\"}, {\"n\": \"Ben\", \"m\": \"b\"}], \"x\": 1}",
                "by > n: Ann\n\nby > n: Ben\nby > m: b\n\nx: 1");
    assert_text("{\"long\": \"one\\ntwo\", \"next\": 1}", "long:\none\ntwo\n\nnext: 1");
    assert_text("{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}",
                "messages > role: user\nmessages > content: Hi");
}

static void a_value_of_any_other_json_has_its_pointer(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "package.json",
        VIEW("{\"name\": \"d\", \"scripts\": {\"test\": \"node t\", \"a/b~c\": \"x\"}, "
             "\"by\": [{\"n\": \"Ann\"}]}"),
        1);
    const document *d = &e.found.documents[0];
    assert_view(d->id, "package");
    assert_pointer(d, 0, "name: d", "/name");
    assert_pointer(d, 1, "scripts > test: node t", "/scripts/test");
    assert_pointer(d, 2, "scripts > a/b~c: x", "/scripts/a~1b~0c");
    assert_pointer(d, 3, "by > n: Ann", "/by/0/n");
    assert_int_equal(d->mark_count, 4);
    extracted_done(&e);
}

static void what_only_programs_read_is_told_by_its_size(void **state)
{
    (void)state;
    buffer json;
    buffer_init(&json, 1 << 16);
    buffer_append_text(&json, "{\"vector\": [0.5");
    for (int i = 0; i < 99; i++)
        buffer_append_text(&json, ", 1");
    buffer_append_text(&json, "], \"picture\": \"");
    for (int i = 0; i < 100; i++)
        buffer_append_text(&json, "iVBORw0K");
    buffer_append_text(&json, "\", \"hash\": \"0123456789abcdef0123456789abcdef\"}");
    assert_text(buffer_text(&json), "vector: [100 numbers]\n\npicture: [800 characters]\n\nhash: "
                                    "0123456789abcdef0123456789abcdef");
    buffer_reset(&json);
    buffer_append_text(
        &json, "{\"content\": \"one\", \"uuid\": \"123e4567-e89b-12d3-a456-426614174000\"}");
    assert_text(buffer_text(&json), "one");
    buffer_done(&json);
}

static void a_wrapped_list_gives_its_records(void **state)
{
    (void)state;
    static const char *const WRAPPED[] = {
        "{\"total\": 2, \"items\": [{\"id\": 1, \"content\": \"kettle\"}, {\"id\": 2, \"content\": "
        "\"lamp\"}]}",
        "{\"ok\": true, \"data\": {\"page\": 1, \"rows\": [{\"id\": 1, \"name\": \"kettle\"}, "
        "{\"id\": 2}, "
        "{\"id\": 3, \"name\": \"lamp\"}]}}",
        "{\"reviews\": [{\"id\": 1, \"text\": \"kettle\"}, {\"id\": 2, \"text\": \"lamp\"}], "
        "\"next\": null}",
        "{\"@context\": \"https://schema.org\", \"@graph\": [{\"name\": \"kettle\"}, {\"name\": "
        "\"lamp\"}]}",
    };
    static const char *const POINTERS[] = {"/items/0", "/data/rows/0", "/reviews/0", "/@graph/0"};
    for (size_t i = 0; i < sizeof WRAPPED / sizeof *WRAPPED; i++) {
        extracted e;
        extracted_expect(&e, "a.json", view_of(WRAPPED[i]), 2);
        assert_pointer(&e.found.documents[0], 0, "", POINTERS[i]);
        assert_int_equal(e.found.documents[0].record, 1);
        extracted_done(&e);
    }
    // Text beside the list would be lost.
    assert_text("{\"about\": \"These are the things that our kitchen has.\", \"items\": "
                "[{\"content\": \"k\"}]}",
                "about: These are the things that our kitchen has.\n\nitems > content: k");
}

/* docs/decisions/115. */
static void a_list_of_rows_is_records_whatever_its_name(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "shop.json",
        VIEW("{\"total\": 2, \"next\": \"https://shop.example/orders?page=2\", \"orders\": "
             "[{\"id\": \"A-7\", \"customer\": \"Ann Lee\", \"item\": \"Lamp\", \"price\": 20}, "
             "{\"id\": \"A-8\", \"customer\": \"Tom Vale\", \"item\": \"Desk\", \"price\": 90}]}"),
        2);
    assert_view(e.found.documents[0].id, "A-7");
    assert_view(e.found.documents[1].text, "customer: Tom Vale\nitem: Desk\nprice: 90");
    assert_pointer(&e.found.documents[1], 0, "customer", "/orders/1");
    extracted_done(&e);
    static const char *const TEXTS[] = {
        "{\"customer\": \"Ann Lee\", \"orders\": [{\"item\": \"A lamp for the desk\", \"price\": "
        "20}]}",
        "{\"year\": 2024, \"orders\": [{\"item\": \"A lamp for the desk\", \"price\": 20}]}",
        "{\"points\": [{\"name\": \"a\", \"x\": 1, \"y\": 2}, {\"name\": \"b\", \"x\": 1, \"y\": "
        "2}]}",
        "{\"orders\": [{\"item\": \"A lamp for the desk\", \"n\": 1}], \"parts\": [{\"item\": \"A "
        "lamp for the desk\", \"n\": 1}]}",
        "{\"names\": [{\"name\": \"only one member in each of them\"}]}",
        "{\"turns\": [{\"role\": \"user\", \"said\": \"Where is the valve?\"}]}",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        extracted_expect(&e, "one.json", view_of(TEXTS[i]), 1);
        assert_view(e.found.documents[0].id, "one");
        extracted_done(&e);
    }
}

static void features_of_a_map_have_their_properties_as_metadata(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.json",
        VIEW("{\"type\": \"FeatureCollection\", \"features\": [{\"type\": \"Feature\", "
             "\"properties\": {\"name\": \"Oak\", \"age\": 140}, \"geometry\": {\"type\": "
             "\"Point\", \"coordinates\": [13.4, 52.5]}}]}"),
        1);
    assert_view(e.found.documents[0].text,
                "type: Feature\nproperties > name: Oak\nproperties > age: 140\ngeometry > type: "
                "Point\ngeometry > coordinates: 13.4, 52.5");
    assert_field(&e.found.documents[0], "name", "Oak");
    extracted_done(&e);
}

static void records_without_a_content_are_text_by_their_members(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "a.json",
        VIEW("[{\"id\": 5, \"title\": \"Bolt\", \"size\": {\"w\": 3}, \"price\": 2.5}]"), 1);
    assert_view(e.found.documents[0].id, "5");
    assert_view(e.found.documents[0].text, "title: Bolt\nsize > w: 3\nprice: 2.5");
    assert_field(&e.found.documents[0], "title", "Bolt");
    assert_false(e.found.documents[0].title_is_prefix);
    extracted_done(&e);
}

static void one_bad_record_does_not_stop_the_others(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(
        &e, "nan.json",
        VIEW("[{\"content\": \"one\", \"n\": NaN, \"m\": -Infinity}, {\"content\": \"two\"}]"), 2);
    assert_int_equal(e.found.notices.count, 1);
    extracted_done(&e);
    extracted_expect(
        &e, "half.json",
        VIEW("[{\"content\": \"a\\ud83d b \\ud83d\\ude00 \\ude00\"}, {\"content\": \"two\"}]"), 2);
    assert_view(e.found.documents[0].text, "a\xEF\xBF\xBD b \xF0\x9F\x98\x80 \xEF\xBF\xBD");
    assert_int_equal(e.found.replaced, 2);
    extracted_done(&e);
    extracted_expect(&e, "cut.json",
                     VIEW("{\"total\": 3, \"items\": [{\"content\": \"one\"}, {\"content\" \"x\"}, "
                          "{\"content\": \"two ]\"}, {\"content\": \"thr"),
                     2);
    assert_int_equal(e.found.problem_count, 2);
    assert_int_equal(e.found.problems[0].record, 2);
    assert_int_equal(e.found.problems[1].record, 4);
    extracted_done(&e);
    extracted_expect(&e, "a.jsonl", VIEW("{\"content\": \"one\", \"n\": NaN}\n{\"content\": \"tw"),
                     1);
    assert_problem(&e, 0, 2, "");
    extracted_done(&e);
    extracted_expect(&e, "many.json",
                     VIEW("{\n\"content\": \"one\"\n}\n{\n\"content\": \"two\"\n}"), 2);
    extracted_done(&e);
}

static void comments_and_last_commas_are_passed_over(void **state)
{
    (void)state;
    assert_text("{\n // the \"mode\"\n \"mode\": \"a//b\", /* {old} */\n \"l\": [1, 2,],\n \"t\": "
                "\"x\ty\",}",
                "mode: a//b\n\nl: 1, 2\n\nt: x\ty");
}

/* Ids of networks, amounts of tokens: neither an int64 nor a double holds them. */
static void large_numbers_stand_as_they_are_written(void **state)
{
    (void)state;
    assert_text("{\"a\": 12345678901234567890, \"b\": -9223372036854775808, \"c\": "
                "9223372036854775807, \"d\": 9223372036854775808}",
                "a: 12345678901234567890\n\nb: -9223372036854775808\n\nc: 9223372036854775807\n\n"
                "d: 9223372036854775808");
    assert_text("{\"wei\": 115792089237316195423570985008687907853269984665640564039457584007913,"
                " \"far\": 1e400, \"near\": [1,\n-18446744073709551616]}",
                "wei: 115792089237316195423570985008687907853269984665640564039457584007913\n\n"
                "far: 1e400\n\nnear: 1, -18446744073709551616");
    assert_text("{\"t\": \"no. 12345678901234567890, paid\", \"n\": 2}",
                "t: no. 12345678901234567890, paid\n\nn: 2");
    assert_text("{\"9.90\": [19.90, \"1.50\", 150.00, 7, -0.10, 1.0], \"x\": {\"y\": \"a\\\"9.\", "
                "\"z\": 1.250, \"e\": 1.50e2, \"n\": 0.12345678901234567890}}",
                "9.90: 19.90, 1.50, 150.00, 7, -0.10, 1.0\n\nx > y: a\"9.\n\nx > z: 1.250\n\n"
                "x > e: 150.0\n\nx > n: 0.12345678901234568");
    extracted e;
    extracted_expect(&e, "a.jsonl",
                     VIEW("{\"id\": 18446744073709551616, \"content\": \"one\", \"n\": "
                          "12345678901234567890}\n{\"id\": 7, \"content\": \"two\"}\n"),
                     2);
    assert_view(e.found.documents[0].id, "18446744073709551616");
    assert_int_equal(e.found.documents[1].marks[0].kind, PLACE_LINE);
    assert_int_equal(e.found.documents[1].marks[0].number, 2);
    assert_view(e.found.documents[0].text, "one\n\nn: 12345678901234567890");
    assert_field(&e.found.documents[0], "n", "12345678901234567890");
    extracted_done(&e);
    extracted_expect(&e, "a.json", VIEW("{\"n\": 18446744073709551616}\n{\"n\": 1}\n"), 2);
    extracted_done(&e);
}

static void what_cannot_be_held_is_read_as_plain_text(void **state)
{
    (void)state;
    assert_text("{\"a\": 1, \"a\": 2}", "{\"a\": 1, \"a\": 2}");
    buffer json;
    buffer_init(&json, 1 << 16);
    for (int i = 0; i < 2 * JSON_MAX_DEPTH; i++)
        buffer_append_byte(&json, '[');
    for (int i = 0; i < 2 * JSON_MAX_DEPTH; i++)
        buffer_append_byte(&json, ']');
    assert_text(buffer_text(&json), buffer_text(&json));
    buffer_done(&json);
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

static void a_content_of_which_nothing_is_left_is_a_problem_of_the_record(void **state)
{
    (void)state;
    extracted e;
    extracted_expect(&e, "a.json",
                     VIEW("[{\"content\": {\"rendered\": \"<p></p>\"}, \"title\": \"T\"},"
                          "{\"content\": [\"<p></p>\", \"<p> </p>\"]},"
                          "{\"content\": {\"rendered\": \"<p>text</p>\"}}]"),
                     1);
    assert_view(e.found.documents[0].text, "text");
    assert_int_equal(e.found.problem_count, 2);
    assert_problem(&e, 0, 1, "its content is empty");
    assert_problem(&e, 1, 2, "its content is empty");
    extracted_done(&e);
}

static void html_in_strings_is_text(void **state)
{
    (void)state;
    static const struct {
        const char *html, *text;
    } CASES[] = {
        {"<p>Keep it <b>dry</b>.</p><p>5 &gt; 3 &amp; 2</p>", "Keep it dry.\n\n5 > 3 & 2"},
        {"Line one<br>line two<br/>", "Line one\nline two"},
        {"<ul><li>one</li><li>two</li></ul>", "- one\n- two"},
        {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc"},
        {"<div><style>p{}</style><!-- x --><a href='a>b'>link</a></div>", "link"},
        {"Use <b> for bold and <p> for paragraphs", "Use <b> for bold and <p> for paragraphs"},
        {"<T> is a type parameter of <Foo></Foo>", "<T> is a type parameter of <Foo></Foo>"},
        {"Write `<p>text</p>`", "Write `<p>text</p>`"},
        {"5 < 6 and 7 > 3", "5 < 6 and 7 > 3"},
        {"Depth: 12 m<br>Clean in <b>2024</b> again", "Depth: 12 m\nClean in 2024 again"},
        {"Write <br> for a line", "Write <br> for a line"},
        {"a (<br>) b", "a (<br>) b"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        extracted e;
        char json[512];
        (void)snprintf(json, sizeof json, "[{\"content\": \"%s\"}]", CASES[i].html);
        extracted_expect(&e, "a.json", view_of(json), 1);
        assert_view(e.found.documents[0].text, CASES[i].text);
        extracted_done(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_document_carries_its_members),
        cmocka_unit_test(what_metadata_cannot_hold_is_left_out_and_counted),
        cmocka_unit_test(the_record_names_itself_and_its_type),
        cmocka_unit_test(a_content_in_pieces_is_their_text),
        cmocka_unit_test(a_text_that_is_there_once_more_is_read_once),
        cmocka_unit_test(lists_of_rows_are_tables),
        cmocka_unit_test(a_data_frame_by_columns_is_a_table),
        cmocka_unit_test(a_list_gives_a_document_each_and_a_problem_each),
        cmocka_unit_test(json_lines_report_bad_lines_by_number),
        cmocka_unit_test(json_lines_under_the_name_of_json_are_read),
        cmocka_unit_test(nul_in_a_string_becomes_a_space),
        cmocka_unit_test(a_file_without_a_readable_record_is_an_error),
        cmocka_unit_test(an_empty_list_gives_nothing),
        cmocka_unit_test(too_many_fields_are_a_problem_of_the_record),
        cmocka_unit_test(any_other_json_is_text_with_its_keys),
        cmocka_unit_test(a_value_of_any_other_json_has_its_pointer),
        cmocka_unit_test(what_only_programs_read_is_told_by_its_size),
        cmocka_unit_test(a_wrapped_list_gives_its_records),
        cmocka_unit_test(a_list_of_rows_is_records_whatever_its_name),
        cmocka_unit_test(features_of_a_map_have_their_properties_as_metadata),
        cmocka_unit_test(records_without_a_content_are_text_by_their_members),
        cmocka_unit_test(one_bad_record_does_not_stop_the_others),
        cmocka_unit_test(comments_and_last_commas_are_passed_over),
        cmocka_unit_test(large_numbers_stand_as_they_are_written),
        cmocka_unit_test(what_cannot_be_held_is_read_as_plain_text),
        cmocka_unit_test(a_content_of_which_nothing_is_left_is_a_problem_of_the_record),
        cmocka_unit_test(html_in_strings_is_text),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
