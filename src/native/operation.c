/* operation.c - see operation.h. */
#include "native/operation.h"

#include "native/entry.h"
#include "serve/error_object.h"
#include "serve/recall_json.h"

#include <kith/catalog.h>
#include <kith/operation.h>
#include <stdio.h>

/* ---- shapes ---- */

static const shape object = {SHAPE_OBJECT};
static const shape text = {SHAPE_TEXT};
static const shape_member collection_members[] = {
    {"name", true, {SHAPE_TEXT}, NULL},
    {"documents", true, {SHAPE_INTEGER}, NULL},
    {"chunks", true, {SHAPE_INTEGER}, NULL},
    {"dimension", true, {SHAPE_INTEGER}, "0: there was no vector yet"},
    {"model", true, {SHAPE_TEXT}, NULL},
    {"index", true, {SHAPE_TEXT}, "empty, flat, graph, compact, lists or not loaded"},
    {"index_state",
     true,
     {SHAPE_TEXT},
     "current, rebuilt, building, incomplete, missing or behind"},
    {"index_reason", true, {SHAPE_TEXT}, "why it is behind or incomplete, or could not be saved"},
    {"bytes_disk", true, {SHAPE_INTEGER}, "of the whole store and of this index"},
    {"bytes_memory", true, {SHAPE_INTEGER}, NULL},
    {"recall",
     true,
     {SHAPE_AS, .element = &recall_shape, .nullable = true},
     "of searches by vector; null: none was sampled yet"},
    {0}};
static const shape collection_shape = {SHAPE_RECORD, .members = collection_members,
                                       .name = "CollectionStats"};
static const shape_member stats_members[] = {
    {"version", true, {SHAPE_TEXT}, NULL},
    {"collections", true, {SHAPE_LIST, .element = &collection_shape}, NULL},
    {"metrics", false, {SHAPE_AS, .element = &object}, "of the directory; not for a limited key"},
    {0}};
static const shape stats_shape = {SHAPE_RECORD, .members = stats_members, .name = "Stats"};
const route_shapes stats_shapes = {.response = &stats_shape};

static const shape_member server_notice_members[] = {
    {"at", true, {SHAPE_TEXT}, NULL}, {"text", true, {SHAPE_TEXT}, NULL}, {0}};
static const shape server_notice_shape = {SHAPE_RECORD, .members = server_notice_members,
                                          .name = "Notice"};
static const char *const health_states[] = {"ready", "degraded", "stopping", NULL};
static const shape_member health_members[] = {
    {"live", true, {SHAPE_BOOL}, NULL},
    {"ready", true, {SHAPE_BOOL}, "requests are answered"},
    {"status", true, {SHAPE_TEXT, .choices = health_states}, NULL},
    {"reasons", true, {SHAPE_LIST, .element = &text}, "why it is not what it should be"},
    {"notices",
     true,
     {SHAPE_LIST, .element = &server_notice_shape},
     "about indexes and writes, the newest first; only for an administrator of everything"},
    {0}};
static const shape health_shape = {SHAPE_RECORD, .members = health_members, .name = "Health"};
const route_shapes health_shapes = {.response = &health_shape};

#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"
const route_shapes metrics_shapes = {.other_response = "text/plain"};
const route_shapes description_shapes = {.response = &object};

/* ---- stats ---- */

/* May the key see what is of the whole directory? */
static bool sees_all(const serve_call *call)
{
    const identity *who = &call->identity;
    return !who->tenant && !who->database && !who->collection;
}

static void write_collection(json_writer *w, const kith_collection_stats *c,
                             const kith_recall *recall)
{
    json_begin_object(w);
    json_member_text(w, "name", c->name);
    json_member_unsigned(w, "documents", c->documents);
    json_member_unsigned(w, "chunks", c->chunks);
    json_member_unsigned(w, "dimension", c->dimension);
    json_member_text(w, "model", c->model_name[0] ? c->model_name : c->model);
    json_member_text(w, "index", c->index);
    json_member_text(w, "index_state", c->index_state);
    json_member_text(w, "index_reason", c->index_reason);
    json_member_unsigned(w, "bytes_disk", c->bytes_disk);
    json_member_unsigned(w, "bytes_memory", c->bytes_memory);
    recall_write(w, recall);
    json_end_object(w);
}

