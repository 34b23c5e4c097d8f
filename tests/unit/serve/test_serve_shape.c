/* Shapes: what they let pass, in which words they refuse, and that the description says
 * the same. */
#include "test.h"

#include "serve/openapi.h"
#include "serve/shape.h"

static const char *const colours[] = {"red", "green", NULL};
static const shape_member inner_members[] = {{"id", true, {SHAPE_TEXT, .min = 1, .max = 3}, NULL},
                                             {0}};
static const shape inner = {SHAPE_RECORD, .members = inner_members, .name = "Inner"};
static const shape_member members[] = {
    {"name", true, {SHAPE_TEXT}, NULL},
    {"colour", false, {SHAPE_TEXT, .choices = colours}, NULL},
    {"k", false, {SHAPE_INTEGER, .min = 1, .max = 10}, NULL},
    {"any_integer", false, {SHAPE_INTEGER}, NULL},
    {"weight", false, {SHAPE_NUMBER, .min = 0, .max = 1}, NULL},
    {"flag", false, {SHAPE_BOOL}, NULL},
    {"where", false, {SHAPE_OBJECT}, NULL},
    {"list", false, {SHAPE_LIST, .min = 1, .max = 2, .element = &inner}, NULL},
    {"input", false, {SHAPE_TEXT_OR_LIST, .min = 1, .max = 2, .element = &inner}, NULL},
    {"same", false, {SHAPE_AS, .element = &inner}, NULL},
    {0}};
static const shape record = {SHAPE_RECORD, .members = members};
static const shape open_record = {SHAPE_RECORD, .is_open = true, .members = members};

/* Checks the JSON text; `expected` is the message, "" when it fits, and `at` the member's path. */
static void check_as(const shape *s, const char *json, const char *expected, const char *at)
{
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    const json_value *v = NULL;
    const char *member = "";
    assert_ok(json_parse(view_of(json), 1 << 20, &a, &v, &err));
    kith_status status = shape_check(s, v, "", &a, &member, &err);
    assert_int_equal(status, *expected ? KITH_ERR_INVALID : KITH_OK);
    assert_string_equal(status == KITH_OK ? "" : err.message, expected);
    assert_string_equal(member, at);
    arena_done(&a);
}

static void what_fits_passes(void **state)
{
    (void)state;
    check_as(&record, "{\"name\": \"\"}", "", "");
    check_as(&record,
             "{\"name\": \"n\", \"colour\": \"green\", \"k\": 10, \"weight\": 1, \"flag\": false,"
             " \"where\": {\"x\": [1]}, \"list\": [{\"id\": \"\xC3\xA9\xC3\xA9\xC3\xA9\"}],"
             " \"input\": \"text\", \"same\": {\"id\": \"a\"}}",
             "", "");
    check_as(&record, "{\"name\": \"n\", \"k\": 3.0, \"input\": [{\"id\": \"a\"}]}", "", "");
    // What is not required may be null, which is as if it were absent.
    check_as(&record, "{\"name\": \"n\", \"k\": null, \"colour\": null, \"list\": null}", "", "");
    check_as(&open_record, "{\"name\": \"n\", \"unknown\": 1}", "", "");
}

