/* A collection whose graph and codes alone are in memory, because that is asked for, or because more is not allowed: it is
 * saved, read, replaced, and built anew when a page of its vectors is damaged; limits that are raised and lowered. The oracle
 * is a comparison with every vector, computed here. */
#include "test.h"

enum { DIM = 64, POINTS = 6000 };

#include "limited_for_test.h"
#include "vector/vector_index_private.h"

static const uint64_t LIMIT = 3000000; /* 6,000 compact ones, not as many vectors */

static void set_memory(const fixture *f, kith_memory memory)
{
    kith_error err;
    const store_modification to = {.memory = &memory};
    assert_ok(database_modify_collection(f->db, VIEW("c"), &to, &err));
}

/* Is the index of this form, and is what it should find found? */
static void assert_found(const fixture *f, vector_form form)
{
    vector_search_plan plan = {0};
    assert_int_equal(vector_index_form(current(f)->index), form);
    assert_true(recall(f, (collection_query){.exact = true}, NULL) == 1);
    assert_true(recall(f, (collection_query){.where = VIEW("{\"a\":2}")}, NULL) > 0.95);
    assert_true(recall(f, (collection_query){.target_recall = 0.95}, NULL) > 0.91);
    assert_true(recall(f, (collection_query){.ef = 400}, &plan) > 0.91);
    if (form == VECTOR_COMPACT) assert_string_equal(plan.kind, "graph");
}

static void points_are_found_before_and_after_they_are_saved(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of searches_beside_writes_find_k_points
    fixture *f = *state;
    set_memory(f, KITH_MEMORY_COMPACT);
    put_points(f, 0, 2000);
    assert_found(f, VECTOR_IN_MEMORY); // as many are scanned
    put_points(f, 2000, POINTS - 2000);
    assert_found(f, VECTOR_COMPACT);
    assert_true(vector_index_bytes(current(f)->index) < (uint64_t)POINTS * 500);
    close_all(f);
    open_all(f);
    assert_found(f, VECTOR_COMPACT);
    assert_int_equal(atomic_load(&f->notices), 0); // nothing was built anew
    put_points(f, 0, 2000);
    for (uint32_t i = 5; i < POINTS; i += 10)
        delete_point(f, i);
    assert_found(f, VECTOR_COMPACT);
    // What was saved is read from there.
    const cold_rows *cold = vector_rows_cold(&current(f)->index->rows);
    assert_true(cold_rows_spilled(cold) <= 2000 * DIM * sizeof(float));
    close_all(f);
    open_all(f);
    assert_found(f, VECTOR_COMPACT);
    assert_index_is_sound(f->c);
    assert_int_equal(atomic_load(&f->notices), 0);
}

static void a_limit_that_is_raised_or_lowered_gives_the_index_its_form(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of searches_beside_writes_find_k_points
    fixture *f = *state;
    put_points(f, 0, POINTS);
    assert_found(f, VECTOR_IN_MEMORY);
    limit_memory(f, LIMIT);
    assert_found(f, VECTOR_COMPACT);
    assert_true(vector_index_bytes(current(f)->index) < LIMIT);
    limit_memory(f, 1000000);
    assert_int_equal(vector_index_form(current(f)->index), VECTOR_IN_LISTS);
    limit_memory(f, LIMIT);
    assert_found(f, VECTOR_COMPACT);
    limit_memory(f, 0);
    assert_found(f, VECTOR_IN_MEMORY);
    set_memory(f, KITH_MEMORY_COMPACT);
    assert_found(f, VECTOR_COMPACT);
    set_memory(f, KITH_MEMORY_FULL);
    assert_found(f, VECTOR_IN_MEMORY);
    close_all(f);
    open_all(f); // what was saved of one form is read in the other
    set_memory(f, KITH_MEMORY_COMPACT);
    assert_found(f, VECTOR_COMPACT);
    assert_int_equal(atomic_load(&f->notices), 0);
}

static void a_graph_that_was_saved_is_opened_within_its_limit(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of searches_beside_writes_find_k_points
    fixture *f = *state;
    put_points(f, 0, POINTS);
    assert_found(f, VECTOR_IN_MEMORY);
    close_all(f);
    open_all(f);
    limit_memory(f, LIMIT); // nothing is loaded yet
    assert_found(f, VECTOR_COMPACT);
    assert_int_equal(atomic_load(&f->notices), 0);
    for (uint32_t i = 1000; i < POINTS; i++)
        delete_point(f, i);
    assert_found(f, VECTOR_IN_MEMORY);
}

static void a_damaged_page_is_told_and_costs_no_hit(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of searches_beside_writes_find_k_points
    static const char *const parts[] = {"vectors.0", "codes.0", "graph.0"};
    fixture *f = *state;
    set_memory(f, KITH_MEMORY_COMPACT);
    put_points(f, 0, POINTS);
    for (uint32_t i = 0; i < 3; i++) {
        assert_found(f, VECTOR_COMPACT);
        close_all(f);
        damage(f, parts[i], 1);
        open_all(f);
        assert_true(recall(f, (collection_query){.exact = true}, NULL) == 1);
        (void)current(f); // reads links and codes
        assert_true(recall(f, (collection_query){0}, NULL) > 0.5);
        assert_int_equal(atomic_load(&f->notices), i + 1);
        assert_non_null(strstr(f->notice, "fails its checksum"));
        assert_non_null(strstr(f->notice, parts[i]));
        assert_found(f, VECTOR_COMPACT);
        assert_int_equal(atomic_load(&f->notices), i + 1);
    }
}

