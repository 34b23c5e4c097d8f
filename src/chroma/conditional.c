/* conditional.c - conditional transactions: a client reads with a token, and commits writes that
 * are done only if nothing of what it has read has changed since. The token is the number of the
 * collection's last change before the reading, and kith_commit does the rest. Chroma's local server
 * has none, and this one says so under --strict-chroma, by the name that clients know.
 *
 * What is read within a transaction is what there is at that moment, not at that of the token: what
 * has changed in between is refused at the commit, so that a client which commits has read one
 * state. A deletion is by ids: its conditions would have to be read under the token as well. Texts
 * are not embedded: a model may take seconds, and what was read would be old by then. Both say so. */
#include "chroma/conditional.h"

#include "chroma/body.h"
#include "chroma/handlers.h"
#include "chroma/records_write.h"
#include "chroma/reply.h"

#include <kith/commit.h>

enum { OPERATIONS_MAX = 1000 };

typedef struct transaction {
    const char *const *read_ids;
    uint32_t read_count;
    bool has_token;
    uint64_t token;
    kith_operation *operations; /* [count] */
    record_batch *batches;      /* [count]; without points where an operation deletes */
    uint32_t count;
    size_t records; /* of all operations */
} transaction;

bool conditional_refused(serve_call *call)
{
    if (call->strict_chroma)
        reply_error(call, 501, "TransactionsNotSupported",
                    "Conditional transactions are not supported by this server");
    return call->strict_chroma;
}

bool conditional_token(serve_call *call, bool *given, uint64_t *out)
{
    const json_value *token = body_get(call->body, "read_token");
    *given = token != NULL;
    if (!token) return true;
    if (token->kind != JSON_INTEGER || token->integer < 0)
        return refuse_shape(call, "read_token: invalid value, expected u64");
    *out = (uint64_t)token->integer;
    return true;
}

static bool parse_deletion(serve_call *call, uint32_t i, kith_operation *out)
{
    const char *const *ids = NULL;
    uint32_t count = 0;
    if (!body_is_object(call) || !body_texts(call, call->body, "ids", false, &ids, &count))
        return false;
    if (!ids || body_get(call->body, "where") || body_get(call->body, "where_document"))
        return refuse(call, 400,
                      "operations[%u]: within a transaction records are deleted by ids alone: read "
                      "the ids that match (conditional/get with a where), then delete these",
                      i);
    if (count > call->limits->batch)
        return refuse(call, 400, "operations[%u]: %u ids are over the limit of %u", i, count,
                      call->limits->batch);
    kith_point *points = arena_new_array(&call->arena, kith_point, count);
    if (!points) return refuse(call, 500, "out of memory for the request");
    for (uint32_t p = 0; p < count; p++)
        points[p].id = ids[p];
    *out = (kith_operation){.points = points, .count = count, .deletes = true};
    return true;
}

/* Has a record a text without a vector, which another write would embed? An update in a collection
 * without a model leaves the vector, as Chroma's does. */
static bool lacks_vectors(const kith_collection_info *info, kith_write_mode mode,
                          const record_batch *batch)
{
    if (mode != KITH_UPDATE) return batch->without > 0;
    for (uint32_t i = 0; info->model[0] && i < batch->count; i++)
        if (batch->points[i].content && !batch->points[i].vector) return true;
    return false;
}

static bool parse_write(serve_call *call, kith_write_mode mode, const kith_collection_info *info,
                        uint32_t number, record_batch *batch, kith_operation *out)
{
    if (!record_batch_parse(call, mode, true, batch)) return false;
    if (lacks_vectors(info, mode, batch))
        return refuse(call, 400,
                      "operations[%u]: within a transaction texts are not embedded: give their "
                      "embeddings",
                      number);
    if (!records_check_dimension(call, info, batch)) return false;
    *out = (kith_operation){.mode = mode, .points = batch->points, .count = batch->count};
    return true;
}

