/* vector_index.h - nearest neighbors over rows of float vectors, behind one interface.
 *
 * Two kinds of search answer. The flat scan compares the query with every row and is exact. The
 * graph (HNSW) looks at a small share of the rows and finds nearly all of the nearest. Each search
 * chooses between them by cost (the planner, at the head of vector_index_search.c) unless it asks for an
 * exact answer.
 *
 * Rows are numbered from 0 in the order in which they were appended. They never move, never change
 * and are never renumbered; which of them are live is the owner's to know. Those that no view has as
 * live any more can be removed: then they have no vector, and the memory of theirs takes later rows. A row whose
 * vector is that of a row which it replaces may take it over as it is (docs/decisions/094).
 *
 * Rows come in two steps. Appending stores a row, which the flat scan then finds; linking gives it
 * a node in the graph, which takes a hundred times as long and may be done later. From 64 dimensions on a
 * node has a code of 8 bits a dimension (row_codes.h), and in a large index then a row of sign codes
 * (coded_graph.h). A search walks the latter, or else the codes of 8 bits, or else the vectors, and
 * scans the rows that are not linked or have no code of the kind that is walked, so it finds all. Up to
 * `flat_below` rows nothing is linked and every search is a scan; up to `coded_above` nodes there are no
 * rows of sign codes.
 *
 * Threads. Three kinds of calls run beside one another on one index:
 *
 *   the appender   vector_index_append, _append_after, _inherit, _enter, _truncate: one thread at a time
 *   the linker     vector_index_link, vector_index_remove, vector_index_reclaim, and writing: one thread at a time, which may be
 *                  another one than the appender
 *   readers        all calls that take a view or a const index, unless they say otherwise: any
 *                  number of threads
 *
 * Nobody waits for anybody. A row is for readers (and for the linker) once it was published: the
 * owner puts its number into the `rows` of a vector_view and hands that over in a way that orders
 * memory, a mutex or a release store. vector_index_free runs alone. How the graph bears readers
 * beside the linker is argued at the head of graph.h.
 *
 * Larger than memory. An index with a budget is as said above while the vectors, the graph and the codes of its rows
 * take at most three quarters of it. The append that would make it more moves the vectors to a disk (cold_rows.h): the index
 * is compact then. Searches walk or scan the codes of 8 bits, and read the vectors of what they found. There are no sign
 * codes. When graph and codes do not fit either, the append moves all rows into lists on a disk (ivf.h),
 * where they stay: the graph is given back when the searches in it have ended, nothing is linked any more, and each search
 * reads some lists. A file that cannot be read, or has lost a page, then makes calls fail with KITH_ERR_CORRUPT or
 * KITH_ERR_IO: who owns the index builds it anew.
 *
 * The index knows no store, and starts no threads: the linker may lend it some. Distances are
 * smaller-better: 1 - cosine, the squared Euclidean distance, or 1 - inner product. */
#ifndef KITH_VECTOR_VECTOR_INDEX_H
#define KITH_VECTOR_VECTOR_INDEX_H

#include "base/bitset.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/topk.h"
#include "os/call_limit.h"
#include "os/file.h"
#include "os/thread_pool.h"
#include "vector/lazy_part.h"
#include "vector/paged_file.h"

#include <kith/types.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct vector_index vector_index;
typedef struct listed_codes listed_codes; /* listed_codes.h */

/* The memory that an index may take. */
typedef struct vector_budget {
    uint64_t bytes; /* 0: any */
    bool
        is_compact; /* vectors are on a disk as soon as there is a graph, if they have codes, whatever fits */
    const char
        *directory; /* where an index that is larger keeps its rows; borrowed, and outlives it */
    const file_ops *ops; /* NULL: the system's */
} vector_budget;

/* Where the rows of an index are; each form takes less memory than the one before. */
typedef enum vector_form {
    VECTOR_IN_MEMORY = 0,
    VECTOR_COMPACT = 1, /* graph and codes are in memory, vectors on a disk (cold_rows.h) */
    VECTOR_IN_LISTS = 2 /* on a disk (ivf.h) */
} vector_form;

