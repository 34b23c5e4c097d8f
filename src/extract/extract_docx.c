/* extract_docx.c - Word: the body's paragraphs and tables, headings by their style, with the numbers
 * that Word counts; footnotes, endnotes and comments behind the paragraph that refers to them;
 * headers and footers once, at the end. Tracked deletions, hidden text, field codes and the prompts
 * of content controls are left out. A docx file holds no pages (they are made when it is shown): the
 * place of text is the number of its paragraph in the body, where a table counts as one.
 * Source: ECMA-376 part 1, section 17. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/office_body.h"
#include "extract/office_package.h"
#include "extract/word_reader.h"

#include <kith/types.h>

enum { PARTS_MAX_DEPTH = 3 /* of documents within documents (altChunk) */ };

typedef struct docx_reading {
    extract_job *job;
    manuscript *m;
    archive *parts;
    relationships related; // of the body
    word_reader words;
    office_body body;
    buffer collected;
} docx_reading;

/* ---- blocks ---- */

/* A block of the body. */
static kith_status on_block(void *context, const office_block *block, kith_error *err)
{
    docx_reading *r = context;
    return office_body_write(&r->body, block, err);
}

/* A block of a note, or of a header: a line of it. */
static kith_status on_collected(void *context, const office_block *block, kith_error *err)
{
    docx_reading *r = context;
    if (word_reader_is_page_line(&r->words, block->text)) return KITH_OK;
    if (r->collected.size) buffer_append_byte(&r->collected, '\n');
    if (block->label.size) buffer_printf(&r->collected, "%.*s ", VIEW_ARG(block->label));
    buffer_append(&r->collected, block->text);
    return buffer_status(&r->collected, "a note", err);
}

/* ---- parts within the body ---- */

static kith_status extract_within(extract_job *part, view name, bool *is_read, kith_error *err)
{
    file_format format = format_detect(name, part->bytes);
    kith_status status = KITH_OK;
    *is_read = true;
    if (format.kind == FILE_DOCX && part->depth <= PARTS_MAX_DEPTH) return extract_docx(part, err);
    if (format.kind != FILE_HTML && format.kind != FILE_TEXT) {
        *is_read = false;
        return KITH_OK;
    }
    status = extract_job_decode(part, part->bytes, err);
    if (status != KITH_OK) return status;
    return format.kind == FILE_HTML ? extract_html(part, err) : extract_plain(part, NULL, err);
}

static kith_status append_part(docx_reading *r, const extract_job *part, kith_error *err)
{
    const document *documents = (const document *)part->documents.data;
    kith_status status =
        manuscript_place(r->m, PLACE_PARAGRAPH, ++r->body.paragraphs, VIEW(""), err);
    for (size_t i = 0; status == KITH_OK && i < part->documents.size / sizeof *documents; i++)
        status = manuscript_append(r->m, &documents[i], err);
    r->job->replaced += part->replaced;
    return status == KITH_OK
               ? notices_add_all(&r->job->notices, &part->notices, "", r->job->memory, err)
               : status;
}

/* A part that Word shows as if it were text of the body: HTML, text, another document. */
static kith_status on_alternative(void *context, view name, kith_error *err)
{
    docx_reading *r = context;
    bool is_read = false;
    view bytes;
    kith_error why = {0};
    extract_job part = {.memory = r->job->memory, .stem = VIEW(""), .depth = r->job->depth + 1};
    if (!archive_has(r->parts, name))
        return word_reader_notice(&r->words, "a part of it is missing in the file", err);
    kith_status status = archive_read(r->parts, name, &bytes, err);
    if (status != KITH_OK) return status;
    buffer_init(&part.documents, EXTRACT_MAX_DOCUMENTS * sizeof(document));
    buffer_init(&part.problems, EXTRACT_MAX_DOCUMENTS * sizeof(extract_problem));
    buffer_init(&part.attachments, 0);
    part.bytes = bytes;
    status = extract_within(&part, name, &is_read, &why);
    if (status == KITH_OK && is_read)
        status = append_part(r, &part, err);
    else if (status == KITH_ERR_NO_MEMORY)
        status = fail(err, status, "%s", why.message);
    else
        status = word_reader_notice(
            &r->words, status == KITH_OK ? "an embedded part is not read" : why.message, err);
    buffer_done(&part.documents);
    buffer_done(&part.problems);
    buffer_done(&part.attachments);
    return status;
}

/* ---- the parts of the file ---- */

