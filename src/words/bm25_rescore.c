/* bm25_rescore.c - exact scores of chosen rows: BM25, and how close together the query's words are.
 *
 * BM25 does not see whether the words are in one sentence or at opposite ends of a text. Two
 * measures do:
 *
 *   pairs    for each two words that follow one another in the query and are at most NEAR words
 *            apart in the row: the smaller idf of the two over their distance (after Rasolofo &
 *            Savoy 2003)
 *   window   the largest sum of the idf of different query words within WINDOW words of the row
 *
 * What a row is about is said in its title and headings and seldom repeated where the answer is. So
 * the words of the head count for every window: head_share of their idf wherever the window is, and
 * the rest when the window holds the word itself.
 *
 * All are sums of idf and so add to BM25 in its own unit. Their weights were chosen together with
 * those of the fusion (docs/decisions/005). Positions are decoded for chosen rows only: no bound of
 * a block covers closeness, so it cannot take part in a search that skips blocks. */
#include "words/bm25_query.h"

#include "base/size.h"
#include "words/bm25_private.h"

#include <stdlib.h>

enum {
    NEAR = 5,   /* the largest distance of a pair, in words; 1: next to one another */
    WINDOW = 25 /* words */
};

static const float pair_weight = 0.5F, window_weight = 0.8F, head_share = 0.75F;

/* An occurrence of a query term in the row. */
typedef struct place {
    uint32_t position, term;
} place;

typedef struct rescoring {
    const bm25_query *query;
    const bm25_segment *segment; /* of the row at hand; rows are counted from its first */
    postings_cursor *cursors;    /* [term_count]; without a list in the segment: at CURSOR_END */
    uint32_t *held;              /* [term_count] occurrences within the window */
    float *worth;                /* [term_count] what an occurrence within the window adds */
    arena scratch;               /* reset for each row */
} rescoring;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->position != y->position) return x->position < y->position ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

/* Does the term occur in the row, and count for closeness? */
static bool is_placed(const rescoring *r, uint32_t term, uint32_t row)
{
    return r->cursors[term].row == row && !r->query->terms[term].is_extra;
}

/* All occurrences of the query's words in `row`, which the cursors are at or past, by position;
 * *count of them, in the scratch arena. NULL: out of memory. */
static place *read_places(rescoring *r, uint32_t row, uint32_t *count)
{
    uint32_t most = 0, all = 0;
    for (uint32_t t = 0; t < r->query->term_count; t++)
        if (is_placed(r, t, row)) {
            all += r->cursors[t].count;
            most = (uint32_t)size_max(most, r->cursors[t].count);
        }
    arena_reset(&r->scratch);
    place *places = arena_new_array(&r->scratch, place, all);
    uint32_t *positions = arena_new_array(&r->scratch, uint32_t, most);
    *count = 0;
    if (!places || !positions) return NULL;
    for (uint32_t t = 0; t < r->query->term_count; t++) {
        if (!is_placed(r, t, row)) continue;
        postings_positions(&r->cursors[t], positions);
        for (uint32_t i = 0; i < r->cursors[t].count; i++)
            places[(*count)++] = (place){positions[i], t};
    }
    if (*count) qsort(places, *count, sizeof *places, compare_places);
    return places;
}

/* The smallest distance between the two terms; UINT32_MAX when one is missing. */
static uint32_t distance_between(const place *places, uint32_t count, query_pair pair)
{
    uint32_t nearest = UINT32_MAX, first = UINT32_MAX, second = UINT32_MAX; // newest positions
    for (uint32_t i = 0; i < count; i++) {
        if (places[i].term == pair.first)
            first = places[i].position;
        else if (places[i].term == pair.second)
            second = places[i].position;
        else
            continue;
        if (first == UINT32_MAX || second == UINT32_MAX) continue;
        uint32_t distance = first > second ? first - second : second - first;
        nearest = (uint32_t)size_min(nearest, distance);
    }
    return nearest;
}

