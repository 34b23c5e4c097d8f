/* test_store_reembed.c - another model's vectors for a collection that is changed meanwhile. What the
 * collection has just before the image takes its place is what must be found afterwards. */
#include "fixture.h"

#include "base/rng.h"
#include "store/catalog.h"
#include "store/reembed.h"
#include "store/waiting.h"

enum { NEW_DIM = 2, KEYS = 24, DOCUMENTS = 6, ALL_BYTES = 65536 };
#define OLD_MODEL VIEW("old\nold name")
#define NEW_MODEL VIEW("new\nnew name")

static int set_up_pinned(void **state)
{
    kith_error err = {0};
    if (setup(state) != 0) return -1;
    fixture *f = *state;
    assert_ok(store_collection_pin(f->store, f->collection,
                                   &(store_pin){.dim = DIM, .model = OLD_MODEL}, &err));
    return 0;
}

#define with_pinned(test) cmocka_unit_test_setup_teardown(test, set_up_pinned, teardown)

static store_reembedding begin(fixture *f)
{
    kith_error err = {0};
    store_reembedding r = {0};
    const store_reembed_request request = {
        .collection = f->collection, .model = NEW_MODEL, .dim = NEW_DIM, .now_ms = 1};
    assert_ok(store_reembed_begin(f->store, &request, &r, &err));
    return r;
}

static store_reembed_state step(fixture *f)
{
    kith_error err = {0};
    store_reembed_state state = {0};
    assert_ok(store_reembed_step(f->store, f->collection, &state, &err));
    return state;
}

/* A vector that tells of which text it is. */
static void vector_of(const store_point *p, float out[NEW_DIM])
{
    out[0] = (float)(p->prefix.size + p->content.size);
    out[1] = p->content.size ? (float)p->content.data[p->content.size - 1] : 0;
}

/* Embeds at most `most` of what waits in the image. */
static uint32_t embed(fixture *f, uint64_t image, uint32_t most)
{
    kith_error err = {0};
    store_point *points = NULL;
    uint32_t count = 0;
    store_waiting_place place = {0};
    float vectors[128][NEW_DIM];
    store_text_key keys[128] = {0};
    assert_true(most <= 128);
    assert_ok(store_list_waiting(f->store, image, &place, most, &f->arena, &points, &count, &err));
    for (uint32_t i = 0; i < count; i++)
        vector_of(&points[i], vectors[i]);
    if (count == 0) return 0;
    store_vectors what = {
        .points = points, .keys = keys, .vectors = vectors[0], .count = count, .dim = NEW_DIM};
    assert_ok(store_put_vectors(f->store, image, &what, &err));
    return what.put;
}

static void put_document(fixture *f, const char *key, const char *source, uint32_t chunks,
                         uint32_t salt)
{
    static const float vector[DIM] = {1, 2, 3, 4};
    kith_error err = {0};
    store_point points[8] = {0};
    char keys[8][32], contents[8][32];
    uint64_t sequence = 0;
    assert_true(chunks <= 8);
    for (uint32_t i = 0; i < chunks; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "%s#%u", key, i);
        (void)snprintf(contents[i], sizeof contents[i], "chunk %u of %u", i, salt);
        points[i] = point_of(keys[i], contents[i], vector);
        points[i].prefix = VIEW("Title\n");
    }
    const store_document document = {.key = view_of(key),
                                     .title = VIEW("Title"),
                                     .text = VIEW("the text"),
                                     .points = points,
                                     .point_count = chunks};
    const store_source file = {.path = view_of(source), .hash = VIEW("h"), .bytes = salt};
    const store_deposit deposit = {&file, &document, 1};
    assert_ok(store_put_sources(f->store, f->collection,
                                &(store_deposits){.deposits = &deposit, .count = 1}, &sequence,
                                &err));
}

