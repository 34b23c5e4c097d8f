/* index_estimate.h - what a collection takes in memory and on disk, before there is one. */
#ifndef KITH_DB_INDEX_ESTIMATE_H
#define KITH_DB_INDEX_ESTIMATE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct index_shape {
    uint64_t vectors;      /* up to VECTOR_ROWS_MAX */
    uint32_t dimension;    /* 1..KITH_DIMENSION_MAX */
    uint32_t id_bytes;     /* on average, as are the others; up to KITH_KEY_MAX_BYTES */
    uint32_t text_bytes;   /* up to 1 MiB */
    uint32_t fields;       /* numbers, up to METADATA_MAX_ENTRIES */
    uint64_t index_memory; /* bytes that vectors may take; 0: any number */
    bool is_compact;       /* they are on the disk whatever fits */
} index_shape;

typedef enum index_component {
    COMPONENT_VECTORS,
    COMPONENT_SLOTS,
    COMPONENT_GRAPH,
    COMPONENT_CODES,
    COMPONENT_NEIGHBOR_CODES,
    COMPONENT_SIGN_CODES,
    COMPONENT_LISTS,
    COMPONENT_ROWS,
    COMPONENT_IDS,
    COMPONENT_FIELDS,
    COMPONENT_WORDS,
    COMPONENT_STORE,
    INDEX_COMPONENTS
} index_component;

typedef struct index_estimate {
    struct {
        uint64_t memory, disk; /* bytes */
    } of[INDEX_COMPONENTS];
    bool has_graph, has_lists, is_compact;
} index_estimate;

/* Any thread. Errors: KITH_ERR_INVALID naming the number that is out of range; KITH_ERR_LIMIT for more
 * vectors; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status index_estimate_of(const index_shape *shape, index_estimate *out,
                                           kith_error *err);

#endif
