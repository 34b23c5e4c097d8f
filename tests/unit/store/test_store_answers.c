/* test_store_answers.c - answers kept: for how long, for how many bytes, and for which state. */
#include "fixture.h"

enum { OVERHEAD = 128, MINUTE_MS = 60000 };

static const store_answer_limits roomy = {.bytes = 1 << 20, .age_ms = 1000 * MINUTE_MS};

static uint64_t sequence_now(fixture *f)
{
    return get_collection(f).sequence;
}

static void put_at(fixture *f, const char *key, const char *text, const store_answer_limits *limits,
                   int64_t now_ms)
{
    kith_error err = {0};
    store_answer answer = {view_of(key), view_of(text), sequence_now(f)};
    assert_ok(store_put_answer(f->store, f->collection, &answer, limits, now_ms, &err));
}

static kith_status get_at(fixture *f, const char *key, int64_t now_ms, view *out)
{
    kith_error err = {0};
    return store_get_answer(f->store, f->collection, view_of(key), &roomy, now_ms, &f->arena, out,
                            &err);
}

static bool is_kept(fixture *f, const char *key)
{
    view text = {NULL, 0};
    kith_status status = get_at(f, key, 0, &text); /* a use that is not newer is not noted */
    assert_true(status == KITH_OK || status == KITH_ERR_NOT_FOUND);
    return status == KITH_OK;
}

static void an_answer_comes_back_under_its_key_alone(void **state)
{
    fixture *f = *state;
    view text = {NULL, 0};
    put_at(f, "k", "{\"answer\":1}", &roomy, 5);
    assert_int_equal(get_at(f, "k", 6, &text), KITH_OK);
    assert_view(text, "{\"answer\":1}");
    assert_int_equal(get_at(f, "K", 6, &text), KITH_ERR_NOT_FOUND);
    assert_int_equal(get_at(f, "k ", 6, &text), KITH_ERR_NOT_FOUND);
}

static void an_answer_outlives_the_process(void **state)
{
    fixture *f = *state;
    put_at(f, "k", "text", &roomy, 5);
    fixture_close(f);
    fixture_open(f);
    assert_true(is_kept(f, "k"));
}

static void the_newer_answer_of_a_key_replaces_the_older(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    view text = {NULL, 0};
    uint64_t count = 0, bytes = 0;
    put_at(f, "k", "a long first text", &roomy, 5);
    put_at(f, "k", "second", &roomy, 6);
    assert_int_equal(get_at(f, "k", 6, &text), KITH_OK);
    assert_view(text, "second");
    assert_ok(store_answer_totals(f->store, &count, &bytes, &err));
    assert_int_equal(count, 1);
    assert_int_equal(bytes, OVERHEAD + 1 + 6);
}

static void collections_do_not_share_answers(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t other = 0;
    view text = {NULL, 0};
    assert_ok(store_collection_create(f->store, VIEW("other"), KITH_COSINE, DIM, VIEW(""), 1,
                                      &other, &err));
    put_at(f, "k", "text", &roomy, 5);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_get_answer(f->store, other, VIEW("k"), &roomy, 5, &f->arena, &text, &err));
}

/* ---- the state of the collection ---- */

static void add(fixture *f)
{
    (void)add_point(f, "new", 1);
}

static void delete_a_point(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    view key = VIEW("p");
    assert_ok(store_delete_points(f->store, f->collection, &key, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
}

static void put_a_document(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    store_document d = {.key = VIEW("d2"), .metadata = VIEW("{}"), .text = VIEW("text")};
    assert_ok(store_put_documents(f->store, f->collection, NULL, &d, 1, &sequence, &err));
}

static void delete_a_document(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    assert_ok(store_delete_document(f->store, f->collection, VIEW("d"), &sequence, &err));
}

static void delete_a_source(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    assert_ok(store_delete_source(f->store, f->collection, VIEW("s"), &sequence, &err));
}

static void every_change_of_a_collection_drops_its_answers_and_no_others(void **state)
{
    static void (*const changes[])(fixture * f) = {add, delete_a_point, put_a_document,
                                                   delete_a_document, delete_a_source};
    kith_error err = {0};
    fixture *f = *state;
    uint64_t other = 0, sequence = 0;
    store_document d = {.key = VIEW("d"), .metadata = VIEW("{}"), .text = VIEW("text")};
    store_source source = {.path = VIEW("s"), .hash = VIEW("h")};
    store_document from_source = d;
    from_source.key = VIEW("of a source");
    (void)add_point(f, "p", 1);
    assert_ok(store_put_documents(f->store, f->collection, NULL, &d, 1, &sequence, &err));
    assert_ok(
        store_put_documents(f->store, f->collection, &source, &from_source, 1, &sequence, &err));
    assert_ok(store_collection_create(f->store, VIEW("other"), KITH_COSINE, DIM, VIEW(""), 1,
                                      &other, &err));
    store_answer elsewhere = {VIEW("k"), VIEW("text"), 0};
    assert_ok(store_put_answer(f->store, other, &elsewhere, &roomy, 5, &err));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        put_at(f, "k", "text", &roomy, 5);
        assert_true(is_kept(f, "k"));
        changes[i](f);
        assert_false(is_kept(f, "k"));
        assert_int_equal(ask_sql(f, "SELECT count(*) FROM answers"), 1);
        assert_ok(store_check(f->store, &err));
    }
}

static void an_answer_composed_from_an_earlier_state_is_not_kept(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_answer answer = {VIEW("k"), VIEW("text"), sequence_now(f)};
    (void)add_point(f, "p", 1);
    assert_ok(store_put_answer(f->store, f->collection, &answer, &roomy, 5, &err));
    assert_false(is_kept(f, "k"));
}

static void a_deleted_collection_takes_its_answers_along(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_answer answer = {VIEW("k"), VIEW("text"), 0};
    put_at(f, "k", "text", &roomy, 5);
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM answers"), 0);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_put_answer(f->store, f->collection, &answer, &roomy, 5, &err));
    assert_ok(store_check(f->store, &err));
}

/* ---- limits ---- */

static void an_old_answer_is_not_found_and_goes_with_the_next_put(void **state)
{
    fixture *f = *state;
    view text = {NULL, 0};
    put_at(f, "old", "text", &roomy, 0);
    assert_int_equal(get_at(f, "old", roomy.age_ms, &text), KITH_OK);
    assert_int_equal(get_at(f, "old", roomy.age_ms + 1, &text), KITH_ERR_NOT_FOUND);
    put_at(f, "new", "text", &roomy, roomy.age_ms + 1);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM answers"), 1);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM answers WHERE key = 'old'"), 0);
}