/* One random change of the collection. */
static void change(fixture *f, rng *r)
{
    kith_error err = {0};
    char key[32], source[32];
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    float vector[DIM] = {1, (float)rng_below(r, 100), 0, 1};
    (void)snprintf(key, sizeof key, "p%u", (unsigned)rng_below(r, KEYS));
    store_point p = point_of(key, rng_below(r, 2) ? "a text" : "another text", vector);
    p.metadata = rng_below(r, 2) ? VIEW("{\"a\":1}") : VIEW("{\"heading\":\"H\"}");
    const view k = view_of(key);
    const unsigned d = (unsigned)rng_below(r, DOCUMENTS);
    kith_status status = KITH_OK;
    switch (rng_below(r, 6)) {
    case 0:
    case 1:
        assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
        break;
    case 2:
        assert_ok(store_delete_points(f->store, f->collection, &k, 1, &sequence, &deleted, &err));
        break;
    case 3:
        (void)snprintf(key, sizeof key, "d%u", d);
        (void)snprintf(source, sizeof source, "/f%u", d);
        put_document(f, key, source, 1 + (uint32_t)rng_below(r, 4), (uint32_t)rng_below(r, 1000));
        break;
    case 4:
        (void)snprintf(key, sizeof key, "d%u", d);
        status = store_delete_document(f->store, f->collection, view_of(key), &sequence, &err);
        assert_true(status == KITH_OK || status == KITH_ERR_NOT_FOUND);
        break;
    default:
        (void)snprintf(key, sizeof key, "d%u#0", d);
        const view chunk = view_of(key);
        assert_ok(
            store_delete_points(f->store, f->collection, &chunk, 1, &sequence, &deleted, &err));
    }
}

/* All that the collection has but vectors, as text. */
static char *read_all(fixture *f, uint64_t collection)
{
    kith_error err = {0};
    store_point *points = NULL;
    store_document *documents = NULL;
    store_source *sources = NULL;
    uint32_t count = 0, document_count = 0, source_count = 0, at = 0;
    char *lines[256], *all = calloc(1, ALL_BYTES);
    assert_non_null(all);
    const store_scan scan = {.limit = 256, .with = STORE_WITH_CONTENT | STORE_WITH_METADATA};
    assert_ok(store_scan_points(f->store, collection, &scan, &f->arena, &points, &count, &err));
    assert_ok(store_list_documents(f->store, collection, NULL, &f->arena, &documents,
                                   &document_count, &err));
    assert_ok(
        store_list_sources(f->store, collection, NULL, &f->arena, &sources, &source_count, &err));
    for (uint32_t i = 0; i < count; i++)
        lines[at++] = arena_printf(&f->arena, "point %.*s of %.*s: %.*s %.*s",
                                   VIEW_ARG(points[i].key), VIEW_ARG(points[i].document),
                                   VIEW_ARG(points[i].content), VIEW_ARG(points[i].metadata));
    for (uint32_t i = 0; i < at; i++) // in order of text: row numbers differ
        for (uint32_t j = i + 1; j < at; j++)
            if (strcmp(lines[j], lines[i]) < 0) {
                char *other = lines[i];
                lines[i] = lines[j];
                lines[j] = other;
            }
    for (uint32_t i = 0; i < document_count; i++)
        lines[at++] = arena_printf(&f->arena, "document %.*s: %u", VIEW_ARG(documents[i].key),
                                   documents[i].chunks);
    for (uint32_t i = 0; i < source_count; i++)
        lines[at++] = arena_printf(&f->arena, "source %.*s: %.*s %u %llu",
                                   VIEW_ARG(sources[i].path), VIEW_ARG(sources[i].hash),
                                   sources[i].documents, (unsigned long long)sources[i].bytes);
    size_t used = 0;
    for (uint32_t i = 0; i < at; i++)
        used += (size_t)snprintf(all + used, ALL_BYTES - used, "%s\n", lines[i]);
    assert_true(used < ALL_BYTES);
    return all;
}