typedef struct vector_index_options {
    kith_metric metric;
    uint32_t dim;         /* floats of a vector, 1..KITH_DIMENSION_MAX */
    uint32_t flat_below;  /* up to so many rows there is no graph; 0: 4096; UINT32_MAX: never */
    uint32_t coded_above; /* up to so many nodes have no sign codes; 0: what 32 MiB hold as rows */
    uint32_t neighbors;   /* M of HNSW, 2..256; 0: 16 */
    uint32_t ef_construction; /* candidates kept for a new row, up to 4096; 0: 100 */
    uint64_t seed;            /* of the levels: the same seed and rows give the same graph */
    vector_budget budget;
} vector_index_options;

/* What one reader sees of an index: a number of rows, and which of them are live. The owner makes
 * it, keeps it unchanged while it is used, and publishes it (above). */
typedef struct vector_view {
    const vector_index *index;
    uint32_t rows;       /* appended before the view was published */
    const bitset *live;  /* live->count == rows; NULL: all are */
    uint32_t live_count; /* bits that are set in `live`; `rows` where it is NULL */
} vector_view;

/* How rows are compared. All but the first are for benchmarks and tests: a strategy for which there
 * is nothing to go by (no codes, no graph) is VECTOR_SCAN. */
typedef enum vector_strategy {
    VECTOR_PLANNED = 0, /* the one that costs least: planner.h */
    VECTOR_SCAN = 1,    /* the vectors of all rows that match; exact */
    VECTOR_SCAN_CODES = 2 /* their codes (flat_codes.h), and the vectors of those in question */,
    VECTOR_WALK = 3, /* the graph, through rows that match and others */
    VECTOR_WALK_TWO_HOPS = 4 /* the graph, from rows that match to their neighbors' neighbors */,
    VECTOR_LISTS =
        5, /* some lists on a disk (ivf.h), where rows are there: nothing else can be asked for but VECTOR_SCAN */
    VECTOR_STRATEGIES = 6
} vector_strategy;

typedef struct vector_search {
    uint32_t k;  /* hits wanted, at least 1 */
    uint32_t ef; /* candidates kept by the graph, of estimates twice as many; 0: max(64, 2k);
                  * raised to k */
    uint32_t
        lists; /* to be read where rows are in lists, whatever the filter; 0: ef, and more with a filter; or, without
                     * it, a twelfth and at least 16 */
    bool exact; /* compare with every row that matches */
    vector_strategy strategy;
    const bitset *filter; /* only rows whose bit is set, or NULL; count == the view's rows */
    /* In place of a filter: only these, live rows of the view, ascending; NULL: there is no list. Where rows are in lists on a
     * disk a filter is faster. */
    const uint32_t *listed; /* [listed_count] */
    uint32_t listed_count;
    const listed_codes *codes; /* those of the list; NULL: they are read where they are */
    /* Of the hits at most so many of one group; NULL: any number. The graph then gives what its
     * walk met, which may be fewer than k although there are more: vector_search_plan.is_exact. */
    const group_limit *groups;
    const call_limit *limit; /* checked between blocks of a scan; NULL: none */
    /* A row, plus 1, that a walk passes over as if it were not in the graph; 0: none. For calibrate.h. */
    uint32_t hidden;
    /* Standard deviations of an estimate that a scan of codes leaves open: with 3 one hit in a thousand is
     * lost at most. 0: 1.7 to 2.5, by k, with which it is up to one in 200 where neighbors are near, and one in 20 where
     * the nearest are shut out. */
    float errors_open;
} vector_search;

