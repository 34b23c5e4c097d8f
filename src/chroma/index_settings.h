/* index_settings.h - the numbers of a vector index as Chroma has them: kept and told, and of them
 * only the space (the metric) means something to kith, which chooses the rest itself. */
#ifndef KITH_CHROMA_INDEX_SETTINGS_H
#define KITH_CHROMA_INDEX_SETTINGS_H

#include "serve/call.h"

typedef struct index_settings {
    kith_metric space;
    uint64_t ef_construction, ef_search, max_neighbors, num_threads, batch_size, sync_threshold;
    double resize_factor;
} index_settings;

/* Chroma's defaults. */
index_settings index_settings_default(kith_metric space);
bool index_settings_equal(const index_settings *a, const index_settings *b);

/* "l2", "cosine", "ip". */
const char *space_name(kith_metric space);

/* Which members an object with such numbers may have, and what another one costs. */
typedef enum index_members {
    INDEX_CREATE,  /* all; another one is refused */
    INDEX_CHANGE,  /* all but space and ef_construction; another one is refused */
    INDEX_LENIENT, /* all; another one is passed over: in a schema */
} index_members;

/* Changes those numbers that the object has. False: refused; `where` names the object. */
bool index_settings_parse(serve_call *call, const json_value *object, index_members members,
                          const char *where, index_settings *settings);

/* Applies the `hnsw:` entries of a collection's metadata, the form of Chroma's early versions.
 * False: refused (400), one of them is not known or has a bad value. */
bool index_settings_from_metadata(serve_call *call, const json_value *metadata,
                                  index_settings *settings);

/* The space that a `spann` configuration names, if it does: kith has one kind of index. False:
 * refused. */
bool index_settings_from_spann(serve_call *call, const json_value *spann, const char *where,
                               index_settings *settings);

/* The object in "configuration_json", and the one in "schema", which has other members. */
void index_settings_write_configuration(json_writer *w, const index_settings *settings);
void index_settings_write_schema(json_writer *w, const index_settings *settings);

#endif
