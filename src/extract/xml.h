/* xml.h - XML as events, for the parts of Office and EPUB files.
 * Names come without their namespace prefix: the formats read here never use one local name for
 * two things in one part. No entity is expanded but the five of XML, no DTD is read: a document
 * with an internal one is refused, an external one is never loaded. */
#ifndef KITH_EXTRACT_XML_H
#define KITH_EXTRACT_XML_H

#include "base/status.h"
#include "base/view.h"

enum { XML_MAX_DEPTH = 256 };

typedef struct xml_attributes {
    const char *const *pairs; /* name, value, name, value, ..., NULL */
} xml_attributes;

/* The value of the attribute with this local name, one without a prefix first; or an empty view. */
view xml_attribute(xml_attributes attributes, const char *name);
/* The same, of attributes with a prefix alone: r:id beside id. */
view xml_prefixed_attribute(xml_attributes attributes, const char *name);

typedef struct xml_events {
    void *context;
    /* Anything but KITH_OK ends the reading with that status. `end` and `text` may be NULL. */
    kith_status (*start)(void *context, view name, xml_attributes attributes, kith_error *err);
    kith_status (*end)(void *context, view name, kith_error *err);
    kith_status (*text)(void *context, view text, kith_error *err); /* in pieces */
} xml_events;

/* Errors: KITH_ERR_FORMAT (not well-formed; a DTD), KITH_ERR_LIMIT (depth), KITH_ERR_NO_MEMORY,
 * and what an event returned. `part` names the document in messages. */
KITH_CHECKED kith_status xml_read(view bytes, view part, const xml_events *events, kith_error *err);

#endif
