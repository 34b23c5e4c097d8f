/* collections.c - see collections.h. */
#include "native/collections.h"

#include "base/uuid.h"
#include "native/entry.h"
#include "serve/error_object.h"
#include "serve/request_check.h"

#include <kith/budget.h>
#include <kith/catalog.h>
#include <stdio.h>

/* ---- shapes ---- */

#define NAME_PATTERN "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,511}$" /* kith_collection_create checks it */

#define MEMORY_TEXT                                                                                \
    "bytes that the vectors may take in memory, at least 1048576, and 1024 a dimension; above it " \
    "they are on the disk; 0: any number"
#define INDEX_MEMORY_MOST (INT64_C(1) << 50)

#define MEMORY_MODE_TEXT                                                                           \
    "what of the vectors is in memory: full, or compact, a graph and codes, with the vectors on "  \
    "the disk"

static const char *const memories[] = {"full", "compact", NULL};
static const char *const metrics[] = {"cosine", "squared_l2", "inner_product", NULL};

static const shape_member collection_members[] = {
    {"name", true, {SHAPE_TEXT}, NULL},
    {"id",
     true,
     {SHAPE_TEXT},
     "uuid:..., which it keeps for ever, and which paths take as its name"},
    {"metric", true, {SHAPE_TEXT, .choices = metrics}, NULL},
    {"dimension", true, {SHAPE_INTEGER, .nullable = true}, "null: there was no vector yet"},
    {"model", true, {SHAPE_TEXT, .nullable = true}, "null: vectors come from the caller"},
    {"documents", true, {SHAPE_INTEGER}, NULL},
    {"chunks", true, {SHAPE_INTEGER}, NULL},
    {"created", true, {SHAPE_TEXT}, NULL},
    {"metadata", true, {SHAPE_OBJECT, .nullable = true}, NULL},
    {"index_memory",
     true,
     {SHAPE_INTEGER},
     "bytes that the vectors may take in memory; 0: any number"},
    {"memory", true, {SHAPE_TEXT, .choices = memories}, MEMORY_MODE_TEXT},
    {0}};
static const shape collection_shape = {SHAPE_RECORD, .members = collection_members,
                                       .name = "Collection"};
static const shape_member list_members[] = {
    {"collections", true, {SHAPE_LIST, .element = &collection_shape}, "in order of name"}, {0}};
static const shape list_shape = {SHAPE_RECORD, .members = list_members};
static const shape_member list_query_members[] = {
    {"limit", false, {SHAPE_INTEGER, .min = 1, .max = PAGE_MAX}, "at most so many; else 100"},
    {"offset", false, {SHAPE_INTEGER, .min = 0, .max = 1 << 30}, "without the first so many"},
    {0}};
static const shape list_query_shape = {SHAPE_RECORD, .members = list_query_members};
static const shape_member create_members[] = {
    {"name", true, {SHAPE_TEXT, .pattern = NAME_PATTERN}, NULL},
    {"metric", false, {SHAPE_TEXT, .choices = metrics}, "else cosine"},
    {"dimension",
     false,
     {SHAPE_INTEGER, .min = 1, .max = KITH_DIMENSION_MAX},
     "else that of the first vector"},
    {"metadata", false, {SHAPE_OBJECT}, NULL},
    {"index_memory", false, {SHAPE_INTEGER, .min = 0, .max = INDEX_MEMORY_MOST}, MEMORY_TEXT},
    {"memory", false, {SHAPE_TEXT, .choices = memories}, MEMORY_MODE_TEXT},
    {0}};
static const shape create_shape = {SHAPE_RECORD, .members = create_members,
                                   .name = "CollectionRequest"};
static const shape_member modify_members[] = {
    {"name", false, {SHAPE_TEXT, .pattern = NAME_PATTERN}, "the new name"},
    {"metadata", false, {SHAPE_OBJECT}, "in place of what there was"},
    {"index_memory", false, {SHAPE_INTEGER, .min = 0, .max = INDEX_MEMORY_MOST}, MEMORY_TEXT},
    {"memory", false, {SHAPE_TEXT, .choices = memories}, MEMORY_MODE_TEXT},
    {0}};
