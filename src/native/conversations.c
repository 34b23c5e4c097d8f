/* conversations.c - see conversations.h. */
#include "native/conversations.h"

#include "native/entry.h"
#include "serve/error_object.h"
#include "serve/request_check.h"

#include <kith/catalog.h>

/* ---- shapes ---- */

static const shape object = {SHAPE_OBJECT};
static const shape_member conversation_members[] = {
    {"conversation", true, {SHAPE_INTEGER}, "its number"},
    {"collection", true, {SHAPE_TEXT}, NULL},
    {"title", true, {SHAPE_TEXT}, "the beginning of the first question"},
    {"created", true, {SHAPE_TEXT}, NULL},
    {"updated", true, {SHAPE_TEXT}, NULL},
    {"turns", false, {SHAPE_LIST, .element = &object}, "of a single conversation"},
    {0}};
static const shape conversation_shape = {SHAPE_RECORD, .members = conversation_members,
                                         .name = "Conversation"};
static const shape_member list_members[] = {{"conversations",
                                             true,
                                             {SHAPE_LIST, .element = &conversation_shape},
                                             "the most recently used first"},
                                            {0}};
static const shape list_shape = {SHAPE_RECORD, .members = list_members};
static const shape_member created_members[] = {
    {"conversation", true, {SHAPE_INTEGER}, "its number"},
    {"collection", true, {SHAPE_TEXT}, NULL},
    {0}};
static const shape created_shape = {SHAPE_RECORD, .members = created_members};

const route_shapes conversations_list_shapes = {.response = &list_shape};
const route_shapes conversations_create_shapes = {.status = 201, .response = &created_shape};
const route_shapes conversations_get_shapes = {.response = &conversation_shape};
const route_shapes conversations_delete_shapes = {.response = &deleted_shape};

/* ---- finding ---- */

/* The name of the collection that the path names, which may say "uuid:...". *out is in the call's
 * arena. */
static kith_status collection_name(serve_call *call, const char **out, kith_error *err)
{
    kith_collection_infos *found = NULL;
    kith_status status =
        kith_collection_describe(call->k, native_collection(call), NULL, &found, err);
    if (status != KITH_OK) return status;
    *out = arena_copy_text(&call->arena, found->collections[0].name);
    kith_collection_infos_free(found);
    return *out ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
}

static kith_status no_conversation(view number, const char *collection, kith_error *err)
{
    return fail(err, KITH_ERR_NOT_FOUND, "there is no conversation '%.40s' with collection '%s'",
                number.data, collection);
}

kith_status conversation_find(serve_call *call, uint64_t *id, kith_error *err)
{
    view number = call->captures[1];
    const char *collection = NULL;
    kith_conversation_list *all = NULL;
    kith_status status = collection_name(call, &collection, err);
    if (status != KITH_OK) return status;
    const json_value value = request_value(&conversation_shape, VIEW("conversation"), number);
    if (value.kind != JSON_INTEGER) return no_conversation(number, collection, err);
    const uint64_t wanted = (uint64_t)value.integer;
    status = kith_conversations(call->k, &all, err);
    if (status != KITH_OK) return status;
    bool is_there = false;
    for (size_t i = 0; i < all->count && !is_there; i++)
        is_there = all->conversations[i].id == wanted &&
                   strcmp(all->conversations[i].collection, collection) == 0;
    kith_conversation_list_free(all);
    if (!is_there) return no_conversation(number, collection, err);
    *id = wanted;
    return KITH_OK;
}

/* ---- handlers ---- */

static void write_conversation(json_writer *w, const kith_conversation *c)
{
    json_begin_object(w);
    json_member_unsigned(w, "conversation", c->id);
    json_member_text(w, "collection", c->collection);
    json_member_text(w, "title", c->title);
    write_time(w, "created", c->created_ms);
    write_time(w, "updated", c->updated_ms);
    json_end_object(w);
}

void conversations_list(serve_call *call)
{
    kith_error err = {0};
    const char *collection = NULL;
    kith_conversation_list *all = NULL;
    if (!native_begin(call)) return;
    kith_status status = collection_name(call, &collection, &err);
    if (status == KITH_OK) status = kith_conversations(call->k, &all, &err);
    if (status != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "conversations");
    json_begin_array(&w);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->conversations[i].collection, collection) == 0)
            write_conversation(&w, &all->conversations[i]);
    json_end_array(&w);
    json_end_object(&w);
    kith_conversation_list_free(all);
    serve_reply(call, 200);
}

void conversations_create(serve_call *call)
{
    kith_error err = {0};
    uint64_t id = 0;
    const char *collection = NULL;
    if (!native_begin(call)) return;
    kith_status status = collection_name(call, &collection, &err);
    if (status == KITH_OK)
        status = kith_conversation_create(call->k, native_collection(call), &id, &err);
    if (status != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    serve_audit(call, "began conversation %llu", (unsigned long long)id);
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "conversation", id);
    json_member_text(&w, "collection", collection);
    json_end_object(&w);
    serve_reply(call, 201);
}

void conversations_get(serve_call *call)
{
    kith_error err = {0};
    uint64_t id = 0;
    kith_conversation *c = NULL;
    if (!native_begin(call)) return;
    kith_status status = conversation_find(call, &id, &err);
    if (status == KITH_OK) status = kith_conversation_get(call->k, id, &c, &err);
    if (status == KITH_OK)
        serve_reply_bytes(call, 200, "application/json", view_of(c->json));
    else
        error_object_refuse(call, &err, NULL);
    kith_conversation_free(c);
}

void conversations_delete(serve_call *call)
{
    kith_error err = {0};
    uint64_t id = 0;
    if (!native_begin(call)) return;
    kith_status status = conversation_find(call, &id, &err);
    if (status == KITH_OK) status = kith_conversation_delete(call->k, id, &err);
    if (status != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    serve_audit(call, "deleted conversation %llu", (unsigned long long)id);
    reply_deleted(call, call->captures[1].data);
}
