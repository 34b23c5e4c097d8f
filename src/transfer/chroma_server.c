/* chroma_server.c - see chroma_server.h.
 *
 * A page is asked for by its offset, as Chroma knows no other way. A record that is deleted
 * meanwhile moves those behind it up by one, over the border of a page; so a collection is counted
 * before and after, and the user is told where the numbers do not fit. An import that is run again
 * passes over what is there and takes what was missed.
 *
 * A page whose reply is larger than the limit is asked for again with fewer records. */
#include "transfer/chroma_server.h"

#include "base/size.h"
#include "net/http.h"
#include "transfer/chroma_settings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    PAGE_RECORDS = 200,
    PAGE_NAMES = 100, /* of databases or collections */
    REPLY_MAX_BYTES = 64 << 20,
    RECORD_MAX_BYTES = 6 * KITH_DOCUMENT_MAX_BYTES + (8 << 20), /* of a page of one record */
    METADATA_MAX_BYTES_READ = 1 << 20,
    REPLY_MEMORY = 1500 /* MiB that a reply may take when it is parsed */
};

typedef struct server_reading {
    const chroma_server *server;
    chroma_output *out;
    char headers[2][CHROMA_TOKEN_MAX_BYTES + 64];
    const char *header_list[4];
    http_response response;
    arena memory; /* of one reply */
    buffer path, body, json;
    float *vector; /* [dimension of the collection] */
    kith_error *err;
} server_reading;

/* ---- asking ---- */

/* Appends a name to the path that is asked for. */
static void append_name(buffer *path, const char *name)
{
    for (; *name; name++) {
        const unsigned char c = (unsigned char)*name;
        if (isalnum(c) || strchr("-._~", c))
            buffer_append_byte(path, *name);
        else
            buffer_printf(path, "%%%02X", c);
    }
}

static void begin_path(server_reading *in)
{
    view url = view_of(in->server->url);
    while (url.size && url.data[url.size - 1] == '/')
        url.size--;
    if (view_ends_with_nocase(url, VIEW("/api/v2"))) url.size -= sizeof "/api/v2" - 1;
    buffer_reset(&in->path);
    buffer_append(&in->path, url);
    buffer_append_text(&in->path, "/api/v2");
}

/* The path of a database, or of the list of all. */
static void begin_database(server_reading *in, const char *tenant, const char *database)
{
    begin_path(in);
    buffer_append_text(&in->path, "/tenants/");
    append_name(&in->path, tenant);
    buffer_append_text(&in->path, "/databases");
    if (!database) return;
    buffer_append_byte(&in->path, '/');
    append_name(&in->path, database);
}

static kith_status refuse(const server_reading *in, const json_value *reply)
{
    view message = VIEW("it does not say why");
    const int http = in->response.status;
    (void)json_get_string(reply, "message", &message);
    kith_status status = http == 401 || http == 403 ? KITH_ERR_AUTH
                         : http == 404              ? KITH_ERR_NOT_FOUND
                                                    : KITH_ERR_REMOTE;
    return fail(in->err, status, "the server replied with %d: %.*s", http,
                (int)size_min(message.size, 200), message.data);
}

/* Sends what path and body hold, GET without a body, and parses the reply into in->memory. */
static kith_status ask(server_reading *in, size_t max_bytes, const json_value **out)
{
    const char *path = buffer_text(&in->path);
    if (!path) return buffer_status(&in->path, "a URL", in->err);
    kith_status status = buffer_status(&in->body, "a request", in->err);
    if (status != KITH_OK) return status;
    const http_request request = {
        .method = in->body.size ? "POST" : "GET",
        .url = path,
        .headers = in->header_list,
        .body = buffer_view(&in->body),
        .max_response_bytes = max_bytes,
        .stays_at_origin = in->server->token != NULL,
        .authorities_file = in->server->authorities_file,
        .limit = in->out->limit,
    };
    arena_reset(&in->memory);
    status = http_send(&request, &in->response, in->err);
    if (status != KITH_OK) return status;
    const json_value *reply = NULL;
    const bool is_fine = in->response.status / 100 == 2;
    status = json_parse(buffer_view(&in->response.body), max_bytes, &in->memory, &reply,
                        is_fine ? in->err : NULL);
    if (!is_fine) return refuse(in, reply);
    if (status != KITH_OK) return fail_context(in->err, status, "the reply of the server");
    *out = reply;
    return KITH_OK;
}

