/* estimate.h - what a collection of so many vectors takes, before there is one.
 *
 * Of an index that is built: its memory as kith_collection_stats' bytes_memory counts it, and the
 * bytes of its files. Each component is within 5 % of what vectors that were put one after the other
 * get, but for words, which depend on the text: these are within a third of English prose.
 *
 * What comes on top: while a generation is saved the former one is on disk too; a log of up to some
 * 100 MB while much is written; the memory of a search (4 bytes a vector for each thread that
 * searches), of a local model, and of the answers that are kept.
 *
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_ESTIMATE_H
#define KITH_ESTIMATE_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_estimate_options {
    size_t size;           /* sizeof */
    uint64_t vectors;      /* of the collection, up to 2^31 - 1 */
    uint32_t dimension;    /* 1..KITH_DIMENSION_MAX */
    uint32_t id_bytes;     /* of a point's id, on average, up to KITH_KEY_MAX_BYTES; 0: 16 */
    uint32_t text_bytes;   /* of a point's content, on average, up to 1 MiB; 0: points have none */
    uint32_t fields;       /* of metadata that each point has: numbers, up to 256 */
    uint64_t index_memory; /* bytes that vectors may take (budget.h); 0: any number */
    kith_memory memory;    /* what of them is in memory (budget.h) */
} kith_estimate_options;

/* Part of what is taken. */
typedef struct kith_estimate_component {
    const char
        *name; /* "vectors", "slots", "graph", "codes", "neighbor codes", "sign codes", "rows",
                       * "lists", "ids", "fields", "words", "store"; more may come */
    const char *what; /* a sentence about it */
    uint64_t memory_bytes, disk_bytes;
} kith_estimate_component;

typedef struct kith_estimate {
    size_t count;
    const kith_estimate_component *components; /* [count] those that take nothing among them */
    uint64_t memory_bytes, disk_bytes;         /* of all */
    bool has_graph;  /* searches walk a graph; else they compare every vector, or read lists */
    bool has_lists;  /* vectors are in lists on the disk (budget.h) */
    bool is_compact; /* there is a graph, and vectors are on the disk (budget.h) */
    /* Of memory_bytes, what vectors take, that is, what index_memory limits: where it is more, that cannot be kept. */
    uint64_t vector_bytes;
} kith_estimate;

/* Reads and writes nothing. Free *out with kith_estimate_free.
 * Errors: INVALID (a number is out of range, or the size of the options), UNSUPPORTED (their size),
 * LIMIT (more vectors than an index holds), NO_MEMORY. */
KITH_API kith_status kith_estimate_collection(const kith_estimate_options *options,
                                              kith_estimate **out, kith_error *err);
KITH_API_VOID void kith_estimate_free(kith_estimate *estimate);

#ifdef __cplusplus
}
#endif

#endif