/* The first measure. */
static float pairs_of(const rescoring *r, const place *places, uint32_t count)
{
    float sum = 0;
    for (uint32_t i = 0; i < r->query->pair_count; i++) {
        query_pair pair = r->query->pairs[i];
        uint32_t distance = distance_between(places, count, pair);
        if (distance == 0 || distance > NEAR) continue;
        float a = r->query->terms[pair.first].idf, b = r->query->terms[pair.second].idf;
        sum += (a < b ? a : b) / (float)distance;
    }
    return sum;
}

/* Adds to *sum what the words in the head count for wherever the window is, sets the worth of all
 * terms, and returns the number of the first place after the head. */
static uint32_t pass_head(rescoring *r, const place *places, uint32_t count, double *sum)
{
    uint32_t i = 0;
    for (uint32_t t = 0; t < r->query->term_count; t++)
        r->worth[t] = r->query->terms[t].idf;
    for (; i < count && places[i].position < BM25_HEAD_POSITIONS; i++) {
        uint32_t term = places[i].term;
        float idf = r->query->terms[term].idf, rest = (1 - head_share) * idf;
        if (r->worth[term] == rest) continue;
        *sum += (double)(head_share * idf);
        r->worth[term] = rest;
    }
    return i;
}

/* The second measure: slides the window over the places after the head, one pass. */
static float window_of(rescoring *r, const place *places, uint32_t count)
{
    double sum = 0;
    uint32_t low = pass_head(r, places, count, &sum);
    double best = sum;
    memset(r->held, 0, r->query->term_count * sizeof *r->held);
    for (uint32_t i = low; i < count; i++) {
        if (r->held[places[i].term]++ == 0) sum += (double)r->worth[places[i].term];
        for (; places[i].position - places[low].position >= WINDOW; low++)
            if (--r->held[places[low].term] == 0) sum -= (double)r->worth[places[low].term];
        if (sum > best) best = sum;
    }
    return (float)best;
}

static kith_status rescore_row(rescoring *r, uint32_t row, bm25_row_score *out)
{
    const bm25_query *q = r->query;
    uint32_t count = 0;
    *out = (bm25_row_score){0};
    for (uint32_t t = 0; t < q->term_count; t++) {
        if (!q->terms[t].is_scored) continue;
        postings_seek(&r->cursors[t], row);
        if (r->cursors[t].row == row)
            out->words += bm25_term_score(q, q->terms[t].weight, r->cursors[t].count,
                                          r->segment->lengths[row]);
    }
    const place *places = read_places(r, row, &count);
    if (!places) return KITH_ERR_NO_MEMORY;
    out->closeness =
        pair_weight * pairs_of(r, places, count) + window_weight * window_of(r, places, count);
    return KITH_OK;
}

/* Sets the cursors to the beginning of segment `number` of the corpus. */
static void enter_segment(rescoring *r, uint32_t number)
{
    r->segment = r->query->corpus.segments[number];
    for (uint32_t t = 0; t < r->query->term_count; t++) {
        const postings *list = r->query->terms[t].lists[number];
        r->cursors[t] = r->query->terms[t].is_scored && list ? postings_begin(list)
                                                             : (postings_cursor){.row = CURSOR_END};
    }
}

kith_status bm25_rescore(const bm25_query *q, const uint32_t *rows, uint32_t count,
                         bm25_row_score *out, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    rescoring r = {.query = q,
                   .cursors = arena_new_array(&memory, postings_cursor, q->term_count),
                   .held = arena_new_array(&memory, uint32_t, q->term_count),
                   .worth = arena_new_array(&memory, float, q->term_count)};
    arena_init(&r.scratch, 0);
    kith_status status = r.cursors && r.held && r.worth ? KITH_OK : KITH_ERR_NO_MEMORY;
    for (uint32_t i = 0, number = 0; i < count && status == KITH_OK; i++) {
        DCHECK(i == 0 || rows[i] >= rows[i - 1]); // cursors go forward only
        if (!r.segment || rows[i] >= bm25_end_row(r.segment)) {
            number = bm25_segment_of(&q->corpus, rows[i], number);
            enter_segment(&r, number);
        }
        status = rescore_row(&r, rows[i] - r.segment->first_row, &out[i]);
    }
    arena_done(&r.scratch);
    arena_done(&memory);
    return status == KITH_OK ? KITH_OK : fail(err, status, "out of memory for scores by words");
}
