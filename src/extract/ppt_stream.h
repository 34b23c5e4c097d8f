/* ppt_stream.h - the stream "PowerPoint Document" of a presentation of before 2007 (ppt): records in
 * records, and the directory by which a file that was saved piece by piece tells where the newest
 * state of each part stands. Numbers beyond a record's end are read as 0.
 * Source: [MS-PPT] 2.1.2 and 2.3. */
#ifndef KITH_EXTRACT_PPT_STREAM_H
#define KITH_EXTRACT_PPT_STREAM_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { PPT_MAX_PARTS = 100000, PPT_MAX_EDITS = 1000 };

typedef struct ppt_record {
    uint32_t type, instance;
    bool has_records; /* its bytes are records */
    view body;
} ppt_record;

typedef struct ppt_stream {
    view bytes;
    uint32_t *offsets; /* [PPT_MAX_PARTS + 1] by the part's number; UINT32_MAX: there is none */
    uint32_t document; /* the part's number */
} ppt_stream;

/* Reads the record at *at and moves behind it; false at the end, or where it is cut off. */
bool ppt_next(view records, size_t *at, ppt_record *out);
/* The first record of a type among `records`; false: there is none. */
bool ppt_find(view records, uint32_t type, ppt_record *out);
uint32_t ppt_u16(view body, size_t offset);
uint32_t ppt_u32(view body, size_t offset);

/* Reads the directory.
 * user  the stream "Current User"
 * Errors: KITH_ERR_AUTH (encrypted), KITH_ERR_FORMAT (damaged), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ppt_open(view bytes, view user, arena *a, ppt_stream *out,
                                  kith_error *err);
/* The record of a part; false: there is none. */
bool ppt_part(const ppt_stream *p, uint32_t number, ppt_record *out);

#endif
