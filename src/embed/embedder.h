/* embedder.h - text to vectors, by the local encoder or by an OpenAI-compatible endpoint.
 *
 * Both kinds embed. Only a local one knows its model's tokens; embedder_counts_tokens says which
 * kind this is, and the calls below "Tokens" must be made of a local one only. */
#ifndef KITH_EMBED_EMBEDDER_H
#define KITH_EMBED_EMBEDDER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "model/encoder.h"
#include "os/call_limit.h"

#include <kith/kith.h>
#include <kith/model.h>
#include <kith/truncation.h>
#include <stdint.h>

/* Any number of threads may use one embedder at a time. */
typedef struct kith_embedder embedder;

/* Opens the model in options->directory or, when that is NULL, prepares to use the endpoint at
 * options->base_url, without a request.
 * options  copied
 * out      the caller frees with embedder_free; untouched on failure
 * Errors of a local model:
 *   KITH_ERR_NOT_FOUND    the directory or a file that it must have is missing
 *   KITH_ERR_MODEL        a file is damaged or contradicts another
 *   KITH_ERR_UNSUPPORTED  another architecture, activation, module or pooling
 *   KITH_ERR_LIMIT        the path of a file is too long
 *   KITH_ERR_IO           a file cannot be read
 *   KITH_ERR_INVALID      a precision that there is not
 * Errors of a remote one:
 *   KITH_ERR_INVALID      no name of a model, or one that is too long
 *   KITH_ERR_AUTH         neither a URL nor a key
 * Of both: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status embedder_open(const kith_embedder_options *options, embedder **out,
                                       kith_error *err);
/* Opens the model in `directory` with the threads, the precision and the cache of `like`, or with the
 * defaults where that is NULL or remote. Errors: as above. */
KITH_CHECKED kith_status embedder_open_like(const embedder *like, const char *directory,
                                            embedder **out, kith_error *err);
/* NULL is allowed. No call may be using the embedder. Overwrites the key in memory. */
void embedder_free(embedder *e);

/* Strings are borrowed from the embedder. A remote model's dimension is 0 until it has answered
 * once. Any thread. */
kith_embedder_info embedder_describe(const embedder *e);
/* Loads a local model, unless it is, and says how it runs. The text is borrowed from the embedder.
 * Any thread. Errors: KITH_ERR_UNSUPPORTED (a remote one); those of encoder_load; *out is
 * untouched. */
KITH_CHECKED kith_status embedder_describe_model(embedder *e, kith_model_info *out,
                                                 kith_error *err);
/* The same without loading it, by what is kept beside it; false, with *out untouched, where nothing is, or
 * of a remote one. Any thread. */
bool embedder_peek_model(embedder *e, kith_model_info *out);
/* How the last request of a remote one ended, but for those that a limit ended or that its texts
 * were the fault of; KITH_OK before the first, and of a local one. Any thread. */
kith_status embedder_last(const embedder *e);
/* What a collection is pinned to, in the form that store/model.c describes: the fingerprint and,
 * after a line feed, the model's name, which is left out when it is not UTF-8; of a remote model
 * that is identified the sketch, too. Borrowed from the embedder. Any thread. */
const char *embedder_model(const embedder *e);

/* Which work a local model's threads do first. A question that is embedded while a folder is being
 * ingested must not wait for it, so bulk work gives way after each pack of texts (model/batch.h). The
 * vectors are the same either way, to the bit. A remote model has no lanes. */
typedef enum embed_lane {
    EMBED_LANE_BY_COUNT, /* interactive up to EMBED_INTERACTIVE_TEXTS texts, then bulk */
    EMBED_LANE_INTERACTIVE,
    EMBED_LANE_BULK
} embed_lane;
enum { EMBED_INTERACTIVE_TEXTS = 64 };

typedef struct embed_options {
    embed_lane lane;
    model_role role;            /* which prompt of a local model stands before each text */
    kith_truncation truncation; /* of a text that is longer than a local model reads */
    uint32_t *truncated;        /* grows by the number of texts that were cut; NULL: nobody asks */
    uint32_t *tokens; /* receives, unless NULL, [count]: the number of each text's tokens before
                         truncation, special tokens included; 0 when the model is remote */
    const call_limit *limit; /* checked between slices of texts, and during a request; NULL: none */
} embed_options;

/* Embeds texts.
 * texts    [count]; for a remote model, none may be empty
 * vectors  receives [count][*dim] floats on the heap; the caller frees them
 * options  NULL: the defaults
 * Any thread.
 * Errors; outputs are untouched but for `tokens`, which then holds nothing of use:
 *   KITH_ERR_NO_MEMORY
 *   KITH_ERR_LIMIT, INVALID: what long_texts_apply() fails with, of a local model
 *   KITH_ERR_CANCELLED, TIMEOUT: the limit ended the call
 *   KITH_ERR_MODEL, NOT_FOUND, IO: a local model was changed since embedder_open
 *   and from an endpoint
 *   KITH_ERR_INVALID       a text is empty, or the endpoint's settings are wrong; nothing was sent
 *   KITH_ERR_AUTH          the endpoint refuses the key, or its default URL has none
 *   KITH_ERR_NOT_FOUND     the endpoint does not know the model or the path
 *   KITH_ERR_RATE_LIMITED  too many requests, also after the retries, or the quota is spent
 *   KITH_ERR_LIMIT         a text is longer than the model takes
 *   KITH_ERR_TIMEOUT       no answer in time
 *   KITH_ERR_NETWORK       no connection
 *   KITH_ERR_REMOTE        any other refusal, or an answer that is malformed or does not fit */
