/* Tests of rows by key and of visits to rows: in any number, over several of the groups that they
 * are read in. */
#include "fixture.h"

enum { POINTS = 600 /* two groups of 256 and a part of a third */ };

static char keys[POINTS][8], texts[POINTS][16];

/* "p0".."p599", every seventh without a text. */
static void fill(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    static const float vector[DIM] = {1, 2, 3, 4};
    store_point points[POINTS];
    for (int i = 0; i < POINTS; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "p%d", i);
        (void)snprintf(texts[i], sizeof texts[i], "text %d", i);
        points[i] = point_of(keys[i], i % 7 ? texts[i] : NULL, vector);
    }
    assert_ok(
        store_put_points(f->store, f->collection, STORE_ADD, points, POINTS, &sequence, &err));
}

static void rows_are_found_by_key_wherever_they_stand(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    static view wanted[POINTS + 2];
    static uint64_t rows[POINTS + 2];
    fill(f);
    wanted[0] = VIEW("absent");
    for (int i = 0; i < POINTS; i++)
        wanted[1 + i] = view_of(keys[POINTS - 1 - i]);
    wanted[POINTS + 1] = VIEW("");
    const store_key_list list = {.keys = wanted, .count = POINTS + 2};
    assert_ok(store_find_rows(f->store, f->collection, &list, rows, &err));
    assert_int_equal(rows[0], 0);
    assert_int_equal(rows[POINTS + 1], 0);
    for (int i = 0; i < POINTS; i++)
        assert_int_equal(rows[1 + i], POINTS - i); // row numbers count from 1
    assert_status(KITH_ERR_NOT_FOUND,
                  store_find_rows(f->store, f->collection + 1, &list, rows, &err));
}

typedef struct visited {
    uint32_t count, last;
    const uint64_t *rows;
} visited;

static void check_visit(void *context, uint32_t i, const store_point *point)
{
    visited *v = context;
    assert_true(v->count == 0 || i > v->last);
    v->last = i;
    v->count++;
    assert_int_equal(point->row, v->rows[i]);
    uint64_t number = point->row - 1;
    assert_view(point->key, keys[number]);
    if (number % 7)
        assert_view(point->content, texts[number]);
    else
        assert_null(point->content.data);
}

static void rows_are_visited_in_order_and_missing_ones_passed_over(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0, other = 0;
    static uint64_t rows[POINTS + 3];
    fill(f);
    assert_ok(store_collection_create(f->store, VIEW("other"), KITH_SQUARED_L2, DIM, VIEW(""), 1000,
                                      &other, &err));
    static const float vector[DIM] = {1, 2, 3, 4};
    store_point of_other = point_of("x", "text", vector);
    assert_ok(store_put_points(f->store, other, STORE_ADD, &of_other, 1, &sequence, &err));
    for (uint32_t i = 0; i < POINTS; i++)
        rows[i] = POINTS - i;
    rows[POINTS] = 0, rows[POINTS + 1] = 100000, rows[POINTS + 2] = POINTS + 1; // the other's
    visited v = {.rows = rows};
    const store_row_list list = {
        .rows = rows, .count = POINTS + 3, .visit = check_visit, .context = &v};
    assert_ok(store_visit_rows(f->store, f->collection, &list, &err));
    assert_int_equal(v.count, POINTS);
    assert_status(KITH_ERR_NOT_FOUND, store_visit_rows(f->store, other + 1, &list, &err));
}

static void a_damaged_row_is_passed_over_or_fails(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    static uint64_t rows[POINTS];
    fill(f);
    for (uint32_t i = 0; i < POINTS; i++)
        rows[i] = i + 1;
    run_sql(f, "UPDATE points SET content = 'damaged' WHERE key = 'p300'");
    visited v = {.rows = rows};
    store_row_list list = {.rows = rows, .count = POINTS, .visit = check_visit, .context = &v};
    assert_status(KITH_ERR_CORRUPT, store_visit_rows(f->store, f->collection, &list, &err));
    assert_non_null(strstr(err.message, "row 301 ('p300')"));
    v = (visited){.rows = rows};
    list.pass_damaged = true;
    assert_ok(store_visit_rows(f->store, f->collection, &list, &err));
    assert_int_equal(v.count, POINTS - 1);
}

typedef struct patience {
    int asked, left;
} patience;

static int ask(void *context)
{
    patience *p = context;
    return ++p->asked > p->left;
}

/* However often it is asked before it gives up, nothing is held afterwards. */
static void both_end_when_their_caller_wants_no_more(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    static uint64_t rows[POINTS];
    static view wanted[POINTS];
    fill(f);
    for (uint32_t i = 0; i < POINTS; i++)
        rows[i] = i + 1, wanted[i] = view_of(keys[i]);
    for (int left = 0; left < 9; left++) {
        patience p = {.left = left}, q = {.left = left};
        const call_limit one = {.is_cancelled = ask, .context = &p};
        const call_limit two = {.is_cancelled = ask, .context = &q};
        visited v = {.rows = rows};
        const store_row_list visits = {
            .rows = rows, .count = POINTS, .limit = &one, .visit = check_visit, .context = &v};
        const store_key_list keyed = {.keys = wanted, .count = POINTS, .limit = &two};
        assert_status(KITH_ERR_CANCELLED, store_visit_rows(f->store, f->collection, &visits, &err));
        assert_int_equal(v.count, 64 * left);
        static uint64_t found[POINTS];
        assert_status(KITH_ERR_CANCELLED,
                      store_find_rows(f->store, f->collection, &keyed, found, &err));
    }
    assert_ok(store_check(f->store, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(rows_are_found_by_key_wherever_they_stand),
        with_store(rows_are_visited_in_order_and_missing_ones_passed_over),
        with_store(a_damaged_row_is_passed_over_or_fails),
        with_store(both_end_when_their_caller_wants_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
