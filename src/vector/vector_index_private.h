/* vector_index_private.h - the structure of a vector index, for vector_index*.c and their tests. */
#ifndef KITH_VECTOR_VECTOR_INDEX_PRIVATE_H
#define KITH_VECTOR_VECTOR_INDEX_PRIVATE_H

#include "vector/coded_graph.h"
#include "vector/flat_codes.h"
#include "vector/graph.h"
#include "vector/ivf.h"
#include "vector/lazy_part.h"
#include "vector/planner.h"
#include "vector/search_scratch.h"
#include "vector/slot_wait.h"
#include "vector/vector_index.h"
#include "vector/vector_rows.h"
#include "vector/vector_slots.h"

enum { VECTOR_INDEX_PARTS = 3 };

/* Invariant: node n of the graph and of the codes has the vector of slot n, which is vector n of `rows`. The
 * published rows 0..linked are in slots that have nodes, unless they were removed; so have those 0..coded_rows codes. Later rows have
 * some too where they share the slot of an earlier one. */
struct vector_index {
    vector_index_options options; /* defaults filled in */
    vector_rows rows;             /* the appender's: vectors by slots */
    vector_slots slots;
    graph graph;       /* the linker's */
    row_codes codes;   /* the linker's; of all nodes, unless the graph was read
                                             and they are still to be made */
    coded_graph coded; /* the linker's */
    flat_codes flat;   /* the linker's: by rows, of the first of those 0..linked */
    _Atomic(uint32_t) linked, coded_rows; /* the linker's to change */
    uint32_t coding_rows; /* the linker's: coded_rows when the update under way is done */
    /* The linker's: [leaving_count] slots that wait until no search stands on them, and for that. */
    uint32_t *leaving;
    uint32_t leaving_count;
    bool is_waiting;  /* nothing leads to them any more */
    bool was_zero[2]; /* of readers_are_gone */
    slot_wait
        merged; /* the linker's: slots of copies, which are in another one (vector_slots_merge) */
    /* Of one that was opened, until it is freed: vectors, graph, codes; NULL: there is none. */
    lazy_part *parts[VECTOR_INDEX_PARTS];
    _Atomic(bool) is_partial; /* not all of these was read and verified */
    lazy_damage *damage;      /* apart, as what follows: */
    /* NULL until the appender moves the rows there; then what stands above is empty, or about to be. Set, and looked at
     * by searches, in sequentially consistent order, as readers.h asks. */
    _Atomic(ivf *) lists;
    /* The appender's: vectors from which it does that, and from which vectors are cold; UINT32_MAX: never; 0: not known
     * yet. */
    uint32_t lists_from, compact_from;
    /* The linker's: what the move to that form left in memory waits for searches, or was given back. */
    vector_form dropping, dropped;
    search_scratch_pool *scratches; /* apart, so that a search on a const index can change it ... */
    planner_history *history;       /* ... and this */
};

/* Of vector_index.c, for the other files. A scratch for walks over nodes in `rows` slots; found:
 * candidates of a walk; best: hits of a walk over codes, or 0. */
KITH_CHECKED kith_status vector_index_scratch(const vector_index *ix, uint32_t rows, uint32_t found,
                                              uint32_t best, search_scratch **out, kith_error *err);
/* Rows that the coder is made from, at most: those up to flat_below and the next. */
static inline uint32_t vector_index_coder_rows(const vector_index_options *o)
{
    enum { MOST = 4096 };
    return o->flat_below < MOST - 1 ? o->flat_below + 1 : MOST;
}
/* The linker's, or any thread's when nothing is removed meanwhile. */
static inline bool vector_index_has_node(const vector_index *ix, uint32_t slot)
{
    return slot < graph_count(&ix->graph) && graph_has_node(&ix->graph, slot);
}
/* NULL: rows are in memory. Any thread. */
static inline ivf *vector_index_lists(const vector_index *ix)
{
    return atomic_load(&ix->lists);
}
/* The rows 0..that have rows of sign codes, unless they were removed. Any thread. */
static inline uint32_t vector_index_coded_rows(const vector_index *ix)
{
    return atomic_load_explicit(&ix->coded_rows, memory_order_acquire);
}
/* Bytes that an index may take whose rows are in memory: what is left of the budget is for moving them. 0: any
 * number. */
static inline uint64_t vector_budget_in_memory(const vector_budget *b)
{
    enum { SHARE_OF = 4, SHARE = 3 };
    return b->bytes / SHARE_OF * SHARE;
}
/* Bytes of rows that are not in lists yet. */
static inline size_t vector_budget_tail(const vector_budget *b)
{
    enum { SHARE = 8, MOST = 64 << 20 };
    return (size_t)(b->bytes / SHARE < MOST ? b->bytes / SHARE : MOST);
}

/* ---- vector_index_lists.c ---- */

/* Moves the rows into lists if one more would be too many. The appender's. When it fails, which does not keep a row
 * from being appended, it is tried again later. */
KITH_CHECKED kith_status vector_index_make_room(vector_index *ix, kith_error *err);
/* Of an index with lists: gives back all else, once no search can be reading it. False: not yet. The linker's. */
bool vector_index_drop_graph(vector_index *ix);

/* ---- vector_index_compact.c ---- */

/* Are vectors long enough for codes, and short enough to be read one by one? */
bool vector_index_may_be_compact(const vector_index *ix);
/* Bytes of vectors that came last and are in memory. */
size_t vector_index_cold_tail(const vector_index *ix);
/* Moves the vectors to a disk. The appender's; all of them are in memory. Errors: KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_NO_MEMORY; nothing has changed then. */
KITH_CHECKED kith_status vector_index_make_compact(vector_index *ix, kith_error *err);
/* Of an index without rows: those of slots 0..slots are in `vectors`, which it holds. Runs alone.
 * Errors: KITH_ERR_CORRUPT (there are not so many), KITH_ERR_NO_MEMORY; it is then good for vector_index_free. */
KITH_CHECKED kith_status vector_index_open_cold(vector_index *ix, paged_file *vectors,
                                                uint32_t slots, kith_error *err);
/* Gives back what was moved out of memory, or replaced on the disk, once no search can be reading it. False: not yet. The
 * linker's. */
bool vector_index_settle(vector_index *ix);

/* Codes nodes, `budget` steps at most, where the index is to have codes or has them. The linker's. */
KITH_CHECKED kith_status vector_index_code(vector_index *ix, uint32_t budget, kith_error *err);

/* Of vector_index_file.c. What stands between the graph and the rows of its slots: counts
 * [VECTOR_INDEX_COUNTS_BYTES]; older: slots and rows in turn, as many as they say. Vectors, graph and ix->slots.rows_of are there.
 * Errors: KITH_ERR_CORRUPT when they do not belong together, KITH_ERR_NO_MEMORY. */
enum { VECTOR_INDEX_COUNTS_BYTES = 12 };
KITH_CHECKED kith_status vector_index_take_rows(vector_index *ix, const char *counts,
                                                const uint32_t *older, kith_error *err);
/* How many older rows the counts say that there are. */
uint32_t vector_index_older_rows(const char *counts);
/* Bytes of what stands behind the counts. */
static inline uint64_t vector_index_rows_bytes(uint32_t slots, uint32_t older)
{
    return ((uint64_t)slots + 2 * (uint64_t)older) * sizeof(uint32_t);
}

#endif
