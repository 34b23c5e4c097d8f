/* planner.c - the cost model; see planner.h. */
#include "vector/planner.h"

#include "base/size.h"
#include "simd/codes.h"
#include "vector/row_scan.h"

#include <math.h>

enum {
    WALK_MORE = 4,
    WALK_MORE_OF_CODES = 5, /* over rows of codes: a node may be several candidates */
    HISTORY_MAX = 1 << 24,
    CODE_SIZE_FLOATS =
        12,           /* of a code of 8 bits: what is behind it, and a line that it has a part of */
    OPEN_OF_BYTES = 2 /* vectors that a scan of codes of 8 bits compares, beside k */
};

/* Nanoseconds. A line is 64 bytes. */
static const float COLD_READ = 1000;    /* a vector on a disk that the system has in memory ... */
static const float COLD_PAGE = 300;     /* ... and each page of it, or of those behind it */
static const float WORD = 0.7F;         /* 64 bits of the bitmaps, looked at */
static const float LINE_NEXT = 2.4F;    /* a line of a vector that lies behind the one before */
static const float LINE_APART = 6.5F;   /* a line of a vector somewhere else */
static const float SCAN_ROW = 6;        /* of each row of a scan, beside its lines */
static const float CODES_QUERY = 800;   /* making the codes of a query ... */
static const float CODES_QUERY_DIM = 4; /* ... of each dimension */
static const float ROWS_BEGIN = 2200;   /* a scan row by row, before its first row */
static const float SIGNS_ROW = 6;       /* a row's signs by themselves, beside their lines */
static const float BLOCK = 10;          /* a block of codes ... */
static const float BLOCK_APART = 5; /* each line of it, where no row of the block before matches */
static const float BLOCK_LINE = 1.3F; /* ... and each line of it */
static const float HOP = 180;         /* a node of a walk over codes ... */
static const float HOP_LINE = 8;      /* ... and each line of its row */
static const float HOP_OF_ROWS = 12;  /* rows that any other walk compares at a node */
static const float OPEN = 25;         /* vectors that a walk over codes compares, beside k */
static const float COMPARED =
    1.5F; /* vectors that a scan of codes compares, for each of its sqrt(k matching), before any was */
/* The share of walks over codes that give up, for each row that does not match beside one that does, where a filter hits
 * rows at random. */
static const float GIVES_UP = 0.03F;
static const float HOPS = 1.1F; /* nodes for each candidate, before any walk */

static float lines_of(uint32_t stride)
{
    return (float)stride / 16;
}

static float share(const _Atomic(uint32_t) *part, const _Atomic(uint32_t) *whole, float without)
{
    enum { ENOUGH = 4096 };
    uint32_t all = atomic_load_explicit(whole, memory_order_relaxed);
    uint32_t some = atomic_load_explicit(part, memory_order_relaxed);
    return all < ENOUGH ? without : (float)some / (float)all;
}

static float query_cost(const planner_facts *f)
{
    return CODES_QUERY + CODES_QUERY_DIM * (float)f->stride;
}

/* A row of `stride` floats of those that match, `matching` among `rows`. */
static float row_cost(const planner_facts *f, float matching, uint32_t stride)
{
    float gap = matching > 0 ? (float)f->rows / matching : 1;
    // From the next one to one that no prefetcher expects: all of it at one row in 16.
    float apart = fminf((gap - 1) / 15, 1);
    return SCAN_ROW + lines_of(stride) * (LINE_NEXT + apart * (LINE_APART - LINE_NEXT));
}

static float vector_cost(const planner_facts *f, float matching)
{
    enum { PAGE_FLOATS = 1024 };
    if (!f->is_cold) return row_cost(f, matching, f->stride);
    const float gap = matching > 0 ? (float)f->rows / matching : 1;
    const float pages = (float)f->stride / PAGE_FLOATS;
    // Those that lie together are read together.
    return row_cost(f, matching, f->stride) + COLD_PAGE * pages +
           fminf(gap - 1, 1) * (COLD_READ + COLD_PAGE);
}

static float scan_cost(const planner_facts *f, uint32_t matching)
{
    return WORD * (float)f->rows / 64 + (float)matching * vector_cost(f, (float)matching);
}

/* The more rows match, the smaller is the share of them that is compared: the k-th best is nearer
 * then. The number grows with about the square root of both. */
static float scan_size(uint32_t k, uint32_t matching)
{
    return sqrtf((float)k * (float)matching);
}

static float tail_cost(const planner_facts *f)
{
    return (float)(f->matching - f->matching_coded) * vector_cost(f, (float)f->rows);
}

/* By blocks of sign codes. */
static float scan_blocks_cost(const planner_facts *f)
{
    const planner_history *h = f->history;
    float size = scan_size(f->k, f->matching_coded);
    float compared = share(&h->compared, &h->scanned, COMPARED) * size;
    compared = fminf(compared, (float)f->matching_coded);
    float skipped = 1 - (float)f->blocks * CODES_BLOCK / (float)f->coded;
    float line = BLOCK_LINE + skipped * (BLOCK_APART - BLOCK_LINE);
    return query_cost(f) + WORD * (float)f->rows / 64 +
           (float)f->blocks * (BLOCK + line * (lines_of(f->stride) + 4)) +
           compared * vector_cost(f, compared) + tail_cost(f);
}

