/* What an encoder keeps beside its model, and files that change under it. */
#include "tiny_encoder.h"

#include "model/model_record.h"
#include "os/clock.h"
#include "os/file.h"
#include "patience.h"
#include "simd/simd.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- files that change while they are in use ---- */

/* The status is KITH_OK or that of a model that was changed. */
static void embed_ab(encoder *e, kith_status expected, float out[TINY_HIDDEN])
{
    kith_error err = {0};
    view text = VIEW("a b");
    assert_status(expected, encoder_embed(e, &text, 1, NULL, out, NULL, &err));
    if (expected != KITH_OK && !strstr(err.message, "changed while it was in use"))
        fail_msg("'%s' does not say what happened", err.message);
}

static void weights_cut_short_under_an_encoder_are_an_error_and_no_signal(void **state)
{
    char path[600];
    float before[TINY_HIDDEN], after[TINY_HIDDEN];
    (void)snprintf(path, sizeof path, "%s/model.safetensors", (char *)*state);
    for (int grows_again = 0; grows_again < 2; grows_again++) {
        write_tiny_directory(*state);
        struct stat whole;
        encoder *e = open_encoder(*state);
        embed_ab(e, KITH_OK, before);
        assert_int_equal(0, stat(path, &whole));
        assert_int_equal(0, truncate(path, 100));
        if (grows_again) assert_int_equal(0, truncate(path, whole.st_size));
        embed_ab(e, KITH_ERR_MODEL, after);
        encoder_free(e);
    }
}

static void weights_replaced_by_renaming_change_nothing_for_an_open_encoder(void **state)
{
    float before[TINY_HIDDEN], after[TINY_HIDDEN];
    encoder *e = open_encoder(*state);
    embed_ab(e, KITH_OK, before);
    write_file(*state, "model.safetensors", VIEW("another"));
    embed_ab(e, KITH_OK, after);
    assert_memory_equal(before, after, sizeof before);
    encoder_free(e);
}

static bool find_packed(const char *directory, char path[600])
{
    DIR *all = opendir(directory);
    bool found = false;
    for (struct dirent *entry; (entry = readdir(all));) {
        if (strncmp(entry->d_name, ".kith-packed-", 13) != 0) continue;
        (void)snprintf(path, 600, "%s/%s", directory, entry->d_name);
        found = true;
    }
    assert_int_equal(0, closedir(all));
    return found;
}

static void *cut_short(void *path)
{
    return truncate(path, 10) == 0 ? path : NULL;
}

/* The writer waits for the lease, which the next text gives up. */
static void packed_weights_cut_short_under_an_encoder_are_copied_first(void **state)
{
    char path[600];
    float before[TINY_HIDDEN], after[TINY_HIDDEN];
    encoder_free(open_encoder(*state));
    encoder *e = open_encoder(*state);
    const encoder_precision *how = NULL;
    kith_error err;
    assert_ok(encoder_describe_precision(e, &how, &err));
    if (!find_packed(*state, path) || !how->is_mapped) skip();
    embed_ab(e, KITH_OK, before);
    pthread_t writer;
    void *done = NULL;
    assert_int_equal(0, pthread_create(&writer, NULL, cut_short, path));
    struct stat now;
    do {
        embed_ab(e, KITH_OK, after);
        assert_memory_equal(before, after, sizeof before);
        assert_int_equal(0, stat(path, &now));
    } while (now.st_size != 10);
    assert_int_equal(0, pthread_join(writer, &done));
    assert_ptr_equal(path, done);
    embed_ab(e, KITH_OK, after);
    assert_memory_equal(before, after, sizeof before);
    encoder_free(e);
    // The next one finds a damaged file, and packs again.
    e = open_encoder(*state);
    embed_ab(e, KITH_OK, after);
    assert_memory_equal(before, after, sizeof before);
    encoder_free(e);
}

typedef struct toucher {
    const char *path;
    atomic_bool ends;
} toucher;

/* Whether this process has a file of that name open. */
static bool is_open(const char *name)
{
    bool found = false;
    DIR *all = opendir("/proc/self/fd");
    for (struct dirent *entry; all && !found && (entry = readdir(all));) {
        char target[1024];
        ssize_t size = readlinkat(dirfd(all), entry->d_name, target, sizeof target - 1);
        target[size < 0 ? 0 : size] = 0;
        const char *slash = strrchr(target, '/');
        found = slash && strcmp(slash + 1, name) == 0;
    }
    if (all) (void)closedir(all);
    return found;
}

static void *touch(void *context)
{
    toucher *t = context;
    while (!atomic_load(&t->ends) && !is_open("model.safetensors"))
        continue;
    for (long n = 1; !atomic_load(&t->ends); n++) {
        struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = n, .tv_nsec = 0}};
        (void)utimensat(AT_FDCWD, t->path, times, 0);
    }
    return NULL;
}

