/* recall_driver.c - measures whether a recall that is asked for is found.
 *
 * recall_driver METRIC DIM BASE COUNT QUERIES...
 *     METRIC is a number of kith_metric; BASE and each of QUERIES are files of little-endian floats
 *     [count][DIM], of which no query should be a row of BASE. Builds an index over the first COUNT of BASE (0:
 *     all), with one thread, and measures its curve of recall by its own rows (vector/calibrate.h). Then, for each file of queries, k and
 *     target: prints the candidates that the curve says, and how much more than the target walks that keep so many find, by the index's
 *     exact search; "exact" where the curve says that all is to be compared. On 1 core; CPU seconds of the thread. */
#include "driver.h"
#include "vector/calibrate.h"
#include "vector_set.h"

enum { QUERIES_MEASURED = 384, K_MOST = 100 };

static const uint32_t ks[] = {1, 5, 10, 20, 50, K_MOST};
static const double targets[] = {0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct bench {
    vector_view seen;
    uint32_t dim;
    vectors queries;
    hit *truth; /* [queries.count][K_MOST] */
} bench;

static void search(const bench *b, uint32_t query, const vector_search *how, hit *out)
{
    kith_error err = {0};
    uint32_t count = 0;
    if (vector_index_search(&b->seen, b->queries.rows + (size_t)query * b->dim, how, out, &count,
                            NULL, &err) != KITH_OK)
        stop("search", &err);
    if (count < how->k) stop("fewer hits than wanted", NULL);
}

/* Of walks; ties count. */
static double recall_of(const bench *b, uint32_t k, uint32_t ef)
{
    uint64_t found = 0;
    hit hits[K_MOST];
    for (uint32_t i = 0; i < b->queries.count; i++) {
        const hit *truth = b->truth + (size_t)i * K_MOST;
        search(b, i, &(vector_search){.k = k, .ef = ef, .strategy = VECTOR_WALK}, hits);
        for (uint32_t n = 0; n < k; n++)
            found += hits[n].distance <= truth[k - 1].distance;
    }
    return (double)found / b->queries.count / k;
}

static void report(bench *b, const recall_curve *curve, const char *path)
{
    b->queries = read_vectors(path, b->dim);
    b->truth = calloc((size_t)b->queries.count * K_MOST, sizeof *b->truth);
    if (!b->truth) stop("memory", NULL);
    for (uint32_t i = 0; i < b->queries.count; i++)
        search(b, i, &(vector_search){.k = K_MOST, .exact = true}, b->truth + (size_t)i * K_MOST);
    printf("%s, %u queries\n", path, b->queries.count);
    for (size_t i = 0; i < COUNT(ks); i++) {
        printf("  k %u:", ks[i]);
        for (size_t t = 0; t < COUNT(targets); t++) {
            const uint32_t ef = recall_curve_ef(curve, ks[i], targets[t]);
            if (ef == 0)
                printf("  %.3f exact", targets[t]);
            else
                printf("  %.3f ef %u %+.4f", targets[t], ef, recall_of(b, ks[i], ef) - targets[t]);
        }
        printf("\n");
        fflush(stdout);
    }
    free(b->truth);
    free(b->queries.rows);
}

static double cpu_s(void)
{
    return (double)now_ns(CLOCK_THREAD_CPUTIME_ID) / 1e9;
}

int main(int argc, char **argv)
{
    kith_error err = {0};
    recall_curve curve;
    unsigned metric = 0, wanted = 0;
    bench b = {0};
    if (argc < 6 || sscanf(argv[1], "%u", &metric) != 1 || sscanf(argv[2], "%u", &b.dim) != 1 ||
        sscanf(argv[4], "%u", &wanted) != 1)
        stop("recall_driver METRIC DIM BASE COUNT QUERIES...", NULL);
    vectors base = read_vectors(argv[3], b.dim);
    if (wanted > 0 && wanted < base.count) base.count = wanted;
    const double start = cpu_s();
    vector_index *index = build_index(&base, (kith_metric)metric, b.dim);
    const double built = cpu_s();
    b.seen = (vector_view){index, base.count, NULL, base.count};
    const calibration how = {.count = QUERIES_MEASURED, .seed = 1};
    if (vector_calibrate(&b.seen, &how, &curve, &err) != KITH_OK) stop("calibrate", &err);
    printf("%u vectors: built in %.2f s, measured in %.2f s\n", base.count, built - start,
           cpu_s() - built);
    for (int i = 5; i < argc; i++)
        report(&b, &curve, argv[i]);
    vector_index_free(index);
    free(base.rows);
}
