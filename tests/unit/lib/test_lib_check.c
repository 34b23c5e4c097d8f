/* test_lib_check.c - kith_check finds planted damage of each kind, and nothing where there is none;
 * kith_backup copies a state that there was while others write; kith_restore puts it back. */
#include "test.h"

#include "scratch.h"

#include "os/directory.h"
#include "os/directory_turn.h"
#include "store/checksum.h"

#include <fcntl.h>
#include <inttypes.h>
#include <kith/operation.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POINTS = 300, BATCH = 10, PATH_BYTES = 1024 };

static kith *open_database(const char *directory)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(directory, NULL, &k, &err));
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

/* One batch, so one change: point i of writer w is "w-i". */
static void put_batch(kith *k, char writer, int batch)
{
    kith_error err = {0};
    char ids[BATCH][32];
    float vectors[BATCH][2];
    kith_point points[BATCH];
    for (int i = 0; i < BATCH; i++) {
        int number = batch * BATCH + i;
        (void)snprintf(ids[i], sizeof ids[i], "%c-%d", writer, number);
        vectors[i][0] = 1;
        vectors[i][1] = (float)number;
        points[i] = (kith_point){
            .id = ids[i], .content = "some words", .vector = vectors[i], .dimension = 2};
    }
    assert_ok(kith_put(k, "c", KITH_UPSERT, points, BATCH, &err));
}

static void fill(const char *directory)
{
    kith_error err = {0};
    kith *k = open_database(directory);
    kith_status status = kith_collection_create(k, "c", NULL, &err);
    assert_true(status == KITH_OK || status == KITH_ERR_EXISTS);
    for (int i = 0; i < POINTS / BATCH; i++)
        put_batch(k, 'a', i);
    close_database(k);
}

static void path_of(const char *directory, const char *name, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%.900s/%.100s", directory, name);
}

static void write_at(const char *directory, const char *name, off_t at, const void *data,
                     size_t bytes)
{
    char path[PATH_BYTES];
    path_of(directory, name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, bytes, at), bytes);
    assert_int_equal(close(fd), 0);
}

static off_t size_of(const char *directory, const char *name)
{
    char path[PATH_BYTES];
    struct stat st;
    path_of(directory, name, path);
    return stat(path, &st) == 0 ? st.st_size : -1;
}

static bool is_there(const char *directory, const char *name)
{
    return size_of(directory, name) >= 0;
}

