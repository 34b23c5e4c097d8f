/* csv.h - the rows of a text in CSV (RFC 4180), one after the other, as views into the text. */
#ifndef KITH_EXTRACT_CSV_H
#define KITH_EXTRACT_CSV_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { CSV_MAX_FIELDS = 1024 };

typedef struct csv_field {
    view raw;     /* in the text; the value itself, without quotes, unless `escaped` */
    bool escaped; /* has doubled quotes, or text behind its closing quote: see csv_unescape */
    bool is_odd;  /* has text behind its closing quote, which no writer means */
    bool is_quoted;
    bool backslash; /* as the reader's, and so is `quote` */
    char quote;
} csv_field;

typedef struct csv_row {
    csv_field fields[CSV_MAX_FIELDS];
    uint32_t count; /* of the row's fields; those past CSV_MAX_FIELDS are counted, not kept */
    view raw;       /* the row in the text, without its line end */
    uint64_t line;  /* 1-based, of the row's first byte */
    bool is_apart;  /* blank lines go before it */
} csv_row;

typedef struct csv_reader {
    view text; /* line ends are \n */
    size_t offset;
    uint64_t line;
    char delimiter;
    char quote;     /* " or ' */
    bool backslash; /* within quotes, \" and \\ stand for the second sign (MySQL, Spark) */
} csv_reader;

/* A reader at the first row of `text`, which it borrows. Its quote is ".
 * delimiter  of its fields; csv_layout.h finds it */
csv_reader csv_open(view text, char delimiter);
/* Reads the next row that is not blank into *row; *more is false when there is none.
 * Errors: KITH_ERR_FORMAT (a quote that is never closed: no further row can be read). */
KITH_CHECKED kith_status csv_next(csv_reader *r, csv_row *row, bool *more, kith_error *err);
/* The field's value: a view into the text, or a copy in `a` when it is escaped.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status csv_unescape(csv_field field, arena *a, view *out, kith_error *err);

#endif
