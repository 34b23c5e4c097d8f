/* Rows in lists on a disk: what searches find against a naive search, growing, taking back, saving, damage. */
#include "test.h"

#include "os/file.h"
#include "vector/calibrate.h"
#include "vector/vector_estimate.h"
#include "vector/vector_index_lists.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { DIM = 24, ROWS = 12000, K = 10, QUERIES = 60 };

static const kith_metric METRICS[] = {KITH_COSINE, KITH_SQUARED_L2, KITH_INNER_PRODUCT};

/* An eighth of the budget is the tail: 1,024 rows of 64-byte lines, so that there are several runs. */
static vector_index_options small_budget(kith_metric metric, uint32_t dim)
{
    return (vector_index_options){
        .metric = metric,
        .dim = dim,
        .budget = {.bytes = (uint64_t)1024 * ((dim + 15) / 16 * 64) * 8, .directory = "."}};
}

static vector_index *new_index(const vector_index_options *options)
{
    kith_error err;
    vector_index *ix = NULL;
    assert_ok(vector_index_new(options, &ix, &err));
    return ix;
}

static double recall(const vector_view *seen, const vector_set *v, const vector_set *queries,
                     const vector_search *search, const bitset *allowed)
{
    kith_error err;
    uint64_t found = 0, wanted = 0;
    for (uint32_t q = 0; q < queries->count; q++) {
        naive_hit *naive = NULL;
        hit hits[64];
        uint32_t count = 0;
        const float *query = vector_of(queries, q);
        const uint32_t matching =
            naive_search(vector_index_describe(seen->index)->metric, v, query, allowed, &naive);
        const uint32_t k = matching < search->k ? matching : search->k;
        assert_ok(vector_index_search(seen, query, search, hits, &count, NULL, &err));
        assert_int_equal(count, k);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(!allowed || bitset_has(allowed, hits[i].id));
            const double own = naive_distance(vector_index_describe(seen->index)->metric,
                                              vector_of(v, hits[i].id), query, v->dim);
            assert_true(fabs((double)hits[i].distance - own) <= 1e-5 * (1 + fabs(own)));
            found += own <= naive[k - 1].distance + 1e-6;
        }
        wanted += k;
        free(naive);
    }
    return wanted ? (double)found / (double)wanted : 1;
}

static void rows_move_into_lists_when_memory_would_be_too_much(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        vector_set v = clustered_vectors(ROWS, DIM, 3),
                   queries = clustered_vectors(QUERIES, DIM, 3);
        const vector_index_options options = small_budget(METRICS[m], DIM);
        vector_index *ix = new_index(&options);
        kith_error err;
        uint32_t row = 0, moved_at = 0;
        for (uint32_t i = 0; i < ROWS; i++) {
            assert_ok(vector_index_append(ix, vector_of(&v, i), &row, &err));
            assert_int_equal(row, i);
            if (!moved_at && vector_index_has_lists(ix)) moved_at = i;
        }
        assert_true(moved_at > 1024 && moved_at < ROWS / 2);
        assert_int_equal(vector_index_form_for(&options, moved_at + 1), VECTOR_IN_LISTS);
        assert_int_equal(vector_index_form_for(&options, moved_at - 1), VECTOR_IN_MEMORY);
        assert_true(vector_index_bytes(ix) < options.budget.bytes);
        assert_true(vector_index_reclaim(ix));
        const vector_view seen = view_of_all(ix, NULL);
        assert_true(recall(&seen, &v, &queries, &(vector_search){.k = K, .exact = true}, NULL) ==
                    1);
        assert_true(recall(&seen, &v, &queries, &(vector_search){.k = K, .ef = 1000}, NULL) >
                    0.999);
        assert_true(recall(&seen, &v, &queries, &(vector_search){.k = K}, NULL) > 0.95);
        vector_index_free(ix);
        free(v.rows);
        free(queries.rows);
    }
}

