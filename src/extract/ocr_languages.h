/* ocr_languages.h - in which languages tesseract can read here. */
#ifndef KITH_EXTRACT_OCR_LANGUAGES_H
#define KITH_EXTRACT_OCR_LANGUAGES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    OCR_MAX_LANGUAGES = 4, /* of more that are installed English is taken, or else the first */
    OCR_CHOSEN_MAX = 8,    /* that a user may name */
    OCR_LANGUAGE_MAX_BYTES = 40,
    OCR_LIST_BYTES = 400 /* of the list of all, which may be cut */
};

typedef struct ocr_languages {
    char names[OCR_MAX_LANGUAGES * OCR_LANGUAGE_MAX_BYTES]; /* "deu+eng"; "" for none */
    char list[OCR_LIST_BYTES];                              /* "deu, eng": all of them */
    const char *directory;                                  /* where they are */
    uint32_t installed;
    bool has_english;
} ocr_languages;

/* Looks into the directories where Debian's packages, and tesseract itself, put them. */
void ocr_languages_find(ocr_languages *out);

/* Can tesseract read here in these languages?
 * names  as tesseract has them, joined by '+': "deu+eng", "script/Latin"
 * Errors: KITH_ERR_INVALID (no such name, more than OCR_CHOSEN_MAX, or one that is not installed; the
 * message has those that are), KITH_ERR_UNSUPPORTED (no language at all is installed). */
KITH_CHECKED kith_status ocr_languages_check(const char *names, kith_error *err);

#endif
