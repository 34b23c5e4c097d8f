/* test_cli_workspace.c - what a command that a server runs for another process leaves behind. */
#include "test.h"

#include "scratch.h"

#include "base/arena.h"
#include "cli/workspace.h"

#include <malloc.h>

enum { TRIES = 200 };

/* A server without a request, whose model is an endpoint that nobody asks. */
typedef struct server {
    void *directory;
    workspace workspace;
} server;

static int set_up(void **state)
{
    kith_error err = {0};
    server *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_int_equal(scratch_setup(&s->directory), 0);
    const kith_embedder_options remote = {
        .base_url = "http://127.0.0.1:1", .model = "nobody", .size = sizeof remote};
    assert_ok(kith_embedder_open(&remote, &s->workspace.embedder, &err));
    const kith_options options = {.size = sizeof options, .embedder = s->workspace.embedder};
    assert_ok(kith_open(s->directory, &options, &s->workspace.database, &err));
    s->workspace.directory = s->directory;
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    kith_error err = {0};
    server *s = *state;
    assert_ok(kith_close(s->workspace.database, &err));
    kith_embedder_free(s->workspace.embedder);
    assert_int_equal(scratch_teardown(&s->directory), 0);
    free(s);
    return 0;
}

/* A command whose --rerank names a folder without a model. */
static void fail_to_open(const server *s)
{
    kith_error err = {0};
    arena memory;
    arena_init(&memory, 0);
    const settings given = {.rerank = s->directory, .dir = s->directory};
    environment around = {.dir = s->directory};
    invocation run = {
        .settings = &given, .environment = &around, .memory = &memory, .owner = &s->workspace};
    workspace opened = {.reranks = true};
    assert_status(KITH_ERR_MODEL, workspace_open(&run, WORKSPACE_READ, &opened, &err));
    assert_non_null(strstr(err.message, "the reranker"));
    arena_done(&memory);
}

/* AddressSanitizer tells by itself of what is left; without it the heap's own count does. */
static void a_reranker_that_cannot_be_opened_leaves_no_handle(void **state)
{
    fail_to_open(*state); // what is made once and kept
    const size_t before = mallinfo2().uordblks;
    for (int i = 0; i < TRIES; i++)
        fail_to_open(*state);
    const size_t after = mallinfo2().uordblks;
    if (after > before + (size_t)TRIES * 16) fail_msg("%zu bytes are left", after - before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reranker_that_cannot_be_opened_leaves_no_handle, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
