/* records_read.c - get, query and count. */
#include "chroma/answer.h"
#include "chroma/body.h"
#include "chroma/conditional.h"
#include "chroma/embeddings.h"
#include "chroma/handlers.h"
#include "chroma/reply.h"
#include "chroma/selected.h"

/* ---- get ---- */

typedef struct get_request {
    selected what;
    uint32_t limit, offset;
    unsigned include;
} get_request;

static bool parse_get(serve_call *call, get_request *out)
{
    *out = (get_request){.limit = UINT32_MAX, .include = INCLUDE_METADATAS | INCLUDE_DOCUMENTS};
    return selected_parse(call, &out->what) &&
           body_unsigned(call, call->body, "limit", &out->limit) &&
           body_unsigned(call, call->body, "offset", &out->offset) &&
           answer_parse_include(call, &out->include);
}

/* True with *out NULL: nothing can be found, and kith is not asked. */
static bool read_records(serve_call *call, const scope *s, const get_request *request,
                         kith_records **out)
{
    kith_error err = {0};
    kith_selection selection = {.size = sizeof selection,
                                .ids = request->what.ids,
                                .id_count = request->what.id_count,
                                .offset = request->offset,
                                .limit = request->limit == UINT32_MAX ? 0 : request->limit,
                                .with_vectors = request->include & INCLUDE_EMBEDDINGS,
                                .allow_unknown_fields = true,
                                .call = &call->call,
                                .in_stored_order = true,
                                .without_content = !(request->include & INCLUDE_DOCUMENTS),
                                .without_metadata =
                                    !(request->include & (INCLUDE_METADATAS | INCLUDE_URIS))};
    if (!selected_filter(call, s, &request->what, false, &selection.where)) return false;
    if (request->limit == 0 || (request->what.ids && request->what.id_count == 0))
        return scope_exists(call, s);
    if (kith_get(s->k, s->name, &selection, out, &err) == KITH_OK) return true;
    return scope_refuse(call, s, &err);
}

static void get(serve_call *call, const scope *s, const get_request *request,
                const uint64_t *read_token)
{
    kith_records *records = NULL;
    if (!read_records(call, s, request, &records)) return;
    const answer_rows rows = records ? answer_rows_of_records(records) : (answer_rows){0};
    answer_get(call, &rows, request->include, read_token);
    kith_records_free(records);
}

void chroma_get(serve_call *call)
{
    scope s;
    get_request request;
    if (scope_collection(call, &s) && parse_get(call, &request)) get(call, &s, &request, NULL);
}

/* The token is taken before the records are read: what changes in between is newer than it. */
void chroma_conditional_get(serve_call *call)
{
    scope s;
    get_request request;
    bool given = false;
    uint64_t token = 0;
    kith_collection_infos *infos = NULL;
    if (conditional_refused(call)) return;
    if (!scope_collection(call, &s) || !parse_get(call, &request) ||
        !conditional_token(call, &given, &token) || !scope_describe(call, &s, &infos))
        return;
    if (!given) token = infos->collections[0].changes;
    kith_collection_infos_free(infos);
    get(call, &s, &request, &token);
}

/* ---- query ---- */

typedef struct query_request {
    selected what;
    const float **vectors; /* [count] */
    uint32_t *dimensions;  /* [count] */
    uint32_t count;
    uint32_t n_results;
    unsigned include;
    const char *filter; /* NULL: none */
} query_request;

static bool parse_query(serve_call *call, query_request *out)
{
    const json_value *list = NULL;
    *out = (query_request){.n_results = 10,
                           .include = INCLUDE_METADATAS | INCLUDE_DOCUMENTS | INCLUDE_DISTANCES};
    if (!selected_parse(call, &out->what) ||
        !body_array(call, call->body, "query_embeddings", &list) ||
        !body_unsigned(call, call->body, "n_results", &out->n_results) ||
        !answer_parse_include(call, &out->include))
        return false;
    if (!list) return refuse_shape(call, "missing field `query_embeddings`");
    if (list->count > call->limits->batch)
        return refuse(call, 400, "%u query embeddings are over the limit of %u", list->count,
                      call->limits->batch);
    out->count = list->count;
    out->vectors = arena_new_array(&call->arena, const float *, list->count);
    out->dimensions = arena_new_array(&call->arena, uint32_t, list->count);
    if (!out->vectors || !out->dimensions)
        return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; i < list->count; i++) {
        out->dimensions[i] = list->elements[i]->count;
        if (!embedding_parse(call, "query_embeddings", list->elements[i], &out->vectors[i]))
            return false;
    }
    return true;
}

/* A query whose only condition are ids is refused when one of them does not exist, unless the
 * collection has never had a vector. Chroma says so with a status of 500, as if it had failed
 * itself; here the request is told to be wrong, in the same words. */
