/* dialect.c - the routes of Chroma's API.
 * A POST that only reads (get, query, search) needs a key that may read; tenants and databases are
 * an administrator's. What clients ask before anything else needs no key. */
#include "chroma/dialect.h"

#include "chroma/handlers.h"
#include "chroma/reply.h"

#define V2          "/api/v2"
#define TENANT      V2 "/tenants/{tenant}"
#define DATABASE    TENANT "/databases/{database}"
#define COLLECTIONS DATABASE "/collections"
#define COLLECTION  COLLECTIONS "/{collection}"

/* clang-format off */
static const route routes[] = {
    {"GET", V2, SCOPE_PUBLIC, BODY_NONE, 0, chroma_heartbeat, "tell the time"},
    {"GET", V2 "/heartbeat", SCOPE_PUBLIC, BODY_NONE, 0, chroma_heartbeat, "tell the time"},
    {"GET", V2 "/version", SCOPE_PUBLIC, BODY_NONE, 0, chroma_version, "tell the version of the API"},
    {"GET", V2 "/healthcheck", SCOPE_PUBLIC, BODY_NONE, 0, chroma_healthcheck, "tell whether it works"},
    {"GET", V2 "/pre-flight-checks", SCOPE_PUBLIC, BODY_NONE, 0, chroma_pre_flight, "tell limits and abilities"},
    {"GET", V2 "/auth/identity", SCOPE_READ, BODY_NONE, 0, chroma_identity, "tell who asks", .without_database = true},
    {"POST", V2 "/reset", SCOPE_ADMIN, BODY_BYTES, 0, chroma_reset, "delete everything"},

    {"POST", V2 "/tenants", SCOPE_ADMIN, BODY_JSON, 0, chroma_tenant_create, "create a tenant"},
    {"GET", TENANT, SCOPE_READ, BODY_NONE, 0, chroma_tenant_get, "find a tenant"},
    {"PATCH", TENANT, SCOPE_ADMIN, BODY_JSON, 0, chroma_tenant_change, "change a tenant"},
    {"POST", TENANT "/databases", SCOPE_ADMIN, BODY_JSON, 0, chroma_database_create, "create a database"},
    {"GET", TENANT "/databases", SCOPE_READ, BODY_NONE, 0, chroma_database_list, "list databases"},
    {"GET", DATABASE, SCOPE_READ, BODY_NONE, 0, chroma_database_get, "find a database"},
    {"DELETE", DATABASE, SCOPE_ADMIN, BODY_NONE, 0, chroma_database_delete, "delete a database"},

    {"GET", COLLECTIONS, SCOPE_READ, BODY_NONE, 0, chroma_collection_list, "list collections"},
    {"GET", DATABASE "/collections_count", SCOPE_READ, BODY_NONE, 0, chroma_collections_count, "count collections"},
    {"POST", COLLECTIONS, SCOPE_WRITE, BODY_JSON, 0, chroma_collection_create, "create a collection"},
    {"GET", COLLECTION, SCOPE_READ, BODY_NONE, 0, chroma_collection_get, "find a collection by its name"},
    {"GET", COLLECTIONS "/by-id/{collection}", SCOPE_READ, BODY_NONE, 0, chroma_collection_by_id, "find a collection by its id"},
    {"GET", V2 "/collections/{crn}", SCOPE_READ, BODY_NONE, 0, chroma_collection_by_crn, "find a collection by its full name", .without_database = true},
    {"PUT", COLLECTION, SCOPE_WRITE, BODY_JSON, 0, chroma_collection_change, "change a collection"},
    {"DELETE", COLLECTION, SCOPE_WRITE, BODY_NONE, 0, chroma_collection_delete, "delete a collection"},
    {"POST", COLLECTION "/fork", SCOPE_WRITE, BODY_JSON, 0, chroma_fork, "copy a collection"},
    {"GET", COLLECTION "/fork_count", SCOPE_READ, BODY_NONE, 0, chroma_fork_count, "count copies of a collection"},
    {"GET", COLLECTION "/indexing_status", SCOPE_READ, BODY_NONE, 0, chroma_indexing_status, "tell how far an index is"},

    {"POST", COLLECTION "/add", SCOPE_WRITE, BODY_JSON, 0, chroma_add, "add records"},
    {"POST", COLLECTION "/upsert", SCOPE_WRITE, BODY_JSON, 0, chroma_upsert, "add or change records"},
    {"POST", COLLECTION "/update", SCOPE_WRITE, BODY_JSON, 0, chroma_update, "change records"},
    {"POST", COLLECTION "/get", SCOPE_READ, BODY_JSON, 0, chroma_get, "read records"},
    {"POST", COLLECTION "/query", SCOPE_READ, BODY_JSON, 0, chroma_query, "find the nearest records"},
    {"POST", COLLECTION "/delete", SCOPE_WRITE, BODY_JSON, 0, chroma_delete, "delete records"},
    {"GET", COLLECTION "/count", SCOPE_READ, BODY_NONE, 0, chroma_count, "count records"},
    {"POST", COLLECTION "/search", SCOPE_READ, BODY_JSON, 0, chroma_search, "search by an expression"},

    {"POST", COLLECTION "/functions/attach", SCOPE_WRITE, BODY_JSON, 0, chroma_function_attach, "attach a function"},
    {"GET", COLLECTION "/functions/{function}", SCOPE_READ, BODY_NONE, 0, chroma_function_get, "find an attached function"},
    {"POST", COLLECTION "/attached_functions/{function}/detach", SCOPE_WRITE, BODY_JSON, 0, chroma_function_detach, "detach a function"},
    {"POST", COLLECTION "/attached_functions/{function}/add_input", SCOPE_WRITE, BODY_JSON, 0, chroma_function_detach, "feed a function"},
    {"POST", COLLECTION "/conditional/get", SCOPE_READ, BODY_JSON, 0, chroma_conditional_get, "read records for a transaction"},
    {"POST", COLLECTION "/conditional/commit", SCOPE_WRITE, BODY_JSON, 0, chroma_conditional_commit, "commit a transaction"},
};

static const route version_1[] = {
    {"GET", "/api/v1/{rest...}", SCOPE_PUBLIC, BODY_NONE, 0, chroma_version_1, "version 1, which is gone"},
    {"POST", "/api/v1/{rest...}", SCOPE_PUBLIC, BODY_BYTES, 0, chroma_version_1, "version 1, which is gone"},
    {"PUT", "/api/v1/{rest...}", SCOPE_PUBLIC, BODY_BYTES, 0, chroma_version_1, "version 1, which is gone"},
    {"DELETE", "/api/v1/{rest...}", SCOPE_PUBLIC, BODY_NONE, 0, chroma_version_1, "version 1, which is gone"},
};
/* clang-format on */

const dialect chroma_dialect = {.name = "chroma",
                                .prefix = V2,
                                .routes = routes,
                                .route_count = sizeof routes / sizeof routes[0],
                                .fail = chroma_fail};

const dialect chroma_v1_dialect = {.name = "chroma_v1",
                                   .prefix = "/api/v1",
                                   .routes = version_1,
                                   .route_count = sizeof version_1 / sizeof version_1[0],
                                   .fail = chroma_fail};
