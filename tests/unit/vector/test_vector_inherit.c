/* Rows that take over the vectors of those that they replace: no node is made or changed for them, and searches of any
 * view, old or new, find what brute force over the view's rows finds. */
#include "test.h"

#include "unnamed_file_for_test.h"
#include "vector/vector_index_lists.h"
#include "vector/vector_index_private.h"
#include "vectors_for_test.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum {
    K = 10,
    VECTORS = 1500,
    POINTS = 900,
    ROWS_MAX = 64000,
    HELD = 3,
    CHANGES_MAX = 400,
    GROUPS = 4 /* vectors that many points have, where there are copies */
};

/* A snapshot: which rows are live, of a number of rows. */
typedef struct state {
    bitset *live;
    uint32_t rows, live_count;
} state;

/* An index over rows of points, with what each row has, and states that searches may still hold. */
typedef struct model {
    vector_index *ix;
    vector_set vectors;
    uint32_t *vector_of_row; /* [ROWS_MAX] */
    uint32_t row_of_point[POINTS];
    state now, held[HELD];
    uint32_t shared;  /* rows that took over a vector */
    uint32_t adopted; /* generations that are read in the place of vectors */
    uint32_t copies;  /* per cent of the points that come have one of the first GROUPS vectors */
    kith_metric metric;
    rng random;
} model;

static state copy_state(const state *from)
{
    state s = *from;
    s.live = bitset_new(ROWS_MAX);
    assert_non_null(s.live);
    memcpy(s.live->words, from->live->words, ROWS_MAX / 8);
    return s;
}

static model new_model(const vector_index_options *options, uint64_t seed)
{
    kith_error err;
    model m = {.vectors = clustered_vectors(VECTORS, options->dim, seed),
               .vector_of_row = calloc(ROWS_MAX, sizeof(uint32_t)),
               .now = {.live = bitset_new(ROWS_MAX)},
               .metric = options->metric,
               .random = {seed}};
    assert_true(m.vector_of_row && m.now.live);
    memset(m.row_of_point, 0xff, sizeof m.row_of_point);
    assert_ok(vector_index_new(options, &m.ix, &err));
    for (uint32_t i = 0; i < HELD; i++)
        m.held[i] = copy_state(&m.now);
    return m;
}

static void free_model(model *m)
{
    vector_index_free(m->ix);
    bitset_free(m->now.live);
    for (uint32_t i = 0; i < HELD; i++)
        bitset_free(m->held[i].live);
    free(m->vector_of_row);
    free(m->vectors.rows);
}

static vector_index_options graph_options(uint32_t dim)
{
    return (vector_index_options){.metric = KITH_SQUARED_L2,
                                  .dim = dim,
                                  .flat_below = 100,
                                  .coded_above = 200,
                                  .neighbors = 8,
                                  .ef_construction = 60};
}

static vector_index_options lists_options(uint32_t dim)
{
    return (vector_index_options){
        .metric = KITH_SQUARED_L2,
        .dim = dim,
        .budget = {.bytes = (uint64_t)60 * ((dim + 15) / 16 * 64) * 8, .directory = "."}};
}

/* Vectors are on a disk once there are more than flat_below, but for the last 700. */
static vector_index_options compact_options(uint32_t dim)
{
    vector_index_options options = graph_options(dim);
    options.budget = (vector_budget){.bytes = 2 << 20, .is_compact = true, .directory = "."};
    return options;
}

static vector_view seen_by(const model *m, const state *s, bitset *live)
{
    *live = (bitset){s->live->words, s->rows};
    return (vector_view){m->ix, s->rows, live, s->live_count};
}

static void kill_row(model *m, uint32_t row)
{
    bitset_clear(m->now.live, row);
    m->now.live_count--;
}

static void add_row(model *m, uint32_t point, uint32_t vector, uint32_t row)
{
    assert_int_equal(row, m->now.rows);
    m->vector_of_row[row] = vector;
    m->row_of_point[point] = row;
    bitset_set(m->now.live, row);
    m->now.rows++;
    m->now.live_count++;
}

