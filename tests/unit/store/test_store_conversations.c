/* test_store_conversations.c - what was talked about, kept in order. */
#include "fixture.h"

#include "store/conversations.h"

static uint64_t create_at(fixture *f, int64_t now_ms)
{
    kith_error err = {0};
    uint64_t id = 0;
    assert_ok(store_conversation_create(f->store, 1, VIEW("c"), now_ms, &id, &err));
    return id;
}

static void add_at(fixture *f, uint64_t id, int64_t now_ms, const char *question,
                   const char *searched)
{
    kith_error err = {0};
    store_turn turn = {.asked_ms = now_ms,
                       .question = view_of(question),
                       .searched = searched ? view_of(searched) : (view){NULL, 0},
                       .answer = VIEW("{\"answer\":1}")};
    assert_ok(store_conversation_add(f->store, id, &turn, view_of(question), &err));
}

static uint32_t turns_after(fixture *f, uint64_t id, uint32_t after, store_turn **out)
{
    kith_error err = {0};
    uint32_t count = 0;
    assert_ok(store_conversation_turns(f->store, id, after, &f->arena, out, &count, &err));
    return count;
}

static void turns_come_back_in_order_after_reopening(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_turn *turns = NULL;
    store_conversation c = {0};
    uint64_t id = create_at(f, 5);
    add_at(f, id, 6, "first?", NULL);
    add_at(f, id, 7, "second?", "second? first");
    add_at(f, id, 8, "third?", NULL);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(turns_after(f, id, 0, &turns), 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(turns[i].n, i + 1);
        assert_int_equal(turns[i].asked_ms, 6 + i);
        assert_view(turns[i].answer, "{\"answer\":1}");
    }
    assert_view(turns[1].question, "second?");
    assert_view(turns[1].searched, "second? first");
    assert_null(turns[0].searched.data);
    assert_int_equal(turns_after(f, id, 2, &turns), 1);
    assert_view(turns[0].question, "third?");
    assert_int_equal(turns_after(f, id, 3, &turns), 0);
    assert_ok(store_conversation_get(f->store, id, &f->arena, &c, &err));
    assert_int_equal(c.turns, 3);
    assert_int_equal(c.created_ms, 5);
    assert_int_equal(c.updated_ms, 8);
    assert_view(c.title, "first?");
    assert_view(c.collection, "c");
    assert_ok(store_check(f->store, &err));
}

static void the_list_begins_with_the_last_updated(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_conversation *list = NULL;
    uint32_t count = 0;
    uint64_t a = create_at(f, 1), b = create_at(f, 2), c = create_at(f, 3);
    add_at(f, a, 9, "late", NULL);
    assert_ok(store_conversation_list(f->store, &f->arena, &list, &count, &err));
    assert_int_equal(count, 3);
    assert_true(list[0].id == a && list[1].id == c && list[2].id == b);
}

static void a_deleted_conversation_is_not_found_and_its_number_not_reused(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_conversation c = {0};
    store_turn *turns = NULL;
    uint32_t count = 7;
    uint64_t kept = create_at(f, 1), gone = create_at(f, 2);
    add_at(f, kept, 3, "kept", NULL);
    add_at(f, gone, 3, "gone", NULL);
    assert_ok(store_conversation_delete(f->store, gone, &err));
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM turns"), 1);
    assert_status(KITH_ERR_NOT_FOUND, store_conversation_get(f->store, gone, &f->arena, &c, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_conversation_turns(f->store, gone, 0, &f->arena, &turns, &count, &err));
    assert_int_equal(count, 7);
    assert_status(KITH_ERR_NOT_FOUND, store_conversation_delete(f->store, gone, &err));
    store_turn turn = {.question = VIEW("q"), .answer = VIEW("a")};
    assert_status(KITH_ERR_NOT_FOUND,
                  store_conversation_add(f->store, gone, &turn, VIEW("t"), &err));
    assert_true(create_at(f, 4) > gone);
    assert_ok(store_check(f->store, &err));
}

static void a_conversation_outlives_its_collection(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_turn *turns = NULL;
    uint64_t id = create_at(f, 1);
    add_at(f, id, 2, "q", NULL);
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    assert_int_equal(turns_after(f, id, 0, &turns), 1);
    assert_ok(store_check(f->store, &err));
}

static void damage_is_found_by_reading_and_by_the_check(void **state)
{
    static const struct {
        const char *sql, *undo;
        bool of_turn;
    } damages[] = {
        {"UPDATE conversations SET title = 'x'", "UPDATE conversations SET title = 'q'", false},
        {"UPDATE conversations SET turns = 3", "UPDATE conversations SET turns = 2", false},
        {"UPDATE conversations SET collection = 'd'", "UPDATE conversations SET collection = 'c'",
         false},
        {"UPDATE turns SET question = 'x' WHERE n = 1",
         "UPDATE turns SET question = 'q' WHERE n = 1", true},
        {"UPDATE turns SET searched = '' WHERE n = 1",
         "UPDATE turns SET searched = NULL WHERE n = 1", true},
        {"UPDATE turns SET answer = '{\"answer\":2}' WHERE n = 1",
         "UPDATE turns SET answer = '{\"answer\":1}' WHERE n = 1", true},
        {"UPDATE turns SET n = 7 WHERE n = 1", "UPDATE turns SET n = 1 WHERE n = 7", true},
        {"UPDATE turns SET conversation = 9 WHERE n = 1",
         "UPDATE turns SET conversation = 1 WHERE n = 1", true},
    };
    kith_error err = {0};
    fixture *f = *state;
    store_conversation c = {0};
    store_turn *turns = NULL;
    uint32_t count = 0;
    uint64_t id = create_at(f, 1);
    add_at(f, id, 2, "q", NULL);
    add_at(f, id, 3, "q", NULL);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        run_sql(f, damages[i].sql);
        assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
        assert_status(KITH_ERR_CORRUPT,
                      store_conversation_turns(f->store, id, 0, &f->arena, &turns, &count, &err));
        if (!damages[i].of_turn)
            assert_status(KITH_ERR_CORRUPT,
                          store_conversation_get(f->store, id, &f->arena, &c, &err));
        run_sql(f, damages[i].undo);
        assert_ok(store_check(f->store, &err));
    }
    run_sql(f, "DELETE FROM turns WHERE n = 2");
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    run_sql(f, damages[0].sql);
    assert_ok(store_conversation_delete(f->store, id, &err)); /* the way out of damage */
    assert_ok(store_check(f->store, &err));
}

