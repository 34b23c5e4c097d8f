/* ivf_search.c - see ivf_search.h.
 *
 * Which of three ways. "flat" reads the vectors of all rows in the order of their lists: what an exact search asks for.
 * "rows" reads the vectors of the rows that match, each from where it is: where few match. "lists" is what the
 * header tells. Between the last two the bytes that are to be read decide.
 *
 * With a filter that lets a share s of the rows through, the k nearest that match are among the k / s nearest of all: so
 * more lists are read, by the square root of 1 / s, and then still more until three times k rows that match were
 * seen, or all. So k hits come back whenever k rows match, wherever they lie from the query.
 *
 * Runs of one partition have one order of lists. A run that is newer than the partition of the others has its own; the
 * same share of its lists is read. */
#include "vector/ivf_search.h"

#include "base/size.h"
#include "simd/simd.h"
#include "vector/flat_search.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 256,           /* entries that are read at once, at most, ... */
    CHUNK_BYTES = 1 << 20, /* ... and not more than so many bytes of vectors, but one */
    DOT_DIM = 4096,        /* dimensions that a kernel takes at once (simd.h) */
    KEEP_MORE = 64,        /* that the codes may leave open, beside 2 k */
    KEEP_OF_GROUPS = 8,    /* for each hit, where hits are of groups */
    SEEN_OF_HIT = 3,       /* rows that match, for each hit, before lists are enough */
    ERRORS_OPEN = 3,       /* standard deviations */
    PROBES_LEAST = 16,     /* by default: as many lists, ... */
    PROBES_SHARE = 12,     /* ... and one in so many */
    LINE = 64
};

/* Nanoseconds, roughly: what a row costs whose vector is read by itself, a list, and a byte of its codes. */
static const double COST_OF_VECTOR = 2500, COST_OF_LIST = 3000, COST_OF_BYTE = 0.12;

/* A row by its code. */
typedef struct found {
    float distance, error;
    uint32_t row;
} found;

typedef struct ivf_run_search {
    const ivf *x;
    const ivf_state *state;
    const vector_view *seen;
    const vector_search *search;
    scan_range range; /* rows that may be hits */
    topk best;
    /* Of the lists. */
    found *kept; /* [keep] a heap, the farthest first */
    uint32_t keep, kept_count;
    uint32_t seen_rows; /* that match, in lists that were read */
    uint32_t code_dim;
    int8_t *code; /* [code_dim] of the query less a centroid, or of the query */
    ivf_code of_query;
    float *query;   /* [stride] */
    float square;   /* its length, squared */
    uint32_t chunk; /* entries that are read at once */
    char *pages;    /* room for `chunk` entries, or vectors of them */
    ivf_cursor cursor;
    vector_search_plan plan;
    kith_error *err;
} ivf_run_search;

uint32_t ivf_default_probes(uint32_t lists)
{
    return (uint32_t)size_min(size_max(PROBES_LEAST, lists / PROBES_SHARE), lists);
}

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a search of lists");
}

static bool is_wanted(const ivf_run_search *r, uint32_t row)
{
    return scan_range_has(&r->range, row) && row + 1 != r->search->hidden;
}

/* The row that has the vector of `home` in this view: the last of its heirs. */
static uint32_t row_of_home(const ivf_run_search *r, uint32_t home)
{
    return row_heirs_last(&r->x->heirs, home, r->seen->rows);
}

static void note_read(ivf_run_search *r, size_t bytes)
{
    r->plan.bytes_read += bytes;
    r->plan.reads++;
}

/* An entry that says another row than the run knows it to be is of another run. */
static kith_status check_entry(const ivf_run *run, uint32_t entry, uint32_t row, kith_error *err)
{
    if (row >= run->first && row < run->end && ivf_run_entry(run, row) == entry) return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT, "%s: entry %u is of another row", run->codes->name, entry);
}

/* ---- vectors ---- */

static void offer_vectors(ivf_run_search *r, const float *const *vectors, const uint32_t *rows,
                          uint32_t count)
{
    float distances[CHUNK] = {0};
    vector_rows_compare(&r->x->shape, r->query, vectors, count, distances);
    r->plan.distances += count;
    float bound = topk_bound(&r->best);
    for (uint32_t i = 0; i < count; i++) {
        if (distances[i] > bound) continue;
        (void)topk_offer(&r->best, distances[i], rows[i]);
        bound = topk_bound(&r->best);
    }
}

