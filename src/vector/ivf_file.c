/* ivf_file.c - see ivf_file.h.
 * Rows are written in the order of their lists, and in a list in that of their numbers. Where lists stay as they are,
 * each of them is read from one place a run; with a new partition the rows of a list are read from where they are. */
#include "vector/ivf_file.h"

#include "base/rng.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

enum {
    LAYOUT = 1,
    HEAD_BYTES = 6 * 4,
    REPARTITION = 4,
    AHEAD = 64 /* vectors that are read at once where lists stay as they are */
};

struct ivf_writing {
    ivf_state *state; /* held */
    vector_rows shape;
    vector_view seen;
    ivf_partition *partition; /* held */
    bool is_new;              /* the partition is */
    uint32_t count;           /* rows that are written */
    uint32_t *starts;         /* [lists + 1] */
    uint32_t *order;          /* [count] rows in the order in which they are written */
    uint32_t *entries;        /* [rows] of each row; IVF_NO_ENTRY */
    ivf_cursor *cursors;      /* [pieces] where each is read */
};

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for writing vectors in lists");
}

static bool is_live(const ivf_writing *w, uint32_t row)
{
    return !w->seen.live || bitset_has(w->seen.live, row);
}

/* The stored vector of a row. */
static kith_status read_row(const ivf_writing *w, uint32_t row, uint32_t ahead, const float **out,
                            kith_error *err)
{
    row = ivf_home(w->state, row);
    const ivf_piece *piece = ivf_piece_of(w->state, row);
    if (!piece) {
        *out = vector_rows_at(&w->state->tail->rows, row - w->state->tail->first);
        return KITH_OK;
    }
    const uint32_t entry = ivf_run_entry(piece->run, row);
    if (entry == IVF_NO_ENTRY)
        return fail(err, KITH_ERR_CORRUPT, "row %u is in no list of the index", row);
    return ivf_cursor_read(&w->cursors[piece - w->state->pieces], piece->run, entry, ahead, out,
                           err);
}

/* ---- the partition ---- */

/* Live rows by chance, in ascending order; *count of them, at most. */
static uint32_t *choose_rows(const ivf_writing *w, uint64_t seed, uint32_t *count)
{
    rng random = {seed};
    uint32_t taken = 0, left = *count, seen = 0, *rows = heap_new_array(*count, sizeof *rows);
    for (uint32_t row = 0; rows && row < w->seen.rows && left > 0; row++) {
        if (!is_live(w, row)) continue;
        // Of the rows that are left each has the same chance.
        if (rng_below(&random, w->seen.live_count - seen++) >= left) continue;
        rows[taken++] = row;
        left--;
    }
    *count = taken;
    return rows;
}

static kith_status read_sample(const ivf_writing *w, const uint32_t *rows, uint32_t count,
                               float *sample, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        const float *vector = NULL;
        status = read_row(w, rows[i], 1, &vector, err);
        if (status == KITH_OK)
            memcpy(sample + (size_t)i * w->shape.stride, vector, w->shape.stride * sizeof *sample);
    }
    return status;
}

static kith_status train(ivf_writing *w, size_t sample_bytes, uint64_t seed, kith_error *err)
{
    const size_t row_bytes = w->shape.stride * sizeof(float);
    const uint32_t lists = ivf_lists_for(w->seen.live_count);
    size_t used = size_min((size_t)lists * IVF_SAMPLE_OF_LIST, w->seen.live_count);
    used = size_max(size_min(used, sample_bytes / row_bytes), 1);
    uint32_t count = (uint32_t)used, *rows = choose_rows(w, seed, &count);
    float *sample = aligned_alloc(64, used * row_bytes);
    kith_status status =
        rows && sample ? read_sample(w, rows, count, sample, err) : fail_memory(err);
    const ivf_training training = {.sample = sample,
                                   .count = count,
                                   .stride = w->shape.stride,
                                   .lists = (uint32_t)size_min(lists, count),
                                   .made_for = w->seen.live_count,
                                   .seed = seed};
    if (status == KITH_OK) status = ivf_partition_train(&training, &w->partition, err);
    w->is_new = true;
    free(rows);
    free(sample);
    return status;
}

bool ivf_keeps_partition(const ivf_state *s, uint32_t live)
{
    return s->count > 0 && s->pieces[s->count - 1].run->partition->made_for >= live / REPARTITION;
}

bool ivf_writing_is_new(const ivf_writing *w)
{
    return w->is_new;
}

static kith_status choose_partition(ivf_writing *w, size_t sample_bytes, uint64_t seed,
                                    kith_error *err)
{
    const ivf_state *s = w->state;
    if (!ivf_keeps_partition(s, w->seen.live_count)) return train(w, sample_bytes, seed, err);
    w->partition = ivf_partition_hold(s->pieces[s->count - 1].run->partition);
    return KITH_OK;
}

/* ---- the order ---- */