static void assert_same(fixture *f, uint64_t collection, const char *expected)
{
    char *found = read_all(f, collection);
    assert_string_equal(found, expected);
    free(found);
}

static void every_change_that_comes_meanwhile_is_brought_over(void **state)
{
    fixture *f = *state;
    rng r = {7};
    for (int i = 0; i < 60; i++)
        change(f, &r);
    {
        kith_error err = {0};
        store_reembed_state now = {0};
        const store_reembedding begun = begin(f);
        char *expected = NULL;
        for (int i = 0; !now.is_done; i++) {
            for (uint64_t n = rng_below(&r, 8); i < 40 && n > 0; n--)
                change(f, &r);
            (void)embed(f, begun.image, i < 40 ? (uint32_t)rng_below(&r, 8) : 128);
            free(expected);
            expected = read_all(f, f->collection);
            assert_ok(store_check(f->store, &err));
            now = step(f);
            if (!now.is_done) assert_same(f, begun.image, expected);
            assert_ok(store_check(f->store, &err));
            assert_true(i < 100);
        }
        const store_collection c = get_collection(f);
        assert_int_equal(c.id, begun.image);
        assert_int_equal(c.dim, NEW_DIM);
        assert_same(f, c.id, expected);
        free(expected);
        assert_ok(store_collection_drop(f->store, f->collection, &err));
        assert_ok(store_check(f->store, &err));
    }
}

/* More than are deleted in the image at a time, with others between them. */
static void many_points_that_are_gone_go_in_the_image(void **state)
{
    enum { MANY = 1200 };
    static char names[MANY][8];
    static store_point points[MANY];
    static view gone[MANY];
    fixture *f = *state;
    kith_error err = {0};
    float vector[DIM] = {1, 2, 3, 4};
    uint64_t sequence = 0;
    uint32_t gone_count = 0, deleted = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof names[i], "k%u", i * 7919 % MANY);
        points[i] = point_of(names[i], "a text", vector);
        if (i % 3 != 1) gone[gone_count++] = points[i].key;
    }
    assert_ok(store_put_points(f->store, f->collection, STORE_ADD, points, MANY, &sequence, &err));
    const store_reembedding r = begin(f);
    assert_int_not_equal(r.image, f->collection);
    assert_ok(
        store_delete_points(f->store, f->collection, gone, gone_count, &sequence, &deleted, &err));
    assert_int_equal(deleted, gone_count);
    (void)step(f);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), 2 * (MANY - gone_count));
    assert_int_equal(ask_sql(f, "SELECT count(DISTINCT key) FROM points"), MANY - gone_count);
    assert_ok(store_check(f->store, &err));
}

/* The vectors are those of the texts with their prefixes. */
static void each_point_gets_the_vector_of_its_text(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    put_document(f, "d", "/f", 3, 1);
    (void)add_point(f, "p", 2);
    const store_collection before = get_collection(f);
    const store_reembedding begun = begin(f);
    assert_int_equal(embed(f, begun.image, 128), 4);
    assert_true(step(f).is_done);
    const store_collection after = get_collection(f);
    assert_memory_equal(&after.uuid, &before.uuid, sizeof after.uuid);
    assert_int_equal(after.created_ms, before.created_ms);
    assert_true(after.sequence > before.sequence);
    assert_view(after.model, "new\nnew name");
    f->collection = after.id;
    const store_point chunk = get_point(f, "d#1"), point = get_point(f, "p");
    assert_true(chunk.vector[0] == (float)strlen("Title\nchunk 1 of 1"));
    assert_true(point.vector[0] == (float)strlen("some content"));
    assert_ok(store_check(f->store, &err));
}

