/* pdf_notes.c - annotations by page, and the file's own list of the files within it.
 * Source: ISO 32000-1, 7.11.3, 7.11.4, 12.5. */
#include "extract/pdf_notes.h"

#include "base/size.h"

enum {
    NOTE_MAX_BYTES = 1 << 20,
    AUTHOR_MAX_BYTES = 100,
    QUOTE_MAX_BYTES = 300,
    NAME_MAX_BYTES = 255,
    MAX_QUADS = 400,
    MAX_COMPARED = 20000000, /* words with boxes; then what is marked is not looked for any more */
    HIDDEN = 2               /* of the flags /F */
};

/* ---- annotations, one by one ---- */

/* A drawing may have hundreds of thousands of links: each is given up before the next is read. */
void pdf_walk_annotations(pdf_file *f, const pdf_object *page, pdf_annotation_function visit,
                          void *context)
{
    arena scratch;
    arena_init(&scratch, 0);
    pdf_objects_begin(f, &scratch);
    pdf_object list = pdf_get(f, page, "Annots");
    arena_mark mark = arena_set_mark(&scratch);
    for (uint32_t i = 0; list.kind == PDF_ARRAY && i < list.count; i++) {
        pdf_object annotation = pdf_resolve(f, &list.elements[i]);
        if (!visit(context, &annotation)) break;
        arena_rewind(&scratch, mark);
    }
    pdf_objects_begin(f, NULL);
    arena_done(&scratch);
}

/* A text string, trimmed, in the arena; "" for none and for a longer one. */
static view text_of(pdf_file *f, const pdf_object *dictionary, const char *key, size_t max_bytes)
{
    buffer text;
    pdf_object string = pdf_get(f, dictionary, key);
    if (string.kind != PDF_STRING) return VIEW("");
    buffer_init(&text, max_bytes);
    pdf_append_text(&string, &text);
    view kept =
        text.failed == KITH_OK ? arena_copy(f->memory, view_trim(buffer_view(&text))) : VIEW("");
    buffer_done(&text);
    return kept.data ? kept : VIEW("");
}

/* ---- comments ---- */

typedef struct note_reader {
    pdf_file *file;
    const pdf_layout *layout;
    buffer *out;
    buffer quote;
    uint32_t compared; /* words with boxes */
    uint32_t page;     /* from 0 */
    float top;         /* of its media box */
} note_reader;

static bool is_comment(pdf_file *f, const pdf_object *annotation)
{
    static const char *const KINDS[] = {"Text",   "Highlight", "Underline", "StrikeOut", "Squiggly",
                                        "Square", "Circle",    "Line",      "Polygon",   "PolyLine",
                                        "Stamp",  "Caret",     "Ink",       NULL};
    pdf_object kind = pdf_get(f, annotation, "Subtype"), flags = pdf_get(f, annotation, "F");
    // The state of a review ("Accepted") is a comment on a comment.
    if (pdf_entry(annotation, "StateModel").kind != PDF_NULL) return false;
    if (pdf_whole(&flags, UINT32_MAX, 0) & HIDDEN) return false;
    for (size_t i = 0; KINDS[i]; i++)
        if (pdf_is_name(&kind, KINDS[i])) return true;
    return false;
}

/* The words of a line whose middles are within the box. */
static void append_within(note_reader *r, const pdf_line *line, pdf_box box)
{
    const pdf_word *words = pdf_words(r->layout);
    uint32_t first = 0, count = 0;
    if (r->compared >= MAX_COMPARED) return;
    r->compared += line->count;
    for (uint32_t i = line->first; i < line->first + line->count; i++) {
        float x = (words[i].box.left + words[i].box.right) / 2;
        float y = (words[i].box.top + words[i].box.bottom) / 2;
        if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
        if (count == 0) first = i;
        count = i - first + 1;
    }
    if (count == 0) return;
    if (r->quote.size) buffer_append_byte(&r->quote, ' ');
    pdf_append_words(r->layout, first, count, &r->quote);
}

