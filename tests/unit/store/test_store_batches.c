/* test_store_batches.c - rows are written many in a statement: how few statements a file costs, and
 * that what is refused among many rows is named. With SQLite a statement is a call, with a database
 * on another machine it is a trip there and back: what a file costs must not grow by a statement
 * for each of its chunks. */
#include "fixture.h"

#include "store/statements.h"

#include <stdatomic.h>

static atomic_uint statements_run;

/* SQLite calls this when a statement begins to run. */
static int count_statement(unsigned type, void *context, void *statement, void *text)
{
    (void)type;
    (void)context;
    (void)statement;
    (void)text;
    (void)atomic_fetch_add(&statements_run, 1);
    return 0;
}

static int trace_connection(sqlite3 *db, const char **message, const sqlite3_api_routines *api)
{
    (void)message;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_statement, NULL);
}

static int trace_all_connections(void **state)
{
    (void)state;
    return sqlite3_auto_extension((void (*)(void))trace_connection) == SQLITE_OK ? 0 : -1;
}

/* A source of documents with chunks each, and how many statements it takes to put it. */
static unsigned put_source(fixture *f, uint32_t documents, uint32_t chunks)
{
    enum { KEY_BYTES = 24 };
    kith_error err = {0};
    float vector[DIM] = {1, 2, 3, 4};
    uint64_t sequence = 0;
    size_t total = (size_t)documents * chunks;
    char(*keys)[KEY_BYTES] = calloc(documents + total, KEY_BYTES);
    store_document *list = calloc(documents, sizeof *list);
    store_point *points = calloc(total, sizeof *points);
    assert_true(keys && list && points);
    for (uint32_t i = 0; i < documents; i++) {
        (void)snprintf(keys[i], KEY_BYTES, "d%u", i);
        list[i] = (store_document){.key = view_of(keys[i]),
                                   .text = VIEW("text"),
                                   .points = &points[(size_t)i * chunks],
                                   .point_count = chunks};
        for (uint32_t j = 0; j < chunks; j++) {
            char *key = keys[documents + (size_t)i * chunks + j];
            (void)snprintf(key, KEY_BYTES, "d%u#%u", i, j);
            points[(size_t)i * chunks + j] = point_of(key, "text", vector);
        }
    }
    const store_source source = {.path = VIEW("/a"), .hash = VIEW("h")};
    atomic_store(&statements_run, 0);
    assert_ok(
        store_put_documents(f->store, f->collection, &source, list, documents, &sequence, &err));
    unsigned run = atomic_load(&statements_run);
    assert_ok(store_check(f->store, &err));
    free(keys);
    free(list);
    free(points);
    return run;
}

static unsigned delete_source(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    atomic_store(&statements_run, 0);
    assert_ok(store_delete_source(f->store, f->collection, VIEW("/a"), &sequence, &err));
    unsigned run = atomic_load(&statements_run);
    assert_int_equal(get_collection(f).points, 0);
    assert_ok(store_check(f->store, &err));
    return run;
}

static void assert_at_most(unsigned run, unsigned limit, const char *what)
{
    print_message("%s: %u statements\n", what, run);
    if (run > limit) fail_msg("%s: %u statements, %u are allowed", what, run, limit);
}

static void a_file_of_one_document_costs_few_statements(void **state)
{
    fixture *f = *state;
    assert_at_most(put_source(f, 1, 256), 30, "new, 1 document of 256 chunks");
    assert_at_most(put_source(f, 1, 256), 40, "again, 1 document of 256 chunks");
    assert_at_most(put_source(f, 1, 255), 60, "again, 1 document of 255 chunks");
    assert_at_most(delete_source(f), 40, "deleted, 1 document of 255 chunks");
}

static void a_file_of_many_documents_costs_few_statements(void **state)
{
    fixture *f = *state;
    assert_at_most(put_source(f, 256, 1), 80, "new, 256 documents of 1 chunk");
    assert_at_most(put_source(f, 256, 1), 100, "again, 256 documents of 1 chunk");
    assert_at_most(delete_source(f), 40, "deleted, 256 documents of 1 chunk");
}

/* ---- what is refused is named wherever it stands among batches of STATEMENT_ROWS_MAX ---- */

enum { MANY = 2 * STATEMENT_ROWS_MAX + 7, NAME_BYTES = 16 };

typedef struct many {
    char keys[MANY][NAME_BYTES];
    float vector[DIM];
    store_point points[MANY];
    store_document documents[MANY]; /* each with the point of its number */
} many;

static many *make_many(const char *prefix)
{
    many *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->vector[0] = 1;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(m->keys[i], NAME_BYTES, "%s%d", prefix, i);
        m->points[i] = point_of(m->keys[i], "text", m->vector);
        m->documents[i] = (store_document){.key = view_of(m->keys[i]),
                                           .text = VIEW("text"),
                                           .points = &m->points[i],
                                           .point_count = 1};
    }
    return m;
}