static kith_status get(server_reading *in, const json_value **out)
{
    buffer_reset(&in->body);
    return ask(in, REPLY_MAX_BYTES, out);
}

static kith_status malformed(const server_reading *in, const char *what)
{
    return fail(in->err, KITH_ERR_FORMAT, "the server's %s is not as Chroma replies", what);
}

/* ---- records ---- */

static const json_value *element(const json_value *list, uint32_t i)
{
    return list && list->kind == JSON_ARRAY && i < list->count ? list->elements[i] : NULL;
}

/* False: it has none, or one of another dimension. */
static bool read_vector(server_reading *in, const json_value *list)
{
    if (!list || list->kind != JSON_ARRAY || list->count != in->out->dimension || !in->vector)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *v = list->elements[i];
        if (v->kind != JSON_INTEGER && v->kind != JSON_DOUBLE) return false;
        in->vector[i] = v->kind == JSON_INTEGER ? (float)v->integer : (float)v->number;
    }
    return true;
}

/* The record's metadata with its uri, as Chroma keeps it. */
static kith_status write_metadata(server_reading *in, const json_value *metadata,
                                  const json_value *uri)
{
    json_writer w = {.out = &in->json};
    buffer_reset(&in->json);
    json_begin_object(&w);
    for (uint32_t i = 0; metadata && metadata->kind == JSON_OBJECT && i < metadata->count; i++) {
        if (uri && view_equal(metadata->members[i].key, VIEW("chroma:uri"))) continue;
        json_key_view(&w, metadata->members[i].key);
        json_tree(&w, metadata->members[i].value);
    }
    if (uri && uri->kind == JSON_STRING) {
        json_key(&w, "chroma:uri");
        json_string(&w, uri->string);
    }
    json_end_object(&w);
    return buffer_status(&in->json, "metadata", in->err);
}

static kith_status write_record(server_reading *in, const json_value *page, uint32_t i)
{
    const json_value *id = element(json_get(page, "ids"), i);
    const json_value *document = element(json_get(page, "documents"), i);
    const json_value *uri = element(json_get(page, "uris"), i);
    if (!id || id->kind != JSON_STRING) return malformed(in, "page of records");
    if (uri && uri->kind != JSON_STRING) uri = NULL;
    kith_status status = write_metadata(in, element(json_get(page, "metadatas"), i), uri);
    if (status == KITH_ERR_LIMIT)
        return chroma_output_refuse(in->out, id->string, "its metadata is too long", in->err);
    if (status != KITH_OK) return status;
    bool has_vector = read_vector(in, element(json_get(page, "embeddings"), i));
    const chroma_record record = {
        .id = id->string,
        .document = document && document->kind == JSON_STRING ? document->string : (view){NULL, 0},
        .metadata = buffer_view(&in->json),
        .vector = has_vector ? in->vector : NULL,
    };
    return chroma_output_record(in->out, &record, in->err);
}

/* Reads a page, with fewer records where its reply would be too large; *count of them came. */
static kith_status read_page(server_reading *in, uint64_t offset, uint32_t *wanted, uint32_t *count,
                             const json_value **out)
{
    for (;;) {
        buffer_reset(&in->body);
        buffer_printf(&in->body,
                      "{\"limit\":%u,\"offset\":%llu,\"include\":[\"embeddings\",\"documents\","
                      "\"metadatas\",\"uris\"]}",
                      *wanted, (unsigned long long)offset);
        kith_status status = ask(in, *wanted > 1 ? REPLY_MAX_BYTES : RECORD_MAX_BYTES, out);
        if (status == KITH_ERR_LIMIT && *wanted > 1) {
            *wanted /= 2;
            continue;
        }
        if (status != KITH_OK) return status;
        const json_value *ids = json_get(*out, "ids");
        if (!ids || ids->kind != JSON_ARRAY || ids->count > *wanted)
            return malformed(in, "page of records");
        *count = ids->count;
        return KITH_OK;
    }
}

static kith_status read_pages(server_reading *in, uint64_t *read)
{
    uint32_t wanted = PAGE_RECORDS, count = 0;
    const size_t base = in->path.size;
    for (*read = 0;; *read += count) {
        const json_value *page = NULL;
        in->path.size = base;
        buffer_append_text(&in->path, "/get");
        kith_status status = read_page(in, *read, &wanted, &count, &page);
        for (uint32_t i = 0; status == KITH_OK && i < count; i++)
            status = write_record(in, page, i);
        in->path.size = base;
        if (status != KITH_OK || count == 0) return status;
    }
}

