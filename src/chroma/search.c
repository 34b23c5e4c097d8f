/* search.c - the Search API, which Chroma's local server refuses (as this one does under
 * --strict-chroma). Several searches make one answer, whose columns are lists with one list for
 * each; a column that a search did not select is null there. */
#include "chroma/body.h"
#include "chroma/handlers.h"
#include "chroma/metadata_text.h"
#include "chroma/reply.h"
#include "chroma/scope.h"
#include "chroma/search_results.h"
#include "chroma/settings.h"

enum { SEARCHES_MAX = 100 };

/* The results of one search, to be written. */
typedef struct page {
    search_request request;
    kith_records *records;
    uint32_t count;
    const kith_record **rows; /* [count] */
    float *scores;            /* [count]; NULL: it does not rank */
} page;

static bool refuse_memory(serve_call *call)
{
    return refuse(call, 500, "out of memory for the search");
}

static kith_selection selection_of(serve_call *call, const search_request *request)
{
    return (kith_selection){.size = sizeof(kith_selection),
                            .with_vectors = request->parts & SELECT_EMBEDDING,
                            .allow_unknown_fields = true,
                            .call = &call->call,
                            .without_content = !(request->parts & SELECT_DOCUMENT),
                            .without_metadata =
                                !(request->parts & (SELECT_METADATA | SELECT_FIELDS))};
}

/* Without a rank expression: what matches the filter, in the order in which it was written. */
static bool read_unranked(serve_call *call, const scope *s, page *p)
{
    kith_error err = {0};
    kith_selection selection = selection_of(call, &p->request);
    selection.where = p->request.filter;
    selection.offset = p->request.offset;
    selection.limit = p->request.limit == UINT32_MAX ? 0 : p->request.limit;
    if (kith_get(s->k, s->name, &selection, &p->records, &err) != KITH_OK)
        return scope_refuse(call, s, &err);
    p->count = (uint32_t)p->records->count;
    p->rows = arena_new_array(&call->arena, const kith_record *, p->count);
    if (!p->rows) return refuse_memory(call);
    for (uint32_t i = 0; i < p->count; i++)
        p->rows[i] = &p->records->records[i];
    return true;
}

/* Results that were deleted meanwhile are left out. */
static bool read_rows(serve_call *call, const scope *s, const ranked *results, uint32_t count,
                      page *p)
{
    kith_error err = {0};
    const char **ids = arena_new_array(&call->arena, const char *, count);
    p->rows = arena_new_array(&call->arena, const kith_record *, count);
    p->scores = arena_new_array(&call->arena, float, count);
    if (!ids || !p->rows || !p->scores) return refuse_memory(call);
    for (uint32_t i = 0; i < count; i++)
        ids[i] = results[i].id;
    kith_selection selection = selection_of(call, &p->request);
    selection.ids = ids;
    selection.id_count = count;
    if (kith_get(s->k, s->name, &selection, &p->records, &err) != KITH_OK)
        return scope_refuse(call, s, &err);
    for (uint32_t i = 0; i < count && p->count < p->records->count; i++) {
        const kith_record *record = &p->records->records[p->count];
        if (strcmp(record->id, results[i].id) != 0) continue;
        p->scores[p->count] = results[i].score;
        p->rows[p->count++] = record;
    }
    return true;
}

static bool run(serve_call *call, const scope *s, page *p)
{
    ranked *results = NULL;
    uint32_t count = 0;
    if (p->request.limit == 0) return true;
    if (!p->request.has_rank) return read_unranked(call, s, p);
    if (!search_results_find(call, s, &p->request, &results, &count)) return false;
    const uint32_t from = p->request.offset < count ? p->request.offset : count;
    const uint32_t left = count - from;
    return read_rows(call, s, results + from, left < p->request.limit ? left : p->request.limit, p);
}

/* ---- the answer ---- */

/* The fields of the metadata that were selected; all of them with #metadata. */
static void write_metadata(serve_call *call, json_writer *w, const page *p, uint32_t row)
{
    const char *text = p->rows[row]->metadata;
    if (p->request.parts & SELECT_METADATA) {
        metadata_write_answer(w, text, &call->arena);
        return;
    }
    const arena_mark mark = arena_set_mark(&call->arena);
    const json_value *tree = metadata_parse_text(text, &call->arena);
    json_begin_object(w);
    for (uint32_t i = 0; i < p->request.field_count; i++) {
        const json_value *value = json_get(tree, p->request.fields[i]);
        if (!value) continue;
        json_key(w, p->request.fields[i]);
        json_tree(w, value);
    }
    json_end_object(w);
    arena_rewind(&call->arena, mark);
}

