/* ivf.c - the tail, the runs that it becomes, and what readers hold of them. See ivf.h. */
#include "vector/ivf.h"

#include "base/holders.h"
#include "base/size.h"
#include "os/unnamed_file.h"

#include <stdlib.h>
#include <string.h>

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for vectors in lists");
}

/* ---- states ---- */

static void tail_release(ivf_tail *t)
{
    if (!t || !holders_leave(&t->holders)) return;
    vector_rows_done(&t->rows);
    free(t);
}

static ivf_tail *tail_new(const ivf *x, uint32_t first)
{
    ivf_tail *t = heap_new_array(1, sizeof *t);
    if (!t) return NULL;
    atomic_init(&t->holders, 1);
    t->first = first;
    vector_rows_init(&t->rows, x->options.metric, x->options.dim);
    return t;
}

/* Room for `count` pieces; takes over the hold of `tail`, but not when it is NULL: out of memory. */
static ivf_state *state_new(const ivf *x, ivf_tail *tail, uint32_t count)
{
    ivf_state *s = calloc(1, sizeof *s + count * sizeof s->pieces[0]);
    if (!s) return NULL;
    atomic_init(&s->holders, 1);
    s->heirs = &x->heirs;
    s->tail = tail;
    return s;
}

static void add_piece(ivf_state *s, ivf_run *run, uint32_t begin, uint32_t end)
{
    if (begin < end) s->pieces[s->count++] = (ivf_piece){ivf_run_hold(run), begin, end};
}

void ivf_state_release(ivf_state *s)
{
    if (!s || !holders_leave(&s->holders)) return;
    for (uint32_t i = 0; i < s->count; i++)
        ivf_run_release(s->pieces[i].run);
    tail_release(s->tail);
    free(s);
}

ivf_state *ivf_hold_state(const ivf *x)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&x->lock;
    (void)pthread_mutex_lock(lock);
    ivf_state *s = x->state;
    holders_add(&s->holders);
    (void)pthread_mutex_unlock(lock);
    return s;
}

static void publish(ivf *x, ivf_state *next)
{
    (void)pthread_mutex_lock(&x->lock);
    ivf_state *former = x->state;
    x->state = next;
    (void)pthread_mutex_unlock(&x->lock);
    ivf_state_release(former);
}

static bool has_run_in(const ivf_state *s, const paged_file *file)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->pieces[i].run->codes == file) return true;
    return false;
}

/* The file is cleared away with the last run in it. */
static void leave_spill(ivf *x)
{
    if (!x->spill || has_run_in(x->state, x->spill)) return;
    paged_file_release(x->spill);
    x->spill = NULL;
}

/* ---- the index ---- */

static uint32_t rows_of_run(const ivf *x)
{
    enum { LEAST = 32 };
    const size_t rows = x->options.tail_bytes / (x->shape.stride * sizeof(float));
    return (uint32_t)size_min(size_max(rows, LEAST), VECTOR_ROWS_MAX);
}

kith_status ivf_new(const ivf_options *options, ivf **out, kith_error *err)
{
    ivf *x = heap_new_array(1, sizeof *x);
    char *directory = strdup(options->directory);
    if (!x || !directory) goto failed;
    x->options = *options;
    if (!x->options.ops) x->options.ops = &file_ops_posix;
    x->options.directory = x->directory = directory;
    vector_rows_init(&x->shape, options->metric, options->dim);
    row_heirs_init(&x->heirs);
    x->spill_at = rows_of_run(x);
    ivf_tail *tail = tail_new(x, 0);
    x->state = tail ? state_new(x, tail, 0) : NULL;
    if (!x->state) {
        tail_release(tail);
        goto failed;
    }
    CHECK(pthread_mutex_init(&x->change, NULL) == 0);
    CHECK(pthread_mutex_init(&x->lock, NULL) == 0);
    *out = x;
    return KITH_OK;
failed:
    free(x);
    free(directory);
    return fail_memory(err);
}