/* The words that are marked: the corners of a box for each line of them. */
static void find_quote(note_reader *r, const pdf_object *annotation)
{
    const pdf_page *page = &pdf_pages(r->layout)[r->page];
    pdf_object quads = pdf_get(r->file, annotation, "QuadPoints");
    buffer_reset(&r->quote);
    if (quads.kind != PDF_ARRAY) return;
    for (uint32_t i = 0; i + 8 <= quads.count && i < 8 * MAX_QUADS; i += 8) {
        const pdf_object *q = &quads.elements[i];
        pdf_box box = {1e6F, 1e6F, -1e6F, -1e6F};
        for (int k = 0; k < 8; k += 2) {
            float x = (float)q[k].number, y = r->top - (float)q[k + 1].number;
            box = (pdf_box){x < box.left ? x : box.left, y < box.top ? y : box.top,
                            x > box.right ? x : box.right, y > box.bottom ? y : box.bottom};
        }
        for (uint32_t k = page->first; k < page->first + page->count; k++)
            append_within(r, &pdf_lines(r->layout)[k], box);
    }
}

static bool add_note(void *context, const pdf_object *annotation)
{
    note_reader *r = context;
    pdf_file *f = r->file;
    if (!is_comment(f, annotation)) return true;
    pdf_note note = {.page = r->page, .text = text_of(f, annotation, "Contents", NOTE_MAX_BYTES)};
    if (note.text.size == 0) return true;
    view author = text_of(f, annotation, "T", AUTHOR_MAX_BYTES);
    bool is_reply = pdf_entry(annotation, "IRT").kind != PDF_NULL;
    find_quote(r, annotation);
    view quote = r->quote.failed == KITH_OK ? buffer_view(&r->quote) : VIEW("");
    // Some programs copy the marked words into the note.
    if (view_equal(quote, note.text)) quote = VIEW("");
    note.intro =
        view_of(arena_printf(f->memory, "%s%s%.*s%s%s%.*s%s", is_reply ? "Reply" : "Comment",
                             author.size ? " (" : "", VIEW_ARG(author), author.size ? ")" : "",
                             quote.size ? " on \"" : "", VIEW_ARG(quote), quote.size ? "\"" : ""));
    if (note.intro.data) buffer_append(r->out, (view){(const char *)&note, sizeof note});
    return r->out->failed == KITH_OK;
}

kith_status pdf_notes_read(pdf_file *f, const pdf_leaves *leaves, const pdf_layout *l, buffer *out,
                           kith_error *err)
{
    note_reader r = {.file = f, .layout = l, .out = out};
    buffer_init(&r.quote, QUOTE_MAX_BYTES);
    uint32_t pages = (uint32_t)size_min(pdf_leaf_count(leaves), pdf_page_count(l));
    for (uint32_t i = 0; i < pages && out->failed == KITH_OK; i++) {
        const pdf_leaf *leaf = pdf_leaf_at(leaves, i);
        r.page = i;
        r.top = leaf->top;
        pdf_walk_annotations(f, &leaf->page, add_note, &r);
    }
    buffer_done(&r.quote);
    if (out->failed == KITH_ERR_LIMIT) out->failed = KITH_OK; // the first ones are kept
    kith_status status = buffer_status(out, "the comments of a PDF", err);
    return status == KITH_OK ? pdf_file_status(f, err) : status;
}

/* ---- files within the file ---- */

typedef struct file_reader {
    pdf_file *file;
    extract_job *job;
    map *seen; /* numbers of the streams */
    kith_status status;
    kith_error *err;
} file_reader;

/* Without folders and control characters. */
static view clean_name(file_reader *r, view name)
{
    size_t start = name.size;
    while (start > 0 && name.data[start - 1] != '/' && name.data[start - 1] != '\\')
        start--;
    view base = view_slice(name, start, name.size);
    if (base.size == 0) return VIEW("file");
    char *clean = arena_new(r->job->memory, base.size);
    if (!clean) return (view){0};
    for (size_t i = 0; i < base.size; i++)
        clean[i] = (unsigned char)base.data[i] < ' ' ? '_' : base.data[i];
    return (view){clean, base.size};
}