/* The least limit of a dimension (kith/budget.h), with which a tail of 32 vectors is an eighth of it, is kept. */
static void the_least_limit_of_a_dimension_is_kept(void **state)
{
    (void)state;
    enum { VECTORS = 300 };
    for (uint32_t dim = 1024; dim <= 16384; dim *= 4) {
        vector_set v = clustered_vectors(VECTORS, dim, 6);
        const vector_index_options options = {
            .metric = KITH_COSINE,
            .dim = dim,
            .budget = {.bytes = (uint64_t)dim * 1024, .directory = "."}};
        vector_index *ix = new_index(&options);
        kith_error err;
        uint32_t row = 0;
        size_t most = 0;
        for (uint32_t i = 0; i < VECTORS; i++) {
            assert_ok(vector_index_append(ix, vector_of(&v, i), &row, &err));
            if (vector_index_bytes(ix) > most) most = vector_index_bytes(ix);
        }
        print_message("%u dimensions: %zu of %llu bytes\n", dim, most,
                      (unsigned long long)options.budget.bytes);
        assert_true(vector_index_has_lists(ix));
        assert_true(most <= options.budget.bytes);
        vector_index_free(ix);
        free(v.rows);
    }
}

/* Where those that are asked for have enough rows for the hits. */
static void as_many_lists_are_read_as_are_asked_for(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 5);
    vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    options.budget.bytes +=
        options.budget.bytes / 2; // or there would be 64 lists, whose shares are exact
    vector_index *ix = new_index(&options);
    append_all(ix, &v);
    const vector_view seen = view_of_all(ix, NULL);
    vector_search_plan plan = {0};
    uint32_t asked = 3, of = 0;
    do {
        hit nearest;
        uint32_t count = 0;
        const vector_search search = {.k = 1, .lists = asked, .strategy = VECTOR_LISTS};
        assert_ok(
            vector_index_search(&seen, vector_of(&v, 7), &search, &nearest, &count, &plan, &err));
        assert_string_equal(plan.kind, "lists");
        assert_int_equal(plan.lists, asked);
        of = (uint32_t)plan.lists_of;
    } while (++asked < of);
    print_message("%u lists\n", of);
    assert_true(of > 25 && of % 64 != 0);
    vector_index_free(ix);
    free(v.rows);
}

static void fewer_lists_are_read_than_there_are(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 5);
    const vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    vector_index *ix = new_index(&options);
    append_all(ix, &v);
    const vector_view seen = view_of_all(ix, NULL);
    hit hits[K];
    uint32_t count = 0;
    vector_search_plan plan = {0};
    assert_ok(vector_index_search(&seen, vector_of(&v, 7), &(vector_search){.k = K, .ef = 3}, hits,
                                  &count, &plan, &err));
    assert_string_equal(plan.kind, "lists");
    assert_int_equal(plan.lists, 3);
    assert_true(plan.lists_of > 20);
    assert_false(plan.is_exact);
    assert_true(plan.estimates > 0 && plan.estimates < ROWS / 2);
    assert_true(plan.bytes_read > 0 && plan.reads > 0);
    assert_int_equal(hits[0].id, 7);
    vector_index_free(ix);
    free(v.rows);
}

/* A search may begin with a list of what matches just before the rows are moved into lists on the disk. */
static void only_rows_that_live_and_match_are_found(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(ROWS, DIM, 7), queries = clustered_vectors(QUERIES, DIM, 7);
    const vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    vector_index *ix = new_index(&options);
    append_all(ix, &v);
    const uint32_t every[] = {2, 10, 300, 5000};
    bitset *live = all_live(ROWS);
    for (uint32_t row = 0; row < ROWS; row += 3)
        bitset_clear(live, row);
    const vector_view seen = view_of_all(ix, live);
    for (size_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        bitset *filter = bitset_new(ROWS), *both = bitset_new(ROWS);
        for (uint32_t row = 0; row < ROWS; row += every[i])
            bitset_set(filter, row);
        bitset_or(both, filter);
        bitset_and(both, live);
        const vector_search search = {.k = K, .filter = filter};
        assert_true(recall(&seen, &v, &queries, &search, both) > 0.97);
        uint32_t *listed = calloc(ROWS, sizeof *listed), count = 0;
        for (uint32_t row = 0; row < ROWS; row++)
            if (bitset_has(both, row)) listed[count++] = row;
        const vector_search by_list = {.k = K, .listed = listed, .listed_count = count};
        assert_true(recall(&seen, &v, &queries, &by_list, both) > 0.97);
        free(listed);
        bitset_free(filter);
        bitset_free(both);
    }
    bitset_free(live);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void rows_that_were_taken_back_are_replaced_also_in_runs(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 11), queries = clustered_vectors(QUERIES, DIM, 11);
    vector_set wrong = clustered_vectors(ROWS, DIM, 12);
    const vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    vector_index *ix = new_index(&options);
    uint32_t row = 0;
    const uint32_t ends[] = {300, 2000, 6000, 9000, ROWS}; // before and after the move
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const uint32_t published = vector_index_rows(ix);
        for (uint32_t r = published; r < ends[i]; r++)
            assert_ok(vector_index_append(ix, vector_of(&wrong, r), &row, &err));
        vector_index_truncate(ix, published);
        assert_int_equal(vector_index_rows(ix), published);
        for (uint32_t r = published; r < ends[i]; r++) {
            assert_ok(vector_index_append(ix, vector_of(&v, r), &row, &err));
            assert_int_equal(row, r);
        }
    }
    const vector_view seen = view_of_all(ix, NULL);
    assert_true(recall(&seen, &v, &queries, &(vector_search){.k = K, .exact = true}, NULL) == 1);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
    free(wrong.rows);
}

