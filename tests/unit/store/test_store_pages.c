/* test_store_pages.c - parts of a collection's points: by offset, against a plain list of what is
 * there, while points come and go; and what the marks behind offsets save. */
#include "fixture.h"

#include "base/rng.h"
#include "store/store_internal.h"

enum { MANY = 5 * PAGE_MARK_STEP + 17 };

/* The rows that exist, ascending: what offsets count. */
typedef struct model {
    uint64_t rows[4 * MANY];
    uint32_t count, added;
} model;

static void add_points(fixture *f, model *m, uint32_t count)
{
    kith_error err = {0};
    store_point points[MANY];
    char keys[MANY][16];
    float vector[DIM] = {1};
    uint64_t sequence = 0;
    assert_true(count <= MANY);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%u", m->added++);
        points[i] = point_of(keys[i], "x", vector);
    }
    assert_ok(store_put_points(f->store, f->collection, STORE_ADD, points, count, &sequence, &err));
    for (uint32_t i = 0; i < count; i++)
        m->rows[m->count++] = get_point(f, keys[i]).row;
    arena_reset(&f->arena);
}

static uint64_t scan_one(fixture *f, uint64_t offset)
{
    kith_error err = {0};
    store_point *page = NULL;
    uint32_t count = 0;
    const store_scan scan = {.offset = offset, .limit = 1};
    assert_ok(store_scan_points(f->store, f->collection, &scan, &f->arena, &page, &count, &err));
    uint64_t row = count ? page[0].row : 0;
    arena_reset(&f->arena);
    return row;
}

static void delete_at(fixture *f, model *m, uint32_t at)
{
    kith_error err = {0};
    store_point p = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    assert_ok(store_get_rows(f->store, f->collection, &m->rows[at], 1, 0, &f->arena, &p, &err));
    assert_ok(store_delete_points(f->store, f->collection, &p.key, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
    m->count--;
    memmove(&m->rows[at], &m->rows[at + 1], (m->count - at) * sizeof m->rows[0]);
    arena_reset(&f->arena);
}

static void an_offset_counts_what_is_there_while_points_come_and_go(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    model *m = calloc(1, sizeof *m);
    rng r = {11};
    add_points(f, m, MANY);
    for (int round = 0; round < 60; round++) {
        switch (rng_below(&r, 4)) {
        case 0:
            add_points(f, m, 1 + rng_below(&r, 40));
            break;
        case 1:
            delete_at(f, m, rng_below(&r, m->count));
            break;
        case 2:
            assert_ok(store_drop_tombstones(f->store, f->collection,
                                            rng_below(&r, (uint32_t)get_collection(f).sequence + 1),
                                            &err));
            break;
        default:
            break;
        }
        for (int i = 0; i < 12; i++) {
            uint32_t offset = rng_below(&r, m->count + 3);
            uint64_t expected = offset < m->count ? m->rows[offset] : 0;
            assert_int_equal(scan_one(f, offset), expected);
        }
    }
    free(m);
}

static void a_second_offset_walks_from_the_nearest_mark(void **state)
{
    fixture *f = *state;
    model *m = calloc(1, sizeof *m);
    add_points(f, m, MANY);
    (void)scan_one(f, MANY - 1);
    uint64_t walked = page_marks_walked(f->store->marks);
    assert_int_equal(walked, MANY - 1);
    for (uint32_t i = 1; i <= 20; i++) {
        (void)scan_one(f, MANY - i);
        assert_true(page_marks_walked(f->store->marks) - walked < i * (uint64_t)PAGE_MARK_STEP);
    }
    // What is added later comes behind all marks; what is deleted voids those behind it.
    walked = page_marks_walked(f->store->marks);
    add_points(f, m, 1);
    (void)scan_one(f, MANY - 1);
    assert_true(page_marks_walked(f->store->marks) - walked < PAGE_MARK_STEP);
    delete_at(f, m, m->count - 1);
    walked = page_marks_walked(f->store->marks);
    (void)scan_one(f, MANY - 1);
    assert_true(page_marks_walked(f->store->marks) - walked < PAGE_MARK_STEP);
    delete_at(f, m, 0);
    walked = page_marks_walked(f->store->marks);
    assert_int_equal(scan_one(f, MANY - 2), m->rows[MANY - 2]);
    assert_int_equal(page_marks_walked(f->store->marks) - walked, MANY - 2);
    free(m);
}

static void more_collections_than_lists_of_marks_push_each_other_out(void **state)
{
    enum { COLLECTIONS = PAGE_MARKS_LISTS + 3 };
    kith_error err = {0};
    fixture *f = *state;
    model *m = calloc(1, sizeof *m);
    uint64_t ids[COLLECTIONS], rows[COLLECTIONS];
    for (int i = 0; i < COLLECTIONS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_ok(store_collection_create(f->store, view_of(name), KITH_SQUARED_L2, DIM, VIEW(""),
                                          1000, &ids[i], &err));
        f->collection = ids[i];
        *m = (model){0};
        add_points(f, m, PAGE_MARK_STEP + 2);
        rows[i] = m->rows[PAGE_MARK_STEP + 1];
    }
    for (int twice = 0; twice < 2; twice++)
        for (int i = 0; i < COLLECTIONS; i++) {
            f->collection = ids[i];
            assert_int_equal(scan_one(f, PAGE_MARK_STEP + 1), rows[i]);
        }
    free(m);
}

static int cancel_at(void *context)
{
    int *left = context;
    return --*left < 0;
}

static void a_cancelled_scan_gives_nothing(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    model *m = calloc(1, sizeof *m);
    add_points(f, m, MANY);
    bool finished = false;
    for (int checks = 0; !finished; checks++) {
        int left = checks;
        const call_limit limit = {.is_cancelled = cancel_at, .context = &left};
        const store_scan scan = {
            .offset = 2 * PAGE_MARK_STEP, .limit = 3 * READ_CHECK_ROWS, .call = &limit};
        store_point *page = NULL;
        uint32_t count = 77;
        // Marks are forgotten, so that each attempt walks.
        page_marks_free(f->store->marks);
        f->store->marks = page_marks_new();
        kith_status status =
            store_scan_points(f->store, f->collection, &scan, &f->arena, &page, &count, &err);
        finished = status == KITH_OK;
        // Two steps of the walk, three checks of the rows.
        assert_int_equal(finished, checks >= 5);
        if (!finished) assert_int_equal(status, KITH_ERR_CANCELLED);
        if (!finished) assert_int_equal(count, 77);
    }
    free(m);
}

static void a_result_above_max_bytes_is_refused(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    model *m = calloc(1, sizeof *m);
    add_points(f, m, 100);
    const call_limit limit = {.max_bytes = 4000};
    store_scan scan = {.limit = 10, .with = STORE_WITH_CONTENT, .call = &limit};
    store_point *page = NULL;
    uint32_t count = 0;
    arena a;
    arena_init(&a, 0);
    scan.limit = 100;
    assert_status(KITH_ERR_LIMIT,
                  store_scan_points(f->store, f->collection, &scan, &a, &page, &count, &err));
    assert_non_null(strstr(err.message, "max_bytes, 4000"));
    assert_true(a.used < 16000);
    arena_done(&a);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(an_offset_counts_what_is_there_while_points_come_and_go),
        with_store(a_second_offset_walks_from_the_nearest_mark),
        with_store(more_collections_than_lists_of_marks_push_each_other_out),
        with_store(a_cancelled_scan_gives_nothing),
        with_store(a_result_above_max_bytes_is_refused),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
