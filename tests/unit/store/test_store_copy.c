/* Tests of copies of a collection: that one is whole or not there, at every moment between two of
 * its batches, and that it shares nothing. What is copied is compared through SQL. */
#include "fixture.h"

#include "store/catalog.h"

#include <signal.h>
#include <sys/wait.h>

enum { POINTS = 2500 /* three batches of points */, DOCUMENTS = 3 };

static void fill(fixture *f)
{
    kith_error err = {0};
    uint64_t sequence = 0;
    static char keys[POINTS][8];
    static float vectors[POINTS][DIM];
    static store_point points[POINTS];
    for (int i = 0; i < POINTS; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "p%d", i);
        vectors[i][0] = (float)i, vectors[i][1] = 1;
        points[i] = point_of(keys[i], i % 5 ? "a text" : NULL, vectors[i]);
        if (i % 3) points[i].metadata = VIEW("{\"a\":1}");
    }
    assert_ok(
        store_put_points(f->store, f->collection, STORE_ADD, points, POINTS, &sequence, &err));
    static const char *const names[DOCUMENTS] = {"d0", "d1", "d2"};
    static const char *const chunks[DOCUMENTS] = {"d0_0", "d1_0", "d2_0"};
    for (int i = 0; i < DOCUMENTS; i++) {
        store_point chunk = point_of(chunks[i], "chunk", vectors[i]);
        store_document d = {.key = view_of(names[i]),
                            .title = VIEW("title"),
                            .metadata = VIEW("{}"),
                            .text = VIEW("the text of the document"),
                            .updated_ms = 77,
                            .points = &chunk,
                            .point_count = 1};
        store_source source = {
            .path = VIEW("/s"), .hash = VIEW("hash"), .bytes = 9, .notices = VIEW("n")};
        assert_ok(store_put_documents(f->store, f->collection, i == 1 ? &source : NULL, &d, 1,
                                      &sequence, &err));
    }
    const store_file note = {.path = VIEW("/n"),
                             .state = STORE_FILE_FAILED,
                             .status = KITH_ERR_FORMAT,
                             .reason = VIEW("why"),
                             .bytes = 3,
                             .modified_ns = 4};
    assert_ok(store_note_files(f->store, f->collection, &note, 1, &err));
    const store_modification settings = {.metadata = VIEW("{\"of\":\"c\"}"),
                                         .configuration = VIEW("{\"x\":[1]}")};
    assert_ok(store_collection_modify(f->store, f->collection, &settings, &err));
    view first = view_of(keys[0]);
    uint32_t deleted = 0; // leaves a tombstone, which is not copied
    assert_ok(store_delete_points(f->store, f->collection, &first, 1, &sequence, &deleted, &err));
}

static kith_status copy_with(fixture *f, const call_limit *limit, store_collection *out,
                             kith_error *err)
{
    const store_copy_request request = {.from = f->collection,
                                        .database = STORE_DEFAULT_DATABASE,
                                        .name = VIEW("copy"),
                                        .now_ms = 5000,
                                        .limit = limit};
    return store_collection_copy(f->store, &request, &f->arena, out, err);
}

/* How many rows of the second select the first does not have, and the other way. */
static void check_same_rows(const fixture *f, const char *columns, const char *from, uint64_t id)
{
    char sql[1024];
    for (int i = 0; i < 2; i++) {
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM (SELECT %s FROM %s WHERE collection = %llu EXCEPT "
                       "SELECT %s FROM %s WHERE collection = %llu)",
                       columns, from, (unsigned long long)(i ? id : f->collection), columns, from,
                       (unsigned long long)(i ? f->collection : id));
        assert_int_equal(ask_sql(f, sql), 0);
    }
}

/* Nothing is there but the collection "c": neither a copy, nor rows of one. */
static void check_nothing_is_left(fixture *f)
{
    kith_error err = {0};
    char sql[256];
    static const char *const tables[] = {"points", "documents", "sources", "files"};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE collection <> %llu",
                       tables[i], (unsigned long long)f->collection);
        assert_int_equal(ask_sql(f, sql), 0);
    }
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM dropped"), 0);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM collections"), 1);
    assert_ok(store_check(f->store, &err));
}

