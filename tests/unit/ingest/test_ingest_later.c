/* test_ingest_later.c - words first: what is stored without vectors, and the phase that embeds it. */
#include "ingest_fixture.h"

#include "ingest/embed_later.h"
#include "ingest/known.h"
#include "os/directory_claim.h"
#include "store/catalog.h"

#include <math.h>
#include <unistd.h>

static embedder *local;

static int set_up(void **state)
{
    (void)state;
    local = open_model();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    embedder_free(local);
    return 0;
}

static ingest_fixture *open_local(void)
{
    ingest_fixture *f = fixture_new();
    f->embedder = local;
    f->words_first = true;
    return f;
}

static uint64_t count_waiting(const ingest_fixture *f)
{
    kith_error err = {0};
    uint64_t count = 0;
    assert_ok(store_count_waiting(database_store(f->database), collection_id(f->collection), &count,
                                  &err));
    return count;
}

static later_report embed(const ingest_fixture *f, const later_options *options,
                          kith_status expected)
{
    kith_error err = {0};
    later_report report = {0};
    assert_status(expected, embed_later(f->collection, f->embedder, options, &report, &err));
    return report;
}

static collection_hits search(const ingest_fixture *f, const char *words, const float *vector,
                              uint32_t dim, arena *a)
{
    kith_error err = {0};
    collection_hits hits = {0};
    const collection_query q = {.words = words ? view_of(words) : (view){"", 0},
                                .vector = vector,
                                .dim = dim,
                                .k = 10,
                                .fusion = {.meaning_weight = FUSION_MEANING_WEIGHT}};
    assert_ok(collection_search(f->collection, &q, a, &hits, &err));
    return hits;
}

static void what_is_stored_first_is_found_by_words_and_then_by_meaning(void **state)
{
    (void)state;
    ingest_fixture *f = open_local();
    arena memory;
    float *vector = NULL;
    uint32_t dim = 0;
    kith_error err = {0};
    arena_init(&memory, 0);
    fixture_write(f, "fish.txt", "The salmon swims up the river in autumn.");
    fixture_write(f, "car.txt", "An engine needs oil, and its valves are to be set.");
    fixture_assert_sync(f, "added car.txt\nadded fish.txt\n");
    assert_int_equal(f->progress, 0); // nothing was embedded
    assert_int_equal(count_waiting(f), 2);
    assert_ok(embedder_embed_one(local, VIEW("fish in a stream"), NULL, &vector, &dim, &err));
    collection_hits hits = search(f, "salmon", NULL, 0, &memory);
    assert_int_equal(hits.count, 1);
    assert_int_equal(search(f, NULL, vector, dim, &memory).count, 0);
    hits = search(f, "salmon", vector, dim, &memory);
    assert_int_equal(hits.count, 1);
    assert_true(isnan(hits.ranks[0].distance));

    later_report done = embed(f, &(later_options){0}, KITH_OK);
    assert_int_equal(done.embedded, 2);
    assert_int_equal(done.waiting, 0);
    hits = search(f, NULL, vector, dim, &memory);
    assert_int_equal(hits.count, 2);
    assert_non_null(strstr(hits.points[0].key.data, "fish"));
    assert_true(hits.ranks[0].distance < hits.ranks[1].distance);
    free(vector);
    arena_done(&memory);
    fixture_free(f, local);
}

