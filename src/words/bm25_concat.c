/* bm25_concat.c - one segment of several adjacent ones, without what removed rows have left behind.
 *
 * Terms are numbered anew, in the order in which the live rows' lists come up; a term that only
 * rows left out hold is not carried over. Each list is appended to that of its term, encoded
 * positions as they are, and the lists of each row are computed from the result.
 *
 * What the old segments' statistics and removed rows are is not looked at, only `live`: so another
 * thread may remove rows from them at the same time, and what comes out depends on the arguments
 * alone. */
#include "words/bm25_segment.h"

#include "words/bm25_private.h"

static void add_rows(bm25_segment *s, const bm25_segment *from, const bitset *live)
{
    for (uint32_t r = 0; r < from->rows; r++) {
        bool is_live = bitset_has(live, from->first_row + r);
        bm25_add_row(s, from->lengths[r], from->languages[r], is_live);
    }
}

static kith_status add_lists(bm25_segment *s, const bm25_segment *from, const bitset *live)
{
    size_t cursor = 0;
    view key;
    uint64_t list = 0;
    kith_status status = KITH_OK;
    while (status == KITH_OK && map_next(from->terms, &cursor, &key, &list)) {
        postings_part part = {&from->lists[list], from->first_row, live};
        uint32_t number = 0;
        if (!postings_has_live(&part)) continue;
        status = bm25_list_of(s, key, &number);
        if (status == KITH_OK)
            status = postings_append_list(&s->lists[number], s->first_row, &part, s->lengths);
    }
    return status;
}

/* Only live rows are in the lists now. */
static void count_holders(bm25_segment *s)
{
    for (uint32_t i = 0; i < s->list_count; i++) {
        postings_trim(&s->lists[i]);
        atomic_init(&s->holders[i], s->lists[i].count);
    }
}

kith_status bm25_concat(const bm25_segment *const *segments, uint32_t count, const bitset *live,
                        bm25_segment **out, kith_error *err)
{
    CHECK(count >= 1 && live->count >= bm25_end_row(segments[count - 1]));
    uint32_t rows = bm25_end_row(segments[count - 1]) - segments[0]->first_row;
    bm25_segment *s = bm25_segment_new(segments[0]->first_row);
    kith_status status = s ? bm25_reserve_rows(s, rows) : KITH_ERR_NO_MEMORY;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        CHECK(segments[i]->first_row == bm25_end_row(s));
        add_rows(s, segments[i], live);
        status = add_lists(s, segments[i], live);
    }
    if (status == KITH_OK) {
        count_holders(s);
        status = bm25_build_forward(s);
    }
    if (status == KITH_OK) {
        *out = s;
        return KITH_OK;
    }
    bm25_segment_free(s);
    if (status == KITH_ERR_LIMIT)
        return fail(err, status, "the word index is full: a word's postings exceed 4 GiB");
    return fail(err, status, "out of memory to join parts of the word index");
}