static void a_copy_has_all_that_the_collection_has(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    store_settings settings = {{NULL, 0}, {NULL, 0}};
    fill(f);
    store_collection c = get_collection(f);
    assert_ok(copy_with(f, NULL, &made, &err));
    assert_int_equal(made.points, c.points);
    assert_int_equal(made.documents, c.documents);
    assert_int_equal(made.dim, DIM);
    assert_int_equal(made.metric, KITH_SQUARED_L2);
    assert_int_equal(made.sequence, 1);
    assert_int_equal(made.created_ms, 5000);
    assert_true(memcmp(&made.uuid, &c.uuid, sizeof made.uuid) != 0);
    check_same_rows(f, "key, document, metadata, content, vector", "points", made.id);
    check_same_rows(f, "key, source, title, metadata, updated_ms, text_checksum, text, chunks",
                    "documents", made.id);
    check_same_rows(f, "path, hash, bytes, modified_ns, notices", "sources", made.id);
    check_same_rows(f, "path, state, status, reason, original, hash, bytes, modified_ns", "files",
                    made.id);
    assert_ok(store_collection_settings(f->store, made.id, &f->arena, &settings, &err));
    assert_view(settings.metadata, "{\"of\":\"c\"}");
    assert_view(settings.configuration, "{\"x\":[1]}");
    assert_ok(store_check(f->store, &err));
    // In the same order, behind all rows that there were.
    store_point *points = NULL;
    uint32_t count = 0;
    assert_ok(store_scan_points(f->store, made.id, &(store_scan){.limit = UINT32_MAX}, &f->arena,
                                &points, &count, &err));
    assert_int_equal(count, c.points);
    assert_view(points[0].key, "p1");
    assert_view(points[POINTS - 2].key, "p2499");
}

static void the_two_share_nothing(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    store_collection made = {0};
    view keys[] = {VIEW("p1"), VIEW("d1_0")};
    fill(f);
    assert_ok(copy_with(f, NULL, &made, &err));
    assert_ok(store_delete_points(f->store, made.id, keys, 2, &sequence, &deleted, &err));
    assert_int_equal(deleted, 2);
    assert_true(get_point(f, "p1").row != 0);
    assert_ok(store_delete_source(f->store, f->collection, VIEW("/s"), &sequence, &err));
    assert_ok(store_collection_drop(f->store, f->collection, &err));
    store_collection_purge(f->store, f->collection);
    assert_ok(store_collection_read(f->store, made.id, &f->arena, &made, &err));
    assert_int_equal(made.points, POINTS - 1 + DOCUMENTS - 2);
    assert_int_equal(made.documents, DOCUMENTS);
    assert_ok(store_check(f->store, &err));
}

static void an_empty_collection_can_be_copied(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    assert_ok(copy_with(f, NULL, &made, &err));
    assert_int_equal(made.points, 0);
    assert_ok(store_check(f->store, &err));
    assert_status(KITH_ERR_EXISTS, copy_with(f, NULL, &made, &err));
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM dropped"), 0);
}

/* What happens when the copy asks its caller whether to go on: between its batches. */
typedef struct between {
    fixture *f;
    int asked, at; /* what happens, happens when it is asked so often */
    void (*happens)(struct between *b);
    int answer;
} between;

static int ask(void *context)
{
    between *b = context;
    if (b->asked++ < b->at) return 0;
    if (b->happens && b->asked == b->at + 1) b->happens(b);
    return b->answer;
}

