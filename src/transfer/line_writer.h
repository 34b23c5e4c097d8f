/* line_writer.h - writes the lines of an export (docs/formats.md, "Exports") to whoever takes their
 * bytes. The order of the lines is the caller's. */
#ifndef KITH_TRANSFER_LINE_WRITER_H
#define KITH_TRANSFER_LINE_WRITER_H

#include "base/buffer.h"
#include "base/json.h"
#include "transfer/import_target.h"

/* One thread at a time. */
typedef struct line_writer {
    buffer out;
    json_writer json; /* of the line that was begun */
} line_writer;

/* `drain` takes the bytes; its failure is that of the line that is written then. */
void line_writer_init(line_writer *w, buffer_drain drain, void *context);
void line_writer_done(line_writer *w);
/* Passes on what is still held. Returns as buffer_drain_rest does. */
KITH_CHECKED kith_status line_writer_finish(line_writer *w);

/* A line whose members are written between the two, with w->json.
 * Errors: what the drain returned, KITH_ERR_NO_MEMORY. */
void line_writer_begin(line_writer *w, const char *kind);
KITH_CHECKED kith_status line_writer_end(line_writer *w, kith_error *err);

/* Whole lines; errors as above. */
KITH_CHECKED kith_status line_writer_head(line_writer *w, kith_error *err);
KITH_CHECKED kith_status line_writer_database(line_writer *w, const char *tenant, const char *name,
                                              kith_error *err);
KITH_CHECKED kith_status line_writer_collection(line_writer *w, const import_collection *c,
                                                kith_error *err);
KITH_CHECKED kith_status line_writer_point(line_writer *w, const kith_point *p, kith_error *err);
/* waiting  what kith_whole_document's `waiting` has for it; NULL: it has its vector */
KITH_CHECKED kith_status line_writer_chunk(line_writer *w, const kith_point *p, const char *waiting,
                                           kith_error *err);
KITH_CHECKED kith_status line_writer_last(line_writer *w, uint64_t collections, uint64_t documents,
                                          uint64_t points, kith_error *err);
/* Members of the line that was begun: one that is JSON already, where NULL writes null; bytes; and
 * the vector. */
void line_writer_json(line_writer *w, const char *key, const char *json);
void line_writer_base64(line_writer *w, const char *key, view bytes);
void line_writer_vector(line_writer *w, const float *vector, uint32_t dimension);

#endif