/* ---- parts of a generation ---- */

typedef struct parts {
    buffer lists, codes, vectors;
} parts;

static void write_parts(const vector_view *seen, parts *out)
{
    kith_error err;
    ivf_writing *w = NULL;
    assert_ok(vector_index_plan_lists(seen, &w, &err));
    buffer_init(&out->lists, SIZE_MAX / 2);
    buffer_init(&out->codes, SIZE_MAX / 2);
    buffer_init(&out->vectors, SIZE_MAX / 2);
    ivf_write_lists(w, &out->lists);
    ivf_write_codes(w, &out->codes);
    ivf_write_vectors(w, &out->vectors);
    assert_int_equal(out->lists.failed, KITH_OK);
    assert_int_equal(out->codes.failed, KITH_OK);
    assert_int_equal(out->vectors.failed, KITH_OK);
    ivf_writing_free(w);
}

static void free_parts(parts *p)
{
    buffer_done(&p->lists);
    buffer_done(&p->codes);
    buffer_done(&p->vectors);
}

/* A file without a name with the bytes; *out_fd, if any, for who damages it. */
static paged_file *file_of(const buffer *bytes, const char *name, int *out_fd)
{
    kith_error err;
    paged_file *f = NULL;
    paged_writer w = {0};
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    assert_true(fd >= 0);
    assert_ok(paged_file_new(&file_ops_posix, fd, name, &f, &err));
    assert_ok(paged_writer_begin(&w, f, &err));
    assert_ok(paged_writer_put(&w, buffer_view(bytes), &err));
    assert_ok(paged_writer_end(&w, &err));
    paged_writer_done(&w);
    if (out_fd) *out_fd = fd;
    return f;
}

typedef struct files {
    ivf_parts parts;
    int codes_fd, vectors_fd;
} files;

static files files_of(const parts *p)
{
    files f = {.parts = {.lists = buffer_view(&p->lists),
                         .code_bytes = buffer_view(&p->codes).size,
                         .vector_bytes = buffer_view(&p->vectors).size}};
    f.parts.codes = file_of(&p->codes, "codes", &f.codes_fd);
    f.parts.vectors = file_of(&p->vectors, "vectors", &f.vectors_fd);
    return f;
}

static void release_files(files *f)
{
    paged_file_release(f->parts.codes);
    paged_file_release(f->parts.vectors);
}

static void an_estimate_is_what_lists_take(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 37);
    const vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    vector_index *ix = new_index(&options), *opened = NULL;
    vector_estimate e;
    parts p;
    append_all(ix, &v);
    const vector_view seen = view_of_all(ix, NULL);
    write_parts(&seen, &p);
    files f = files_of(&p);
    assert_ok(vector_index_open_lists(&options, &f.parts, &opened, &err));
    assert_ok(vector_index_estimate(&options, ROWS, &e, &err));
    assert_int_equal(e.graph + e.codes + e.slots, 0);
    assert_int_equal(e.lists_disk, buffer_view(&p.codes).size + buffer_view(&p.vectors).size);
    assert_int_equal(e.vectors, options.budget.bytes / 8);
    // Without a tail; lists are counted from the rows that there were when they were made.
    const double used = (double)vector_index_bytes(opened);
    assert_true(used < (double)e.lists * 1.02 + 8192 && // the structures themselves
                used > (double)e.lists * 0.75);
    assert_true(vector_estimate_memory(&e) < options.budget.bytes);
    vector_index_free(opened);
    vector_index_free(ix);
    release_files(&f);
    free_parts(&p);
    free(v.rows);
}

