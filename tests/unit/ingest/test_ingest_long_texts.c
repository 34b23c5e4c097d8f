/* test_ingest_long_texts.c - texts that are longer than the model reads, under each policy. The oracle
 * is the mean of the vectors of the parts, which are embedded by themselves. */
#include "test.h"

#include "model_for_test.h"

#include "embed/embedder.h"
#include "text/chunk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 700, TEXT_BYTES = WORDS * 12 };

static embedder *local;
static char long_text[TEXT_BYTES];

static int set_up(void **state)
{
    static const char *const words[] = {"river", "valve", "lantern", "harbour", "autumn"};
    (void)state;
    local = open_model();
    size_t used = 0;
    for (int i = 0; i < WORDS; i++)
        used += (size_t)snprintf(long_text + used, sizeof long_text - used, "%s%s",
                                 words[i * 7 / 3 % 5], i % 9 == 8 ? ".\n" : " ");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    embedder_free(local);
    return 0;
}

static float *embed(const view *texts, uint32_t count, kith_truncation policy, uint32_t *truncated)
{
    kith_error err = {0};
    float *vectors = NULL;
    uint32_t dim = 0;
    const embed_options how = {.truncation = policy, .truncated = truncated};
    assert_ok(embedder_embed(local, texts, count, &vectors, &dim, &how, &err));
    assert_int_equal(dim, 384);
    return vectors;
}

static void what_is_cut_is_counted(void **state)
{
    (void)state;
    uint32_t truncated = 5;
    const view texts[] = {VIEW("short"), view_of(long_text), VIEW("")};
    float *counted = embed(texts, 3, KITH_TRUNCATE, &truncated);
    float *plain = embed(texts, 3, KITH_TRUNCATE, NULL);
    assert_int_equal(truncated, 6);
    assert_memory_equal(counted, plain, 3 * 384 * sizeof *plain);
    free(counted);
    free(plain);
}

static void an_error_names_the_text_and_the_numbers(void **state)
{
    (void)state;
    kith_error err = {0};
    float *vectors = NULL;
    uint32_t dim = 0;
    const view texts[] = {VIEW("short"), view_of(long_text)};
    const embed_options how = {.truncation = KITH_TRUNCATION_ERROR};
    assert_status(KITH_ERR_LIMIT, embedder_embed(local, texts, 2, &vectors, &dim, &how, &err));
    assert_non_null(strstr(err.message, "text 1 has "));
    assert_non_null(strstr(err.message, "the model reads 256"));
    assert_null(vectors);
}

static void a_split_text_has_the_mean_of_its_parts(void **state)
{
    (void)state;
    kith_error err = {0};
    arena memory;
    chunk *parts = NULL;
    uint32_t count = 0, truncated = 0;
    arena_init(&memory, 0);
    const view text = view_of(long_text);
    const chunk_options sizes = {.unit = CHUNK_TOKENS,
                                 .size = 254,
                                 .max_tokens = 254,
                                 .count_tokens = embedder_count_tokens,
                                 .count_context = local};
    assert_ok(chunk_text(text, &sizes, &memory, &parts, &count, &err));
    assert_true(count >= 3);
    double expected[384] = {0}, squares = 0, dot = 0;
    for (uint32_t p = 0; p < count; p++) {
        const view part = view_slice(text, parts[p].start, parts[p].end);
        float *vector = embed(&part, 1, KITH_TRUNCATION_ERROR, NULL); // none is too long
        for (int i = 0; i < 384; i++)
            expected[i] += (double)embedder_count_tokens(local, part) * (double)vector[i];
        free(vector);
    }
    float *found = embed(&text, 1, KITH_SPLIT, &truncated);
    for (int i = 0; i < 384; i++)
        squares += expected[i] * expected[i];
    for (int i = 0; i < 384; i++)
        dot += expected[i] / sqrt(squares) * (double)found[i];
    assert_true(fabs(dot - 1) < 1e-5); // the direction, and length 1
    assert_int_equal(truncated, 0);
    free(found);
    arena_done(&memory);
}

static void a_text_that_fits_has_the_same_bits_under_each_policy(void **state)
{
    (void)state;
    const view text = VIEW("The salmon swims up the river in autumn.");
    float *vectors[3];
    for (int i = 0; i < 3; i++)
        vectors[i] = embed(&text, 1, (kith_truncation)i, NULL);
    assert_memory_equal(vectors[0], vectors[1], 384 * sizeof(float));
    assert_memory_equal(vectors[0], vectors[2], 384 * sizeof(float));
    for (int i = 0; i < 3; i++)
        free(vectors[i]);
}

static void bytes_that_are_no_text_are_not_split(void **state)
{
    (void)state;
    kith_error err = {0};
    float *vectors = NULL;
    uint32_t dim = 0;
    char bad[TEXT_BYTES];
    memcpy(bad, long_text, sizeof bad);
    bad[strlen(long_text) / 2] = '\xff';
    const view text = view_of(bad);
    const embed_options how = {.truncation = KITH_SPLIT};
    assert_status(KITH_ERR_INVALID, embedder_embed(local, &text, 1, &vectors, &dim, &how, &err));
    assert_null(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_cut_is_counted),
        cmocka_unit_test(an_error_names_the_text_and_the_numbers),
        cmocka_unit_test(a_split_text_has_the_mean_of_its_parts),
        cmocka_unit_test(a_text_that_fits_has_the_same_bits_under_each_policy),
        cmocka_unit_test(bytes_that_are_no_text_are_not_split),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
