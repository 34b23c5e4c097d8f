/* Recall@10 with default settings, judged by exact search. Two kinds of vectors:
 *
 *   real       MNIST images and SIFT descriptors of CIFAR-10, from the shared data. Without it these
 *              tests are skipped, but fail where CI=true: there the data is to be present.
 *   generated  always. Clusters of low intrinsic dimension in many dimensions, as embeddings have,
 *              under every metric; the exact neighbors come from the naive search in double.
 *
 * At least 97 of 100 of the ten nearest must be found. */
#include "test.h"

#include "vectors_for_test.h"

enum { K = 10, BASE = 20000, QUERIES = 100 };

static const double RECALL = 0.97;

static const bool IS_WORTHWHILE = !UNDER_TSAN; /* one thread, for minutes */

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

/* How many of the hits are no farther than the k-th of the exact ones: ties count. */
static uint32_t count_found(const hit *hits, const hit *exact)
{
    uint32_t found = 0;
    for (uint32_t j = 0; j < K; j++)
        found += hits[j].distance <= exact[K - 1].distance;
    return found;
}

/* Searches with `ef` candidates (0: the default); the graph must answer, with K hits. */
static void search_graph(const vector_index *ix, const float *query, uint32_t ef, hit *hits)
{
    kith_error err;
    vector_search_plan plan;
    uint32_t count = 0;
    vector_search search = {.k = K, .ef = ef};
    vector_view seen = view_of_all(ix, NULL);
    assert_ok(vector_index_search(&seen, query, &search, hits, &count, &plan, &err));
    assert_string_equal(plan.kind, "graph");
    assert_int_equal(count, K);
}

static void skip_or_fail_in_ci(void)
{
    const char *ci = getenv("CI");
    if (ci && strcmp(ci, "true") == 0)
        fail_msg("CI=true, and the shared data is missing: set KITH_SHARED to its directory");
    skip();
}

/* Exact hits come from the index's own exact search, which test_vector_flat holds against the naive
 * one. */
static void assert_recall(const char *base_name, const char *query_name, size_t header,
                          uint32_t dim)
{
    if (!IS_WORTHWHILE) skip();
    vector_set base = load_bytes(base_name, header, BASE, dim);
    vector_set queries = load_bytes(query_name, header, QUERIES, dim);
    if (base.count == 0 || queries.count == 0) {
        free(base.rows);
        free(queries.rows);
        skip_or_fail_in_ci();
    }
    kith_error err;
    vector_index *ix = index_of(&base, (vector_index_options){.metric = KITH_SQUARED_L2});
    vector_view seen = view_of_all(ix, NULL);
    uint32_t found = 0, count = 0;
    for (uint32_t i = 0; i < queries.count; i++) {
        hit exact[K], hits[K];
        const float *query = vector_of(&queries, i);
        assert_ok(vector_index_search(&seen, query, &(vector_search){.k = K, .exact = true}, exact,
                                      &count, NULL, &err));
        search_graph(ix, query, 0, hits);
        found += count_found(hits, exact);
    }
    print_message("%s: recall@10 %.4f\n", base_name, (double)found / (K * queries.count));
    assert_true(found >= RECALL * K * queries.count);
    vector_index_check(ix);
    vector_index_free(ix);
    free(base.rows);
    free(queries.rows);
}

static void images_of_digits_are_found(void **state)
{
    (void)state;
    assert_recall("ann-mnist/train-images-idx3-ubyte.gz", "ann-mnist/t10k-images-idx3-ubyte.gz", 16,
                  784);
}

static void descriptors_of_pictures_are_found(void **state)
{
    (void)state;
    assert_recall("ann-cifar-sift128/base250k.u8bin.gz", "ann-cifar-sift128/query2k.u8bin.gz", 8,
                  128);
}

/* ---- generated vectors ---- */

enum { DIM = 48, CLUSTERS = 10, INTRINSIC = 16, ROWS = 6000 /* more than flat_below */ };

/* Near enough to a normal distribution: the sum of twelve uniform numbers less its mean. */
static float draw_normal(rng *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += rng_unit(r);
    return (float)sum;
}

