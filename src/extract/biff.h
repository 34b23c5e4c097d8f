/* biff.h - the records of a spreadsheet of before 2007 (xls): a stream of records, each a number, a
 * length and at most 8 KiB of bytes, longer ones going on in CONTINUE records. A text may be parted
 * anywhere, and the part that goes on says anew whether its characters have one byte or two.
 * Numbers that lie beyond a record's end are read as 0. Source: [MS-XLS] 2.1, 2.5.293 and 2.5.294. */
#ifndef KITH_EXTRACT_BIFF_H
#define KITH_EXTRACT_BIFF_H

#include "base/buffer.h"
#include "base/charset.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum biff_id {
    BIFF_FORMULA = 0x06,
    BIFF_EOF = 0x0A,
    BIFF_NOTE = 0x1C,
    BIFF_DATEMODE = 0x22,
    BIFF_FILEPASS = 0x2F,
    BIFF_FONT = 0x31,
    BIFF_CONTINUE = 0x3C,
    BIFF_CODEPAGE = 0x42,
    BIFF_OBJ = 0x5D,
    BIFF_COLINFO = 0x7D,
    BIFF_BOUNDSHEET = 0x85,
    BIFF_MULRK = 0xBD,
    BIFF_RSTRING = 0xD6,
    BIFF_XF = 0xE0,
    BIFF_MERGEDCELLS = 0xE5,
    BIFF_SST = 0xFC,
    BIFF_LABELSST = 0xFD,
    BIFF_TXO = 0x1B6,
    BIFF_NUMBER = 0x203,
    BIFF_LABEL = 0x204,
    BIFF_BOOLERR = 0x205,
    BIFF_STRING = 0x207,
    BIFF_ROW = 0x208,
    BIFF_RK = 0x27E,
    BIFF_FORMAT = 0x41E,
    BIFF_BOF = 0x809
} biff_id;

/* From this character on, counted in UTF-16 units, a text has the font of this number. */
typedef struct biff_run {
    uint32_t first, font;
} biff_run;

/* Where a reader is in the stream. */
typedef struct biff {
    view stream;
    size_t at; /* the next record */
    uint32_t id;
    view body;            /* of the record, what was not taken yet */
    bool is_wide;         /* texts are Unicode: since Excel 97 */
    const charset *bytes; /* what they are in otherwise; NULL: windows-1252 */
} biff;

/* Moves to the next record; false at the end of the stream, or where it is cut off. */
bool biff_next(biff *b);
/* True when the record that follows is `id`. */
bool biff_is_next(const biff *b, biff_id id);
/* Numbers of the record at `offset` of what was not taken yet. */
uint32_t biff_u8(const biff *b, size_t offset);
uint32_t biff_u16(const biff *b, size_t offset);
uint32_t biff_u32(const biff *b, size_t offset);
double biff_double(const biff *b, size_t offset);
/* A number in four bytes: an integer or the upper half of a double, perhaps in hundredths. */
double biff_rk(uint32_t rk);
/* Takes bytes, in the records that go on as well. */
void biff_skip(biff *b, size_t bytes);
/* Takes a text that begins with its length, of length_bytes (1 or 2), and appends it as UTF-8; moves
 * to the records that go on as far as it must. Failure is in the buffer's state.
 * runs  gets where its font changes, elements: biff_run; NULL: not asked for */
void biff_text(biff *b, uint32_t length_bytes, buffer *out, buffer *runs);
/* The same for characters whose number stands elsewhere, in the records that follow this one. */
void biff_characters_behind(biff *b, uint32_t count, buffer *out);

#endif
