/* conditional.c - conditional transactions: a client reads with a token, and commits writes that
 * are done only if nothing of what it has read has changed since. The token is the number of the
 * collection's last change before the reading, and kith_commit does the rest. Chroma's local server
 * has none, and this one says so under --strict-chroma, by the name that clients know.
 *
 * What is read within a transaction is what there is at that moment, not at that of the token: what
 * has changed in between is refused at the commit, so that a client which commits has read one
 * state. A deletion by a condition deletes what matches at the commit, and in the same transaction;
 * of what Chroma's own clients send it is more: they delete by ids. Texts are embedded before the
 * commit, as those of other writes: what changes while the model runs is seen by it. */
#include "chroma/conditional.h"

#include "chroma/body.h"
#include "chroma/deletion.h"
#include "chroma/handlers.h"
#include "chroma/records_write.h"
#include "chroma/reply.h"

#include <kith/commit.h>

enum { OPERATIONS_MAX = 1000 };

/* Of one operation, beside what kith is given. */
typedef struct operation_parts {
    record_batch batch; /* without points where it deletes */
    bool embeds;        /* its texts are embedded here */
    size_t records;     /* that it names */
    size_t deleted;     /* out, by a condition */
} operation_parts;

typedef struct transaction {
    const char *const *read_ids;
    uint32_t read_count;
    bool has_token;
    uint64_t token;
    kith_operation *operations; /* [count] */
    operation_parts *parts;     /* [count] */
    uint32_t count;
    kith_embeddings *vectors; /* what the texts of all gave; NULL: nothing was embedded here */
} transaction;

typedef struct conditional_target {
    const scope *scope;
    const kith_collection_info *info;
    const settings *kept;
} conditional_target;

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

/* By the rules of another deletion, but that no ids and no condition are a mistake. */
static bool parse_deletion(serve_call *call, const scope *s, operation_parts *parts,
                           kith_operation *out)
{
    deletion d;
    if (!deletion_parse(call, s, &d)) return false;
    if (!d.ids && !d.where)
        return refuse(call, 400,
                      "Validation error: ids, where: Either ids or where must be specified");
    if (d.id_count > call->limits->batch)
        return refuse(call, 400, "%u ids are over the limit of %u", d.id_count,
                      call->limits->batch);
    *out = (kith_operation){.deletes = true};
    if (d.deletes_nothing) return true;
    kith_point *points = arena_new_array(&call->arena, kith_point, d.id_count);
    if (!points) return refuse(call, 500, "out of memory for the request");
    for (uint32_t p = 0; p < d.id_count; p++)
        points[p].id = d.ids[p];
    if (!d.where) parts->records = d.id_count;
    *out = (kith_operation){.deletes = true,
                            .points = d.ids ? points : NULL,
                            .count = d.id_count,
                            .where = d.where,
                            .limit = d.limit,
                            .allow_unknown_fields = d.where != NULL,
                            .done = d.where ? &parts->deleted : NULL};
    return true;
}

static bool parse_write(serve_call *call, const records_target *to, operation_parts *parts,
                        kith_operation *out)
{
    if (!records_read(call, to, &parts->batch, &parts->embeds)) return false;
    parts->records = parts->batch.count;
    *out = (kith_operation){
        .mode = to->mode, .points = parts->batch.points, .count = parts->batch.count};
    return true;
}

/* One of {"operation": NAME, "payload": BODY}. What reads a body reads the call's. */
static bool parse_operation(serve_call *call, const json_value *json, const conditional_target *to,
                            uint32_t i, transaction *t)
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
    bool fine = known && parse_deletion(call, to->scope, &t->parts[i], &t->operations[i]);
    for (size_t w = 0; w < sizeof writes / sizeof writes[0]; w++) {
        if (strcmp(name, writes[w].name) != 0) continue;
        const records_target write = {to->info, to->kept, writes[w].mode};
        known = true;
        fine = parse_write(call, &write, &t->parts[i], &t->operations[i]);
    }
    call->body = whole;
    return known ? fine
                 : refuse_shape(call, "operations[%u].operation: unknown variant `%.64s`", i, name);
}

static bool parse(serve_call *call, const conditional_target *to, transaction *t)
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
    if (!t->has_token) t->token = to->info->changes;
    t->count = operations->count;
    t->operations = arena_new_array(&call->arena, kith_operation, t->count);
    t->parts = arena_new_array(&call->arena, operation_parts, t->count);
    if (!t->operations || !t->parts) return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; i < t->count; i++)
        if (!parse_operation(call, operations->elements[i], to, i, t)) return false;
    return true;
}

/* All at once: the model is slower text by text. */
static bool embed_all(serve_call *call, transaction *t)
{
    record_batch **batches = arena_new_array(&call->arena, record_batch *, t->count);
    if (!batches) return refuse(call, 500, "out of memory for the request");
    for (uint32_t i = 0; i < t->count; i++)
        batches[i] = t->parts[i].embeds ? &t->parts[i].batch : NULL;
    return records_embed(call, batches, t->count, &t->vectors);
}

/* Replies unless it was committed. */
static bool commit(serve_call *call, const scope *s, const transaction *t, uint64_t *changes)
{
    kith_error err = {0};
    kith_commit_outcome outcome = KITH_COMMITTED;
    uint64_t truncated = 0;
    const kith_commit_request request = {.size = sizeof request,
                                         .since = t->token,
                                         .read_ids = t->read_ids,
                                         .read_count = t->read_count,
                                         .operations = t->operations,
                                         .operation_count = t->count,
                                         .operation_size = sizeof t->operations[0],
                                         .call = &call->call,
                                         .truncated = &truncated};
    if (kith_commit(s->k, s->name, &request, &outcome, changes, &err) != KITH_OK)
        return scope_refuse(call, s, &err);
    reply_truncated(call, truncated + records_truncated(t->vectors));
    if (outcome == KITH_CONFLICT)
        reply_error(call, 409, "ConditionalWriteConflictError", "conditional write conflict");
    if (outcome == KITH_STALE)
        reply_error(call, 412, "StaleReadError",
                    "the read token is too old to tell what has been deleted since");
    return outcome == KITH_COMMITTED;
}

static void reply_committed(serve_call *call, const scope *s, const transaction *t,
                            uint64_t changes)
{
    size_t records = 0;
    for (uint32_t i = 0; i < t->count; i++)
        records += t->parts[i].records + t->parts[i].deleted;
    serve_audit(call, "%zu records of collection %s", records, s->id);
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_unsigned(&w, "first_inserted_record_offset", changes);
    json_member_unsigned(&w, "record_count", records);
    json_end_object(&w);
    serve_reply(call, 200);
}

static void commit_in(serve_call *call, const scope *s, const kith_collection_info *info)
{
    transaction t = {0};
    settings kept;
    const conditional_target to = {s, info, &kept};
    uint64_t changes = 0;
    bool fine = settings_load(call, info, &kept) && parse(call, &to, &t) && embed_all(call, &t) &&
                commit(call, s, &t, &changes);
    for (uint32_t i = 0; fine && i < t.count; i++)
        fine = records_note_keys(call, s, &kept, &t.parts[i].batch);
    if (fine) reply_committed(call, s, &t, changes);
    kith_embeddings_free(t.vectors);
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
