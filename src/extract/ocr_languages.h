/* ocr_languages.h - in which languages tesseract can read here. */
#ifndef KITH_EXTRACT_OCR_LANGUAGES_H
#define KITH_EXTRACT_OCR_LANGUAGES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    OCR_MAX_LANGUAGES = 4, /* of more that are installed English is taken, or else the first */
    OCR_LANGUAGE_MAX_BYTES = 40
};

typedef struct ocr_languages {
    char names[OCR_MAX_LANGUAGES * OCR_LANGUAGE_MAX_BYTES]; /* "deu+eng"; "" for none */
    const char *directory;                                  /* where they are */
    uint32_t installed;
    bool has_english;
} ocr_languages;

/* Looks into the directories where Debian's packages, and tesseract itself, put them. */
void ocr_languages_find(ocr_languages *out);

#endif
