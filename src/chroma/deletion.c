/* deletion.c - see deletion.h; and the route. */
#include "chroma/deletion.h"

#include "chroma/body.h"
#include "chroma/handlers.h"
#include "chroma/reply.h"
#include "chroma/selected.h"

bool deletion_parse(serve_call *call, const scope *s, deletion *out)
{
    selected what;
    uint32_t limit = UINT32_MAX;
    if (!selected_parse(call, &what) || !body_unsigned(call, call->body, "limit", &limit))
        return false;
    const bool conditions = what.where || what.where_document;
    if (limit != UINT32_MAX && !conditions)
        return refuse(call, 400,
                      "Validation error: limit, where: limit can only be specified when a where "
                      "clause is provided");
    if (what.ids && what.id_count == 0 && !conditions)
        return refuse(call, 400,
                      "Validation error: ids, where: Either ids or where must be specified");
    *out = (deletion){.ids = what.ids,
                      .id_count = what.id_count,
                      .limit = limit == UINT32_MAX ? 0 : limit,
                      .deletes_nothing = limit == 0 || (what.ids && what.id_count == 0) ||
                                         (!what.ids && !conditions)};
    return selected_filter(call, s, &what, false, &out->where);
}

/* Without conditions Chroma counts the ids that it was given, not those that there were. */
static bool delete_records(serve_call *call, const scope *s, const deletion *what, size_t *deleted)
{
    kith_error err = {0};
    const kith_selection selection = {.size = sizeof selection,
                                      .ids = what->ids,
                                      .id_count = what->id_count,
                                      .where = what->where,
                                      .limit = what->limit,
                                      .allow_unknown_fields = true,
                                      .call = &call->call,
                                      .in_stored_order = true};
    if (what->deletes_nothing) return scope_exists(call, s);
    if (kith_delete(s->k, s->name, &selection, deleted, &err) != KITH_OK)
        return scope_refuse(call, s, &err);
    if (!what->where) *deleted = what->id_count;
    return true;
}

void chroma_delete(serve_call *call)
{
    scope s;
    deletion what;
    size_t deleted = 0;
    if (!scope_collection(call, &s) || !deletion_parse(call, &s, &what) ||
        !delete_records(call, &s, &what, &deleted))
        return;
    serve_audit(call, "%zu records of collection %s", deleted, s.id);
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "deleted", deleted);
    json_end_object(&w);
    serve_reply(call, 200);
}
