/* kith_evaluate.c - evaluation: reading its questions, asking them, comparing results. */
#include "eval/eval_questions.h"
#include "eval/evaluate.h"
#include "lib/handle.h"
#include "lib/options.h"

kith_status kith_eval_questions_parse(const char *jsonl, size_t bytes, const char *name,
                                      kith_eval_questions **out, kith_error *err)
{
    arena *memory = NULL;
    kith_eval_questions *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    eval_questions read = {0};
    kith_status status = eval_questions_read((view){jsonl, bytes}, name, memory, &read, err);
    if (status == KITH_OK)
        *result = (kith_eval_questions){read.count, read.questions, read.ids, read.lines};
    return RESULT_END(status, result, out);
}

void kith_eval_questions_free(kith_eval_questions *questions)
{
    result_free(questions);
}

kith_status kith_evaluate(kith *k, const char *name, const kith_eval_question *questions,
                          size_t count, const kith_eval_options *options, kith_evaluation **out,
                          kith_error *err)
{
    arena *memory = NULL;
    kith_evaluation *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    kith_eval_options wanted = {0};
    kith_llm llm;
    call_limit room = {0};
    evaluating with = {.rerank = &k->rerank};
    kith_status status = options_adopt(&OPTIONS_SHAPE(kith_eval_options), options, &wanted, err);
    if (status == KITH_OK) status = options_adopt_ask(wanted.ask, &with.ask, &llm, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &with.limit, err);
    if (status == KITH_OK)
        status = acquire_with_embedder(k, view_of(name), &c, &with.embedder, err);
    with.collection = c;
    with.on_question = wanted.on_question;
    with.context = wanted.context;
    // A bound for one answer is none for an evaluation.
    room.max_bytes = 0;
    if (status == KITH_OK)
        status = evaluate_questions(&with, questions, count, memory, result, err);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return RESULT_END(status, result, out);
}

void kith_evaluation_free(kith_evaluation *evaluation)
{
    result_free(evaluation);
}

kith_status kith_eval_compare(const kith_evaluation *without, const kith_evaluation *with,
                              kith_eval_measure measure, uint64_t seed, kith_eval_difference *out,
                              kith_error *err)
{
    return evaluate_difference(without, with, measure, seed, out, err);
}

const char *kith_eval_measure_name(kith_eval_measure measure)
{
    return evaluate_measure_name(measure);
}