/* Both ways the chunk's text is the same, so the vector is, to the bit. */
static void a_vector_that_comes_later_is_the_one_that_comes_at_once(void **state)
{
    (void)state;
    float *vectors[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        kith_error err = {0};
        arena memory;
        store_point *points = NULL;
        uint32_t count = 0;
        ingest_fixture *f = open_local();
        f->words_first = i == 0;
        arena_init(&memory, 0);
        fixture_write(f, "a.md", "# Fish\n\nThe salmon swims up the river.\n");
        fixture_assert_sync(f, "added a.md\n");
        (void)embed(f, &(later_options){0}, KITH_OK);
        const store_scan all = {.limit = 10, .with = STORE_WITH_VECTOR};
        assert_ok(store_scan_points(database_store(f->database), collection_id(f->collection), &all,
                                    &memory, &points, &count, &err));
        assert_int_equal(count, 1);
        vectors[i] = malloc(384 * sizeof(float));
        assert_non_null(vectors[i]);
        memcpy(vectors[i], points[0].vector, 384 * sizeof(float));
        arena_done(&memory);
        fixture_free(f, local);
    }
    assert_memory_equal(vectors[0], vectors[1], 384 * sizeof(float));
    free(vectors[0]);
    free(vectors[1]);
}

static void a_known_text_is_not_embedded_again(void **state)
{
    (void)state;
    kith_error err = {0};
    ingest_fixture *f = open_local();
    fixture_write(f, "a.txt", "The salmon swims up the river in autumn.");
    fixture_assert_sync(f, "added a.txt\n");
    (void)embed(f, &(later_options){0}, KITH_OK);
    // Another collection: its first phase finds the vector.
    collection *first = f->collection;
    assert_ok(database_ensure_collection(f->database, VIEW("second"), &f->collection, &err));
    fixture_assert_sync(f, "added a.txt\n");
    assert_int_equal(count_waiting(f), 0);
    database_release_collection(f->collection);
    f->collection = first;
    // Equal texts that wait are embedded once.
    fixture_write(f, "b.txt", "Nothing but the same words.");
    fixture_write(f, "b.md", "Nothing but the same words.");
    fixture_write(f, "b.log", "Nothing but the same words.");
    assert_ok(fixture_sync(f, &err));
    later_report done = embed(f, &(later_options){0}, KITH_OK);
    assert_int_equal(done.embedded, done.known + 1);
    assert_true(done.known >= 1);
    fixture_free(f, local);
}

/* Embeds texts[count] in a collection of its own in a database of tenant "other"; the texts that
 * were found and not embedded. */
static uint64_t embed_as_other(const ingest_fixture *f, const view *texts, uint32_t count)
{
    kith_error err = {0};
    database *other = NULL;
    collection *c = NULL;
    known k = {0};
    float *vectors = NULL;
    uint32_t dim = 0;
    store_text_key keys[4];
    store *s = database_store(f->database);
    assert_true(count <= 4);
    assert_ok(store_tenant_create(s, VIEW("other"), &err));
    assert_ok(store_database_create(s, VIEW("other"), VIEW("d"), &err));
    assert_ok(database_view(f->database, VIEW("other"), VIEW("d"), &other, &err));
    assert_ok(database_ensure_collection(other, VIEW("c"), &c, &err));
    assert_ok(known_init(&k, c, f->embedder, &err));
    assert_ok(known_embed(&k, texts, count, keys, &vectors, &dim, &err));
    const uint64_t found = k.found;
    free(vectors);
    known_done(&k);
    database_release_collection(c);
    assert_ok(database_close(other, &err));
    return found;
}

/* Else a tenant could learn by the time that it takes which texts another one has. */
static void what_another_database_has_embedded_is_not_known(void **state)
{
    (void)state;
    ingest_fixture *f = open_local();
    const view text = VIEW("The salmon swims up the river in autumn.");
    fixture_write(f, "a.txt", text.data);
    fixture_assert_sync(f, "added a.txt\n");
    (void)embed(f, &(later_options){0}, KITH_OK);
    assert_int_equal(embed_as_other(f, &text, 1), 0);
    fixture_free(f, local);
}

