/* index_check.c - a collection's derived index held against the store, point by point.
 *
 * The walk is the change feed from 0, in one snapshot of the store, under the index's lock. The
 * index was refreshed before, but another process may have committed since: what the feed has of
 * changes after the index's sequence is passed over, and only when there was none are the points
 * counted. So a collection that is written to without a pause is compared by its rows, and not by
 * their number. */
#include "db/directory_check.h"

#include "base/size.h"
#include "db/collection_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROGRESS_EVERY_ROWS = 1024 };

static const char advice_rebuild[] =
    "remove the directory 'derived' while no process has the data directory open: it is built anew";

typedef struct comparison {
    const collection *c;
    const store_check_visitor *visitor;
    uint32_t dim;
    float *row;        /* [dim] */
    uint64_t compared; /* rows of the store */
    uint64_t expected; /* live points of the index */
    uint64_t found;    /* of them */
    bool moved;        /* the store has changes that the index lacks */
    kith_error *err;
} comparison;

__attribute__((format(printf, 2, 3))) static void report(const comparison *m, const char *format,
                                                         ...)
{
    char text[KITH_ERROR_MESSAGE_BYTES / 2], what[KITH_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)snprintf(what, sizeof what, "index of '%s': %s", m->c->name, text);
    const store_finding finding = {.is_damage = true, .what = what, .advice = advice_rebuild};
    m->visitor->on_finding(m->visitor->context, &finding);
}

/* Under cosine the index has the vector at length 1, rounded to float. */
static bool is_same_vector(const comparison *m, const float *vector)
{
    enum { UNITS = 64 }; /* of the last place of 1.0 */
    if (m->c->metric != KITH_COSINE) return memcmp(vector, m->row, m->dim * sizeof *vector) == 0;
    double square = 0;
    for (uint32_t i = 0; i < m->dim; i++)
        square += (double)vector[i] * (double)vector[i];
    double length = sqrt(square);
    for (uint32_t i = 0; i < m->dim; i++)
        if (fabs((double)vector[i] / length - (double)m->row[i]) > UNITS * 0x1p-23) return false;
    return true;
}

static void compare_row(comparison *m, const store_change *change)
{
    const derived *d = &m->c->derived;
    uint32_t row = 0;
    bool is_live =
        d->index && row_map_get(&d->rows, change->row, &row) && vector_index_is_live(d->index, row);
    if (is_live) m->found++;
    if (change->damage) return; /* kith.db's finding; the index may have what it was */
    if (!is_live) {
        report(m, "point %" PRIu64 " is missing", change->row);
        return;
    }
    vector_index_copy_row(d->index, row, m->row);
    if (!is_same_vector(m, change->vector))
        report(m, "point %" PRIu64 " has another vector", change->row);
}

static kith_status visit(void *context, const store_change *change)
{
    comparison *m = context;
    const store_check_visitor *v = m->visitor;
    if (change->sequence > m->c->derived.sequence) m->moved = true;
    if (change->deleted || change->sequence > m->c->derived.sequence) return KITH_OK;
    compare_row(m, change);
    m->compared++;
    if (!v->on_progress || m->compared % PROGRESS_EVERY_ROWS) return KITH_OK;
    return v->on_progress(v->context, "index", m->compared, m->expected)
               ? KITH_OK
               : fail(m->err, KITH_ERR_CANCELLED, "the check was cancelled");
}

static kith_status compare_locked(comparison *m, kith_error *err)
{
    const derived *d = &m->c->derived;
    store_state state = {0};
    kith_error why = {0};
    kith_status status = derived_check(d, &why);
    if (status == KITH_ERR_CORRUPT) report(m, "%s", why.message);
    if (status != KITH_OK) return status == KITH_ERR_CORRUPT ? KITH_OK : status;
    m->dim = d->index ? vector_index_describe(d->index)->dim : 1;
    m->expected = d->index ? vector_index_live(d->index) : 0;
    m->row = heap_new_array(m->dim, sizeof *m->row);
    if (!m->row) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector");
    status = store_changes(m->c->home.store, m->c->id, 0, visit, m, &state, err);
    if (status == KITH_ERR_CORRUPT)
        status = KITH_OK; /* kith.db's finding */
    else if (status == KITH_OK && !m->moved && state.sequence == d->sequence &&
             m->found != m->expected)
        report(m, "%" PRIu64 " points are in it that are not in kith.db", m->expected - m->found);
    free(m->row);
    return status;
}

kith_status collection_verify_index(collection *c, const store_check_visitor *visitor,
                                    uint64_t *rows, kith_error *err)
{
    kith_error why = {0};
    comparison m = {.c = c, .visitor = visitor, .err = err};
    kith_status status = collection_refresh(c, &why);
    if (status == KITH_ERR_CORRUPT) {
        report(&m, "cannot be brought up to kith.db: %s", why.message);
        return KITH_OK;
    }
    if (status != KITH_OK) {
        if (err) *err = why;
        return status;
    }
    (void)pthread_rwlock_rdlock(&c->lock);
    if (c->loaded) status = compare_locked(&m, err);
    (void)pthread_rwlock_unlock(&c->lock);
    if (status == KITH_OK) *rows = m.compared;
    return status;
}
