/* fork.c - copies of collections, and how far an index is: what Chroma's local server refuses, and
 * answers like it under --strict-chroma. */
#include "chroma/body.h"
#include "chroma/handlers.h"
#include "chroma/name.h"
#include "chroma/reply.h"
#include "chroma/scope.h"
#include "chroma/settings.h"

/* ---- fork ---- */

/* Notes in the copy which collection all forks come from. */
static bool note_origin(serve_call *call, const scope *s, const kith_collection_info *source,
                        const char *new_name)
{
    settings kept;
    kith_error err = {0};
    kith_collection_changes changes = {.size = sizeof changes};
    if (!settings_load(call, source, &kept)) return false;
    if (kept.forked_from.size == 0) kept.forked_from = view_of(source->id);
    kith_status status = settings_to_text(call, &kept, &changes.configuration, &err);
    if (status == KITH_OK) status = kith_collection_modify(s->k, new_name, &changes, &err);
    return status == KITH_OK || refuse_error(call, &err);
}

static bool copy(serve_call *call, const scope *s, const char *new_name)
{
    kith_error err = {0};
    kith_status status = kith_collection_copy(s->k, s->name, new_name, &call->call, &err);
    if (status == KITH_OK) return true;
    if (status == KITH_ERR_EXISTS)
        return refuse(call, 409, "Collection [%.300s] already exists", new_name);
    return scope_refuse(call, s, &err);
}

static void reply_fork(serve_call *call, const scope *s, const char *new_name)
{
    kith_collection_infos *infos = NULL;
    kith_error err = {0};
    if (kith_collection_describe(s->k, new_name, NULL, &infos, &err) != KITH_OK)
        (void)refuse_error(call, &err);
    else
        settings_reply_collection(call, &infos->collections[0]);
    kith_collection_infos_free(infos);
}

void chroma_fork(serve_call *call)
{
    scope s;
    const char *new_name = NULL;
    char why[KITH_ERROR_MESSAGE_BYTES];
    kith_collection_infos *infos = NULL;
    kith_error err = {0};
    if (call->strict_chroma) {
        (void)refuse(call, 501, "Collection forking is unsupported for local chroma");
        return;
    }
    if (!scope_collection(call, &s) || !body_is_object(call) ||
        !body_required_text(call, call->body, "new_name", &new_name))
        return;
    if (!name_is_allowed(new_name, why, sizeof why)) {
        (void)refuse(call, 400, "Validation error: new_name: %s", why);
        return;
    }
    if (serve_collection_allowed(call, new_name, &err) != KITH_OK) {
        (void)refuse_error(call, &err);
        return;
    }
    if (!scope_describe(call, &s, &infos)) return;
    if (copy(call, &s, new_name) && note_origin(call, &s, &infos->collections[0], new_name)) {
        serve_audit(call, "collection %s, as a copy of %s", new_name, s.id);
        reply_fork(call, &s, new_name);
    }
    kith_collection_infos_free(infos);
}

/* ---- how many forks ---- */

/* All forks of one origin, and forks of those, count as forks of each. */
static bool count_forks(serve_call *call, const scope *s, view origin, uint64_t *out)
{
    kith_collection_infos *infos = NULL;
    kith_error err = {0};
    bool fine = true;
    *out = 0;
    if (kith_collection_describe(s->k, NULL, NULL, &infos, &err) != KITH_OK)
        return refuse_error(call, &err);
    for (size_t i = 0; fine && i < infos->count; i++) {
        settings kept;
        const arena_mark mark = arena_set_mark(&call->arena);
        fine = settings_load(call, &infos->collections[i], &kept);
        if (fine && view_equal(kept.forked_from, origin)) (*out)++;
        arena_rewind(&call->arena, mark);
    }
    kith_collection_infos_free(infos);
    return fine;
}

void chroma_fork_count(serve_call *call)
{
    scope s;
    settings kept;
    uint64_t count = 0;
    kith_collection_infos *infos = NULL;
    if (call->strict_chroma) {
        (void)refuse(call, 501, "Count forks is unsupported for local chroma");
        return;
    }
    if (!scope_collection(call, &s) || !scope_describe(call, &s, &infos)) return;
    const kith_collection_info *info = &infos->collections[0];
    bool fine = settings_load(call, info, &kept);
    const view origin = fine && kept.forked_from.size ? kept.forked_from : view_of(info->id);
    fine = fine && count_forks(call, &s, origin, &count);
    if (fine) {
        json_writer w = serve_json(call);
        json_begin_object(&w);
        json_member_unsigned(&w, "count", count);
        json_end_object(&w);
        serve_reply(call, 200);
    }
    kith_collection_infos_free(infos);
}

/* ---- indexing ---- */

void chroma_indexing_status(serve_call *call)
{
    scope s;
    kith_collection_infos *infos = NULL;
    if (call->strict_chroma) {
        (void)refuse(call, 500, "Method scout_logs is not implemented");
        return;
    }
    if (!scope_collection(call, &s) || !scope_describe(call, &s, &infos)) return;
    const uint64_t total = infos->collections[0].chunks, waiting = infos->collections[0].unlinked;
    const uint64_t linked = waiting < total ? total - waiting : 0;
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "op_indexing_progress");
    json_real(&w, total ? (double)linked / (double)total : 1.0);
    json_member_unsigned(&w, "num_unindexed_ops", total - linked);
    json_member_unsigned(&w, "num_indexed_ops", linked);
    json_member_unsigned(&w, "total_ops", total);
    json_end_object(&w);
    serve_reply(call, 200);
    kith_collection_infos_free(infos);
}
