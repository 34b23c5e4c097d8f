/* Points whose metadata or text changes keep what the index has made of their vectors, and every search sees them as they
 * are now: beside brute force over a plain list of the points, in memory, compact and in lists, after openings of any kind. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "index_for_test.h"
#include "vector/vector_index_private.h"

#include <math.h>

enum {
    DIM = 80,
    POINTS = 4600,
    CHUNKS = 60,
    SOURCES = 4,
    BATCH = 400,
    K = 10,
    VALUES = 5,
    VECTORS_MAX = 40000
};
enum { ALL = POINTS + SOURCES * CHUNKS };

/* A point as the store must have it. The last SOURCES * CHUNKS are chunks of documents, a source each. */
typedef struct known_point {
    bool is_there;
    uint32_t vector; /* what its vector is drawn from */
    uint32_t value;  /* its metadata: {"a":value} */
} known_point;

typedef struct fixture {
    char *directory;
    char *copy; /* below it: where a killed process's directory is continued; else NULL */
    database *db;
    collection *c;
    rng random;
    known_point points[ALL];
    uint32_t vectors; /* drawn so far */
    uint32_t kills;
} fixture;

/* Vector `number`, of length 1: drawn once, since brute force looks at all of them again and again. */
static const float *vector_at(uint32_t number)
{
    static float drawn[VECTORS_MAX][DIM];
    static uint32_t count;
    assert_true(number < VECTORS_MAX);
    for (; count <= number; count++) {
        rng r = {UINT64_C(0x1000000) + count};
        double squares = 0;
        for (uint32_t d = 0; d < DIM; d++) {
            drawn[count][d] = (float)rng_unit(&r) - 0.5F;
            squares += (double)drawn[count][d] * (double)drawn[count][d];
        }
        for (uint32_t d = 0; d < DIM; d++)
            drawn[count][d] /= (float)sqrt(squares);
    }
    return drawn[number];
}

static void open_with(fixture *f, database_options options)
{
    open_collection(f->copy ? f->copy : f->directory, &options, &f->db, &f->c);
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    f->random = (rng){11};
    open_with(f, (database_options){.no_threads = true});
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    close_all(f);
    int failed = scratch_teardown((void **)&f->directory);
    free(f->copy);
    free(f);
    return failed;
}

typedef enum write_kind { METADATA_ALONE, SAME_VECTOR, NEW_VECTOR } write_kind;

/* Points numbers[count], which are no chunks, are written with new metadata. */
static void write_points(fixture *f, const uint32_t *numbers, uint32_t count, write_kind kind)
{
    static char keys[BATCH][16], records[BATCH][32];
    static store_point points[BATCH];
    kith_error err;
    for (uint32_t i = 0; i < count; i++) {
        known_point *p = &f->points[numbers[i]];
        if (kind == NEW_VECTOR || !p->is_there) p->vector = f->vectors++;
        p->value = rng_below(&f->random, VALUES);
        p->is_there = true;
        (void)snprintf(keys[i], sizeof keys[i], "p%u", numbers[i]);
        (void)snprintf(records[i], sizeof records[i], "{\"a\":%u}", p->value);
        points[i] =
            (store_point){.key = view_of(keys[i]),
                          .metadata = view_of(records[i]),
                          .content = kind == METADATA_ALONE ? (view){0} : VIEW("a few words"),
                          .vector = kind == METADATA_ALONE ? NULL : vector_at(p->vector)};
    }
    const unsigned how = kind == METADATA_ALONE ? STORE_UPDATE : STORE_UPSERT;
    assert_ok(collection_put_points(f->c, how, points, count, kind == METADATA_ALONE ? 0 : DIM,
                                    VIEW(""), &err));
}

/* Different points, those that are there or any; returns how many. */
static uint32_t choose_points(fixture *f, bool there, uint32_t most, uint32_t out[BATCH])
{
    uint32_t count = 0;
    const uint32_t wanted = 1 + rng_below(&f->random, most);
    uint32_t number = rng_below(&f->random, POINTS);
    for (uint32_t step = 0; step < POINTS && count < wanted; step++) {
        number = (number + 1 + rng_below(&f->random, 3)) % POINTS;
        bool is_new = !there || f->points[number].is_there;
        for (uint32_t i = 0; i < count; i++)
            is_new = is_new && out[i] != number;
        if (is_new) out[count++] = number;
    }
    return count;
}