static void the_least_recently_used_answers_make_room(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    view text = {NULL, 0};
    store_answer_limits three = {.bytes = 3 * (OVERHEAD + 1 + 4), .age_ms = roomy.age_ms};
    put_at(f, "a", "text", &three, 1);
    put_at(f, "b", "text", &three, 2);
    put_at(f, "c", "text", &three, 3);
    assert_int_equal(get_at(f, "a", 2 * MINUTE_MS, &text), KITH_OK); /* a use that is noted */
    put_at(f, "d", "text", &three, 3 * MINUTE_MS);
    assert_true(is_kept(f, "a") && !is_kept(f, "b") && is_kept(f, "c") && is_kept(f, "d"));
    put_at(f, "e", "longer than the others and so worth two", &three, 4 * MINUTE_MS);
    assert_true(!is_kept(f, "a") && !is_kept(f, "c") && is_kept(f, "d") && is_kept(f, "e"));
    assert_ok(store_check(f->store, &err));
}

static void an_answer_over_the_limit_by_itself_costs_no_other_its_place(void **state)
{
    fixture *f = *state;
    store_answer_limits small = {.bytes = OVERHEAD + 1 + 4, .age_ms = roomy.age_ms};
    put_at(f, "a", "text", &small, 1);
    put_at(f, "b", "text!", &small, 2);
    assert_true(is_kept(f, "a") && !is_kept(f, "b"));
}

static void uses_within_a_minute_are_not_written(void **state)
{
    fixture *f = *state;
    view text = {NULL, 0};
    put_at(f, "k", "text", &roomy, 7);
    assert_int_equal(get_at(f, "k", 7 + MINUTE_MS - 1, &text), KITH_OK);
    assert_int_equal(ask_sql(f, "SELECT used_ms FROM answers"), 7);
    assert_int_equal(get_at(f, "k", 7 + MINUTE_MS, &text), KITH_OK);
    assert_int_equal(ask_sql(f, "SELECT used_ms FROM answers"), 7 + MINUTE_MS);
    assert_int_equal(get_at(f, "k", 7 + MINUTE_MS, &text), KITH_OK);
}

/* ---- damage ---- */

static void a_damaged_answer_is_reported_and_can_be_replaced(void **state)
{
    static const char *const damages[] = {
        "UPDATE answers SET answer = 'tex_'", "UPDATE answers SET used_ms = used_ms + 1",
        "UPDATE answers SET bytes = bytes + 1", "UPDATE answers SET created_ms = 4",
        "UPDATE answers SET sequence = sequence + 1"};
    kith_error err = {0};
    fixture *f = *state;
    view text = {NULL, 0};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        put_at(f, "k", "text", &roomy, 5);
        run_sql(f, damages[i]);
        assert_int_equal(get_at(f, "k", 6, &text), KITH_ERR_CORRUPT);
        assert_null(text.data);
        assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
        assert_non_null(strstr(err.message, "answers"));
        put_at(f, "k", "text", &roomy, 5);
        assert_ok(store_check(f->store, &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(an_answer_comes_back_under_its_key_alone),
        with_store(an_answer_outlives_the_process),
        with_store(the_newer_answer_of_a_key_replaces_the_older),
        with_store(collections_do_not_share_answers),
        with_store(every_change_of_a_collection_drops_its_answers_and_no_others),
        with_store(an_answer_composed_from_an_earlier_state_is_not_kept),
        with_store(a_deleted_collection_takes_its_answers_along),
        with_store(an_old_answer_is_not_found_and_goes_with_the_next_put),
        with_store(the_least_recently_used_answers_make_room),
        with_store(an_answer_over_the_limit_by_itself_costs_no_other_its_place),
        with_store(uses_within_a_minute_are_not_written),
        with_store(a_damaged_answer_is_reported_and_can_be_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