/* A copy in another database is no way around that. */
static void a_copy_in_another_database_has_no_known_texts_of_the_first(void **state)
{
    (void)state;
    kith_error err = {0};
    arena memory;
    store_database to = {0};
    store_collection made = {0};
    ingest_fixture *f = open_local();
    store *s = database_store(f->database);
    arena_init(&memory, 0);
    fixture_write(f, "a.txt", "The salmon swims up the river in autumn.");
    fixture_assert_sync(f, "added a.txt\n");
    (void)embed(f, &(later_options){0}, KITH_OK);
    assert_ok(store_tenant_create(s, VIEW("t"), &err));
    assert_ok(store_database_create(s, VIEW("t"), VIEW("d"), &err));
    assert_ok(store_database_get(s, VIEW("t"), VIEW("d"), &memory, &to, &err));
    const store_copy_request request = {
        .from = collection_id(f->collection), .database = to.id, .name = VIEW("copy")};
    assert_ok(store_collection_copy(s, &request, &memory, &made, &err));
    store_point *points = NULL;
    uint32_t count = 0;
    const store_scan all = {.limit = 10, .with = STORE_WITH_VECTOR};
    assert_ok(store_scan_points(s, made.id, &all, &memory, &points, &count, &err));
    assert_int_equal(count, 1);
    const store_text_key none = {0};
    assert_memory_equal(&points[0].text, &none, sizeof none);
    arena_done(&memory);
    fixture_free(f, local);
}

/* A client may store any vector beside a text. */
static void a_vector_that_a_client_gave_is_not_known(void **state)
{
    (void)state;
    kith_error err = {0};
    ingest_fixture *f = open_local();
    float own[384] = {1};
    const view text = VIEW("The salmon swims up the river in autumn.");
    const store_point point = {.key = VIEW("p"), .content = text, .vector = own};
    assert_ok(collection_put_points(f->collection, STORE_ADD, &point, 1, 384, (view){"", 0}, &err));
    known k = {0};
    float *vectors = NULL;
    uint32_t dim = 0;
    store_text_key key;
    assert_ok(known_init(&k, f->collection, local, &err));
    assert_ok(known_embed(&k, &text, 1, &key, &vectors, &dim, &err));
    assert_int_equal(k.found, 0);
    assert_true(vectors[0] != 1.0F);
    free(vectors);
    known_done(&k);
    fixture_free(f, local);
}

static bool stop_at_once(void *context, const later_report *so_far)
{
    uint32_t *calls = context;
    (void)so_far;
    return ++*calls < 3; // the first is before any slice
}

static void what_was_stopped_goes_on_where_it_ended(void **state)
{
    (void)state;
    kith_error err = {0};
    ingest_fixture *f = open_local();
    uint32_t calls = 0;
    fixture_write(f, "a.txt", "One text about the sea and its tides.");
    fixture_write(f, "b.txt", "Two texts about the hills and the snow.");
    fixture_write(f, "c.txt", "Three texts about a town with a harbour.");
    fixture_write(f, "d.txt", "Four texts about the weather of the week.");
    assert_ok(fixture_sync(f, &err));
    const later_options stopped = {.slice = 1, .goes_on = stop_at_once, .context = &calls};
    later_report done = embed(f, &stopped, KITH_ERR_CANCELLED);
    assert_int_equal(done.embedded, 2);
    assert_int_equal(count_waiting(f), 2);
    done = embed(f, &(later_options){.slice = 1}, KITH_OK);
    assert_int_equal(done.embedded, 2);
    assert_int_equal(count_waiting(f), 0);
    fixture_free(f, local);
}

/* In which order chunks have got their vectors: their keys, as "a_0 b_0 ". */
typedef struct order {
    ingest_fixture *fixture;
    char log[512];
    uint32_t slices;
    const char *ask; /* searched for once `ask_after` slices are done; NULL: nothing */
    uint32_t ask_after;
    const float *vector; /* of the search */
} order;

