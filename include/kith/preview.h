/* preview.h - what kith_ingest_paths would make of one file, with the options that it would be given.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_PREVIEW_H
#define KITH_PREVIEW_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As kith_chunk_file, and reads the file as these options say. Of them count chunk, extract_worker and
 * ocr_languages. options may be NULL. Free with kith_chunks_free.
 * Errors: as kith_chunk_file; INVALID also for languages that are not installed. */
KITH_API kith_status kith_preview_file(kith_embedder *embedder, const char *path,
                                       const kith_ingest_options *options, kith_chunks **out,
                                       kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