/* The point gets a new row with this vector. *orphan: the row that died and passed nothing on; UINT32_MAX: none. */
static void put(model *m, uint32_t point, uint32_t vector, uint32_t *orphan)
{
    kith_error err;
    uint32_t row = 0;
    const uint32_t former = m->row_of_point[point];
    const float *v = vector_of(&m->vectors, vector);
    *orphan = UINT32_MAX;
    if (former == UINT32_MAX) {
        assert_ok(vector_index_append(m->ix, v, &row, &err));
    } else {
        bool is_same = false;
        assert_ok(vector_index_append_after(m->ix, former, v, &row, &is_same, &err));
        assert_true(!is_same || m->vector_of_row[former] == vector);
        m->shared += is_same;
        if (!is_same) *orphan = former;
        kill_row(m, former);
    }
    add_row(m, point, vector, row);
}

static uint32_t draw_vector(model *m)
{
    const bool is_copy = rng_below(&m->random, 100) < m->copies;
    return rng_below(&m->random, is_copy ? GROUPS : VECTORS);
}

/* One change: some points are put, with their vector or another, and some go, whose vectors may be those of others that
 * come. Half of the time orphans' vectors are looked for; now and then it is taken back. */
static void change(model *m, uint32_t most)
{
    kith_error err;
    uint32_t orphans[2 * CHANGES_MAX], orphan_count = 0, orphan = 0;
    const state before = copy_state(&m->now);
    uint32_t points_before[POINTS];
    memcpy(points_before, m->row_of_point, sizeof points_before);
    for (uint32_t i = 0; i < most; i++) {
        const uint32_t point = rng_below(&m->random, POINTS), what = rng_below(&m->random, 10);
        const uint32_t row = m->row_of_point[point];
        if (row == UINT32_MAX || what == 0) {
            put(m, point, draw_vector(m), &orphan);
        } else if (what == 1) { // goes, and another point may come with its vector
            const uint32_t other = rng_below(&m->random, POINTS);
            kill_row(m, row);
            m->row_of_point[point] = UINT32_MAX;
            orphan = row;
            if (m->row_of_point[other] == UINT32_MAX) {
                if (row < before.rows) orphans[orphan_count++] = row;
                put(m, other, m->vector_of_row[row], &orphan);
            }
        } else {
            put(m, point, m->vector_of_row[row], &orphan);
        }
        if (orphan < before.rows) orphans[orphan_count++] = orphan;
    }
    if (rng_below(&m->random, 2))
        assert_ok(vector_index_inherit(m->ix, &(bitset){m->now.live->words, m->now.rows},
                                       before.rows, orphans, orphan_count, &err));
    if (rng_below(&m->random, 8) == 0) {
        vector_index_truncate(m->ix, before.rows);
        bitset_free(m->now.live);
        m->now = before;
        memcpy(m->row_of_point, points_before, sizeof points_before);
        return;
    }
    vector_index_enter(m->ix, before.rows);
    bitset_free(before.live);
}

static void hold(model *m, uint32_t i)
{
    bitset_free(m->held[i].live);
    m->held[i] = copy_state(&m->now);
}

static void link_some(model *m, uint32_t most)
{
    kith_error err;
    assert_ok(vector_index_link(m->ix, m->now.rows, most, NULL, NULL, &err));
}

static void link_all_rows(model *m)
{
    while (vector_index_unlinked(m->ix, m->now.rows) > 0)
        link_some(m, 256);
}

/* Dead rows go: so no older state may be looked at any more. */
static void remove_dead_rows(model *m)
{
    kith_error err;
    bitset live;
    const vector_view seen = seen_by(m, &m->now, &live);
    assert_ok(vector_index_remove(m->ix, &seen, &err));
    for (uint32_t i = 0; i < HELD; i++)
        hold(m, i);
    vector_index_check(m->ix);
}

static void reclaim(model *m)
{
    for (int i = 0; i < 3 && !vector_index_reclaim(m->ix); i++)
        ;
    assert_true(vector_index_reclaim(m->ix));
    vector_index_check(m->ix);
}

/* All vectors, the graph and the codes; what a saved index has. Free with buffer_done. */
static void write_index(const vector_index *ix, buffer *out)
{
    buffer_init(out, 256 << 20);
    vector_index_write(ix, out);
    assert_int_equal(out->failed, KITH_OK);
}