static void write_cell(serve_call *call, json_writer *w, const page *p, uint32_t row, unsigned part)
{
    const kith_record *record = p->rows[row];
    switch (part) {
    case SELECT_DOCUMENT:
        json_text(w, record->content);
        break;
    case SELECT_EMBEDDING:
        if (record->vector)
            json_floats(w, record->vector, p->records->dimension);
        else
            json_null(w);
        break;
    case SELECT_METADATA:
        write_metadata(call, w, p, row);
        break;
    case SELECT_SCORE: // of a search that does not rank; else write_column writes them all
        json_null(w);
        break;
    default:
        json_text(w, record->id);
    }
}

/* part 0: the ids, which are always there. */
static void write_column(serve_call *call, json_writer *w, const char *name, const page *pages,
                         uint32_t count, unsigned part)
{
    json_key(w, name);
    json_begin_array(w);
    for (uint32_t i = 0; i < count; i++) {
        const unsigned selected = part == SELECT_METADATA ? SELECT_METADATA | SELECT_FIELDS : part;
        if (part != 0 && !(pages[i].request.parts & selected)) {
            json_null(w);
            continue;
        }
        if (part == SELECT_SCORE && pages[i].scores) {
            json_floats(w, pages[i].scores, pages[i].count);
            continue;
        }
        json_begin_array(w);
        for (uint32_t row = 0; row < pages[i].count; row++)
            write_cell(call, w, &pages[i], row, part);
        json_end_array(w);
    }
    json_end_array(w);
}

/* How many texts were searched for without their ends. */
static uint64_t count_cut(const page *pages, uint32_t count)
{
    uint64_t cut = 0;
    for (uint32_t i = 0; i < count; i++)
        for (const rank_knn *knn = pages[i].request.rank.knns; knn; knn = knn->next)
            cut += knn->is_cut;
    return cut;
}

static void reply_pages(serve_call *call, const page *pages, uint32_t count)
{
    reply_truncated(call, count_cut(pages, count));
    json_writer w = serve_json(call);
    json_begin_object(&w);
    write_column(call, &w, "ids", pages, count, 0);
    write_column(call, &w, "documents", pages, count, SELECT_DOCUMENT);
    write_column(call, &w, "embeddings", pages, count, SELECT_EMBEDDING);
    write_column(call, &w, "metadatas", pages, count, SELECT_METADATA);
    write_column(call, &w, "scores", pages, count, SELECT_SCORE);
    json_key(&w, "select");
    json_begin_array(&w);
    for (uint32_t i = 0; i < count; i++) {
        json_begin_array(&w);
        for (uint32_t f = 0; f < pages[i].request.field_count; f++)
            json_text(&w, pages[i].request.fields[f]);
        json_end_array(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* ---- the request ---- */

static bool parse_pages(serve_call *call, const scope *s, page **out, uint32_t *count)
{
    const json_value *searches = NULL;
    kith_collection_infos *infos = NULL;
    settings kept;
    if (!body_is_object(call) || !body_array(call, call->body, "searches", &searches)) return false;
    if (!searches) return refuse_shape(call, "missing field `searches`");
    if (searches->count > SEARCHES_MAX)
        return refuse(call, 400, "%u searches are over the limit of %d", searches->count,
                      SEARCHES_MAX);
    *out = arena_new_array(&call->arena, page, searches->count);
    if (!*out) return refuse_memory(call);
    if (!scope_describe(call, s, &infos)) return false;
    bool fine = settings_load(call, &infos->collections[0], &kept);
    for (uint32_t i = 0; fine && i < searches->count; i++)
        fine = search_request_parse(call, searches->elements[i], &kept.schema, &(*out)[i].request);
    kith_collection_infos_free(infos);
    *count = searches->count;
    return fine;
}

void chroma_search(serve_call *call)
{
    scope s;
    page *pages = NULL;
    uint32_t count = 0;
    if (call->strict_chroma) {
        (void)refuse(call, 501,
                     "Error executing plan: Not implemented: Search operation is not implemented "
                     "for local executor");
        return;
    }
    if (!scope_collection(call, &s) || !parse_pages(call, &s, &pages, &count)) return;
    bool fine = true;
    for (uint32_t i = 0; fine && i < count; i++)
        fine = run(call, &s, &pages[i]);
    if (fine) reply_pages(call, pages, count);
    for (uint32_t i = 0; i < count; i++)
        kith_records_free(pages[i].records);
}
