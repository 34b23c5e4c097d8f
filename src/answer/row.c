/* row.c - finds the header of each row; text/lead.c knows what tables are. */
#include "answer/row.h"

#include <string.h>

/* Where the rows that the content begins with end. */
static uint32_t end_of_first_rows(view content)
{
    size_t at = 0;
    while (at < content.size) {
        const char *newline = memchr(content.data + at, '\n', content.size - at);
        size_t end = newline ? (size_t)(newline - content.data) : content.size;
        if (!lead_is_row(view_slice(content, at, end))) break;
        at = end + 1;
    }
    return (uint32_t)(at < content.size ? at : content.size);
}

kith_status passage_rows_find(view content, view lead_in, arena *a, passage_rows *out,
                              kith_error *err)
{
    buffer found;
    buffer_init(&found, (content.size / 2 + 1) * sizeof(lead));
    lead_find(content, &found);
    kith_status status = buffer_status(&found, "the tables of a passage", err);
    view kept = status == KITH_OK ? arena_copy(a, buffer_view(&found)) : (view){NULL, 0};
    buffer_done(&found);
    if (status != KITH_OK) return status;
    if (!kept.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a passage");
    *out = (passage_rows){
        .content = content,
        .lead_in = lead_in,
        .leads = (const lead *)(const void *)kept.data,
        .count = (uint32_t)(kept.size / sizeof(lead)),
        .led_end = lead_is_row(lead_in) ? end_of_first_rows(content) : 0,
    };
    return KITH_OK;
}

bool passage_rows_is_header(const passage_rows *rows, uint32_t start, uint32_t end)
{
    const lead *l = lead_behind(rows->leads, rows->count, start);
    return l && l->kind == LEAD_TABLE && start < l->start && end > l->lead_start;
}

kith_status passage_rows_say(const passage_rows *rows, uint32_t start, uint32_t end, arena *a,
                             view *out, kith_error *err)
{
    view sentence = view_slice(rows->content, start, end);
    const lead *l = lead_at(rows->leads, rows->count, start);
    *out = sentence;
    if (!lead_is_row(sentence)) return KITH_OK;
    if (l && l->kind == LEAD_TABLE)
        return lead_name_cells(view_slice(rows->content, l->lead_start, l->lead_end), sentence, a,
                               out, err);
    if (start < rows->led_end) return lead_name_cells(rows->lead_in, sentence, a, out, err);
    return KITH_OK;
}
