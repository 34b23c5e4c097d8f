/* Opening a model, and its vectors: the real model against sentence-transformers' vectors, bit for
 * bit whatever the batch, the order and the threads. */
#include "tiny_model.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/size.h"
#include "model/bert.h"
#include "model/encoder.h"
#include "model/model_record.h"
#include "model/precision.h"
#include "model/safetensors.h"
#include "os/clock.h"
#include "os/file.h"
#include "patience.h"
#include "scratch.h"
#include "simd/simd.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

/* ---- a tiny directory: opening, faults ---- */

static int set_up_tiny(void **state)
{
    if (scratch_setup(state) != 0) return -1;
    write_tiny_directory(*state);
    return 0;
}

static void assert_refused(const char *directory, kith_status expected, const char *word)
{
    kith_error err = {0};
    encoder *e = NULL;
    assert_status(expected, encoder_open(directory, NULL, &e, &err));
    assert_null(e);
    if (!strstr(err.message, word)) fail_msg("'%s' does not say '%s'", err.message, word);
}

static encoder *open_precision(const char *directory, bool float32)
{
    kith_error err;
    encoder *e = NULL;
    assert_ok(encoder_open(directory, &(encoder_options){.float32 = float32}, &e, &err));
    return e;
}

static encoder *open_encoder(const char *directory)
{
    return open_precision(directory, false);
}

static void an_encoder_describes_itself(void **state)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s//", (char *)*state);
    encoder *e = open_encoder(path);
    const encoder_info *info = encoder_describe(e);
    assert_int_equal(TINY_HIDDEN, info->dim);
    assert_int_equal(9, info->max_tokens);
    assert_string_equal(strrchr(*state, '/') + 1, info->name);
    assert_int_equal(TINY_VOCABULARY, tokenizer_vocabulary_size(encoder_tokenizer(e)));
    encoder_free(e);
}

