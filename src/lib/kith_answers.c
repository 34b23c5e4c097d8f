/* kith_answers.c - kith_ask. */
#include "answer/answer.h"
#include "answer/conversation.h"
#include "db/collection.h"
#include "lib/handle.h"
#include "lib/options.h"

kith_status kith_ask(kith *k, const char *name, const char *question,
                     const kith_ask_options *options, kith_answer **out, kith_error *err)
{
    arena *memory = NULL;
    kith_answer *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    kith_ask_options wanted;
    kith_llm llm;
    call_limit room;
    const call_limit *limit = NULL;
    kith_status status = options_adopt_ask(options, &wanted, &llm, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &limit, err);
    embedder *e = NULL;
    if (status == KITH_OK) status = acquire_with_embedder(k, view_of(name), &c, &e, err);
    answering with = {
        .collection = c,
        .embedder = e,
        .cache = &k->cache,
        .metrics = k->metrics,
        .rerank = &k->rerank,
        .limit = limit,
    };
    metrics_count(k->metrics, METRICS_QUESTIONS, 1);
    if (status == KITH_OK)
        status = wanted.before_count > 0
                     ? conversation_ask_after(&with, question, &wanted, memory, result, err)
                     : answer_question(&with, question, &wanted, memory, result, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return count_call(k, RESULT_END(status, result, out));
}

void kith_answer_free(kith_answer *answer)
{
    result_free(answer);
}
