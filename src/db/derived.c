/* derived.c - the birth and death of an index's rows. */
#include "db/derived.h"

#include "base/holders.h"
#include "base/size.h"
#include "os/clock.h"

#include <stdlib.h>

derived *derived_new(kith_metric metric)
{
    derived *d = heap_new_array(1, sizeof *d);
    if (!d) return NULL;
    atomic_init(&d->holders, 1);
    d->metric = metric;
    d->is_mapped = true; // without rows nothing is missing in it
    region_init(&d->points, sizeof(uint64_t));
    row_documents_init(&d->documents);
    row_ids_init(&d->ids);
    text_cache_init(&d->texts);
    index_recall_init(&d->recall, clock_wall_ms());
    return d;
}

derived *derived_hold(derived *d)
{
    holders_add(&d->holders);
    return d;
}

void derived_release(derived *d)
{
    if (!d || !holders_leave(&d->holders)) return;
    vector_index_free(d->index);
    if (d->ids_part.close) d->ids_part.close(d->ids_part.context);
    region_done(&d->points);
    row_map_done(&d->rows);
    row_documents_done(&d->documents);
    row_ids_done(&d->ids);
    text_cache_done(&d->texts);
    index_recall_done(&d->recall);
    free(d);
}

kith_status derived_make_map(derived *d, uint32_t rows)
{
    if (d->is_mapped) return KITH_OK;
    kith_status status = row_map_reserve(&d->rows, rows);
    // In ascending order of rows, so the newest of a point replaces the older ones.
    for (uint32_t row = 0; row < rows && status == KITH_OK; row++)
        status = row_map_put(&d->rows, derived_point(d, row), row);
    d->is_mapped = status == KITH_OK;
    if (status != KITH_OK) row_map_done(&d->rows);
    return status;
}

kith_status derived_find(derived *d, uint32_t rows, uint64_t point, uint32_t *row, bool *is_known)
{
    *is_known = false;
    if (point > d->highest_point) return KITH_OK; // it is new, as most are
    kith_status status = derived_make_map(d, rows);
    if (status == KITH_OK) *is_known = row_map_get(&d->rows, point, row);
    return status;
}

size_t derived_bytes(derived *d)
{
    const uint32_t rows = derived_rows(d);
    return sizeof *d + rows * sizeof(uint64_t) + row_map_bytes(&d->rows) +
           row_documents_bytes(&d->documents, rows) + row_ids_bytes(&d->ids, rows) +
           text_cache_bytes(&d->texts) +
           (d->index ? vector_index_bytes(d->index) + vector_index_scratch_bytes(d->index) : 0);
}
