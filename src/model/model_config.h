/* model_config.h - what the JSON files of a Hugging Face directory say about a sentence encoder. */
#ifndef KITH_MODEL_MODEL_CONFIG_H
#define KITH_MODEL_MODEL_CONFIG_H

#include "base/status.h"
#include "model/bert.h"
#include "model/pooling.h"

#include <stdbool.h>
#include <stdint.h>

enum { MODEL_PATH_BYTES = 4096 };

typedef struct model_config {
    bert_shape shape;
    pooling_mode pooling;
    bool normalize;
    uint32_t max_tokens;                /* with [CLS] and [SEP] */
    char transformer[MODEL_PATH_BYTES]; /* where weights and tokenizer lie */
} model_config;

/* Reads modules.json, config.json, the pooling module's config.json and
 * sentence_bert_config.json. As sentence-transformers does: without modules.json the mean is taken
 * and not normalised; without max_seq_length the limit is the smaller of the positions and the
 * tokenizer's model_max_length. `max_length` and `truncation` of tokenizer files are not it.
 * Errors: KITH_ERR_NOT_FOUND (the directory or config.json), KITH_ERR_MODEL (file and fault),
 * KITH_ERR_UNSUPPORTED (another architecture, activation, module or pooling, named), IO,
 * NO_MEMORY. */
KITH_CHECKED kith_status model_config_read(const char *directory, model_config *out,
                                           kith_error *err);

#endif
