/* chroma_output.c - see chroma_output.h. */
#include "transfer/chroma_output.h"

#include "base/size.h"
#include "base/utf8.h"
#include "transfer/transfer.h"

#include <stdio.h>
#include <string.h>

enum { ID_SHOWN_BYTES = 100 };

kith_status chroma_output_begin(chroma_output *o, const char *tenant, const char *database,
                                const import_collection *c, kith_error *err)
{
    bool is_same =
        o->tenant && strcmp(o->tenant, tenant) == 0 && strcmp(o->database, database) == 0;
    kith_status status = is_same ? KITH_OK : line_writer_database(o->lines, tenant, database, err);
    if (status == KITH_OK) status = line_writer_collection(o->lines, c, err);
    o->tenant = tenant;
    o->database = database;
    o->name = c->name;
    o->dimension = c->model.dimension;
    o->points = o->vectors_missing = o->refused = o->unapplied = 0;
    o->notices = 0;
    return status;
}

kith_status chroma_output_notice(chroma_output *o, const char *what, const char *why,
                                 kith_error *err)
{
    char text[KITH_ERROR_MESSAGE_BYTES + 256];
    (void)snprintf(text, sizeof text, "collection '%.100s': %.100s: %s", o->name, what, why);
    line_writer_begin(o->lines, "notice");
    json_member_text(&o->lines->json, "text", text);
    return line_writer_end(o->lines, err);
}

static kith_status leave_out(chroma_output *o, uint64_t *count, const char *why, kith_error *err)
{
    ++*count;
    const char *what = transfer_left_out(&o->notices, &why);
    return what ? chroma_output_notice(o, what, why, err) : KITH_OK;
}

kith_status chroma_output_refuse(chroma_output *o, view id, const char *why, kith_error *err)
{
    char text[ID_SHOWN_BYTES + 160];
    (void)snprintf(text, sizeof text, "'%.*s': %s", (int)size_min(id.size, ID_SHOWN_BYTES),
                   id.size ? id.data : "", why);
    return leave_out(o, &o->refused, text, err);
}

static kith_status lacks_vector(chroma_output *o, view id, kith_error *err)
{
    char text[ID_SHOWN_BYTES + 32];
    (void)snprintf(text, sizeof text, "'%.*s' has no vector",
                   (int)size_min(id.size, ID_SHOWN_BYTES), id.size ? id.data : "");
    return leave_out(o, &o->vectors_missing, text, err);
}

static bool has_nul(view v)
{
    return v.size > 0 && memchr(v.data, 0, v.size) != NULL;
}

kith_status chroma_output_record(chroma_output *o, const chroma_record *r, kith_error *err)
{
    json_writer *w = &o->lines->json;
    if (!r->vector) return lacks_vector(o, r->id, err);
    if (has_nul(r->id) || has_nul(r->document))
        return chroma_output_refuse(o, r->id, "it holds a NUL byte", err);
    if (!utf8_is_valid(r->id) || !utf8_is_valid(r->document))
        return chroma_output_refuse(o, r->id, "it is not UTF-8", err);
    line_writer_begin(o->lines, "point");
    json_key(w, "id");
    json_string(w, r->id);
    json_key(w, "content");
    if (r->document.data)
        json_string(w, r->document);
    else
        json_null(w);
    json_key(w, "metadata");
    json_raw(w, r->metadata);
    line_writer_vector(o->lines, r->vector, o->dimension);
    o->points++;
    return line_writer_end(o->lines, err);
}

kith_status chroma_output_end(chroma_output *o, kith_error *err)
{
    json_writer *w = &o->lines->json;
    line_writer_begin(o->lines, "collection_end");
    json_member_unsigned(w, "documents", 0);
    json_member_unsigned(w, "points", o->points);
    json_member_unsigned(w, "without_vector", o->vectors_missing);
    json_member_unsigned(w, "refused", o->refused);
    json_member_unsigned(w, "unapplied", o->unapplied);
    o->collections++;
    o->all_points += o->points;
    return line_writer_end(o->lines, err);
}
