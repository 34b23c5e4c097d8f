/* snapshot.h - the state of a collection's index that a search works on from beginning to end.
 *
 * A snapshot holds exactly the points that were live after change `sequence` of the collection.
 * It is immutable. Whoever needs one holds it (collection_pin), works without any lock, and
 * releases it; the applier meanwhile adds rows that the snapshot does not have, and publishes
 * another one. What a snapshot needs is held by it: the rows, and the segments.
 *
 * Threads: any number may use one at once. */
#ifndef KITH_DB_SNAPSHOT_H
#define KITH_DB_SNAPSHOT_H

#include "base/bitset.h"
#include "base/status.h"
#include "db/derived.h"
#include "db/filter_cache.h"
#include "db/list_cache.h"
#include "db/segment.h"
#include "fields/columns.h"
#include "vector/vector_index.h"
#include "words/bm25_query.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct snapshot {
    atomic_uint holders; /* freed with the last */
    derived *derived;    /* held */
    vector_index *index; /* of `derived`; NULL: there was no vector yet */
    uint32_t rows;       /* what comes after them in `derived` is not part of this */
    bitset live;         /* [rows] */
    uint32_t live_count;
    bitset with_vector;      /* [rows] live rows but those that wait for their vector; words NULL:
                               none waits */
    uint32_t waiting_count;  /* live rows that do */
    uint32_t document_count; /* the rows' documents have numbers up to it */
    uint32_t segment_count;
    segment **segments;         /* [segment_count], held: adjacent, over the rows 0..rows */
    const bm25_segment **words; /* [segment_count], theirs */
    const columns **fields;     /* [segment_count], theirs */
    uint64_t *damaged;          /* [damaged_count], ascending: rows of the store that cannot be read
                                   and are in no other part; they leave when they are put anew or
                                   deleted */
    uint32_t damaged_count;
    uint64_t sequence;
    filter_cache *filters; /* what filters have matched; any thread's ... */
    list_cache *lists;     /* ... and, of few rows, the lists of them */
    /* Of the collection that published it (collection.lock). */
    uint64_t number;              /* 1, 2, ... in the order in which they were published */
    struct snapshot *next_former; /* among those that were replaced and may be held */
} snapshot;

/* What a snapshot is made of. */
typedef struct snapshot_parts {
    derived *derived;
    uint32_t rows;
    uint64_t *live_words;   /* [rows / 64, rounded up]; bits past `rows` are clear */
    uint64_t *vector_words; /* likewise, of the live rows that have a vector; NULL: all have */
    uint64_t *damaged;
    uint32_t damaged_count;
    segment *const *segments; /* [segment_count] */
    uint32_t segment_count;
    uint64_t sequence;
} snapshot_parts;
/* Held once; the applier's, since it counts documents. Takes over live_words, vector_words and
 * damaged, heap arrays, on success only; holds what else it needs. NULL: out of memory. */
snapshot *snapshot_new(const snapshot_parts *parts);
/* Of no points, good for sequence 0; holds `d`, which has no rows. NULL: out of memory. */
snapshot *snapshot_new_empty(derived *d);
/* Any thread that holds it, or is kept from losing it. Gives back what it was given. */
snapshot *snapshot_hold(snapshot *s);
/* Frees it with its last holder. Accepts NULL. Any thread. */
void snapshot_release(snapshot *s);

/* The points that it stands for: those that can be found, and those that are damaged. */
uint64_t snapshot_points(const snapshot *s);
/* Memory held by it, its segments and its rows. The applier's. */
size_t snapshot_bytes(const snapshot *s);
/* True when the numbers of dead rows, which stay when their vectors have gone, and slots that no row is in take a notable part of
 * the index's memory (snapshot.c), and enough has changed for the work: only building the index anew gives that back.
 * is_quiet: no writes come. */
bool snapshot_needs_rebuild(const snapshot *s, bool is_quiet);
/* True when there are enough dead rows with vectors that removing these is worth a look at all nodes. */
bool snapshot_needs_removal(const snapshot *s);
/* The rows that are worth a node of the graph: not those from the first that waits on, while more
 * than an eighth of the live rows wait. They would be nodes without a vector for good. */
uint32_t snapshot_linkable_rows(const snapshot *s);

/* The number of a row's document, up to document_count; ROW_DOCUMENT_NONE: of none. */
static inline uint32_t snapshot_document(const snapshot *s, uint32_t row)
{
    return row_documents_number(&s->derived->documents, row);
}

/* The parts as those who search them want them; they live as long as the snapshot. */
static inline vector_view snapshot_vectors(const snapshot *s)
{
    if (s->waiting_count == 0) return (vector_view){s->index, s->rows, &s->live, s->live_count};
    return (vector_view){s->index, s->rows, &s->with_vector, s->live_count - s->waiting_count};
}

/* Does the live row wait for its vector? */
static inline bool snapshot_waits(const snapshot *s, uint32_t row)
{
    return s->waiting_count > 0 && !bitset_has(&s->with_vector, row);
}

static inline bm25_corpus snapshot_words(const snapshot *s)
{
    return (bm25_corpus){s->words, s->segment_count};
}

static inline column_segments snapshot_fields(const snapshot *s)
{
    return (column_segments){s->fields, s->segment_count};
}

/* Do the parts agree? For tests: walks every row, and aborts where vector_index_check does. Neither
 * beside the applier nor while the graph grows; `s` is the newest of its rows.
 * Errors: KITH_ERR_CORRUPT names what is broken; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status snapshot_check(const snapshot *s, kith_error *err);

#endif