/* One point of a cluster: its centre, a step along each of the cluster's INTRINSIC directions, each
 * shorter than the one before, and a little noise in all dimensions. The clusters differ in size and
 * overlap. centres [CLUSTERS][DIM], directions [CLUSTERS * INTRINSIC][DIM] */
static void draw_point(const vector_set *centres, const vector_set *directions, rng *r, float *out)
{
    double u = rng_unit(r);
    uint32_t cluster = (uint32_t)(u * u * CLUSTERS);
    const float *centre = vector_of(centres, cluster);
    for (uint32_t i = 0; i < DIM; i++)
        out[i] = centre[i] + 0.05F * draw_normal(r);
    for (uint32_t d = 0; d < INTRINSIC; d++) {
        const float *direction = vector_of(directions, cluster * INTRINSIC + d);
        float step = draw_normal(r) / (1 + 0.1F * (float)d);
        for (uint32_t i = 0; i < DIM; i++)
            out[i] += step * direction[i];
    }
}

static vector_set normal_vectors(uint32_t count, float scale, rng *r)
{
    vector_set v = vector_set_new(count, DIM);
    for (size_t i = 0; i < (size_t)count * DIM; i++)
        v.rows[i] = scale * draw_normal(r);
    return v;
}

/* At this size the default ef is one row in a hundred, which forgives much; with few candidates a
 * graph with worse links loses recall at once. */
enum { NARROW_EF = 16 };
static const double NARROW_RECALL = 0.95;

typedef struct recalls {
    double by_default, narrow;
} recalls;

static recalls recall_of_generated(kith_metric metric, const vector_set *base,
                                   const vector_set *queries)
{
    vector_index *ix = index_of(base, (vector_index_options){.metric = metric});
    uint32_t found[2] = {0};
    for (uint32_t i = 0; i < queries->count; i++) {
        hit hits[2][K];
        naive_hit *naive = NULL;
        search_graph(ix, vector_of(queries, i), 0, hits[0]);
        search_graph(ix, vector_of(queries, i), NARROW_EF, hits[1]);
        naive_search(metric, base, vector_of(queries, i), NULL, &naive);
        for (uint32_t j = 0; j < 2 * K; j++)
            for (uint32_t n = 0; n < K; n++)
                found[j / K] += hits[j / K][j % K].id == naive[n].row;
        free(naive);
    }
    vector_index_check(ix);
    vector_index_free(ix);
    double wanted = K * queries->count;
    return (recalls){found[0] / wanted, found[1] / wanted};
}

static void generated_clusters_are_found_under_every_metric(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        kith_metric metric;
    } cases[] = {{"cosine", KITH_COSINE},
                 {"squared l2", KITH_SQUARED_L2},
                 {"inner product", KITH_INNER_PRODUCT}};
    if (!IS_WORTHWHILE) skip();
    const uint64_t seed = 2018;
    rng random = {seed};
    vector_set centres = normal_vectors(CLUSTERS, 0.5F, &random);
    vector_set directions = normal_vectors(CLUSTERS * INTRINSIC, 0.3F, &random);
    vector_set base = vector_set_new(ROWS, DIM), queries = vector_set_new(QUERIES, DIM);
    for (uint32_t row = 0; row < ROWS; row++)
        draw_point(&centres, &directions, &random, base.rows + (size_t)row * DIM);
    for (uint32_t i = 0; i < QUERIES; i++)
        draw_point(&centres, &directions, &random, queries.rows + (size_t)i * DIM);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        recalls recall = recall_of_generated(cases[i].metric, &base, &queries);
        print_message("seed %llu, %s: recall@10 %.4f, with ef %d %.4f\n", (unsigned long long)seed,
                      cases[i].name, recall.by_default, NARROW_EF, recall.narrow);
        assert_true(recall.by_default >= RECALL);
        assert_true(recall.narrow >= NARROW_RECALL);
    }
    free(centres.rows);
    free(directions.rows);
    free(base.rows);
    free(queries.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_clusters_are_found_under_every_metric),
        cmocka_unit_test(images_of_digits_are_found),
        cmocka_unit_test(descriptors_of_pictures_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