static void wherever_it_is_given_up_nothing_is_left(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    fill(f);
    int at = 0;
    for (;; at++) {
        between b = {.f = f, .at = at, .answer = 1};
        const call_limit limit = {.is_cancelled = ask, .context = &b};
        kith_status status = copy_with(f, &limit, &made, &err);
        if (status == KITH_OK) break;
        assert_status(KITH_ERR_CANCELLED, status);
        check_nothing_is_left(f);
    }
    assert_true(at >= 8); // each table, and each batch of points
    assert_ok(store_check(f->store, &err));
}

/* The copy is not listed and not found, and its name is anyone's; others write meanwhile. */
static void look_and_write(between *b)
{
    kith_error err = {0};
    store_collections list = {0};
    store_collection found = {0};
    const store_page whole = {0, 0};
    fixture *f = b->f;
    assert_ok(
        store_collection_list(f->store, STORE_DEFAULT_DATABASE, &whole, &f->arena, &list, &err));
    assert_int_equal(list.count, 1);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_collection_get(f->store, VIEW("copy"), &f->arena, &found, &err));
    (void)add_point(f, "later", 1);
    view key = VIEW("p2499");
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    assert_ok(store_delete_points(f->store, f->collection, &key, 1, &sequence, &deleted, &err));
    assert_int_equal(deleted, 1);
}

static void it_is_of_the_state_at_its_beginning_and_unseen_until_its_end(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    store_point p = {0};
    fill(f);
    uint64_t points = get_collection(f).points;
    between b = {.f = f, .at = 4, .happens = look_and_write};
    const call_limit limit = {.is_cancelled = ask, .context = &b};
    assert_ok(copy_with(f, &limit, &made, &err));
    assert_true(b.asked > 4);
    assert_int_equal(made.points, points);
    view keys[] = {VIEW("later"), VIEW("p2499")};
    assert_ok(store_get_points(f->store, made.id, &keys[0], 1, 0, &f->arena, &p, &err));
    assert_int_equal(p.row, 0);
    assert_ok(store_get_points(f->store, made.id, &keys[1], 1, 0, &f->arena, &p, &err));
    assert_true(p.row != 0);
    assert_int_equal(get_collection(f).points, points); // one more and one less
    assert_ok(store_check(f->store, &err));
}

static void take_the_name(between *b)
{
    kith_error err = {0};
    uint64_t id = 0;
    assert_ok(
        store_collection_create(b->f->store, VIEW("copy"), KITH_COSINE, 0, VIEW(""), 1, &id, &err));
}

static void a_name_that_is_taken_meanwhile_is_refused(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    fill(f);
    between b = {.f = f, .at = 4, .happens = take_the_name};
    const call_limit limit = {.is_cancelled = ask, .context = &b};
    assert_status(KITH_ERR_EXISTS, copy_with(f, &limit, &made, &err));
    assert_non_null(strstr(err.message, "'copy' exists"));
    assert_ok(store_collection_get(f->store, VIEW("copy"), &f->arena, &made, &err));
    assert_ok(store_collection_drop(f->store, made.id, &err));
    store_collection_purge(f->store, made.id);
    check_nothing_is_left(f);
}

static void drop_the_collection(between *b)
{
    kith_error err = {0};
    assert_ok(store_collection_drop(b->f->store, b->f->collection, &err));
    store_collection_purge(b->f->store, b->f->collection);
}

static void a_collection_that_is_deleted_meanwhile_is_copied_all_the_same(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    fill(f);
    uint64_t points = get_collection(f).points;
    between b = {.f = f, .at = 4, .happens = drop_the_collection};
    const call_limit limit = {.is_cancelled = ask, .context = &b};
    assert_ok(copy_with(f, &limit, &made, &err));
    assert_int_equal(made.points, points);
    assert_ok(store_check(f->store, &err));
}

/* Another opening, as another process's, deletes leftovers, but not what is being made; and when it
 * is made to, the copy fails rather than lack something. */
static void open_another(between *b)
{
    kith_error err = {0};
    store *other = NULL;
    assert_ok(store_open(b->f->directory, &other, &err));
    assert_ok(store_close(other, &err));
}

