/* index_check.c - a collection's index held against the store, point by point.
 *
 * The newest generation is loaded and brought up to the store as whoever opens the directory would
 * do it, but for this check alone: nobody adds rows meanwhile, so that the structure can be verified
 * too, and nothing is saved. Then the change feed is walked from 0. Others may commit meanwhile:
 * what the feed has of changes after the index's sequence is passed over, and only when there was
 * none are the points counted. So a collection that is written to without a pause is compared by
 * its rows, and not by their number. */
#include "db/directory_check.h"

#include "base/size.h"
#include "db/catch_up.h"
#include "db/collection_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROGRESS_EVERY_ROWS = 1024, ROWS_IN_ONE_SNAPSHOT = 65536 };

static const char advice_rebuild[] =
    "remove the directory 'derived' while no process has the data directory open: it is built anew";
static const char advice_nothing[] = "nothing: the index is built anew from kith.db by itself";

typedef struct comparison {
    const collection *c;
    const store_check_visitor *visitor;
    const snapshot *snapshot;
    row_map newest; /* the store's row -> the live row of it */
    uint32_t dim;
    float *row;        /* [dim] */
    uint64_t compared; /* rows of the store */
    uint64_t expected; /* live points of the index */
    uint64_t found;    /* of them */
    bool moved;        /* the store has changes that the index lacks */
    kith_error *err;
} comparison;

static void report_as(const comparison *m, bool is_damage, const char *text)
{
    char what[KITH_ERROR_MESSAGE_BYTES];
    (void)snprintf(what, sizeof what, "index of '%s': %.400s", m->c->name, text);
    const store_finding finding = {.is_damage = is_damage,
                                   .what = what,
                                   .advice = is_damage ? advice_rebuild : advice_nothing};
    m->visitor->on_finding(m->visitor->context, &finding);
}

__attribute__((format(printf, 2, 3))) static void report(const comparison *m, const char *format,
                                                         ...)
{
    char text[KITH_ERROR_MESSAGE_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report_as(m, true, text);
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
    uint32_t row = 0;
    bool is_live = row_map_get(&m->newest, change->row, &row);
    if (is_live) m->found++;
    if (change->damage) return; /* kith.db's finding; the index may have what it was */
    if (!is_live) {
        report(m, "point %" PRIu64 " is missing", change->row);
        return;
    }
    bool waits = derived_waits(m->snapshot->derived, row);
    if (waits != !change->vector)
        report(m, "point %" PRIu64 " %s", change->row,
               waits ? "has its vector, which the index lacks" : "has a vector in the index alone");
    if (waits || !change->vector) return;
    if (vector_index_copy_row(m->snapshot->index, row, m->row, NULL) != KITH_OK)
        report(m, "the vector of point %" PRIu64 " cannot be read", change->row);
    else if (!is_same_vector(m, change->vector))
        report(m, "point %" PRIu64 " has another vector", change->row);
}

static kith_status visit(void *context, const store_change *change)
{
    comparison *m = context;
    const store_check_visitor *v = m->visitor;
    if (change->sequence > m->snapshot->sequence) m->moved = true;
    if (change->deleted || change->sequence > m->snapshot->sequence) return KITH_OK;
    compare_row(m, change);
    m->compared++;
    if (!v->on_progress || m->compared % PROGRESS_EVERY_ROWS) return KITH_OK;
    return v->on_progress(v->context, "index", m->compared, m->expected)
               ? KITH_OK
               : fail(m->err, KITH_ERR_CANCELLED, "the check was cancelled");
}

static kith_status map_live_rows(comparison *m, kith_error *err)
{
    const snapshot *s = m->snapshot;
    kith_status status = KITH_OK;
    for (uint32_t row = 0; row < s->rows && status == KITH_OK; row++)
        if (bitset_has(&s->live, row))
            status = row_map_put(&m->newest, derived_point(s->derived, row), row);
    return status == KITH_OK ? KITH_OK
                             : fail(err, status, "out of memory for %u points", s->live_count);
}

static kith_status walk_store(comparison *m, kith_error *err)
{
    store_state state = {0};
    store_feed feed = {
        .collection = m->c->id, .visit = visit, .context = m, .limit = ROWS_IN_ONE_SNAPSHOT};
    kith_status status = KITH_OK;
    do
        status = store_changes(m->c->home.store, &feed, &state, err);
    while (status == KITH_OK && state.is_more);
    if (status == KITH_ERR_CORRUPT) return KITH_OK; /* kith.db's finding */
    if (status != KITH_OK || m->moved || state.sequence != m->snapshot->sequence) return status;
    if (m->found != m->expected)
        report(m, "%" PRIu64 " points are in it that are not in kith.db", m->expected - m->found);
    return KITH_OK;
}

static kith_status compare(comparison *m, kith_error *err)
{
    const snapshot *s = m->snapshot;
    kith_error why = {0};
    kith_status status = snapshot_check(s, &why);
    if (status == KITH_ERR_CORRUPT) {
        report(m, "%s", why.message);
        return KITH_OK;
    }
    if (status != KITH_OK) return fail(err, status, "%s", why.message);
    m->dim = s->index ? vector_index_describe(s->index)->dim : 1;
    m->expected = s->live_count;
    m->row = heap_new_array(m->dim, sizeof *m->row);
    if (!m->row) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a vector");
    status = map_live_rows(m, err);
    if (status == KITH_OK) status = walk_store(m, err);
    free(m->row);
    row_map_done(&m->newest);
    return status;
}

/* The index in a handle that nobody else has; *out is held once. */
static kith_status load(comparison *m, collection *own, snapshot **out, kith_error *err)
{
    kith_error why = {0};
    derived_loading l = {0};
    snapshot *base = NULL;
    catch_up u = {.c = own};
    kith_status status = derived_file_load(own, &base, &l, err);
    if (status != KITH_OK) return status;
    if (l.reason[0]) report_as(m, l.is_damage, l.reason);
    status = catch_up_from(&u, base, out, &why);
    bool is_wrong = status == KITH_ERR_CORRUPT;
    if (is_wrong || status == KITH_ERR_NOT_FOUND) status = catch_up_from_nothing(&u, out, &why);
    // Else it is kith.db that cannot be read, or that lacks rows.
    if (is_wrong && status == KITH_OK) report_as(m, false, "it does not match kith.db");
    snapshot_release(base);
    if (status == KITH_ERR_CORRUPT) report(m, "cannot be brought up to kith.db: %s", why.message);
    return status == KITH_OK ? KITH_OK : fail(err, status, "%s", why.message);
}

kith_status index_verify(database *d, const store_collection *description,
                         const store_check_visitor *visitor, uint64_t *rows, kith_error *err)
{
    const collection_home home = {.store = database_store(d),
                                  .directory = database_directory(d),
                                  .database = d,
                                  .no_threads = true,
                                  .read_at_once = UINT64_MAX};
    collection *own = NULL;
    snapshot *loaded = NULL;
    if (description->dim == 0) return KITH_OK; /* no vector was ever put */
    kith_status status = collection_new(&home, description, &own, err);
    if (status != KITH_OK) return status;
    comparison m = {.c = own, .visitor = visitor, .err = err};
    status = load(&m, own, &loaded, err);
    m.snapshot = loaded;
    if (status == KITH_OK) status = compare(&m, err);
    if (status == KITH_OK) *rows += m.compared;
    snapshot_release(loaded);
    collection_free(own);
    return status == KITH_ERR_CORRUPT ? KITH_OK : status; // which was reported
}
