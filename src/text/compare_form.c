/* compare_form.c - utf8proc normalizes, then white space is folded in place. */
#include "text/compare_form.h"

#include "text/unicode.h"

#include <stdlib.h>
#include <utf8proc.h>

enum { TEXT_FOLD_MAX_BYTES = 1 << 30 };

/* In place; returns the new size. */
static size_t fold_spaces(char *text, size_t size)
{
    size_t to = 0;
    bool space = false;
    for (size_t from = 0; from < size;) {
        uint32_t c;
        size_t length = unicode_next(text + from, &c);
        if (unicode_is_space(c)) {
            space = to > 0;
        } else {
            if (space) text[to++] = ' ';
            space = false;
            memmove(text + to, text + from, length);
            to += length;
        }
        from += length;
    }
    return to;
}

kith_status text_fold(view text, arena *a, view *out, kith_error *err)
{
    if (text.size > TEXT_FOLD_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "%zu bytes are too many to fold", text.size);
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_option_t how =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD;
    utf8proc_ssize_t size = utf8proc_map((const utf8proc_uint8_t *)(text.data ? text.data : ""),
                                         (utf8proc_ssize_t)text.size, &mapped, how);
    if (size < 0) return fail(err, KITH_ERR_NO_MEMORY, "%s", utf8proc_errmsg(size));
    size_t folded = fold_spaces((char *)mapped, (size_t)size);
    view copy = arena_copy(a, (view){(char *)mapped, folded});
    free(mapped);
    if (!copy.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a folded text");
    *out = copy;
    return KITH_OK;
}
