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

/* List `number`, of the term with this key; postings_check has passed. */
static kith_status check_holders(const bm25_segment *s, uint32_t number, view key, kith_error *err)
{
    uint32_t holders = 0;
    for (postings_cursor c = postings_begin(&s->lists[number]); c.row != CURSOR_END;
         postings_next(&c)) {
        if (s->languages[c.row] != bm25_key_language(key))
            return fail_broken(err, "a term is in a row of another language");
        holders += !is_row_removed(s, c.row);
    }
    if (holders != s->holders[number])
        return fail_broken(err, "a term's rows are not as many as counted");
    return KITH_OK;
}

/* What the forward lists of removed rows are does not matter: they are not read again. */
static kith_status check_forward(const bm25_segment *s, kith_error *err)
{
    forward computed = {0};
    if (s->forward.rows != s->rows)
        return fail_broken(err, "there are not as many forward lists as rows");
    kith_status status = forward_build(s->lists, s->list_count, s->rows, s->removed, &computed);
    if (status != KITH_OK) return fail(err, status, "out of memory for a check");
    for (uint32_t r = 0; r < s->rows && status == KITH_OK; r++)
        if (!is_row_removed(s, r) && !forward_row_equal(&s->forward, &computed, r))
            status = fail_broken(err, "a row's forward list does not name its lists");
    forward_done(&computed);
    return status;
}

kith_status bm25_check(const bm25_segment *s, kith_error *err)
{
    kith_status status = check_rows(s, err);
    if (status == KITH_OK && map_count(s->terms) != s->list_count)
        status = fail_broken(err, "there are not as many terms as lists");
    // Keys are walked in the order of their insertion, which numbered the lists.
    size_t cursor = 0;
    view key;
    uint64_t list = 0;
    for (uint32_t i = 0; status == KITH_OK && map_next(s->terms, &cursor, &key, &list); i++) {
        if (list != i || key.size == 0)
            return fail_broken(err, "a term is empty or names another's list");
        if (s->lists[i].count == 0) return fail_broken(err, "a term is in no row");
        status = postings_check(&s->lists[i], s->lengths, s->rows, err);
        if (status == KITH_OK) status = check_holders(s, i, key, err);
    }
    return status == KITH_OK ? check_forward(s, err) : status;
}
