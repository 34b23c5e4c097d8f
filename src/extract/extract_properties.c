/* extract_properties.c - Java's properties: a line for each entry as the program that owns it reads it,
 * with the lines that go on joined and escapes undone; comments as they stand. Since the text is not
 * the file's, an entry has the line it begins in as its place. A file without a backslash is text.
 * Source: java.util.Properties.load. */
#include "extract/escapes.h"
#include "extract/extract_job.h"
#include "extract/manuscript.h"

#include <kith/types.h>

/* True for an odd number of backslashes at the end, which one escapes the line's end. */
static bool goes_on(view line)
{
    size_t count = 0;
    while (count < line.size && line.data[line.size - 1 - count] == '\\')
        count++;
    return count % 2 == 1;
}

static kith_status read_entries(extract_job *job, manuscript *m, buffer *joined, buffer *entry,
                                kith_error *err)
{
    kith_status status = KITH_OK;
    const char *gap = "\n";
    uint32_t number = 0;
    for (size_t at = 0; at < job->text.size && status == KITH_OK;) {
        uint32_t first = ++number;
        view line = view_trim(view_next_line(job->text, &at));
        if (line.size == 0) {
            gap = "\n\n";
            continue;
        }
        bool is_comment = line.data[0] == '#' || line.data[0] == '!';
        buffer_reset(joined);
        buffer_reset(entry);
        for (; !is_comment && goes_on(line); number++) {
            buffer_append(joined, view_slice(line, 0, line.size - 1));
            if (at == job->text.size) line = VIEW("");
            if (at == job->text.size) break;
            line = view_trim(view_next_line(job->text, &at));
        }
        buffer_append(joined, line);
        if (is_comment)
            buffer_append(entry, line);
        else
            escapes_append(entry, buffer_view(joined), '\0');
        status = buffer_status(joined, "an entry", err);
        if (status == KITH_OK) status = buffer_status(entry, "an entry", err);
        if (status == KITH_OK) status = manuscript_place(m, PLACE_LINE, first, VIEW(""), err);
        if (status == KITH_OK) status = manuscript_block(m, gap, buffer_view(entry), err);
        gap = "\n";
    }
    return status;
}

kith_status extract_properties(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    buffer joined, entry;
    if (view_find(job->text, VIEW("\\")) == job->text.size)
        return extract_code(job, "properties", err);
    buffer_init(&joined, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&entry, KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "code", &d, err);
    if (status == KITH_OK)
        status = metadata_set_string(&d.fields, "language", VIEW("properties"), err);
    if (status == KITH_OK) status = read_entries(job, &m, &joined, &entry, err);
    d.id = job->stem;
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    buffer_done(&joined);
    buffer_done(&entry);
    return status;
}