/* What one search did, for --explain and for tests: counters, not times. */
typedef struct vector_search_plan {
    /* "flat", "flat over the filter", "graph" (and a scan of the rows that are not in it yet),
     * "lists", "lists over the filter" (ivf_search.h), or "graph, then flat": the walk met too few rows that match although there are more, so that all
     * were scanned after all. A constant string. */
    const char *kind;
    uint64_t distances;  /* of vectors, computed in all */
    uint64_t hops;       /* nodes whose rows of sign codes were read; 0 unless these were walked */
    uint64_t estimates;  /* distances by sign codes or by codes of 8 bits */
    uint32_t matching;   /* live rows that pass the filter */
    bool is_exact;       /* every row that matches was compared */
    uint32_t admitted;   /* of a walk over codes: nodes gone to that match */
    uint32_t candidates; /* of the walk that was done or would have been: how many it keeps */
    uint32_t lists, lists_of;   /* that were read, of how many there are; 0 without lists */
    uint64_t reads, bytes_read; /* of files: how often, and what was asked for */
    /* What each strategy was expected to take, in nanoseconds of the processor that the planner's
     * constants are of; INFINITY: it could not answer. By number; 0 for VECTOR_PLANNED. */
    float expected_ns[VECTOR_STRATEGIES];
} vector_search_plan;

/* An empty index with `options`, defaults filled in; the caller frees it with vector_index_free.
 * Errors: KITH_ERR_INVALID naming the option that is out of range (dim, neighbors,
 * ef_construction, metric); KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status vector_index_new(const vector_index_options *options, vector_index **out,
                                          kith_error *err);
/* Runs alone. ix may be NULL. */
void vector_index_free(vector_index *ix);

/* The options with defaults filled in; valid as long as the index. */
const vector_index_options *vector_index_describe(const vector_index *ix);
/* Rows that were appended, published or not. */
uint32_t vector_index_rows(const vector_index *ix);
/* Rows 0..linked have a node in the graph, but for those that were removed. Never falls. */
uint32_t vector_index_linked(const vector_index *ix);
/* Do searches use the graph yet? From the moment when more than flat_below rows are linked. */
bool vector_index_has_graph(const vector_index *ix);
/* Are the rows in lists on a disk? Any thread. */
bool vector_index_has_lists(const vector_index *ix);
/* In how many; 0: in none. Any thread. */
uint32_t vector_index_list_count(const vector_index *ix);
/* Will the lists stay as they are when a generation of so many live rows is saved? True without lists. Any thread. */
bool vector_index_is_settled(const vector_index *ix, uint32_t live);
/* Any thread. */
vector_form vector_index_form(const vector_index *ix);
/* Of an index of so many rows that is made now: the first form that fits in the budget. Any thread. */
vector_form vector_index_form_for(const vector_index_options *options, uint64_t rows);
size_t vector_index_bytes(const vector_index *ix); /* memory that rows and graph take */
/* What searches and linking have taken for their work and keep for the next ones. Any thread. */
size_t vector_index_scratch_bytes(const vector_index *ix);
/* What a row keeps when it was removed: its slot's number and its sign codes. */
size_t vector_index_dead_row_bytes(const vector_index *ix);
/* Vectors that memory is taken for, unused ones among them. Any thread. */
uint32_t vector_index_vectors(const vector_index *ix);
/* Those among them that no row has. Any thread. */
uint32_t vector_index_unused_vectors(const vector_index *ix);

/* Adds `vector` [dim] of finite floats, which the caller has checked, as the next row; under cosine
 * a copy of length 1 is stored. *row is its number. The appender's; no search sees the row before a
 * view has it.
 * Errors: KITH_ERR_LIMIT at 2^31 - 1 rows, KITH_ERR_NO_MEMORY. The index is as it was then, and the
 * same call may be tried again. */
KITH_CHECKED kith_status vector_index_append(vector_index *ix, const float *vector, uint32_t *row,
                                             kith_error *err);
/* The same for a row that comes as the row `former` dies: no view that has the one will have the other as live. Where the
 * vectors are equal, byte for byte as they are stored, the new row takes over that of the former one, with its node and its
 * codes: nothing is linked for it, and no distance is computed. *is_same says so. former: live in the newest view. The
 * appender's. Errors: as above. */
KITH_CHECKED kith_status vector_index_append_after(vector_index *ix, uint32_t former,
                                                   const float *vector, uint32_t *row,
                                                   bool *is_same, kith_error *err);