static int64_t sql(const char *directory, const char *text)
{
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t number = 0;
    path_of(directory, "kith.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    if (sqlite3_step(statement) == SQLITE_ROW) number = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return number;
}

static kith_check_report *check(const char *directory)
{
    kith_error err = {0};
    kith_check_report *r = NULL;
    assert_ok(kith_check(directory, NULL, &r, &err));
    return r;
}

static void assert_well(const char *directory)
{
    kith_check_report *r = check(directory);
    for (size_t i = 0; i < r->count; i++)
        print_error("%s\n", r->findings[i].what);
    assert_int_equal(r->damages + r->notes, 0);
    assert_true(r->catalog_read);
    assert_true(r->index_rows == r->chunks);
    kith_check_report_free(r);
}

/* One finding says `text` and is of that severity; each says what to do. */
static void assert_found(const char *directory, kith_check_severity severity, const char *text)
{
    kith_check_report *r = check(directory);
    bool found = false;
    for (size_t i = 0; i < r->count; i++) {
        assert_true(r->findings[i].advice[0] != '\0');
        if (strstr(r->findings[i].what, text) && r->findings[i].severity == severity) found = true;
    }
    for (size_t i = 0; i < r->count && !found; i++)
        print_error("%s\n", r->findings[i].what);
    if (!found) fail_msg("nothing says '%s'", text);
    kith_check_report_free(r);
}

/* ---- check ---- */

static void a_sound_directory_is_well_also_while_it_is_open(void **state)
{
    const char *directory = *state;
    fill(directory);
    assert_well(directory);
    kith *k = open_database(directory);
    put_batch(k, 'b', 0);
    assert_well(directory);
    put_batch(k, 'b', 1);
    close_database(k);
    kith_check_report *r = check(directory);
    assert_int_equal(r->chunks, POINTS + 2 * BATCH);
    assert_int_equal(r->collections, 1);
    assert_true(r->rows > r->chunks);
    kith_check_report_free(r);
}

static void a_missing_directory_is_not_found(void **state)
{
    kith_error err = {0};
    kith_check_report *r = NULL;
    assert_status(KITH_ERR_NOT_FOUND, kith_check(*state, NULL, &r, &err));
    assert_null(r);
}

static void planted_damage_in_rows_is_found(void **state)
{
    static const struct {
        const char *sql, *found;
    } damages[] = {
        {"UPDATE points SET content = 'other' WHERE key = 'a-7'", "('a-7') fails its checksum"},
        {"UPDATE points SET vector = x'0000803f00008040' WHERE key = 'a-8'", "('a-8') fails"},
        {"DELETE FROM points WHERE key = 'a-9'", "counts 0 documents and 300 points, found are"},
        {"UPDATE collections SET points = points", NULL},
        {"INSERT INTO tombstones VALUES (9, 1, 1, 1)", "tombstones: row 1 of collection 9"},
        {"INSERT INTO documents (collection, key, sequence, title, updated_ms, chunks,"
         " text_checksum, checksum, text) VALUES (1, 'd', 1, '', 0, 0, 0, 0, '')",
         "documents: row 'd' fails its checksum"},
        {"UPDATE points SET document = 'nowhere' WHERE key = 'a-1'",
         "points: the document of 'a-1' does not exist"},
        {"INSERT INTO counters VALUES ('questions', 1, 1)", "counters: row 'questions'"},
    };
    const char *directory = *state;
    fill(directory);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        (void)sql(directory, damages[i].sql);
        if (damages[i].found) assert_found(directory, KITH_CHECK_DAMAGE, damages[i].found);
    }
    /* All of them are found at once, and only so many listed as were asked for. */
    kith_error err = {0};
    kith_check_report *r = NULL;
    const kith_check_options two = {.max_findings = 2};
    assert_ok(kith_check(directory, &two, &r, &err));
    assert_int_equal(r->count, 2);
    assert_true(r->damages >= 7);
    kith_check_report_free(r);
}

static void damage_in_an_index_of_sqlite_is_found(void **state)
{
    const char *directory = *state;
    fill(directory);
    int64_t page =
        sql(directory, "SELECT rootpage FROM sqlite_master WHERE name = 'points_by_row'");
    const unsigned char cells[] = {0, 1}; /* the number of cells of the page */
    write_at(directory, "kith.db", (off_t)(page - 1) * 8192 + 3, cells, sizeof cells);
    assert_found(directory, KITH_CHECK_DAMAGE, "points_by_row");
}

static void a_file_that_is_no_catalog_is_found(void **state)
{
    const char *directory = *state;
    fill(directory);
    write_at(directory, "kith.db", 0, "this is a text", 14);
    kith_check_report *r = check(directory);
    assert_int_equal(r->damages, 1);
    assert_false(r->catalog_read);
    kith_check_report_free(r);
}

/* The row is sound, and the index was made when it was another. */
static void an_index_that_differs_from_the_store_is_found(void **state)
{
    const char *directory = *state;
    char text[400];
    const float other[] = {3, 4};
    fill(directory);
    int64_t row = sql(directory, "SELECT row FROM points WHERE key = 'a-5'");
    int64_t sequence = sql(directory, "SELECT sequence FROM points WHERE key = 'a-5'");
    uint64_t numbers[] = {(uint64_t)row, 1, (uint64_t)sequence};
    view nothing = {NULL, 0};
    view texts[] = {
        VIEW("a-5"), nothing, nothing, VIEW("some words"), {(const char *)other, sizeof other}};
    uint64_t sum = row_checksum(ROW_POINT, numbers, 3, texts, 5);
    (void)snprintf(text, sizeof text,
                   "UPDATE points SET metadata = NULL, vector = x'0000404000008040', checksum = "
                   "%" PRId64 " WHERE key = 'a-5'",
                   (int64_t)sum);
    (void)sql(directory, text);
    assert_found(directory, KITH_CHECK_DAMAGE, "has another vector");
}

