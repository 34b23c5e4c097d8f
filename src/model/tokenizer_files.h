/* tokenizer_files.h - reads a tokenizer's description from a Hugging Face directory. Private to the
 * tokenizer. */
#ifndef KITH_MODEL_TOKENIZER_FILES_H
#define KITH_MODEL_TOKENIZER_FILES_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/view.h"
#include "model/tokenizer_description.h"

/* Reads tokenizer.json or, when there is none, vocab.txt with the flags of tokenizer_config.json,
 * which may be missing too.
 * a    owns all that *out points to
 * Errors, each naming the file; *out is untouched:
 *   KITH_ERR_NOT_FOUND  neither tokenizer.json nor vocab.txt is there
 *   KITH_ERR_MODEL      a file is damaged, larger than TOKENIZER_MAX_FILE_BYTES, or describes
 *                       something that is not supported
 *   KITH_ERR_IO         a file cannot be read
 *   KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status tokenizer_files_read(const char *directory, arena *a,
                                              tokenizer_description *out, kith_error *err);
/* The same of the tokenizer.json at `path`, for a model that reads the tokens of the text alone. */
KITH_CHECKED kith_status tokenizer_file_read_bare(const char *path, arena *a,
                                                  tokenizer_description *out, kith_error *err);

/* tokenizer_json.c: fills *d, whose path is set, from the object in tokenizer.json.
 * root  borrowed for as long as *d: names stay in its memory
 * a     owns the arrays of *d
 * Errors: KITH_ERR_MODEL when a field is missing, damaged or not supported, KITH_ERR_NO_MEMORY; *d
 * is then half filled. */
KITH_CHECKED kith_status tokenizer_json_parse(const json_value *root, arena *a,
                                              tokenizer_description *d, kith_error *err);

/* vocabulary_text.c: fills *d, whose path is set, from the text of vocab.txt.
 * text    at most TOKENIZER_MAX_FILE_BYTES; borrowed for as long as *d, as is `config`
 * config  the object in tokenizer_config.json; NULL when there is none
 * a       owns the arrays of *d
 * Errors: KITH_ERR_MODEL when a line is not UTF-8, there are no tokens or more than
 * TOKENIZER_MAX_TOKENS, a special token is missing, or the configuration is damaged or not
 * supported; KITH_ERR_NO_MEMORY; *d is then half filled. */
KITH_CHECKED kith_status vocabulary_text_parse(view text, const json_value *config, arena *a,
                                               tokenizer_description *d, kith_error *err);

#endif
