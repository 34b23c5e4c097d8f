/* chunk_place.h - where in its document a chunk stands, as the file counts it: "page 7 (iii)", "slide 2",
 * "sheet Prices, rows 3-9", "chapter The Storm", "cell 4", "message 12", "#q5" of a web page,
 * "Guide > Install, paragraphs 3-9". A chunk of a format without places has none.
 *
 * A JSON pointer, "/scripts/test", is a place too; of a chunk that covers several it is that of the
 * value around them all, of which there is none when that is the whole file.
 *
 * A chunk's metadata holds its place in three forms: `place` for people; numbers and names for
 * filters (page_start and page_end, page_label, slide, sheet with row_start and row_end, chapter, cell_start
 * and cell_end, message, paragraph_start and paragraph_end, anchor, pointer); and, when the chunk
 * covers several pages, rows, cells or paragraphs, `place_marks`,
 * from which the place of a single sentence is found: "0:7 512:8" means page 7, and page 8 from the
 * chunk's character 512 on, and "0:7:iii 512:8:iv" the same of a file that calls its pages so; a star behind the number says
 * that the page was read by OCR, as `ocr`: true does of the chunk. Of pointers it holds what follows the chunk's own: "0:/test 40:/build", with
 * a blank as "%20" and "%" as "%25". */
#ifndef KITH_EXTRACT_CHUNK_PLACE_H
#define KITH_EXTRACT_CHUNK_PLACE_H

#include "base/metadata.h"
#include "extract/extract.h"
#include "text/chunk.h"

/* True when no chunk may reach across the mark `d->marks[i]`: slides, sheets, chapters and messages
 * each begin a chunk; pages, rows, cells and paragraphs may share one, but that the first heading
 * begins one unless only the title stands before it. i < d->mark_count. */
bool place_separates(const document *d, uint32_t i);
/* Adds the fields above to the chunk's metadata, none when it has no place; strings live in `a` and
 * in d. c is a chunk of d->text. Errors: KITH_ERR_LIMIT (the metadata is full), KITH_ERR_NO_MEMORY.
 */
KITH_CHECKED kith_status place_add_fields(const document *d, const chunk *c, arena *a, metadata *m,
                                          kith_error *err);
/* The place of the text that begins `characters` (code points) after the chunk's start, from the
 * chunk's metadata: "page 8"; "" when it has none. In `a`; NULL when out of memory. */
const char *place_at(const metadata *fields, uint64_t characters, arena *a);

#endif