void ivf_free(ivf *x)
{
    if (!x) return;
    ivf_state_release(x->state);
    paged_file_release(x->spill);
    row_heirs_done(&x->heirs);
    CHECK(pthread_mutex_destroy(&x->change) == 0);
    CHECK(pthread_mutex_destroy(&x->lock) == 0);
    free(x->directory);
    free(x);
}

size_t ivf_bytes(const ivf *x)
{
    enum { HEIR_BYTES = 2 * sizeof(uint32_t) };
    ivf_state *s = ivf_hold_state(x);
    size_t bytes =
        sizeof *x +
        (size_t)vector_rows_count(&s->tail->rows) * s->tail->rows.stride * sizeof(float) +
        (size_t)atomic_load_explicit(&x->heir_count, memory_order_relaxed) * HEIR_BYTES;
    for (uint32_t i = 0; i < s->count; i++) {
        const ivf_run *run = s->pieces[i].run, *before = i ? s->pieces[i - 1].run : NULL;
        bytes += ivf_run_bytes(run);
        if (!before || before->partition != run->partition)
            bytes += ivf_partition_bytes(run->partition);
        if (!before || before->codes != run->codes) bytes += paged_file_bytes(run->codes);
        if (run->vectors != run->codes) bytes += paged_file_bytes(run->vectors);
    }
    ivf_state_release(s);
    return bytes;
}

/* ---- from the tail to a run ---- */

/* A run that is being made of a tail. */
typedef struct spilling {
    const ivf *x;
    const ivf_tail *tail;
    uint32_t count; /* of its rows */
    ivf_run *run;
    uint32_t *order; /* [count] rows of the tail in the order of their lists */
} spilling;

/* Has the row of the tail a vector of its own? */
static bool has_own(const spilling *s, uint32_t i)
{
    return row_heirs_former(&s->x->heirs, s->tail->first + i) == ROW_NONE;
}

/* Sets the run's lists, and the order. */
static kith_status sort_rows(spilling *s, kith_error *err)
{
    const ivf_partition *p = s->run->partition;
    uint32_t *list = heap_new_array(s->count, sizeof *list);
    uint32_t *starts = s->run->starts;
    if (!list) return fail_memory(err);
    for (uint32_t i = 0; i < s->count; i++) {
        if (!has_own(s, i)) continue;
        list[i] = ivf_partition_list(p, vector_rows_at(&s->tail->rows, i));
        starts[list[i] + 1]++;
    }
    for (uint32_t i = 0; i < p->lists; i++)
        starts[i + 1] += starts[i];
    // Each start is moved behind its list, and back to where it was when all are placed.
    for (uint32_t i = 0; i < s->count; i++) {
        s->run->entries[i] = IVF_NO_ENTRY;
        if (!has_own(s, i)) continue;
        const uint32_t entry = starts[list[i]]++;
        s->order[entry] = i;
        s->run->entries[i] = entry;
    }
    for (uint32_t i = p->lists; i > 0; i--)
        starts[i] = starts[i - 1];
    starts[0] = 0;
    free(list);
    return KITH_OK;
}

static kith_status write_codes(const spilling *s, paged_writer *w, kith_error *err)
{
    const ivf_run *run = s->run;
    kith_status status = KITH_OK;
    char *entry = heap_new_array(run->entry_bytes, 1);
    if (!entry) return fail_memory(err);
    for (uint32_t list = 0; list < run->partition->lists && status == KITH_OK; list++)
        for (uint32_t i = run->starts[list]; i < run->starts[list + 1] && status == KITH_OK; i++) {
            ivf_write_entry(run->first + s->order[i], vector_rows_at(&s->tail->rows, s->order[i]),
                            ivf_centroid(run->partition, list), &s->x->shape, entry);
            status = paged_writer_put(w, (view){entry, run->entry_bytes}, err);
        }
    free(entry);
    return status;
}

static kith_status write_vectors(const spilling *s, paged_writer *w, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < ivf_run_count(s->run) && status == KITH_OK; i++) {
        const char *vector = (const char *)vector_rows_at(&s->tail->rows, s->order[i]);
        status = paged_writer_put(w, (view){vector, s->run->vector_bytes}, err);
    }
    return status;
}

