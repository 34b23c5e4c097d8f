/* xml.c - expat with a limit on depth, which it lacks, and without declarations. expat calls back
 * even after XML_StopParser (the end of an empty element, for one), so every handler first looks at
 * the status. */
#include "extract/xml.h"

#include "base/size.h"

#include <expat.h>

enum { PIECE_BYTES = 1 << 20 }; // expat takes an int

typedef struct reading {
    XML_Parser parser;
    const xml_events *events;
    uint32_t depth;
    kith_status status; // the first failure of an event, or of our own rules
    kith_error *err;
} reading;

static view local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return view_of(colon ? colon + 1 : name);
}

view xml_prefixed_attribute(xml_attributes attributes, const char *name)
{
    for (const char *const *pair = attributes.pairs; *pair; pair += 2)
        if (strchr(pair[0], ':') && view_equal(local_name(pair[0]), view_of(name)))
            return view_of(pair[1]);
    return (view){"", 0};
}

view xml_attribute(xml_attributes attributes, const char *name)
{
    for (const char *const *pair = attributes.pairs; *pair; pair += 2)
        if (view_equal(view_of(pair[0]), view_of(name))) return view_of(pair[1]);
    return xml_prefixed_attribute(attributes, name);
}

static void stop_on(reading *r, kith_status status)
{
    if (status == KITH_OK || r->status != KITH_OK) return;
    r->status = status;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    reading *r = context;
    if (r->status != KITH_OK) return;
    if (r->depth++ == XML_MAX_DEPTH) {
        stop_on(r, fail(r->err, KITH_ERR_LIMIT, "XML elements are nested more than %d deep",
                        XML_MAX_DEPTH));
        return;
    }
    xml_attributes all = {(const char *const *)attributes};
    stop_on(r, r->events->start(r->events->context, local_name(name), all, r->err));
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    reading *r = context;
    if (r->status != KITH_OK) return;
    r->depth--;
    if (r->events->end) stop_on(r, r->events->end(r->events->context, local_name(name), r->err));
}

static void XMLCALL on_text(void *context, const XML_Char *text, int size)
{
    reading *r = context;
    if (r->status != KITH_OK || !r->events->text) return;
    stop_on(r, r->events->text(r->events->context, (view){text, (size_t)size}, r->err));
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_internal_subset)
{
    (void)name, (void)system, (void)public;
    reading *r = context;
    if (has_internal_subset)
        stop_on(r, fail(r->err, KITH_ERR_FORMAT, "the XML declares entities or a DTD of its own"));
}

static kith_status feed(reading *r, view bytes, view part)
{
    for (size_t at = 0; r->status == KITH_OK;) {
        size_t size = size_min(bytes.size - at, PIECE_BYTES);
        bool is_last = at + size == bytes.size;
        enum XML_Status result = XML_Parse(r->parser, bytes.data + at, (int)size, is_last);
        if (r->status != KITH_OK) break;
        if (result != XML_STATUS_OK) {
            enum XML_Error why = XML_GetErrorCode(r->parser);
            kith_status status = why == XML_ERROR_NO_MEMORY ? KITH_ERR_NO_MEMORY : KITH_ERR_FORMAT;
            return fail(r->err, status, "'%.*s', line %lu: %s", VIEW_ARG(part),
                        XML_GetCurrentLineNumber(r->parser), XML_ErrorString(why));
        }
        at += size;
        if (is_last) break;
    }
    return r->status;
}

kith_status xml_read(view bytes, view part, const xml_events *events, kith_error *err)
{
    reading r = {.parser = XML_ParserCreate(NULL), .events = events, .err = err};
    if (!r.parser) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for XML");
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    kith_status status = feed(&r, bytes, part);
    XML_ParserFree(r.parser);
    return status;
}