static kith_status keep_file(file_reader *r, const pdf_object *stream, view name)
{
    attachment a = {.owner = r->job->stem, .name = clean_name(r, name)};
    if (!a.name.data) return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    if (!pdf_stream_read(r->file, stream, &a.bytes)) {
        const char *what = arena_printf(
            r->job->memory, "the file '%.*s' within the PDF cannot be unpacked", VIEW_ARG(a.name));
        return what ? extract_job_notice(r->job, what, r->err)
                    : fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    }
    buffer_append(&r->job->attachments, (view){(const char *)&a, sizeof a});
    return buffer_status(&r->job->attachments, "the list of files", r->err);
}

/* One file specification; without an embedded file it only names another one. */
static bool add_file(void *context, const pdf_object *key, const pdf_object *value)
{
    file_reader *r = context;
    pdf_object specification = pdf_resolve(r->file, value);
    pdf_object embedded = pdf_get(r->file, &specification, "EF"), link = pdf_entry(&embedded, "F");
    if (link.kind == PDF_NULL) link = pdf_entry(&embedded, "UF");
    pdf_object stream = pdf_resolve(r->file, &link);
    view number = {(const char *)&link.number, sizeof link.number};
    uint64_t known;
    if (!stream.is_stream || map_get(r->seen, number, &known)) return true;
    if (map_count(r->seen) == PDF_MAX_FILES) {
        r->status = extract_job_notice(
            r->job, "the PDF holds more than 1,000 files; the rest is not read", r->err);
        return false;
    }
    r->status = map_put(r->seen, number, 1);
    view name = text_of(r->file, &specification, "UF", NAME_MAX_BYTES);
    if (name.size == 0) name = text_of(r->file, &specification, "F", NAME_MAX_BYTES);
    if (name.size == 0 && key->kind == PDF_STRING) {
        const pdf_object pair[] = {{.kind = PDF_NAME, .text = VIEW("F")}, *key};
        pdf_object named = {.kind = PDF_DICTIONARY, .count = 1, .elements = pair};
        name = text_of(r->file, &named, "F", NAME_MAX_BYTES);
    }
    if (r->status == KITH_OK) r->status = keep_file(r, &stream, name);
    return r->status == KITH_OK;
}

/* A file that a paper clip on a page stands for. */
static bool add_clip(void *context, const pdf_object *annotation)
{
    file_reader *r = context;
    pdf_object kind = pdf_get(r->file, annotation, "Subtype");
    pdf_object specification = pdf_entry(annotation, "FS");
    return !pdf_is_name(&kind, "FileAttachment") || add_file(r, &(pdf_object){0}, &specification);
}

kith_status pdf_files_read(pdf_file *f, const pdf_leaves *leaves, extract_job *job, kith_error *err)
{
    file_reader r = {.file = f, .job = job, .seen = map_new(), .err = err};
    if (!r.seen) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for files");
    pdf_object trees = pdf_get(f, &f->catalog, "Names"), associated = pdf_get(f, &f->catalog, "AF");
    pdf_object root = pdf_get(f, &trees, "EmbeddedFiles");
    pdf_walk_pairs(f, &root, "Names", add_file, &r);
    for (uint32_t i = 0; associated.kind == PDF_ARRAY && i < associated.count; i++)
        if (r.status != KITH_OK || !add_file(&r, &(pdf_object){0}, &associated.elements[i])) break;
    for (uint32_t i = 0; i < pdf_leaf_count(leaves) && r.status == KITH_OK; i++)
        pdf_walk_annotations(f, &pdf_leaf_at(leaves, i)->page, add_clip, &r);
    map_free(r.seen);
    if (r.status != KITH_OK)
        return err->code != KITH_OK ? r.status : fail(err, r.status, "out of memory for files");
    return pdf_file_status(f, err);
}
