/* bm25_match.c - the rows that hold what a query requires: its +words and "phrases".
 * One cursor for each word of a phrase: they leapfrog to the next row that holds all the words, and
 * there the positions decide whether the words follow one another. A row satisfies a demand when it
 * holds its phrase in the stems of any language, and the query when it satisfies every demand. */
#include "words/bm25_query.h"

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

typedef struct matching {
    const bm25_query *query;
    arena memory;    /* for the call */
    arena scratch;   /* reset for each row */
    bitset *holders; /* of the rows that satisfy the demand at hand */
} matching;

/* Sets the bits of the rows in segment `number` of the corpus that hold the phrase; cursors
 * [p->count] is work space. */
static kith_status match_phrase(matching *m, const query_phrase *p, postings_cursor *cursors,
                                uint32_t number)
{
    uint32_t first_row = bm25_first_row(m->query->corpus.segments[number]);
    for (uint32_t i = 0; i < p->count; i++) {
        const postings *list = m->query->terms[p->terms[i]].lists[number];
        if (!list) return KITH_OK; // no row holds the word
        cursors[i] = postings_begin(list);
    }
    for (uint32_t row; (row = leapfrog(cursors, p->count)) != CURSOR_END;) {
        bool found = true;
        if (p->count > 1 && stand_together(cursors, p->count, &m->scratch, &found) != KITH_OK)
            return KITH_ERR_NO_MEMORY;
        if (found) bitset_set(m->holders, first_row + row);
        postings_next(&cursors[0]);
    }
    return KITH_OK;
}

bool bm25_has_demands(const bm25_query *q)
{
    return q->demand_count > 0;
}

/* Sets the bits of the rows that hold one of the demand's phrases. */
static kith_status match_demand(matching *m, uint32_t demand)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < m->query->phrase_count && status == KITH_OK; i++) {
        const query_phrase *p = &m->query->phrases[i];
        if (p->demand != demand) continue;
        postings_cursor *cursors = arena_new_array(&m->memory, postings_cursor, p->count);
        if (!cursors) return KITH_ERR_NO_MEMORY;
        for (uint32_t s = 0; s < m->query->corpus.count && status == KITH_OK; s++)
            status = match_phrase(m, p, cursors, s);
    }
    return status;
}

kith_status bm25_match_demands(const bm25_query *q, bitset *out, kith_error *err)
{
    matching m = {.query = q, .holders = bitset_new(out->count)};
    arena_init(&m.memory, 0);
    arena_init(&m.scratch, 0);
    DCHECK(out->count >= bm25_corpus_end(&q->corpus));
    kith_status status = m.holders ? KITH_OK : KITH_ERR_NO_MEMORY;
    bitset_fill(out, true);
    for (uint32_t demand = 0; demand < q->demand_count && status == KITH_OK; demand++) {
        bitset_fill(m.holders, false);
        status = match_demand(&m, demand);
        bitset_and(out, m.holders);
    }
    bitset_free(m.holders);
    arena_done(&m.scratch);
    arena_done(&m.memory);
    return status == KITH_OK ? KITH_OK
                             : fail(err, status, "out of memory for the words that must be there");
}
