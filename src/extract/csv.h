/* csv.h - rows of RFC 4180, read one after the other without a copy. */
#ifndef KITH_EXTRACT_CSV_H
#define KITH_EXTRACT_CSV_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { CSV_MAX_FIELDS = 1024 };

typedef struct csv_field {
    view raw;     /* where it lies in the text; the value itself unless `escaped` */
    bool escaped; /* quoted, and has doubled quotes inside or text beside: see csv_unescape */
} csv_field;

typedef struct csv_row {
    csv_field fields[CSV_MAX_FIELDS];
    uint32_t count; /* of the row's fields; those past CSV_MAX_FIELDS are counted, not kept */
    uint64_t line;  /* 1-based, where the row begins */
} csv_row;

typedef struct csv_reader {
    view text; /* line ends are \n */
    size_t offset;
    uint64_t line;
    char delimiter;
} csv_reader;

/* delimiter  0: the commonest of comma, semicolon and tab in the first line */
csv_reader csv_open(view text, char delimiter);
/* The next row that is not blank. *more is false at the end. KITH_ERR_FORMAT: a quote that is never
 * closed; nothing can be read after it. */
KITH_CHECKED kith_status csv_next(csv_reader *r, csv_row *row, bool *more, kith_error *err);
/* The field's value; copied only when it is escaped. */
KITH_CHECKED kith_status csv_unescape(csv_field field, arena *a, view *out, kith_error *err);

#endif