static bool note_order(void *context, const later_report *so_far)
{
    order *o = context;
    kith_error err = {0};
    arena memory;
    store_point *points = NULL;
    uint32_t count = 0;
    const store_scan all = {.limit = 100, .with = STORE_WITH_VECTOR};
    (void)so_far;
    arena_init(&memory, 0);
    assert_ok(store_scan_points(database_store(o->fixture->database),
                                collection_id(o->fixture->collection), &all, &memory, &points,
                                &count, &err));
    for (uint32_t i = 0; i < count; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "%.*s ", VIEW_ARG(points[i].key));
        if (points[i].is_waiting || strstr(o->log, key)) continue;
        const size_t used = strlen(o->log);
        assert_true(used + strlen(key) < sizeof o->log);
        memcpy(o->log + used, key, strlen(key) + 1);
    }
    if (o->ask && o->slices++ == o->ask_after)
        (void)search(o->fixture, o->ask, o->vector, 384, &memory);
    arena_done(&memory);
    return true;
}

/* Two long documents of three chunks each, and a short one. */
static ingest_fixture *open_long_and_short(void)
{
    static const kith_chunk_options small = {
        .size = sizeof small, .unit = KITH_CHARACTERS, .chunk_size = 60, .overlap = -1};
    kith_error err = {0};
    ingest_fixture *f = open_local();
    f->options.chunk = &small;
    fixture_write(f, "a.txt",
                  "The harbour has two cranes and a long pier of stone.\n\n"
                  "Ships from the north bring timber and some salted fish.\n\n"
                  "In winter the pilot waits for a calm sea at the lighthouse.\n");
    fixture_write(f, "b.txt",
                  "The orchard has old trees of apples and of late pears.\n\n"
                  "Bees from the village are brought there early in spring.\n\n"
                  "The press is cleaned in autumn and painted every decade.\n");
    fixture_write(f, "c.txt", "A note on one valve of the pump.");
    assert_ok(fixture_sync(f, &err));
    assert_int_equal(count_waiting(f), 7);
    return f;
}

static void beginnings_and_short_documents_get_their_vectors_first(void **state)
{
    (void)state;
    order o = {.fixture = open_long_and_short()};
    (void)embed(o.fixture, &(later_options){.slice = 1, .goes_on = note_order, .context = &o},
                KITH_OK);
    assert_string_equal(o.log, "a_0 b_0 c_0 a_1 b_1 a_2 b_2 ");
    fixture_free(o.fixture, local);
}

static void what_was_just_asked_about_gets_its_vector_next(void **state)
{
    (void)state;
    kith_error err = {0};
    float *vector = NULL;
    uint32_t dim = 0;
    order o = {.fixture = open_long_and_short(), .ask = "press painted decade", .ask_after = 1};
    assert_ok(embedder_embed_one(local, view_of(o.ask), NULL, &vector, &dim, &err));
    o.vector = vector;
    (void)embed(o.fixture, &(later_options){.slice = 1, .goes_on = note_order, .context = &o},
                KITH_OK);
    // With the slice after the first one, of which the search was asked.
    assert_true(strncmp(o.log, "a_0 ", 4) == 0);
    assert_true(strstr(o.log, "b_2 ") < strstr(o.log, "c_0 "));
    assert_true(strstr(o.log, "b_2 ") < strstr(o.log, "a_1 "));
    assert_int_equal(count_waiting(o.fixture), 0);
    free(vector);
    fixture_free(o.fixture, local);
}

static void of_two_who_embed_one_works(void **state)
{
    (void)state;
    kith_error err = {0};
    int claim = -1;
    ingest_fixture *f = open_local();
    fixture_write(f, "a.txt", "One text about the sea and its tides.");
    assert_ok(fixture_sync(f, &err));
    assert_ok(directory_claim_work(database_directory(f->database), collection_id(f->collection),
                                   &claim, &err));
    later_report done = embed(f, &(later_options){0}, KITH_OK);
    assert_true(done.is_taken);
    assert_int_equal(done.waiting, 1);
    assert_int_equal(close(claim), 0);
    done = embed(f, &(later_options){0}, KITH_OK);
    assert_false(done.is_taken);
    assert_int_equal(done.embedded, 1);
    fixture_free(f, local);
}