static kith_status write_run(const spilling *s, paged_file *file, kith_error *err)
{
    ivf_run *run = s->run;
    paged_writer w = {0};
    kith_status status = paged_writer_begin(&w, file, err);
    run->codes_at = w.start;
    if (status == KITH_OK) status = write_codes(s, &w, err);
    if (status == KITH_OK) status = paged_writer_end(&w, err);
    run->vectors_at = file->pages * PAGED_FILE_PAGE;
    if (status == KITH_OK) status = write_vectors(s, &w, err);
    if (status == KITH_OK) status = paged_writer_end(&w, err);
    paged_writer_done(&w);
    return status;
}

/* The partition of the newest run; without one, of the tail itself. Held once. */
static kith_status hold_partition(const ivf *x, const ivf_state *state, ivf_partition **out,
                                  kith_error *err)
{
    const ivf_tail *tail = state->tail;
    if (state->count > 0) {
        *out = ivf_partition_hold(state->pieces[state->count - 1].run->partition);
        return KITH_OK;
    }
    const uint32_t count = vector_rows_count(&tail->rows), stride = tail->rows.stride;
    const uint32_t lists = ivf_lists_for(count);
    const uint32_t used = (uint32_t)size_min(count, (size_t)lists * IVF_SAMPLE_OF_LIST);
    float *sample = aligned_alloc(64, (size_t)used * stride * sizeof *sample);
    if (!sample) return fail_memory(err);
    for (uint32_t i = 0; i < used; i++) {
        const uint32_t row = ivf_home(state, tail->first + (uint32_t)((uint64_t)i * count / used));
        memcpy(sample + (size_t)i * stride, vector_rows_at(&tail->rows, row - tail->first),
               stride * sizeof *sample);
    }
    const ivf_training training = {.sample = sample,
                                   .count = used,
                                   .stride = stride,
                                   .lists = lists,
                                   .made_for = count,
                                   .seed = x->options.seed};
    kith_status status = ivf_partition_train(&training, out, err);
    free(sample);
    return status;
}

static kith_status open_spill(ivf *x, kith_error *err)
{
    int fd = -1;
    if (x->spill) return KITH_OK;
    kith_status status = unnamed_file_open(x->options.ops, x->directory, &fd, err);
    if (status != KITH_OK) return status;
    return paged_file_new(x->options.ops, fd, "the file of new vectors", &x->spill, err);
}

/* The state without its tail, as a run behind its pieces. */
static kith_status publish_run(ivf *x, const ivf_state *state, ivf_run *run, kith_error *err)
{
    ivf_tail *tail = tail_new(x, run->end);
    ivf_state *next = tail ? state_new(x, tail, state->count + 1) : NULL;
    if (!next) {
        tail_release(tail);
        return fail_memory(err);
    }
    for (uint32_t i = 0; i < state->count; i++)
        add_piece(next, state->pieces[i].run, state->pieces[i].begin, state->pieces[i].end);
    add_piece(next, run, run->first, run->end);
    publish(x, next);
    return KITH_OK;
}

/* Makes the tail a run. The caller holds `change`. */
static kith_status spill(ivf *x, kith_error *err)
{
    const ivf_state *state = x->state; // changed by who holds `change` alone
    const uint32_t first = state->tail->first, count = vector_rows_count(&state->tail->rows);
    ivf_partition *partition = NULL;
    spilling s = {.x = x, .tail = state->tail, .count = count};
    kith_status status = open_spill(x, err);
    if (status == KITH_OK) status = hold_partition(x, state, &partition, err);
    if (status != KITH_OK) return status;
    s.run = ivf_run_new(&x->shape, partition, first, first + count);
    s.order = heap_new_array(count, sizeof *s.order);
    status = s.run && s.order ? sort_rows(&s, err) : fail_memory(err);
    if (status == KITH_OK) status = write_run(&s, x->spill, err);
    if (status == KITH_OK) {
        s.run->codes = paged_file_hold(x->spill);
        s.run->vectors = paged_file_hold(x->spill);
        status = publish_run(x, state, s.run, err);
    }
    ivf_partition_release(partition);
    ivf_run_release(s.run);
    free(s.order);
    return status;
}