/* Rows from `first` on, which no view has, those that are to be live, take over the vectors of the rows dead[count] that are
 * equal: these die as they come, and have passed theirs on to no other row. What cannot be read is left as it is. live: bits of all rows; dead: below `first`. The
 * appender's. Errors: KITH_ERR_NO_MEMORY; nothing has changed. */
KITH_CHECKED kith_status vector_index_inherit(vector_index *ix, const bitset *live, uint32_t first,
                                              const uint32_t *dead, uint32_t count,
                                              kith_error *err);
/* To be called before the rows from `first` on are published, which are not taken back any more. The appender's. */
void vector_index_enter(vector_index *ix, uint32_t first);
/* Takes back the rows from number `rows` on, which no view may have had: the end of a batch that
 * failed. Their numbers are given to the next rows. The appender's; keeps the memory.
 * vector_index_linked(ix) <= rows <= vector_index_rows(ix) */
void vector_index_truncate(vector_index *ix, uint32_t rows);

/* Gives nodes to at most `max_new` of the published rows 0..rows, in their order; nothing while
 * rows <= flat_below. Call it again until *linked == rows, or until
 * vector_index_unlinked() is 0. The linker's; searches see each node as soon as it is linked. The
 * graph depends only on the rows, on the seed, and on the numbers of nodes at which calls have
 * ended, as far as these are above GRAPH_BATCH_FROM and no multiple of GRAPH_BATCH (graph.h); not
 * on when it was linked or by how many threads.
 * helpers  threads to look for neighbors beside this one, which no other call uses; NULL: none
 * linked   nodes that the graph has afterwards; may be NULL
 * When all of them are linked, or many are that have no codes, nodes are coded, 32 times max_new
 * steps at most (coded_graph_update).
 * Errors: KITH_ERR_NO_MEMORY: *linked untouched; to be called again. No node was added, or they
 * were and lack their codes. */
KITH_CHECKED kith_status vector_index_link(vector_index *ix, uint32_t rows, uint32_t max_new,
                                           thread_pool *helpers, uint32_t *linked, kith_error *err);
/* How many of the rows 0..rows are still to be linked, or, when all are, how many nodes are still to
 * be coded, as after an index was read: 0 also where there is to be no graph. */
uint32_t vector_index_unlinked(const vector_index *ix, uint32_t rows);
/* How many nodes are still to be coded, whatever is still to be linked. */
uint32_t vector_index_uncoded(const vector_index *ix, uint32_t rows);

/* Gives rows of an index that has no nodes yet those of another index, with their links, where the vectors are equal byte by
 * byte: these rows are linked. Nothing is done, and *is_carried false, where one of the two is not in memory or has no graph, where they
 * have other options, or where more than a quarter of the nodes have no row here.
 * former  [vector_index_rows(ix)] for each live row a published row of `from` that has a vector and may have the same one;
 *         UINT32_MAX: none, as for all others
 * For the linker of `from`, beside all others of that; nobody else uses ix.
 * Errors: KITH_ERR_NO_MEMORY; ix is as it was. */
KITH_CHECKED kith_status vector_index_carry(vector_index *ix, const vector_index *from,
                                            const uint32_t *former, bool *is_carried,
                                            kith_error *err);

/* Removes the rows of the view that are not live in it, from all of the index: their nodes leave the
 * graph (graph_remove.c). None of them is live in any other view that is used now or will be. Their
 * memory is free once vector_index_reclaim says so; until then nothing more is removed. The linker's; it
 * takes about as long as linking as many rows.
 * Errors: KITH_ERR_NO_MEMORY; some are removed, or none, and the index is sound; to be called again. */
KITH_CHECKED kith_status vector_index_remove(vector_index *ix, const vector_view *seen,
                                             kith_error *err);
/* To be called from time to time after vector_index_remove: gives the memory of what was removed to
 * later rows when the searches that may be reading it have ended. False: some have not. The linker's. */