static bool check_ids_exist(serve_call *call, const scope *s, const query_request *request)
{
    const selected *what = &request->what;
    uint64_t found = 0;
    kith_collection_infos *infos = NULL;
    kith_error err = {0};
    if (!what->ids || what->where || what->where_document) return true;
    const kith_selection selection = {.size = sizeof selection,
                                      .ids = what->ids,
                                      .id_count = what->id_count,
                                      .call = &call->call};
    if (kith_count(s->k, s->name, &selection, &found, &err) != KITH_OK)
        return scope_refuse(call, s, &err);
    if (found >= what->id_count) return true;
    if (!scope_describe(call, s, &infos)) return false;
    const bool is_new = infos->collections[0].dimension == 0;
    kith_collection_infos_free(infos);
    return is_new || refuse(call, call->strict_chroma ? 500 : 400,
                            "Error executing plan: Internal error: Error finding id");
}

/* No more results than there are points, so that a client may ask for "all" with any number. */
static bool limit_results(serve_call *call, const scope *s, query_request *request)
{
    uint64_t points = 0;
    kith_error err = {0};
    if (request->n_results <= call->limits->k) return true;
    if (kith_count(s->k, s->name, NULL, &points, &err) != KITH_OK)
        return scope_refuse(call, s, &err);
    if (points > call->limits->k)
        return refuse(call, 400, "n_results of %u is over the limit of %u", request->n_results,
                      call->limits->k);
    request->n_results = (uint32_t)points;
    return true;
}

static bool search(serve_call *call, const scope *s, const query_request *request, uint32_t i,
                   kith_hits **out)
{
    kith_error err = {0};
    const kith_query query = {.size = sizeof query,
                              .vector = request->vectors[i],
                              .dimension = request->dimensions[i],
                              .k = request->n_results,
                              .where = request->filter,
                              .ranking = KITH_RANK_MEANING,
                              .allow_unknown_fields = true,
                              .call = &call->call,
                              .with_vectors = request->include & INCLUDE_EMBEDDINGS,
                              .without_content = !(request->include & INCLUDE_DOCUMENTS),
                              .without_metadata =
                                  !(request->include & (INCLUDE_METADATAS | INCLUDE_URIS))};
    if (kith_search(s->k, s->name, &query, out, &err) == KITH_OK) return true;
    return scope_refuse_search(call, s, request->dimensions[i], &err);
}

static void search_all(serve_call *call, const scope *s, const query_request *request)
{
    kith_hits **hits = arena_new_array(&call->arena, kith_hits *, request->count);
    answer_rows *rows = arena_new_array(&call->arena, answer_rows, request->count);
    bool fine = hits && rows;
    if (!fine) (void)refuse(call, 500, "out of memory for the request");
    const bool nothing = request->n_results == 0 || request->count == 0 ||
                         (request->what.ids && request->what.id_count == 0);
    if (fine && nothing) fine = scope_exists(call, s);
    for (uint32_t i = 0; fine && !nothing && i < request->count; i++) {
        fine = search(call, s, request, i, &hits[i]);
        if (fine) rows[i] = answer_rows_of_hits(hits[i]);
    }
    if (fine) answer_query(call, rows, request->count, request->include);
    for (uint32_t i = 0; hits && i < request->count; i++)
        kith_hits_free(hits[i]);
}

void chroma_query(serve_call *call)
{
    scope s;
    query_request request;
    if (!scope_collection(call, &s) || !parse_query(call, &request) ||
        !selected_filter(call, &s, &request.what, true, &request.filter) ||
        !check_ids_exist(call, &s, &request) || !limit_results(call, &s, &request))
        return;
    search_all(call, &s, &request);
}

/* ---- count ---- */

void chroma_count(serve_call *call)
{
    static const char *const levels[] = {"index_and_wal", "index_only", "index_and_bounded_wal"};
    const view level = serve_query(call, "read_level");
    bool known = !level.data;
    scope s;
    uint64_t count = 0;
    kith_error err = {0};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        known |= view_equal(level, view_of(levels[i]));
    if (!known) {
        (void)refuse(call, 400,
                     "Failed to deserialize query string: read_level: unknown variant `%.64s`, "
                     "expected one of `index_and_wal`, `index_only`, `index_and_bounded_wal`",
                     level.data);
        return;
    }
    if (!scope_collection(call, &s)) return;
    if (kith_count(s.k, s.name, NULL, &count, &err) != KITH_OK) {
        (void)scope_refuse(call, &s, &err);
        return;
    }
    json_writer w = serve_json(call);
    json_integer(&w, (int64_t)count);
    serve_reply(call, 200);
}