static void remove_lock_and_open_another(between *b)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/LOCK", b->f->directory);
    assert_int_equal(unlink(path), 0);
    open_another(b);
}

static void an_opening_meanwhile_does_not_take_it_for_a_leftover(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    fill(f);
    uint64_t points = get_collection(f).points;
    between b = {.f = f, .at = 4, .happens = open_another};
    const call_limit limit = {.is_cancelled = ask, .context = &b};
    assert_ok(copy_with(f, &limit, &made, &err));
    assert_int_equal(made.points, points);
    assert_ok(store_check(f->store, &err));
    assert_ok(store_collection_drop(f->store, made.id, &err));
    store_collection_purge(f->store, made.id);
    between c = {.f = f, .at = 4, .happens = remove_lock_and_open_another};
    const call_limit limited = {.is_cancelled = ask, .context = &c};
    assert_status(KITH_ERR_BUSY, copy_with(f, &limited, &made, &err));
    check_nothing_is_left(f);
}

static void damage_is_not_copied(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    store_collection made = {0};
    static const char *const damages[][2] = {
        {"UPDATE points SET content = 'x' WHERE key = 'p1300'", "p1300"},
        {"UPDATE documents SET title = 'x' WHERE key = 'd2'", "d2"}};
    fill(f);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char undo[128];
        run_sql(f, damages[i][0]);
        assert_status(KITH_ERR_CORRUPT, copy_with(f, NULL, &made, &err));
        assert_non_null(strstr(err.message, damages[i][1]));
        (void)snprintf(undo, sizeof undo, "UPDATE %s SET %s WHERE key = '%s'",
                       i ? "documents" : "points", i ? "title = 'title'" : "content = NULL",
                       damages[i][1]);
        run_sql(f, undo);
        check_nothing_is_left(f);
    }
}

/* Waits, in the child, in the middle of a copy until it is killed. */
static int report_fd = -1;

static int report_and_pause(void *context)
{
    between *b = context;
    if (b->asked++ < b->at) return 0;
    if (write(report_fd, "x", 1) != 1) _exit(3);
    for (;;)
        (void)pause();
}

/* A process that is killed while it copies leaves rows, which the next opening deletes, and not an
 * opening before: then they are not known to be left over. */
static void a_copy_that_was_killed_is_removed_by_the_next_opening(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    int fds[2];
    char c = 0;
    fill(f);
    fixture_close(f);
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        store_collection made = {0};
        report_fd = fds[1];
        between b = {.f = f, .at = 5};
        const call_limit limit = {.is_cancelled = report_and_pause, .context = &b};
        if (store_open(f->directory, &f->store, &err) != KITH_OK) _exit(2);
        _exit(copy_with(f, &limit, &made, &err) == KITH_OK ? 0 : 1);
    }
    assert_int_equal(read(fds[0], &c, 1), 1);
    fixture_open(f);
    int64_t before = ask_sql(f, "SELECT count(*) FROM points");
    assert_true(before > POINTS + DOCUMENTS);
    assert_int_equal(ask_sql(f, "SELECT count(*) FROM dropped"), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fixture_close(f);
    fixture_open(f);
    check_nothing_is_left(f);
    assert_int_equal(close(fds[0]), 0);
    assert_int_equal(close(fds[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_copy_has_all_that_the_collection_has),
        with_store(the_two_share_nothing),
        with_store(an_empty_collection_can_be_copied),
        with_store(wherever_it_is_given_up_nothing_is_left),
        with_store(it_is_of_the_state_at_its_beginning_and_unseen_until_its_end),
        with_store(a_name_that_is_taken_meanwhile_is_refused),
        with_store(a_collection_that_is_deleted_meanwhile_is_copied_all_the_same),
        with_store(an_opening_meanwhile_does_not_take_it_for_a_leftover),
        with_store(damage_is_not_copied),
        with_store(a_copy_that_was_killed_is_removed_by_the_next_opening),
    };
    return cmocka_run_group_tests(tests, use_memory_disk, NULL);
}