static void save_and_read(model *m)
{
    kith_error err;
    buffer bytes;
    vector_index *read = NULL;
    write_index(m->ix, &bytes);
    assert_ok(vector_index_read(buffer_view(&bytes), &read, &err));
    vector_index_check(read);
    assert_int_equal(vector_index_rows(read), m->now.rows);
    vector_index_free(m->ix);
    m->ix = read;
    buffer_done(&bytes);
    for (uint32_t i = 0; i < HELD; i++)
        hold(m, i); // of dead rows nothing is kept that they shared
}

/* A generation is saved while rows come, and read from then on. */
static void save_and_adopt(model *m)
{
    bitset live;
    buffer bytes;
    const state then = copy_state(&m->now);
    const vector_view seen = seen_by(m, &then, &live);
    buffer_init(&bytes, 256 << 20);
    vector_index_note_saving(m->ix);
    vector_index_write_rows(&seen, &bytes);
    assert_int_equal(bytes.failed, KITH_OK);
    const uint32_t slots = vector_index_slots(&seen);
    change(m, 50);
    for (uint32_t i = 0; i < HELD; i++)
        hold(m, i);
    paged_file *file = file_of(&bytes, NULL);
    if (vector_index_adopt_vectors(m->ix, &seen, file, slots))
        m->adopted++;
    else
        paged_file_release(file);
    buffer_done(&bytes);
    bitset_free(then.live);
}

static void save(model *m)
{
    const vector_form form = vector_index_form(m->ix);
    if (form == VECTOR_COMPACT) save_and_adopt(m);
    if (form == VECTOR_IN_MEMORY && m->ix->leaving_count == 0) save_and_read(m);
}

/* The share of the K nearest that searches of a state find; some of them by a filter. Each hit is a live row, once, with its
 * distance; exact searches find all. */
static double judge(const model *m, const state *s, uint32_t queries)
{
    kith_error err;
    uint32_t wanted = 0, found = 0;
    bitset live, *filter = bitset_new(s->rows);
    const vector_view seen = seen_by(m, s, &live);
    assert_non_null(filter);
    for (uint32_t q = 0; q < queries; q++) {
        const bool is_copy = m->copies > 0 && q < GROUPS;
        const float *query = vector_of(&m->vectors, is_copy ? q : q * 37 % VECTORS);
        const bool is_filtered = q % 2;
        hit exact[K], hits[K], nearest[K];
        uint32_t exact_count = 0, count = 0;
        topk best = {.heap = nearest, .k = K};
        for (uint32_t row = 0; row < s->rows; row++) {
            if (row % 3 == q % 3)
                bitset_set(filter, row);
            else
                bitset_clear(filter, row);
            if (!bitset_has(s->live, row) || (is_filtered && !bitset_has(filter, row))) continue;
            const float *v = vector_of(&m->vectors, m->vector_of_row[row]);
            (void)topk_offer(&best, (float)naive_distance(m->metric, v, query, m->vectors.dim),
                             row);
        }
        topk_sort(&best);
        vector_search search = {
            .k = K, .exact = true, .filter = is_filtered ? filter : NULL, .ef = 100};
        assert_ok(vector_index_search(&seen, query, &search, exact, &exact_count, NULL, &err));
        search.exact = false;
        assert_ok(vector_index_search(&seen, query, &search, hits, &count, NULL, &err));
        assert_int_equal(exact_count, best.count);
        assert_int_equal(count, best.count);
        for (uint32_t i = 0; i < count; i++) {
            const float *v = vector_of(&m->vectors, m->vector_of_row[hits[i].id]);
            assert_true(hits[i].id < s->rows && bitset_has(s->live, hits[i].id));
            assert_true(!is_filtered || bitset_has(filter, hits[i].id));
            for (uint32_t j = 0; j < i; j++)
                assert_int_not_equal(hits[i].id, hits[j].id);
            assert_float_equal(hits[i].distance,
                               naive_distance(m->metric, v, query, m->vectors.dim), 1e-4);
            assert_float_equal(exact[i].distance, nearest[i].distance, 1e-4);
            found += hits[i].distance <= exact[count - 1].distance + 1e-5F;
            wanted++;
        }
    }
    bitset_free(filter);
    return wanted ? (double)found / wanted : 1;
}

