/* extract_notebook.c - Jupyter notebooks (nbformat 4, and the cells of 3): the cells are joined to
 * one Markdown text, code between fences, so that the headings of all cells form one outline. Each
 * cell is a place, counted from 1. Text that a cell printed belongs to the cell, cut after
 * OUTPUT_MAX_BYTES, which is told; pictures are left out. Traps of the format: a text is a string or a
 * list of strings to be joined; code may hold a fence, so ours is longer than any in it. */
#include "extract/extract_job.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/json_repair.h"
#include "extract/manuscript.h"
#include "extract/markdown.h"
#include "extract/markup_text.h"

#include <kith/types.h>

enum { OUTPUT_MAX_BYTES = 1000 };

typedef struct notebook {
    extract_job *job;
    manuscript m;
    buffer source; // of the cell
    buffer block;
    view language;
} notebook;

/* Appends a string, or the strings of a list. */
static void append_source(buffer *out, const json_value *source)
{
    if (!source) return;
    if (source->kind == JSON_STRING) buffer_append(out, source->string);
    for (uint32_t i = 0; source->kind == JSON_ARRAY && i < source->count; i++)
        if (source->elements[i]->kind == JSON_STRING)
            buffer_append(out, source->elements[i]->string);
}

/* A fence longer than every run of backticks in the cell, so that nothing in it ends the fence. */
static size_t fence_length(view text)
{
    size_t longest = 2, run = 0;
    for (size_t i = 0; i < text.size; i++) {
        run = text.data[i] == '`' ? run + 1 : 0;
        longest = size_max(longest, run);
    }
    return longest + 1;
}

static void append_fenced(buffer *out, view text, view language)
{
    size_t fence = fence_length(text);
    for (size_t i = 0; i < fence; i++)
        buffer_append_byte(out, '`');
    buffer_append(out, language);
    buffer_append_byte(out, '\n');
    buffer_append(out, text);
    buffer_append_byte(out, '\n');
    for (size_t i = 0; i < fence; i++)
        buffer_append_byte(out, '`');
}

static kith_status add_text(notebook *n, view text, bool is_code, view language, kith_error *err)
{
    view clean = {NULL, 0};
    kith_status status = buffer_status(&n->source, "a cell", err);
    if (status == KITH_OK) status = extract_job_clean(n->job, view_trim(text), &clean, err);
    if (status != KITH_OK || clean.size == 0) return status;
    buffer_reset(&n->block);
    if (is_code)
        append_fenced(&n->block, clean, language);
    else
        buffer_append(&n->block, clean);
    status = buffer_status(&n->block, "a cell", err);
    return status == KITH_OK ? manuscript_block(&n->m, "\n\n", buffer_view(&n->block), err)
                             : status;
}

/* Takes out what colours text on a terminal ("ESC [ 31 m"), in place. */
static void drop_colours(buffer *text)
{
    size_t size = 0;
    for (size_t i = 0; i < text->size; i++) {
        bool is_sequence = text->data[i] == 0x1B && i + 1 < text->size && text->data[i + 1] == '[';
        if (is_sequence) {
            i += 2;
            while (i < text->size && (unsigned char)text->data[i] < 0x40)
                i++; // up to its last byte
            continue;
        }
        text->data[size++] = text->data[i];
    }
    text->size = size;
}

/* What an object says of itself that shows something else: "<IPython.core.display.HTML object>". */
static bool is_stand_in(view plain)
{
    return view_starts_with(view_trim(plain), VIEW("<IPython.core.display."));
}

/* Puts the text that the output shows into n->source: of a stream, an error, or a result in Markdown, in
 * plain text or, where that stands for it, in HTML. */
static void take_output(notebook *n, const json_value *output, bool *is_markdown)
{
    const json_value *forms = json_get(output, "data"), *text = json_get(output, "text");
    view name = VIEW(""), what = VIEW("");
    buffer_reset(&n->source);
    *is_markdown = !text && forms && json_get(forms, "text/markdown");
    if (*is_markdown)
        text = json_get(forms, "text/markdown");
    else if (!text && forms)
        text = json_get(forms, "text/plain");
    append_source(&n->source, text);
    if (!text && json_get_string(output, "ename", &name)) {
        (void)json_get_string(output, "evalue", &what);
        buffer_append(&n->source, name);
        if (what.size) buffer_append_text(&n->source, ": ");
        buffer_append(&n->source, what);
    }
    const json_value *html = forms ? json_get(forms, "text/html") : NULL;
    if (html && is_stand_in(buffer_view(&n->source))) {
        buffer_reset(&n->source);
        buffer_reset(&n->block);
        append_source(&n->block, html);
        markup_append_text(buffer_view(&n->block), &n->source);
    }
    drop_colours(&n->source);
}

