/* conversations.c - the rows of conversations and of their turns.
 * Invariant: a conversation of t turns has those numbered 1 to t. A turn is never changed, and
 * turns go only with their conversation. A conversation names its collection instead of referring
 * to it: it may be read after the collection was deleted, and is no part of any collection's
 * sequence. */
#include "store/conversations.h"

#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>

static uint64_t checksum_of(const store_conversation *c)
{
    uint64_t numbers[] = {c->id, c->database, (uint64_t)c->created_ms, (uint64_t)c->updated_ms,
                          c->turns};
    view texts[] = {c->collection, view_or_empty(c->title)};
    return row_checksum(ROW_CONVERSATION, numbers, 5, texts, 2);
}

static uint64_t checksum_of_turn(uint64_t conversation, const store_turn *t)
{
    uint64_t numbers[] = {conversation, t->n, (uint64_t)t->asked_ms};
    view texts[] = {t->question, t->searched, t->answer};
    return row_checksum(ROW_TURN, numbers, 3, texts, 3);
}

static kith_status read_row(const query *q, arena *a, store_conversation *out, kith_error *err)
{
    /* CONVERSATION_COLUMNS */
    enum { ID, DATABASE, COLLECTION, TITLE, CREATED, UPDATED, TURNS, CHECKSUM };
    store_conversation row = {
        .id = query_u64(q, ID),
        .database = query_u64(q, DATABASE),
        .created_ms = query_i64(q, CREATED),
        .updated_ms = query_i64(q, UPDATED),
        .turns = (uint32_t)query_u64(q, TURNS),
    };
    if (!copy_view(a, query_view(q, COLLECTION), &row.collection) ||
        !copy_view(a, query_view(q, TITLE), &row.title))
        return fail_no_room(err);
    if (checksum_of(&row) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: conversations: row %" PRIu64 " fails its checksum", row.id);
    *out = row;
    return KITH_OK;
}

static kith_status read_turn(const query *q, arena *a, store_turn *out, kith_error *err)
{
    enum { CONVERSATION, N, ASKED, QUESTION, SEARCHED, CHECKSUM, ANSWER }; /* TURN_COLUMNS */
    uint64_t conversation = query_u64(q, CONVERSATION);
    store_turn turn = {.n = (uint32_t)query_u64(q, N), .asked_ms = query_i64(q, ASKED)};
    if (!copy_view(a, query_view(q, QUESTION), &turn.question) ||
        !copy_view(a, query_view(q, SEARCHED), &turn.searched) ||
        !copy_view(a, query_view(q, ANSWER), &turn.answer))
        return fail_no_room(err);
    if (checksum_of_turn(conversation, &turn) != query_u64(q, CHECKSUM))
        return fail(err, KITH_ERR_CORRUPT,
                    "kith.db: turns: turn %u of conversation %" PRIu64 " fails its checksum",
                    turn.n, conversation);
    *out = turn;
    return KITH_OK;
}

static kith_status read_one(connection *c, uint64_t id, arena *a, store_conversation *out,
                            kith_error *err)
{
    kith_status status = KITH_OK;
    query q = query_begin(c, CONVERSATION_GET);
    query_bind_u64(&q, id);
    if (query_next(&q))
        status = read_row(&q, a, out, err);
    else if (!query_failed(&q))
        status = fail(err, KITH_ERR_NOT_FOUND, "conversation %" PRIu64 " does not exist", id);
    return query_end(&q, status, err);
}

/* ---- writing ---- */

static kith_status create_work(writing *w, void *context, kith_error *err)
{
    store_conversation *c = context;
    kith_status status = numbers_take(w, NUMBER_CONVERSATION, 1, &c->id, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, CONVERSATION_INSERT);
    query_bind_u64(&q, c->id);
    query_bind_u64(&q, c->database);
    query_bind_text(&q, c->collection);
    query_bind_text(&q, view_or_empty(c->title));
    query_bind_i64(&q, c->created_ms);
    query_bind_i64(&q, c->updated_ms);
    query_bind_u64(&q, c->turns);
    query_bind_u64(&q, checksum_of(c));
    return query_run(&q, err);
}

kith_status store_conversation_create(store *s, uint64_t database, view collection, int64_t now_ms,
                                      uint64_t *id, kith_error *err)
{
    store_conversation created = {
        .database = database, .collection = collection, .created_ms = now_ms, .updated_ms = now_ms};
    kith_status status = writer_run(s->writer, create_work, &created, err);
    if (status == KITH_OK) *id = created.id;
    return status;
}

typedef struct add_job {
    uint64_t id;
    const store_turn *turn;
    view title;
} add_job;

static kith_status insert_turn(writing *w, uint64_t conversation, const store_turn *turn,
                               kith_error *err)
{
    query q = query_begin(w->connection, TURN_INSERT);
    query_bind_u64(&q, conversation);
    query_bind_u64(&q, turn->n);
    query_bind_i64(&q, turn->asked_ms);
    query_bind_text(&q, turn->question);
    query_bind_text(&q, turn->searched);
    query_bind_u64(&q, checksum_of_turn(conversation, turn));
    query_bind_text(&q, turn->answer);
    return query_run(&q, err);
}

static kith_status add_work(writing *w, void *context, kith_error *err)
{
    const add_job *job = context;
    store_conversation c = {0};
    kith_status status = read_one(w->connection, job->id, &w->arena, &c, err);
    if (status != KITH_OK) return status;
    if (c.turns == 0) c.title = job->title;
    c.updated_ms = job->turn->asked_ms;
    c.turns++;
    store_turn turn = *job->turn;
    turn.n = c.turns;
    status = insert_turn(w, c.id, &turn, err);
    if (status != KITH_OK) return status;
    query q = query_begin(w->connection, CONVERSATION_REPLACE);
    query_bind_text(&q, view_or_empty(c.title));
    query_bind_i64(&q, c.updated_ms);
    query_bind_u64(&q, c.turns);
    query_bind_u64(&q, checksum_of(&c));
    query_bind_u64(&q, c.id);
    return query_run_on_row(&q, err);
}

kith_status store_conversation_add(store *s, uint64_t id, const store_turn *turn, view title,
                                   kith_error *err)
{
    add_job job = {id, turn, title};
    return writer_run(s->writer, add_work, &job, err);
}

static kith_status delete_rows(writing *w, uint64_t id, kith_error *err)
{
    static const statement_id tables[] = {TURN_DELETE_ALL, CONVERSATION_DELETE};
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < sizeof tables / sizeof tables[0]; i++) {
        query q = query_begin(w->connection, tables[i]);
        query_bind_u64(&q, id);
        status = query_run(&q, err);
    }
    return status;
}

