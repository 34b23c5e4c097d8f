/* Opening a cross-encoder; what it computes is held against numpy in tests/accept/test_rerank.py. */
#include "tiny_model.h"

#include "model/cross_encoder.h"
#include "scratch.h"

static int set_up(void **state)
{
    if (scratch_setup(state) != 0) return -1;
    write_tiny_cross_encoder(*state, 1);
    return 0;
}

static cross_encoder_info describe(const char *directory)
{
    kith_error err = {0};
    cross_encoder *c = NULL;
    assert_ok(cross_encoder_open(directory, &c, &err));
    cross_encoder_info info = *cross_encoder_describe(c);
    cross_encoder_free(c);
    return info;
}

static void a_cross_encoder_describes_itself(void **state)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s//", (char *)*state);
    cross_encoder_info info = describe(path);
    assert_string_equal(strrchr(*state, '/') + 1, info.name);
    assert_int_equal(TINY_POSITIONS, info.max_tokens);
    assert_non_null(strstr(info.fingerprint, " pair 40"));
}

static void the_fingerprint_follows_what_decides_a_logit(void **state)
{
    cross_encoder_info before = describe(*state);
    static const char *const changes[][2] = {
        {"README.md", "no part of the model"},
        {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##c\n"},
        {"tokenizer_config.json", "{\"model_max_length\":10}"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        write_file(*state, changes[i][0], view_of(changes[i][1]));
        cross_encoder_info now = describe(*state);
        assert_true((strcmp(before.fingerprint, now.fingerprint) == 0) == (i == 0));
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cross_encoder_describes_itself, set_up, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_fingerprint_follows_what_decides_a_logit, set_up,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests_name("cross-encoder", tests, NULL, NULL);
}
