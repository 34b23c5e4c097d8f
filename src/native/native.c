/* native.c - the routes of kith's own API. */
#include "native/native.h"

#include "native/ask.h"
#include "native/collections.h"
#include "native/conversations.h"
#include "native/documents.h"
#include "native/ingestion.h"
#include "native/operation.h"
#include "native/search.h"
#include "serve/error_object.h"

#define COLLECTION   "/v1/collections/{collection}"
#define CONVERSATION COLLECTION "/conversations/{conversation}"
#define DOCUMENT     COLLECTION "/documents/{document...}"

static const route routes[] = {
    {"GET", "/v1/collections", SCOPE_READ, BODY_NONE, 0, collections_list, "list collections",
     &collections_list_shapes},
    {"POST", "/v1/collections", SCOPE_WRITE, BODY_JSON, 0, collections_create,
     "create a collection", &collections_create_shapes},
    {"GET", COLLECTION, SCOPE_READ, BODY_NONE, 0, collections_get, "describe a collection",
     &collections_get_shapes},
    {"PATCH", COLLECTION, SCOPE_WRITE, BODY_JSON, 0, collections_modify,
     "rename a collection, or change its metadata", &collections_modify_shapes},
    {"DELETE", COLLECTION, SCOPE_WRITE, BODY_NONE, 0, collections_delete, "delete a collection",
     &collections_delete_shapes},
    {"GET", COLLECTION "/documents", SCOPE_READ, BODY_NONE, 0, documents_list, "list documents",
     &documents_list_shapes},
    {"POST", COLLECTION "/documents", SCOPE_WRITE, BODY_BYTES, 0, documents_add,
     "add documents or files", &documents_add_shapes},
    {"GET", DOCUMENT, SCOPE_READ, BODY_NONE, 0, documents_get, "read a document",
     &documents_get_shapes},
    {"DELETE", DOCUMENT, SCOPE_WRITE, BODY_NONE, 0, documents_delete, "delete a document",
     &documents_delete_shapes},
    {"GET", COLLECTION "/files", SCOPE_READ, BODY_NONE, 0, files_list,
     "list files and what became of them", &files_list_shapes},
    {"POST", COLLECTION "/search", SCOPE_READ, BODY_JSON, 0, search_run, "search", &search_shapes},
    {"POST", COLLECTION "/ask", SCOPE_READ, BODY_JSON, 0, ask_collection, "answer a question",
     &ask_shapes},
    {"GET", COLLECTION "/conversations", SCOPE_READ, BODY_NONE, 0, conversations_list,
     "list conversations", &conversations_list_shapes},
    {"POST", COLLECTION "/conversations", SCOPE_WRITE, BODY_NONE, 0, conversations_create,
     "begin a conversation", &conversations_create_shapes},
    {"GET", CONVERSATION, SCOPE_READ, BODY_NONE, 0, conversations_get, "read a conversation",
     &conversations_get_shapes},
    {"DELETE", CONVERSATION, SCOPE_WRITE, BODY_NONE, 0, conversations_delete,
     "delete a conversation", &conversations_delete_shapes},
    {"POST", CONVERSATION "/ask", SCOPE_WRITE, BODY_JSON, 0, ask_conversation,
     "answer the next question of a conversation", &ask_shapes},
    {"GET", "/v1/stats", SCOPE_READ, BODY_NONE, 0, stats_get, "count what is stored and done",
     &stats_shapes},
    {"GET", "/healthz", SCOPE_PUBLIC, BODY_NONE, 0, health_get, "is the server well?",
     &health_shapes},
    {"GET", "/metrics", SCOPE_READ, BODY_NONE, 0, metrics_get, "metrics for Prometheus",
     &metrics_shapes},
    {"GET", "/openapi.json", SCOPE_PUBLIC, BODY_NONE, 0, description_get, "this description",
     &description_shapes},
};

static const shape_member captures[] = {
    {"collection",
     true,
     {SHAPE_TEXT, .pattern = "^(uuid:[0-9a-f-]{36}|[A-Za-z0-9_-][A-Za-z0-9._-]{0,511})$"},
     "its name, or uuid: and its id"},
    {"conversation", true, {SHAPE_INTEGER, .min = 1, .max = INT64_MAX}, "its number"},
    {"document", true, {SHAPE_TEXT, .min = 1, .max = KITH_KEY_MAX_BYTES}, "its id"},
    {0}};

const dialect native_dialect = {
    .name = "native",
    .prefix = "/v1/collections",
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
    .fail = error_object_fail,
    .error = &error_object_shape,
    .captures = captures,
};