static const shape modify_shape = {SHAPE_RECORD, .members = modify_members,
                                   .name = "CollectionChanges"};

const route_shapes collections_list_shapes = {.query = &list_query_shape, .response = &list_shape};
const route_shapes collections_create_shapes = {
    .request = &create_shape, .status = 201, .response = &collection_shape};
const route_shapes collections_get_shapes = {.response = &collection_shape};
const route_shapes collections_modify_shapes = {.request = &modify_shape,
                                                .response = &collection_shape};
const route_shapes collections_delete_shapes = {.response = &deleted_shape};

/* ---- handlers ---- */

static void write_collection(json_writer *w, const kith_collection_info *c)
{
    json_begin_object(w);
    json_member_text(w, "name", c->name);
    char id[sizeof "uuid:" + UUID_TEXT_BYTES];
    (void)snprintf(id, sizeof id, "uuid:%s", c->id);
    json_member_text(w, "id", id);
    json_member_text(w, "metric", metrics[c->metric]);
    json_key(w, "dimension");
    if (c->dimension)
        json_integer(w, c->dimension);
    else
        json_null(w);
    json_member_text(w, "model", c->model[0] ? c->model : NULL);
    json_member_unsigned(w, "documents", c->documents);
    json_member_unsigned(w, "chunks", c->chunks);
    write_time(w, "created", c->created_ms);
    json_key(w, "metadata");
    if (c->metadata)
        json_raw(w, view_of(c->metadata));
    else
        json_null(w);
    json_member_unsigned(w, "index_memory", c->index_memory);
    json_member_text(w, "memory", memories[c->memory]);
    json_end_object(w);
}

/* May a collection of this dimension (0: not known) have the limit that the body has? *param is
 * the member that is to blame. */
static kith_status check_memory(const serve_call *call, uint32_t dimension, const char **param,
                                kith_error *err)
{
    const int64_t bytes = shape_integer(call->body, "index_memory", 0);
    kith_status status = kith_index_memory_check((uint64_t)bytes, dimension, err);
    if (status != KITH_OK) *param = "index_memory";
    return status;
}

static kith_memory memory_of(const char *name)
{
    return strcmp(name, memories[KITH_MEMORY_COMPACT]) == 0 ? KITH_MEMORY_COMPACT
                                                            : KITH_MEMORY_FULL;
}

typedef struct memory_changes {
    uint64_t bytes;
    kith_memory memory;
} memory_changes;

/* What the body says of it, if anything; room: for what the changes point to. */
static void read_memory(const serve_call *call, kith_collection_changes *changes,
                        memory_changes *room)
{
    const int64_t bytes = shape_integer(call->body, "index_memory", -1);
    const char *memory = shape_text(call->body, "memory", NULL);
    if (bytes >= 0) {
        room->bytes = (uint64_t)bytes;
        changes->index_memory = &room->bytes;
    }
    if (!memory) return;
    room->memory = memory_of(memory);
    changes->memory = &room->memory;
}

