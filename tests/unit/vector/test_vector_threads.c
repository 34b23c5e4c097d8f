/* Searches from several threads at once; run under TSan. */
#include "test.h"

#include "vector/vector_index.h"
#include "vectors_for_test.h"

#include <pthread.h>

enum { K = 10 };

typedef struct searcher {
    const vector_index *ix;
    const vector_set *queries;
    hit hits[20][K];
} searcher;

static void *search_all(void *context)
{
    searcher *s = context;
    kith_error err;
    uint32_t count;
    vector_search search = {.k = K, .ef = 20};
    vector_search_plan plan;
    for (uint32_t i = 0; i < 20; i++)
        if (vector_index_search(s->ix, vector_of(s->queries, i), &search, s->hits[i], &count, &plan,
                                &err) != KITH_OK ||
            strcmp(plan.kind, "graph") != 0)
            abort();
    return NULL;
}

static void searches_at_once_see_what_one_alone_sees(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(1500, 16, 1), queries = clustered_vectors(20, 16, 2);
    vector_index *ix = index_of(&v, (vector_index_options){.flat_below = 100});
    enum { THREADS = 4 };
    static searcher alone, together[THREADS];
    alone = (searcher){.ix = ix, .queries = &queries};
    search_all(&alone);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        together[i] = (searcher){.ix = ix, .queries = &queries};
        assert_int_equal(pthread_create(&threads[i], NULL, search_all, &together[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_memory_equal(together[i].hits, alone.hits, sizeof alone.hits);
    }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_at_once_see_what_one_alone_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
