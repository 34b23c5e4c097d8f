/* models.c - see models.h. */
#include "openai/models.h"

#include "serve/error_object.h"

#include <kith/catalog.h>
#include <stdio.h>

#define ANSWERING_MODEL   "kith"
#define COLLECTION_PREFIX "kith/"

static const char default_collection[] = "default";

static const shape_member model_members[] = {{"id", true, {SHAPE_TEXT}, NULL},
                                             {"object", true, {SHAPE_TEXT}, NULL},
                                             {"created", true, {SHAPE_INTEGER}, NULL},
                                             {"owned_by", true, {SHAPE_TEXT}, NULL},
                                             {0}};
static const shape model_shape = {SHAPE_RECORD, .members = model_members, .name = "Model"};
static const shape_member model_list_members[] = {
    {"object", true, {SHAPE_TEXT}, NULL},
    {"data", true, {SHAPE_LIST, .element = &model_shape}, NULL},
    {0}};
static const shape model_list_shape = {SHAPE_RECORD, .members = model_list_members};
const route_shapes models_list_shapes = {.response = &model_list_shape};
const route_shapes models_get_shapes = {.response = &model_shape};

const char *model_collection(serve_call *call, const char *model)
{
    if (strcmp(model, ANSWERING_MODEL) == 0) return default_collection;
    view prefix = VIEW(COLLECTION_PREFIX), name = view_of(model);
    if (!view_starts_with(name, prefix) || name.size == prefix.size) return NULL;
    return arena_copy(&call->arena, view_slice(name, prefix.size, name.size)).data;
}

bool model_is_embedder(const serve_call *call, const char *model)
{
    return call->embedder && strcmp(kith_embedder_describe(call->embedder).name, model) == 0;
}

void model_refuse(serve_call *call, const char *model)
{
    char message[200];
    (void)snprintf(message, sizeof message,
                   "the model '%.100s' does not exist; GET /v1/models lists those that do", model);
    const serve_failure failure = {404, KITH_ERR_NOT_FOUND, message};
    error_object_reply(call, &failure, "model", "model_not_found");
}

static void write_model(json_writer *w, const char *prefix, const char *name, int64_t created_ms)
{
    buffer id;
    buffer_init(&id, 2 * KITH_NAME_MAX_BYTES);
    buffer_printf(&id, "%s%s", prefix, name);
    json_begin_object(w);
    json_key(w, "id");
    json_string(w, buffer_view(&id));
    json_member_text(w, "object", "model");
    json_member_unsigned(w, "created", created_ms > 0 ? (uint64_t)created_ms / 1000 : 0);
    json_member_text(w, "owned_by", "kith");
    json_end_object(w);
    buffer_done(&id);
}

static void write_embedder(json_writer *w, const serve_call *call)
{
    write_model(w, "", kith_embedder_describe(call->embedder).name, 0);
}

void models_list(serve_call *call)
{
    kith_error err = {0};
    kith_collection_infos *all = NULL;
    kith_status status = kith_collection_describe(call->k, NULL, NULL, &all, &err);
    if (status != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "object", "list");
    json_key(&w, "data");
    json_begin_array(&w);
    for (size_t i = 0; i < all->count; i++) {
        const kith_collection_info *c = &all->collections[i];
        if (serve_collection_allowed(call, c->name, NULL) != KITH_OK) continue;
        if (strcmp(c->name, default_collection) == 0)
            write_model(&w, ANSWERING_MODEL, "", c->created_ms);
        write_model(&w, COLLECTION_PREFIX, c->name, c->created_ms);
    }
    if (call->embedder) write_embedder(&w, call);
    json_end_array(&w);
    json_end_object(&w);
    kith_collection_infos_free(all);
    serve_reply(call, 200);
}

void models_get(serve_call *call)
{
    kith_error err = {0};
    kith_collection_infos *found = NULL;
    const char *model = call->captures[0].data, *collection = model_collection(call, model);
    if (model_is_embedder(call, model)) {
        json_writer w = serve_json(call);
        write_embedder(&w, call);
        serve_reply(call, 200);
        return;
    }
    if (!collection) {
        model_refuse(call, model);
        return;
    }
    if (serve_collection_allowed(call, collection, &err) != KITH_OK) {
        serve_fail(call, &err);
        return;
    }
    kith_status status = kith_collection_describe(call->k, collection, NULL, &found, &err);
    if (status == KITH_ERR_NOT_FOUND || status == KITH_ERR_INVALID) {
        model_refuse(call, model);
    } else if (status != KITH_OK) {
        error_object_refuse(call, &err, NULL);
    } else {
        json_writer w = serve_json(call);
        write_model(&w, model, "", found->collections[0].created_ms);
        kith_collection_infos_free(found);
        serve_reply(call, 200);
    }
}
