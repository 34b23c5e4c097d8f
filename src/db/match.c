/* match.c - which rows a search may find at all: those that pass the filter and hold the required
 * words. A filter on a field that no point has is taken for a typing error unless the query allows
 * it: it would match nothing, or with $ne and $nin everything.
 *
 * Dead rows need care on both sides: their metadata and their words stay in their segment until it
 * is joined with another. So a bitmap of what matches is intersected with the live rows before
 * anything is counted or searched by it. */
#include "base/suggestion.h"
#include "db/collection_private.h"

#include <stdlib.h>

enum { LISTED_FIELDS = 12 /* in the message; the others are counted */ };

kith_status match_filter(const snapshot *s, const filter *where, bitset **out, kith_error *err)
{
    bitset *matching = bitset_new(s->rows);
    const column_segments fields = snapshot_fields(s);
    if (!matching) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
    kith_status status = columns_match(&fields, where, matching, err);
    if (status == KITH_OK)
        *out = matching;
    else
        bitset_free(matching);
    return status;
}

/* Restricts *matching (NULL: all rows) to the rows that hold the required words. */
static kith_status match_required_words(const snapshot *s, const bm25_query *words,
                                        bitset **matching, kith_error *err)
{
    bitset *holders = bitset_new(s->rows);
    if (!holders) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
    kith_status status = bm25_match_demands(words, holders, err);
    if (status != KITH_OK) {
        bitset_free(holders);
        return status;
    }
    if (*matching) bitset_and(holders, *matching);
    bitset_free(*matching);
    *matching = holders;
    return KITH_OK;
}

kith_status match_query(const snapshot *s, const filter *where, const bm25_query *words,
                        bitset **out, kith_error *err)
{
    bitset *matching = NULL;
    kith_status status = where ? match_filter(s, where, &matching, err) : KITH_OK;
    if (status == KITH_OK && words && bm25_has_demands(words))
        status = match_required_words(s, words, &matching, err);
    if (status == KITH_OK && matching) bitset_and(matching, &s->live);
    if (status == KITH_OK)
        *out = matching;
    else
        bitset_free(matching);
    return status;
}

static int compare_views(const void *a, const void *b)
{
    const view *x = a, *y = b;
    return view_compare(*x, *y);
}

/* The fields that live points have, sorted by name; NULL: out of memory. */
static view *known_fields(const snapshot *s, arena *a, uint32_t *count)
{
    view field;
    uint32_t all = 0;
    const column_segments list = snapshot_fields(s);
    column_cursor cursor = {0};
    *count = 0;
    while (columns_next_field(&list, &s->live, &cursor, &field))
        all++;
    view *fields = arena_new_array(a, view, all);
    cursor = (column_cursor){0};
    while (fields && columns_next_field(&list, &s->live, &cursor, &field))
        fields[(*count)++] = arena_copy(a, field);
    if (fields && all) qsort(fields, all, sizeof *fields, compare_views);
    return a->exhausted ? NULL : fields;
}

static kith_status fail_unknown_field(const snapshot *s, const char *name, view field,
                                      kith_error *err)
{
    arena memory;
    buffer list;
    uint32_t count = 0;
    suggestion found = {.word = field};
    arena_init(&memory, 0);
    buffer_init(&list, sizeof err->message);
    const view *fields = known_fields(s, &memory, &count);
    for (uint32_t i = 0; fields && i < count; i++) {
        suggestion_offer(&found, fields[i].data);
        if (i < LISTED_FIELDS) buffer_printf(&list, "%s%s", i ? ", " : "", fields[i].data);
    }
    if (count > LISTED_FIELDS) buffer_printf(&list, " and %u more", count - LISTED_FIELDS);
    kith_status status = KITH_ERR_INVALID;
    if (found.best)
        status =
            fail(err, status, "filter: no point of '%s' has the field '%.*s'; did you mean '%s'?",
                 name, VIEW_ARG(field), found.best);
    else
        status = fail(err, status, "filter: no point of '%s' has the field '%.*s'; there are: %s",
                      name, VIEW_ARG(field), count ? buffer_text(&list) : "none");
    buffer_done(&list);
    arena_done(&memory);
    return status;
}

kith_status match_check_fields(const snapshot *s, const char *name, const filter *where,
                               kith_error *err)
{
    view field;
    const column_segments list = snapshot_fields(s);
    if (s->live_count == 0 || !columns_lack_field(&list, &s->live, where, &field)) return KITH_OK;
    return fail_unknown_field(s, name, field, err);
}