static kith_status read_words(docx_reading *r, view part, kith_error *err)
{
    relationships related = {0};
    xml_events events = word_reader_events(&r->words);
    if (part.size == 0 || !archive_has(r->parts, part)) return KITH_OK;
    kith_status status = package_relationships(r->parts, part, &related, err);
    word_reader_begin_part(&r->words, &related);
    return status == KITH_OK ? package_read_part(r->parts, part, &events, err) : status;
}

/* The notes, into w->notes, by their own ids. */
static kith_status read_notes(docx_reading *r, kith_error *err)
{
    static const struct {
        const char *part;
        word_note_kind kind;
    } NOTES[] = {
        {"footnotes", WORD_FOOTNOTE}, {"endnotes", WORD_ENDNOTE}, {"comments", WORD_COMMENT}};
    kith_status status = KITH_OK;
    r->words.text.sink = (office_sink){r, on_collected};
    for (size_t i = 0; status == KITH_OK && i < sizeof NOTES / sizeof NOTES[0]; i++) {
        word_reader_collect(&r->words, NOTES[i].kind, &r->collected);
        status = read_words(r, relationship_by_kind(&r->related, NOTES[i].part), err);
    }
    word_reader_collect(&r->words, WORD_NOTE_KINDS, NULL);
    return status;
}

static kith_status read_margin(docx_reading *r, view part, const char *name, kith_error *err)
{
    buffer_reset(&r->collected);
    kith_status status = read_words(r, part, err);
    if (status != KITH_OK) return status;
    return office_body_margin(&r->body, name, buffer_view(&r->collected), err);
}

static kith_status read_margins(docx_reading *r, kith_error *err)
{
    // They stand behind the last chapter but do not belong to it.
    kith_status status = manuscript_end_headings(r->m, err);
    if (status == KITH_OK) status = manuscript_place(r->m, PLACE_NONE, 0, VIEW(""), err);
    r->words.text.sink = (office_sink){r, on_collected};
    for (uint32_t i = 0; status == KITH_OK && i < r->related.count; i++) {
        const relationship *e = &r->related.entries[i];
        if (view_equal(e->kind, VIEW("header")))
            status = read_margin(r, e->target, "Header", err);
        else if (view_equal(e->kind, VIEW("footer")))
            status = read_margin(r, e->target, "Footer", err);
    }
    return status;
}

static kith_status read_parts(docx_reading *r, view body, kith_error *err)
{
    word_reader *w = &r->words;
    xml_events styles = {.context = &w->styles, .start = word_styles_start};
    xml_events numbering = {
        .context = &w->numbering, .start = word_numbering_start, .end = word_numbering_end};
    if (!archive_has(r->parts, body))
        return fail(err, KITH_ERR_FORMAT, "the file has no '%.*s'", VIEW_ARG(body));
    kith_status status = package_relationships(r->parts, body, &r->related, err);
    if (status == KITH_OK)
        status =
            package_read_part(r->parts, relationship_by_kind(&r->related, "styles"), &styles, err);
    if (status == KITH_OK)
        status = package_read_part(r->parts, relationship_by_kind(&r->related, "numbering"),
                                   &numbering, err);
    if (status == KITH_OK) status = read_notes(r, err);
    w->text.sink = (office_sink){r, on_block};
    w->counts = true;
    if (status == KITH_OK) status = read_words(r, body, err);
    w->counts = false;
    return status == KITH_OK ? read_margins(r, err) : status;
}

kith_status extract_docx(extract_job *job, kith_error *err)
{
    document d;
    archive z;
    view body;
    manuscript m;
    docx_reading r = {.job = job, .m = &m, .parts = &z};
    buffer_init(&r.collected, KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    office_body_init(&r.body, &m);
    kith_status status = word_reader_init(&r.words, job, &z, err);
    r.words.alternative = (word_hook){&r, on_alternative};
    r.words.paragraphs = &r.body.paragraphs;
    if (status == KITH_OK) status = extract_job_begin(job, "docx", &d, err);
    if (status == KITH_OK) status = package_open(job->bytes, job->memory, &z, &body, err);
    if (status == KITH_OK) status = package_properties(&z, &d, err);
    if (status == KITH_OK) status = read_parts(&r, body, err);
    if (status != KITH_OK) goto done;
    d.id = job->stem;
    if (r.body.title.size) d.title = r.body.title;
    status = manuscript_finish(&m, &d, err);
done:
    word_reader_done(&r.words);
    manuscript_done(&m);
    buffer_done(&r.collected);
    office_body_done(&r.body);
    return status;
}
