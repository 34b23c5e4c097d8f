/* office_body.h - the text of a Word or OpenDocument file: the blocks of its body (office_text.h), and headers and footers
 * once each, as blocks of the manuscript. */
#ifndef KITH_EXTRACT_OFFICE_BODY_H
#define KITH_EXTRACT_OFFICE_BODY_H

#include "base/map.h"
#include "extract/manuscript.h"
#include "extract/office_text.h"

typedef struct office_body {
    manuscript *m;
    view title; /* of the document, by the style of a block; in the job's memory; empty: none yet */
    uint32_t paragraphs; /* so far */
    bool after_entry;    /* the block before was a list's entry */
    buffer line;         /* the block at hand */
    map *repeated;       /* headers and footers so far; NULL: out of memory */
} office_body;

/* m outlives *b. */
void office_body_init(office_body *b, manuscript *m);
void office_body_done(office_body *b);

/* Errors of all of these: KITH_ERR_LIMIT (a text beyond 64 MiB), KITH_ERR_NO_MEMORY, those of manuscript_block.
 *
 * The block's text behind its label; borrowed until the next call. */
KITH_CHECKED kith_status office_body_text(office_body *b, const office_block *block, view *out,
                                          kith_error *err);
/* Writes a block of the body, with its place and its heading. */
KITH_CHECKED kith_status office_body_write(office_body *b, const office_block *block,
                                           kith_error *err);
/* Writes a paragraph "name: text". */
KITH_CHECKED kith_status office_body_named(office_body *b, const char *name, view text,
                                           kith_error *err);
/* The same for a header or footer, unless its text is blank or was there before: a file has one for each section. */
KITH_CHECKED kith_status office_body_margin(office_body *b, const char *name, view text,
                                            kith_error *err);

#endif