static void judge_all(const model *m, double least)
{
    assert_true(judge(m, &m->now, 6) >= least);
    for (uint32_t i = 0; i < HELD; i++)
        assert_true(judge(m, &m->held[i], 4) >= least);
}

static void random_operations_agree_with_brute_force(const vector_index_options *options,
                                                     uint32_t copies, uint64_t seed)
{
    model m = new_model(options, seed);
    m.copies = copies;
    change(&m, 400);
    change(&m, 400);
    for (uint32_t step = 0; step < 200 && m.now.rows < ROWS_MAX - CHANGES_MAX; step++) {
        const uint32_t what = rng_below(&m.random, 12);
        if (what < 6) change(&m, rng_below(&m.random, 120));
        if (what == 6) hold(&m, rng_below(&m.random, HELD));
        if (what == 7 || what == 8) link_some(&m, 1 + rng_below(&m.random, 300));
        if (what == 9) remove_dead_rows(&m);
        if (what == 10) reclaim(&m);
        if (what == 11) save(&m);
        if (step % 10 == 0) judge_all(&m, 0.8);
    }
    link_all_rows(&m);
    print_message("%u dimensions, metric %d, %u %% copies: %u rows, %u live, %u shared, %u in "
                  "memory, %u nodes, %s: recall %.4f\n",
                  options->dim, (int)m.metric, copies, m.now.rows, m.now.live_count, m.shared,
                  vector_index_vectors(m.ix), graph_linked(&m.ix->graph),
                  vector_index_has_lists(m.ix) ? "lists"
                  : m.adopted                  ? "compact"
                                               : "graph",
                  judge(&m, &m.now, 40));
    assert_true(m.shared > 1000);
    assert_int_equal(vector_index_form(m.ix) == VECTOR_COMPACT, m.adopted > 0);
    assert_true(judge(&m, &m.now, 40) >= 0.95);
    free_model(&m);
}

static void any_order_of_operations_is_right(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        vector_index_options options = graph_options(12);
        random_operations_agree_with_brute_force(&options, 0, seed);
        options = graph_options(96);
        random_operations_agree_with_brute_force(&options, 0, seed + 10);
    }
}

/* Of some copies, of many, and of nothing else, by each metric. */
static void any_order_of_operations_is_right_with_copies(void **unused)
{
    (void)unused;
    static const uint32_t copies[] = {30, 90, 100};
    static const kith_metric metrics[] = {KITH_SQUARED_L2, KITH_COSINE, KITH_INNER_PRODUCT};
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t j = 0; j < 3; j++) {
            vector_index_options options = graph_options(j % 2 ? 12 : 96);
            options.metric = metrics[j];
            random_operations_agree_with_brute_force(&options, copies[i], 40 + 3 * i + j);
            if (j > 0) continue;
            options = compact_options(96);
            random_operations_agree_with_brute_force(&options, copies[i], 50 + i);
            options = lists_options(24);
            random_operations_agree_with_brute_force(&options, copies[i], 60 + i);
        }
}

static void any_order_of_operations_is_right_in_a_compact_index(void **unused)
{
    (void)unused;
    for (uint64_t seed = 31; seed <= 33; seed++) {
        const vector_index_options options = compact_options(96);
        random_operations_agree_with_brute_force(&options, 0, seed);
    }
}

static void any_order_of_operations_is_right_in_lists(void **unused)
{
    (void)unused;
    for (uint64_t seed = 21; seed <= 23; seed++) {
        const vector_index_options options = lists_options(24);
        random_operations_agree_with_brute_force(&options, 0, seed);
    }
}

/* Every point gets a new row ten times over: the graph, the codes and the vectors stay as they are, byte by byte, and so
 * does the memory for them. */
