/* ocr_languages.c - tesseract has a file for each language, in one of a few directories. */
#include "extract/ocr_languages.h"

#include "os/directory.h"

#include "base/view.h"

#include <stdio.h>

static kith_status enter_language(void *context, const char *path, bool *enter)
{
    const ocr_languages *l = context;
    *enter = strcmp(path, l->directory) == 0;
    return KITH_OK;
}

/* Called in the order of the names. */
static kith_status add_language(void *context, const char *path, const file_info *info,
                                const kith_error *problem)
{
    ocr_languages *l = context;
    view name = view_slice(view_of(path), strlen(l->directory), strlen(path)),
         end = VIEW(".traineddata");
    (void)info;
    if (problem || name.size < 2 || !view_ends_with_nocase(name, end)) return KITH_OK;
    name = view_slice(name, 1, name.size - end.size);
    bool is_language = name.size < OCR_LANGUAGE_MAX_BYTES && !view_equal(name, VIEW("osd")) &&
                       !view_equal(name, VIEW("equ"));
    if (!is_language) return KITH_OK;
    l->has_english |= view_equal(name, VIEW("eng"));
    size_t size = strlen(l->names);
    if (l->installed++ < OCR_MAX_LANGUAGES)
        (void)snprintf(l->names + size, sizeof l->names - size, "%s%.*s", size ? "+" : "",
                       VIEW_ARG(name));
    return KITH_OK;
}

void ocr_languages_find(ocr_languages *out)
{
    static const char *const PLACES[] = {"/usr/share/tesseract-ocr/5/tessdata",
                                         "/usr/share/tesseract-ocr/4.00/tessdata",
                                         "/usr/share/tessdata", "/usr/local/share/tessdata"};
    const directory_visitor visitor = {
        .visit = add_language, .enter = enter_language, .context = out};
    *out = (ocr_languages){0};
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0] && out->installed == 0; i++) {
        out->directory = PLACES[i];
        if (directory_walk(PLACES[i], &visitor, NULL) != KITH_OK) continue; // it is not there
    }
    if (out->installed > OCR_MAX_LANGUAGES) {
        char *end = strchr(out->names, '+');
        if (end) *end = '\0'; // the first alone
        if (out->has_english) (void)snprintf(out->names, sizeof out->names, "eng");
    }
}
