/* collection_stats.h - a collection's figures, as kith stats, kith collections and kith demo show
 * them. */
#ifndef KITH_CLI_COLLECTION_STATS_H
#define KITH_CLI_COLLECTION_STATS_H

#include "cli/console.h"

#include <kith/kith.h>
#include <kith/meaning.h>

/* One JSON line. */
void collection_stats_json(console *c, const kith_collection_stats *stats,
                           const kith_meaning *meaning);
/* A block of lines. */
void collection_stats_text(console *c, const kith_collection_stats *stats,
                           const kith_meaning *meaning);

/* "1.4 MiB" */
void append_bytes(buffer *out, uint64_t bytes);

const char *metric_name(kith_metric metric);

#endif