/* Row by row: signs, codes of 8 bits, vectors; of cold rows, and of few that are listed, all codes of 8 bits. */
static float scan_rows_cost(const planner_facts *f)
{
    if (f->k > ROW_SCAN_K_MAX) return INFINITY;
    const float matching = (float)f->matching_coded;
    float signs = SIGNS_ROW - SCAN_ROW + row_cost(f, matching, f->signs_stride);
    float compared = fminf(COMPARED * scan_size(f->k, f->matching_coded), matching), among = 1;
    const float open = fminf((float)(f->k + OPEN_OF_BYTES), matching);
    if (f->listed_stride > 0)
        signs = SIGNS_ROW - SCAN_ROW + row_cost(f, (float)f->rows, f->listed_stride);
    float begin = ROWS_BEGIN;
    if (f->listed_is_bytes) compared = begin = 0;
    if (f->is_cold) {
        signs = begin = 0;
        compared = among = matching;
    }
    return query_cost(f) + begin + WORD * (float)f->rows / 64 + matching * signs +
           compared * row_cost(f, among, f->stride / 4 + CODE_SIZE_FLOATS) +
           open * vector_cost(f, 1) + tail_cost(f);
}

static float scan_codes_cost(const planner_facts *f, planner_costs *costs)
{
    if (f->blocks == 0 || f->in_groups) return INFINITY;
    const float blocks = f->is_cold ? INFINITY : scan_blocks_cost(f), rows = scan_rows_cost(f);
    costs->by_rows = rows < blocks;
    return fminf(rows, blocks);
}

/* Candidates of a walk over everything, and more for those that will not match. */
static uint32_t walk_candidates(const planner_facts *f)
{
    uint64_t apart = (f->nodes - f->matching_nodes) / f->matching_nodes;
    uint64_t rest = (uint64_t)((f->nodes - f->matching_nodes) % f->matching_nodes);
    const uint64_t each = f->k * (uint64_t)(f->walks_codes ? WALK_MORE_OF_CODES : WALK_MORE);
    uint64_t more = each * apart + each * rest / f->matching_nodes;
    if (f->in_groups) more = f->ef * apart + f->ef * rest / f->matching_nodes;
    return (uint32_t)size_min(f->ef + more, f->nodes);
}

/* What is scanned after walks that gave up, on average; `scan` is what that costs. */
static float give_up_cost(const planner_facts *f, float scan)
{
    const float apart = (float)(f->nodes - f->matching_nodes) / (float)f->matching_nodes;
    return f->in_groups ? 0 : fminf(GIVES_UP * apart, 1) * scan;
}

/* costs->ns has those of scans. */
static float walk_cost(const planner_facts *f, planner_costs *costs)
{
    if (f->nodes == 0 || f->matching_nodes == 0) return INFINITY;
    const planner_history *h = f->history;
    costs->walk_ef = walk_candidates(f);
    uint32_t tail = f->matching - f->matching_nodes;
    float rest = (float)tail * vector_cost(f, (float)f->rows);
    float apart = vector_cost(f, 1);
    if (!f->walks_codes)
        return (float)costs->walk_ef * HOP_OF_ROWS * row_cost(f, 1, f->walk_stride) + rest;
    float hops = (float)costs->walk_ef * share(&h->hops, &h->candidates, HOPS);
    costs->hops = (uint32_t)hops + 1;
    float row_lines = lines_of(f->stride) * 1.25F + 4;
    const float scan = fminf(costs->ns[VECTOR_SCAN], costs->ns[VECTOR_SCAN_CODES]);
    return query_cost(f) + hops * (HOP + HOP_LINE * row_lines) + OPEN * apart + rest +
           give_up_cost(f, scan);
}

vector_strategy planner_choose(const planner_facts *facts, planner_costs *costs)
{
    *costs = (planner_costs){0};
    costs->ns[VECTOR_PLANNED] = INFINITY;
    costs->ns[VECTOR_SCAN] = scan_cost(facts, facts->matching);
    costs->ns[VECTOR_SCAN_CODES] = scan_codes_cost(facts, costs);
    costs->ns[VECTOR_WALK] = walk_cost(facts, costs);
    costs->ns[VECTOR_WALK_TWO_HOPS] = INFINITY;
    costs->ns[VECTOR_LISTS] = INFINITY;
    vector_strategy best = VECTOR_SCAN;
    for (int i = VECTOR_SCAN; i < VECTOR_STRATEGIES; i++)
        if (costs->ns[i] < costs->ns[best]) best = (vector_strategy)i;
    return best;
}

/* Adds to both counts, and halves them when they are large. Two threads may do so at once and lose
 * what one of them adds, or halve twice: it stays an estimate. */
static void note(_Atomic(uint32_t) *part, _Atomic(uint32_t) *whole, uint64_t some, uint64_t all)
{
    uint64_t p = atomic_load_explicit(part, memory_order_relaxed) + some;
    uint64_t w = atomic_load_explicit(whole, memory_order_relaxed) + all;
    for (; w > HISTORY_MAX || p > HISTORY_MAX; w /= 2)
        p /= 2;
    atomic_store_explicit(part, (uint32_t)p, memory_order_relaxed);
    atomic_store_explicit(whole, (uint32_t)w, memory_order_relaxed);
}

void planner_note_scan(planner_history *h, uint32_t k, uint32_t matching, uint64_t compared)
{
    note(&h->compared, &h->scanned, compared, (uint64_t)scan_size(k, matching));
}

void planner_note_walk(planner_history *h, uint32_t ef, uint64_t hops)
{
    note(&h->hops, &h->candidates, hops, ef);
}