static void scan_tail(ivf_run_search *r)
{
    const ivf_tail *tail = r->state->tail;
    const float *vectors[CHUNK] = {NULL};
    uint32_t rows[CHUNK] = {0}, count = 0;
    for (uint32_t home = tail->first; home < r->seen->rows; home++) {
        if (row_heirs_former(&r->x->heirs, home) != ROW_NONE) continue;
        const uint32_t row = row_of_home(r, home);
        if (!is_wanted(r, row)) continue;
        vectors[count] = vector_rows_at(&tail->rows, home - tail->first);
        rows[count++] = row;
        if (count < CHUNK) continue;
        offer_vectors(r, vectors, rows, count);
        count = 0;
    }
    offer_vectors(r, vectors, rows, count);
}

/* One row whose vector is not in the tail. */
static kith_status offer_row(ivf_run_search *r, uint32_t row)
{
    const float *vector = NULL;
    kith_status status = ivf_read_row(r->state, &r->cursor, row, &vector, r->err);
    if (status != KITH_OK) return status;
    note_read(r, r->x->shape.stride * sizeof(float));
    offer_vectors(r, &vector, &row, 1);
    return KITH_OK;
}

/* The vectors of all rows that match, each from where it is; but for those in the tail. */
static kith_status scan_rows(ivf_run_search *r)
{
    const bitset *bits = r->range.filter ? r->range.filter : r->range.live;
    const uint32_t end = r->seen->rows;
    kith_status status = KITH_OK;
    uint32_t looked = 0;
    for (uint32_t row = 0; row < end && status == KITH_OK; row++) {
        if (bits) row = bitset_next(bits, row);
        if (row >= end) break;
        if (!is_wanted(r, row) || ivf_home(r->state, row) >= r->state->tail->first) continue;
        status = offer_row(r, row);
        if (status == KITH_OK && ++looked % CHUNK == 0)
            status = call_limit_check(r->search->limit, r->err);
    }
    return status;
}

/* Which of the entries [entry, entry + count) may be hits: places[n], with their rows. */
static kith_status read_rows(ivf_run_search *r, const ivf_piece *p, uint32_t entry, uint32_t count,
                             const char **codes, uint32_t *places, uint32_t *rows, uint32_t *wanted)
{
    const ivf_run *run = p->run;
    kith_status status = ivf_run_read_codes(run, entry, count, r->pages, codes, r->err);
    if (status != KITH_OK) return status;
    note_read(r, count * run->entry_bytes);
    *wanted = 0;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        const uint32_t home = ivf_entry_row(*codes + i * run->entry_bytes);
        status = check_entry(run, entry + i, home, r->err);
        if (status != KITH_OK || home < p->begin || home >= p->end || home >= r->seen->rows)
            continue;
        const uint32_t row = row_of_home(r, home);
        if (!is_wanted(r, row)) continue;
        places[*wanted] = i;
        rows[(*wanted)++] = row;
    }
    return status;
}

/* All vectors of a piece, in the order in which they lie. */
static kith_status scan_piece(ivf_run_search *r, const ivf_piece *p)
{
    const uint32_t all = ivf_run_count(p->run), floats = r->x->shape.stride;
    const float *first = NULL, *vectors[CHUNK] = {NULL};
    uint32_t places[CHUNK] = {0}, rows[CHUNK] = {0};
    kith_status status = KITH_OK;
    for (uint32_t entry = 0; entry < all && status == KITH_OK; entry += r->chunk) {
        const uint32_t count = (uint32_t)size_min(all - entry, r->chunk);
        const char *codes = NULL;
        uint32_t wanted = 0;
        status = read_rows(r, p, entry, count, &codes, places, rows, &wanted);
        if (status != KITH_OK || wanted == 0) continue;
        status = ivf_run_read_vectors(p->run, entry, count, r->pages, &first, r->err);
        if (status != KITH_OK) break;
        note_read(r, count * p->run->vector_bytes);
        for (uint32_t i = 0; i < wanted; i++)
            vectors[i] = first + (size_t)places[i] * floats;
        offer_vectors(r, vectors, rows, wanted);
        status = call_limit_check(r->search->limit, r->err);
    }
    return status;
}

static kith_status scan_all(ivf_run_search *r)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < r->state->count && status == KITH_OK; i++)
        status = scan_piece(r, &r->state->pieces[i]);
    return status;
}

