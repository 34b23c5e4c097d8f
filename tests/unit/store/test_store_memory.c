/* test_store_memory.c - SQLite out of memory at each allocation in turn; the pages that it keeps. */
#include "fixture.h"
#include "os/clock.h"

#include <stdatomic.h>

static sqlite3_mem_methods real_memory;
static atomic_int left = -1; /* allocations that still succeed; negative: all do */
static atomic_int failed;

static bool refuse(void)
{
    if (atomic_load(&left) < 0) return false;
    if (atomic_fetch_sub(&left, 1) != 0) return false;
    (void)atomic_fetch_add(&failed, 1);
    return true;
}

static void *allocate(int bytes)
{
    return refuse() ? NULL : real_memory.xMalloc(bytes);
}

static void *reallocate(void *old, int bytes)
{
    return refuse() ? NULL : real_memory.xRealloc(old, bytes);
}

static int install(void **state)
{
    if (use_memory_disk(state) != 0) return -1;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != SQLITE_OK) return -1;
    sqlite3_mem_methods refusing = real_memory;
    refusing.xMalloc = allocate;
    refusing.xRealloc = reallocate;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &refusing) == SQLITE_OK ? 0 : -1;
}

static void fail_after(int allocations)
{
    atomic_store(&failed, 0);
    atomic_store(&left, allocations);
}

static int stop_failing(void)
{
    atomic_store(&left, -1);
    return atomic_load(&failed);
}

static kith_status put_document(const fixture *f, const char *key, kith_error *err)
{
    float vector[DIM] = {1};
    uint64_t sequence = 0;
    char keys[3][32];
    store_point chunks[3];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "%s_%d", key, i);
        chunks[i] = point_of(keys[i], "content", vector);
    }
    store_document d = {
        .key = view_of(key), .text = VIEW("text"), .points = chunks, .point_count = 3};
    store_source source = {.path = view_of(key), .hash = VIEW("h")};
    return store_put_documents(f->store, f->collection, &source, &d, 1, &sequence, err);
}

static void a_write_without_memory_leaves_nothing_and_the_next_works(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    int refused = 0;
    for (int after = 0;; after++) {
        char key[16];
        (void)snprintf(key, sizeof key, "d%d", after);
        fail_after(after);
        kith_status status = put_document(f, key, &err);
        if (stop_failing() == 0) {
            assert_ok(status);
            break;
        }
        /* SQLite does without some allocations. */
        assert_true(status == KITH_ERR_NO_MEMORY || status == KITH_OK);
        refused += status != KITH_OK;
        assert_int_equal(get_point(f, arena_printf(&f->arena, "%s_2", key)).row != 0,
                         status == KITH_OK);
        assert_ok(store_check(f->store, &err));
        fixture_close(f); /* so that statements and pages are allocated again */
        fixture_open(f);
    }
    print_message("%d allocations refused\n", refused);
    assert_true(refused > 20);
}

static void a_read_without_memory_fails_and_the_next_works(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    int refused = 0;
    assert_ok(put_document(f, "d", &err));
    for (int after = 0;; after++) {
        store_document d = {0};
        fixture_close(f);
        fixture_open(f);
        fail_after(after);
        kith_status status =
            store_get_document(f->store, f->collection, VIEW("d"), &f->arena, &d, &err);
        if (stop_failing() == 0) {
            assert_ok(status);
            break;
        }
        assert_true(status == KITH_ERR_NO_MEMORY || status == KITH_OK);
        refused += status != KITH_OK;
        assert_int_equal(d.text.size > 0, status == KITH_OK);
        assert_ok(store_get_document(f->store, f->collection, VIEW("d"), &f->arena, &d, &err));
    }
    print_message("%d allocations refused\n", refused);
    assert_true(refused > 20);
}

static void an_opening_without_memory_fails_clean(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    int refused = 0;
    (void)add_point(f, "a", 1);
    for (int after = 0;; after++) {
        fixture_close(f);
        fail_after(after);
        kith_status status = store_open(f->directory, &f->store, &err);
        if (stop_failing() == 0) {
            assert_ok(status);
            break;
        }
        assert_true(status == KITH_ERR_NO_MEMORY || status == KITH_OK);
        if (status == KITH_OK) continue;
        refused++;
        fixture_open(f);
        assert_true(get_point(f, "a").row > 0);
    }
    print_message("%d allocations refused\n", refused);
    assert_true(refused > 20);
}

enum {
    BULK_POINTS = 12000, /* some 14 MB of rows */
    KEPT_BYTES =
        6 * 1024 * 1024, /* what the comment at cache_size says, and what SQLite needs itself */
    GIVEN_BACK_BYTES = 2 * 1024 * 1024,
    GIVING_BACK_MS = 20000
};

static void the_pages_kept_are_bounded_and_given_back(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    static char text[1024];
    memset(text, 'x', sizeof text - 1);
    float vector[DIM] = {1};
    for (int i = 0; i < BULK_POINTS; i += 100) {
        char keys[100][16];
        store_point points[100];
        uint64_t sequence = 0;
        for (int j = 0; j < 100; j++) {
            (void)snprintf(keys[j], sizeof keys[j], "%d", i + j);
            points[j] = point_of(keys[j], text, vector);
        }
        assert_ok(
            store_put_points(f->store, f->collection, STORE_ADD, points, 100, &sequence, &err));
    }
    long long kept = sqlite3_memory_used();
    store_give_back_memory(f->store);
    for (int waited = 0; sqlite3_memory_used() >= GIVEN_BACK_BYTES && waited < GIVING_BACK_MS;
         waited++)
        clock_sleep_ms(1);
    long long after = sqlite3_memory_used();
    print_message("%lld bytes kept, %lld when given back\n", kept, after);
    assert_true(kept < KEPT_BYTES);
    assert_true(after < GIVEN_BACK_BYTES);
    assert_true(get_point(f, "0").row > 0);
    (void)add_point(f, "one more", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_write_without_memory_leaves_nothing_and_the_next_works),
        with_store(a_read_without_memory_fails_and_the_next_works),
        with_store(an_opening_without_memory_fails_clean),
        with_store(the_pages_kept_are_bounded_and_given_back),
    };
    return cmocka_run_group_tests(tests, install, NULL);
}
