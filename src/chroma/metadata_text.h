/* metadata_text.h - metadata between Chroma's JSON and the text that kith keeps.
 *
 * A record's uri is a field of its metadata, "chroma:uri", as it is in Chroma. Fields whose names
 * begin with "chroma:" are kept and never told. */
#ifndef KITH_CHROMA_METADATA_TEXT_H
#define KITH_CHROMA_METADATA_TEXT_H

#include "serve/call.h"

typedef enum metadata_use {
    METADATA_OF_RECORD, /* a null value is refused */
    METADATA_MERGED,    /* null removes a field */
    METADATA_OF_COLLECTION
} metadata_use;

/* Whether each value is a string, number, boolean, list of one kind or, of a record, a sparse
 * vector, and each key allowed. False: refused; `where` ("metadatas[3]") is for messages that name
 * the type, `index` for the others. */
bool metadata_is_allowed(serve_call *call, const json_value *metadata, metadata_use use,
                         const char *where, uint32_t index);

/* Writes a record's metadata as kith takes it; `uri` may be NULL, `metadata` too. */
void metadata_write_record(json_writer *w, const json_value *metadata, const char *uri);

/* What a client is told of metadata as kith has it: null when there is none; else without hidden
 * fields. `a` is for reading it. */
void metadata_write_answer(json_writer *w, const char *text, arena *a);
/* The uri in it, or null. */
void metadata_write_uri(json_writer *w, const char *text, arena *a);
/* The same, of a parsed text. */
const json_value *metadata_parse_text(const char *text, arena *a);

#endif
