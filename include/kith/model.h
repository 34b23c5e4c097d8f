/* model.h - in which precision a local model runs, and where its packed weights are kept.
 *
 * A local model runs in the fastest precision that the CPU has (int8, bf16 or int16 products)
 * whose vectors have a cosine of at least 0.999 to those of float32. That is measured when the model
 * is loaded for the first time, on texts that are built in; what does not pass is upgraded, product
 * by product, up to float32 itself. The packed weights are kept in a file beside the model,
 * .kith-packed-..., so that a later process maps them, and all processes share one copy.
 *
 * In kith_embedder_options:
 *   precision  "auto" or NULL: as above; "f32": float32, which is the reference
 *   cache      a directory for packed weights when the model's cannot be written; made when it is
 *              missing; NULL: none, so each process packs them anew
 *
 * While it embeds, each thread has room of its own for the longest text that the model reads: 12.6 KB a
 * token with 384 dimensions (3.2 MB for the 256 tokens of MiniLM, 6.5 MB for 512) and 25 KB with 768,
 * and 4 * max_tokens bytes for each of 256 texts. However many texts a call has, it is not more.
 *
 * A collection takes vectors of every precision of one model: its fingerprint does not name it.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_MODEL_H
#define KITH_MODEL_H

#include <kith/kith.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_model_info {
    const char *precision; /* "f32", "int8", "int8, 6 of 24 products bf16" */
    double cosine;         /* the smallest to float32 of a built-in text; 1 for float32 */
    bool is_mapped;        /* the weights are a file's, which processes share */
} kith_model_info;

/* Loads a local model, unless it is, and says how it runs. The strings live as long as the embedder.
 * Errors: UNSUPPORTED (a remote one), those of kith_embedder_open for a model; *out is untouched. */
KITH_API kith_status kith_model_describe(kith_embedder *e, kith_model_info *out, kith_error *err);

/* The same without loading the model, by what an earlier process has kept beside it. False, with *out
 * untouched, when none has loaded the model on this CPU, or it is a remote one. */
KITH_API_VOID bool kith_model_peek(kith_embedder *e, kith_model_info *out);

/* What a text is embedded as. Models such as E5 put a prompt before each text, another one before a
 * question than before a passage; their directory names it (config_sentence_transformers.json:
 * prompts "query", and "document", "passage" or "corpus"; default_prompt_name for the rest). Documents
 * that are added and questions that are asked get theirs by themselves. */
typedef enum kith_text_role {
    KITH_AS_DOCUMENT = 0,
    KITH_AS_QUESTION = 1,
    KITH_AS_TEXT = 2 /* neither: the model's default prompt, if it has one; what kith_embed does */
} kith_text_role;

/* kith_embed for texts of this role. Counts of tokens leave the prompt out, and the limit that
 * kith_embedder_describe tells is what the longest prompt leaves of the model's. A remote model gets
 * the texts as they are.
 * Errors: as kith_embed; INVALID also for a role that there is not. */
KITH_API kith_status kith_embed_as(kith_embedder *e, kith_text_role role, const char *const *texts,
                                   size_t count, const kith_embed_options *options,
                                   kith_embeddings **out, kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
