/* bm25_match.c - the rows that hold what a query requires: its +words and "phrases".
 * One cursor for each word of a phrase: they leapfrog to the next row that holds all the words, and
 * there the positions decide whether the words follow one another. A row satisfies a demand when it
 * holds its phrase in the stems of any language, and the query when it satisfies every demand. */
#include "words/bm25.h"
#include "words/bm25_private.h"

/* Positions of one word in one row, and how far they have been looked at. */
typedef struct position_list {
    uint32_t *at; /* [count] ascending */
    uint32_t count, next;
} position_list;

/* Is `wanted` in the list? Calls must come with ascending values: one pass serves them all. */
static bool holds(position_list *l, uint32_t wanted)
{
    while (l->next < l->count && l->at[l->next] < wanted)
        l->next++;
    return l->next < l->count && l->at[l->next] == wanted;
}

/* *out = do the words of cursors[count] follow one another anywhere in the row that all cursors are
 * at? KITH_ERR_NO_MEMORY. */
static kith_status stand_together(postings_cursor *cursors, uint32_t count, arena *scratch,
                                  bool *out)
{
    arena_reset(scratch);
    position_list *lists = arena_new_array(scratch, position_list, count);
    if (!lists) return KITH_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        lists[i] = (position_list){arena_new_array(scratch, uint32_t, cursors[i].count),
                                   cursors[i].count, 0};
        if (!lists[i].at) return KITH_ERR_NO_MEMORY;
        postings_positions(&cursors[i], lists[i].at);
    }
    *out = false;
    for (uint32_t n = 0; n < lists[0].count && !*out; n++) {
        bool whole = true;
        for (uint32_t i = 1; i < count && whole; i++)
            whole = holds(&lists[i], lists[0].at[n] + i);
        *out = whole;
    }
    return KITH_OK;
}

/* Moves all cursors to the first row, from that of cursors[0] on, that every list holds; returns
 * it, or CURSOR_END. Each seek goes to the largest row seen so far; when all `count` cursors in
 * turn stop at the same one, it is found. */
static uint32_t leapfrog(postings_cursor *cursors, uint32_t count)
{
    uint32_t row = cursors[0].row;
    for (uint32_t agreed = 0, i = 0; agreed < count && row != CURSOR_END; i = (i + 1) % count) {
        postings_seek(&cursors[i], row);
        agreed = cursors[i].row == row ? agreed + 1 : 1;
        row = cursors[i].row;
    }
    return row;
}

/* Sets the bits of the rows that hold the phrase. */
static kith_status match_phrase(const bm25_query *q, const query_phrase *p, arena *memory,
                                arena *scratch, bitset *out)
{
    postings_cursor *cursors = arena_new_array(memory, postings_cursor, p->count);
    if (!cursors) return KITH_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < p->count; i++) {
        const postings *list = q->terms[p->terms[i]].list;
        if (!list) return KITH_OK; // no row holds the word
        cursors[i] = postings_begin(list);
    }
    for (uint32_t row; (row = leapfrog(cursors, p->count)) != CURSOR_END;) {
        bool found = true;
        if (p->count > 1 && stand_together(cursors, p->count, scratch, &found) != KITH_OK)
            return KITH_ERR_NO_MEMORY;
        if (found) bitset_set(out, row);
        postings_next(&cursors[0]);
    }
    return KITH_OK;
}

bool bm25_has_demands(const bm25_query *q)
{
    return q->demand_count > 0;
}

kith_status bm25_match_demands(const bm25 *b, const bm25_query *q, bitset *out, kith_error *err)
{
    arena memory, scratch;
    arena_init(&memory, 0);
    arena_init(&scratch, 0);
    bitset *holders = bitset_new(b->rows);
    kith_status status = holders ? KITH_OK : KITH_ERR_NO_MEMORY;
    bitset_fill(out, true);
    for (uint32_t demand = 0; demand < q->demand_count && status == KITH_OK; demand++) {
        bitset_fill(holders, false);
        for (uint32_t i = 0; i < q->phrase_count && status == KITH_OK; i++)
            if (q->phrases[i].demand == demand)
                status = match_phrase(q, &q->phrases[i], &memory, &scratch, holders);
        bitset_and(out, holders);
    }
    bitset_free(holders);
    arena_done(&scratch);
    arena_done(&memory);
    return status == KITH_OK ? KITH_OK
                             : fail(err, status, "out of memory for the words that must be there");
}