bool vector_index_reclaim(vector_index *ix);
/* How many rows have memory although the view does not have them as live. Any thread. */
uint32_t vector_index_dead(const vector_view *seen);

/* How many rows were replaced by others that have their memory, and not removed yet. A search that comes to such memory looks at each of
 * them. Any thread. */
uint32_t vector_index_replaced(const vector_index *ix);

/* Finds the k nearest live rows of the view that pass the filter. Exact when the scan answered;
 * with the graph or lists nearly so (the recall is what test_vector_recall.c and test_vector_ivf.c ask for) over the
 * rows that are linked or in lists, and exact over the others.
 * query      [dim] finite floats, not all zero under cosine
 * out        [search->k] hits, nearest first, ties by row
 * out_count  how many: fewer than k only when fewer rows match, or as search->groups says
 * plan       what was done, or NULL
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (search->limit), KITH_ERR_CORRUPT
 * (vector_index_is_damaged); with lists also KITH_ERR_CORRUPT and KITH_ERR_IO of what is read; what is in `out` means
 * nothing then, and the other outputs are untouched. */
KITH_CHECKED kith_status vector_index_search(const vector_view *seen, const float *query,
                                             const vector_search *search, hit *out,
                                             uint32_t *out_count, vector_search_plan *plan,
                                             kith_error *err);

/* Candidates that a walk for k hits keeps where vector_search.ef is 0. */
uint32_t vector_search_candidates(uint32_t k);

/* out[i] = the distance of `query` [dim] to row rows[i], bit for bit as a search computes it; rows
 * and out [count]. The rows were published, and not removed.
 * Errors: KITH_ERR_NO_MEMORY; with lists KITH_ERR_CORRUPT and KITH_ERR_IO; what is in `out` means nothing then. */
KITH_CHECKED kith_status vector_index_distances(const vector_index *ix, const float *query,
                                                const uint32_t *rows, uint32_t count, float *out,
                                                kith_error *err);
/* Copies the published row, which was not removed, as it is stored, under cosine of length 1, to out [dim].
 * Errors, with lists alone: KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_NO_MEMORY; what is in `out` means nothing then. */
KITH_CHECKED kith_status vector_index_copy_row(const vector_index *ix, uint32_t row, float *out,
                                               kith_error *err);

/* Appends the rows and the graph to `out` as one piece with a checksum; the layout is at the head
 * of vector_index_file.c. Runs beside readers only, neither beside the appender nor the linker.
 * Fails as the buffer does: out->failed is KITH_ERR_NO_MEMORY or KITH_ERR_LIMIT. */
void vector_index_write(const vector_index *ix, buffer *out);
/* Reads what vector_index_write wrote; `bytes` may be freed afterwards. Any bytes are safe to read.
 * Errors: KITH_ERR_CORRUPT when a checksum, a size, a number or an invariant does not hold;
 * KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status vector_index_read(view bytes, vector_index **out, kith_error *err);

/* The two parts of an index that vector_index_open takes. Neither has a checksum. Both only append
 * to `out`, piece by piece, so that a buffer which drains into a file needs little memory; both
 * fail as the buffer does. What is written is what a view has: its live rows, and others that have nodes; and the vectors of
 * the others, which a compact index may still read there (vector_index_adopt_vectors). Both
 * are the linker's, with the same view and without another call of its between them.
 *
 * The vectors by slots, as f32[slots][stride]: padded with zeros to vector_index_row_bytes(ix) bytes
 * each, zeros where no row is in a slot. */
void vector_index_write_rows(const vector_view *seen, buffer *out);
/* The graph, of as many nodes as there are; it may be empty; and which row is in which slot. */
void vector_index_write_graph(const vector_view *seen, buffer *out);
/* How many vectors vector_index_write_rows writes. */
uint32_t vector_index_slots(const vector_view *seen);
/* Have some slots codes of 8 bits (row_codes.h)? Any thread. */
bool vector_index_has_codes(const vector_index *ix);
/* The codes of the slots that have some, with what they were made by: layout in row_codes_file.c. The
 * linker's. */