/* One of {"operation": NAME, "payload": BODY}. What reads a body reads the call's. */
static bool parse_operation(serve_call *call, const json_value *json,
                            const kith_collection_info *info, uint32_t i, transaction *t)
{
    static const struct {
        const char *name;
        kith_write_mode mode;
    } writes[] = {{"add", KITH_ADD}, {"update", KITH_UPDATE}, {"upsert", KITH_UPSERT}};
    const char *name = NULL;
    const json_value *whole = call->body;
    if (json->kind != JSON_OBJECT)
        return refuse_shape(call, "operations[%u]: invalid type: %s, expected a map", i,
                            body_kind_name(json));
    if (!body_required_text(call, json, "operation", &name)) return false;
    call->body = body_get(json, "payload");
    bool known = strcmp(name, "delete") == 0;
    bool fine = known && parse_deletion(call, i, &t->operations[i]);
    for (size_t w = 0; w < sizeof writes / sizeof writes[0]; w++) {
        if (strcmp(name, writes[w].name) != 0) continue;
        known = true;
        fine = parse_write(call, writes[w].mode, info, i, &t->batches[i], &t->operations[i]);
    }
    call->body = whole;
    t->records += t->operations[i].count;
    return known ? fine
                 : refuse_shape(call, "operations[%u].operation: unknown variant `%.64s`", i, name);
}

static bool parse(serve_call *call, const kith_collection_info *info, transaction *t)
{
    const json_value *operations = NULL;
    *t = (transaction){0};
    if (!body_is_object(call) || !conditional_token(call, &t->has_token, &t->token) ||
        !body_texts(call, call->body, "read_ids", false, &t->read_ids, &t->read_count) ||
        !body_array(call, call->body, "operations", &operations))
        return false;
    if (!operations) return refuse_shape(call, "missing field `operations`");
    if (operations->count > OPERATIONS_MAX)
        return refuse(call, 400, "%u operations are over the limit of %d", operations->count,
                      OPERATIONS_MAX);
    if (t->read_count > 0 && !t->has_token)
        return refuse(call, 400, "read_ids need the read_token with which they were read");
    if (!t->has_token) t->token = info->changes;
    t->count = operations->count;
    t->operations = arena_new_array(&call->arena, kith_operation, t->count);
    t->batches = arena_new_array(&call->arena, record_batch, t->count);
    if (!t->operations || !t->batches) return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; i < t->count; i++)
        if (!parse_operation(call, operations->elements[i], info, i, t)) return false;
    return true;
}

/* Replies unless it was committed. */
static bool commit(serve_call *call, const scope *s, const transaction *t, uint64_t *changes)
{
    kith_error err = {0};
    kith_commit_outcome outcome = KITH_COMMITTED;
    const kith_commit_request request = {.size = sizeof request,
                                         .since = t->token,
                                         .read_ids = t->read_ids,
                                         .read_count = t->read_count,
                                         .operations = t->operations,
                                         .operation_count = t->count,
                                         .call = &call->call};
    if (kith_commit(s->k, s->name, &request, &outcome, changes, &err) != KITH_OK)
        return scope_refuse(call, s, &err);
    if (outcome == KITH_CONFLICT)
        reply_error(call, 409, "ConditionalWriteConflictError", "conditional write conflict");
    if (outcome == KITH_STALE)
        reply_error(call, 412, "StaleReadError",
                    "the read token is too old to tell what has been deleted since");
    return outcome == KITH_COMMITTED;
}

static void commit_in(serve_call *call, const scope *s, const kith_collection_info *info)
{
    transaction t;
    settings kept;
    uint64_t changes = 0;
    if (!settings_load(call, info, &kept) || !parse(call, info, &t) ||
        !commit(call, s, &t, &changes))
        return;
    for (uint32_t i = 0; i < t.count; i++)
        if (!records_note_keys(call, s, &kept, &t.batches[i])) return;
    serve_audit(call, "%zu records of collection %s", t.records, s->id);
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "first_inserted_record_offset", changes);
    json_member_unsigned(&w, "record_count", t.records);
    json_end_object(&w);
    serve_reply(call, 200);
}

void chroma_conditional_commit(serve_call *call)
{
    scope s;
    kith_collection_infos *infos = NULL;
    if (conditional_refused(call)) return;
    if (!scope_collection(call, &s) || !scope_describe(call, &s, &infos)) return;
    commit_in(call, &s, &infos->collections[0]);
    kith_collection_infos_free(infos);
}
