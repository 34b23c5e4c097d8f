/* bm25_check.c - computes anew what a segment keeps, and compares. */
#include "words/bm25_segment.h"

#include "words/bm25_private.h"

static kith_status fail_broken(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "word index: %s", what);
}

/* The statistics of rows, from the rows. */
static kith_status check_rows(const bm25_segment *s, kith_error *err)
{
    uint64_t length = 0;
    uint32_t live = 0, in_language[LANGUAGE_COUNT] = {0};
    if (s->rows > s->row_capacity || s->list_count > s->list_capacity)
        return fail_broken(err, "an array is larger than its memory");
    if (s->rows > UINT32_MAX - s->first_row) return fail_broken(err, "rows are out of range");
    for (uint32_t r = 0; r < s->rows; r++) {
        if (s->languages[r] >= LANGUAGE_COUNT)
            return fail_broken(err, "a row's language is out of range");
        if (is_row_removed(s, r)) continue;
        live++;
        in_language[s->languages[r]]++;
        length += s->lengths[r];
    }
    if (live != s->live_rows) return fail_broken(err, "the live rows are not as many as counted");
    if (length != s->total_length)
        return fail_broken(err, "the lengths do not add up to their total");
    for (language l = 0; l < LANGUAGE_COUNT; l++)
        if (in_language[l] != s->language_rows[l])
            return fail_broken(err, "the rows by language do not add up");
    return KITH_OK;
}

/* What the forward lists of removed rows are does not matter: they are not read again. */
static kith_status check_forward(const bm25_segment *s, kith_error *err)
{
    const forward *f = s->forward;
    if (!f) return KITH_OK;
    if (forward_rows(f) != s->rows)
        return fail_broken(err, "there are not as many forward lists as rows");
    forward *computed = forward_build(s->lists, s->list_count, s->rows, s->removed);
    if (!computed) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a check");
    kith_status status = KITH_OK;
    for (uint32_t r = 0; r < s->rows && status == KITH_OK; r++)
        if (!is_row_removed(s, r) && !forward_row_equal(f, computed, r))
            status = fail_broken(err, "a row's forward list does not name its lists");
    forward_free(computed);
    return status;
}

kith_status bm25_check(const bm25_segment *s, kith_error *err)
{
    kith_status status = check_rows(s, err);
    if (status == KITH_OK && map_count(s->terms) != s->list_count)
        status = fail_broken(err, "there are not as many terms as lists");
    // Keys are walked in the order of their insertion, which numbered the lists.
    const postings_rows rows = bm25_rows_of(s);
    size_t cursor = 0;
    view key;
    uint64_t list = 0;
    for (uint32_t i = 0; status == KITH_OK && map_next(s->terms, &cursor, &key, &list); i++) {
        if (list != i || key.size == 0)
            return fail_broken(err, "a term is empty or names another's list");
        if (s->lists[i].count == 0) return fail_broken(err, "a term is in no row");
        uint8_t l = (uint8_t)bm25_key_language(key);
        status = postings_check(&s->lists[i], &rows, l, s->holders[i], err);
    }
    return status == KITH_OK ? check_forward(s, err) : status;
}
