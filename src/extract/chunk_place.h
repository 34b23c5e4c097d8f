/* chunk_place.h - where in its document a chunk stands, as the file counts it: "page 7", "slide 2",
 * "sheet Prices, rows 3-9", "chapter The Storm", "cell 4", "message 12". Nothing is said of a
 * format that counts nothing.
 *
 * A chunk's metadata holds it three times, each for its reader: `place` for people, the numbers and
 * names for filters (page_start and page_end, slide, sheet with row_start and row_end, chapter,
 * cell_start and cell_end, message), and for a chunk that covers several pages, rows or cells
 * `place_marks`, so that a sentence of it can be placed: "0:7 512:8" means page 7, and from
 * character 512 of the chunk on page 8. */
#ifndef KITH_EXTRACT_CHUNK_PLACE_H
#define KITH_EXTRACT_CHUNK_PLACE_H

#include "base/metadata.h"
#include "extract/extract.h"
#include "text/chunk.h"

/* Chunks do not reach across the mark `d->marks[i]`: slides, sheets, chapters and messages are read
 * apart; pages, rows and cells may share a chunk. */
bool place_separates(const document *d, uint32_t i);
/* Adds the chunk's place to its metadata; strings live in `a`. */
KITH_CHECKED kith_status place_add_fields(const document *d, const chunk *c, arena *a, metadata *m,
                                          kith_error *err);
/* The place of what begins `characters` after the chunk's start, "" when the chunk has none; in
 * `a`. NULL when out of memory. */
const char *place_at(const metadata *fields, uint64_t characters, arena *a);

#endif
