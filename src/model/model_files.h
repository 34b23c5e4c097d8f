/* model_files.h - what opening a model has in common whatever it computes: paths, name, tokenizer and
 * the digests that tell one model from another. */
#ifndef KITH_MODEL_MODEL_FILES_H
#define KITH_MODEL_MODEL_FILES_H

#include "base/hash.h"
#include "base/status.h"
#include "model/model_config.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"

/* The path of a file beside the weights. Any thread. Error: KITH_ERR_LIMIT. */
KITH_CHECKED kith_status model_path(const model_config *config, const char *name,
                                    char out[MODEL_PATH_BYTES], kith_error *err);
/* Writes the base name of the directory, which may end in slashes, cut to the room. Any thread. */
void model_name(const char *directory, char *out, size_t size);

/* Opens the tokenizer beside the weights; that of static embeddings is bare.
 * out  the caller frees with tokenizer_free; untouched when it cannot be opened
 * Any thread. Errors: those of tokenizer_open; KITH_ERR_MODEL when it has more tokens than the
 * model (config->shape.vocabulary). The tokenizer is freed then. */
KITH_CHECKED kith_status model_open_tokenizer(const model_config *config, tokenizer **out,
                                              kith_error *err);

/* The digests of the whole files of weights and of the tokenizer, tokenizer.json or else vocab.txt, as
 * they were opened.
 * out  [2]
 * Any thread. Errors: those of safetensors_digest. */
KITH_CHECKED kith_status model_digests(const tokenizer *t, const safetensors *weights,
                                       hash128 out[2], kith_error *err);

#endif
