/* ocr_languages.c - tesseract has a file for each language, in one of a few directories. */
#include "extract/ocr_languages.h"

#include "os/directory.h"

#include "base/view.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

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
    size_t size = strlen(l->list);
    (void)snprintf(l->list + size, sizeof l->list - size, "%s%.*s", size ? ", " : "",
                   VIEW_ARG(name));
    size = strlen(l->names);
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

/* Letters, digits, '_' and '-'; a script has its folder before it. */
static bool is_name(view name)
{
    view prefix = VIEW("script/");
    if (view_starts_with(name, prefix)) name = view_slice(name, prefix.size, name.size);
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!is_letter && !is_ascii_digit(c) && c != '_' && c != '-') return false;
    }
    bool is_language = !view_equal(name, VIEW("osd")) && !view_equal(name, VIEW("equ"));
    return is_language && name.size > 0 && name.size < OCR_LANGUAGE_MAX_BYTES;
}

kith_status ocr_languages_check(const char *names, kith_error *err)
{
    ocr_languages all;
    char path[PATH_MAX];
    view rest = view_of(names);
    ocr_languages_find(&all);
    if (all.installed == 0)
        return fail(
            err, KITH_ERR_UNSUPPORTED,
            "OCR needs tesseract, of which no language is installed (packages tesseract-ocr "
            "and tesseract-ocr-deu, ...)");
    for (uint32_t count = 1;; count++) {
        view name = view_slice(rest, 0, view_find(rest, VIEW("+")));
        if (count > OCR_CHOSEN_MAX)
            return fail(err, KITH_ERR_INVALID, "OCR takes at most %d languages", OCR_CHOSEN_MAX);
        if (!is_name(name))
            return fail(err, KITH_ERR_INVALID,
                        "'%.100s' names no languages of OCR: such as \"eng\" or \"deu+eng\"",
                        names);
        (void)snprintf(path, sizeof path, "%s/%.*s.traineddata", all.directory, VIEW_ARG(name));
        if (access(path, R_OK) != 0)
            return fail(
                err, KITH_ERR_INVALID,
                "OCR has no language '%.*s' here; installed: %s (packages tesseract-ocr-...)",
                VIEW_ARG(name), all.list);
        if (name.size == rest.size) return KITH_OK;
        rest = view_slice(rest, name.size + 1, rest.size);
    }
}
