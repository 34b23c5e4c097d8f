/* collection_stats.h - a collection's figures, as kith stats, kith collections and kith demo show
 * them. */
#ifndef KITH_CLI_COLLECTION_STATS_H
#define KITH_CLI_COLLECTION_STATS_H

#include "cli/console.h"

#include <kith/budget.h>
#include <kith/kith.h>
#include <kith/meaning.h>
#include <kith/recall.h>
#include <kith/reembed.h>

/* What is told of a collection's model and of its searches. */
typedef struct collection_model {
    kith_reembedding reembedding; /* what kith reembed has begun */
    kith_recall recall;           /* of its searches */
    kith_index_memory memory;     /* of its vectors */
    const char *precision; /* in which the model runs here; NULL: it is not at hand, or remote */
} collection_model;

/* "full" or "compact" */
const char *collection_memory_name(kith_memory memory);

/* One JSON line.
 * model  NULL: it is not told
 * memory NULL: it is not told */
void collection_stats_json(console *c, const kith_collection_stats *stats,
                           const kith_meaning *meaning, const collection_model *model,
                           const kith_index_memory *memory);
/* A block of lines. */
void collection_stats_text(console *c, const kith_collection_stats *stats,
                           const kith_meaning *meaning, const collection_model *model);

/* "1.4 MiB" */
void append_bytes(buffer *out, uint64_t bytes);

const char *metric_name(kith_metric metric);

#endif