KITH_CHECKED kith_status embedder_embed(embedder *e, const view *texts, uint32_t count,
                                        float **vectors, uint32_t *dim,
                                        const embed_options *options, kith_error *err);

/* Makes sure that embedder_model() tells a remote model from others that have its name; asks the
 * endpoint once in the embedder's life. limit  of the request; may be NULL. Any thread.
 * Errors: embedder_probe's. */
KITH_CHECKED kith_status embedder_identify(embedder *e, const call_limit *limit, kith_error *err);

/* Embeds one text, a question; of a remote model that is not identified, together with the text that identifies
 * it. *vector receives [*dim] floats on the heap, which the caller frees.
 * limit  may be NULL
 * Any thread.
 * Errors; outputs are untouched: KITH_ERR_NO_MEMORY, KITH_ERR_CANCELLED and TIMEOUT (the limit
 * ended the call), a local model's KITH_ERR_MODEL, NOT_FOUND and IO; and from an endpoint
 * KITH_ERR_INVALID, AUTH,
 * NOT_FOUND, RATE_LIMITED, LIMIT, TIMEOUT, NETWORK and REMOTE, each for the reason that
 * embedder_embed lists. */
KITH_CHECKED kith_status embedder_embed_one(embedder *e, view text, const call_limit *limit,
                                            float **vector, uint32_t *dim, kith_error *err);

/* Embeds one short text, to learn whether the model answers; after success its dimension is known.
 * Any thread.
 * Errors: KITH_ERR_NO_MEMORY; and from an endpoint KITH_ERR_AUTH, NOT_FOUND, RATE_LIMITED, LIMIT,
 * TIMEOUT, NETWORK and REMOTE, each for the reason that embedder_embed lists, and KITH_ERR_INVALID
 * when its settings are wrong. */
KITH_CHECKED kith_status embedder_probe(embedder *e, const call_limit *limit, kith_error *err);

/* Whether the embedder knows its model's tokens, as every local one does. Any thread. */
bool embedder_counts_tokens(const embedder *e);
/* False when the model would not read the end of a text of this role because it is too long. True for a
 * remote model, which has no limit that is known here. Any thread. */
bool embedder_reads_whole(embedder *e, model_role role, view text);
/* Whether the vector of a question, made within this limit (NULL: none), is one of its beginning alone. Any
 * thread. */
bool embedder_cuts_question(embedder *e, view text, const call_limit *limit);
/* What becomes of texts that are too long: `own`, a kith_truncation, or what the call says (NULL: nothing)
 * where that is KITH_TRUNCATE. Any thread. */
kith_truncation embedder_truncation(const call_limit *limit, uint64_t own);

/* ---- Tokens: for an embedder whose embedder_counts_tokens is true ----
 *
 * A local model is loaded when it is first needed. Should that fail (its files were changed since
 * embedder_open, or memory is short), calls without an error count no tokens, and embedder_embed
 * and embedder_encode return the failure. */

/* Special tokens beside a text's own, which the model's limit counts too: one before the text and one
 * after it, or none of static embeddings. Any thread. */
uint32_t embedder_special_tokens(const embedder *e);

/* The number of the text's tokens without the special ones. `e` is an embedder; it has this type so
 * that the function is a chunk_token_count. Any thread. */
uint32_t embedder_count_tokens(void *e, view text);

/* Encodes texts, cut at the model's limit, to the states of their tokens.
 * texts  [count]
 * a      owns the ids and states in out[count]; a state has as many floats as a vector
 * Always in the interactive lane.
 * Any thread. Errors: KITH_ERR_NO_MEMORY; KITH_ERR_MODEL, NOT_FOUND or IO when the model was
 * changed since embedder_open; `out` then holds nothing of use. */
KITH_CHECKED kith_status embedder_encode(embedder *e, const view *texts, uint32_t count, arena *a,
                                         encoded_text *out, kith_error *err);
/* Writes the ids of the text's first tokens, without the special ones, and returns their number, at
 * most room - embedder_special_tokens(); 0 when room is less than that.
 * ids  [room]: the special tokens lie there too while it works. Any thread. */
uint32_t embedder_tokens(const embedder *e, view text, uint32_t room, uint32_t *ids);
/* Estimates how rare a word is by the ids of its tokens, ids[count], without the special ones:
 * always above 0, and larger for rarer words (tokenizer_rarity has the formula). Any thread. */
float embedder_rarity(const embedder *e, const uint32_t *ids, uint32_t count);

#endif
