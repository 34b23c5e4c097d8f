/* test_store_model.c - random calls against a model so simple that it is right: three small arrays,
 * copied before each call and put back when the call must fail. A second reader follows the changes
 * as a derived index would, and must end up with the same points. */
#include "fixture.h"

#include "base/rng.h"
#include "os/clock.h"

enum { KEYS = 14, DOCUMENTS = 4, SOURCES = 3, STEPS = 700, BATCH = 4, ROWS = 16384, NONE = -1 };

typedef struct model {
    struct {
        bool live, is_new; /* is_new: written by the call under way */
        int document;
        int value;
        bool has_metadata;
    } points[KEYS];
    struct {
        bool live, is_new;
        int source;
    } documents[DOCUMENTS];
    struct {
        bool live;
        int hash; /* 0: none */
    } sources[SOURCES];
} model;

typedef struct chunk {
    int key, value;
    bool has_vector, has_metadata;
} chunk;

typedef struct document_put {
    int key, count;
    chunk chunks[BATCH];
} document_put;

/* ---- the model ---- */

static kith_status model_insert(model *m, const chunk *c, int document)
{
    if (m->points[c->key].live)
        return m->points[c->key].is_new ? KITH_ERR_INVALID : KITH_ERR_EXISTS;
    m->points[c->key].live = m->points[c->key].is_new = true;
    m->points[c->key].document = document;
    m->points[c->key].value = c->value;
    m->points[c->key].has_metadata = c->has_metadata;
    return KITH_OK;
}

static kith_status model_put_one(model *m, store_mode mode, const chunk *c)
{
    bool live = m->points[c->key].live;
    if (mode == STORE_UPDATE) {
        if (!live) return KITH_ERR_NOT_FOUND;
        if (m->points[c->key].is_new) return KITH_ERR_INVALID;
        if (c->has_vector) m->points[c->key].value = c->value;
        if (c->has_metadata) m->points[c->key].has_metadata = true;
        m->points[c->key].is_new = true;
        return KITH_OK;
    }
    if (!c->has_vector) return KITH_ERR_INVALID;
    if (mode == STORE_ADD || !live) return model_insert(m, c, NONE);
    if (m->points[c->key].is_new) return KITH_ERR_INVALID;
    m->points[c->key].value = c->value;
    m->points[c->key].has_metadata = c->has_metadata;
    m->points[c->key].is_new = true;
    return KITH_OK;
}

static void model_delete_document(model *m, int document)
{
    for (int i = 0; i < KEYS; i++)
        if (m->points[i].live && m->points[i].document == document) m->points[i].live = false;
    m->documents[document].live = false;
}

static void model_forget_source(model *m, int source)
{
    bool has_documents = false;
    if (source == NONE) return;
    for (int i = 0; i < DOCUMENTS; i++)
        has_documents |= m->documents[i].live && m->documents[i].source == source;
    m->sources[source].hash = 0;
    m->sources[source].live = has_documents;
}

static void model_delete_points(model *m, const int *keys, int count)
{
    for (int i = 0; i < count; i++) {
        if (!m->points[keys[i]].live) continue;
        m->points[keys[i]].live = false;
        int document = m->points[keys[i]].document;
        if (document != NONE) model_forget_source(m, m->documents[document].source);
    }
}

static void model_delete_of_source(model *m, int source)
{
    for (int i = 0; i < DOCUMENTS; i++)
        if (m->documents[i].live && m->documents[i].source == source) model_delete_document(m, i);
}

static kith_status model_put_document(model *m, int source, const document_put *d)
{
    if (m->documents[d->key].live)
        return m->documents[d->key].is_new ? KITH_ERR_INVALID : KITH_ERR_EXISTS;
    m->documents[d->key].live = m->documents[d->key].is_new = true;
    m->documents[d->key].source = source;
    return KITH_OK;
}

