/* line_writer.c - see line_writer.h. */
#include "transfer/line_writer.h"

#include "base/base64.h"
#include "transfer/transfer.h"

#include <kith/kith.h>

void line_writer_init(line_writer *w, buffer_drain drain, void *context)
{
    buffer_init_draining(&w->out, drain, context);
}

void line_writer_done(line_writer *w)
{
    buffer_done(&w->out);
}

kith_status line_writer_finish(line_writer *w)
{
    return buffer_drain_rest(&w->out);
}

void line_writer_begin(line_writer *w, const char *kind)
{
    w->json = (json_writer){.out = &w->out};
    json_begin_object(&w->json);
    json_key(&w->json, kind);
    json_begin_object(&w->json);
}

kith_status line_writer_end(line_writer *w, kith_error *err)
{
    json_end_object(&w->json);
    json_end_object(&w->json);
    buffer_append_byte(&w->out, '\n');
    return buffer_status(&w->out, "the export", err);
}

void line_writer_json(line_writer *w, const char *key, const char *json)
{
    json_key(&w->json, key);
    json_raw(&w->json, json ? view_of(json) : VIEW("null"));
}

void line_writer_base64(line_writer *w, const char *key, view bytes)
{
    json_key(&w->json, key);
    json_raw(&w->json, VIEW("\""));
    base64_append(&w->out, bytes);
    buffer_append_byte(&w->out, '"');
}

void line_writer_vector(line_writer *w, const float *vector, uint32_t dimension)
{
    line_writer_base64(w, "vector",
                       (view){(const char *)vector, (size_t)dimension * sizeof *vector});
}

kith_status line_writer_head(line_writer *w, kith_error *err)
{
    line_writer_begin(w, "kith_export");
    json_member_unsigned(&w->json, "format", TRANSFER_VERSION);
    json_member_text(&w->json, "written_by", kith_version());
    return line_writer_end(w, err);
}

kith_status line_writer_database(line_writer *w, const char *tenant, const char *name,
                                 kith_error *err)
{
    line_writer_begin(w, "database");
    json_member_text(&w->json, "tenant", tenant);
    json_member_text(&w->json, "name", name);
    return line_writer_end(w, err);
}

kith_status line_writer_collection(line_writer *w, const import_collection *c, kith_error *err)
{
    line_writer_begin(w, "collection");
    json_member_text(&w->json, "name", c->name);
    json_member_text(&w->json, "metric", transfer_metric_name(c->metric));
    json_member_unsigned(&w->json, "dimension", c->model.dimension);
    json_member_text(&w->json, "model", c->model.model);
    line_writer_json(w, "metadata", c->metadata);
    json_member_text(&w->json, "configuration", c->configuration);
    if (c->index_memory > 0) json_member_unsigned(&w->json, "index_memory", c->index_memory);
    if (c->memory == KITH_MEMORY_COMPACT) json_member_text(&w->json, "memory", "compact");
    return line_writer_end(w, err);
}

static void begin_point(line_writer *w, const char *kind, const kith_point *p)
{
    line_writer_begin(w, kind);
    json_member_text(&w->json, "id", p->id);
    json_member_text(&w->json, "content", p->content);
    line_writer_json(w, "metadata", p->metadata);
}

kith_status line_writer_point(line_writer *w, const kith_point *p, kith_error *err)
{
    begin_point(w, "point", p);
    line_writer_vector(w, p->vector, p->dimension);
    return line_writer_end(w, err);
}

kith_status line_writer_chunk(line_writer *w, const kith_point *p, const char *waiting,
                              kith_error *err)
{
    begin_point(w, "chunk", p);
    if (waiting)
        json_member_text(&w->json, "waiting", waiting);
    else
        line_writer_vector(w, p->vector, p->dimension);
    return line_writer_end(w, err);
}

kith_status line_writer_last(line_writer *w, uint64_t collections, uint64_t documents,
                             uint64_t points, kith_error *err)
{
    line_writer_begin(w, "end");
    json_member_unsigned(&w->json, "collections", collections);
    json_member_unsigned(&w->json, "documents", documents);
    json_member_unsigned(&w->json, "points", points);
    return line_writer_end(w, err);
}
