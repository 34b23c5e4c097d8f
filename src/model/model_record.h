/* model_record.h - the fingerprint of a model's files, kept beside them so that an unchanged model
 * need not be read to know it. */
#ifndef KITH_MODEL_MODEL_RECORD_H
#define KITH_MODEL_MODEL_RECORD_H

#include "model/model_config.h"

#include <stdbool.h>
#include <stddef.h>

/* Room for the text of model_files_describe, with its NUL. */
enum { MODEL_FILES_BYTES = 2048 };

/* Describes the configuration and, by size, times, inode and device, the weights and the
 * tokenizer's files, as a text: equal texts mean unchanged files.
 * out  [MODEL_FILES_BYTES]
 * False when the weights cannot be found. Any thread. */
bool model_files_describe(const model_config *config, char *out);

/* What lies in the files is a model only when it was put there together: a tokenizer from before a change
 * and weights from after it would be a model that never was. So whoever opens one describes the files,
 * reads the configuration and the tokenizer and opens the weights, and then asks whether the files are
 * still those.
 * config  as it is in the files now
 * files   of model_files_describe, from before
 * Any thread. */
bool model_files_are_same(const model_config *config, const char *files);

/* Copies the fingerprint that was kept for these files; false, with *fingerprint untouched, when
 * none was, or for others.
 * files        of model_files_describe
 * fingerprint  [size]
 * Any thread. */
bool model_record_read(const model_config *config, const char *files, char *fingerprint,
                       size_t size);

/* Keeps the fingerprint of files that were read whole and found sound. Does nothing when a file
 * changed in the last two seconds, since a later change could then leave its times as they are, or
 * when the directory cannot be written. Any thread. */
void model_record_write(const model_config *config, const char *files, const char *fingerprint);

#endif