static kith_status model_put_chunks(model *m, const document_put *d)
{
    for (int i = 0; i < d->count; i++) {
        if (!d->chunks[i].has_vector) return KITH_ERR_INVALID;
        kith_status status = model_insert(m, &d->chunks[i], d->key);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

static kith_status model_put_documents(model *m, int source, int hash, const document_put *d,
                                       int count)
{
    if (source != NONE) model_delete_of_source(m, source);
    for (int i = 0; source == NONE && i < count; i++) {
        if (!m->documents[d[i].key].live) continue;
        if (m->documents[d[i].key].source != NONE) return KITH_ERR_EXISTS;
        model_delete_document(m, d[i].key);
    }
    for (int i = 0; i < count; i++) {
        kith_status status = model_put_document(m, source, &d[i]);
        if (status != KITH_OK) return status;
    }
    for (int i = 0; i < count; i++) { /* all documents come before all chunks */
        kith_status status = model_put_chunks(m, &d[i]);
        if (status != KITH_OK) return status;
    }
    if (source != NONE) {
        m->sources[source].live = true;
        m->sources[source].hash = hash;
    }
    return KITH_OK;
}

/* ---- the same calls on the store ---- */

static view name_of(arena *a, char kind, int number)
{
    return view_of(arena_printf(a, "%c%d", kind, number));
}

static store_point store_chunk(arena *a, const chunk *c)
{
    float *vector = arena_new_array(a, float, DIM);
    vector[0] = (float)c->value;
    return (store_point){.key = name_of(a, 'p', c->key),
                         .vector = c->has_vector ? vector : NULL,
                         .metadata = c->has_metadata ? VIEW("{}") : (view){NULL, 0}};
}

typedef struct run {
    fixture *fixture;
    arena *arena;
    rng random;
    model model;
    int value; /* a new one for each put */
    kith_error err;
    /* What a derived index knows. */
    uint64_t followed;
    float followed_value[ROWS];
    bool followed_live[ROWS];
} run;

static chunk random_chunk(run *r)
{
    return (chunk){.key = (int)rng_below(&r->random, KEYS),
                   .value = ++r->value,
                   .has_vector = rng_below(&r->random, 12) != 0,
                   .has_metadata = rng_below(&r->random, 2) == 0};
}

static void assert_agree(run *r, const char *call, kith_status expected, kith_status got,
                         const model *after)
{
    if (expected != got)
        fail_msg("%s: got %s, the model says %s: %s", call, kith_status_name(got),
                 kith_status_name(expected), r->err.message);
    if (got != KITH_OK) return;
    r->model = *after;
    for (int i = 0; i < KEYS; i++)
        r->model.points[i].is_new = false;
    for (int i = 0; i < DOCUMENTS; i++)
        r->model.documents[i].is_new = false;
}

static void put_points(run *r)
{
    store_point points[BATCH];
    store_mode mode = (store_mode)rng_below(&r->random, 3);
    uint32_t count = 1 + rng_below(&r->random, BATCH);
    model next = r->model;
    kith_status expected = KITH_OK;
    uint64_t sequence = 0;
    for (uint32_t i = 0; i < count; i++) {
        chunk c = random_chunk(r);
        points[i] = store_chunk(r->arena, &c);
        if (expected == KITH_OK) expected = model_put_one(&next, mode, &c);
    }
    kith_status got = store_put_points(r->fixture->store, r->fixture->collection, mode, points,
                                       count, &sequence, &r->err);
    assert_agree(r, "put points", expected, got, &next);
}

static void delete_points(run *r)
{
    view views[BATCH];
    int keys[BATCH];
    uint32_t count = 1 + rng_below(&r->random, BATCH), deleted = 0;
    model next = r->model;
    uint64_t sequence = 0;
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (int)rng_below(&r->random, KEYS);
        views[i] = name_of(r->arena, 'p', keys[i]);
    }
    model_delete_points(&next, keys, (int)count);
    kith_status got = store_delete_points(r->fixture->store, r->fixture->collection, views, count,
                                          &sequence, &deleted, &r->err);
    assert_agree(r, "delete points", KITH_OK, got, &next);
}

static void put_documents(run *r)
{
    document_put puts[2];
    store_document documents[2];
    store_point points[2][BATCH];
    int source = (int)rng_below(&r->random, SOURCES + 1) - 1, hash = ++r->value;
    uint32_t count = rng_below(&r->random, 3);
    model next = r->model;
    uint64_t sequence = 0;
    for (uint32_t i = 0; i < count; i++) {
        puts[i].key = (int)rng_below(&r->random, DOCUMENTS);
        puts[i].count = (int)rng_below(&r->random, BATCH);
        for (int j = 0; j < puts[i].count; j++) {
            puts[i].chunks[j] = random_chunk(r);
            points[i][j] = store_chunk(r->arena, &puts[i].chunks[j]);
        }
        documents[i] = (store_document){.key = name_of(r->arena, 'd', puts[i].key),
                                        .text = VIEW("text"),
                                        .points = points[i],
                                        .point_count = (uint32_t)puts[i].count};
    }
    store_source from = {.path = name_of(r->arena, 's', source),
                         .hash = name_of(r->arena, 'h', hash)};
    kith_status expected = model_put_documents(&next, source, hash, puts, (int)count);
    kith_status got =
        store_put_documents(r->fixture->store, r->fixture->collection,
                            source == NONE ? NULL : &from, documents, count, &sequence, &r->err);
    assert_agree(r, "put documents", expected, got, &next);
}

static void delete_document(run *r)
{
    int document = (int)rng_below(&r->random, DOCUMENTS);
    model next = r->model;
    uint64_t sequence = 0;
    kith_status expected = next.documents[document].live ? KITH_OK : KITH_ERR_NOT_FOUND;
    if (expected == KITH_OK) {
        model_delete_document(&next, document);
        model_forget_source(&next, next.documents[document].source);
    }
    kith_status got = store_delete_document(r->fixture->store, r->fixture->collection,
                                            name_of(r->arena, 'd', document), &sequence, &r->err);
    assert_agree(r, "delete document", expected, got, &next);
}

static void delete_source(run *r)
{
    int source = (int)rng_below(&r->random, SOURCES);
    model next = r->model;
    uint64_t sequence = 0;
    kith_status expected = next.sources[source].live ? KITH_OK : KITH_ERR_NOT_FOUND;
    if (expected == KITH_OK) {
        model_delete_of_source(&next, source);
        next.sources[source].live = false;
    }
    kith_status got = store_delete_source(r->fixture->store, r->fixture->collection,
                                          name_of(r->arena, 's', source), &sequence, &r->err);
    assert_agree(r, "delete source", expected, got, &next);
}

/* ---- comparing ---- */

static uint32_t compare_points(run *r)
{
    kith_error err = {0};
    view keys[KEYS];
    store_point got[KEYS];
    uint32_t live = 0;
    for (int i = 0; i < KEYS; i++)
        keys[i] = name_of(r->arena, 'p', i);
    assert_ok(store_get_points(r->fixture->store, r->fixture->collection, keys, KEYS,
                               STORE_WITH_VECTOR | STORE_WITH_METADATA, r->arena, got, &err));
    for (int i = 0; i < KEYS; i++) {
        assert_int_equal(got[i].row != 0, r->model.points[i].live);
        if (!got[i].row) continue;
        live++;
        int document = r->model.points[i].document;
        assert_true(got[i].vector[0] == (float)r->model.points[i].value);
        assert_int_equal(got[i].metadata.data != NULL, r->model.points[i].has_metadata);
        assert_true(view_equal(got[i].document,
                               document == NONE ? VIEW("") : name_of(r->arena, 'd', document)));
        assert_true(got[i].row < ROWS && r->followed_live[got[i].row]);
        assert_true(r->followed_value[got[i].row] == got[i].vector[0]);
    }
    return live;
}

static void compare_documents(run *r)
{
    kith_error err = {0};
    store_document *list = NULL;
    uint32_t count = 0, next = 0;
    assert_ok(store_list_documents(r->fixture->store, r->fixture->collection, NULL, r->arena, &list,
                                   &count, &err));
    for (int i = 0; i < DOCUMENTS; i++) {
        if (!r->model.documents[i].live) continue;
        uint32_t chunks = 0;
        int source = r->model.documents[i].source;
        for (int j = 0; j < KEYS; j++)
            chunks += r->model.points[j].live && r->model.points[j].document == i;
        assert_true(next < count);
        assert_true(view_equal(list[next].key, name_of(r->arena, 'd', i)));
        assert_true(view_equal(list[next].source,
                               source == NONE ? VIEW("") : name_of(r->arena, 's', source)));
        assert_int_equal(list[next++].chunks, chunks);
    }
    assert_int_equal(next, count);
}

static void compare_sources(run *r)
{
    kith_error err = {0};
    store_source *list = NULL;
    uint32_t count = 0, next = 0;
    assert_ok(store_list_sources(r->fixture->store, r->fixture->collection, NULL, r->arena, &list,
                                 &count, &err));
    for (int i = 0; i < SOURCES; i++) {
        if (!r->model.sources[i].live) continue;
        int hash = r->model.sources[i].hash;
        assert_true(next < count);
        assert_true(view_equal(list[next].path, name_of(r->arena, 's', i)));
        assert_true(view_equal(list[next++].hash, hash ? name_of(r->arena, 'h', hash) : VIEW("")));
    }
    assert_int_equal(next, count);
}

static kith_status follow(void *context, const store_change *change)
{
    run *r = context;
    assert_true(change->row < ROWS);
    assert_true(change->sequence > r->followed);
    r->followed_live[change->row] = !change->deleted;
    if (change->vector) r->followed_value[change->row] = change->vector[0];
    return KITH_OK;
}

static void compare(run *r)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t followed = 0;
    assert_ok(read_changes(r->fixture->store, r->fixture->collection, r->followed, follow, r,
                           &sequence, &err));
    r->followed = sequence;
    for (int i = 0; i < ROWS; i++)
        followed += r->followed_live[i];
    uint32_t live = compare_points(r);
    assert_int_equal(followed, live);
    assert_int_equal(get_collection(r->fixture).points, live);
    compare_documents(r);
    compare_sources(r);
}

static void random_calls_do_what_the_model_does(void **state)
{
    static void (*const calls[])(run *) = {put_points,    put_points,      put_points,
                                           put_documents, put_documents,   delete_points,
                                           delete_points, delete_document, delete_source};
    fixture *f = *state;
    kith_error err = {0};
    uint64_t seed = (uint64_t)clock_monotonic_ns();
    run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->fixture = f;
    r->arena = &f->arena;
    r->random = (rng){seed};
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int step = 0; step < STEPS; step++) {
        calls[rng_below(&r->random, sizeof calls / sizeof calls[0])](r);
        compare(r);
        arena_reset(&f->arena);
        if (step % 100 != 99) continue;
        assert_ok(store_check(f->store, &err));
        fixture_close(f);
        fixture_open(f);
    }
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(random_calls_do_what_the_model_does),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
