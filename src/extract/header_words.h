/* header_words.h - what a single text of a table says for itself: a number, a unit, a word that names
 * an attribute or a sum. Which rows are headers is judged of many of them (table_header.h). */
#ifndef KITH_EXTRACT_HEADER_WORDS_H
#define KITH_EXTRACT_HEADER_WORDS_H

#include "base/view.h"

#include <stdbool.h>

enum {
    HEADER_NAME_MAX_BYTES = 120, /* of a name that stands before each value; a longer one is cut */
    HEADER_LONGEST_BYTES = 500   /* a longer text is no name of a column */
};

typedef enum label_kind {
    LABEL_EMPTY,
    LABEL_TEXT,
    LABEL_NUMBER,
    LABEL_DATE,
    LABEL_TRUTH,
    LABEL_OTHER /* an error, a formula without a value */
} label_kind;

/* The kind of a cell of which only the text is known: "12,5 %", "$40", "45 dB" and "9-17" are
 * numbers; *number is set where it is one alone, else NAN. */
label_kind label_kind_of(view text, double *number);
/* The text as the name of a column or the key of a row, without the colon at its end. */
view header_name(view text);
/* The same, cut after the last word within HEADER_NAME_MAX_BYTES; empty when it is longer than
 * HEADER_LONGEST_BYTES. *is_cut tells that it was. */
view header_short_name(view text, bool *is_cut);
/* "mm", "[kg]", "(EUR)": what the second row of many headers holds. */
bool header_is_unit(view text);
/* One without brackets, which a name gets in brackets: "Length (mm)". */
bool header_is_bare_unit(view text);
/* True for a text with a letter that is short enough for a name. */
bool header_is_word(view text);
/* The same, or with a digit ("18-25", "65+"), and as long as a question of a survey. */
bool header_is_name(view text);
/* True for words that commonly name an attribute of things, and for names that end with one:
 * "Price", "Unit price", "Datum". */
bool header_names_attribute(view text);
/* "Total", "Sum of the north", "Summe": what begins a row of sums. */
bool header_is_sum(view text);
/* True for "Sum of Amount", "Summe von Betrag", "Count - Order": what the values of a pivot table are. */
bool header_is_aggregate(view text);
/* "Table" before "3:", "Abb. 2" as one word: what begins the caption over or below a table. */
bool header_is_caption(view word, view next);
bool header_ends_with_colon(view text);

#endif