static kith_status list_of(const ivf_writing *w, uint32_t row, uint32_t *out, kith_error *err)
{
    const uint32_t home = ivf_home(w->state, row);
    const ivf_piece *piece = ivf_piece_of(w->state, home);
    if (piece && piece->run->partition == w->partition) {
        const uint32_t entry = ivf_run_entry(piece->run, home);
        if (entry == IVF_NO_ENTRY)
            return fail(err, KITH_ERR_CORRUPT, "row %u is in no list of the index", row);
        *out = ivf_run_list(piece->run, entry);
        return KITH_OK;
    }
    const float *vector = NULL;
    kith_status status = read_row(w, row, 1, &vector, err);
    if (status == KITH_OK) *out = ivf_partition_list(w->partition, vector);
    return status;
}

/* lists: [rows] of the live ones. */
static kith_status find_lists(ivf_writing *w, uint32_t *lists, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t row = 0; row < w->seen.rows && status == KITH_OK; row++) {
        if (!is_live(w, row)) continue;
        status = list_of(w, row, &lists[row], err);
        if (status != KITH_OK) break;
        w->starts[lists[row] + 1]++;
        w->count++;
    }
    for (uint32_t i = 0; i < w->partition->lists; i++)
        w->starts[i + 1] += w->starts[i];
    return status;
}

/* Replaces the list of each row by its entry. */
static kith_status put_in_order(ivf_writing *w, kith_error *err)
{
    const uint32_t lists = w->partition->lists;
    uint32_t *next = heap_new_array(lists, sizeof *next);
    w->order = heap_new_array(w->count, sizeof *w->order);
    if (!next || !w->order) {
        free(next);
        return fail_memory(err);
    }
    memcpy(next, w->starts, lists * sizeof *next);
    for (uint32_t row = 0; row < w->seen.rows; row++) {
        if (!is_live(w, row)) {
            w->entries[row] = IVF_NO_ENTRY;
            continue;
        }
        const uint32_t entry = next[w->entries[row]]++;
        w->order[entry] = row;
        w->entries[row] = entry;
    }
    free(next);
    return KITH_OK;
}

kith_status ivf_writing_new(const ivf *x, const vector_view *seen, size_t sample_bytes,
                            ivf_writing **out, kith_error *err)
{
    ivf_writing *w = heap_new_array(1, sizeof *w);
    if (!w) return fail_memory(err);
    *w = (ivf_writing){.state = ivf_hold_state(x), .shape = x->shape, .seen = *seen};
    w->cursors = heap_new_array(w->state->count, sizeof *w->cursors);
    w->entries = heap_new_array(seen->rows, sizeof *w->entries);
    kith_status status = w->cursors && w->entries && seen->live_count > 0
                             ? choose_partition(w, sample_bytes, x->options.seed, err)
                             : fail_memory(err);
    if (status == KITH_OK) {
        w->starts = heap_new_array((size_t)w->partition->lists + 1, sizeof *w->starts);
        status = w->starts ? find_lists(w, w->entries, err) : fail_memory(err);
    }
    if (status == KITH_OK) status = put_in_order(w, err);
    if (status == KITH_OK)
        *out = w;
    else
        ivf_writing_free(w);
    return status;
}

void ivf_writing_free(ivf_writing *w)
{
    if (!w) return;
    for (uint32_t i = 0; w->cursors && i < w->state->count; i++)
        ivf_cursor_done(&w->cursors[i]);
    ivf_state_release(w->state);
    ivf_partition_release(w->partition);
    free(w->cursors);
    free(w->entries);
    free(w->starts);
    free(w->order);
    free(w);
}

/* ---- the parts ---- */

void ivf_write_lists(ivf_writing *w, buffer *out)
{
    const ivf_partition *p = w->partition;
    buffer_append_u32(out, LAYOUT);
    buffer_append_u32(out, w->shape.dim);
    buffer_append_u32(out, w->seen.rows);
    buffer_append_u32(out, p->lists);
    buffer_append_u32(out, p->made_for);
    buffer_append_u32(out, w->count);
    for (uint32_t list = 0; list < p->lists && out->failed == KITH_OK; list++)
        buffer_append(out, (view){(const char *)ivf_centroid(p, list), p->stride * sizeof(float)});
    for (uint32_t list = 0; list < p->lists && out->failed == KITH_OK; list++)
        buffer_append_u32(out, w->starts[list + 1] - w->starts[list]);
    for (uint32_t row = 0; row < w->seen.rows && out->failed == KITH_OK; row++)
        buffer_append_u32(out, w->entries[row]);
}

static const float *read_entry(const ivf_writing *w, uint32_t entry, buffer *out)
{
    const float *vector = NULL;
    const uint32_t left = w->count - entry;
    const uint32_t ahead = w->is_new ? 1 : (uint32_t)size_min(left, AHEAD);
    kith_status status = read_row(w, w->order[entry], ahead, &vector, NULL);
    if (status != KITH_OK) out->failed = status;
    return vector;
}