/* Opens the encoder while its weights are touched from when they were opened; true when it saw that
 * while it read them. */
static bool open_touched(const char *directory)
{
    char weights[600];
    kith_error err = {0};
    encoder *e = NULL;
    toucher t = {.path = weights};
    pthread_t thread;
    (void)snprintf(weights, sizeof weights, "%s/model.safetensors", directory);
    assert_int_equal(0, pthread_create(&thread, NULL, touch, &t));
    bool refused = encoder_open(directory, NULL, &e, &err) != KITH_OK &&
                   strstr(err.message, "changed while it was read");
    encoder_free(e);
    atomic_store(&t.ends, true);
    assert_int_equal(0, pthread_join(thread, NULL));
    return refused;
}

/* What was packed may be of other weights than those whose digest it would be kept under. In some
 * tries the system may let the thread touch them too early or too late. */
static void weights_that_change_while_they_are_packed_are_not_kept_packed(void **state)
{
    char packed[600];
    kith_error err;
    bool was_left_out = false;
    int64_t until = clock_monotonic_ns() + (int64_t)patience_ms(30000) * 1000000;
    assert_ok(simd_select(SIMD_SCALAR, &err)); // where every product of this model is int16
    while (!was_left_out && clock_monotonic_ns() < until) {
        bool refused = open_touched(*state), kept = find_packed(*state, packed);
        was_left_out = refused && !kept;
        if (kept) assert_int_equal(0, unlink(packed));
    }
    assert_true(was_left_out);
    encoder_free(open_encoder(*state));
    assert_true(find_packed(*state, packed));
    assert_ok(simd_select(simd_level_best(), &err));
}

/* ---- what is kept for the next process ---- */

static bool is_kept(const char *directory)
{
    char path[600];
    file_info info;
    (void)snprintf(path, sizeof path, "%s/.kith-model", directory);
    return file_stat(path, &info, NULL) == KITH_OK;
}

static void an_unchanged_model_is_read_when_it_is_first_needed(void **state)
{
    char fingerprint[sizeof((encoder_info *)0)->fingerprint];
    float before[TINY_HIDDEN], after[TINY_HIDDEN];
    kith_error err;
    view text = VIEW("a b");
    encoder *e = open_encoder(*state);
    memcpy(fingerprint, encoder_describe(e)->fingerprint, sizeof fingerprint);
    assert_ok(encoder_embed(e, &text, 1, NULL, before, NULL, &err));
    encoder_free(e);
    assert_false(is_kept(*state)); // its files changed a moment ago

    (void)nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 100000000}, NULL);
    encoder_free(open_encoder(*state));
    assert_true(is_kept(*state));
    e = open_encoder(*state);
    assert_string_equal(fingerprint, encoder_describe(e)->fingerprint);
    assert_int_equal(TINY_HIDDEN, encoder_describe(e)->dim);
    assert_ok(encoder_embed(e, &text, 1, NULL, after, NULL, &err));
    assert_memory_equal(before, after, sizeof before);
    encoder_free(e);

    e = open_encoder(*state);
    write_file(*state, "vocab.txt", VIEW("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##c\n"));
    assert_status(KITH_ERR_MODEL, encoder_embed(e, &text, 1, NULL, after, NULL, &err));
    assert_non_null(strstr(err.message, "was changed after it was opened"));
    assert_null(encoder_tokenizer(e));
    encoder_free(e);
    e = open_encoder(*state);
    assert_string_not_equal(fingerprint, encoder_describe(e)->fingerprint);
    encoder_free(e);
    write_file(*state, "model.safetensors", VIEW("no weights"));
    assert_refused(*state, KITH_ERR_MODEL, "model.safetensors");
}

static void a_damaged_record_of_a_model_is_no_record(void **state)
{
    (void)nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 100000000}, NULL);
    model_config config;
    kith_error err;
    char files[MODEL_FILES_BYTES], found[64], path[600];
    buffer content;
    assert_ok(model_config_read(*state, &config, &err));
    assert_true(model_files_describe(&config, files));
    assert_false(model_record_read(&config, files, found, sizeof found));
    model_record_write(&config, files, "a fingerprint");
    assert_true(model_record_read(&config, files, found, sizeof found));
    assert_string_equal("a fingerprint", found);
    assert_false(model_record_read(&config, files, found, strlen("a fingerprint")));

    buffer_init(&content, 4096);
    (void)snprintf(path, sizeof path, "%s/.kith-model", (char *)*state);
    assert_ok(file_read(&file_ops_posix, path, 4000, &content, &err));
    view whole = buffer_view(&content);
    for (size_t i = 0; i < whole.size; i++) {
        char damaged[2 * MODEL_FILES_BYTES];
        memcpy(damaged, whole.data, whole.size);
        damaged[i] ^= 1;
        write_file(*state, ".kith-model", (view){damaged, whole.size});
        assert_false(model_record_read(&config, files, found, sizeof found));
        write_file(*state, ".kith-model", (view){whole.data, i});
        assert_false(model_record_read(&config, files, found, sizeof found));
    }
    buffer_done(&content);
}

