/* encoder.h - a sentence encoder from a Hugging Face directory: tokenizer, BERT, pooling and
 * normalisation; or tokenizer and a table of token vectors (static_encoder.h). The files are read as they are published: config.json, modules.json, the pooling
 * module's config.json, sentence_bert_config.json (max_seq_length), tokenizer.json, or vocab.txt
 * with tokenizer_config.json, and model.safetensors. */
#ifndef KITH_MODEL_ENCODER_H
#define KITH_MODEL_ENCODER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "model/encoded_text.h"
#include "model/model_config.h"
#include "model/tokenizer.h"
#include "os/thread_pool.h"

#include <stdbool.h>
#include <stdint.h>

/* Texts that a call takes at a time, for each thread of its pool: this bounds the call's memory
 * (about 1 KB a text at 256 tokens) and changes no vector. Beside it a thread has bert_scratch() floats:
 * with 384 dimensions 3.2 MB, 6.5 for a model that reads 512 tokens; with 768 twice that. */
enum { ENCODER_WAVE_TEXTS_A_WORKER = 256 };

/* Any number of threads may embed with one encoder at a time: it changes only once, when the model
 * is loaded. */
typedef struct encoder encoder;

typedef struct encoder_info {
    uint32_t dim;        /* floats of a vector */
    uint32_t max_tokens; /* with special tokens */
    uint32_t
        special;   /* tokens beside a text's own: 2, [CLS] and [SEP], or 0 of static embeddings */
    char name[64]; /* base name of the directory */
    char fingerprint[160]; /* what a collection is pinned to: digest of weights, tokenizer and
                              number of heads; pooling, normalisation, max_tokens, and "f32", to
                              whose vectors every precision is held. A copy of the directory under
                              another name has the same one, and so has every instruction set */
} encoder_info;

typedef struct encoder_options {
    bool float32;      /* the reference, whatever the CPU has */
    const char *cache; /* a directory for packed weights when the model's cannot be written; copied;
                          NULL: none */
} encoder_options;

/* In which precision a loaded model runs (precision.h). */
typedef struct encoder_precision {
    char text[64];  /* "f32", "int8", "int8, 6 of 24 products bf16"; of static embeddings the type
                       of their table */
    double cosine;  /* the smallest of a built-in text to float32; 1 for float32 */
    bool is_mapped; /* the weights are a file's, which processes share */
} encoder_precision;

/* Opens the model in `directory`. When it was opened before and is unchanged (model_record.h), only
 * the configuration is read now, and the rest when it is first needed, by encoder_load; otherwise
 * all of it is read and checked now. Weights are packed for the kernels that simd() names when they
 * are loaded, in the fastest precision whose vectors have a cosine of at least PRECISION_COSINE to
 * float32's (precision.h), and kept for the next process (packed_weights.h). The word embeddings
 * are read from model.safetensors row by row; the file stays open. Replacing it by renaming is
 * harmless; once it is written over or cut short, each call is refused with KITH_ERR_MODEL.
 * options  NULL: the defaults
 * out      the caller frees with encoder_free; untouched on failure
 * Any thread.
 * Errors:
 *   KITH_ERR_NOT_FOUND    the directory, config.json, model.safetensors, or both tokenizer.json and
 *                         vocab.txt are missing
 *   KITH_ERR_MODEL        a file is damaged or contradicts another; the message names file and
 *                         fault
 *   KITH_ERR_UNSUPPORTED  another architecture, activation, module or pooling, which the message
 *                         names
 *   KITH_ERR_LIMIT        the path of a file is too long
 *   KITH_ERR_IO           a file cannot be read
 *   KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status encoder_open(const char *directory, const encoder_options *options,
                                      encoder **out, kith_error *err);
/* NULL is allowed. No call may be using the encoder. */
void encoder_free(encoder *e);
/* Borrowed from the encoder; loads nothing. Any thread. */
const encoder_info *encoder_describe(const encoder *e);
/* What the model wants before a text of this role; "": nothing. The calls below do not add it.
 * Borrowed from the encoder; loads nothing. Any thread. */
const char *encoder_prompt(const encoder *e, model_role role);
/* Loads tokenizer and weights, unless they are. The calls below do it too; to do it early shows its
 * errors early. Any thread.
 * Errors: those of encoder_open, and KITH_ERR_MODEL when the files were changed since; nothing is
 * loaded then, and the next call tries again. */
KITH_CHECKED kith_status encoder_load(encoder *e, kith_error *err);
/* Loads the model, unless it is, and says how it runs; borrowed from the encoder. Any thread.
 * Errors: those of encoder_load; *out is untouched. */
KITH_CHECKED kith_status encoder_describe_precision(encoder *e, const encoder_precision **out,
                                                    kith_error *err);
/* The same without loading the model: of static embeddings, and of weights that were packed before; NULL
 * where there are none. Borrowed from the encoder. Any thread. */
const encoder_precision *encoder_peek_precision(encoder *e);
/* Borrowed from the encoder; NULL when it cannot be loaded. Any thread. */
const tokenizer *encoder_tokenizer(encoder *e);

/* Embeds texts, of which the model sees the first max_tokens tokens.
 * texts   [count], any bytes; count may be 0
 * threads the pool to use, and its lane; NULL: the calling thread alone
 * out     [count][dim] floats, of unit length when the model normalises
 * tokens  [count], or NULL: the number of each text's tokens before truncation, with [CLS] and
 *         [SEP]. A text was cut exactly when its number is above max_tokens
 * A text's vector is bit-identical whatever the batch, the order of the texts and the pool. Any thread.
 * Errors: KITH_ERR_NO_MEMORY, those of encoder_load, and KITH_ERR_MODEL when a file of the model was
 * written over or cut short since, or a vector is not finite; `out` and `tokens` then hold nothing of
 * use. */
KITH_CHECKED kith_status encoder_embed(encoder *e, const view *texts, uint32_t count,
                                       const thread_share *threads, float *out, uint32_t *tokens,
                                       kith_error *err);

/* Encodes texts, cut as by encoder_embed, to the states of their tokens.
 * texts   [count], any bytes; count may be 0
 * threads the pool to use, and its lane; NULL: the calling thread alone
 * a       owns the ids and states: 4 * (dim + 1) bytes a token, 1.5 KB at 384 dimensions
 * out     [count]
 * A text's states are bit-identical whatever the batch, the order of the texts and the pool. Any
 * thread.
 * Errors: KITH_ERR_NO_MEMORY, of the heap or because `a` is full, and those of encoder_embed; `out`
 * then holds nothing of use. */
KITH_CHECKED kith_status encoder_encode(encoder *e, const view *texts, uint32_t count,
                                        const thread_share *threads, arena *a, encoded_text *out,
                                        kith_error *err);

#endif