void ivf_write_codes(ivf_writing *w, buffer *out)
{
    const size_t bytes = IVF_ENTRY_HEAD + (size_t)ivf_code_dim(w->shape.dim);
    char *entry = heap_new_array(bytes, 1);
    if (!entry) out->failed = KITH_ERR_NO_MEMORY;
    for (uint32_t list = 0; list < w->partition->lists; list++)
        for (uint32_t i = w->starts[list]; i < w->starts[list + 1] && out->failed == KITH_OK; i++) {
            const float *vector = read_entry(w, i, out);
            if (out->failed != KITH_OK) break;
            ivf_write_entry(w->order[i], vector, ivf_centroid(w->partition, list), &w->shape,
                            entry);
            buffer_append(out, (view){entry, bytes});
        }
    free(entry);
}

void ivf_write_vectors(ivf_writing *w, buffer *out)
{
    for (uint32_t i = 0; i < w->count && out->failed == KITH_OK; i++) {
        const float *vector = read_entry(w, i, out);
        if (out->failed == KITH_OK)
            buffer_append(out, (view){(const char *)vector, w->shape.stride * sizeof(float)});
    }
}

/* ---- reading ---- */

static kith_status fail_corrupt(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "%s", what);
}

/* Where each list begins; all lists together have `entries`. */
static kith_status read_counts(ivf_run *r, const char *counts, uint32_t entries, kith_error *err)
{
    uint64_t sum = 0;
    for (uint32_t list = 0; list < r->partition->lists; list++) {
        r->starts[list] = (uint32_t)sum;
        sum += load_u32(counts + (size_t)list * sizeof(uint32_t));
        if (sum > entries) return fail_corrupt(err, "lists have more rows than there are");
    }
    r->starts[r->partition->lists] = (uint32_t)sum;
    return sum == entries ? KITH_OK : fail_corrupt(err, "lists have fewer rows than there are");
}

/* Each entry is of one row. */
static kith_status read_entries(ivf_run *r, const char *bytes, uint32_t entries, kith_error *err)
{
    uint32_t found = 0;
    kith_status status = KITH_OK;
    bitset *taken = bitset_new(entries);
    if (!taken) return fail_memory(err);
    for (uint32_t row = 0; row < r->end && status == KITH_OK; row++) {
        const uint32_t entry = load_u32(bytes + (size_t)row * sizeof(uint32_t));
        r->entries[row] = entry;
        if (entry == IVF_NO_ENTRY) continue;
        if (entry >= entries || bitset_has(taken, entry))
            status = fail_corrupt(err, "an entry is of two rows, or there is none");
        else
            bitset_set(taken, entry);
        found++;
    }
    bitset_free(taken);
    if (status == KITH_OK && found != entries) return fail_corrupt(err, "an entry is of no row");
    return status;
}

static kith_status read_centroids(const char *bytes, ivf_partition *p, kith_error *err)
{
    const size_t floats = (size_t)p->lists * p->stride;
    memcpy(p->centroids, bytes, floats * sizeof(float));
    for (size_t i = 0; i < floats; i++) {
        const float value = p->centroids[i];
        if (!(value - value == 0)) return fail_corrupt(err, "a centroid is not finite");
    }
    return KITH_OK;
}

kith_status ivf_read_run(const vector_rows *shape, const ivf_parts *parts, ivf_run **out,
                         kith_error *err)
{
    const char *head = parts->lists.data;
    if (parts->lists.size < HEAD_BYTES || load_u32(head) != LAYOUT)
        return fail_corrupt(err, "this is no list of vectors");
    const uint32_t dim = load_u32(head + 4), rows = load_u32(head + 8), lists = load_u32(head + 12);
    const uint32_t made_for = load_u32(head + 16), entries = load_u32(head + 20);
    const uint64_t row_bytes = shape->stride * sizeof(float);
    const uint64_t entry_bytes = IVF_ENTRY_HEAD + (uint64_t)ivf_code_dim(shape->dim);
    if (dim != shape->dim || rows > VECTOR_ROWS_MAX || entries > rows || lists < 1 ||
        lists > IVF_LISTS_MAX)
        return fail_corrupt(err, "a number of rows, lists or dimensions is out of range");
    if (parts->lists.size !=
        HEAD_BYTES + lists * (row_bytes + sizeof(uint32_t)) + (uint64_t)rows * sizeof(uint32_t))
        return fail_corrupt(err, "cut short, or with bytes past its end");
    if (parts->code_bytes != entries * entry_bytes || parts->vector_bytes != entries * row_bytes)
        return fail_corrupt(err, "codes or vectors are of other rows");
    ivf_partition *partition = ivf_partition_new(lists, shape->stride, made_for);
    ivf_run *run = partition ? ivf_run_new(shape, partition, 0, rows) : NULL;
    kith_status status = run ? read_centroids(head + HEAD_BYTES, partition, err) : fail_memory(err);
    const char *counts = head + HEAD_BYTES + lists * row_bytes;
    if (status == KITH_OK) status = read_counts(run, counts, entries, err);
    if (status == KITH_OK)
        status = read_entries(run, counts + (size_t)lists * sizeof(uint32_t), entries, err);
    if (status == KITH_OK) {
        run->codes = paged_file_hold(parts->codes);
        run->vectors = paged_file_hold(parts->vectors);
        *out = run;
        run = NULL; // the caller owns it now
    }
    ivf_run_release(run);
    ivf_partition_release(partition);
    return status;
}
