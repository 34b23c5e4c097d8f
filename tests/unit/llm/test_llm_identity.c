/* test_llm_identity.c - two servers that call different models by one name are told apart, and one
 * server that never gives the same floats twice is not.
 * The endpoint's vectors come from the test: a random direction, moved by noise of a known angle. */
#include "test.h"

#include "fake_endpoint.h"

#include "base/rng.h"
#include "embed/embedder.h"
#include "store/store.h"

#include <math.h>

enum { DIM = 96 };

/* A standard normal number, by the sum of twelve. */
static double normal(rng *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += rng_unit(r);
    return sum;
}

static void direction(uint64_t seed, double out[DIM])
{
    rng r = {seed};
    double square = 0;
    for (int i = 0; i < DIM; i++) {
        out[i] = normal(&r);
        square += out[i] * out[i];
    }
    for (int i = 0; i < DIM; i++)
        out[i] /= sqrt(square);
}

/* `texts` vectors of the model `seed`, each moved by about `angle` (radians). The model name that the
 * collection would be pinned to. */
static void identity(uint64_t seed, double angle, uint64_t noise_seed, char out[1024])
{
    kith_error err = {0};
    char body[8192];
    double base[DIM], noise[DIM];
    size_t used = 0;
    direction(seed, base);
    direction(noise_seed, noise);
    used += (size_t)snprintf(body, sizeof body, "{\"data\":[{\"index\":0,\"embedding\":[");
    for (int i = 0; i < DIM; i++)
        used += (size_t)snprintf(body + used, sizeof body - used, "%s%.9f", i ? "," : "",
                                 base[i] + tan(angle) * noise[i]);
    (void)snprintf(body + used, sizeof body - used, "]}]}");
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "Content-Type: application/json\r\n", body);
    fake_endpoint_start(f);
    embedder *e = NULL;
    const kith_embedder_options options = {
        .base_url = fake_endpoint_url(f), .api_key = "k", .model = "small"};
    assert_ok(embedder_open(&options, &e, &err));
    assert_string_equal(embedder_model(e), "remote small\nsmall");
    assert_ok(embedder_identify(e, NULL, &err));
    assert_ok(embedder_identify(e, NULL, &err));
    assert_int_equal(fake_endpoint_request_count(f), 1);
    (void)snprintf(out, 1024, "%s", embedder_model(e));
    assert_string_equal(embedder_describe(e).fingerprint, "remote small");
    embedder_free(e);
    fake_endpoint_free(f);
}

static void noise_of_one_server_changes_nothing(void **state)
{
    (void)state;
    static const double angles[] = {0, 1e-4, 1e-2, 0.05, 0.15};
    for (uint64_t seed = 1; seed <= 4; seed++) {
        char first[1024], again[1024];
        identity(seed, 0, 1000, first);
        for (size_t i = 0; i < sizeof angles / sizeof angles[0]; i++) {
            identity(seed, angles[i], 2000 + seed * 10 + i, again);
            assert_int_equal(store_model_compare(view_of(first), view_of(again)), STORE_MODEL_SAME);
        }
    }
}

static void two_models_of_one_name_are_told_apart(void **state)
{
    (void)state;
    char models[6][1024];
    for (uint64_t i = 0; i < 6; i++)
        identity(100 + i, 0, 1000, models[i]);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            assert_int_equal(store_model_compare(view_of(models[i]), view_of(models[j])),
                             i == j ? STORE_MODEL_SAME : STORE_MODEL_OTHER_OF_THIS_NAME);
}

static void a_collection_from_before_is_held_by_the_name(void **state)
{
    (void)state;
    char model[1024];
    identity(7, 0, 1000, model);
    view now = view_of(model);
    assert_int_equal(store_model_compare(VIEW("remote small\nsmall"), now), STORE_MODEL_SAME);
    assert_int_equal(store_model_compare(VIEW("remote small"), now), STORE_MODEL_SAME);
    assert_int_equal(store_model_compare(VIEW("remote large\nlarge"), now), STORE_MODEL_OTHER);
    assert_true(view_equal(store_model_name(now), VIEW("small")));
    assert_true(view_equal(store_model_fingerprint(now), VIEW("remote small")));
    assert_int_equal(store_model_compare(VIEW("remote small\nsmall\nnot a sketch"), now),
                     STORE_MODEL_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_of_one_server_changes_nothing),
        cmocka_unit_test(two_models_of_one_name_are_told_apart),
        cmocka_unit_test(a_collection_from_before_is_held_by_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
