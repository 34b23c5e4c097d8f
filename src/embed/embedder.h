/* embedder.h - text to vectors: our own encoder, or an OpenAI-compatible endpoint. */
#ifndef KITH_EMBED_EMBEDDER_H
#define KITH_EMBED_EMBEDDER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "model/encoder.h"

#include <kith/kith.h>
#include <stdint.h>

typedef struct kith_embedder embedder;

KITH_CHECKED kith_status embedder_open(const kith_embedder_options *options, embedder **out,
                                       kith_error *err);
void embedder_free(embedder *e);
kith_embedder_info embedder_describe(const embedder *e);
/* What a collection is pinned to: fingerprint and name, as in store.h. */
const char *embedder_model(const embedder *e);

/* Embeds `count` texts; *vectors is heap [count][*dim], the caller frees. tokens (may be NULL)
 * receives counts with special tokens, before truncation; 0 when the embedder does not count. Any
 * thread. Errors: those of encoder_embed and llm_embed. */
KITH_CHECKED kith_status embedder_embed(embedder *e, const view *texts, uint32_t count,
                                        float **vectors, uint32_t *dim, uint32_t *tokens,
                                        kith_error *err);
/* One text into vector[0..dim); heap as above. */
KITH_CHECKED kith_status embedder_embed_one(embedder *e, view text, float **vector, uint32_t *dim,
                                            kith_error *err);
/* Has one short text embedded: does the endpoint answer? */
KITH_CHECKED kith_status embedder_prove(embedder *e, kith_error *err);
/* Does it know the model's tokens? Then embedder_count_tokens(e, text) counts them without the
 * special ones; fits chunk_token_count. */
bool embedder_counts_tokens(const embedder *e);
uint32_t embedder_count_tokens(void *e, view text);
/* The model's limit counts these too: one at the beginning, one at the end. */
enum { EMBEDDER_SPECIAL_TOKENS = TOKENIZER_SPECIAL_TOKENS };
/* False when the model is known to pass over the end of the text, for its length. */
bool embedder_reads_whole(embedder *e, view text);

/* The rest is for an embedder that knows its tokens. */

/* The tokens of each text into out[count], in `a`; their states have embedder_describe's dim. */
KITH_CHECKED kith_status embedder_encode(embedder *e, const view *texts, uint32_t count, arena *a,
                                         encoded_text *out, kith_error *err);
/* The ids of the text's tokens without the special ones, which need room while it works: at most
 * room - EMBEDDER_SPECIAL_TOKENS are written. Returns how many. */
uint32_t embedder_tokens(const embedder *e, view text, uint32_t room, uint32_t *ids);
/* tokenizer_rarity. */
float embedder_rarity(const embedder *e, const uint32_t *ids, uint32_t count);

#endif