static kith_status delete_work(writing *w, void *context, kith_error *err)
{
    uint64_t id = *(const uint64_t *)context;
    store_conversation c = {0};
    kith_status status = read_one(w->connection, id, &w->arena, &c, err);
    /* A damaged conversation can be deleted, which may be the only way to get rid of it. */
    if (status == KITH_ERR_CORRUPT) status = KITH_OK;
    return status == KITH_OK ? delete_rows(w, id, err) : status;
}

kith_status store_conversation_delete(store *s, uint64_t id, kith_error *err)
{
    return writer_run(s->writer, delete_work, &id, err);
}

/* ---- with what happens to collections and databases ---- */

static kith_status rename_one(writing *w, store_conversation *c, view name, kith_error *err)
{
    c->collection = name;
    query q = query_begin(w->connection, CONVERSATION_RENAME);
    query_bind_text(&q, c->collection);
    query_bind_u64(&q, checksum_of(c));
    query_bind_u64(&q, c->id);
    return query_run_on_row(&q, err);
}

static kith_status read_listed(const query *q, const row_list *l, void *out, kith_error *err)
{
    return read_row(q, l->memory, out, err);
}

/* All are read before the first is renamed: the query would not know which of them it has met. */
kith_status conversations_rename(writing *w, const store_collection *from, view name,
                                 kith_error *err)
{
    row_list l = {
        .memory = &w->arena, .row_bytes = sizeof(store_conversation), .read = read_listed};
    query q = query_begin(w->connection, CONVERSATION_OF_COLLECTION);
    query_bind_u64(&q, from->database);
    query_bind_text(&q, from->name);
    kith_status status = row_list_read(&l, &q, err);
    store_conversation *found = l.rows;
    for (uint32_t i = 0; status == KITH_OK && i < l.count; i++)
        status = rename_one(w, &found[i], name, err);
    return status;
}

