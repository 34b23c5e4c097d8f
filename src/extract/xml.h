/* xml.h - XML as events, for the parts of Office and EPUB files.
 * Names come without their namespace prefix: the formats read here never use one local name for two
 * things in one part. No entity is expanded but XML's own five, so none can multiply: a document
 * with an internal DTD is refused, and an external one is never loaded. */
#ifndef KITH_EXTRACT_XML_H
#define KITH_EXTRACT_XML_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { XML_MAX_DEPTH = 256 };

typedef struct xml_attributes {
    const char *const *pairs; /* name, value, name, value, ..., NULL */
} xml_attributes;

/* The value of the attribute `name`: of the one without a prefix if there is one, else of the first
 * with a prefix; an empty view when there is none. Borrowed for the event. */
view xml_attribute(xml_attributes attributes, const char *name);
/* The same among attributes with a prefix only: r:id where there is an id too. */
view xml_prefixed_attribute(xml_attributes attributes, const char *name);

/* Names that may matter, by length and first letter: most elements of a document are none of them,
 * and need not be compared with each. */
typedef struct xml_names {
    uint64_t letters[32]; /* [bytes of the name] bit (letter - 'A') */
} xml_names;

/* Adds the names of a list that ends with NULL; each has 1 to 31 bytes and begins with a letter. */
static inline void xml_names_add(xml_names *n, const char *const *names)
{
    for (; *names; names++)
        n->letters[strlen(*names) & 31] |= UINT64_C(1) << (((unsigned char)**names - 'A') & 63);
}

/* False when the name is certainly none of them. */
static inline bool xml_names_may_have(const xml_names *n, view name)
{
    return name.size && name.size < 32 &&
           n->letters[name.size] >> (((unsigned char)name.data[0] - 'A') & 63) & 1;
}

typedef struct xml_events {
    void *context;
    /* Called in the order of the document; views are borrowed for the call. Any status but KITH_OK
     * ends the reading with it. `end` and `text` may be NULL. */
    kith_status (*start)(void *context, view name, xml_attributes attributes, kith_error *err);
    kith_status (*end)(void *context, view name, kith_error *err);
    kith_status (*text)(void *context, view text,
                        kith_error *err); /* a text comes in any number of pieces */
} xml_events;

/* Reads the document to its end.
 * bytes  in an encoding that expat knows: UTF-8, UTF-16, ISO-8859-1
 * part   names the document in messages
 * Errors: KITH_ERR_FORMAT (not well-formed; an internal DTD), KITH_ERR_LIMIT (more than
 * XML_MAX_DEPTH open elements), KITH_ERR_NO_MEMORY, and what an event returned. Any thread. */
KITH_CHECKED kith_status xml_read(view bytes, view part, const xml_events *events, kith_error *err);

#endif
