/* entry.c - see entry.h. */
#include "native/entry.h"

#include "os/clock.h"
#include "serve/error_object.h"
#include "serve/request_check.h"

static const shape_member page_query_members[] = {
    {"limit", false, {SHAPE_INTEGER, .min = 1, .max = PAGE_MAX}, "records of the page; else 100"},
    {"cursor", false, {SHAPE_TEXT}, "`next` of the page before"},
    {0}};
const shape page_query_shape = {SHAPE_RECORD, .members = page_query_members};

static const shape_member deleted_members[] = {{"deleted", true, {SHAPE_TEXT}, "what was deleted"},
                                               {0}};
const shape deleted_shape = {SHAPE_RECORD, .members = deleted_members, .name = "Deleted"};

void reply_deleted(serve_call *call, const char *what)
{
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "deleted", what);
    json_end_object(&w);
    serve_reply(call, 200);
}

const shape notice_shape = {SHAPE_TEXT};

void write_notices(json_writer *w, const kith_notices *notices)
{
    json_key(w, "notices");
    json_begin_array(w);
    for (size_t i = 0; i < notices->count; i++)
        json_text(w, notices->texts[i]);
    json_end_array(w);
}

void write_time(json_writer *w, const char *key, int64_t wall_ms)
{
    char text[21];
    clock_format_utc(wall_ms, text);
    json_member_text(w, key, text);
}

const char *native_collection(const serve_call *call)
{
    return call->captures[0].data;
}

bool native_begin(serve_call *call)
{
    kith_error err = {0};
    const char *member = NULL, *collection = native_collection(call);
    if (collection && serve_collection_allowed(call, collection, &err) != KITH_OK) {
        serve_fail(call, &err);
        return false;
    }
    if (request_check(call, &member, &err) == KITH_OK) return true;
    error_object_refuse(call, &err, member);
    return false;
}

kith_page native_page(serve_call *call)
{
    return (kith_page){.size = sizeof(kith_page),
                       .limit = (size_t)request_number(call, "limit", PAGE_DEFAULT),
                       .cursor = request_text(call, "cursor"),
                       .call = &call->call};
}