void stats_get(serve_call *call)
{
    kith_error err = {0};
    kith_collection_list *all = NULL;
    kith_metrics *metrics = NULL;
    if (!native_begin(call)) return;
    kith_recall *recall = NULL; // [all->count]
    kith_status status = kith_collections(call->k, NULL, &all, &err);
    if (status == KITH_OK) {
        recall = arena_new_array(&call->arena, kith_recall, all->count);
        status = recall ? KITH_OK : fail(&err, KITH_ERR_NO_MEMORY, "out of memory for statistics");
    }
    if (status == KITH_OK && all->count > 0) {
        recall[0].size = sizeof *recall;
        status = kith_collections_recall(call->k, all, recall, &err);
    }
    if (status == KITH_OK && sees_all(call)) status = kith_metrics_get(call->k, &metrics, &err);
    if (status != KITH_OK) {
        error_object_refuse(call, &err, NULL);
    } else {
        json_writer w = serve_json(call);
        json_begin_object(&w);
        json_member_text(&w, "version", kith_version());
        json_key(&w, "collections");
        json_begin_array(&w);
        for (size_t i = 0; i < all->count; i++)
            if (serve_collection_allowed(call, all->collections[i].name, NULL) == KITH_OK)
                write_collection(&w, &all->collections[i], &recall[i]);
        json_end_array(&w);
        if (metrics) {
            json_key(&w, "metrics");
            json_raw(&w, view_of(metrics->json));
        }
        json_end_object(&w);
        serve_reply(call, 200);
    }
    kith_metrics_free(metrics);
    kith_collection_list_free(all);
}

/* ---- health ---- */

void health_get(serve_call *call)
{
    health_report found = {0};
    if (!native_begin(call)) return;
    const bool is_stopping = serve_is_stopping(call);
    serve_health(call, &found);
    const bool is_ready = found.is_ready && !is_stopping;
    const char *status = is_stopping                                 ? "stopping"
                         : found.reason_count > 0 || !found.is_ready ? "degraded"
                                                                     : "ready";
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_bool(&w, "live", true);
    json_member_bool(&w, "ready", is_ready);
    json_member_text(&w, "status", status);
    json_key(&w, "reasons");
    json_begin_array(&w);
    if (is_stopping) json_text(&w, "the server is stopping");
    for (uint32_t i = 0; i < found.reason_count; i++)
        json_text(&w, found.reasons[i]);
    json_end_array(&w);
    json_key(&w, "notices");
    serve_write_notices(call, &w);
    json_end_object(&w);
    serve_reply(call, is_ready ? 200 : 503);
}

/* ---- metrics and the description ---- */

void metrics_get(serve_call *call)
{
    kith_error err = {0};
    kith_metrics *metrics = NULL;
    if (!native_begin(call)) return;
    if (!sees_all(call)) {
        serve_fail_as(call, 403, "metrics are of the whole directory; this key is for a part");
        return;
    }
    if (kith_metrics_get(call->k, &metrics, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    buffer_reset(&call->reply);
    buffer_append_text(&call->reply, metrics->prometheus);
    kith_metrics_free(metrics);
    serve_write_metrics(call, &call->reply);
    if (buffer_status(&call->reply, "the metrics", &err) == KITH_OK)
        serve_reply_bytes(call, 200, PROMETHEUS_TYPE, buffer_view(&call->reply));
    else
        error_object_refuse(call, &err, NULL);
}

void description_get(serve_call *call)
{
    if (!native_begin(call)) return;
    json_writer w = serve_json(call);
    serve_write_description(call, &w);
    serve_reply(call, 200);
}