static const int places[] = {0, 1, 63, 64, 65, 127, 128, MANY - 1};
enum { PLACES = sizeof places / sizeof places[0] };

static void assert_names(const kith_error *err, const many *m, int i)
{
    char quoted[NAME_BYTES + 2];
    (void)snprintf(quoted, sizeof quoted, "'%s'", m->keys[i]);
    if (!strstr(err->message, quoted)) fail_msg("'%s' does not name %s", err->message, quoted);
}

static void a_key_that_is_taken_is_named_and_nothing_is_put(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    many *m = make_many("p");
    for (int i = 0; i < PLACES; i++) {
        (void)add_point(f, m->keys[places[i]], 1);
        assert_status(KITH_ERR_EXISTS, store_put_points(f->store, f->collection, STORE_ADD,
                                                        m->points, MANY, &sequence, &err));
        assert_names(&err, m, places[i]);
        assert_status(KITH_ERR_EXISTS, store_put_documents(f->store, f->collection, NULL,
                                                           m->documents, MANY, &sequence, &err));
        assert_names(&err, m, places[i]);
        assert_int_equal(get_collection(f).points, 1);
        assert_int_equal(get_collection(f).documents, 0);
        assert_ok(store_delete_points(f->store, f->collection, &m->points[places[i]].key, 1,
                                      &sequence, &deleted, &err));
    }
    assert_ok(
        store_put_points(f->store, f->collection, STORE_ADD, m->points, MANY, &sequence, &err));
    assert_int_equal(get_collection(f).points, MANY);
    assert_ok(store_check(f->store, &err));
    free(m);
}

static void a_document_that_is_taken_is_named_and_nothing_is_put(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    many *m = make_many("d");
    const store_source source = {.path = VIEW("/a"), .hash = VIEW("h")};
    for (int i = 0; i < PLACES; i++) {
        store_document alone = {.key = view_of(m->keys[places[i]]), .text = VIEW("x")};
        assert_ok(store_put_documents(f->store, f->collection, NULL, &alone, 1, &sequence, &err));
        assert_status(KITH_ERR_EXISTS, store_put_documents(f->store, f->collection, &source,
                                                           m->documents, MANY, &sequence, &err));
        assert_names(&err, m, places[i]);
        assert_int_equal(get_collection(f).points, 0);
        assert_ok(store_delete_document(f->store, f->collection, alone.key, &sequence, &err));
    }
    free(m);
}

static void a_key_that_comes_twice_is_named(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    many *m = make_many("p");
    const store_source source = {.path = VIEW("/a"), .hash = VIEW("h")};
    for (int i = 1; i < PLACES; i++) {
        int first = places[i - 1], again = places[i];
        view own = m->points[again].key;
        m->points[again].key = m->points[first].key;
        for (int mode = STORE_ADD; mode <= STORE_UPSERT; mode++) {
            assert_status(KITH_ERR_INVALID,
                          store_put_points(f->store, f->collection, (store_mode)mode, m->points,
                                           MANY, &sequence, &err));
            assert_names(&err, m, first);
        }
        m->documents[again].key = m->documents[first].key;
        assert_status(KITH_ERR_INVALID, store_put_documents(f->store, f->collection, &source,
                                                            m->documents, MANY, &sequence, &err));
        assert_names(&err, m, first);
        m->documents[again].key = m->points[again].key = own;
    }
    assert_int_equal(get_collection(f).points, 0);
    free(m);
}

static void sources_of_several_batches_are_put_and_replaced_together(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    many *a = make_many("a"), *b = make_many("b");
    const store_source sources[] = {{.path = VIEW("/a"), .hash = VIEW("h")},
                                    {.path = VIEW("/b"), .hash = VIEW("h")}};
    const store_deposit deposits[] = {{&sources[0], a->documents, MANY},
                                      {&sources[1], b->documents, MANY}};
    for (int round = 0; round < 3; round++) {
        assert_ok(store_put_sources(f->store, f->collection, &(store_deposits){deposits, 2, NULL},
                                    &sequence, &err));
        store_collection c = get_collection(f);
        assert_int_equal(c.points, 2 * MANY);
        assert_int_equal(c.documents, 2 * MANY);
        assert_int_equal(ask_sql(f, "SELECT count(DISTINCT row) FROM tombstones"),
                         (int64_t)round * 2 * MANY);
        assert_view(get_point(f, a->keys[MANY - 1]).document, a->keys[MANY - 1]);
        assert_ok(store_check(f->store, &err));
    }
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_file_of_one_document_costs_few_statements),
        with_store(a_file_of_many_documents_costs_few_statements),
        with_store(a_key_that_is_taken_is_named_and_nothing_is_put),
        with_store(a_document_that_is_taken_is_named_and_nothing_is_put),
        with_store(a_key_that_comes_twice_is_named),
        with_store(sources_of_several_batches_are_put_and_replaced_together),
    };
    return cmocka_run_group_tests(tests, trace_all_connections, NULL);
}
