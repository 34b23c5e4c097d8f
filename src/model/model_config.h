/* model_config.h - a sentence encoder's configuration, from the JSON files of its Hugging Face
 * directory. */
#ifndef KITH_MODEL_MODEL_CONFIG_H
#define KITH_MODEL_MODEL_CONFIG_H

#include "base/status.h"
#include "model/bert.h"
#include "model/pooling.h"

#include <stdbool.h>
#include <stdint.h>

/* The longest path of a model's file, with its NUL. */
enum { MODEL_PATH_BYTES = 4096 };
/* The longest prompt, with its NUL. */
enum { MODEL_PROMPT_BYTES = 1024 };

/* What a text is embedded as. Models that tell questions from passages put a prompt before each. */
typedef enum model_role {
    MODEL_AS_DOCUMENT,
    MODEL_AS_QUESTION,
    MODEL_AS_TEXT, /* neither: the model's default prompt */
    MODEL_ROLES
} model_role;

/* Tokens of a text that a model of static embeddings reads: where its config.json says nothing, and
 * at most. */
enum { STATIC_DEFAULT_TOKENS = 512, STATIC_MAX_TOKENS = 1 << 16 };
/* The longest name of a file below the directory, with its NUL. */
enum { MODEL_NAME_BYTES = 256 };

typedef struct model_config {
    bool is_static; /* a table of token vectors (static_table.h); shape is then zero but for what
                         encoder.c sets of it, and pooling is POOLING_MEAN */
    bool
        counts_unknown; /* of static embeddings: unknown tokens are in the mean, as wordllama has it;
                            model2vec leaves them out */
    bert_shape shape;   /* every size >= 1, within limits that keep later products
                                           of sizes from overflowing; heads divides hidden */
    pooling_mode pooling;
    bool normalize;                     /* vectors to unit length */
    uint32_t max_tokens;                /* of a text, with [CLS] and [SEP]; 2..shape.positions */
    char transformer[MODEL_PATH_BYTES]; /* the directory of weights and tokenizer */
    char weights[MODEL_NAME_BYTES];     /* "model.safetensors", as a rule */
    char tokenizer[MODEL_NAME_BYTES];   /* "tokenizer.json", as a rule */
    char prompts[MODEL_ROLES][MODEL_PROMPT_BYTES]; /* "": none */
} model_config;

/* Reads modules.json, config.json, the pooling module's config.json, sentence_bert_config.json,
 * tokenizer_config.json and config_sentence_transformers.json in `directory`. As in sentence-transformers, without modules.json the
 * states are averaged and not normalised, and without max_seq_length the limit is the smaller of
 * the network's positions and the tokenizer's model_max_length.
 *
 * A model of static embeddings is one whose first module is StaticEmbedding; or, without modules.json,
 * whose config.json names the type "model2vec" or no type and no hidden_size; or one without config.json
 * in the folders in which wordllama keeps its own: weights/NAME_DIM.safetensors, the only one, and
 * tokenizers/NAME_tokenizer_config.json.
 * Any thread.
 * Errors; *out is untouched:
 *   KITH_ERR_NOT_FOUND    there is no config.json, or no directory, and it is not wordllama's
 *   KITH_ERR_MODEL        a file is damaged, larger than 1 MB, lacks a field or contradicts
 *                         another; a module's path leaves the directory. The message names file and
 *                         fault
 *   KITH_ERR_UNSUPPORTED  another architecture, activation, kind of positions, module or pooling,
 *                         which the message names
 *   KITH_ERR_LIMIT        a file's path is longer than MODEL_PATH_BYTES
 *   KITH_ERR_IO           a file cannot be read
 *   KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status model_config_read(const char *directory, model_config *out,
                                           kith_error *err);

/* Reads config.json and the limit of tokens of a cross-encoder, a network that judges pairs of texts
 * (BertForSequenceClassification), into shape, max_tokens and transformer; the rest is zero.
 * Any thread. Errors: as model_config_read; KITH_ERR_UNSUPPORTED when it is none. */
KITH_CHECKED kith_status model_config_read_classifier(const char *directory, model_config *out,
                                                      kith_error *err);
/* Whether some role has a prompt. */
bool model_config_has_prompts(const model_config *config);

#endif