static kith_status count_records(server_reading *in, uint64_t *out)
{
    const json_value *reply = NULL;
    const size_t base = in->path.size;
    buffer_append_text(&in->path, "/count");
    kith_status status = get(in, &reply);
    in->path.size = base;
    if (status != KITH_OK) return status;
    if (reply->kind != JSON_INTEGER || reply->integer < 0) return malformed(in, "count");
    *out = (uint64_t)reply->integer;
    return KITH_OK;
}

/* ---- collections ---- */

/* Of the list of collections: it is copied, since its reply goes with the next request. */
typedef struct server_collection {
    char *id;
    import_collection c;
} server_collection;

/* The JSON of an object as text in `a`; empty for what is no object. */
static kith_status text_of(server_reading *in, const json_value *object, arena *a, view *out)
{
    *out = VIEW("");
    if (!object || object->kind != JSON_OBJECT || object->count == 0) return KITH_OK;
    json_writer w = {.out = &in->json};
    buffer_reset(&in->json);
    json_tree(&w, object);
    kith_status status = buffer_status(&in->json, "the settings of a collection", in->err);
    if (status != KITH_OK) return status;
    *out = arena_copy(a, buffer_view(&in->json));
    return out->data ? KITH_OK : fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
}

static kith_status read_collection(server_reading *in, const json_value *o, arena *a,
                                   server_collection *out)
{
    view id, name, metadata, schema, configuration;
    int64_t dimension = 0;
    if (!json_get_string(o, "id", &id) || !json_get_string(o, "name", &name))
        return malformed(in, "list of collections");
    if (json_get_integer(o, "dimension", &dimension) &&
        (dimension < 0 || dimension > KITH_DIMENSION_MAX))
        return fail(in->err, KITH_ERR_FORMAT,
                    "collection '%.100s' has %lld dimensions, the limit is %d", name.data,
                    (long long)dimension, KITH_DIMENSION_MAX);
    *out = (server_collection){
        .id = arena_copy_text(a, id.data),
        .c = {.name = arena_copy_text(a, name.data),
              .metric = KITH_SQUARED_L2,
              .model = {(uint32_t)dimension, ""}},
    };
    if (!out->id || !out->c.name) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
    kith_status status = text_of(in, json_get(o, "metadata"), a, &metadata);
    if (status == KITH_OK) status = text_of(in, json_get(o, "schema"), a, &schema);
    if (status == KITH_OK)
        status = text_of(in, json_get(o, "configuration_json"), a, &configuration);
    if (status == KITH_OK)
        status = chroma_settings_read(schema, configuration, a, &out->c.metric,
                                      &out->c.configuration, in->err);
    if (status == KITH_OK && metadata.size) out->c.metadata = metadata.data;
    return status;
}

static kith_status write_collection(server_reading *in, const char *tenant, const char *database,
                                    const server_collection *c, arena *a)
{
    uint64_t before = 0, after = 0, read = 0;
    const uint32_t dimension = c->c.model.dimension;
    in->vector = dimension ? arena_new_array(a, float, dimension) : NULL;
    if (dimension && !in->vector) return fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
    begin_database(in, tenant, database);
    buffer_append_text(&in->path, "/collections/");
    append_name(&in->path, c->id);
    kith_status status = chroma_output_begin(in->out, tenant, database, &c->c, in->err);
    if (status == KITH_OK) status = count_records(in, &before);
    if (status == KITH_OK) status = read_pages(in, &read);
    if (status == KITH_OK) status = count_records(in, &after);
    if (status == KITH_OK && (before != after || read != after))
        status =
            chroma_output_notice(in->out, "it was written to while it was read",
                                 "records may be missing; the same command takes them", in->err);
    return status == KITH_OK ? chroma_output_end(in->out, in->err) : status;
}

/* Asks for a page of the list at in->path, of what has names. */
static kith_status ask_for_names(server_reading *in, uint64_t offset, const json_value **out)
{
    buffer_printf(&in->path, "?limit=%d&offset=%llu", PAGE_NAMES, (unsigned long long)offset);
    kith_status status = get(in, out);
    if (status != KITH_OK) return status;
    if ((*out)->kind != JSON_ARRAY || (*out)->count > PAGE_NAMES) return malformed(in, "list");
    return KITH_OK;
}

