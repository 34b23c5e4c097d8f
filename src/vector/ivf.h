/* ivf.h - rows in lists on a disk, for collections that are larger than the memory that they may take.
 *
 * An inverted file (Sivic & Zisserman 2003; Jegou et al. 2011): space is cut into lists (ivf_partition.h), a query
 * reads the codes of the few lists that are nearest to it, and then the vectors of the nearest by their codes. In
 * memory are the centroids, two numbers a row, and the tail: the newest rows, which are compared as they are.
 *
 * How it grows. Rows are appended to the tail. When that takes `tail_bytes` it becomes a run (ivf_run.h), in a file
 * without a name, and a new tail begins. When a generation is saved, all live rows are written as one run of it
 * (ivf_write.h), with a new partition if there are several times as many as the one before was made for; the index then
 * reads that run (ivf_adopt), and what it replaces is given back. Dead rows are bits until then.
 *
 *     pieces   [run 0: rows 0..a) [run 1: a..b) ... [run n: ..z)   tail: rows z..
 *
 * A piece is a run and the range of rows that count in it: rows were taken back behind its end, or the run that was
 * adopted has those before its beginning. Ranges are ascending and without a gap. A row that has its vector from an
 * earlier one (row_heirs.h) has no entry in a run, and in the tail an unused place.
 *
 * Threads: as vector_index.h says: one appender, one linker, who writes and adopts, and readers, who hold a state for
 * as long as they read: pieces that do not change, and a tail that only grows. */
#ifndef KITH_VECTOR_IVF_H
#define KITH_VECTOR_IVF_H

#include "vector/ivf_run.h"
#include "vector/row_heirs.h"

#include <pthread.h>

typedef struct ivf_options {
    kith_metric metric;
    uint32_t dim;
    uint64_t seed;
    size_t tail_bytes;     /* of vectors, that make a run */
    const file_ops *ops;   /* NULL: the system's */
    const char *directory; /* where files without a name are made; copied */
} ivf_options;

typedef struct ivf_tail {
    atomic_uint holders; /* freed with the last */
    uint32_t first;      /* the row that is vector 0 of `rows` */
    vector_rows rows;
} ivf_tail;

typedef struct ivf_piece {
    ivf_run *run;        /* held */
    uint32_t begin, end; /* rows of it that count; none before run->first or from run->end on */
} ivf_piece;

typedef struct ivf_state {
    atomic_uint holders;    /* freed with the last */
    const row_heirs *heirs; /* the index's, which outlives the state */
    ivf_tail *tail;         /* held */
    uint32_t count;
    ivf_piece pieces[]; /* [count] */
} ivf_state;

typedef struct ivf {
    ivf_options options;
    vector_rows shape; /* holds no rows */
    char *directory;
    _Atomic(uint32_t) rows; /* as vector_rows.count */
    row_heirs heirs;        /* the appender's */
    _Atomic(uint32_t) heir_count;
    pthread_mutex_t change; /* held by who appends, takes back, or adopts; guards what follows */
    paged_file *spill;      /* that runs are written to; NULL: none is open */
    uint32_t spill_at;      /* rows of the tail that are made a run */
    bool is_cut; /* pieces have rows that were taken back: they go before the next is appended */
    pthread_mutex_t lock; /* within `change`, for moments; guards `state` */
    ivf_state *state;
} ivf;

/* Without rows. The caller frees it with ivf_free. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ivf_new(const ivf_options *options, ivf **out, kith_error *err);
/* Runs alone. Accepts NULL. */
void ivf_free(ivf *x);

/* Any thread; released with ivf_state_release. */
ivf_state *ivf_hold_state(const ivf *x);
void ivf_state_release(ivf_state *s);

static inline uint32_t ivf_rows(const ivf *x)
{
    return atomic_load_explicit(&x->rows, memory_order_relaxed);
}
/* Memory in use. Any thread. */
size_t ivf_bytes(const ivf *x);