/* ---- codes ---- */

static inline float make_finite(float distance)
{
    distance = distance < FLT_MAX ? distance : FLT_MAX;
    return distance > -FLT_MAX ? distance : -FLT_MAX;
}

/* Codes the query for a list. What it gives is the distance of the centroid by the metric's product (inner product
 * alone). */
static float prepare_list(ivf_run_search *r, const float *centroid)
{
    const vector_rows *shape = &r->x->shape;
    if (shape->metric != KITH_INNER_PRODUCT) {
        r->of_query = ivf_encode(r->query, centroid, shape->dim, r->code_dim, r->code);
        return 0;
    }
    return 1 - simd()->distance->dot(r->query, centroid, shape->stride);
}

/* The distance by codes, and its standard deviation: of each coordinate a code is off by up to half its step, as
 * good as by chance. */
static found estimate(const ivf_run_search *r, ivf_code row, int32_t dot, float of_centroid)
{
    static const float OF_STEP = 0.289F; // 1 / sqrt(12)
    const float product = r->of_query.step * row.step * (float)dot;
    const float a = r->of_query.step * r->of_query.step, b = row.step * row.step;
    if (r->x->shape.metric == KITH_INNER_PRODUCT)
        return (found){make_finite(of_centroid - product),
                       make_finite(OF_STEP * sqrtf(a * row.square + b * r->square)), 0};
    const float square = make_finite(r->of_query.square + row.square - 2 * product);
    const float off = (a + b) * (float)r->x->shape.dim / 12; // what the errors themselves add
    const float error = make_finite(2 * OF_STEP * sqrtf(fmaxf(square, 0) * (a + b)) + off);
    const float scale = r->x->shape.metric == KITH_COSINE ? 0.5F : 1;
    return (found){square * scale, error * scale, 0};
}