static void delete_points(fixture *f, const uint32_t *numbers, uint32_t count)
{
    kith_error err;
    for (uint32_t i = 0; i < count; i++) {
        char key[16];
        uint32_t deleted = 0;
        (void)snprintf(key, sizeof key, "p%u", numbers[i]);
        assert_ok(collection_delete_points(f->c, &(view){key, strlen(key)}, 1, &deleted, &err));
        assert_int_equal(deleted, 1);
        f->points[numbers[i]].is_there = false;
    }
}

/* The file of source s is read again: its chunks have new metadata, `fresh` of them at the beginning new vectors, and those
 * of the others move along by as many places. */
static void replace_source(fixture *f, uint32_t s, uint32_t fresh)
{
    static char keys[CHUNKS][24], records[CHUNKS][32];
    store_point chunks[CHUNKS];
    char path[16];
    kith_error err;
    known_point *of = f->points + POINTS + s * CHUNKS;
    for (uint32_t i = CHUNKS; i-- > fresh;)
        of[i].vector = of[i - fresh].is_there ? of[i - fresh].vector : f->vectors++;
    for (uint32_t i = 0; i < CHUNKS; i++) {
        if (i < fresh) of[i].vector = f->vectors++;
        of[i].is_there = true;
        of[i].value = rng_below(&f->random, VALUES);
        (void)snprintf(keys[i], sizeof keys[i], "p%u", POINTS + s * CHUNKS + i);
        (void)snprintf(records[i], sizeof records[i], "{\"a\":%u}", of[i].value);
        chunks[i] = (store_point){.key = view_of(keys[i]),
                                  .metadata = view_of(records[i]),
                                  .content = VIEW("a chunk"),
                                  .vector = vector_at(of[i].vector)};
    }
    (void)snprintf(path, sizeof path, "f%u", s);
    const store_source source = {.path = view_of(path), .hash = VIEW("h")};
    const store_document document = {
        .key = view_of(path), .text = VIEW("text"), .points = chunks, .point_count = CHUNKS};
    assert_ok(collection_put_documents(f->c, &source, &document, 1, DIM, VIEW(""), &err));
}

static double cosine_distance(const float *a, const float *b)
{
    double dot = 0;
    for (uint32_t d = 0; d < DIM; d++)
        dot += (double)a[d] * (double)b[d];
    return 1 - dot;
}

/* The share of the K nearest that a search finds; each hit is a point as it is now, and matches. value: VALUES: any */
static double search(const fixture *f, uint32_t query, uint32_t value, bool exact)
{
    double nearest[K + 1];
    char where[32];
    uint32_t count = 0, found = 0;
    kith_error err;
    arena a;
    collection_hits hits;
    const float *vector = vector_at(query);
    for (uint32_t i = 0; i < ALL; i++) {
        const known_point *p = &f->points[i];
        if (!p->is_there || (value < VALUES && p->value != value)) continue;
        const double distance = cosine_distance(vector, vector_at(p->vector));
        uint32_t at = count < K ? count++ : K;
        for (; at > 0 && distance < nearest[at - 1]; at--)
            nearest[at] = nearest[at - 1];
        nearest[at] = distance;
    }
    (void)snprintf(where, sizeof where, "{\"a\":%u}", value);
    const collection_query q = {.vector = vector,
                                .dim = DIM,
                                .k = K,
                                .exact = exact,
                                .where = value < VALUES ? view_of(where) : VIEW(""),
                                .with = STORE_WITH_METADATA};
    arena_init(&a, 0);
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    assert_int_equal(hits.count, count);
    for (uint32_t i = 0; i < hits.count; i++) {
        const uint32_t number = (uint32_t)strtoul(hits.points[i].key.data + 1, NULL, 10);
        const known_point *p = &f->points[number];
        assert_true(number < ALL && p->is_there);
        (void)snprintf(where, sizeof where, "{\"a\":%u}", p->value);
        assert_true(view_equal(hits.points[i].metadata, view_of(where)));
        assert_true(value == VALUES || p->value == value);
        const double distance = cosine_distance(vector, vector_at(p->vector));
        assert_true(fabs(distance - (double)hits.ranks[i].distance) < 1e-5);
        for (uint32_t j = 0; j < i; j++)
            assert_false(view_equal(hits.points[i].key, hits.points[j].key));
        found += distance <= nearest[count - 1] + 1e-6;
    }
    arena_done(&a);
    return count ? (double)found / count : 1;
}