static void check_mapped(encoder *e, const char *precision, bool is_mapped)
{
    kith_error err;
    const encoder_precision *found = NULL;
    assert_ok(encoder_describe_precision(e, &found, &err));
    assert_string_equal(precision, found->text);
    assert_int_equal(is_mapped, found->is_mapped);
}

static void weights_that_were_packed_once_are_mapped_from_then_on(void **state)
{
    kith_error err;
    assert_ok(simd_select(SIMD_SCALAR, &err)); // where every product of this model is int16
    static const view text = {"a b b", 5};
    float vectors[3][TINY_HIDDEN];
    for (int i = 0; i < 3; i++) {
        encoder *e = open_precision(*state, i == 2);
        check_mapped(e, i == 2 ? "f32" : "int16", i == 1);
        assert_ok(encoder_embed(e, &text, 1, NULL, vectors[i], NULL, &err));
        encoder_free(e);
    }
    assert_memory_equal(vectors[0], vectors[1], sizeof vectors[0]);
    for (int d = 0; d < TINY_HIDDEN; d++)
        assert_float_equal(vectors[0][d], vectors[2][d], 0.02);

    write_file(*state, ".kith-packed-scalar-int16", VIEW("damaged"));
    encoder *e = open_encoder(*state);
    check_mapped(e, "int16", false);
    assert_ok(encoder_embed(e, &text, 1, NULL, vectors[2], NULL, &err));
    assert_memory_equal(vectors[0], vectors[2], sizeof vectors[0]);
    encoder_free(e);
    assert_ok(simd_select(simd_level_best(), &err));
}

typedef struct peeker {
    encoder *encoder;
    int64_t until_ns;
    const encoder_precision *found;
} peeker;

static void *peek(void *context)
{
    peeker *p = context;
    while (!p->found && clock_monotonic_ns() < p->until_ns)
        p->found = encoder_peek_precision(p->encoder);
    return NULL;
}

/* `aside` becomes `packed` while threads look at the precision of an encoder that is not loaded. */
static void peek_while_it_is_packed(const char *directory, const char *packed, const char *aside)
{
    enum { THREADS = 4 };
    kith_error err;
    pthread_t threads[THREADS];
    peeker peekers[THREADS] = {{0}};
    const encoder_precision *expected = NULL;
    encoder *e = open_encoder(directory);
    assert_null(encoder_peek_precision(e));
    for (int i = 0; i < THREADS; i++) {
        peekers[i] = (peeker){
            .encoder = e,
            .until_ns = clock_monotonic_ns() + (int64_t)patience_ms(30000) * 1000000,
        };
        assert_int_equal(0, pthread_create(&threads[i], NULL, peek, &peekers[i]));
    }
    assert_int_equal(0, rename(aside, packed));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(0, pthread_join(threads[i], NULL));
    assert_ok(encoder_describe_precision(e, &expected, &err));
    for (int i = 0; i < THREADS; i++) {
        assert_non_null(peekers[i].found);
        assert_string_equal(peekers[i].found->text, expected->text);
    }
    encoder_free(e);
}

/* One thread finds the packed weights while others have just found none: ThreadSanitizer sees it when
 * what was found is read without the lock. */
static void several_threads_may_peek_at_a_precision_that_is_packed_meanwhile(void **state)
{
    enum { ROUNDS = 50 };
    char packed[600], aside[610];
    (void)nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 100000000}, NULL);
    encoder_free(open_encoder(*state)); // keeps its fingerprint and its packed weights
    assert_true(is_kept(*state) && find_packed(*state, packed));
    (void)snprintf(aside, sizeof aside, "%s-aside", packed);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(0, rename(packed, aside));
        peek_while_it_is_packed(*state, packed, aside);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TINY(an_unchanged_model_is_read_when_it_is_first_needed),
        TINY(a_damaged_record_of_a_model_is_no_record),
        TINY(weights_that_were_packed_once_are_mapped_from_then_on),
        TINY(several_threads_may_peek_at_a_precision_that_is_packed_meanwhile),
        TINY(weights_cut_short_under_an_encoder_are_an_error_and_no_signal),
        TINY(weights_replaced_by_renaming_change_nothing_for_an_open_encoder),
        TINY(packed_weights_cut_short_under_an_encoder_are_copied_first),
        TINY(weights_that_change_while_they_are_packed_are_not_kept_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
