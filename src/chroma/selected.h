/* selected.h - which records a body names: what get, query and delete have in common. */
#ifndef KITH_CHROMA_SELECTED_H
#define KITH_CHROMA_SELECTED_H

#include "base/json.h"
#include "chroma/scope.h"

typedef struct selected {
    const char *const *ids; /* [id_count]; NULL: not given */
    uint32_t id_count;
    const json_value *where, *where_document;
} selected;

/* Reads "ids", "where" and "where_document" of the body. False: refused. */
bool selected_parse(serve_call *call, selected *out);
/* Writes the filter of the conditions, in the call's arena; *out is NULL when there is none.
 * with_ids  and of the ids
 * The collection's schema, which may refuse a condition, is read only when there is one.
 * False: refused. */
bool selected_filter(serve_call *call, const scope *s, const selected *from, bool with_ids,
                     const char **out);

#endif