static void assert_all_is_found(fixture *f)
{
    double recall = 0;
    enum { QUERIES = 20 };
    for (uint32_t i = 0; i < QUERIES; i++) {
        const uint32_t query = rng_below(&f->random, f->vectors), value = i % (VALUES + 1);
        assert_true(search(f, query, value, true) == 1);
        recall += search(f, query, value, false) / QUERIES;
    }
    assert_true(recall > 0.9);
}

/* The graph of the index, byte by byte; free with buffer_done. */
static void write_graph(const fixture *f, buffer *out)
{
    buffer_init(out, 64 << 20);
    graph_write(&f->c->current->index->graph, out);
    assert_int_equal(out->failed, KITH_OK);
}

static void put_all(fixture *f)
{
    for (uint32_t first = 0; first < POINTS; first += BATCH) {
        uint32_t numbers[BATCH], count = 0;
        for (; count < BATCH && first + count < POINTS; count++)
            numbers[count] = first + count;
        write_points(f, numbers, count, NEW_VECTOR);
    }
    for (uint32_t s = 0; s < SOURCES; s++)
        replace_source(f, s, 0);
}

static void make_compact(const fixture *f)
{
    kith_error err;
    const kith_memory memory = KITH_MEMORY_COMPACT;
    const store_modification to = {.memory = &memory};
    assert_ok(database_modify_collection(f->db, VIEW("c"), &to, &err));
}

static void leave_the_graph_as_it_is(fixture *f)
{
    buffer before, after;
    if (UNDER_TSAN) skip(); // one thread
    put_all(f);
    const vector_index *ix = f->c->current->index;
    assert_int_equal(graph_linked(&ix->graph), ALL);
    write_graph(f, &before);
    for (uint32_t round = 0; round < 5; round++) {
        uint32_t numbers[BATCH];
        write_points(f, numbers, choose_points(f, true, BATCH, numbers), METADATA_ALONE);
        write_points(f, numbers, choose_points(f, true, BATCH, numbers), SAME_VECTOR);
        replace_source(f, round % SOURCES, 0);
    }
    // So few dead rows that the index is not built anew for them, however slowly they come.
    assert_false(snapshot_needs_rebuild(f->c->current, true));
    assert_ptr_equal(f->c->current->index, ix);
    assert_true(f->c->current->rows > ALL + 2000);
    assert_true(vector_index_linked(ix) > ALL + 2000); // as far as rows were worth a look
    write_graph(f, &after);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.data, before.data, before.size);
    // Chunks that replace others have a slot of their own until the change is complete.
    assert_true(vector_index_vectors(ix) <= ALL + CHUNKS);
    assert_all_is_found(f);
    buffer_done(&before);
    buffer_done(&after);

    // A file that got a paragraph at its beginning: one chunk is new, and the others move.
    const uint32_t nodes = graph_linked(&ix->graph), rows = f->c->current->rows;
    replace_source(f, 1, 1);
    assert_int_equal(f->c->current->rows, rows + CHUNKS);
    // One node more, and the old one's less when the rows that were replaced have been removed.
    assert_in_range(graph_linked(&ix->graph), nodes, nodes + 1);
    assert_all_is_found(f);
    assert_index_is_sound(f->c);
}

static void what_keeps_its_vector_leaves_the_graph_as_it_is(void **state)
{
    fixture *f = *state;
    leave_the_graph_as_it_is(f);
    assert_int_equal(vector_index_form(f->c->current->index), VECTOR_IN_MEMORY);
}

static void what_keeps_its_vector_leaves_the_graph_of_a_compact_index_as_it_is(void **state)
{
    fixture *f = *state;
    make_compact(f);
    leave_the_graph_as_it_is(f);
    assert_int_equal(vector_index_form(f->c->current->index), VECTOR_COMPACT);
}