void vector_index_write_codes(const vector_index *ix, buffer *out);
/* Bytes of a row in memory and in vector_index_write_rows: 4 * dim, rounded up to 64. */
size_t vector_index_row_bytes(const vector_index *ix);

/* ---- vector_index_open.c: an index over parts that are read when they are wanted ---- */

/* What vector_index_write_rows, _graph and _codes wrote. */
typedef struct vector_index_parts {
    lazy_source vectors, graph;
    lazy_source codes; /* bytes 0: there are none; the linker makes them */
    uint32_t slots;    /* that vector_index_write_rows wrote */
    paged_file *
        cold; /* in the place of `vectors`: they stay there, and the index is compact; NULL: they do not */
} vector_index_parts;

/* An index over the parts; it grows like any other. Of vectors, links and codes nothing is read now:
 * a search reads the pages that it needs (lazy_part.h). It is partial until vector_index_read_on() has read and
 * verified all, which must be before anything is linked, removed or written.
 * options, from->slots  as they were when the parts were written
 * from                  taken over, also when this fails
 * Any bytes are safe to read. What the vectors hold is not looked at: rows that are not what was written give
 * wrong distances, finite ones, and harm nothing else; so do codes.
 * Errors: KITH_ERR_INVALID naming the option that is out of range; KITH_ERR_LIMIT at 2^31 - 1 rows;
 * KITH_ERR_CORRUPT when the vectors are not so many, the graph is not one over so many rows, or the codes are
 * not of such rows; KITH_ERR_NO_MEMORY; any that reading a part has. *out is untouched then. */
KITH_CHECKED kith_status vector_index_open(const vector_index_options *options,
                                           const vector_index_parts *from, vector_index **out,
                                           kith_error *err);
/* Was an index opened, and not all of it read and verified? Any thread. */
bool vector_index_is_partial(const vector_index *ix);
/* Reads on, about `bytes` bytes, and when all is read verifies it, which may take a second. Nothing is
 * done where the index is not partial. The linker's; searches and appends may run beside it.
 * stop     NULL, or looked at while it verifies: KITH_ERR_CANCELLED
 * is_done  the index is not partial any more
 * Errors: KITH_ERR_CORRUPT: it is damaged, and partial for good; KITH_ERR_CANCELLED, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status vector_index_read_on(vector_index *ix, size_t bytes,
                                              const atomic_bool *stop, bool *is_done,
                                              kith_error *err);
/* ---- vector_index_compact.c: generations of a compact index; nothing is done with another ---- */

/* To be called before vector_index_write_rows; the linker's. */
void vector_index_note_saving(const vector_index *ix);
/* Has searches read `vectors`, which vector_index_write_rows wrote of `seen`, of `slots` slots; takes over the hold of it when
 * it returns true. The linker's. False: it is not compact, or waits for searches or a removal: nothing has changed. */
bool vector_index_adopt_vectors(vector_index *ix, const vector_view *seen, paged_file *vectors,
                                uint32_t slots);

/* Was a page met that could not be read, or that does not check? Then vector_index_search fails, what
 * vector_index_distances and vector_index_copy_row gave since is of no use, and so is the index. To be asked after these.
 * Any thread. */
bool vector_index_is_damaged(const vector_index *ix);
/* Something else of what was saved with the index is damaged: so is it from then on. Any thread. */
void vector_index_note_damage(const vector_index *ix, const kith_error *what);
/* Fails with KITH_ERR_CORRUPT and what is damaged; it is. Any thread. */
kith_status vector_index_damage(const vector_index *ix, kith_error *err);

/* Does the row, below vector_index_rows(ix), have a vector? For who reads an index. */
bool vector_index_has_row(const vector_index *ix, uint32_t row);
/* Have all rows one? As long as none was removed. */
bool vector_index_has_all_rows(const vector_index *ix);
/* Aborts unless every invariant of rows and graph holds. Neither beside the appender nor the
 * linker. O(index); for tests and fuzzers. */
void vector_index_check(const vector_index *ix);

#endif