/* ---- changes ---- */

/* Pieces up to `rows`, and a tail that begins there. */
static kith_status cut_pieces(ivf *x, uint32_t rows, kith_error *err)
{
    const ivf_state *state = x->state;
    ivf_tail *tail = tail_new(x, rows);
    ivf_state *next = tail ? state_new(x, tail, state->count) : NULL;
    if (!next) {
        tail_release(tail);
        return fail_memory(err);
    }
    for (uint32_t i = 0; i < state->count; i++) {
        const ivf_piece *p = &state->pieces[i];
        add_piece(next, p->run, p->begin, (uint32_t)size_min(p->end, rows));
    }
    publish(x, next);
    leave_spill(x);
    x->is_cut = false;
    return KITH_OK;
}

/* Sees to room for one more row in the tail. */
static kith_status make_room(ivf *x, kith_error *err)
{
    const uint32_t rows = ivf_rows(x);
    if (rows >= VECTOR_ROWS_MAX)
        return fail(err, KITH_ERR_LIMIT, "an index holds at most %d vectors", VECTOR_ROWS_MAX);
    kith_status status = x->is_cut ? cut_pieces(x, rows, err) : KITH_OK;
    if (status != KITH_OK) return status;
    if (vector_rows_count(&x->state->tail->rows) >= x->spill_at) {
        const bool is_done = spill(x, NULL) == KITH_OK;
        x->spill_at = is_done ? rows_of_run(x) : x->spill_at + rows_of_run(x);
    }
    ivf_tail *tail = x->state->tail;
    CHECK(tail->first + vector_rows_count(&tail->rows) == rows);
    if (!row_heirs_reserve(&x->heirs, rows + 1)) return fail_memory(err);
    return vector_rows_reserve(&tail->rows, rows - tail->first + 1, err);
}