static void what_is_saved_is_found_after_it_was_opened_and_adopted(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        kith_error err;
        vector_set v = clustered_vectors(ROWS, DIM, 13),
                   queries = clustered_vectors(QUERIES, DIM, 13);
        const vector_index_options options = small_budget(METRICS[m], DIM);
        vector_index *ix = new_index(&options), *opened = NULL;
        bitset *live = all_live(ROWS);
        parts p;
        uint32_t row = 0;
        for (uint32_t i = 0; i < ROWS - 2000; i++)
            assert_ok(vector_index_append(ix, vector_of(&v, i), &row, &err));
        bitset early = {live->words, ROWS - 2000};
        for (uint32_t r = 0; r < 2000; r++)
            bitset_clear(live, r * 5);
        bitset *saved = bitset_new(ROWS - 2000);
        for (uint32_t r = 0; r < saved->count; r++)
            if (bitset_has(live, r)) bitset_set(saved, r);
        (void)early;
        const vector_view seen = {ix, ROWS - 2000, saved, bitset_popcount(saved)};
        write_parts(&seen, &p);
        for (uint32_t i = ROWS - 2000; i < ROWS; i++)
            assert_ok(vector_index_append(ix, vector_of(&v, i), &row, &err));
        files f = files_of(&p);
        ivf_run *run = NULL;
        assert_ok(vector_index_read_lists(ix, &f.parts, &run, &err));
        assert_ok(vector_index_adopt_lists(ix, run, &err));
        const vector_view all = view_of_all(ix, live);
        const vector_search exact = {.k = K, .exact = true}, near = {.k = K};
        assert_true(recall(&all, &v, &queries, &exact, live) == 1);
        assert_true(recall(&all, &v, &queries, &near, live) > 0.95);
        float own[DIM], distance = 1;
        assert_ok(vector_index_copy_row(ix, 1, own, &err));
        assert_ok(vector_index_distances(ix, vector_of(&v, 1), &(uint32_t){1}, 1, &distance, &err));
        if (METRICS[m] == KITH_SQUARED_L2) {
            assert_memory_equal(own, vector_of(&v, 1), sizeof own);
            assert_true(distance == 0);
        }
        // The state that was saved is the one that is opened; it takes the rest again.
        assert_ok(vector_index_open_lists(&options, &f.parts, &opened, &err));
        assert_int_equal(vector_index_rows(opened), ROWS - 2000);
        assert_false(vector_index_has_row(opened, 0));
        assert_true(vector_index_has_row(opened, 1));
        for (uint32_t i = ROWS - 2000; i < ROWS; i++)
            assert_ok(vector_index_append(opened, vector_of(&v, i), &row, &err));
        const vector_view again = view_of_all(opened, live);
        assert_true(recall(&again, &v, &queries, &exact, live) == 1);
        assert_true(recall(&again, &v, &queries, &near, live) > 0.95);
        vector_index_free(opened);
        vector_index_free(ix);
        release_files(&f);
        free_parts(&p);
        bitset_free(saved);
        bitset_free(live);
        free(v.rows);
        free(queries.rows);
    }
}

static void a_flipped_bit_is_an_error_of_the_search_that_reads_it(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 17);
    const vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    vector_index *ix = new_index(&options), *opened = NULL;
    append_all(ix, &v);
    const vector_view seen = view_of_all(ix, NULL);
    parts p;
    write_parts(&seen, &p);
    for (int which = 0; which < 2; which++) {
        files f = files_of(&p);
        const int fd = which ? f.vectors_fd : f.codes_fd;
        char byte = 0;
        assert_int_equal(pread(fd, &byte, 1, 5000), 1);
        byte = (char)(byte ^ 4);
        assert_int_equal(pwrite(fd, &byte, 1, 5000), 1);
        assert_ok(vector_index_open_lists(&options, &f.parts, &opened, &err));
        const vector_view all = view_of_all(opened, NULL);
        hit hits[K];
        uint32_t count = 77;
        assert_int_equal(vector_index_search(&all, vector_of(&v, 0),
                                             &(vector_search){.k = K, .exact = true}, hits, &count,
                                             NULL, &err),
                         KITH_ERR_CORRUPT);
        assert_non_null(strstr(err.message, which ? "vectors: page 1" : "codes: page 1"));
        assert_int_equal(count, 77);
        assert_int_equal(ftruncate(fd, 4096), 0);
        assert_int_equal(vector_index_search(&all, vector_of(&v, 0),
                                             &(vector_search){.k = K, .exact = true}, hits, &count,
                                             NULL, &err),
                         KITH_ERR_IO);
        vector_index_free(opened);
        opened = NULL;
        release_files(&f);
    }
    free_parts(&p);
    vector_index_free(ix);
    free(v.rows);
}

