/* kith_conversations.c - conversations: asking within one, and the record of them. */
#include "answer/conversation.h"

#include "lib/handle.h"
#include "lib/options.h"
#include "os/clock.h"

kith_status kith_conversation_create(kith *k, const char *name, uint64_t *id, kith_error *err)
{
    collection *c = NULL;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = store_conversation_create(database_store(k->database), view_of(name),
                                           clock_wall_ms(), id, err);
    database_release_collection(c);
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
    call_limit room;
    const call_limit *limit = NULL;
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_ask_options), options, &wanted, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &limit, err);
    if (status == KITH_OK) status = require_embedder(k, err);
    if (status == KITH_OK) status = store_conversation_get(s, id, a, &stored, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, stored.collection, &c, err);
    if (status == KITH_OK) {
        answering with = {
            .collection = c,
            .embedder = k->embedder,
            .cache = &k->cache,
            .metrics = k->metrics,
            .limit = limit,
        };
        status = conversation_ask(&with, s, id, question, &wanted, a, out, err);
    }
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
    kith_status status = conversation_read(database_store(k->database), id, memory, result, err);
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
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = conversation_describe(&stored[i], memory, &list[i], err);
    if (status == KITH_OK)
        *result = (kith_conversation_list){.count = count, .conversations = list};
    return RESULT_END(status, result, out);
}

void kith_conversation_list_free(kith_conversation_list *list)
{
    result_free(list);
}
