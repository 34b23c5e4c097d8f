/* Tests of the checks at the boundary: each bad input and what it gets. */
#include "test.h"

#include "db/validate.h"

#include <math.h>

static void collection_names_are_of_few_characters(void **state)
{
    (void)state;
    kith_error err;
    char long_name[KITH_NAME_MAX_BYTES + 2];
    memset(long_name, 'a', sizeof long_name);
    assert_ok(validate_collection_name(VIEW("docs-2.v1_X"), &err));
    assert_ok(validate_collection_name((view){long_name, KITH_NAME_MAX_BYTES}, &err));
    assert_status(KITH_ERR_INVALID,
                  validate_collection_name((view){long_name, KITH_NAME_MAX_BYTES + 1}, &err));
    assert_status(KITH_ERR_INVALID, validate_collection_name(VIEW(""), &err));
    assert_status(KITH_ERR_INVALID, validate_collection_name(VIEW(".hidden"), &err));
    assert_status(KITH_ERR_INVALID, validate_collection_name(VIEW("a/b"), &err));
    assert_status(KITH_ERR_INVALID, validate_collection_name(VIEW("a\0b"), &err));
    assert_status(KITH_ERR_INVALID, validate_collection_name(VIEW("\u00e9"), &err));
}

static void keys_are_short_valid_text(void **state)
{
    (void)state;
    kith_error err;
    char key[KITH_KEY_MAX_BYTES + 1];
    memset(key, 'k', sizeof key);
    assert_ok(validate_key((view){key, KITH_KEY_MAX_BYTES}, "point", &err));
    assert_ok(validate_key(VIEW("a b/\u00e9#1"), "point", &err));
    assert_status(KITH_ERR_INVALID, validate_key((view){key, sizeof key}, "point", &err));
    assert_status(KITH_ERR_INVALID, validate_key(VIEW(""), "document", &err));
    assert_non_null(strstr(err.message, "document id"));
    assert_status(KITH_ERR_INVALID, validate_key(VIEW("a\x80"), "point", &err));
    assert_status(KITH_ERR_INVALID, validate_key(VIEW("a\nb"), "point", &err));
    assert_status(KITH_ERR_INVALID, validate_key(VIEW("a\0b"), "point", &err));
}

static void vectors_are_finite_of_the_dimension_and_not_zero_under_cosine(void **state)
{
    (void)state;
    kith_error err;
    float v[4] = {1, 2, 3, 4}, zero[4] = {0};
    assert_ok(validate_vector(v, 4, 4, KITH_COSINE, &err));
    assert_ok(validate_vector(v, 4, 0, KITH_COSINE, &err));
    assert_status(KITH_ERR_DIMENSION, validate_vector(v, 4, 3, KITH_COSINE, &err));
    assert_status(KITH_ERR_DIMENSION, validate_vector(v, 0, 0, KITH_COSINE, &err));
    assert_status(KITH_ERR_DIMENSION,
                  validate_vector(v, KITH_DIMENSION_MAX + 1, 0, KITH_COSINE, &err));
    assert_status(KITH_ERR_INVALID, validate_vector(zero, 4, 4, KITH_COSINE, &err));
    assert_ok(validate_vector(zero, 4, 4, KITH_SQUARED_L2, &err));
    v[2] = NAN;
    assert_status(KITH_ERR_INVALID, validate_vector(v, 4, 4, KITH_COSINE, &err));
    assert_non_null(strstr(err.message, "element 2 is NaN"));
    v[2] = -INFINITY;
    assert_status(KITH_ERR_INVALID, validate_vector(v, 4, 4, KITH_SQUARED_L2, &err));
    v[2] = 3e38F;
    assert_status(KITH_ERR_INVALID, validate_vector(v, 4, 4, KITH_SQUARED_L2, &err));
    float denormal[2] = {1e-44F, 0};
    assert_status(KITH_ERR_INVALID, validate_vector(denormal, 2, 2, KITH_COSINE, &err));
}

static void content_is_valid_text_of_a_limited_size(void **state)
{
    (void)state;
    kith_error err;
    assert_ok(validate_content(VIEW("fine"), &err));
    assert_status(KITH_ERR_INVALID, validate_content(VIEW("not \xff fine"), &err));
    char *large = calloc((size_t)KITH_DOCUMENT_MAX_BYTES + 1, 1);
    assert_non_null(large);
    assert_status(KITH_ERR_LIMIT,
                  validate_content((view){large, (size_t)KITH_DOCUMENT_MAX_BYTES + 1}, &err));
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collection_names_are_of_few_characters),
        cmocka_unit_test(keys_are_short_valid_text),
        cmocka_unit_test(vectors_are_finite_of_the_dimension_and_not_zero_under_cosine),
        cmocka_unit_test(content_is_valid_text_of_a_limited_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