static void a_chunk_without_a_kept_prefix_gets_that_of_its_metadata(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_point *points = NULL;
    store_waiting_place place = {0};
    uint64_t sequence = 0;
    uint32_t count = 0;
    const float vector[DIM] = {1, 2, 3, 4};
    store_point chunks[] = {point_of("a", "one", vector), point_of("b", "two", vector)};
    chunks[0].metadata = VIEW("{\"title\":\"T\",\"heading\":\"A > B\",\"lead_in\":\"L\"}");
    chunks[1].metadata = VIEW("{\"title\":\"T\"}");
    const store_document d = {.key = VIEW("d"),
                              .title = VIEW("T"),
                              .text = VIEW("t"),
                              .points = chunks,
                              .point_count = 2};
    const store_deposit deposit = {NULL, &d, 1};
    assert_ok(store_put_sources(f->store, f->collection,
                                &(store_deposits){.deposits = &deposit, .count = 1}, &sequence,
                                &err));
    const store_reembedding begun = begin(f);
    assert_ok(
        store_list_waiting(f->store, begun.image, &place, 8, &f->arena, &points, &count, &err));
    assert_int_equal(count, 2);
    assert_view(points[0].prefix, "A > B\nL\n");
    assert_view(points[1].prefix, "T\n");
}

/* A limit of memory, which has nothing to do with the model, may be changed while the image is made. */
static void a_limit_that_is_set_meanwhile_is_kept(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    const uint64_t limit = 5 << 20;
    const kith_memory memory = KITH_MEMORY_COMPACT;
    (void)add_point(f, "p", 2);
    const store_reembedding begun = begin(f);
    const store_modification to = {.index_memory = &limit, .memory = &memory};
    assert_ok(store_collection_modify(f->store, f->collection, &to, &err));
    assert_int_equal(embed(f, begun.image, 128), 1);
    assert_true(step(f).is_done);
    const store_collection after = get_collection(f);
    assert_view(after.model, "new\nnew name");
    assert_int_equal(after.index_memory, limit);
    assert_int_equal(after.memory, KITH_MEMORY_COMPACT);
    assert_ok(store_check(f->store, &err));
}

static void nothing_leads_to_the_image(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collections list = {0};
    uint64_t count = 0;
    (void)add_point(f, "p", 2);
    (void)begin(f);
    assert_ok(store_collection_list(f->store, STORE_DEFAULT_DATABASE, &(store_page){0, 0},
                                    &f->arena, &list, &err));
    assert_int_equal(list.count, 1);
    assert_view(list.collections[0].name, "c");
    assert_ok(store_collection_count(f->store, STORE_DEFAULT_DATABASE, &count, &err));
    assert_int_equal(count, 1);
}

/* The work of a process that was killed is not done again, unless it is for another model. */
static void it_goes_on_after_the_store_was_opened_again(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    for (int i = 0; i < 10; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "p%d", i);
        (void)add_point(f, key, 1);
    }
    const store_reembedding first = begin(f);
    assert_int_equal(embed(f, first.image, 6), 6);
    fixture_close(f);
    fixture_open(f);
    const store_reembedding second = begin(f);
    assert_int_equal(second.image, first.image);
    assert_int_equal(step(f).waiting, 4);
    const store_reembed_request other = {
        .collection = f->collection, .model = VIEW("third"), .dim = 3, .now_ms = 1};
    store_reembedding third = {0};
    assert_ok(store_reembed_begin(f->store, &other, &third, &err));
    assert_true(third.image != first.image);
    assert_ok(store_reembed_abandon(f->store, f->collection, &err));
    bool found = true;
    assert_ok(store_reembedding_find(f->store, f->collection, &third, &found, &err));
    assert_false(found);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), 10);
    assert_int_equal(get_collection(f).id, f->collection);
    assert_ok(store_check(f->store, &err));
}

static void the_former_collection_is_read_and_not_written(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    (void)add_point(f, "p", 2);
    const store_reembedding begun = begin(f);
    (void)embed(f, begun.image, 128);
    assert_true(step(f).is_done);
    assert_true(get_point(f, "p").vector[0] == 2);
    float vector[DIM] = {1, 2, 3, 4};
    const store_point p = point_of("q", "text", vector);
    assert_status(KITH_ERR_BUSY,
                  store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, &err));
    assert_non_null(strstr(err.message, "repeat the call"));
    fixture_close(f); // too early to be dropped
    fixture_open(f);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM collections"), 2);
}