/* Replies with one collection. */
static void reply_collection(serve_call *call, int http_status, const char *name)
{
    kith_error err = {0};
    kith_collection_infos *found = NULL;
    if (kith_collection_describe(call->k, name, NULL, &found, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    json_writer w = serve_json(call);
    write_collection(&w, &found->collections[0]);
    kith_collection_infos_free(found);
    serve_reply(call, http_status);
}

void collections_list(serve_call *call)
{
    kith_error err = {0};
    kith_collection_infos *all = NULL;
    if (!native_begin(call)) return;
    // A key for one collection sees that one: the page is taken of what may be seen.
    const char *only = call->identity.collection;
    const kith_list_options page = {.size = sizeof page,
                                    .offset = request_number(call, "offset", 0),
                                    .limit = request_number(call, "limit", PAGE_DEFAULT)};
    kith_status status = kith_collection_describe(call->k, only, &page, &all, &err);
    if (status != KITH_OK && !(only && status == KITH_ERR_NOT_FOUND)) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_key(&w, "collections");
    json_begin_array(&w);
    bool is_behind = only && page.offset > 0;
    for (size_t i = 0; all && !is_behind && i < all->count; i++)
        write_collection(&w, &all->collections[i]);
    json_end_array(&w);
    json_end_object(&w);
    kith_collection_infos_free(all);
    serve_reply(call, 200);
}

static kith_metric metric_of(const char *name)
{
    kith_metric metric = KITH_COSINE;
    while (metrics[metric] && strcmp(metrics[metric], name) != 0)
        metric++;
    return metric;
}

void collections_create(serve_call *call)
{
    kith_error err = {0};
    if (!native_begin(call)) return;
    const char *name = shape_text(call->body, "name", "");
    if (serve_collection_allowed(call, name, &err) != KITH_OK) {
        serve_fail(call, &err);
        return;
    }
    kith_collection_options options = {
        .size = sizeof options,
        .metric = metric_of(shape_text(call->body, "metric", "cosine")),
        .dimension = (uint32_t)shape_integer(call->body, "dimension", 0),
        .index_memory = (uint64_t)shape_integer(call->body, "index_memory", 0),
        .memory = memory_of(shape_text(call->body, "memory", "full")),
    };
    kith_status status = request_metadata(call, call->body, "metadata", &options.metadata, &err);
    const char *param = NULL;
    if (status == KITH_OK) status = check_memory(call, options.dimension, &param, &err);
    if (status == KITH_OK) status = kith_collection_create(call->k, name, &options, &err);
    if (status != KITH_OK) {
        error_object_refuse(call, &err, param);
        return;
    }
    serve_audit(call, "created collection '%s'", name);
    reply_collection(call, 201, name);
}

void collections_get(serve_call *call)
{
    if (native_begin(call)) reply_collection(call, 200, native_collection(call));
}

/* Of changes that were refused as invalid: is it for the limit of memory? NULL: for something else. */
static const char *find_blame(const serve_call *call, const char *name,
                              const kith_collection_changes *changes)
{
    kith_error err = {0};
    kith_collection_infos *now = NULL;
    const char *param = NULL;
    if (!changes->index_memory || *changes->index_memory == 0) return NULL;
    kith_status status = kith_collection_describe(call->k, name, NULL, &now, &err);
    if (status == KITH_OK) status = check_memory(call, now->collections[0].dimension, &param, &err);
    kith_collection_infos_free(now);
    return status == KITH_OK ? NULL : param;
}

void collections_modify(serve_call *call)
{
    kith_error err = {0};
    if (!native_begin(call)) return;
    const char *name = native_collection(call);
    kith_collection_changes changes = {.size = sizeof changes,
                                       .name = shape_text(call->body, "name", NULL)};
    // A key for one collection would lose it by another name.
    if (changes.name && serve_collection_allowed(call, changes.name, &err) != KITH_OK) {
        serve_fail(call, &err);
        return;
    }
    memory_changes room;
    read_memory(call, &changes, &room);
    kith_status status = request_metadata(call, call->body, "metadata", &changes.metadata, &err);
    const char *param = NULL;
    if (status == KITH_OK) {
        status = kith_collection_modify(call->k, name, &changes, &err);
        if (status == KITH_ERR_INVALID) param = find_blame(call, name, &changes);
    }
    if (status != KITH_OK) {
        error_object_refuse(call, &err, param);
        return;
    }
    serve_audit(call, "changed collection '%s'", name);
    bool is_renamed = changes.name && strncmp(name, "uuid:", 5) != 0;
    reply_collection(call, 200, is_renamed ? changes.name : name);
}

void collections_delete(serve_call *call)
{
    kith_error err = {0};
    if (!native_begin(call)) return;
    const char *name = native_collection(call);
    if (kith_collection_delete(call->k, name, &err) != KITH_OK) {
        error_object_refuse(call, &err, NULL);
        return;
    }
    serve_audit(call, "deleted collection '%s'", name);
    reply_deleted(call, name);
}
