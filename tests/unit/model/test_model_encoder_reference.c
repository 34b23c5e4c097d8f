/* The vectors of all-MiniLM-L6-v2 against those of sentence-transformers, at every level and precision. */
#include "tiny_encoder.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/size.h"
#include "model/precision.h"
#include "os/file.h"
#include "simd/simd.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_that_of_sentence_transformers),
        cmocka_unit_test(every_level_gives_the_same_vectors),
        cmocka_unit_test(the_chosen_precision_keeps_every_vector_s_direction),
        cmocka_unit_test(a_vector_has_the_same_bits_in_any_batch_order_and_number_of_threads),
    };
    return cmocka_run_group_tests(tests, open_reference, close_reference);
}
