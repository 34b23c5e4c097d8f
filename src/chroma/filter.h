/* filter.h - Chroma's `where` and `where_document` as one filter of kith (kith/filters.h).
 *
 * The two languages mean the same by the same words; Chroma's allows less: one member an object,
 * and values of one kind in a list. What it refuses is refused here, with its words. */
#ifndef KITH_CHROMA_FILTER_H
#define KITH_CHROMA_FILTER_H

#include "chroma/schema.h"

typedef struct filter_parts {
    const json_value *where, *where_document; /* NULL: none */
    const char *const *ids;                   /* [id_count] "#id" must be one of them; NULL: any */
    uint32_t id_count;
} filter_parts;

/* Writes the filter as JSON text, in the call's arena; *out is NULL when there is no part.
 * s  refuses fields whose index is disabled; NULL: there is none to refuse
 * False: refused. */
bool filter_write(serve_call *call, const filter_parts *parts, const schema *s, const char **out);

#endif