/* ---- counters ---- */

static void counters_are_added_all_at_once(void **state)
{
    static const store_counter first[] = {{{"b", 1}, 2, false}, {{"a", 1}, 1, true}};
    static const store_counter second[] = {
        {{"c", 1}, 3, false}, {{"b", 1}, 5, false}, {{"a", 1}, 9, true}};
    kith_error err = {0};
    fixture *f = *state;
    store_counter *list = NULL;
    uint32_t count = 0;
    assert_ok(store_add_counters(f->store, first, 2, &err));
    assert_ok(store_list_counters(f->store, &f->arena, &list, &count, &err));
    assert_int_equal(count, 2);
    assert_view(list[0].name, "a");
    assert_int_equal(list[1].value, 2);
    assert_ok(store_add_counters(f->store, second, 3, &err));
    assert_ok(store_list_counters(f->store, &f->arena, &list, &count, &err));
    assert_int_equal(count, 3);
    assert_int_equal(list[0].value, 1); /* fixed */
    assert_int_equal(list[1].value, 7);
    assert_int_equal(list[2].value, 3);
    assert_ok(store_check(f->store, &err));
}

/* It costs its own count: the others are read, and go on; the check tells of it until somebody counts. */
static void a_damaged_counter_is_left_out_and_dropped_by_the_next_count(void **state)
{
    static const store_counter three[] = {
        {{"a", 1}, 1, false}, {{"b", 1}, 2, false}, {{"c", 1}, 3, false}};
    kith_error err = {0};
    fixture *f = *state;
    store_counter *list = NULL;
    uint32_t count = 7;
    assert_ok(store_add_counters(f->store, three, 3, &err));
    run_sql(f, "UPDATE counters SET value = 9 WHERE name = 'b'");
    assert_ok(store_list_counters(f->store, &f->arena, &list, &count, &err));
    assert_int_equal(count, 2);
    assert_view(list[0].name, "a");
    assert_view(list[1].name, "c");
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    assert_non_null(strstr(err.message, "'b'"));
    assert_ok(store_add_counters(f->store, &three[2], 1, &err));
    assert_ok(store_check(f->store, &err));
    assert_ok(store_list_counters(f->store, &f->arena, &list, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].value, 1);
    assert_int_equal(list[1].value, 6);
}

static void note_end(void *context, kith_status status)
{
    *(kith_status *)context = status;
}

static void posted_counters_are_written_by_the_next_write(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    char name[] = "questions";
    kith_status ended = KITH_ERR_INTERNAL;
    store_counter first[] = {{view_of(name), 7, false}, {VIEW("searches"), 2, false}};
    store_counter *counters = NULL;
    uint32_t count = 0;
    store_post_counters(f->store, first, 2, note_end, &ended);
    name[0] = 'Q';              /* they were copied */
    (void)add_point(f, "a", 1); /* the queue is in order */
    assert_ok(store_list_counters(f->store, &f->arena, &counters, &count, &err));
    assert_int_equal(count, 2);
    assert_view(counters[0].name, "questions");
    assert_int_equal(counters[0].value, 7);
    for (uint32_t i = 0; i < 100; i++)
        store_post_counters(f->store, &first[1], 1, NULL, NULL);
    fixture_close(f); /* runs what is queued */
    assert_int_equal(ended, KITH_OK);
    fixture_open(f);
    assert_ok(store_list_counters(f->store, &f->arena, &counters, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(counters[1].value, 202);
}

static void counters_posted_to_a_store_for_reading_are_dropped(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_counter counter = {VIEW("questions"), 7, false}, *counters = NULL;
    kith_status ended = KITH_OK;
    uint32_t count = 9;
    fixture_close(f);
    const store_options options = {.read_only = true};
    assert_ok(store_open_with(f->directory, &options, &f->store, &err));
    store_post_counters(f->store, &counter, 1, note_end, &ended);
    assert_int_equal(ended, KITH_ERR_INVALID);
    assert_ok(store_list_counters(f->store, &f->arena, &counters, &count, &err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(turns_come_back_in_order_after_reopening),
        with_store(the_list_begins_with_the_last_updated),
        with_store(a_deleted_conversation_is_not_found_and_its_number_not_reused),
        with_store(a_conversation_outlives_its_collection),
        with_store(damage_is_found_by_reading_and_by_the_check),
        with_store(counters_are_added_all_at_once),
        with_store(a_damaged_counter_is_left_out_and_dropped_by_the_next_count),
        with_store(posted_counters_are_written_by_the_next_write),
        with_store(counters_posted_to_a_store_for_reading_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
