/* Many equal vectors among others, against brute force: none of them is lost, none of the others is hidden by them, and
 * each node is reachable. */
#include "test.h"

#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

enum { ROWS = 4000, NEAR = 40, K = 10, NO_SIGNS = 1000000 };

typedef struct copies {
    uint32_t count;
    bool are_together; /* one after the other, else spread evenly */
    kith_metric metric;
    uint32_t dim, coded_above;
} copies;

static bool is_copy(const vector_set *v, uint32_t row, uint32_t first)
{
    return memcmp(vector_of(v, row), vector_of(v, first), v->dim * sizeof(float)) == 0;
}

/* How many of the K nearest by brute force are among the hits of a search with the default ef. */
static uint32_t count_right(const copies *c, const vector_set *v, const vector_index *ix,
                            const float *query, uint32_t k, uint32_t ef)
{
    kith_error err;
    naive_hit *naive = NULL;
    uint32_t count = 0, right = 0, seen_twice = 0;
    hit *hits = calloc(k, sizeof *hits);
    const vector_view all = view_of_all(ix, NULL);
    const vector_search search = {.k = k, .ef = ef, .strategy = VECTOR_WALK};
    (void)naive_search(c->metric, v, query, NULL, &naive);
    assert_ok(vector_index_search(&all, query, &search, hits, &count, NULL, &err));
    assert_int_equal(count, k);
    for (uint32_t i = 0; i < count; i++) {
        right += naive_distance(c->metric, vector_of(v, hits[i].id), query, v->dim) <=
                 naive[k - 1].distance + 1e-6;
        for (uint32_t j = 0; j < i; j++)
            seen_twice += hits[i].id == hits[j].id;
    }
    assert_int_equal(seen_twice, 0);
    free(naive);
    free(hits);
    return right;
}

static void check_copies(const copies *c)
{
    vector_set v = clustered_vectors(ROWS, c->dim, 9);
    const uint32_t apart = c->are_together ? 1 : (ROWS - 100) / c->count, first = 100;
    for (uint32_t i = 1; i < c->count; i++)
        memcpy(v.rows + (size_t)(first + i * apart) * c->dim, vector_of(&v, first),
               c->dim * sizeof(float));
    vector_index *ix = index_of(
        &v, (vector_index_options){
                .metric = c->metric, .flat_below = 300, .coded_above = c->coded_above, .seed = 5});
    vector_index_check(ix);
    // All copies, when all are asked for.
    const uint32_t all_found =
        count_right(c, &v, ix, vector_of(&v, first), c->count, 2 * c->count + 200);
    // Those that lie around them, and are nearer to a query than they are.
    uint32_t near_found = 0, asked = 0, far_found = 0, far_asked = 0;
    naive_hit *around = NULL;
    (void)naive_search(c->metric, &v, vector_of(&v, first), NULL, &around);
    for (uint32_t i = 0; i < ROWS && asked < NEAR; i++)
        if (!is_copy(&v, around[i].row, first)) {
            near_found += count_right(c, &v, ix, vector_of(&v, around[i].row), K, 0);
            asked++;
        }
    for (uint32_t row = 0; row < ROWS; row += 60)
        if (!is_copy(&v, row, first)) {
            far_found += count_right(c, &v, ix, vector_of(&v, row), K, 0);
            far_asked++;
        }
    const bool is_right = all_found * 100 >= c->count * 85 && near_found * 100 >= asked * K * 90 &&
                          far_found * 100 >= far_asked * K * 95;
    if (!is_right)
        print_error("%u copies %s, metric %d, dim %u, coded above %u: %u copies, %u of %u near, "
                    "%u of %u far\n",
                    c->count, c->are_together ? "together" : "apart", (int)c->metric, c->dim,
                    c->coded_above, all_found, near_found, asked * K, far_found, far_asked * K);
    assert_true(is_right);
    free(around);
    vector_index_free(ix);
    free(v.rows);
}

static void copies_hide_neither_each_other_nor_others(void **state)
{
    (void)state;
    static const uint32_t counts[] = {60, 1000}, dims[] = {32, 96};
    for (size_t n = 0; n < 2; n++)
        for (size_t d = 0; d < 2; d++)
            for (int signs = 0; signs < (dims[d] < 64 ? 1 : 2); signs++)
                for (int together = 0; together < 2; together++)
                    for (int m = 0; m < 2; m++)
                        check_copies(&(copies){.count = counts[n],
                                               .dim = dims[d],
                                               .are_together = together,
                                               .metric = m ? KITH_SQUARED_L2 : KITH_COSINE,
                                               .coded_above = signs ? 300 : NO_SIGNS});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_hide_neither_each_other_nor_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