static kith_status add_output(notebook *n, const json_value *output, uint32_t number,
                              kith_error *err)
{
    bool is_markdown;
    take_output(n, output, &is_markdown);
    view printed = buffer_view(&n->source);
    size_t end = utf8_floor(printed, size_min(printed.size, OUTPUT_MAX_BYTES));
    if (end < printed.size) {
        const char *told = arena_printf(
            n->job->memory, "cell %u: of what it printed only the first %d bytes are read", number,
            OUTPUT_MAX_BYTES);
        if (!told) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
        kith_status status = extract_job_notice(n->job, told, err);
        if (status != KITH_OK) return status;
    }
    return add_text(n, view_slice(printed, 0, end), !is_markdown, VIEW(""), err);
}

static kith_status add_cell(notebook *n, const json_value *cell, uint32_t number, kith_error *err)
{
    view type = VIEW("");
    (void)json_get_string(cell, "cell_type", &type);
    const json_value *source = json_get(cell, "source"), *outputs = json_get(cell, "outputs");
    if (!source) source = json_get(cell, "input"); // nbformat 3
    bool is_code = view_equal(type, VIEW("code"));
    buffer_reset(&n->source);
    append_source(&n->source, source);
    kith_status status = manuscript_place(&n->m, PLACE_CELL, number, VIEW(""), err);
    if (status == KITH_OK) status = add_text(n, buffer_view(&n->source), is_code, n->language, err);
    uint32_t count = is_code && outputs && outputs->kind == JSON_ARRAY ? outputs->count : 0;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = add_output(n, outputs->elements[i], number, err);
    return status;
}

static const json_value *find_cells(const json_value *root)
{
    const json_value *cells = json_get(root, "cells"), *sheets = json_get(root, "worksheets");
    if (!cells && sheets && sheets->kind == JSON_ARRAY && sheets->count > 0)
        cells = json_get(sheets->elements[0], "cells"); // nbformat 3
    return cells && cells->kind == JSON_ARRAY ? cells : NULL;
}

static void find_language(notebook *n, const json_value *root)
{
    const json_value *about = json_get(root, "metadata");
    const json_value *info = about ? json_get(about, "language_info") : NULL;
    const json_value *kernel = about ? json_get(about, "kernelspec") : NULL;
    n->language = VIEW("");
    if (!(info && json_get_string(info, "name", &n->language)) && kernel)
        (void)json_get_string(kernel, "language", &n->language);
    if (n->language.size && memchr(n->language.data, '\n', n->language.size))
        n->language = VIEW("");
}

static kith_status read_cells(notebook *n, kith_error *err)
{
    const json_value *root = NULL;
    json_repairs repairs;
    kith_status status = json_parse_repaired(n->job->text, n->job->memory, &root, &repairs, err);
    if (status != KITH_OK) return status;
    n->job->replaced += repairs.lone_surrogates;
    const json_value *cells = find_cells(root);
    if (!cells) return fail(err, KITH_ERR_FORMAT, "the notebook has no cells");
    find_language(n, root);
    for (uint32_t i = 0; i < cells->count && status == KITH_OK; i++)
        status = add_cell(n, cells->elements[i], i + 1, err);
    return status;
}

kith_status extract_notebook(extract_job *job, kith_error *err)
{
    document d;
    notebook n = {.job = job};
    manuscript_init(&n.m, job);
    buffer_init(&n.source, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&n.block, 2 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    kith_status status = extract_job_begin(job, "notebook", &d, err);
    if (status == KITH_OK) status = read_cells(&n, err);
    if (status == KITH_OK && n.language.size)
        status = metadata_set_string(&d.fields, "language", n.language, err);
    if (status == KITH_OK) status = markdown_headings(buffer_view(&n.m.text), 0, &n.m.found, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        status = manuscript_finish(&n.m, &d, err);
    }
    manuscript_done(&n.m);
    buffer_done(&n.source);
    buffer_done(&n.block);
    return status;
}
