/* options.h - public option structures that can grow (docs/decisions/023).
 *
 * Such a structure begins with `size_t size`, which the program sets to the sizeof that it was
 * compiled with, or leaves 0. The library never reads the program's structure but through
 * options_adopt: it works with a full copy, in which members that the program does not know are
 * zero, and zero is every member's default. A structure that another one points to is adopted with
 * it, into a copy of its own. Two rules keep that sound when a structure grows:
 *
 * 1. Members are added at the end only, and none changes its meaning.
 * 2. A new member does not lie in what was padding at the end of an older form: a program of that
 *    time counts the padding in its size, and need not have zeroed it. */
#ifndef KITH_LIB_OPTIONS_H
#define KITH_LIB_OPTIONS_H

#include "base/status.h"
#include "os/call_limit.h"

#include <kith/kith.h>

typedef struct options_shape {
    const char *name;   /* of the structure, for messages */
    size_t first_bytes; /* its sizeof in the first release that had it */
    size_t bytes;       /* its sizeof now */
} options_shape;

/* For a structure that has not grown since its first release. */
#define OPTIONS_SHAPE(type) ((options_shape){#type, sizeof(type), sizeof(type)})

/* Copies the structure that the caller gave, and zeroes the rest of the copy.
 * given  begins with a size_t; NULL: all zero
 * out    shape->bytes; untouched on failure
 * Errors: KITH_ERR_INVALID (a size below first_bytes that is not 0), KITH_ERR_UNSUPPORTED (bytes
 * behind those that are known here are not zero: a member of a newer kith is set). */
KITH_CHECKED kith_status options_adopt(const options_shape *shape, const void *given, void *out,
                                       kith_error *err);

/* A structure in which the program receives a result begins with such a size, too. *size becomes the number of bytes
 * that the program has room for.
 * Errors: KITH_ERR_INVALID (a size below first_bytes that is not 0). */
KITH_CHECKED kith_status options_room(const options_shape *shape, const void *given, size_t *size,
                                      kith_error *err);
/* Copies as much of `made`, of shape->bytes, as the program's structure has room for: `size` bytes, which is written as its
 * size. Members that are unknown here become zero. */
void options_give(const options_shape *shape, const void *made, size_t size, void *given);

/* The same of a question's options, with the LLM that they name.
 * llm  where that is copied; out->llm points to it, or is NULL when there is none
 * Errors: KITH_ERR_INVALID (also: the LLM has no model), KITH_ERR_UNSUPPORTED (the size of one of the two). */
KITH_CHECKED kith_status options_adopt_ask(const kith_ask_options *given, kith_ask_options *out,
                                           kith_llm *llm, kith_error *err);
/* The same of an ingestion's options, with how texts are cut.
 * chunk  where that is copied; out->chunk points to it
 * Errors: KITH_ERR_INVALID, KITH_ERR_UNSUPPORTED (the size of one of the two). */
KITH_CHECKED kith_status options_adopt_ingest(const kith_ingest_options *given,
                                              kith_ingest_options *out, kith_chunk_options *chunk,
                                              kith_error *err);

/* The limits of a call that begins now.
 * given  NULL: none
 * room   where they are written; *out points to it, or is NULL when there are none
 * Errors: KITH_ERR_INVALID, KITH_ERR_UNSUPPORTED (the structure's size); also KITH_ERR_CANCELLED,
 * when the caller wants no more before anything has begun. */
KITH_CHECKED kith_status options_begin_call(const kith_call *given, call_limit *room,
                                            const call_limit **out, kith_error *err);

/* KITH_ERR_INVALID when it is no kith_truncation. */
KITH_CHECKED kith_status check_truncation(uint64_t truncation, kith_error *err);
/* KITH_ERR_INVALID when it is no kith_memory. */
KITH_CHECKED kith_status check_memory(kith_memory memory, kith_error *err);

#endif