/* Damage that no search has met, but the save of the next generation: that one is not written. */
static void a_save_that_meets_damage_builds_anew(void **state)
{
    if (UNDER_TSAN) skip(); // the upkeep's thread saves and builds anew in test_db_upkeep.c, too
    fixture *f = *state;
    set_memory(f, KITH_MEMORY_COMPACT);
    put_points(f, 0, POINTS);
    assert_found(f, VECTOR_COMPACT);
    close_all(f);
    open_all(f);
    (void)current(f);
    damage(f, "vectors.0", 250); // of a point that is not replaced
    put_points(f, 0, 3000);      // more than a tenth has changed
    (void)current(f);
    assert_found(f, VECTOR_COMPACT);
    const uint32_t notices = atomic_load(&f->notices);
    print_message("%u notices, the last one: %s\n", notices, f->notice);
    assert_int_equal(notices, 1);
    close_all(f);
    open_all(f);
    assert_found(f, VECTOR_COMPACT);
    assert_int_equal(atomic_load(&f->notices), notices);
}

static void a_search_of_before_a_save_finds_what_was_deleted_since(void **state)
{
    fixture *f = *state;
    set_memory(f, KITH_MEMORY_COMPACT);
    search_before_saves(f, 2);
    assert_found(f, VECTOR_COMPACT);
}

static void searches_beside_writes_find_k_points(void **state)
{
    fixture *f = *state;
    set_memory(f, KITH_MEMORY_COMPACT);
    search_beside_writes(f);
    assert_found(f, VECTOR_COMPACT);
}

/* Acquires the collection again, as every call of the public API does: so it learns what others have written. */
static void follow(fixture *f, const fixture *written)
{
    kith_error err;
    collection *former = f->c;
    assert_ok(database_ensure_collection(f->db, VIEW("c"), &f->c, &err));
    database_release_collection(former);
    memcpy(f->turn, written->turn, sizeof f->turn);
}

/* Another handle on the same directory, as another process has it. */
static void two_handles_find_what_either_puts(fixture *f, kith_memory memory)
{
    const vector_form form = memory == KITH_MEMORY_COMPACT ? VECTOR_COMPACT : VECTOR_IN_MEMORY;
    fixture other = {.directory = f->directory};
    set_memory(f, memory);
    put_points(f, 0, 4500);
    assert_found(f, form);
    close_all(f);
    open_all(f);
    open_all(&other);
    follow(&other, f);
    assert_found(&other, form);
    put_points(f, 3800, 1000);
    follow(&other, f);
    assert_found(&other, form);
    close_all(f); // saves a generation, and removes the one that the other reads on from
    open_all(f);
    assert_found(&other, form);
    put_points(&other, 4500, 300);
    assert_found(&other, form);
    follow(f, &other);
    assert_found(f, form);
    assert_int_equal(atomic_load(&f->notices) + atomic_load(&other.notices), 0);
    // So many that generations are saved, and that the other handle, which is behind these, reads the store.
    put_points(f, 2500, 3500);
    follow(&other, f);
    assert_found(&other, form);
    for (uint32_t i = 1; i < POINTS; i += 3)
        delete_point(&other, i);
    put_points(&other, 0, 2000);
    follow(f, &other);
    assert_found(f, form);
    close_all(&other);
}

static void what_one_handle_puts_another_one_finds(void **state)
{
    fixture *f = *state;
    two_handles_find_what_either_puts(f, KITH_MEMORY_COMPACT);
    fixture other = {.directory = f->directory};
    open_all(&other);
    set_memory(&other, KITH_MEMORY_FULL);
    close_all(&other);
    follow(f, f);
    put_points(f, 0, 10);
    assert_found(f, VECTOR_IN_MEMORY);
}

static void what_one_handle_puts_another_one_finds_in_memory(void **state)
{
    if (UNDER_TSAN) skip(); // the threads are those of the test before
    two_handles_find_what_either_puts(*state, KITH_MEMORY_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(points_are_found_before_and_after_they_are_saved, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_limit_that_is_raised_or_lowered_gives_the_index_its_form,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_graph_that_was_saved_is_opened_within_its_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_damaged_page_is_told_and_costs_no_hit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_save_that_meets_damage_builds_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(a_search_of_before_a_save_finds_what_was_deleted_since,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(searches_beside_writes_find_k_points, setup, teardown),
        cmocka_unit_test_setup_teardown(what_one_handle_puts_another_one_finds, setup, teardown),
        cmocka_unit_test_setup_teardown(what_one_handle_puts_another_one_finds_in_memory, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
