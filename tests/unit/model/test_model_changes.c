/* test_model_changes.c - the files of a model are replaced while it is opened: what opens is one of the
 * models that were there, never a part of each. */
#include "tiny_model.h"

#include "model/cross_encoder.h"
#include "model/encoder.h"
#include "os/clock.h"
#include "scratch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TRIES = 400 };

/* ---- two models, to either of which a link leads ---- */

/* The link is turned over at once, so that the path leads to a whole model at every moment. */
typedef struct models {
    char link[600], next[600], directories[2][600];
    int now;
} models;

static void point_to(models *m, int which)
{
    (void)unlink(m->next);
    assert_int_equal(0, symlink(m->directories[which], m->next));
    assert_int_equal(0, rename(m->next, m->link));
    m->now = which;
}

static int set_up(void **state)
{
    void *scratch = NULL;
    models *m = calloc(1, sizeof *m);
    if (!m || scratch_setup(&scratch) != 0) return -1;
    (void)snprintf(m->link, sizeof m->link, "%s/model", (char *)scratch);
    (void)snprintf(m->next, sizeof m->next, "%s/next", (char *)scratch);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(m->directories[i], sizeof m->directories[i], "%s/%d", (char *)scratch, i);
        write_tiny_directory(m->directories[i]);
        write_tiny_cross_encoder(m->directories[i], 1 + (float)i); // an encoder too
    }
    // Each of these alone makes another model, as the weights do.
    write_file(m->directories[1], "1_Pooling/config.json",
               VIEW("{\"pooling_mode_cls_token\":true}"));
    write_file(m->directories[1], "vocab.txt", VIEW("[PAD]\n[UNK]\n[CLS]\n[SEP]\nb\na\n##b\n"));
    write_file(m->directories[1], "tokenizer_config.json", VIEW("{\"model_max_length\":10}"));
    free(scratch);
    point_to(m, 0);
    *state = m;
    return 0;
}

static int tear_down(void **state)
{
    models *m = *state;
    char *scratch = strdup(m->link);
    *strrchr(scratch, '/') = 0;
    void *path = scratch;
    free(m);
    return scratch_teardown(&path);
}

/* ---- what a model is ---- */

typedef struct seen {
    char fingerprint[sizeof((encoder_info *)0)->fingerprint];
    float computed[TINY_HIDDEN]; /* a vector, or a logit */
} seen;

typedef kith_status (*look_at)(const char *directory, seen *out, kith_error *err);

static kith_status look_at_encoder(const char *directory, seen *out, kith_error *err)
{
    static const view text = {"a b b", 5};
    encoder *e = NULL;
    *out = (seen){{0}, {0}};
    kith_status status = encoder_open(directory, &(encoder_options){.float32 = true}, &e, err);
    if (status != KITH_OK) return status;
    (void)snprintf(out->fingerprint, sizeof out->fingerprint, "%s",
                   encoder_describe(e)->fingerprint);
    status = encoder_embed(e, &text, 1, NULL, out->computed, NULL, err);
    encoder_free(e);
    return status;
}

static kith_status look_at_cross_encoder(const char *directory, seen *out, kith_error *err)
{
    static const view text = {"a b b", 5};
    cross_encoder *c = NULL;
    *out = (seen){{0}, {0}};
    kith_status status = cross_encoder_open(directory, &c, err);
    if (status != KITH_OK) return status;
    (void)snprintf(out->fingerprint, sizeof out->fingerprint, "%s",
                   cross_encoder_describe(c)->fingerprint);
    status = cross_encoder_score(c, VIEW("b a"), &text, 1, NULL, out->computed, NULL, err);
    cross_encoder_free(c);
    return status;
}

/* ---- who replaces the model ---- */

typedef struct turn {
    models *models;
    int64_t delay_ns;
    atomic_bool begins;
} turn;

static void *turn_over(void *context)
{
    turn *t = context;
    while (!atomic_load(&t->begins))
        continue;
    const int64_t until = clock_monotonic_ns() + t->delay_ns;
    while (clock_monotonic_ns() < until)
        continue;
    point_to(t->models, 1 - t->models->now);
    return NULL;
}

static void assert_changed(kith_status status, const kith_error *err)
{
    if (status != KITH_ERR_MODEL || !strstr(err->message, "was changed"))
        fail_msg("%s: '%s'", kith_status_name(status), err->message);
}

static void replace_while_opening(models *m, look_at look)
{
    kith_error err = {0};
    seen expected[2];
    rng random = {20261130};
    int64_t start = clock_monotonic_ns();
    for (int i = 0; i < 8; i++)
        assert_ok(look(m->link, &expected[0], &err));
    const int64_t once_ns = (clock_monotonic_ns() - start) / 8;
    for (int i = 0; i < 2; i++)
        assert_ok(look(m->directories[i], &expected[i], &err));
    assert_true(expected[0].computed[0] != expected[1].computed[0]);
    for (int i = 0; i < TRIES; i++) {
        seen found;
        pthread_t thread;
        turn t = {.models = m, .delay_ns = (int64_t)rng_below(&random, (uint32_t)once_ns + 1)};
        assert_int_equal(0, pthread_create(&thread, NULL, turn_over, &t));
        atomic_store(&t.begins, true);
        kith_status status = look(m->link, &found, &err);
        assert_int_equal(0, pthread_join(thread, NULL));
        if (status != KITH_OK) {
            assert_changed(status, &err);
            continue;
        }
        const int which = strcmp(found.fingerprint, expected[1].fingerprint) == 0;
        assert_string_equal(found.fingerprint, expected[which].fingerprint);
        assert_memory_equal(found.computed, expected[which].computed, sizeof found.computed);
    }
}

static void an_encoder_that_is_replaced_while_it_is_opened_is_one_of_the_two(void **state)
{
    replace_while_opening(*state, look_at_encoder);
}

static void a_cross_encoder_that_is_replaced_while_it_is_opened_is_one_of_the_two(void **state)
{
    replace_while_opening(*state, look_at_cross_encoder);
}

int main(void)
{
#define MODELS(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        MODELS(an_encoder_that_is_replaced_while_it_is_opened_is_one_of_the_two),
        MODELS(a_cross_encoder_that_is_replaced_while_it_is_opened_is_one_of_the_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
