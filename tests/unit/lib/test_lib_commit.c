/* test_lib_commit.c - kith_commit: what a deletion by a filter takes, and that it is one with the
 * writes beside it, whoever writes meanwhile. */
#include "test.h"

#include "scratch.h"

#include <kith/commit.h>
#include <pthread.h>
#include <stdatomic.h>

enum { DIMENSION = 4, THREADS = 4, ROUNDS = 60 };

static const float vector[DIMENSION] = {1, 2, 3, 4};
static const char newest[] = "{\"newest\":true}";

static kith *open_collection(const char *directory)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(directory, NULL, &k, &err));
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    return k;
}

static kith_point point_of(const char *id, const char *metadata)
{
    return (kith_point){.id = id, .metadata = metadata, .vector = vector, .dimension = DIMENSION};
}

static kith_status commit(kith *k, const kith_operation *operations, size_t count, kith_error *err)
{
    kith_commit_outcome outcome = KITH_STALE;
    const kith_commit_request request = {
        .size = sizeof request, .operations = operations, .operation_count = count};
    kith_status status = kith_commit(k, "c", &request, &outcome, NULL, err);
    if (status == KITH_OK) assert_int_equal(outcome, KITH_COMMITTED);
    return status;
}

static uint64_t count(kith *k, const char *where)
{
    kith_error err = {0};
    uint64_t found = 0;
    const kith_selection selection = {
        .size = sizeof selection, .where = where, .allow_unknown_fields = true};
    assert_ok(kith_count(k, "c", &selection, &found, &err));
    return found;
}

typedef struct replacing {
    kith *k;
    int thread;
    atomic_int *wrong;
} replacing;

/* Deletes whatever is the newest, and puts another in its place. */
static void *replace_newest(void *context)
{
    const replacing *r = context;
    kith_error err = {0};
    for (int i = 0; i < ROUNDS; i++) {
        char id[32];
        size_t done = 99;
        (void)snprintf(id, sizeof id, "%d-%d", r->thread, i);
        const kith_point p = point_of(id, newest);
        const kith_operation operations[] = {
            {.deletes = true, .where = newest, .allow_unknown_fields = true, .done = &done},
            {.mode = KITH_ADD, .points = &p, .count = 1},
        };
        if (commit(r->k, operations, 2, &err) != KITH_OK || done != 1) (*r->wrong)++;
        if (count(r->k, newest) != 1) (*r->wrong)++;
    }
    return NULL;
}

static void a_deletion_is_one_with_the_writes_beside_it(void **state)
{
    kith_error err = {0};
    kith *k = open_collection(*state);
    atomic_int wrong = 0;
    pthread_t threads[THREADS];
    replacing of[THREADS];
    const kith_point first = point_of("first", newest), other = point_of("other", NULL);
    assert_ok(kith_put(k, "c", KITH_ADD, &first, 1, &err));
    assert_ok(kith_put(k, "c", KITH_ADD, &other, 1, &err));
    for (int i = 0; i < THREADS; i++) {
        of[i] = (replacing){k, i, &wrong};
        assert_int_equal(pthread_create(&threads[i], NULL, replace_newest, &of[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(wrong, 0);
    assert_int_equal(count(k, NULL), 2);
    assert_ok(kith_close(k, &err));
}

static void what_a_commit_cannot_do_is_refused_before_anything_is_done(void **state)
{
    kith_error err = {0};
    kith *k = open_collection(*state);
    const kith_point p = point_of("a", "{\"n\":1}"),
                     text = {.id = "t", .content = "no embedder is there"};
    const kith_operation adds = {.mode = KITH_ADD, .points = &p, .count = 1};
    const struct {
        kith_operation second;
        kith_status status;
    } cases[] = {
        {{.mode = KITH_ADD, .points = &p, .count = 1, .where = "{\"n\":1}"}, KITH_ERR_INVALID},
        {{.deletes = true, .points = &p, .count = 1, .limit = 1}, KITH_ERR_INVALID},
        {{.deletes = true, .where = "{\"n\":"}, KITH_ERR_FORMAT},
        {{.deletes = true, .where = "{\"n\":{\"$near\":1}}"}, KITH_ERR_INVALID},
        {{.deletes = true, .count = 1, .where = "{\"n\":1}"}, KITH_ERR_INVALID},
        {{.mode = KITH_ADD, .points = &text, .count = 1}, KITH_ERR_MODEL},
    };
    assert_ok(kith_put(
        k, "c", KITH_ADD,
        &(kith_point){.id = "z", .metadata = "{\"m\":1}", .vector = vector, .dimension = DIMENSION},
        1, &err));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const kith_operation operations[] = {adds, cases[i].second};
        assert_status(cases[i].status, commit(k, operations, 2, &err));
        assert_non_null(
            strstr(err.message, cases[i].status == KITH_ERR_MODEL ? "embed" : "operation 1"));
        assert_int_equal(count(k, NULL), 1);
    }
    // A field that no point has is a typing error unless it is allowed.
    const kith_operation unknown = {.deletes = true, .where = "{\"mm\":1}"};
    assert_status(KITH_ERR_INVALID, commit(k, &unknown, 1, &err));
    assert_non_null(strstr(err.message, "did you mean 'm'"));
    assert_ok(kith_close(k, &err));
}

/* A program that knows a longer kith_operation says so, and one that says nothing is of the first
 * release. */
static void an_operation_may_grow(void **state)
{
    kith_error err = {0};
    kith *k = open_collection(*state);
    const kith_point points[] = {point_of("a", NULL), point_of("b", NULL)};
    struct longer {
        kith_operation known;
        size_t later;
    } operations[2] = {{.known = {.mode = KITH_ADD, .points = &points[0], .count = 1}},
                       {.known = {.mode = KITH_ADD, .points = &points[1], .count = 1}}};
    kith_commit_outcome outcome = KITH_STALE;
    kith_commit_request r = {.size = sizeof r,
                             .operations = &operations[0].known,
                             .operation_count = 2,
                             .operation_size = sizeof operations[0]};
    operations[1].later = 1;
    assert_status(KITH_ERR_UNSUPPORTED, kith_commit(k, "c", &r, &outcome, NULL, &err));
    assert_non_null(strstr(err.message, "operation 1"));
    const size_t refused[] = {sizeof(kith_operation) - 1, 1, 1 << 20, SIZE_MAX};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        r.operation_size = refused[i];
        assert_status(KITH_ERR_INVALID, kith_commit(k, "c", &r, &outcome, NULL, &err));
    }
    assert_int_equal(count(k, NULL), 0);
    operations[1].later = 0;
    r.operation_size = sizeof operations[0];
    assert_ok(kith_commit(k, "c", &r, &outcome, NULL, &err));
    assert_int_equal(count(k, NULL), 2);
    assert_ok(kith_close(k, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_deletion_is_one_with_the_writes_beside_it, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(what_a_commit_cannot_do_is_refused_before_anything_is_done,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(an_operation_may_grow, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
