/* kith_conversations.c - conversations: asking within one, and the record of them. */
#include "answer/conversation.h"

#include "lib/handle.h"
#include "lib/options.h"
#include "os/clock.h"

kith_status kith_conversation_create(kith *k, const char *name, uint64_t *id, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    arena memory;
    arena_init(&memory, 0);
    store_collection stored = {0}; // `name` may be "uuid:..."
    if (status == KITH_OK) status = collection_describe(c, &memory, &stored, err);
    if (status == KITH_OK)
        status = store_conversation_create(database_store(k->database), stored.database,
                                           stored.name, clock_wall_ms(), id, err);
    arena_done(&memory);
    database_release_collection(c);
    return status;
}

/* The conversation's row; those of other databases do not exist for this handle. */
static kith_status get_own(kith *k, uint64_t id, arena *a, store_conversation *out, kith_error *err)
{
    kith_status status = store_conversation_get(database_store(k->database), id, a, out, err);
    if (status == KITH_OK && out->database != database_scope(k->database))
        return fail(err, KITH_ERR_NOT_FOUND, "conversation %llu does not exist",
                    (unsigned long long)id);
    return status;
}

static kith_status ask_in(kith *k, uint64_t id, const char *question,
                          const kith_ask_options *options, arena *a, kith_answer *out,
                          kith_error *err)
{
    store *s = database_store(k->database);
    store_conversation stored = {0};
    collection *c = NULL;
    kith_ask_options wanted;
    kith_llm llm;
    call_limit room;
    const call_limit *limit = NULL;
    kith_status status = options_adopt_ask(options, &wanted, &llm, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &limit, err);
    embedder *e = NULL;
    if (status == KITH_OK) status = get_own(k, id, a, &stored, err);
    if (status == KITH_OK) status = acquire_with_embedder(k, stored.collection, &c, &e, err);
    if (status == KITH_OK) {
        answering with = {
            .collection = c,
            .embedder = e,
            .cache = &k->cache,
            .metrics = k->metrics,
            .rerank = &k->rerank,
            .limit = limit,
        };
        status = conversation_ask(&with, s, id, question, &wanted, a, out, err);
    }
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return status;
}

kith_status kith_conversation_ask(kith *k, uint64_t id, const char *question,
                                  const kith_ask_options *options, kith_answer **out,
                                  kith_error *err)
{
    arena *memory = NULL;
    kith_answer *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    metrics_count(k->metrics, METRICS_QUESTIONS, 1);
    kith_status status = ask_in(k, id, question, options, memory, result, err);
    return count_call(k, RESULT_END(status, result, out));
}

kith_status kith_conversation_get(kith *k, uint64_t id, kith_conversation **out, kith_error *err)
{
    arena *memory = NULL;
    kith_conversation *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_conversation stored = {0};
    kith_status status = get_own(k, id, memory, &stored, err);
    if (status == KITH_OK)
        status = conversation_read(database_store(k->database), id, memory, result, err);
    if (status == KITH_OK) status = conversation_json(result, memory, &result->json, err);
    if (status == KITH_OK) status = conversation_markdown(result, memory, &result->markdown, err);
    return RESULT_END(status, result, out);
}

void kith_conversation_free(kith_conversation *conversation)
{
    result_free(conversation);
}

kith_status kith_conversation_delete(kith *k, uint64_t id, kith_error *err)
{
    arena memory;
    store_conversation stored = {0};
    arena_init(&memory, 0);
    kith_status status = get_own(k, id, &memory, &stored, err);
    arena_done(&memory);
    // A damaged conversation can be deleted, which may be the only way to get rid of it.
    if (status != KITH_OK && status != KITH_ERR_CORRUPT) return status;
    return store_conversation_delete(database_store(k->database), id, err);
}

kith_status kith_conversations(kith *k, kith_conversation_list **out, kith_error *err)
{
    arena *memory = NULL;
    kith_conversation_list *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    store_conversation *stored = NULL;
    uint32_t count = 0;
    kith_status status =
        store_conversation_list(database_store(k->database), memory, &stored, &count, err);
    kith_conversation *list = arena_new_array(memory, kith_conversation, count);
    if (status == KITH_OK && !list)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u conversations", count);
    uint32_t own = 0;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        if (stored[i].database == database_scope(k->database))
            status = conversation_describe(&stored[i], memory, &list[own++], err);
    if (status == KITH_OK) *result = (kith_conversation_list){.count = own, .conversations = list};
    return RESULT_END(status, result, out);
}

void kith_conversation_list_free(kith_conversation_list *list)
{
    result_free(list);
}
