/* sheet_tail.c - see sheet_tail.h. */
#include "extract/sheet_tail.h"

#include <kith/types.h>

static const char WHAT[] = "what stands behind the rows";

void sheet_tail_init(sheet_tail *t)
{
    *t = (sheet_tail){0};
    buffer_init(&t->lines, KITH_DOCUMENT_MAX_BYTES);
}

void sheet_tail_done(sheet_tail *t)
{
    buffer_done(&t->lines);
    map_free(t->known);
    t->known = NULL;
}

void sheet_tail_reset(sheet_tail *t)
{
    buffer_reset(&t->lines);
    map_free(t->known);
    t->known = NULL;
}

kith_status sheet_tail_add(sheet_tail *t, view text, kith_error *err)
{
    uint64_t ignored;
    text = view_trim(text);
    if (text.size == 0) return KITH_OK;
    if (!t->known) t->known = map_new();
    if (!t->known) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", WHAT);
    if (map_get(t->known, text, &ignored)) return KITH_OK;
    if (map_put(t->known, text, 0) != KITH_OK)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", WHAT);
    size_t start = t->lines.size;
    buffer_append(&t->lines, text);
    if (t->lines.failed == KITH_OK)
        for (size_t i = start; i < t->lines.size; i++)
            if (strchr("\n\r\t", t->lines.data[i])) t->lines.data[i] = ' ';
    buffer_append_byte(&t->lines, '\n');
    return buffer_status(&t->lines, WHAT, err);
}

kith_status sheet_tail_write(const sheet_tail *t, manuscript *m, kith_error *err)
{
    view lines = buffer_view(&t->lines);
    kith_status status = KITH_OK;
    for (size_t at = 0; at < lines.size && status == KITH_OK;)
        status = manuscript_block(m, "\n\n", view_next_line(lines, &at), err);
    return status;
}