static void what_does_not_is_named_with_what_is_expected(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message, *member;
    } cases[] = {
        {"[]", "the body must be an object, not a list", ""},
        {"{}", "name is missing", "name"},
        {"{\"name\": null}", "name must be a text, not null", "name"},
        {"{\"name\": \"a\\u0000b\"}", "name holds a NUL character", "name"},
        {"{\"name\": \"n\", \"unknown\": 1}", "unknown is not known here", "unknown"},
        {"{\"name\": \"n\", \"colour\": \"blue\"}", "colour is 'blue'; it may be 'red', 'green'",
         "colour"},
        {"{\"name\": \"n\", \"k\": 0}", "k must be an integer from 1 to 10, not 0", "k"},
        {"{\"name\": \"n\", \"k\": 11}", "k must be an integer from 1 to 10, not 11", "k"},
        {"{\"name\": \"n\", \"k\": 1.5}", "k must be an integer from 1 to 10, not a number", "k"},
        {"{\"name\": \"n\", \"k\": \"1\"}", "k must be an integer from 1 to 10, not a text", "k"},
        {"{\"name\": \"n\", \"any_integer\": 1e300}",
         "any_integer must be an integer, not a number", "any_integer"},
        {"{\"name\": \"n\", \"weight\": 1.25}", "weight must be a number from 0 to 1, not 1.25",
         "weight"},
        {"{\"name\": \"n\", \"flag\": 1}", "flag must be true or false, not a number", "flag"},
        {"{\"name\": \"n\", \"where\": []}", "where must be an object, not a list", "where"},
        {"{\"name\": \"n\", \"list\": []}", "list has 0 elements; allowed are 1 to 2", "list"},
        {"{\"name\": \"n\", \"list\": [{\"id\": \"a\"}, {\"id\": \"abcd\"}]}",
         "list[1].id has 4 characters; allowed are 1 to 3", "list[1].id"},
        {"{\"name\": \"n\", \"list\": [{\"id\": \"\"}]}", "list[0].id is empty", "list[0].id"},
        {"{\"name\": \"n\", \"list\": [{\"id\": \"a\", \"x\": 1}]}", "list[0].x is not known here",
         "list[0].x"},
        {"{\"name\": \"n\", \"input\": \"\"}", "input is empty", "input"},
        {"{\"name\": \"n\", \"input\": 7}", "input must be a text or a list, not a number",
         "input"},
        {"{\"name\": \"n\", \"same\": {}}", "same.id is missing", "same.id"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_as(&record, cases[i].json, cases[i].message, cases[i].member);
}

static void checking_a_long_list_takes_no_more_memory_than_a_short_one(void **state)
{
    (void)state;
    enum { ELEMENTS = 10000 };
    static const shape number = {SHAPE_NUMBER};
    static const shape list = {SHAPE_LIST, .element = &number};
    kith_error err = {0};
    const char *member = NULL;
    json_value one = {.kind = JSON_DOUBLE, .number = 1.5};
    const json_value **elements = calloc(ELEMENTS, sizeof *elements);
    assert_non_null(elements);
    for (size_t i = 0; i < ELEMENTS; i++)
        elements[i] = &one;
    const json_value v = {.kind = JSON_ARRAY, .count = ELEMENTS, .elements = elements};
    arena a;
    arena_init(&a, 1024);
    assert_ok(shape_check(&list, &v, "vector", &a, &member, &err));
    arena_done(&a);
    free(elements);
}

static void members_are_read_or_stand_for_themselves(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    const json_value *v = NULL;
    const char *json = NULL;
    assert_ok(json_parse(VIEW("{\"i\": 7, \"d\": 8.0, \"t\": \"x\", \"b\": true, \"n\": null,"
                              " \"o\": {\"a\": [1.0, \"\\\"\"]}}"),
                         1 << 20, &a, &v, &err));
    assert_int_equal(shape_integer(v, "i", 1), 7);
    assert_int_equal(shape_integer(v, "d", 1), 8);
    assert_int_equal(shape_integer(v, "n", 1), 1);
    assert_near(shape_number(v, "i", 1), 7, 0);
    assert_near(shape_number(v, "missing", 0.5), 0.5, 0);
    assert_string_equal(shape_text(v, "t", "other"), "x");
    assert_string_equal(shape_text(v, "n", "other"), "other");
    assert_true(shape_bool(v, "b", false));
    assert_false(shape_bool(NULL, "b", false));
    assert_ok(shape_json(v, "o", &a, &json, &err));
    assert_string_equal(json, "{\"a\":[1.0,\"\\\"\"]}");
    assert_ok(shape_json(v, "n", &a, &json, &err));
    assert_null(json);
    arena_done(&a);
}

/* ---- the description ---- */

static void handle_nothing(serve_call *call)
{
    (void)call;
}

static const shape_member limit_members[] = {
    {"limit", false, {SHAPE_INTEGER, .min = 1, .max = 9}, "how many"}, {0}};
static const shape limit_query = {SHAPE_RECORD, .members = limit_members};
static const route_shapes list_shapes = {.query = &limit_query, .response = &inner};
static const route_shapes make_shapes = {
    .request = &record, .status = 201, .other_response = "text/event-stream"};
static const route_shapes rest_shapes = {.response = &inner};
static const route routes[] = {
    {"GET", "/v1/{thing}", SCOPE_READ, BODY_NONE, 0, handle_nothing, "list", &list_shapes},
    {"GET", "/hidden", SCOPE_READ, BODY_NONE, 0, handle_nothing, "not described", NULL},
    {"GET", "/v1/files/{path...}", SCOPE_PUBLIC, BODY_NONE, 0, handle_nothing, "get", &rest_shapes},
    {"POST", "/v1/{thing}", SCOPE_WRITE, BODY_JSON, 0, handle_nothing, "make", &make_shapes},
};
static const shape_member captures[] = {{"thing", true, {SHAPE_TEXT, .pattern = "^[a-z]+$"}, NULL},
                                        {0}};
static const dialect first = {
    .name = "first", .routes = routes, .route_count = 4, .error = &inner, .captures = captures};
static const dialect second = {.name = "second"};

/* The value at the end of a path of members. */
static const json_value *at(const json_value *v, const char *const *path)
{
    for (; *path; path++) {
        v = json_get(v, *path);
        if (!v) fail_msg("there is no '%s'", *path);
    }
    return v;
}
#define AT(v, ...) at((v), (const char *const[]){__VA_ARGS__, NULL})

static void the_description_has_each_path_once_with_all_its_methods(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    buffer out;
    buffer_init(&out, 1 << 20);
    json_writer w = {.out = &out};
    const json_value *v = NULL;
    openapi_write(&w, (const dialect *const[]){&second, &first, NULL});
    assert_ok(json_parse(buffer_view(&out), out.size, &a, &v, &err)); // refuses equal members
    const json_value *paths = AT(v, "paths");
    assert_int_equal(paths->count, 2);
    assert_int_equal(AT(paths, "/v1/{thing}")->count, 2);
    (void)AT(paths, "/v1/files/{path}", "get", "responses", "default");
    (void)AT(paths, "/v1/{thing}", "post", "responses", "201", "content", "text/event-stream");
    const json_value *parameters = AT(paths, "/v1/{thing}", "get", "parameters");
    assert_int_equal(parameters->count, 2);
    view text = {NULL, 0};
    assert_true(json_get_string(AT(parameters->elements[0], "schema"), "pattern", &text));
    assert_string_equal(text.data, "^[a-z]+$");
    assert_true(json_get_string(parameters->elements[1], "name", &text));
    assert_string_equal(text.data, "limit");
    assert_true(json_get_string(AT(paths, "/v1/{thing}", "get", "responses", "200", "content",
                                   "application/json", "schema"),
                                "$ref", &text));
    assert_string_equal(text.data, "#/components/schemas/Inner");
    const json_value *schema =
        AT(paths, "/v1/{thing}", "post", "requestBody", "content", "application/json", "schema");
    assert_int_equal(AT(schema, "required")->count, 1);
    assert_false(AT(schema, "additionalProperties")->boolean);
    assert_int_equal(AT(schema, "properties", "k", "type")->count, 2); // integer, or null
    assert_int_equal(AT(schema, "properties", "input", "anyOf")->count, 2);
    (void)AT(v, "components", "schemas", "Inner", "properties", "id");
    // Public, and without a key.
    assert_int_equal(AT(paths, "/v1/files/{path}", "get", "security")->count, 1);
    assert_int_equal(AT(paths, "/v1/{thing}", "get", "security")->count, 2);
    buffer_done(&out);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_passes),
        cmocka_unit_test(what_does_not_is_named_with_what_is_expected),
        cmocka_unit_test(checking_a_long_list_takes_no_more_memory_than_a_short_one),
        cmocka_unit_test(members_are_read_or_stand_for_themselves),
        cmocka_unit_test(the_description_has_each_path_once_with_all_its_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
