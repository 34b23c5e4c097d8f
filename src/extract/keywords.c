/* keywords.c - see keywords.h. */
#include "extract/keywords.h"

static const char *const SEMICOLONS[] = {";", "；", "؛", NULL}, *const COMMAS[] = {",", "，", "、",
                                                                                   "،", NULL};

/* Offset of the first mark in the text, and its bytes; the text's size when there is none. */
static size_t find_mark(view text, const char *const *marks, size_t *bytes)
{
    size_t first = text.size;
    *bytes = 0;
    for (size_t i = 0; marks[i]; i++) {
        size_t at = view_find(text, view_of(marks[i]));
        if (at >= first) continue;
        first = at;
        *bytes = strlen(marks[i]);
    }
    return first;
}

kith_status keywords_add(arena *a, view *all, view more, kith_error *err)
{
    const view both[] = {*all, VIEW("; "), more};
    if (all->size + more.size + 2 > KEYWORDS_MAX_BYTES) return KITH_OK;
    *all = all->size ? arena_join(a, both, 3) : more;
    return all->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for keywords");
}

kith_status keywords_set(metadata *fields, view text, kith_error *err)
{
    size_t bytes = 0;
    if (text.size > KEYWORDS_MAX_BYTES || view_trim(text).size == 0) return KITH_OK;
    const char *const *marks =
        find_mark(text, SEMICOLONS, &bytes) < text.size ? SEMICOLONS : COMMAS;
    metadata_value *words = arena_new_array(fields->memory, metadata_value, KEYWORDS_MAX);
    if (!words) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for keywords");
    metadata_value list = {METADATA_LIST, .list = {words, 0}};
    for (size_t at = 0; at < text.size && list.list.count < KEYWORDS_MAX;) {
        view rest = view_slice(text, at, text.size);
        size_t end = find_mark(rest, marks, &bytes);
        view word = view_trim(view_slice(rest, 0, end));
        if (word.size) words[list.list.count++] = (metadata_value){METADATA_STRING, .string = word};
        at += end + bytes;
    }
    return list.list.count ? metadata_set(fields, VIEW("keywords"), list, err) : KITH_OK;
}
