/* extraction_check.c - two levels of trust. document_offsets_hold is what any consumer needs to
 * stay within the text, whoever made the document; extraction_check is what kith's own readers
 * promise on top of it, and only a bug in one of them can break. */
#include "extract/extraction_check.h"

#include "base/utf8.h"

static bool is_at_code_point(view text, size_t offset)
{
    if (offset >= text.size) return offset == text.size;
    return ((unsigned char)text.data[offset] & 0xC0) != 0x80;
}

bool document_offsets_hold(const document *d)
{
    for (uint32_t i = 0; i < d->heading_count; i++) {
        if (!is_at_code_point(d->text, d->headings[i].offset)) return false;
        if (i > 0 && d->headings[i].offset < d->headings[i - 1].offset) return false;
    }
    for (uint32_t i = 0; i < d->mark_count; i++) {
        if (!is_at_code_point(d->text, d->marks[i].offset)) return false;
        if (i > 0 && d->marks[i].offset < d->marks[i - 1].offset) return false;
    }
    return true;
}

static bool is_clean(view text)
{
    return utf8_is_valid(text) && (text.size == 0 || (!memchr(text.data, '\r', text.size) &&
                                                      !memchr(text.data, 0, text.size)));
}

static const char *check_headings(const document *d)
{
    for (uint32_t i = 0; i < d->heading_count; i++) {
        if (d->headings[i].offset >= d->text.size) return "a heading has no text behind it";
        if (!is_clean(d->headings[i].path)) return "a heading's path is not clean UTF-8";
    }
    return NULL;
}

static const char *check_marks(const document *d)
{
    for (uint32_t i = 0; i < d->mark_count; i++) {
        const place_mark *m = &d->marks[i];
        bool is_named =
            m->kind == PLACE_CHAPTER || m->kind == PLACE_POINTER || m->kind == PLACE_ANCHOR;
        bool has_number = m->kind != PLACE_NONE && !is_named;
        bool may_have_name = is_named || m->kind == PLACE_ROW || m->kind == PLACE_PAGE;
        if (m->offset >= d->text.size) return "a place has no text behind it";
        if (i > 0 && m->offset == d->marks[i - 1].offset) return "two places are at one offset";
        if (m->kind >= PLACE_KINDS) return "a place is of no kind";
        if (has_number != (m->number > 0)) return "a place's number does not fit its kind";
        if (m->name.size && !may_have_name) return "a place has a name that its kind has not";
        if (!utf8_is_valid(m->name)) return "a place's name is not UTF-8";
    }
    return NULL;
}

static bool is_clean_value(const metadata_value *value)
{
    if (value->kind == METADATA_STRING) return is_clean(value->string);
    for (uint32_t i = 0; value->kind == METADATA_LIST && i < value->list.count; i++)
        if (!is_clean_value(&value->list.elements[i])) return false;
    return true;
}

static const char *check_document(const document *d)
{
    if (!utf8_is_valid(d->id)) return "a document's id is not UTF-8";
    if (!utf8_is_valid(d->title)) return "a document's title is not UTF-8";
    if (!is_clean(d->text)) return "a document's text is not clean UTF-8";
    if (!document_offsets_hold(d))
        return "an offset is out of the text, of order, or in a character";
    const char *broken = check_headings(d);
    if (!broken) broken = check_marks(d);
    for (uint32_t i = 0; i < d->fields.count && !broken; i++) {
        const metadata_entry *e = &d->fields.entries[i];
        if (e->key.size == 0 || !utf8_is_valid(e->key)) broken = "a key of metadata is not UTF-8";
        if (!is_clean_value(&e->value)) broken = "metadata is not clean UTF-8";
    }
    return broken;
}

const char *extraction_check(const extraction *x)
{
    const char *broken = NULL;
    for (uint32_t i = 0; i < x->document_count && !broken; i++)
        broken = check_document(&x->documents[i]);
    for (uint32_t i = 0; i < x->problem_count && !broken; i++) {
        const extract_problem *p = &x->problems[i];
        if (p->status == KITH_OK || p->status > KITH_ERR_INTERNAL)
            broken = "a problem has no failure's status";
        if (p->reason.size == 0) broken = "a problem has no reason";
    }
    for (uint32_t i = 0; i < x->attachment_count && !broken; i++)
        if (!utf8_is_valid(x->attachments[i].owner) || !utf8_is_valid(x->attachments[i].name))
            broken = "an attachment's name is not UTF-8";
    return broken ? broken : notices_check(&x->notices);
}