static void sift_down(found *heap, uint32_t count, uint32_t at)
{
    const found moved = heap[at];
    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1].distance > heap[child].distance) child++;
        if (!(heap[child].distance > moved.distance)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void keep_found(ivf_run_search *r, found f)
{
    if (r->kept_count == r->keep) {
        if (!(f.distance < r->kept[0].distance)) return;
        r->kept[0] = f;
        sift_down(r->kept, r->keep, 0);
        return;
    }
    uint32_t at = r->kept_count++;
    for (; at > 0 && r->kept[(at - 1) / 2].distance < f.distance; at = (at - 1) / 2)
        r->kept[at] = r->kept[(at - 1) / 2];
    r->kept[at] = f;
}

/* out[i] = the product of the query's code with values[i][code_dim]; values are moved on. */
static void multiply(const ivf_run_search *r, const int8_t **values, uint32_t count, int32_t *out)
{
    int32_t part[CHUNK] = {0};
    memset(out, 0, count * sizeof *out);
    for (uint32_t at = 0; at < r->code_dim; at += DOT_DIM) {
        simd()->code_dots(r->code + at, size_min(r->code_dim - at, DOT_DIM), values, count, part);
        for (uint32_t i = 0; i < count; i++) {
            out[i] += part[i]; // up to 65,536 dimensions that fits
            values[i] += DOT_DIM;
        }
    }
}

static kith_status search_entries(ivf_run_search *r, const ivf_piece *p, uint32_t entry,
                                  uint32_t count, float of_centroid)
{
    const ivf_run *run = p->run;
    const char *codes = NULL;
    const int8_t *values[CHUNK] = {NULL};
    uint32_t places[CHUNK] = {0}, rows[CHUNK] = {0}, wanted = 0;
    int32_t dots[CHUNK] = {0};
    kith_status status = read_rows(r, p, entry, count, &codes, places, rows, &wanted);
    if (status != KITH_OK || wanted == 0) return status;
    for (uint32_t i = 0; i < wanted; i++)
        values[i] = ivf_entry_values(codes + places[i] * run->entry_bytes);
    multiply(r, values, wanted, dots);
    r->plan.estimates += wanted;
    r->seen_rows += wanted;
    for (uint32_t i = 0; i < wanted; i++) {
        const ivf_code code = ivf_entry_code(codes + places[i] * run->entry_bytes);
        found f = estimate(r, code, dots[i], of_centroid);
        f.row = rows[i];
        keep_found(r, f);
    }
    return KITH_OK;
}

static kith_status search_list(ivf_run_search *r, const ivf_piece *p, uint32_t list,
                               float of_centroid)
{
    const uint32_t end = p->run->starts[list + 1];
    kith_status status = KITH_OK;
    for (uint32_t at = p->run->starts[list]; at < end && status == KITH_OK; at += r->chunk)
        status = search_entries(r, p, at, (uint32_t)size_min(end - at, r->chunk), of_centroid);
    return status;
}

/* Reads lists of the pieces [first, end), which are of one partition. probes: lists of the first piece's partition; of
 * another one the same share, rounded up, is read. */
static kith_status search_pieces(ivf_run_search *r, uint32_t first, uint32_t end, uint32_t probes)
{
    const ivf_piece *pieces = r->state->pieces;
    const ivf_partition *partition = pieces[first].run->partition;
    const uint64_t of_all = pieces[0].run->partition->lists;
    const uint64_t wanted = ((uint64_t)probes * partition->lists + of_all - 1) / of_all;
    const uint64_t enough = (uint64_t)SEEN_OF_HIT * r->search->k;
    hit *lists = heap_new_array(partition->lists, sizeof *lists);
    kith_status status = lists ? KITH_OK : fail_memory(r->err);
    if (lists) ivf_partition_rank(partition, &r->x->shape, r->query, lists);
    for (uint32_t i = 0; i < partition->lists && status == KITH_OK; i++) {
        if (i >= wanted && r->seen_rows >= enough) break;
        const float of_centroid = prepare_list(r, ivf_centroid(partition, lists[i].id));
        for (uint32_t p = first; p < end && status == KITH_OK; p++)
            status = search_list(r, &pieces[p], lists[i].id, of_centroid);
        r->plan.lists++;
        if (status == KITH_OK) status = call_limit_check(r->search->limit, r->err);
    }
    free(lists);
    return status;
}

static int compare_found(const void *a, const void *b)
{
    const found *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Compares those that the codes leave open by their vectors. */
static kith_status take_open(ivf_run_search *r)
{
    float limit = -INFINITY; // what the farthest of the k nearest may have
    kith_status status = KITH_OK;
    qsort(r->kept, r->kept_count, sizeof *r->kept, compare_found);
    for (uint32_t i = 0; i < r->kept_count && status == KITH_OK; i++) {
        const found f = r->kept[i];
        if (i < r->search->k)
            limit = fmaxf(limit, f.distance + ERRORS_OPEN * f.error);
        else if (!r->search->groups && !(f.distance - ERRORS_OPEN * f.error < limit))
            break;
        status = offer_row(r, f.row);
    }
    return status;
}

static kith_status search_lists(ivf_run_search *r, uint32_t probes)
{
    const ivf_state *s = r->state;
    kith_status status = KITH_OK;
    r->kept = heap_new_array(r->keep, sizeof *r->kept);
    if (!r->kept) return fail_memory(r->err);
    if (r->x->shape.metric == KITH_INNER_PRODUCT)
        r->of_query = ivf_encode(r->query, NULL, r->x->shape.dim, r->code_dim, r->code);
    for (uint32_t first = 0, end = 0; first < s->count && status == KITH_OK; first = end) {
        while (end < s->count && s->pieces[end].run->partition == s->pieces[first].run->partition)
            end++;
        status = search_pieces(r, first, end, probes);
    }
    return status == KITH_OK ? take_open(r) : status;
}

/* ---- which way ---- */

static uint32_t lists_of(const ivf_state *s)
{
    return s->count > 0 ? s->pieces[0].run->partition->lists : 0;
}

/* Lists to be read where `matching` of the rows are. */
static uint32_t probes_for(const ivf_run_search *r, uint32_t matching)
{
    const uint32_t lists = lists_of(r->state);
    const double share = (double)matching / (r->seen->live_count ? r->seen->live_count : 1);
    if (r->search->lists) return (uint32_t)size_min(r->search->lists, lists);
    const double probes = r->search->ef ? r->search->ef : ivf_default_probes(lists);
    return (uint32_t)fmin(ceil(probes / sqrt(fmax(share, 1e-9))), lists);
}

typedef enum way { BY_VECTORS, BY_ROWS, BY_LISTS } way;

static way choose_way(ivf_run_search *r, uint32_t matching, uint32_t probes)
{
    const ivf_state *s = r->state;
    const double rows = s->tail->first, all = COST_OF_VECTOR * matching;
    for (int i = VECTOR_SCAN; i < VECTOR_STRATEGIES; i++)
        r->plan.expected_ns[i] = INFINITY;
    r->plan.expected_ns[VECTOR_SCAN] = (float)fmax(all, 1);
    if (s->count == 0) return BY_ROWS;
    const double entry = (double)s->pieces[0].run->entry_bytes;
    const double flat = rows * (entry + (double)s->pieces[0].run->vector_bytes) * COST_OF_BYTE;
    r->plan.expected_ns[VECTOR_SCAN] = (float)fmin(all, flat);
    if (r->search->exact || r->search->strategy == VECTOR_SCAN)
        return all < flat ? BY_ROWS : BY_VECTORS;
    const double of_lists = (double)probes * s->count * COST_OF_LIST +
                            rows * probes / lists_of(s) * entry * COST_OF_BYTE +
                            COST_OF_VECTOR * fmin(matching, 2.0 * r->search->k);
    r->plan.expected_ns[VECTOR_LISTS] = (float)of_lists;
    return all <= of_lists ? BY_ROWS : BY_LISTS;
}

static const char *kind_of(way chosen, bool is_filtered)
{
    if (chosen == BY_LISTS) return is_filtered ? "lists over the filter" : "lists";
    return is_filtered ? "flat over the filter" : "flat";
}

static kith_status find_best(ivf_run_search *r)
{
    const uint32_t matching = scan_range_count(&r->range), probes = probes_for(r, matching);
    const way chosen = choose_way(r, matching, probes);
    r->plan.matching = matching;
    r->plan.kind = kind_of(chosen, r->search->filter || r->search->listed);
    r->plan.is_exact = chosen != BY_LISTS;
    r->plan.lists_of = lists_of(r->state);
    scan_tail(r);
    if (chosen == BY_LISTS) return search_lists(r, probes);
    return chosen == BY_ROWS ? scan_rows(r) : scan_all(r);
}

static kith_status take_room(ivf_run_search *r)
{
    const vector_rows *shape = &r->x->shape;
    const size_t entry = IVF_ENTRY_HEAD + (size_t)r->code_dim, row = shape->stride * sizeof(float);
    const size_t work = (row + r->code_dim + LINE - 1) / LINE * LINE;
    r->chunk = (uint32_t)size_max(size_min(CHUNK, CHUNK_BYTES / row), 1);
    r->pages = aligned_alloc(PAGED_FILE_PAGE, paged_file_room(r->chunk * size_max(entry, row)));
    r->query = aligned_alloc(LINE, work);
    if (!r->pages || !r->query) return fail_memory(r->err);
    r->code = (int8_t *)r->query + row;
    return KITH_OK;
}

kith_status ivf_search(const ivf *x, const ivf_state *state, const vector_view *seen,
                       const float *query, const vector_search *search, hit *out,
                       uint32_t *out_count, vector_search_plan *plan, kith_error *err)
{
    ivf_run_search r = {.x = x,
                        .state = state,
                        .seen = seen,
                        .search = search,
                        .range = {.end = seen->rows,
                                  .live = seen->live,
                                  .filter = search->filter,
                                  .listed = search->listed,
                                  .listed_count = search->listed_count},
                        .best = {.heap = out, .k = search->k},
                        .code_dim = ivf_code_dim(x->options.dim),
                        .err = err};
    const size_t keep = search->groups ? (size_t)search->k * KEEP_OF_GROUPS : (size_t)search->k * 2;
    r.keep = (uint32_t)size_min(keep + KEEP_MORE, VECTOR_ROWS_MAX);
    kith_status status = take_room(&r);
    if (status == KITH_OK && search->groups) {
        r.best.groups = topk_groups_new(search->groups, search->k);
        if (!r.best.groups) status = fail_memory(err);
    }
    if (status == KITH_OK) {
        vector_rows_prepare(&x->shape, query, r.query);
        for (uint32_t i = 0; i < x->shape.dim; i++)
            r.square += r.query[i] * r.query[i];
        status = find_best(&r);
    }
    if (status == KITH_OK) {
        topk_sort(&r.best);
        *out_count = r.best.count;
        if (plan) *plan = r.plan;
    }
    topk_groups_free(r.best.groups);
    ivf_cursor_done(&r.cursor);
    free(r.kept);
    free(r.pages);
    free(r.query);
    return status;
}