/* The process is killed, that is, what it has on disk is continued elsewhere. What is copied file by file is of one moment only
 * when nothing is being saved. */
static void kill_and_open(fixture *f, database_options options)
{
    char command[700], *to = malloc(300);
    assert_non_null(to);
    (void)snprintf(to, 300, "%s/killed-%u", f->directory, f->kills++);
    const char *from = f->copy ? f->copy : f->directory;
    upkeep_wait(f->c);
    (void)snprintf(command, sizeof command,
                   "mkdir '%s' && cp -a '%s/kith.db'* '%s/LOCK' '%s/derived' '%s'", to, from, from,
                   from, to);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a test's own path
    close_all(f);
    free(f->copy);
    f->copy = to;
    open_with(f, options);
}

static void reopen_somehow(fixture *f)
{
    const database_options how = {.no_threads = rng_below(&f->random, 2) == 0 && !UNDER_TSAN,
                                  .read_at_once = rng_below(&f->random, 2)};
    if (rng_below(&f->random, 2)) {
        kill_and_open(f, how);
        return;
    }
    close_all(f);
    open_with(f, how);
}

static void change_at_random(fixture *f)
{
    uint32_t numbers[BATCH];
    switch (rng_below(&f->random, 8)) {
    case 0:
    case 1:
        write_points(f, numbers, choose_points(f, true, BATCH, numbers), METADATA_ALONE);
        break;
    case 2:
        write_points(f, numbers, choose_points(f, true, BATCH, numbers), SAME_VECTOR);
        break;
    case 3:
        write_points(f, numbers, choose_points(f, false, 100, numbers), NEW_VECTOR);
        break;
    case 4:
        delete_points(f, numbers, choose_points(f, true, 30, numbers));
        break;
    case 5:
        replace_source(f, rng_below(&f->random, SOURCES), rng_below(&f->random, 4));
        break;
    case 6:
        for (uint32_t i = 0; i < 60; i++) // one point, again and again
            write_points(f, (uint32_t[]){7}, 1, SAME_VECTOR);
        break;
    default:
        f->c->must_save = true; // a generation is written with the next change
    }
}

static void change_and_compare(fixture *f)
{
    const uint32_t rounds =
        UNDER_TSAN ? 5 : 16; // the first opening, after which there are threads, is in the third
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = rng_below(&f->random, 6); i > 0; i--)
            change_at_random(f);
        if (round % 3 == 2) reopen_somehow(f);
        assert_all_is_found(f);
    }
    assert_index_is_sound(f->c);
}

static void points_are_found_as_they_are_after_any_changes(void **state)
{
    fixture *f = *state;
    put_all(f);
    change_and_compare(f);
    assert_false(vector_index_has_lists(f->c->current->index));
}

static void points_of_a_compact_index_are_found_as_they_are_after_any_changes(void **state)
{
    fixture *f = *state;
    make_compact(f);
    put_all(f);
    assert_int_equal(vector_index_form(f->c->current->index), VECTOR_COMPACT);
    change_and_compare(f);
    assert_int_equal(vector_index_form(f->c->current->index), VECTOR_COMPACT);
}

static void points_in_lists_are_found_as_they_are_after_any_changes(void **state)
{
    fixture *f = *state;
    kith_error err;
    const uint64_t limit = 1200000;
    const store_modification to = {.index_memory = &limit};
    assert_ok(database_modify_collection(f->db, VIEW("c"), &to, &err));
    put_all(f);
    assert_true(vector_index_has_lists(f->c->current->index));
    change_and_compare(f);
    assert_true(vector_index_has_lists(f->c->current->index));
}

#define inherit_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        inherit_test(what_keeps_its_vector_leaves_the_graph_as_it_is),
        inherit_test(what_keeps_its_vector_leaves_the_graph_of_a_compact_index_as_it_is),
        inherit_test(points_are_found_as_they_are_after_any_changes),
        inherit_test(points_of_a_compact_index_are_found_as_they_are_after_any_changes),
        inherit_test(points_in_lists_are_found_as_they_are_after_any_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
