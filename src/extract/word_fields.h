/* word_fields.h - fields of Word: an instruction, then its result, between marks that stand in runs
 * of their own and nest. The result is text, the instruction is not; that of a page number, and a table of contents or an
 * index that Word made, are neither. Source: ECMA-376 part 1, section 17.16. */
#ifndef KITH_EXTRACT_WORD_FIELDS_H
#define KITH_EXTRACT_WORD_FIELDS_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { WORD_MAX_FIELDS = 32, WORD_INSTRUCTION_BYTES = 16 };

typedef struct word_field {
    bool in_instruction, is_page_number;
    bool is_directory;                        /* a table of contents, of figures, an index */
    char instruction[WORD_INSTRUCTION_BYTES]; /* its beginning */
    uint32_t size;
} word_field;

/* Zero-initialised: no field is open. */
typedef struct word_fields {
    word_field open[WORD_MAX_FIELDS];
    uint32_t count, beyond; /* open fields; those beyond WORD_MAX_FIELDS */
} word_fields;

/* A mark (w:fldChar) of this type: "begin", "separate", "end". */
void word_fields_mark(word_fields *f, view type);
/* Text of an instruction (w:instrText). */
void word_fields_instruction(word_fields *f, view text);
/* A paragraph ended: instructions do not go beyond it, whatever marks are missing. */
void word_fields_end_paragraph(word_fields *f);
/* A heading begins: no directory goes on here, whatever marks are missing. */
void word_fields_end_directories(word_fields *f);
/* Text that stands here is an instruction's, a page number, or part of a directory. */
bool word_fields_hide(const word_fields *f);
/* True for " PAGE \* MERGEFORMAT" and the like. */
bool word_field_is_page_number(view instruction);

#endif