static kith_status write_database(server_reading *in, const char *tenant, const char *database)
{
    arena page;
    kith_status status = KITH_OK;
    uint32_t count = PAGE_NAMES;
    arena_init(&page, 0);
    for (uint64_t offset = 0; status == KITH_OK && count == PAGE_NAMES; offset += count) {
        server_collection list[PAGE_NAMES];
        const json_value *reply = NULL;
        count = 0;
        arena_reset(&page);
        begin_database(in, tenant, database);
        buffer_append_text(&in->path, "/collections");
        status = ask_for_names(in, offset, &reply);
        for (; status == KITH_OK && count < reply->count; count++)
            status = read_collection(in, reply->elements[count], &page, &list[count]);
        for (uint32_t i = 0; status == KITH_OK && i < count; i++)
            status = write_collection(in, tenant, database, &list[i], &page);
    }
    arena_done(&page);
    return status;
}

static kith_status write_databases(server_reading *in, const char *tenant)
{
    arena page;
    kith_status status = KITH_OK;
    uint32_t count = PAGE_NAMES;
    arena_init(&page, 0);
    for (uint64_t offset = 0; status == KITH_OK && count == PAGE_NAMES; offset += count) {
        const char *names[PAGE_NAMES];
        const json_value *reply = NULL;
        count = 0;
        arena_reset(&page);
        begin_database(in, tenant, NULL);
        status = ask_for_names(in, offset, &reply);
        for (; status == KITH_OK && count < reply->count; count++) {
            view name;
            if (!json_get_string(reply->elements[count], "name", &name))
                status = malformed(in, "list of databases");
            else if (!(names[count] = arena_copy_text(&page, name.data)))
                status = fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
        }
        for (uint32_t i = 0; status == KITH_OK && i < count; i++)
            status = write_database(in, tenant, names[i]);
    }
    arena_done(&page);
    return status;
}

/* The tenant of whoever asks, which a limited key has for its own. */
static kith_status find_tenant(server_reading *in, arena *a, const char **out)
{
    view tenant = VIEW("");
    const json_value *reply = NULL;
    if (in->server->tenant) {
        *out = in->server->tenant;
        return KITH_OK;
    }
    begin_path(in);
    buffer_append_text(&in->path, "/auth/identity");
    kith_status status = get(in, &reply);
    if (status != KITH_OK)
        return fail_context(in->err, status, "'%.200s' as a server of Chroma", in->server->url);
    (void)json_get_string(reply, "tenant", &tenant);
    bool is_named = tenant.size > 0 && !view_equal(tenant, VIEW("*"));
    *out = arena_copy(a, is_named ? tenant : VIEW("default_tenant")).data;
    return *out ? KITH_OK : fail(in->err, KITH_ERR_NO_MEMORY, "out of memory");
}

static kith_status prepare_headers(server_reading *in)
{
    const char *token = in->server->token;
    in->header_list[0] = "Content-Type: application/json";
    if (!token) return KITH_OK;
    if (strlen(token) > CHROMA_TOKEN_MAX_BYTES)
        return fail(in->err, KITH_ERR_LIMIT, "the token has more than %d bytes",
                    CHROMA_TOKEN_MAX_BYTES);
    (void)snprintf(in->headers[0], sizeof in->headers[0], "X-Chroma-Token: %s", token);
    (void)snprintf(in->headers[1], sizeof in->headers[1], "Authorization: Bearer %s", token);
    in->header_list[1] = in->headers[0];
    in->header_list[2] = in->headers[1];
    return KITH_OK;
}

kith_status chroma_server_write(const chroma_server *server, chroma_output *o, kith_error *err)
{
    server_reading in = {.server = server, .out = o, .err = err};
    const char *tenant = NULL;
    arena names;
    arena_init(&names, 0);
    arena_init(&in.memory, (size_t)REPLY_MEMORY << 20);
    http_response_init(&in.response, RECORD_MAX_BYTES);
    buffer_init(&in.path, 8 << 10);
    buffer_init(&in.body, 4 << 10);
    buffer_init(&in.json, METADATA_MAX_BYTES_READ);
    kith_status status = prepare_headers(&in);
    if (status == KITH_OK) status = find_tenant(&in, &names, &tenant);
    if (status == KITH_OK)
        status = server->database ? write_database(&in, tenant, server->database)
                                  : write_databases(&in, tenant);
    explicit_bzero(in.headers, sizeof in.headers);
    buffer_done(&in.path);
    buffer_done(&in.body);
    buffer_done(&in.json);
    http_response_done(&in.response);
    arena_done(&in.memory);
    arena_done(&names);
    return status;
}
