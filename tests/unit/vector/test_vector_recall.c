/* Recall on real vectors: MNIST images and SIFT descriptors of CIFAR-10 from the shared data,
 * skipped without them. Default settings must find at least 97 of 100 of the ten nearest. */
#include "test.h"

#include "vectors_for_test.h"

enum { K = 10, BASE = 20000, QUERIES = 100 };

static FILE *open_shared(const char *name)
{
    const char *shared = getenv("KITH_SHARED");
    char path[1024], command[1100];
    (void)snprintf(path, sizeof path, "%s/data/%s", shared ? shared : "../shared", name);
    FILE *probe = fopen(path, "rb");
    if (!probe) return NULL;
    (void)fclose(probe);
    (void)snprintf(command, sizeof command, "gzip -dc '%s' 2>/dev/null", path);
    return popen(command, "r"); // allow popen: no shell text but our own path
}

/* `count` vectors of `dim` bytes each after a header; count is 0 when the file is absent. */
static vector_set load_bytes(const char *name, size_t header, uint32_t count, uint32_t dim)
{
    vector_set v = {0, dim, NULL};
    FILE *f = open_shared(name);
    if (!f) return v;
    unsigned char *bytes = malloc((size_t)count * dim + header);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, header, f), header);
    assert_int_equal(fread(bytes, dim, count, f), count);
    (void)pclose(f);
    v = vector_set_new(count, dim);
    for (size_t i = 0; i < (size_t)count * dim; i++)
        v.rows[i] = bytes[i];
    free(bytes);
    return v;
}

/* Exact ids come from the index's own exact search, which test_index_flat holds against the naive
 * one. */
static void assert_recall(vector_set base, vector_set queries)
{
#if defined(__SANITIZE_THREAD__)
    queries.count = 0; // one thread: nothing to see there, and it takes minutes
#endif
    if (base.count == 0 || queries.count == 0) {
        free(base.rows);
        free(queries.rows);
        skip();
    }
    kith_error err;
    vector_index *ix = index_of(&base, (vector_index_options){.metric = KITH_SQUARED_L2});
    uint32_t found = 0, count = 0;
    for (uint32_t i = 0; i < queries.count; i++) {
        hit exact[K], hits[K];
        vector_search_plan plan;
        const float *query = vector_of(&queries, i);
        assert_ok(vector_index_search(ix, query, &(vector_search){.k = K, .exact = true}, exact,
                                      &count, NULL, &err));
        assert_ok(
            vector_index_search(ix, query, &(vector_search){.k = K}, hits, &count, &plan, &err));
        assert_string_equal(plan.kind, "graph");
        assert_int_equal(count, K);
        for (uint32_t j = 0; j < K; j++)
            found += hits[j].distance <= exact[K - 1].distance;
    }
    print_message("recall@10 %.4f\n", (double)found / (K * queries.count));
    assert_true(found >= 0.97 * K * queries.count);
    vector_index_check(ix);
    vector_index_free(ix);
    free(base.rows);
    free(queries.rows);
}

static void images_of_digits_are_found(void **state)
{
    (void)state;
    assert_recall(load_bytes("ann-mnist/train-images-idx3-ubyte.gz", 16, BASE, 784),
                  load_bytes("ann-mnist/t10k-images-idx3-ubyte.gz", 16, QUERIES, 784));
}

static void descriptors_of_pictures_are_found(void **state)
{
    (void)state;
    assert_recall(load_bytes("ann-cifar-sift128/base250k.u8bin.gz", 8, BASE, 128),
                  load_bytes("ann-cifar-sift128/query2k.u8bin.gz", 8, QUERIES, 128));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_of_digits_are_found),
        cmocka_unit_test(descriptors_of_pictures_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