static void what_is_deleted_takes_its_image_along(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    (void)add_point(f, "p", 2);
    (void)begin(f);
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(ask_sql(f, "SELECT (SELECT count(*) FROM collections) + "
                                "(SELECT count(*) FROM points) + "
                                "(SELECT count(*) FROM reembeddings)"),
                     0);
    assert_ok(store_check(f->store, &err));
}

/* Called between the batches of a copy: deletes the collection that is copied. */
static int delete_meanwhile(void *context)
{
    const fixture *f = context;
    kith_error err = {0};
    const kith_status status = store_collection_drop(f->store, f->collection, &err);
    assert_true(status == KITH_OK || status == KITH_ERR_NOT_FOUND);
    return 0;
}

static void what_is_deleted_while_its_image_is_begun_leaves_none(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_reembedding r = {0};
    bool found = true;
    (void)add_point(f, "p", 2);
    const call_limit limit = {.is_cancelled = delete_meanwhile, .context = f};
    const store_reembed_request request = {.collection = f->collection,
                                           .model = NEW_MODEL,
                                           .dim = NEW_DIM,
                                           .now_ms = 1,
                                           .limit = &limit};
    assert_status(KITH_ERR_NOT_FOUND, store_reembed_begin(f->store, &request, &r, &err));
    assert_ok(store_reembedding_find(f->store, f->collection, &r, &found, &err));
    assert_false(found);
    fixture_close(f); // the deleted collection's points go when the store is opened
    fixture_open(f);
    assert_int_equal(ask_sql(f, "SELECT (SELECT count(*) FROM collections) + "
                                "(SELECT count(*) FROM points)"),
                     0);
}

static void a_database_is_deleted_with_its_images(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_database database = {0};
    store_collection c = {0};
    bool created = false;
    uint64_t *ids = NULL;
    uint32_t count = 0;
    assert_ok(store_database_create(f->store, VIEW(STORE_DEFAULT_TENANT), VIEW("d"), &err));
    assert_ok(store_database_get(f->store, VIEW(STORE_DEFAULT_TENANT), VIEW("d"), &f->arena,
                                 &database, &err));
    const store_collection_spec spec = {
        .database = database.id, .name = VIEW("x"), .dim = DIM, .model = OLD_MODEL};
    assert_ok(store_collection_ensure(f->store, &spec, &f->arena, &c, &created, &err));
    f->collection = c.id;
    (void)add_point(f, "p", 1);
    (void)begin(f);
    assert_ok(store_database_drop(f->store, database.id, &f->arena, &ids, &count, &err));
    assert_int_equal(count, 2);
    assert_ok(store_check(f->store, &err));
}

static void a_point_without_a_text_is_refused(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    float vector[DIM] = {1, 2, 3, 4};
    const store_point p = point_of("bare", NULL, vector);
    assert_ok(store_put_points(f->store, f->collection, STORE_ADD, &p, 1, &sequence, &err));
    store_reembedding r = {0};
    bool found = true;
    const store_reembed_request request = {
        .collection = f->collection, .model = NEW_MODEL, .dim = NEW_DIM};
    assert_status(KITH_ERR_INVALID, store_reembed_begin(f->store, &request, &r, &err));
    assert_non_null(strstr(err.message, "'bare' has no text"));
    assert_ok(store_reembedding_find(f->store, f->collection, &r, &found, &err));
    assert_false(found);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM points"), 1);
}

