/* threads_for_test.h - the same work in several threads at a time. */
#ifndef KITH_THREADS_FOR_TEST_H
#define KITH_THREADS_FOR_TEST_H

#include "test.h"

#include <pthread.h>

enum { THREADS_MAX = 16 };

/* Runs work(context) in `count` threads, and fails when one of them returns something else than NULL. */
static inline void run_in_threads(size_t count, void *(*work)(void *context), void *context)
{
    pthread_t threads[THREADS_MAX];
    assert_true(count <= THREADS_MAX);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, context), 0);
    for (size_t i = 0; i < count; i++) {
        void *failures = NULL;
        assert_int_equal(pthread_join(threads[i], &failures), 0);
        assert_null(failures);
    }
}

#endif