static void the_fingerprint_follows_what_decides_the_vectors(void **state)
{
    char before[sizeof((encoder_info *)0)->fingerprint];
    encoder *e = open_encoder(*state);
    memcpy(before, encoder_describe(e)->fingerprint, sizeof before);
    assert_non_null(strstr(before, " mean norm 9 f32"));
    encoder_free(e);
    static const char *const changes[][2] = {
        {"README.md", "no part of the model"},
        {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##c\n"},
        {"sentence_bert_config.json", "{\"max_seq_length\":10}"},
        {"1_Pooling/config.json", "{\"pooling_mode_cls_token\":true}"},
        {"modules.json", "[{\"path\":\"\",\"type\":\"Transformer\"},"
                         "{\"path\":\"1_Pooling\",\"type\":\"Pooling\"}]"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        write_file(*state, changes[i][0], view_of(changes[i][1]));
        e = open_encoder(*state);
        bool same = strcmp(before, encoder_describe(e)->fingerprint) == 0;
        assert_true(same == (i == 0));
        memcpy(before, encoder_describe(e)->fingerprint, sizeof before);
        encoder_free(e);
    }
}

static void a_missing_directory_or_file_is_not_found(void **state)
{
    assert_refused("/nowhere/at/all", KITH_ERR_NOT_FOUND, "/nowhere/at/all");
    static const char *const files[] = {"model.safetensors", "vocab.txt", "config.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[600];
        (void)snprintf(path, sizeof path, "%s/%s", (char *)*state, files[i]);
        assert_int_equal(0, remove(path));
        assert_refused(*state, KITH_ERR_NOT_FOUND, *state);
    }
}

static void a_damaged_weights_file_is_named_with_its_fault(void **state)
{
    write_file(*state, "model.safetensors", VIEW("\377\377\377\377\377\377\377\377{}"));
    assert_refused(*state, KITH_ERR_MODEL, "/model.safetensors: the header claims");
    write_file(*state, "model.safetensors", VIEW(""));
    assert_refused(*state, KITH_ERR_MODEL, "/model.safetensors: 0 bytes");
    write_file(*state, "model.safetensors", VIEW("\2\0\0\0\0\0\0\0{}"));
    assert_refused(*state, KITH_ERR_MODEL, "/model.safetensors: tensor 'encoder.layer.1");
}

static void a_tokenizer_larger_than_the_network_is_refused(void **state)
{
    write_file(*state, "vocab.txt", VIEW("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\nc\n"));
    assert_refused(*state, KITH_ERR_MODEL, "the tokenizer has 8 tokens, the network 7");
}

static void no_text_is_no_work(void **state)
{
    kith_error err;
    encoder *e = open_encoder(*state);
    assert_ok(encoder_embed(e, NULL, 0, NULL, NULL, NULL, &err));
    encoder_free(e);
}

/* Two full waves and a part of one, with the largest pool below; more waves with the others. */
enum {
    POOL_THREADS_MAX = 4,
    WAVES_TEXTS = 2 * POOL_THREADS_MAX * ENCODER_WAVE_TEXTS_A_WORKER + 52,
};

/* Texts of many lengths, below and above the tiny model's limit. */
static void make_texts(view texts[WAVES_TEXTS])
{
    static const char letters[] = "a b a b b ab b a b abb a ab";
    rng r = {3};
    for (size_t i = 0; i < WAVES_TEXTS; i++) {
        uint32_t start = rng_below(&r, sizeof letters), end = rng_below(&r, sizeof letters);
        if (start > end) end = start;
        texts[i] = (view){letters + start, end - start};
    }
}

static void vectors_and_counts_of_several_waves_are_those_of_each_text_alone(void **state)
{
    enum { COUNT = WAVES_TEXTS };
    kith_error err;
    encoder *e = open_encoder(*state);
    static view texts[COUNT];
    make_texts(texts);
    float *expected = calloc(COUNT, TINY_HIDDEN * sizeof(float));
    float *out = calloc(COUNT, TINY_HIDDEN * sizeof(float));
    uint32_t *tokens = calloc(COUNT, sizeof *tokens), longest = 0;
    uint32_t *counted = calloc(COUNT, sizeof *counted);
    assert_true(expected && out && tokens && counted);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_ok(
            encoder_embed(e, &texts[i], 1, NULL, expected + i * TINY_HIDDEN, &tokens[i], &err));
    for (uint32_t i = 0; i < COUNT; i++)
        longest = tokens[i] > longest ? tokens[i] : longest;
    assert_true(longest > 9); // some were cut, and it shows
    for (uint32_t threads = 1; threads <= POOL_THREADS_MAX; threads++) {
        thread_pool *pool = NULL;
        assert_ok(thread_pool_new(threads, &pool, &err));
        memset(out, 0, COUNT * TINY_HIDDEN * sizeof(float));
        memset(counted, 0, COUNT * sizeof *counted);
        assert_ok(
            encoder_embed(e, texts, COUNT, &(thread_share){.pool = pool}, out, counted, &err));
        assert_memory_equal(expected, out, COUNT * TINY_HIDDEN * sizeof(float));
        assert_memory_equal(tokens, counted, COUNT * sizeof *tokens);
        thread_pool_free(pool);
    }
    free(expected);
    free(out);
    free(tokens);
    free(counted);
    encoder_free(e);
}

static void tokens_of_several_waves_are_those_of_each_text_alone(void **state)
{
    kith_error err;
    encoder *e = open_encoder(*state);
    static view texts[WAVES_TEXTS];
    static encoded_text together[WAVES_TEXTS];
    make_texts(texts);
    thread_pool *pool = NULL;
    assert_ok(thread_pool_new(2, &pool, &err));
    arena a;
    arena_init(&a, 0);
    assert_ok(
        encoder_encode(e, texts, WAVES_TEXTS, &(thread_share){.pool = pool}, &a, together, &err));
    for (uint32_t i = 0; i < WAVES_TEXTS; i++) {
        encoded_text alone;
        arena_mark mark = arena_set_mark(&a);
        assert_ok(encoder_encode(e, &texts[i], 1, NULL, &a, &alone, &err));
        assert_int_equal(alone.count, together[i].count);
        assert_memory_equal(alone.ids, together[i].ids, alone.count * sizeof *alone.ids);
        assert_memory_equal(alone.states, together[i].states,
                            alone.count * TINY_HIDDEN * sizeof *alone.states);
        arena_rewind(&a, mark);
    }
    arena_done(&a);
    thread_pool_free(pool);
    encoder_free(e);
}

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

/* The states of one text, by the network itself. */
static void assert_states(const char *directory, encoder *e, view text, const encoded_text *encoded)
{
    char path[600];
    kith_error err;
    safetensors *weights = NULL;
    bert *network = NULL;
    (void)snprintf(path, sizeof path, "%s/model.safetensors", directory);
    assert_ok(safetensors_open(path, &weights, &err));
    bert_shape shape = {.hidden = TINY_HIDDEN,
                        .layers = TINY_LAYERS,
                        .heads = TINY_HEADS,
                        .intermediate = TINY_INTERMEDIATE,
                        .vocabulary = TINY_VOCABULARY,
                        .positions = TINY_POSITIONS,
                        .types = TINY_TYPES,
                        .epsilon = 1e-12F};
    assert_ok(bert_new(&shape, weights, NULL, &network, &err));
    uint32_t ids[9], length = tokenizer_encode(encoder_tokenizer(e), text, 9, ids, NULL);
    const uint32_t *rows[] = {ids};
    float *scratch = aligned_alloc(64, bert_scratch(network, 9, 9) * sizeof *scratch);
    assert_non_null(scratch);
    const float *states =
        bert_run(network, &(bert_batch){.ids = rows, .lengths = &length, .count = 1}, scratch);
    assert_int_equal(length - 2, encoded->count);
    for (uint32_t t = 0; t < encoded->count; t++) {
        const float *state = states + (t + 1) * bert_stride(network);
        double squares = 0;
        for (uint32_t i = 0; i < TINY_HIDDEN; i++)
            squares += (double)state[i] * state[i];
        assert_int_equal(ids[t + 1], encoded->ids[t]);
        for (uint32_t i = 0; i < TINY_HIDDEN; i++)
            assert_near(encoded->states[t * TINY_HIDDEN + i], state[i] / sqrt(squares), 1e-6);
    }
    free(scratch);
    bert_free(network);
    safetensors_free(weights);
}

static void tokens_are_those_of_the_network_between_the_special_ones(void **state)
{
    static const view texts[] = {{"a b", 3}, {"", 0}, {"a b a b a b a b a b a b", 23}, {"ab", 2}};
    enum { COUNT = sizeof texts / sizeof *texts };
    kith_error err;
    encoder *e = open_precision(*state, true);
    thread_pool *pool = NULL;
    assert_ok(thread_pool_new(3, &pool, &err));
    arena a;
    arena_init(&a, 0);
    encoded_text encoded[COUNT];
    assert_ok(encoder_encode(e, texts, COUNT, &(thread_share){.pool = pool}, &a, encoded, &err));
    for (uint32_t i = 0; i < COUNT; i++)
        assert_states(*state, e, texts[i], &encoded[i]);
    assert_int_equal(0, encoded[1].count);
    assert_int_equal(7, encoded[2].count); // cut to the model's 9
    arena_done(&a);
    arena_init(&a, 64);
    assert_status(KITH_ERR_NO_MEMORY, encoder_encode(e, texts, COUNT, NULL, &a, encoded, &err));
    arena_done(&a);
    thread_pool_free(pool);
    encoder_free(e);
}

/* ---- the real model ---- */

#ifdef KITH_DEBUG
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { DIM = 384, TEXTS_MAX = 2000 };

typedef struct reference {
    arena memory;
    buffer file;
    view texts[TEXTS_MAX];
    uint32_t tokens[TEXTS_MAX]; /* untruncated */
    uint32_t count;
    float *vectors; /* [count][DIM] */
    thread_pool *pool;
} reference;

static const char *model_directory(void)
{
    static char path[1024];
    const char *named = getenv("KITH_MODEL"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (named) return named;
    (void)snprintf(path, sizeof path, "%s%s/kith/models/all-MiniLM-L6-v2", cache ? cache : home,
                   cache ? "" : "/.cache");
    return path;
}

static void read_texts(reference *r, const char *path)
{
    kith_error err;
    buffer_init(&r->file, 16 << 20);
    assert_ok(file_read(&file_ops_posix, path, 8 << 20, &r->file, &err));
    view rest = buffer_view(&r->file);
    while (rest.size > 0) {
        size_t end = view_find(rest, VIEW("\n"));
        const json_value *line = NULL;
        int64_t tokens = 0;
        assert_true(r->count < TEXTS_MAX);
        assert_ok(json_parse(view_slice(rest, 0, end), 1 << 20, &r->memory, &line, &err));
        assert_true(json_get_string(line, "text", &r->texts[r->count]));
        assert_true(json_get_integer(line, "untruncated_tokens", &tokens));
        r->tokens[r->count++] = (uint32_t)tokens;
        rest = view_slice(rest, size_min(end + 1, rest.size), rest.size);
    }
}

/* *state stays NULL when the reference data is not there: its tests are skipped. */
static int open_reference(void **state)
{
    kith_error err;
    char path[1024];
    const char *shared = getenv("KITH_SHARED");
    if (!shared) shared = "../shared";
    file_info info;
    (void)snprintf(path, sizeof path, "%s/data/minilm-vectors/texts.jsonl", shared);
    if (file_stat(path, &info, &err) != KITH_OK) return 0;
    reference *r = calloc(1, sizeof *r);
    assert_non_null(r);
    arena_init(&r->memory, 0);
    read_texts(r, path);
    assert_int_equal(1139, r->count);
    buffer vectors;
    buffer_init(&vectors, 4 << 20);
    (void)snprintf(path, sizeof path, "%s/data/minilm-vectors/vectors.f32", shared);
    assert_ok(file_read(&file_ops_posix, path, 2 << 20, &vectors, &err));
    assert_int_equal((size_t)r->count * DIM * sizeof(float), vectors.size);
    r->vectors = malloc(vectors.size);
    assert_non_null(r->vectors);
    memcpy(r->vectors, vectors.data, vectors.size);
    buffer_done(&vectors);
    assert_ok(thread_pool_new(thread_count_available(), &r->pool, &err));
    *state = r;
    return 0;
}

static int close_reference(void **state)
{
    reference *r = *state;
    if (!r) return 0;
    thread_pool_free(r->pool);
    buffer_done(&r->file);
    arena_done(&r->memory);
    free(r->vectors);
    free(r);
    return 0;
}

static double cosine(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (int i = 0; i < DIM; i++) {
        dot += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return dot / sqrt(aa * bb);
}

/* Every `step`-th text at one level, in float32 or in the precision that is chosen. */
static void check_level(const reference *r, simd_level level, uint32_t step, bool float32)
{
    kith_error err;
    assert_ok(simd_select(level, &err));
    encoder *e = open_precision(model_directory(), float32);
    double least = float32 ? 0.99999 : PRECISION_COSINE;
    uint32_t count = 0;
    view *texts = calloc(r->count, sizeof *texts);
    float *out = calloc(r->count, DIM * sizeof *out);
    uint32_t *tokens = calloc(r->count, sizeof *tokens);
    assert_true(texts && out && tokens);
    for (uint32_t i = 0; i < r->count; i += step)
        texts[count++] = r->texts[i];
    assert_ok(encoder_embed(e, texts, count, r->pool ? &(thread_share){.pool = r->pool} : NULL, out,
                            tokens, &err));
    for (uint32_t i = 0; i < count; i++) {
        const float *v = out + (size_t)i * DIM;
        assert_int_equal(r->tokens[i * step], tokens[i]);
        if (!(cosine(v, r->vectors + (size_t)i * step * DIM) >= least))
            fail_msg("%s: text %u has cosine %.9f", simd_level_name(level), i * step,
                     cosine(v, r->vectors + (size_t)i * step * DIM));
        double length = 0;
        for (int c = 0; c < DIM; c++)
            length += (double)v[c] * v[c];
        assert_float_equal(1, length, 1e-6);
    }
    free(texts);
    free(out);
    free(tokens);
    encoder_free(e);
}

static void every_vector_is_that_of_sentence_transformers(void **state)
{
    const reference *r = *state;
    if (!r) skip();
    check_level(r, simd_level_best(), SANITIZED ? 64 : 4, true);
}

static void the_chosen_precision_keeps_every_vector_s_direction(void **state)
{
    const reference *r = *state;
    if (!r) skip();
    for (simd_level level = SIMD_SCALAR; level <= simd_level_best(); level++)
        check_level(r, level, SANITIZED ? 64 : level == simd_level_best() ? 1 : 32, false);
}

/* The slower levels, on a part of the texts. */
static void every_level_gives_the_same_vectors(void **state)
{
    const reference *r = *state;
    if (!r) skip();
    for (simd_level level = SIMD_SCALAR; level < simd_level_best(); level++)
        check_level(r, level, SANITIZED ? 128 : 16, true);
}

static void check_bits(const reference *r, bool float32)
{
    enum { COUNT = SANITIZED ? 12 : 40 };
    kith_error err;
    assert_ok(simd_select(simd_level_best(), &err));
    encoder *e = open_precision(model_directory(), float32);
    view texts[COUNT], turned[COUNT];
    static float alone[COUNT][DIM], together[COUNT][DIM];
    for (uint32_t i = 0; i < COUNT; i++) {
        texts[i] = r->texts[i * (r->count / COUNT)];
        turned[COUNT - 1 - i] = texts[i];
        assert_ok(encoder_embed(e, &texts[i], 1, NULL, alone[i], NULL, &err));
    }
    assert_ok(encoder_embed(e, texts, COUNT, NULL, together[0], NULL, &err));
    assert_memory_equal(alone, together, sizeof alone);
    for (uint32_t threads = 2; threads <= 3; threads++) {
        thread_pool *pool = NULL;
        assert_ok(thread_pool_new(threads, &pool, &err));
        assert_ok(encoder_embed(e, turned, COUNT, &(thread_share){.pool = pool}, together[0], NULL,
                                &err));
        for (uint32_t i = 0; i < COUNT; i++)
            assert_memory_equal(alone[i], together[COUNT - 1 - i], sizeof alone[i]);
        thread_pool_free(pool);
    }
    encoder_free(e);
}

static void a_vector_has_the_same_bits_in_any_batch_order_and_number_of_threads(void **state)
{
    const reference *r = *state;
    if (!r) skip();
    check_bits(r, true);
    check_bits(r, false);
}

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
#define TINY(name) cmocka_unit_test_setup_teardown(name, set_up_tiny, scratch_teardown)
    const struct CMUnitTest tiny[] = {
        TINY(an_encoder_describes_itself),
        TINY(the_fingerprint_follows_what_decides_the_vectors),
        TINY(a_missing_directory_or_file_is_not_found),
        TINY(a_damaged_weights_file_is_named_with_its_fault),
        TINY(a_tokenizer_larger_than_the_network_is_refused),
        TINY(an_unchanged_model_is_read_when_it_is_first_needed),
        TINY(a_damaged_record_of_a_model_is_no_record),
        TINY(weights_that_were_packed_once_are_mapped_from_then_on),
        TINY(several_threads_may_peek_at_a_precision_that_is_packed_meanwhile),
        TINY(no_text_is_no_work),
        TINY(vectors_and_counts_of_several_waves_are_those_of_each_text_alone),
        TINY(tokens_of_several_waves_are_those_of_each_text_alone),
        TINY(tokens_are_those_of_the_network_between_the_special_ones),
    };
    const struct CMUnitTest real[] = {
        TINY(weights_cut_short_under_an_encoder_are_an_error_and_no_signal),
        TINY(weights_replaced_by_renaming_change_nothing_for_an_open_encoder),
        TINY(packed_weights_cut_short_under_an_encoder_are_copied_first),
        TINY(weights_that_change_while_they_are_packed_are_not_kept_packed),
        cmocka_unit_test(every_vector_is_that_of_sentence_transformers),
        cmocka_unit_test(every_level_gives_the_same_vectors),
        cmocka_unit_test(the_chosen_precision_keeps_every_vector_s_direction),
        cmocka_unit_test(a_vector_has_the_same_bits_in_any_batch_order_and_number_of_threads),
    };
    int failed = cmocka_run_group_tests_name("tiny model", tiny, NULL, NULL);
    return failed +
           cmocka_run_group_tests_name("all-MiniLM-L6-v2", real, open_reference, close_reference);
}
