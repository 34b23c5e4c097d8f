/* sparse_search.c - products of a query with the vectors of a segment, a segment at a time: one sum
 * for each row of the segment, and a bit for each row that a list has met. */
#include "fields/sparse_search.h"

#include "base/size.h"
#include "fields/columns_private.h"

#include <math.h>
#include <stdlib.h>

/* Sums and bits of the largest segment; used for each of them in turn. */
typedef struct sums {
    float *of_row; /* [rows], by the row's place in the segment */
    uint64_t *met; /* [rows / 64, rounded up] */
    uint32_t rows;
} sums;

static uint32_t row_count(const columns *c)
{
    return c->end - c->first;
}

static const sparse_lists *lists_of(const columns *c, view field)
{
    const column *col = columns_find_field(c, field);
    return col && col->sparse.row_count ? &col->sparse : NULL;
}

static kith_status sums_init(const column_segments *list, view field, sums *s, kith_error *err)
{
    *s = (sums){0};
    for (uint32_t i = 0; i < list->count; i++)
        if (lists_of(list->segments[i], field) && row_count(list->segments[i]) > s->rows)
            s->rows = row_count(list->segments[i]);
    if (s->rows == 0) return KITH_OK;
    s->of_row = heap_new_array(s->rows, sizeof *s->of_row);
    s->met = heap_new_array(((size_t)s->rows + 63) / 64, sizeof *s->met);
    if (s->of_row && s->met) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a search over %u rows", s->rows);
}

/* Live rows with a value in the dimension. */
static uint32_t count_holders(const column_segments *list, const sparse_query *query,
                              uint32_t dimension, const bitset *live)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const sparse_lists *lists = lists_of(list->segments[i], query->field);
        const sparse_list *of = lists ? sparse_lists_find(lists, dimension) : NULL;
        for (uint32_t p = 0; of && p < of->count; p++)
            count += bitset_has_within(live, of->postings[p].row);
    }
    return count;
}

/* The query's values, weighted where it asks for it. NULL: out of memory. */
static float *weigh(const column_segments *list, const sparse_query *query, const bitset *live)
{
    const sparse_vector *v = &query->vector;
    float *weighted = heap_new_array(size_max(v->count, 1), sizeof *weighted);
    const float rows = query->idf ? (float)bitset_popcount(live) : 0;
    for (uint32_t i = 0; weighted && i < v->count; i++) {
        weighted[i] = v->values[i];
        if (!query->idf) continue;
        const float holders = (float)count_holders(list, query, v->indices[i], live);
        weighted[i] *= log1pf((rows - holders + 0.5F) / (holders + 0.5F));
    }
    return weighted;
}

/* Adds the products of one segment's rows with the query, in order of the query's dimensions. */
static uint64_t add_products(const columns *c, const sparse_query *query, const float *weighted,
                             sums *s)
{
    uint64_t added = 0;
    const sparse_lists *lists = lists_of(c, query->field);
    for (uint32_t i = 0; i < query->vector.count; i++) {
        const sparse_list *of = sparse_lists_find(lists, query->vector.indices[i]);
        for (uint32_t p = 0; of && p < of->count; p++) {
            const uint32_t at = of->postings[p].row - c->first;
            s->of_row[at] += weighted[i] * of->postings[p].value;
            s->met[at / 64] |= UINT64_C(1) << (at % 64);
        }
        added += of ? of->count : 0;
    }
    return added;
}

/* Offers the rows that were met and may be found, and clears what was set for the next segment. A
 * sum that overflowed float32 in both directions is no number and orders nothing: it is left
 * out. */
static void offer_rows(const columns *c, const bitset *allowed, sums *s, topk *best)
{
    const uint32_t words = (row_count(c) + 63) / 64;
    for (uint32_t word = 0; word < words; word++) {
        for (uint64_t bits = s->met[word]; bits; bits &= bits - 1) {
            const uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(bits), row = c->first + at;
            const float distance = 1 - s->of_row[at];
            s->of_row[at] = 0;
            if (bitset_has_within(allowed, row) && !isnan(distance))
                (void)topk_offer(best, distance, row);
        }
        s->met[word] = 0;
    }
}

kith_status sparse_search(const column_segments *list, const sparse_query *query,
                          const bitset *live, const bitset *matching, topk *best,
                          uint64_t *products, kith_error *err)
{
    sums s;
    *products = 0;
    kith_status status = sums_init(list, query->field, &s, err);
    float *weighted = status == KITH_OK ? weigh(list, query, live) : NULL;
    if (status == KITH_OK && !weighted)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a search by a sparse vector");
    for (uint32_t i = 0; status == KITH_OK && i < list->count; i++) {
        const columns *c = list->segments[i];
        if (!lists_of(c, query->field)) continue;
        *products += add_products(c, query, weighted, &s);
        offer_rows(c, matching ? matching : live, &s, best);
    }
    free(weighted);
    free(s.of_row);
    free(s.met);
    return status;
}
