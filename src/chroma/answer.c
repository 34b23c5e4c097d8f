/* answer.c - writes the columns of records and hits. */
#include "chroma/answer.h"

#include "chroma/body.h"
#include "chroma/metadata_text.h"
#include "chroma/reply.h"

static const struct {
    const char *name;
    unsigned bit;
} columns[] = {
    {"distances", INCLUDE_DISTANCES},
    {"documents", INCLUDE_DOCUMENTS},
    {"embeddings", INCLUDE_EMBEDDINGS},
    {"metadatas", INCLUDE_METADATAS},
    {"uris", INCLUDE_URIS},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

bool answer_parse_include(serve_call *call, unsigned *out)
{
    const char *const *names = NULL;
    uint32_t count = 0;
    unsigned include = 0;
    if (!body_texts(call, call->body, "include", false, &names, &count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        int column = 0;
        while (column < COLUMNS && strcmp(names[i], columns[column].name) != 0)
            column++;
        if (column == COLUMNS)
            return refuse_shape(call,
                                "include[%u]: unknown variant `%.64s`, expected one of "
                                "`distances`, `documents`, `embeddings`, `metadatas`, `uris`",
                                i, names[i]);
        include |= columns[column].bit;
    }
    if (names) *out = include;
    return true;
}

answer_rows answer_rows_of_records(const kith_records *records)
{
    return (answer_rows){
        .count = records->count, .records = records->records, .dimension = records->dimension};
}

answer_rows answer_rows_of_hits(const kith_hits *hits)
{
    return (answer_rows){.count = hits->count,
                         .hits = hits->hits,
                         .vectors = hits->vectors,
                         .dimension = hits->dimension};
}

static void write_vector(json_writer *w, const float *vector, uint32_t dimension)
{
    if (vector)
        json_floats(w, vector, dimension);
    else
        json_null(w);
}

/* A distance that overflowed float32 is null, as in Chroma. */
static void write_distances(serve_call *call, json_writer *w, const answer_rows *rows)
{
    float *distances = arena_new_array(&call->arena, float, rows->count);
    for (size_t i = 0; distances && i < rows->count; i++)
        distances[i] = rows->hits[i].distance;
    json_floats(w, distances, distances ? rows->count : 0);
}

static void write_cell(serve_call *call, json_writer *w, const answer_rows *rows, size_t i,
                       unsigned column)
{
    const kith_record *record = rows->records ? &rows->records[i] : NULL;
    const kith_hit *hit = rows->hits ? &rows->hits[i] : NULL;
    switch (column) {
    case INCLUDE_DOCUMENTS:
        json_text(w, record ? record->content : hit->content);
        break;
    case INCLUDE_EMBEDDINGS:
        write_vector(w, record ? record->vector : rows->vectors[i], rows->dimension);
        break;
    case INCLUDE_METADATAS:
        metadata_write_answer(w, record ? record->metadata : hit->metadata, &call->arena);
        break;
    case INCLUDE_URIS:
        metadata_write_uri(w, record ? record->metadata : hit->metadata, &call->arena);
        break;
    default: // the id
        json_text(w, record ? record->id : hit->id);
    }
}

static void write_column(serve_call *call, json_writer *w, const answer_rows *rows, unsigned column)
{
    if (column == INCLUDE_DISTANCES) {
        write_distances(call, w, rows);
        return;
    }
    json_begin_array(w);
    for (size_t i = 0; i < rows->count; i++)
        write_cell(call, w, rows, i, column);
    json_end_array(w);
}

static void write_included(json_writer *w, unsigned include)
{
    json_key(w, "include");
    json_begin_array(w);
    for (int i = 0; i < COLUMNS; i++)
        if (include & columns[i].bit) json_text(w, columns[i].name);
    json_end_array(w);
}

void answer_get(serve_call *call, const answer_rows *rows, unsigned include,
                const uint64_t *read_token)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "ids");
    write_column(call, &w, rows, 0);
    for (int i = 0; i < COLUMNS; i++) {
        if (columns[i].bit == INCLUDE_DISTANCES) continue;
        json_key(&w, columns[i].name);
        if (include & columns[i].bit)
            write_column(call, &w, rows, columns[i].bit);
        else
            json_null(&w);
    }
    write_included(&w, include);
    if (read_token) json_member_unsigned(&w, "read_token", *read_token);
    json_end_object(&w);
    serve_reply(call, 200);
}

static void write_lists(serve_call *call, json_writer *w, const answer_rows *rows, uint32_t count,
                        unsigned column)
{
    json_begin_array(w);
    for (uint32_t i = 0; i < count; i++)
        write_column(call, w, &rows[i], column);
    json_end_array(w);
}

void answer_query(serve_call *call, const answer_rows *rows, uint32_t count, unsigned include)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "ids");
    write_lists(call, &w, rows, count, 0);
    for (int i = 0; i < COLUMNS; i++) {
        json_key(&w, columns[i].name);
        if (include & columns[i].bit)
            write_lists(call, &w, rows, count, columns[i].bit);
        else
            json_null(&w);
    }
    write_included(&w, include);
    json_end_object(&w);
    serve_reply(call, 200);
}