static void nothing_is_linked_where_vectors_stay(void **unused)
{
    (void)unused;
    for (uint32_t dim = 12; dim <= 96; dim += 84) {
        const vector_index_options options = graph_options(dim);
        model m = new_model(&options, 5);
        uint32_t orphan = 0;
        for (uint32_t i = 0; i < POINTS; i++)
            put(&m, i, i, &orphan);
        vector_index_enter(m.ix, 0);
        link_all_rows(&m);
        buffer before, after;
        buffer_init(&before, 64 << 20);
        buffer_init(&after, 64 << 20);
        graph_write(&m.ix->graph, &before);
        for (uint32_t turn = 0; turn < 10; turn++) {
            const uint32_t first = m.now.rows;
            for (uint32_t i = 0; i < POINTS; i++) {
                put(&m, i, i, &orphan);
                assert_int_equal(orphan, UINT32_MAX);
            }
            vector_index_enter(m.ix, first);
            link_all_rows(&m);
            assert_int_equal(vector_index_linked(m.ix), m.now.rows);
            remove_dead_rows(&m);
            assert_int_equal(m.ix->leaving_count, 0);
        }
        graph_write(&m.ix->graph, &after);
        assert_int_equal(before.size, after.size);
        assert_memory_equal(before.data, after.data, before.size);
        assert_int_equal(vector_index_vectors(m.ix), POINTS);
        assert_int_equal(graph_linked(&m.ix->graph), POINTS);
        assert_true(judge(&m, &m.now, 30) >= 0.97);
        buffer_done(&before);
        buffer_done(&after);
        free_model(&m);
    }
}

/* What a search of an old view does and finds does not change when all of its rows have passed their vectors on. */
static void an_old_view_is_walked_as_before(void **unused)
{
    (void)unused;
    enum { QUERIES = 20 };
    for (uint32_t dim = 12; dim <= 96; dim += 84) {
        const vector_index_options options = graph_options(dim);
        kith_error err;
        model m = new_model(&options, 9);
        uint32_t orphan = 0, count = 0;
        static hit before[QUERIES][K], after[K];
        vector_search_plan plan, plan_before[QUERIES];
        const vector_search search = {.k = K, .ef = 40, .strategy = VECTOR_WALK};
        for (uint32_t i = 0; i < POINTS; i++)
            put(&m, i, i, &orphan);
        vector_index_enter(m.ix, 0);
        link_all_rows(&m);
        hold(&m, 0);
        bitset live;
        const vector_view old = seen_by(&m, &m.held[0], &live);
        for (uint32_t q = 0; q < QUERIES; q++)
            assert_ok(vector_index_search(&old, vector_of(&m.vectors, POINTS + q), &search,
                                          before[q], &count, &plan_before[q], &err));
        for (uint32_t turn = 0; turn < 3; turn++)
            for (uint32_t i = 0; i < POINTS; i++)
                put(&m, i, i, &orphan);
        vector_index_enter(m.ix, POINTS);
        link_all_rows(&m);
        for (uint32_t q = 0; q < QUERIES; q++) {
            assert_ok(vector_index_search(&old, vector_of(&m.vectors, POINTS + q), &search, after,
                                          &count, &plan, &err));
            assert_string_equal(plan.kind, "graph");
            assert_int_equal(plan.distances, plan_before[q].distances);
            assert_memory_equal(after, before[q], sizeof after);
        }
        free_model(&m);
    }
}

/* A row that was given another vector is linked, and finds its own distance. */
static void a_vector_that_changed_in_one_bit_is_another_one(void **unused)
{
    (void)unused;
    kith_error err;
    const vector_index_options options = graph_options(12);
    model m = new_model(&options, 6);
    uint32_t orphan = 0, row = 0;
    bool is_same = true;
    for (uint32_t i = 0; i < POINTS; i++)
        put(&m, i, i, &orphan);
    float changed[12];
    memcpy(changed, vector_of(&m.vectors, 7), sizeof changed);
    assert_ok(vector_index_append_after(m.ix, 7, changed, &row, &is_same, &err));
    assert_true(is_same);
    vector_index_truncate(m.ix, POINTS);
    changed[11] = nextafterf(changed[11], 1000);
    assert_ok(vector_index_append_after(m.ix, 7, changed, &row, &is_same, &err));
    assert_false(is_same);
    assert_int_equal(vector_index_vectors(m.ix), POINTS + 1);
    free_model(&m);
}