/* Who read the collection before cannot commit on what has changed since. */
static void a_commit_that_rests_on_the_former_state_is_refused(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    (void)add_point(f, "p", 2);
    (void)add_point(f, "gone", 2);
    const uint64_t read_at = get_collection(f).sequence;
    const view gone = VIEW("gone");
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    assert_ok(store_delete_points(f->store, f->collection, &gone, 1, &sequence, &deleted, &err));
    const store_reembedding begun = begin(f);
    const uint64_t after_begin = get_collection(f).sequence;
    const float vector[DIM] = {5, 5, 5, 5};
    const store_point p = point_of("p", "changed", vector);
    assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
    (void)embed(f, begun.image, 128);
    assert_true(step(f).is_done);
    const view p_key = VIEW("p");
    store_commit commit = {.since = after_begin, .read = &p_key, .read_count = 1};
    assert_ok(store_commit_operations(f->store, begun.image, &commit, &err));
    assert_int_equal(commit.outcome, STORE_CONFLICT);
    commit = (store_commit){.since = read_at, .read = &gone, .read_count = 1};
    assert_ok(store_commit_operations(f->store, begun.image, &commit, &err));
    assert_true(commit.outcome != STORE_COMMITTED);
}

static void damage_of_a_row_is_found(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    (void)add_point(f, "p", 2);
    (void)begin(f);
    assert_ok(store_note_model(f->store, VIEW("new"), VIEW("/models/new"), &err));
    assert_ok(store_check(f->store, &err));
    run_sql(f, "UPDATE models SET directory = x'2f'");
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    assert_ok(store_note_model(f->store, VIEW("new"), VIEW("/models/new"), &err));
    view directory = {NULL, 0};
    assert_ok(store_find_model(f->store, VIEW("new"), &f->arena, &directory, &err));
    assert_view(directory, "/models/new");
    assert_ok(store_find_model(f->store, VIEW("other"), &f->arena, &directory, &err));
    assert_null(directory.data);
    run_sql(f, "UPDATE reembeddings SET base = base + 1");
    assert_status(KITH_ERR_CORRUPT, store_check(f->store, &err));
    // It is not known how far the image has followed, so that nothing is dropped by itself.
    assert_status(KITH_ERR_CORRUPT, store_reembed_abandon(f->store, f->collection, &err));
    // The collection can be deleted all the same, and its image goes with it.
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    assert_int_equal(ask_sql(f, "SELECT (SELECT count(*) FROM collections) + "
                                "(SELECT count(*) FROM reembeddings)"),
                     0);
}

/* The image is looked for by its name, and no other collection's row is read for it. */
static void damage_of_another_collection_keeps_none_from_being_deleted(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t other = 0;
    (void)add_point(f, "p", 2);
    assert_ok(store_collection_create(f->store, VIEW("another"), KITH_COSINE, DIM, VIEW(""), 1,
                                      &other, &err));
    (void)begin(f);
    run_sql(f, "UPDATE collections SET points = points + 1 WHERE name = 'another'");
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM collections"), 1);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM reembeddings"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pinned(every_change_that_comes_meanwhile_is_brought_over),
        with_pinned(many_points_that_are_gone_go_in_the_image),
        with_pinned(each_point_gets_the_vector_of_its_text),
        with_pinned(a_chunk_without_a_kept_prefix_gets_that_of_its_metadata),
        with_pinned(a_limit_that_is_set_meanwhile_is_kept),
        with_pinned(nothing_leads_to_the_image),
        with_pinned(it_goes_on_after_the_store_was_opened_again),
        with_pinned(the_former_collection_is_read_and_not_written),
        with_pinned(what_is_deleted_takes_its_image_along),
        with_pinned(what_is_deleted_while_its_image_is_begun_leaves_none),
        with_pinned(a_database_is_deleted_with_its_images),
        with_pinned(a_point_without_a_text_is_refused),
        with_pinned(a_commit_that_rests_on_the_former_state_is_refused),
        with_pinned(damage_of_a_row_is_found),
        with_pinned(damage_of_another_collection_keeps_none_from_being_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