static void files_that_nobody_needs_are_noted(void **state)
{
    const char *directory = *state;
    fill(directory);
    write_at(directory, "notes.txt", 0, "x", 1);
    assert_found(directory, KITH_CHECK_NOTE, "'notes.txt' belongs to nothing");
    write_at(directory, "derived/77.index", 0, "x", 1);
    assert_found(directory, KITH_CHECK_NOTE, "'derived/77.index' belongs to nothing");
    write_at(directory, "kith.db.restored", 0, "x", 1);
    assert_found(directory, KITH_CHECK_NOTE, "'kith.db.restored' was left");
    kith_check_report *r = check(directory);
    assert_int_equal(r->damages, 0);
    assert_int_equal(r->notes, 3);
    kith_check_report_free(r);
}

static void make_directory(const char *directory, const char *name)
{
    char path[PATH_BYTES];
    path_of(directory, name, path);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* What lies in such a directory is not listed, whatever it is. */
static void a_directory_that_nobody_needs_is_noted_once(void **state)
{
    const char *directory = *state;
    fill(directory);
    assert_true(is_there(directory, "derived/1"));
    static const char *const names[] = {"derived/1/9.damaged", "derived/1/other", "derived/77",
                                        "more"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char file[100];
        make_directory(directory, names[i]);
        for (int f = 0; f < 2; f++) {
            (void)snprintf(file, sizeof file, "%s/words.%d", names[i], f);
            write_at(directory, file, 0, "x", 1);
        }
    }
    assert_found(directory, KITH_CHECK_NOTE, "'derived/1/9.damaged' was set aside");
    assert_found(directory, KITH_CHECK_NOTE, "'derived/1/other' belongs to nothing");
    assert_found(directory, KITH_CHECK_NOTE, "'derived/77' belongs to nothing");
    assert_found(directory, KITH_CHECK_NOTE, "'more' belongs to nothing");
    kith_check_report *r = check(directory);
    assert_int_equal(r->damages, 0);
    assert_int_equal(r->notes, sizeof names / sizeof names[0]);
    kith_check_report_free(r);
}

static int newest_generation(const char *directory)
{
    char name[64];
    for (int n = 99; n > 0; n--) {
        (void)snprintf(name, sizeof name, "derived/1/%d", n);
        if (is_there(directory, name)) return n;
    }
    return 0;
}

static void assert_notes_alone(const char *directory, const char *text)
{
    assert_found(directory, KITH_CHECK_NOTE, text);
    kith_check_report *r = check(directory);
    assert_int_equal(r->damages, 0);
    assert_int_equal(r->notes, 1);
    kith_check_report_free(r);
}

/* As after files were put back from a copy: whoever opens the directory builds it anew. */
static void a_sound_generation_that_is_of_no_use_is_a_note(void **state)
{
    kith_error err = {0};
    char name[32], directory[PATH_BYTES], other[PATH_BYTES], own[PATH_BYTES], foreign[PATH_BYTES];
    path_of(*state, "data", directory);
    path_of(*state, "other", other);
    fill(directory);
    fill(other);
    (void)snprintf(name, sizeof name, "derived/1/%d", newest_generation(directory));
    path_of(directory, name, own);
    (void)snprintf(name, sizeof name, "derived/1/%d", newest_generation(other));
    path_of(other, name, foreign);
    assert_ok(directory_remove(&file_ops_posix, own, &err));
    assert_int_equal(rename(foreign, own), 0);
    assert_notes_alone(directory, "index of 'c': index file is of another store");
}

static void a_damaged_generation_is_damage_that_names_the_page(void **state)
{
    char name[64];
    const char *directory = *state;
    fill(directory);
    (void)snprintf(name, sizeof name, "derived/1/%d/vectors.0", newest_generation(directory));
    write_at(directory, name, 100, "damage", 6);
    assert_found(directory, KITH_CHECK_DAMAGE, "vectors.0: page 0 fails its checksum");
}

static void a_generation_that_was_left_half_written_is_noted_once_nobody_writes(void **state)
{
    kith_error err = {0};
    directory_turn *turn = NULL;
    const char *directory = *state;
    fill(directory);
    make_directory(directory, "derived/1/77.tmp");
    write_at(directory, "derived/1/77.tmp/rows.0", 0, "x", 1);
    assert_notes_alone(directory, "'derived/1/77.tmp' was left");
    assert_ok(directory_turn_new(directory, 0, &turn, &err));
    assert_ok(directory_turn_enter(turn, TURN_AT_ONCE, &err));
    assert_well(directory);
    directory_turn_leave(turn);
    directory_turn_free(turn);
}

/* As docs/formats.md allows it. */
static void a_link_to_the_indexes_is_well(void **state)
{
    const char *directory = *state;
    char path[PATH_BYTES], target[PATH_BYTES];
    fill(directory);
    path_of(directory, "derived", path);
    (void)snprintf(target, sizeof target, "%.900s.indexes", directory);
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_well(directory);
}

static void write_and_vanish(const char *directory, char writer)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        kith *k = open_database(directory);
        for (int i = 0; i < 4; i++)
            put_batch(k, writer, i);
        (void)raise(SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_damaged_log_is_found_and_can_be_set_aside(void **state)
{
    const char *directory = *state;
    kith_error err = {0};
    kith *k = NULL;
    kith_check_report *r = NULL;
    fill(directory);
    write_and_vanish(directory, 'b');
    write_at(directory, "kith.db-wal", 32 + 24 + 100, "damage", 6);
    assert_status(KITH_ERR_CORRUPT, kith_open(directory, NULL, &k, &err));
    assert_found(directory, KITH_CHECK_DAMAGE, "kith.db-wal: frame 1 is damaged");
    const kith_check_options aside = {.set_log_aside = true};
    assert_ok(kith_check(directory, &aside, &r, &err));
    assert_int_equal(r->damages, 0);
    assert_int_equal(r->chunks, POINTS);
    kith_check_report_free(r);
    assert_true(is_there(directory, "kith.db-wal.damaged"));
    k = open_database(directory);
    put_batch(k, 'b', 0);
    close_database(k);
}

static void a_log_that_was_cut_off_is_noted(void **state)
{
    const char *directory = *state;
    char log[PATH_BYTES];
    fill(directory);
    write_and_vanish(directory, 'b');
    path_of(directory, "kith.db-wal", log);
    assert_int_equal(truncate(log, size_of(directory, "kith.db-wal") - 100), 0);
    assert_notes_alone(directory, "the log ends in a transaction that is not whole");
}

static int cancel(void *context, const char *step, uint64_t done, uint64_t total)
{
    (void)step;
    (void)done;
    (void)total;
    return ++*(int *)context > 2;
}

static void a_check_can_be_cancelled(void **state)
{
    kith_error err = {0};
    kith_check_report *r = NULL;
    int calls = 0;
    fill(*state);
    const kith_check_options options = {.on_progress = cancel, .context = &calls};
    assert_status(KITH_ERR_CANCELLED, kith_check(*state, &options, &r, &err));
    assert_int_equal(calls, 3);
}

/* ---- backup ---- */

typedef struct writer_thread {
    kith *k;
    char name;
    atomic_int *done;
    atomic_int batches;
} writer_thread;

static void *write_on(void *context)
{
    writer_thread *w = context;
    while (!atomic_load(w->done)) {
        put_batch(w->k, w->name, atomic_load(&w->batches));
        atomic_fetch_add(&w->batches, 1);
    }
    return NULL;
}

/* The points of each writer are whole batches, and the first ones of it: a state that there was. */
static void assert_is_a_state(const char *directory, const int least[2])
{
    kith_error err = {0};
    kith_records *all = NULL;
    kith *k = open_database(directory);
    int counts[2] = {0}, highest[2] = {-1, -1};
    assert_ok(kith_get(k, "c", NULL, &all, &err));
    for (size_t i = 0; i < all->count; i++) {
        int w = all->records[i].id[0] - 'a';
        int number = (int)strtol(all->records[i].id + 2, NULL, 10);
        counts[w]++;
        if (number > highest[w]) highest[w] = number;
    }
    for (int w = 0; w < 2; w++) {
        assert_int_equal(counts[w] % BATCH, 0);
        assert_int_equal(highest[w], counts[w] - 1);
        assert_true(counts[w] >= least[w] * BATCH);
    }
    kith_records_free(all);
    close_database(k);
}

static void a_backup_while_two_write_is_a_state_that_there_was(void **state)
{
    enum { ROUNDS = 6 };
    kith_error err = {0};
    char directory[PATH_BYTES], file[PATH_BYTES], restored[PATH_BYTES];
    atomic_int done = 0;
    path_of(*state, "data", directory);
    path_of(*state, "backup", file);
    path_of(*state, "restored", restored);
    kith *k = open_database(directory);
    writer_thread writers[2] = {{k, 'a', &done, 0}, {k, 'b', &done, 0}};
    pthread_t threads[2];
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    for (int i = 0; i < ROUNDS; i++) {
        kith_backup_info info = {0};
        const kith_backup_options over = {.overwrite = i > 0};
        int least[2] = {atomic_load(&writers[0].batches), atomic_load(&writers[1].batches)};
        assert_ok(kith_backup(k, file, &over, &info, &err));
        assert_true(info.bytes > 0 && info.chunks % BATCH == 0);
        assert_ok(kith_restore(file, restored, &over, NULL, &err));
        assert_well(restored);
        assert_is_a_state(restored, least);
    }
    atomic_store(&done, 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    close_database(k);
    assert_false(is_there(*state, "backup.tmp"));
}

static void a_backup_that_is_refused_leaves_no_file(void **state)
{
    kith_error err = {0};
    char directory[PATH_BYTES], file[PATH_BYTES], inside[PATH_BYTES];
    int calls = 0;
    path_of(*state, "data", directory);
    path_of(*state, "backup", file);
    fill(directory);
    kith *k = open_database(directory);
    const kith_backup_options cancelled = {.on_progress = cancel, .context = &calls};
    assert_status(KITH_ERR_CANCELLED, kith_backup(k, file, &cancelled, NULL, &err));
    path_of(directory, "backup", inside);
    assert_status(KITH_ERR_INVALID, kith_backup(k, inside, NULL, NULL, &err));
    path_of(*state, "missing/backup", inside);
    assert_status(KITH_ERR_NOT_FOUND, kith_backup(k, inside, NULL, NULL, &err));
    struct rlimit limit, small = {64 << 10, 0};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small.rlim_max = limit.rlim_max;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    kith_status status = kith_backup(k, file, NULL, NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, before);
    assert_int_equal(status, KITH_ERR_FULL);
    assert_false(is_there(*state, "backup") || is_there(*state, "backup.tmp"));
    write_at(*state, "backup", 0, "mine", 4);
    assert_status(KITH_ERR_EXISTS, kith_backup(k, file, NULL, NULL, &err));
    assert_int_equal(size_of(*state, "backup"), 4);
    close_database(k);
    (void)sql(directory, "UPDATE points SET content = 'other' WHERE key = 'a-7'");
    k = open_database(directory);
    const kith_backup_options over = {.overwrite = true};
    assert_status(KITH_ERR_CORRUPT, kith_backup(k, file, &over, NULL, &err));
    assert_non_null(strstr(err.message, "a-7"));
    assert_int_equal(size_of(*state, "backup"), 4);
    close_database(k);
}

static void a_backup_that_is_killed_leaves_none_or_a_whole_one(void **state)
{
    enum { ROUNDS = 12 };
    kith_error err = {0};
    char directory[PATH_BYTES], file[PATH_BYTES], restored[PATH_BYTES];
    const kith_backup_options over = {.overwrite = true};
    path_of(*state, "data", directory);
    path_of(*state, "backup", file);
    path_of(*state, "restored", restored);
    fill(directory);
    for (int i = 0; i < ROUNDS; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            kith *k = open_database(directory);
            for (;;)
                if (kith_backup(k, file, &over, NULL, NULL) != KITH_OK) _exit(1);
        }
        (void)usleep(3000U + 2500U * (unsigned)i);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        if (!is_there(*state, "backup")) continue;
        assert_ok(kith_restore(file, restored, &over, NULL, &err));
        assert_well(restored);
    }
    assert_well(directory);
}

/* ---- restore ---- */

static size_t count_found(const char *directory)
{
    kith_error err = {0};
    const float vector[] = {1, 0};
    kith *k = open_database(directory);
    kith_hits *hits = NULL;
    const kith_query q = {.vector = vector, .dimension = 2, .k = 1000, .exact = true};
    assert_ok(kith_search(k, "c", &q, &hits, &err));
    size_t count = hits->count;
    kith_hits_free(hits);
    close_database(k);
    return count;
}

static void a_directory_with_data_is_restored_over_by_force_alone(void **state)
{
    kith_error err = {0};
    char directory[PATH_BYTES], file[PATH_BYTES];
    const kith_backup_options over = {.overwrite = true};
    path_of(*state, "data", directory);
    path_of(*state, "backup", file);
    fill(directory);
    kith *k = open_database(directory);
    assert_ok(kith_backup(k, file, NULL, NULL, &err));
    for (int i = 0; i < POINTS / BATCH; i++)
        put_batch(k, 'b', i);
    assert_status(KITH_ERR_EXISTS, kith_restore(file, directory, NULL, NULL, &err));
    assert_status(KITH_ERR_BUSY, kith_restore(file, directory, &over, NULL, &err));
    close_database(k);
    assert_int_equal(count_found(directory), 2 * POINTS);
    assert_ok(kith_restore(file, directory, &over, NULL, &err));
    assert_int_equal(count_found(directory), POINTS);
    assert_false(is_there(directory, "kith.db.restored"));
    k = open_database(directory);
    put_batch(k, 'b', 0);
    close_database(k);
    assert_int_equal(count_found(directory), POINTS + BATCH);
}

static void what_is_no_backup_is_not_restored(void **state)
{
    kith_error err = {0};
    char directory[PATH_BYTES], other[PATH_BYTES], file[PATH_BYTES];
    const kith_backup_options over = {.overwrite = true};
    path_of(*state, "data", directory);
    path_of(*state, "other", other);
    path_of(*state, "backup", file);
    fill(directory);
    assert_status(KITH_ERR_NOT_FOUND, kith_restore(file, directory, &over, NULL, &err));
    write_at(*state, "backup", 0, "a text that is no database at all", 33);
    assert_status(KITH_ERR_INVALID, kith_restore(file, directory, &over, NULL, &err));
    assert_status(KITH_ERR_INVALID, kith_restore(*state, directory, &over, NULL, &err));
    path_of(directory, "kith.db", file);
    assert_status(KITH_ERR_INVALID, kith_restore(file, directory, &over, NULL, &err));
    write_and_vanish(directory, 'b'); /* leaves a log */
    assert_status(KITH_ERR_INVALID, kith_restore(file, other, NULL, NULL, &err));
    assert_false(is_there(other, "kith.db"));
    assert_int_equal(count_found(directory), POINTS + 4 * BATCH);
}

static void a_damaged_backup_leaves_the_directory_as_it_was(void **state)
{
    kith_error err = {0};
    char directory[PATH_BYTES], file[PATH_BYTES];
    const kith_backup_options over = {.overwrite = true};
    path_of(*state, "data", directory);
    path_of(*state, "backup", file);
    fill(directory);
    kith *k = open_database(directory);
    assert_ok(kith_backup(k, file, NULL, NULL, &err));
    put_batch(k, 'b', 0);
    close_database(k);
    off_t size = size_of(*state, "backup");
    for (off_t at = 8192 + 3; at < size; at += 8192)
        write_at(*state, "backup", at, "\377\377", 2);
    assert_status(KITH_ERR_CORRUPT, kith_restore(file, directory, &over, NULL, &err));
    assert_false(is_there(directory, "kith.db.restored"));
    assert_int_equal(count_found(directory), POINTS + BATCH);
}

/* Between its two last steps: the new kith.db lies there, the log of the former one too. */
static void a_restoring_that_was_cut_short_is_told_and_can_be_repeated(void **state)
{
    kith_error err = {0};
    char directory[PATH_BYTES], file[PATH_BYTES], log[PATH_BYTES], kept[PATH_BYTES];
    const kith_backup_options over = {.overwrite = true};
    path_of(*state, "data", directory);
    path_of(*state, "backup", file);
    path_of(directory, "kith.db-wal", log);
    path_of(*state, "log", kept);
    fill(directory);
    kith *k = open_database(directory);
    assert_ok(kith_backup(k, file, NULL, NULL, &err));
    close_database(k);
    write_and_vanish(directory, 'b');
    assert_int_equal(link(log, kept), 0);
    assert_ok(kith_restore(file, directory, &over, NULL, &err));
    assert_int_equal(link(kept, log), 0);
    k = NULL;
    assert_status(KITH_ERR_CORRUPT, kith_open(directory, NULL, &k, &err));
    assert_null(k);
    assert_ok(kith_restore(file, directory, &over, NULL, &err));
    assert_int_equal(count_found(directory), POINTS);
    assert_well(directory);
}

static void a_new_directory_is_made_with_its_parents(void **state)
{
    kith_error err = {0};
    char directory[PATH_BYTES], file[PATH_BYTES], other[PATH_BYTES];
    path_of(*state, "data", directory);
    path_of(*state, "backup", file);
    path_of(*state, "some/where/else", other);
    fill(directory);
    kith *k = open_database(directory);
    assert_ok(kith_backup(k, file, NULL, NULL, &err));
    close_database(k);
    kith_backup_info info = {0};
    assert_ok(kith_restore(file, other, NULL, &info, &err));
    assert_int_equal(info.chunks, POINTS);
    assert_int_equal(count_found(other), POINTS);
    assert_well(other);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(a_sound_directory_is_well_also_while_it_is_open),
        with_directory(a_missing_directory_is_not_found),
        with_directory(planted_damage_in_rows_is_found),
        with_directory(damage_in_an_index_of_sqlite_is_found),
        with_directory(a_file_that_is_no_catalog_is_found),
        with_directory(an_index_that_differs_from_the_store_is_found),
        with_directory(files_that_nobody_needs_are_noted),
        with_directory(a_directory_that_nobody_needs_is_noted_once),
        with_directory(a_sound_generation_that_is_of_no_use_is_a_note),
        with_directory(a_damaged_generation_is_damage_that_names_the_page),
        with_directory(a_generation_that_was_left_half_written_is_noted_once_nobody_writes),
        with_directory(a_link_to_the_indexes_is_well),
        with_directory(a_damaged_log_is_found_and_can_be_set_aside),
        with_directory(a_log_that_was_cut_off_is_noted),
        with_directory(a_check_can_be_cancelled),
        with_directory(a_backup_while_two_write_is_a_state_that_there_was),
        with_directory(a_backup_that_is_refused_leaves_no_file),
        with_directory(a_backup_that_is_killed_leaves_none_or_a_whole_one),
        with_directory(a_directory_with_data_is_restored_over_by_force_alone),
        with_directory(what_is_no_backup_is_not_restored),
        with_directory(a_damaged_backup_leaves_the_directory_as_it_was),
        with_directory(a_restoring_that_was_cut_short_is_told_and_can_be_repeated),
        with_directory(a_new_directory_is_made_with_its_parents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