/* Copies of one vector, which have one node: each row that comes takes over one that goes, and no two the same. */
static void copies_are_handed_on_one_by_one(void **unused)
{
    (void)unused;
    enum { COPIES = 200 };
    const vector_index_options options = graph_options(12);
    model m = new_model(&options, 7);
    uint32_t orphan = 0, dead[COPIES];
    for (uint32_t i = 0; i < 600; i++)
        put(&m, i, i < COPIES ? 3 : i, &orphan);
    vector_index_enter(m.ix, 0);
    link_all_rows(&m);
    for (uint32_t i = 0; i < COPIES; i++) {
        dead[i] = m.row_of_point[i];
        kill_row(&m, dead[i]);
        put(&m, 600 + i, 3, &orphan);
    }
    kith_error err;
    assert_ok(vector_index_inherit(m.ix, &(bitset){m.now.live->words, m.now.rows}, 600, dead,
                                   COPIES, &err));
    vector_index_enter(m.ix, 600);
    assert_int_equal(graph_linked(&m.ix->graph), 600 - COPIES + 1);
    link_all_rows(&m);
    assert_int_equal(graph_linked(&m.ix->graph), 600 - COPIES + 1);
    vector_index_check(m.ix);
    remove_dead_rows(&m);
    assert_int_equal(m.ix->leaving_count, 0);
    assert_true(judge(&m, &m.now, 20) >= 0.97);
    free_model(&m);
}

/* Of a point that changes all the time only the newest row stays in its slot: searches look at all that are there. */
static void rows_that_were_replaced_leave_their_slot(void **unused)
{
    (void)unused;
    enum { CHANGES = 300, POINT = 7 };
    const vector_index_options options = graph_options(12);
    model m = new_model(&options, 9);
    uint32_t orphan = 0;
    for (uint32_t i = 0; i < POINTS; i++)
        put(&m, i, i, &orphan);
    vector_index_enter(m.ix, 0);
    link_all_rows(&m);
    for (uint32_t i = 0; i < CHANGES; i++) {
        put(&m, POINT, POINT, &orphan);
        vector_index_enter(m.ix, POINTS + i);
    }
    link_all_rows(&m);
    bitset live;
    const vector_view seen = seen_by(&m, &m.now, &live);
    assert_int_equal(vector_index_dead(&seen), 0);
    assert_int_equal(vector_index_replaced(m.ix), CHANGES);
    remove_dead_rows(&m);
    assert_int_equal(vector_index_replaced(m.ix), 0);
    const uint32_t slot = slot_of_row(&m.ix->slots, m.row_of_point[POINT]);
    assert_int_equal(row_of_slot(&m.ix->slots, slot), m.row_of_point[POINT]);
    assert_int_equal(slot_former(&m.ix->slots, m.row_of_point[POINT]), SLOT_NONE);
    assert_true(judge(&m, &m.now, 20) >= 0.97);
    free_model(&m);
}

/* ---- an appender and a linker beside searches ---- */

enum { SEARCHERS = 2, TURNS = 60, TURN = 50 };

typedef struct scene {
    model *m;
    state states[TURNS + 1];
    _Atomic(uint32_t) published;
    _Atomic(uint32_t) held[SEARCHERS]; /* states that searches may be looking at, or older ones */
    _Atomic(uint32_t) searchers;
    atomic_bool is_done;
} scene;

/* Vectors stay with their points here: row n is of point n % POINTS. */
static uint32_t vector_of_point(const model *m, uint32_t point)
{
    return point % 100 < m->copies ? point % GROUPS : point;
}

static const state *hold_newest(scene *s, uint32_t searcher)
{
    uint32_t newest;
    do {
        newest = atomic_load(&s->published);
        atomic_store(&s->held[searcher], newest);
    } while (atomic_load(&s->published) != newest);
    return &s->states[newest];
}

static void *search_all_the_time(void *context)
{
    scene *s = context;
    kith_error err;
    const uint32_t own_number = atomic_fetch_add(&s->searchers, 1);
    for (uint32_t q = 0; !atomic_load(&s->is_done); q++) {
        const state *now = hold_newest(s, own_number);
        bitset live;
        const vector_view seen = seen_by(s->m, now, &live);
        const float *query = vector_of(&s->m->vectors, q * 31 % POINTS);
        const vector_search search = {.k = K, .ef = 40};
        hit hits[K];
        uint32_t count = 0;
        if (vector_index_search(&seen, query, &search, hits, &count, NULL, &err) != KITH_OK ||
            count != K)
            abort();
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t vector = vector_of_point(s->m, hits[i].id % POINTS);
            const float *v = vector_of(&s->m->vectors, vector);
            const double own = naive_distance(KITH_SQUARED_L2, v, query, s->m->vectors.dim);
            if (!bitset_has(now->live, hits[i].id) || fabs(hits[i].distance - own) > 1e-4) abort();
            for (uint32_t j = 0; j < i; j++)
                if (hits[i].id == hits[j].id) abort();
        }
    }
    return NULL;
}

