/* settings.h - what this dialect keeps of a collection, in the configuration that kith keeps with
 * it: {"schema": {...}, "forked_from": "<uuid>"}.
 *
 * The schema has everything else: "configuration_json" is told from the settings of its
 * "#embedding". A collection that was made otherwise than by this dialect, whose configuration has
 * no schema, has Chroma's defaults with its own metric. */
#ifndef KITH_CHROMA_SETTINGS_H
#define KITH_CHROMA_SETTINGS_H

#include "chroma/schema.h"

#include <kith/catalog.h>

typedef struct settings {
    schema schema;
    /* The id of the collection at the root of its forks; "" when it is no fork. */
    view forked_from;
} settings;

/* Reads those of a collection. They borrow from the call's arena. False: refused. */
bool settings_load(serve_call *call, const kith_collection_info *info, settings *out);
/* As kith keeps them, in the call's arena. Errors: LIMIT, they take more than
 * KITH_CONFIGURATION_MAX_BYTES; NO_MEMORY. */
KITH_CHECKED kith_status settings_to_text(serve_call *call, const settings *s, const char **out,
                                          kith_error *err);
/* Is the embedding function Chroma's default one, which is kith's model too? */
bool settings_has_default_function(const settings *s);

/* The object that Chroma's clients know a collection by. */
void settings_write_collection(json_writer *w, const kith_collection_info *info, const settings *s);
/* Replies 200 with it, or refuses. */
void settings_reply_collection(serve_call *call, const kith_collection_info *info);

#endif
