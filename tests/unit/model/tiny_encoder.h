/* tiny_encoder.h - encoders over the directory of a tiny model, for tests of what an encoder does. */
#ifndef KITH_TEST_TINY_ENCODER_H
#define KITH_TEST_TINY_ENCODER_H

#include "tiny_model.h"

#include "model/encoder.h"
#include "scratch.h"

static inline int set_up_tiny(void **state)
{
    if (scratch_setup(state) != 0) return -1;
    write_tiny_directory(*state);
    return 0;
}

static inline void assert_refused(const char *directory, kith_status expected, const char *word)
{
    kith_error err = {0};
    encoder *e = NULL;
    assert_status(expected, encoder_open(directory, NULL, &e, &err));
    assert_null(e);
    if (!strstr(err.message, word)) fail_msg("'%s' does not say '%s'", err.message, word);
}

static inline encoder *open_precision(const char *directory, bool float32)
{
    kith_error err;
    encoder *e = NULL;
    assert_ok(encoder_open(directory, &(encoder_options){.float32 = float32}, &e, &err));
    return e;
}

static inline encoder *open_encoder(const char *directory)
{
    return open_precision(directory, false);
}

/* A test in a directory of its own that holds a tiny model. */
#define TINY(name) cmocka_unit_test_setup_teardown(name, set_up_tiny, scratch_teardown)

#endif