static void *link_all_the_time(void *context)
{
    scene *s = context;
    kith_error err;
    while (!atomic_load(&s->is_done)) {
        const state *now = &s->states[atomic_load(&s->published)];
        if (vector_index_link(s->m->ix, now->rows, 64, NULL, NULL, &err) != KITH_OK) abort();
        (void)vector_index_reclaim(s->m->ix);
        uint32_t oldest = atomic_load(&s->published);
        for (uint32_t i = 0; i < SEARCHERS; i++)
            if (atomic_load(&s->held[i]) < oldest) oldest = atomic_load(&s->held[i]);
        bitset live;
        const vector_view seen = seen_by(s->m, &s->states[oldest], &live);
        if (vector_index_remove(s->m->ix, &seen, &err) != KITH_OK) abort();
    }
    return NULL;
}

/* copies: per cent of the points */
static void searches_run_beside_updates(const vector_index_options *options, uint32_t copies)
{
    model m = new_model(options, 8);
    m.copies = copies;
    static scene s;
    pthread_t threads[SEARCHERS + 1];
    uint32_t orphan = 0;
    for (uint32_t i = 0; i < POINTS; i++)
        put(&m, i, vector_of_point(&m, i), &orphan);
    vector_index_enter(m.ix, 0);
    if (!vector_index_has_lists(m.ix)) link_some(&m, POINTS / 2);
    s = (scene){.m = &m, .states = {copy_state(&m.now)}};
    for (uint32_t i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_all_the_time, &s), 0);
    assert_int_equal(pthread_create(&threads[SEARCHERS], NULL, link_all_the_time, &s), 0);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        const uint32_t first = m.now.rows;
        for (uint32_t i = 0; i < TURN; i++) {
            const uint32_t point = m.now.rows % POINTS;
            // Some are deleted and come again, with rows that share nothing yet.
            if (turn % 3 == 0 && copies > 0) {
                kill_row(&m, m.row_of_point[point]);
                m.row_of_point[point] = UINT32_MAX;
            }
            put(&m, point, vector_of_point(&m, point), &orphan);
        }
        vector_index_enter(m.ix, first);
        s.states[turn + 1] = copy_state(&m.now);
        atomic_store(&s.published, turn + 1);
    }
    while (vector_index_unlinked(m.ix, m.now.rows) > 0)
        (void)sched_yield();
    atomic_store(&s.is_done, true);
    for (uint32_t i = 0; i <= SEARCHERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    if (!vector_index_has_lists(m.ix)) {
        vector_index_check(m.ix);
        assert_in_range(graph_linked(&m.ix->graph), POINTS / 100 * (100 - copies), POINTS);
    }
    for (uint32_t i = 0; i <= TURNS; i++)
        bitset_free(s.states[i].live);
    free_model(&m);
}

static void searches_are_right_beside_updates(void **unused)
{
    (void)unused;
    for (uint32_t copies = 0; copies <= 60; copies += 60) {
        vector_index_options options = graph_options(12);
        searches_run_beside_updates(&options, copies);
        options = graph_options(96);
        searches_run_beside_updates(&options, copies);
        options = compact_options(96);
        searches_run_beside_updates(&options, copies);
        options = lists_options(24);
        searches_run_beside_updates(&options, copies);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_operations_is_right),
        cmocka_unit_test(any_order_of_operations_is_right_with_copies),
        cmocka_unit_test(any_order_of_operations_is_right_in_a_compact_index),
        cmocka_unit_test(any_order_of_operations_is_right_in_lists),
        cmocka_unit_test(nothing_is_linked_where_vectors_stay),
        cmocka_unit_test(an_old_view_is_walked_as_before),
        cmocka_unit_test(a_vector_that_changed_in_one_bit_is_another_one),
        cmocka_unit_test(copies_are_handed_on_one_by_one),
        cmocka_unit_test(rows_that_were_replaced_leave_their_slot),
        cmocka_unit_test(searches_are_right_beside_updates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
