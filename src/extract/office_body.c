/* office_body.c - see office_body.h. */
#include "extract/office_body.h"

#include "extract/extract_job.h"

#include <kith/types.h>

void office_body_init(office_body *b, manuscript *m)
{
    *b = (office_body){.m = m, .repeated = map_new()};
    buffer_init(&b->line, KITH_DOCUMENT_MAX_BYTES);
}

void office_body_done(office_body *b)
{
    buffer_done(&b->line);
    map_free(b->repeated);
}

kith_status office_body_text(office_body *b, const office_block *block, view *out, kith_error *err)
{
    *out = block->text;
    if (block->label.size == 0) return KITH_OK;
    buffer_reset(&b->line);
    buffer_printf(&b->line, "%.*s ", VIEW_ARG(block->label));
    buffer_append(&b->line, block->text);
    *out = buffer_view(&b->line);
    return buffer_status(&b->line, "a paragraph", err);
}

kith_status office_body_write(office_body *b, const office_block *block, kith_error *err)
{
    view text;
    bool joins = block->kind == OFFICE_ROW || (block->is_entry && b->after_entry);
    kith_status status = office_body_text(b, block, &text, err);
    b->after_entry = block->is_entry;
    if (block->is_title && b->title.size == 0) {
        b->title = arena_copy(b->m->job->memory, text);
        if (!b->title.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the title");
    }
    if (status == KITH_OK && (block->kind == OFFICE_PARAGRAPH || block->kind == OFFICE_FIRST_ROW))
        status = manuscript_place(b->m, PLACE_PARAGRAPH, ++b->paragraphs, VIEW(""), err);
    if (status == KITH_OK && block->level)
        status = manuscript_heading(b->m, block->level, text, err);
    return status == KITH_OK ? manuscript_block(b->m, joins ? "\n" : "\n\n", text, err) : status;
}

kith_status office_body_named(office_body *b, const char *name, view text, kith_error *err)
{
    buffer_reset(&b->line);
    buffer_printf(&b->line, "%s: ", name);
    buffer_append(&b->line, text);
    kith_status status = buffer_status(&b->line, "a paragraph", err);
    return status == KITH_OK ? manuscript_block(b->m, "\n\n", buffer_view(&b->line), err) : status;
}

kith_status office_body_margin(office_body *b, const char *name, view text, kith_error *err)
{
    uint64_t ignored = 0;
    text = view_trim(text);
    if (text.size == 0 || (b->repeated && map_get(b->repeated, text, &ignored))) return KITH_OK;
    kith_status status = b->repeated ? map_put(b->repeated, text, 1) : KITH_ERR_NO_MEMORY;
    if (status != KITH_OK) return fail(err, status, "out of memory for headers");
    return office_body_named(b, name, text, err);
}