kith_status ivf_append(ivf *x, const float *vector, kith_error *err)
{
    (void)pthread_mutex_lock(&x->change);
    kith_status status = make_room(x, err);
    if (status == KITH_OK) {
        vector_rows_append(&x->state->tail->rows, vector);
        atomic_fetch_add_explicit(&x->rows, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&x->change);
    return status;
}

/* Adds a row in the form in which it is stored; there is room. */
static void put_stored(vector_rows *rows, const float *row)
{
    float *to = vector_rows_at(rows, vector_rows_count(rows));
    const size_t bytes = rows->stride * sizeof *to;
    if (row)
        memcpy(to, row, bytes);
    else
        memset(to, 0, bytes);
    atomic_fetch_add_explicit(&rows->count, 1, memory_order_relaxed);
}

kith_status ivf_append_stored(ivf *x, const float *row, kith_error *err)
{
    (void)pthread_mutex_lock(&x->change);
    kith_status status = make_room(x, err);
    if (status == KITH_OK) {
        put_stored(&x->state->tail->rows, row);
        atomic_fetch_add_explicit(&x->rows, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&x->change);
    return status;
}

kith_status ivf_append_heir(ivf *x, uint32_t former, kith_error *err)
{
    const uint32_t row = ivf_rows(x);
    kith_status status = ivf_append_stored(x, NULL, err);
    if (status != KITH_OK) return status;
    row_heirs_set_former(&x->heirs, row, former);
    (void)atomic_fetch_add_explicit(&x->heir_count, 1, memory_order_relaxed);
    return KITH_OK;
}

bool ivf_make_heir(ivf *x, uint32_t row, uint32_t former)
{
    (void)pthread_mutex_lock(&x->change);
    const bool is_in_tail = row >= x->state->tail->first;
    (void)pthread_mutex_unlock(&x->change);
    if (!is_in_tail) return false;
    row_heirs_set_former(&x->heirs, row, former);
    (void)atomic_fetch_add_explicit(&x->heir_count, 1, memory_order_relaxed);
    return true;
}

bool ivf_may_have_heir(const ivf *x, uint32_t row)
{
    enum {
        CHAIN_MOST =
            32 /* rows that are gone through to the vector, of a row that changes all the time */
    };
    uint32_t steps = 0;
    while (steps < CHAIN_MOST && row != ROW_NONE) {
        row = row_heirs_former(&x->heirs, row);
        steps++;
    }
    return row == ROW_NONE;
}

void ivf_enter_heirs(ivf *x, uint32_t first)
{
    for (uint32_t row = first; row < ivf_rows(x); row++)
        if (row_heirs_former(&x->heirs, row) != ROW_NONE) row_heirs_enter(&x->heirs, row);
}

void ivf_truncate(ivf *x, uint32_t rows)
{
    (void)pthread_mutex_lock(&x->change);
    CHECK(rows <= ivf_rows(x));
    for (uint32_t row = rows; row < ivf_rows(x); row++) {
        if (row_heirs_former(&x->heirs, row) == ROW_NONE) continue;
        row_heirs_set_former(&x->heirs, row, ROW_NONE);
        (void)atomic_fetch_sub_explicit(&x->heir_count, 1, memory_order_relaxed);
    }
    const ivf_tail *tail = x->state->tail;
    if (!x->is_cut && rows >= tail->first)
        vector_rows_truncate(&x->state->tail->rows, rows - tail->first);
    else
        x->is_cut = true;
    atomic_store_explicit(&x->rows, rows, memory_order_relaxed);
    (void)pthread_mutex_unlock(&x->change);
}

/* The rows of the tail from `first` on, copied; the tail itself when these are all. Held once. NULL: out of memory. */
static ivf_tail *tail_from(const ivf *x, ivf_tail *tail, uint32_t first)
{
    const uint32_t count = vector_rows_count(&tail->rows);
    if (first <= tail->first) {
        holders_add(&tail->holders);
        return tail;
    }
    ivf_tail *made = tail_new(x, first);
    const uint32_t left = tail->first + count - first;
    if (!made || vector_rows_reserve(&made->rows, left, NULL) != KITH_OK) {
        tail_release(made);
        return NULL;
    }
    for (uint32_t i = count - left; i < count; i++)
        put_stored(&made->rows, vector_rows_at(&tail->rows, i));
    return made;
}

kith_status ivf_adopt(ivf *x, ivf_run *run, kith_error *err)
{
    (void)pthread_mutex_lock(&x->change);
    const ivf_state *state = x->state;
    CHECK(run->first == 0 && run->end <= ivf_rows(x));
    ivf_tail *tail = tail_from(x, state->tail, run->end);
    ivf_state *next = tail ? state_new(x, tail, state->count + 1) : NULL;
    kith_status status = next ? KITH_OK : fail_memory(err);
    if (next) {
        add_piece(next, run, 0, run->end);
        for (uint32_t i = 0; i < state->count; i++) {
            const ivf_piece *p = &state->pieces[i];
            add_piece(next, p->run, (uint32_t)size_max(p->begin, run->end), p->end);
        }
        publish(x, next);
        leave_spill(x);
        ivf_run_release(run);
    } else {
        tail_release(tail);
    }
    (void)pthread_mutex_unlock(&x->change);
    return status;
}

bool ivf_has_runs(const ivf *x)
{
    ivf_state *s = ivf_hold_state(x);
    const bool result = s->count > 0;
    ivf_state_release(s);
    return result;
}

kith_status ivf_begin_with(ivf *x, ivf_run *run, kith_error *err)
{
    CHECK(run->first == 0 && ivf_rows(x) == 0);
    if (!row_heirs_reserve(&x->heirs, run->end)) return fail_memory(err);
    kith_status status = publish_run(x, x->state, run, err);
    if (status != KITH_OK) return status;
    atomic_store_explicit(&x->rows, run->end, memory_order_relaxed);
    ivf_run_release(run); // the state holds it
    return KITH_OK;
}

/* ---- reading rows ---- */

uint32_t ivf_home(const ivf_state *s, uint32_t row)
{
    for (;;) {
        const uint32_t former = row_heirs_former(s->heirs, row);
        if (former == ROW_NONE) return row;
        // A generation that was saved since has given it an entry, which the former row then has not.
        const ivf_piece *piece = ivf_piece_of(s, row);
        if (piece && ivf_run_entry(piece->run, row) != IVF_NO_ENTRY) return row;
        row = former;
    }
}

const ivf_piece *ivf_piece_of(const ivf_state *s, uint32_t row)
{
    for (uint32_t i = s->count; i-- > 0;)
        if (row >= s->pieces[i].begin && row < s->pieces[i].end) return &s->pieces[i];
    return NULL;
}

void ivf_cursor_done(ivf_cursor *c)
{
    free(c->pages);
    *c = (ivf_cursor){0};
}

kith_status ivf_cursor_read(ivf_cursor *c, const ivf_run *run, uint32_t entry, uint32_t ahead,
                            const float **out, kith_error *err)
{
    enum { WINDOW = 65536, LINE = 64 };
    if (run != c->run || entry < c->first || entry >= c->end) {
        const uint32_t left = ivf_run_count(run) - entry;
        const size_t fit = size_max(WINDOW / run->vector_bytes, 1);
        const uint32_t count = (uint32_t)size_min(size_min(ahead, left), fit);
        const size_t room = paged_file_room(count * run->vector_bytes);
        c->run = NULL;
        if (room > c->room) {
            free(c->pages);
            c->pages = aligned_alloc(LINE, room); // a multiple of whole pages
            c->room = c->pages ? room : 0;
            if (!c->pages) return fail_memory(err);
        }
        kith_status status = ivf_run_read_vectors(run, entry, count, c->pages, &c->vectors, err);
        if (status != KITH_OK) return status;
        c->run = run;
        c->first = entry;
        c->end = entry + count;
    }
    *out = c->vectors + (size_t)(entry - c->first) * (run->vector_bytes / sizeof(float));
    return KITH_OK;
}

kith_status ivf_read_row(const ivf_state *s, ivf_cursor *c, uint32_t row, const float **out,
                         kith_error *err)
{
    row = ivf_home(s, row);
    const ivf_piece *piece = ivf_piece_of(s, row);
    if (!piece) {
        *out = vector_rows_at(&s->tail->rows, row - s->tail->first);
        return KITH_OK;
    }
    const uint32_t entry = ivf_run_entry(piece->run, row);
    if (entry == IVF_NO_ENTRY)
        return fail(err, KITH_ERR_CORRUPT, "row %u is in no list of the index", row);
    return ivf_cursor_read(c, piece->run, entry, 1, out, err);
}

kith_status ivf_distances(const ivf *x, const float *query, const uint32_t *rows, uint32_t count,
                          float *out, kith_error *err)
{
    ivf_cursor cursor = {0};
    ivf_state *state = ivf_hold_state(x);
    float *prepared = aligned_alloc(64, x->shape.stride * sizeof *prepared);
    kith_status status = prepared ? KITH_OK : fail_memory(err);
    if (prepared) vector_rows_prepare(&x->shape, query, prepared);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        const float *vector = NULL;
        status = ivf_read_row(state, &cursor, rows[i], &vector, err);
        if (status == KITH_OK) vector_rows_compare(&x->shape, prepared, &vector, 1, &out[i]);
    }
    free(prepared);
    ivf_cursor_done(&cursor);
    ivf_state_release(state);
    return status;
}

kith_status ivf_copy_row(const ivf *x, uint32_t row, float *out, kith_error *err)
{
    const float *vector = NULL;
    ivf_cursor cursor = {0};
    ivf_state *state = ivf_hold_state(x);
    kith_status status = ivf_read_row(state, &cursor, row, &vector, err);
    if (status == KITH_OK) memcpy(out, vector, x->shape.dim * sizeof *out);
    ivf_cursor_done(&cursor);
    ivf_state_release(state);
    return status;
}

bool ivf_has_row(const ivf *x, uint32_t row)
{
    ivf_state *state = ivf_hold_state(x);
    row = ivf_home(state, row);
    const ivf_piece *piece = ivf_piece_of(state, row);
    const bool result = !piece || ivf_run_entry(piece->run, row) != IVF_NO_ENTRY;
    ivf_state_release(state);
    return result;
}