/* Is there a run? Any thread. */
bool ivf_has_runs(const ivf *x);
/* Of one without rows: they are those of `run`, which begins at row 0 and whose hold is taken over on success. Runs
 * alone. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ivf_begin_with(ivf *x, ivf_run *run, kith_error *err);

/* Adds a vector [dim] as the next row. Where the tail is full it is made a
 * run first, which takes as long as comparing its rows with all centroids; when that fails the tail grows, and it is
 * tried again later. The appender's. Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY; nothing has changed then. */
KITH_CHECKED kith_status ivf_append(ivf *x, const float *vector, kith_error *err);
/* The same for a vector [stride] in the form in which rows are stored; NULL: a row that nobody will ask for. */
KITH_CHECKED kith_status ivf_append_stored(ivf *x, const float *row, kith_error *err);
/* Adds a row that has its vector from the row `former`, which is live in no view that will have the new row. The
 * appender's. Errors: those of ivf_append. */
KITH_CHECKED kith_status ivf_append_heir(ivf *x, uint32_t former, kith_error *err);
/* Makes `row`, which was appended and which no view has, the heir of `former`, unless it is in a run already. True: it is.
 * The appender's. */
bool ivf_make_heir(ivf *x, uint32_t row, uint32_t former);
/* May the row have an heir, or is its vector too many rows away? The appender's. */
bool ivf_may_have_heir(const ivf *x, uint32_t row);
/* The heirs among the rows from `first` on are about to be published. The appender's. */
void ivf_enter_heirs(ivf *x, uint32_t first);
/* Takes back the rows from `rows` on, which no view has had. The appender's. */
void ivf_truncate(ivf *x, uint32_t rows);
/* Searches read `run`, of rows 0..run->end <= ivf_rows(x), in the place of what there was of these. The linker's. Takes
 * over the caller's hold on success. Errors: KITH_ERR_NO_MEMORY; nothing has changed then. */
KITH_CHECKED kith_status ivf_adopt(ivf *x, ivf_run *run, kith_error *err);

/* ---- of a state ---- */

/* The row whose place in the state has the vector of `row`: this one, or one before it that it is an heir of. */
uint32_t ivf_home(const ivf_state *s, uint32_t row);
/* The piece that a row of it is in; NULL: it is in the tail. */
const ivf_piece *ivf_piece_of(const ivf_state *s, uint32_t row);

/* Where vectors are read to, a window of the file around them. Zero-initialise. */
typedef struct ivf_cursor {
    const ivf_run *run;  /* that the window is of; NULL: of none */
    uint32_t first, end; /* entries that are in it */
    const float *vectors;
    char *pages;
    size_t room;
} ivf_cursor;
void ivf_cursor_done(ivf_cursor *c);
/* Reads entry `entry` of the run; *out is good until the next call. ahead: so many entries behind it will be asked for
 * next, at least 1. Errors: paged_file_read's, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ivf_cursor_read(ivf_cursor *c, const ivf_run *run, uint32_t entry,
                                         uint32_t ahead, const float **out, kith_error *err);
/* The vector of a row or of what it is an heir of, as it is stored; *out [stride] is good until the next call.
 * Errors: those; KITH_ERR_CORRUPT: the row is in no list. */
KITH_CHECKED kith_status ivf_read_row(const ivf_state *s, ivf_cursor *c, uint32_t row,
                                      const float **out, kith_error *err);

/* As vector_index_distances and vector_index_copy_row. */
KITH_CHECKED kith_status ivf_distances(const ivf *x, const float *query, const uint32_t *rows,
                                       uint32_t count, float *out, kith_error *err);
KITH_CHECKED kith_status ivf_copy_row(const ivf *x, uint32_t row, float *out, kith_error *err);
/* Does the row have a vector? */
bool ivf_has_row(const ivf *x, uint32_t row);

#endif