static void a_text_that_is_refused_waits_on_and_costs_no_other(void **state)
{
    (void)state;
    // The dimension is asked for first. Then a.txt, b.txt, c.txt, each by itself.
    static const int statuses[] = {200, 200, 400, 200};
    kith_error err = {0};
    float *vector = NULL;
    uint32_t dim = 0;
    ingest_fixture *f = fixture_new();
    f->words_first = true;
    f->endpoint = fake_endpoint_new("127.0.0.1");
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (statuses[i] == 200)
            fixture_reply_vectors(f, 1);
        else
            fake_endpoint_reply(f->endpoint, statuses[i], "",
                                "{\"error\":{\"code\":\"context_length_exceeded\"}}");
    }
    fixture_start_endpoint(f);
    const view text = VIEW("short");
    assert_ok(embedder_embed(f->embedder, &text, 1, &vector, &dim, NULL, &err));
    free(vector);
    fixture_write(f, "a.txt", "The first of them is short.");
    fixture_write(f, "b.txt", "The second is refused, for its length.");
    fixture_write(f, "c.txt", "The third is short too.");
    fixture_assert_sync(f, "added a.txt\nadded b.txt\nadded c.txt\n");
    assert_int_equal(fake_endpoint_request_count(f->endpoint), 1);
    later_report done = embed(f, &(later_options){.slice = 1}, KITH_OK);
    assert_int_equal(done.embedded, 2);
    assert_int_equal(done.refused, 1);
    assert_int_equal(done.refusal.code, KITH_ERR_LIMIT);
    assert_int_equal(count_waiting(f), 1);
    fixture_free(f, NULL);
}

static void the_collection_is_whole_after_it_was_opened_again(void **state)
{
    (void)state;
    kith_error err = {0};
    ingest_fixture *f = open_local();
    arena memory;
    arena_init(&memory, 0);
    char directory[700];
    fixture_write(f, "a.txt", "One text about the sea and its tides.");
    fixture_write(f, "b.txt", "Two texts about the hills and the snow.");
    assert_ok(fixture_sync(f, &err));
    (void)snprintf(directory, sizeof directory, "%s", database_directory(f->database));
    for (int i = 0; i < 2; i++) {
        database_release_collection(f->collection);
        assert_ok(database_close(f->database, &err));
        assert_ok(database_open(directory, NULL, &f->database, &err));
        assert_ok(database_ensure_collection(f->database, VIEW("c"), &f->collection, &err));
        assert_int_equal(search(f, "tides", NULL, 0, &memory).count, 1);
        assert_int_equal(count_waiting(f), i == 0 ? 2 : 0);
        if (i == 0) (void)embed(f, &(later_options){0}, KITH_OK);
    }
    arena_done(&memory);
    fixture_free(f, local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_first_is_found_by_words_and_then_by_meaning),
        cmocka_unit_test(a_vector_that_comes_later_is_the_one_that_comes_at_once),
        cmocka_unit_test(a_known_text_is_not_embedded_again),
        cmocka_unit_test(what_another_database_has_embedded_is_not_known),
        cmocka_unit_test(a_copy_in_another_database_has_no_known_texts_of_the_first),
        cmocka_unit_test(a_vector_that_a_client_gave_is_not_known),
        cmocka_unit_test(what_was_stopped_goes_on_where_it_ended),
        cmocka_unit_test(beginnings_and_short_documents_get_their_vectors_first),
        cmocka_unit_test(what_was_just_asked_about_gets_its_vector_next),
        cmocka_unit_test(of_two_who_embed_one_works),
        cmocka_unit_test(a_text_that_is_refused_waits_on_and_costs_no_other),
        cmocka_unit_test(the_collection_is_whole_after_it_was_opened_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