static void lists_that_cannot_be_are_refused(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 19);
    const vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    vector_index *ix = new_index(&options), *opened = NULL;
    append_all(ix, &v);
    const vector_view seen = view_of_all(ix, NULL);
    parts p;
    write_parts(&seen, &p);
    files f = files_of(&p);
    const view lists = buffer_view(&p.lists);
    char *bytes = malloc(lists.size);
    assert_non_null(bytes);
    rng random = {23};
    for (uint32_t i = 0; i < 400; i++) { // numbers of the head, counts and entries
        memcpy(bytes, lists.data, lists.size);
        const size_t words = lists.size / 4;
        const size_t word = i < 24 ? i / 4 : words - 1 - rng_below(&random, ROWS);
        bytes[word * 4 + i % 4] = (char)(bytes[word * 4 + i % 4] ^ (1 << rng_below(&random, 8)));
        if (word == 4) continue; // of how many rows the partition was made: any number is good
        ivf_parts damaged = f.parts;
        damaged.lists = (view){bytes, lists.size};
        assert_int_equal(vector_index_open_lists(&options, &damaged, &opened, &err),
                         KITH_ERR_CORRUPT);
        damaged.lists = (view){lists.data, word};
        assert_int_equal(vector_index_open_lists(&options, &damaged, &opened, &err),
                         KITH_ERR_CORRUPT);
    }
    free(bytes);
    release_files(&f);
    free_parts(&p);
    vector_index_free(ix);
    free(v.rows);
}

static void a_directory_without_room_leaves_rows_in_memory(void **state)
{
    (void)state;
    vector_set v = clustered_vectors(ROWS, DIM, 29), queries = clustered_vectors(QUERIES, DIM, 29);
    vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    options.budget.directory = "./there is no such directory";
    vector_index *ix = new_index(&options);
    append_all(ix, &v);
    assert_false(vector_index_has_lists(ix));
    const vector_view seen = view_of_all(ix, NULL);
    assert_true(recall(&seen, &v, &queries, &(vector_search){.k = K, .exact = true}, NULL) == 1);
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

static void lists_are_measured_by_rows_that_are_hidden(void **state)
{
    (void)state;
    kith_error err;
    vector_set v = clustered_vectors(ROWS, DIM, 31), queries = clustered_vectors(200, DIM, 31);
    const vector_index_options options = small_budget(KITH_SQUARED_L2, DIM);
    vector_index *ix = new_index(&options);
    append_all(ix, &v);
    const vector_view seen = view_of_all(ix, NULL);
    recall_curve curve;
    assert_ok(vector_calibrate(&seen, &(calibration){.count = 200, .seed = 1}, &curve, &err));
    assert_int_equal(curve.queries, 200);
    const double targets[] = {0.8, 0.9, 0.95, 0.99};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const uint32_t probes = recall_curve_ef(&curve, K, targets[i]);
        assert_true(probes > 0);
        const vector_search search = {.k = K, .ef = probes};
        assert_true(recall(&seen, &v, &queries, &search, NULL) > targets[i] - 0.03);
    }
    vector_index_free(ix);
    free(v.rows);
    free(queries.rows);
}

int main(void)
{
    if (UNDER_TSAN) return 0; // one thread: searches beside changes of lists are in test_db_lists.c
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_move_into_lists_when_memory_would_be_too_much),
        cmocka_unit_test(the_least_limit_of_a_dimension_is_kept),
        cmocka_unit_test(as_many_lists_are_read_as_are_asked_for),
        cmocka_unit_test(fewer_lists_are_read_than_there_are),
        cmocka_unit_test(only_rows_that_live_and_match_are_found),
        cmocka_unit_test(rows_that_were_taken_back_are_replaced_also_in_runs),
        cmocka_unit_test(an_estimate_is_what_lists_take),
        cmocka_unit_test(what_is_saved_is_found_after_it_was_opened_and_adopted),
        cmocka_unit_test(a_flipped_bit_is_an_error_of_the_search_that_reads_it),
        cmocka_unit_test(lists_that_cannot_be_are_refused),
        cmocka_unit_test(a_directory_without_room_leaves_rows_in_memory),
        cmocka_unit_test(lists_are_measured_by_rows_that_are_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