kith_status conversations_delete_of_database(writing *w, uint64_t database, kith_error *err)
{
    for (;;) {
        query q = query_begin(w->connection, CONVERSATION_OF_DATABASE);
        query_bind_u64(&q, database);
        uint64_t id = query_next(&q) ? query_u64(&q, 0) : 0;
        kith_status status = query_end(&q, KITH_OK, err);
        if (status != KITH_OK || id == 0) return status;
        status = delete_rows(w, id, err);
        if (status != KITH_OK) return status;
    }
}

/* ---- reading ---- */

kith_status store_conversation_get(store *s, uint64_t id, arena *a, store_conversation *out,
                                   kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = read_one(c, id, a, out, err);
    readers_release(s->readers, c);
    return status;
}

static kith_status list(connection *c, arena *a, store_conversation **out, uint32_t *out_count,
                        kith_error *err)
{
    uint64_t count = 0;
    uint32_t read = 0;
    kith_status status = connection_number(c, CONVERSATION_COUNT, &count, err);
    if (status != KITH_OK) return status;
    store_conversation *found = arena_new_array(a, store_conversation, count);
    if (!found) return fail_no_room(err);
    query q = query_begin(c, CONVERSATION_LIST);
    while (status == KITH_OK && read < count && query_next(&q))
        status = read_row(&q, a, &found[read++], err);
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *out = found;
    *out_count = read;
    return KITH_OK;
}

kith_status store_conversation_list(store *s, arena *a, store_conversation **out,
                                    uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = list(c, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}

/* The turns numbered from after + 1; fails when one of them is missing. */
static kith_status list_turns(connection *c, const store_conversation *of, uint32_t after, arena *a,
                              store_turn **out, uint32_t *out_count, kith_error *err)
{
    uint32_t count = of->turns > after ? of->turns - after : 0, read = 0;
    kith_status status = KITH_OK;
    store_turn *found = arena_new_array(a, store_turn, count);
    if (!found) return fail_no_room(err);
    query q = query_begin(c, TURN_LIST);
    query_bind_u64(&q, of->id);
    query_bind_u64(&q, after);
    while (status == KITH_OK && read < count && query_next(&q))
        status = read_turn(&q, a, &found[read++], err);
    status = query_end(&q, status, err);
    if (status == KITH_OK && read < count)
        status = fail(err, KITH_ERR_CORRUPT,
                      "kith.db: turns: conversation %" PRIu64 " counts %u, found are %u", of->id,
                      of->turns, after + read);
    if (status != KITH_OK) return status;
    *out = found;
    *out_count = read;
    return KITH_OK;
}

kith_status store_conversation_turns(store *s, uint64_t id, uint32_t after, arena *a,
                                     store_turn **out, uint32_t *out_count, kith_error *err)
{
    connection *c = NULL;
    store_conversation of = {0};
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = read_one(c, id, a, &of, err);
    if (status == KITH_OK) status = list_turns(c, &of, after, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}

/* Every turn belongs to a conversation that exists, and its number is within that one's count. */
static kith_status check_turns(connection *c, const store_conversation *all, uint32_t count,
                               kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t i = 0; /* the conversation of the last turn: its other turns follow */
    arena memory;
    arena_init(&memory, 0);
    query q = query_begin(c, TURN_ALL);
    while (status == KITH_OK && query_next(&q)) {
        store_turn turn = {0};
        uint64_t conversation = query_u64(&q, 0);
        arena_reset(&memory);
        status = read_turn(&q, &memory, &turn, err);
        if (i == count || all[i].id != conversation) i = 0;
        while (i < count && all[i].id != conversation)
            i++;
        if (status == KITH_OK && (i == count || turn.n == 0 || turn.n > all[i].turns))
            status = fail(err, KITH_ERR_CORRUPT,
                          "kith.db: turns: turn %u of conversation %" PRIu64 " belongs to none",
                          turn.n, conversation);
    }
    status = query_end(&q, status, err);
    arena_done(&memory);
    return status;
}

kith_status conversations_check(connection *c, arena *a, kith_error *err)
{
    store_conversation *all = NULL;
    uint32_t count = 0;
    kith_status status = list(c, a, &all, &count, err);
    if (status == KITH_OK) status = check_turns(c, all, count, err);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        arena memory;
        store_turn *turns = NULL;
        uint32_t turn_count = 0;
        arena_init(&memory, 0);
        status = list_turns(c, &all[i], 0, &memory, &turns, &turn_count, err);
        arena_done(&memory);
    }
    return status;
}
