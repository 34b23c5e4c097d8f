/* rerank.h - cross-encoders: models that read a question and a text together.
 *
 * A cross-encoder is slower than an embedding model, since it runs once for each pair and nothing of
 * it can be kept, and judges better. So it reorders the best hits of a search. kith runs BERT
 * cross-encoders of one label (BertForSequenceClassification), such as the ms-marco ones, from their
 * Hugging Face directories, in float32. What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_RERANK_H
#define KITH_RERANK_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any number of threads may score with one cross-encoder at a time. */
typedef struct kith_cross_encoder kith_cross_encoder;

/* directory  with config.json, model.safetensors, and tokenizer.json or vocab.txt
 * threads    at most; 0: as many as this process may use
 * Reads all of it. Free *out with kith_cross_encoder_free.
 * Errors: NOT_FOUND (a file is missing), MODEL (a file is damaged), UNSUPPORTED (another
 * architecture, or several labels; the message names it), LIMIT (a path is too long), IO, NO_MEMORY. */
KITH_API kith_status kith_cross_encoder_open(const char *directory, uint32_t threads,
                                             kith_cross_encoder **out, kith_error *err);
/* Accepts NULL. No call may be using it, and no handle (kith_use_reranker). */
KITH_API_VOID void kith_cross_encoder_free(kith_cross_encoder *c);

typedef struct kith_cross_encoder_info {
    const char *name, *fingerprint;
    uint32_t max_tokens; /* of a pair, with three special ones */
} kith_cross_encoder_info;
/* The strings live as long as the cross-encoder. */
KITH_API_VOID kith_cross_encoder_info kith_cross_encoder_describe(const kith_cross_encoder *c);

/* Scores 1 to 65,536 texts against a question. A pair's logit has the same bits whatever else is in the
 * call, and on any number of threads.
 * sizes   [count] bytes of each text; NULL: every text ends with a NUL
 * logits  [count]: larger is better, without limits
 * scores  [count], or NULL: the sigmoid of each logit, in 0..1
 * Errors: INVALID (no text, or too many); MODEL (the model's file was changed while it was in use);
 * NO_MEMORY. logits and scores then hold nothing of use. */
KITH_API kith_status kith_cross_encoder_score(kith_cross_encoder *c, const char *question,
                                              const char *const *texts, const size_t *sizes,
                                              size_t count, float *logits, float *scores,
                                              kith_error *err);

/* For kith_query's `rerank`: each hit's `rerank` is then its logit. depth and budget_ms: as there. */
KITH_API_VOID kith_reranker kith_cross_encoder_reranker(kith_cross_encoder *c, uint32_t depth,
                                                        uint32_t budget_ms);
/* From now on kith_ask and kith_conversation_ask of this handle, and of those that kith_use_database
 * makes of it, rerank what they find: the best `depth` passages (0: 50) are scored, and the best k of
 * these are answered from. Before other threads use the handle.
 * c  borrowed until the handle is closed; NULL: no reranking */
KITH_API_VOID void kith_use_reranker(kith *k, kith_cross_encoder *c, uint32_t depth);

#ifdef __cplusplus
}
#endif

#endif
