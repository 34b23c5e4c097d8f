/* test_base_json_memory.c - memory that runs out inside simdjson, whose functions may not throw: an
 * allocation that fails there ends the process. C++'s operators new and delete are replaced by ones
 * that refuse when told, under the names that the compiler gives them. */
#include "test.h"

#include "base/arena.h"
#include "base/json.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int news_left = -1; /* that still succeed; negative: all do */

static void *take(size_t bytes)
{
    int left = atomic_load(&news_left);
    while (left >= 0 && !atomic_compare_exchange_weak(&news_left, &left, left - 1))
        ;
    return left == 0 ? NULL : malloc(bytes ? bytes : 1);
}

/* Else simdjson's own library would not see them. */
#define SEEN __attribute__((visibility("default")))

_Noreturn void _ZSt17__throw_bad_allocv(void);
SEEN void *_Znwm(size_t bytes);
SEEN void *_Znam(size_t bytes);
SEEN void *_ZnwmRKSt9nothrow_t(size_t bytes, const void *tag);
SEEN void *_ZnamRKSt9nothrow_t(size_t bytes, const void *tag);
SEEN void _ZdlPv(void *p);
SEEN void _ZdlPvm(void *p, size_t bytes);
SEEN void _ZdaPv(void *p);
SEEN void _ZdaPvm(void *p, size_t bytes);

void *_Znwm(size_t bytes)
{
    void *p = take(bytes);
    if (!p) _ZSt17__throw_bad_allocv();
    return p;
}

void *_Znam(size_t bytes)
{
    return _Znwm(bytes);
}

void *_ZnwmRKSt9nothrow_t(size_t bytes, const void *tag)
{
    (void)tag;
    return take(bytes);
}

void *_ZnamRKSt9nothrow_t(size_t bytes, const void *tag)
{
    (void)tag;
    return take(bytes);
}

void _ZdlPv(void *p)
{
    free(p);
}

void _ZdlPvm(void *p, size_t bytes)
{
    (void)bytes;
    free(p);
}

void _ZdaPv(void *p)
{
    free(p);
}

void _ZdaPvm(void *p, size_t bytes)
{
    (void)bytes;
    free(p);
}

/* In a thread of its own, since a thread's first text makes its parser. */
static void *parse(void *context)
{
    kith_status *status = context;
    kith_error err;
    arena a;
    const json_value *tree = NULL;
    arena_init(&a, 0);
    *status = json_parse(VIEW("{\"a\":[1,2,\"three\"]}"), 1000, &a, &tree, &err);
    arena_done(&a);
    return NULL;
}

static void memory_that_runs_out_is_a_status_from_the_first_text_on(void **state)
{
    (void)state;
    kith_status status = KITH_ERR_NO_MEMORY;
    int refused = 0;
    for (int news = 0; status != KITH_OK; news++) {
        pthread_t thread;
        atomic_store(&news_left, news);
        assert_int_equal(pthread_create(&thread, NULL, parse, &status), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(status == KITH_OK || status == KITH_ERR_NO_MEMORY);
        refused += status != KITH_OK;
    }
    assert_true(refused > 0);
    atomic_store(&news_left, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_runs_out_is_a_status_from_the_first_text_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
