/* vector_estimate.c - see vector_estimate.h. The sizes are taken from the structures of an empty index,
 * so that there is no second table of them which could be out of date. */
#include "vector/vector_estimate.h"

#include "base/size.h"
#include "vector/vector_index_private.h"

/* A node is on each level above 0 with a chance of 1 / M of that below it, so on 1 / (M - 1) of them
 * on average. */
static uint64_t upper_runs(const graph *g, uint64_t nodes)
{
    return (nodes + g->neighbors - 2) / (g->neighbors - 1);
}

static uint64_t graph_estimate(const graph *g, uint64_t nodes)
{
    const uint64_t node =
        g->base_links.element_bytes + g->states.element_bytes + g->levels.element_bytes;
    return nodes * node + nodes / GRAPH_STARTS_EACH * g->upper_start.element_bytes +
           upper_runs(g, nodes) * g->upper_links.element_bytes;
}

/* Bytes of a code. Short ones are assumed where they may be; but not where there is a limit, which is to be kept also by rows
 * that have them of 8 bits (row_codes_choose_length). */
static uint64_t code_bytes(const vector_index *ix)
{
    row_codes c;
    const bool is_short = ix->options.budget.bytes == 0 && ix->codes.is_short;
    row_codes_init(&c, &ix->rows, 1, 0, is_short);
    return c.codes.element_bytes;
}

static void estimate(const vector_index *ix, uint64_t rows, vector_estimate *out)
{
    enum { NUMBERS_OF_SLOT = 2 /* of its row, and of its slot */ };
    *out = (vector_estimate){.form = VECTOR_IN_MEMORY,
                             .vectors = rows * vector_index_row_bytes(ix),
                             .slots = rows * NUMBERS_OF_SLOT * sizeof(uint32_t)};
    out->vectors_disk = out->vectors;
    if (rows <= ix->options.flat_below) return;
    out->graph = graph_estimate(&ix->graph, rows);
    if (ix->codes.dim == 0) return;
    out->codes = rows * code_bytes(ix);
    out->sign_codes = rows * flat_codes_row_bytes(&ix->flat);
    if (rows <= ix->options.coded_above) return;
    const uint64_t others = CODED_SPARE_ROWS + CODED_ENTRIES_MAX / CODES_BLOCK;
    out->neighbor_codes = (rows + others) * ix->coded.row_bytes + rows * sizeof(coded_place);
}

/* The same with vectors on a disk: in memory are those that came last, where the others are, and checksums of the pages. */
static void make_compact(const vector_index *ix, uint64_t rows, vector_estimate *out)
{
    const uint64_t row = vector_index_row_bytes(ix), tail = vector_index_cold_tail(ix);
    out->form = VECTOR_COMPACT;
    out->neighbor_codes = out->sign_codes = 0;
    out->slots += rows * cold_rows_slot_bytes(row);
    out->vectors = size_min(rows, tail / row) * (row + sizeof(uint32_t)) +
                   out->vectors_disk / PAGED_FILE_PAGE * sizeof(uint64_t);
}

/* What is in memory of rows in lists: centroids, where each list begins, the entry of each row, and checksums of the
 * pages. */
static uint64_t lists_estimate(const ivf *x, uint64_t rows, uint64_t disk)
{
    // No more lists than vectors of the sample that they are made from (vector_index_plan_lists).
    const uint64_t sampled = 2 * x->options.tail_bytes / (x->shape.stride * sizeof(float));
    const uint64_t lists = size_min(ivf_lists_for((uint32_t)rows), size_max(sampled, 1));
    return sizeof *x + lists * (x->shape.stride * sizeof(float) + sizeof(uint32_t)) +
           rows * sizeof(uint32_t) + disk / PAGED_FILE_PAGE * sizeof(uint64_t);
}

static kith_status estimate_lists(const vector_index_options *options, uint64_t rows,
                                  vector_estimate *out, kith_error *err)
{
    ivf *x = NULL;
    const ivf_options of_lists = {.metric = options->metric,
                                  .dim = options->dim,
                                  .tail_bytes = vector_budget_tail(&options->budget),
                                  .directory = ""};
    kith_status status = ivf_new(&of_lists, &x, err);
    if (status != KITH_OK) return status;
    const uint64_t vector = x->shape.stride * sizeof(float);
    const uint64_t entry = IVF_ENTRY_HEAD + (uint64_t)ivf_code_dim(options->dim);
    *out = (vector_estimate){.form = VECTOR_IN_LISTS,
                             .vectors = (uint64_t)x->spill_at * vector,
                             .lists_disk = rows * (entry + vector)};
    out->lists = lists_estimate(x, rows, out->lists_disk);
    ivf_free(x);
    return KITH_OK;
}

uint64_t vector_estimate_memory(const vector_estimate *e)
{
    return e->vectors + e->slots + e->graph + e->codes + e->neighbor_codes + e->sign_codes +
           e->lists;
}

/* Of those forms that keep a graph the first one that takes at most `most` bytes; false: none does. Vectors may be on a
 * disk once there are codes. */
static bool estimate_graph(const vector_index *ix, uint64_t rows, uint64_t most,
                           vector_estimate *out)
{
    const uint64_t flat = size_min(rows, ix->options.flat_below);
    estimate(ix, flat, out);
    if (vector_estimate_memory(out) > most) return false;
    if (flat == rows) return true;
    estimate(ix, rows, out);
    const bool may_be_compact = vector_index_may_be_compact(ix);
    if (!(may_be_compact && ix->options.budget.is_compact) && vector_estimate_memory(out) <= most)
        return true;
    if (!may_be_compact) return false;
    make_compact(ix, rows, out);
    return vector_estimate_memory(out) <= most;
}

kith_status vector_index_estimate(const vector_index_options *options, uint64_t rows,
                                  vector_estimate *out, kith_error *err)
{
    vector_index *ix = NULL;
    if (rows > VECTOR_ROWS_MAX)
        return fail(err, KITH_ERR_LIMIT, "an index holds at most %d vectors, not %llu",
                    VECTOR_ROWS_MAX, (unsigned long long)rows);
    kith_status status = vector_index_new(options, &ix, err);
    if (status != KITH_OK) return status;
    const uint64_t most = vector_budget_in_memory(&options->budget);
    const bool fits = estimate_graph(ix, rows, most ? most : UINT64_MAX, out);
    vector_index_free(ix);
    return fits ? KITH_OK : estimate_lists(options, rows, out, err);
}

vector_form vector_index_form_for(const vector_index_options *options, uint64_t rows)
{
    vector_estimate e = {0};
    if (options->budget.bytes == 0 && !options->budget.is_compact) return VECTOR_IN_MEMORY;
    // What cannot be estimated is as large as can be.
    return vector_index_estimate(options, rows, &e, NULL) == KITH_OK ? e.form : VECTOR_IN_LISTS;
}

uint32_t vector_index_rows_until(const vector_index_options *options, vector_form form)
{
    uint32_t low = 0, high = VECTOR_ROWS_MAX; // low are not of that form
    if (vector_index_form_for(options, high) < form) return UINT32_MAX;
    while (low + 1 < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (vector_index_form_for(options, middle) >= form)
            high = middle;
        else
            low = middle;
    }
    return (uint32_t)size_max(low, 1);
}
