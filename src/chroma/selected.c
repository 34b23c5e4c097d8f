/* selected.c - see selected.h. */
#include "chroma/selected.h"

#include "chroma/body.h"
#include "chroma/filter.h"
#include "chroma/reply.h"
#include "chroma/settings.h"

#include <kith/filters.h>

/* As many as a filter may have. */
enum { IDS_MAX = KITH_FILTER_MAX_VALUES };

bool selected_parse(serve_call *call, selected *out)
{
    *out = (selected){0};
    if (!body_is_object(call)) return false;
    out->where = body_get(call->body, "where");
    out->where_document = body_get(call->body, "where_document");
    if (!body_texts(call, call->body, "ids", false, &out->ids, &out->id_count)) return false;
    return out->id_count <= IDS_MAX ||
           refuse(call, 400, "%u ids are over the limit of %d", out->id_count, IDS_MAX);
}

bool selected_filter(serve_call *call, const scope *s, const selected *from, bool with_ids,
                     const char **out)
{
    filter_parts parts = {.where = from->where, .where_document = from->where_document};
    kith_collection_infos *infos = NULL;
    settings kept;
    if (with_ids) {
        parts.ids = from->ids;
        parts.id_count = from->id_count;
    }
    if (!parts.where && !parts.where_document) return filter_write(call, &parts, NULL, out);
    if (!scope_describe(call, s, &infos)) return false;
    const bool fine = settings_load(call, &infos->collections[0], &kept) &&
                      filter_write(call, &parts, &kept.schema, out);
    kith_collection_infos_free(infos);
    return fine;
}
