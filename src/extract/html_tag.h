/* html_tag.h - tags and their attributes, by the rules of the HTML Standard's tokenizer (13.2.5).
 * Pure; each function takes time linear in what it passes over. */
#ifndef KITH_EXTRACT_HTML_TAG_H
#define KITH_EXTRACT_HTML_TAG_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TAG_NAME_MAX_BYTES = 15, /* of the longest known element and more; longer ones are cut and not
                                known */
    TAG_MAX_ATTRIBUTES = 32  /* further ones are passed over */
};

typedef struct tag_attribute {
    view name;  /* as it is written */
    view value; /* as it is written, without quotes: entities are not decoded; may be empty */
} tag_attribute;

typedef struct html_tag {
    char name[TAG_NAME_MAX_BYTES + 1]; /* in lower case; without a prefix "m:" or "mml:" */
    size_t name_size;
    size_t end;               /* offset after its '>' */
    bool is_end;              /* "</" */
    bool self_closing;        /* "/>" */
    bool is_whole;            /* false when the text ends inside it */
    uint64_t attribute_marks; /* a bit for each name, by its first letter and length */
    unsigned attribute_count;
    tag_attribute attributes[TAG_MAX_ATTRIBUTES];
} html_tag;

/* Reads the tag that begins with the '<' at i. False when none does: a letter must follow "<" or
 * "</"; *out is then undefined. */
bool html_tag_read(view html, size_t i, html_tag *out);
static inline view html_tag_name(const html_tag *t)
{
    return (view){t->name, t->name_size};
}
/* The bit of attribute_marks for a name, letter case aside. */
static inline uint64_t html_name_mark(view name)
{
    return UINT64_C(1) << ((((unsigned char)name.data[0] | 0x20U) * 7 + name.size) & 63);
}
view html_tag_find_attribute(const html_tag *t, view name);
/* The attribute's value, with data NULL when there is no such attribute. name in lower case, not empty.
 * Most questions are about attributes that a tag has not, and end here, without a call. */
static inline view html_tag_attribute(const html_tag *t, const char *name)
{
    view wanted = view_of(name);
    if (!(t->attribute_marks & html_name_mark(wanted))) return (view){NULL, 0};
    return html_tag_find_attribute(t, wanted);
}
bool html_value_says(view value, view word);
/* The value is this word, or has it among others, letter case aside. */
static inline bool html_tag_says(const html_tag *t, const char *name, const char *word)
{
    view value = html_tag_attribute(t, name);
    return value.size > 0 && html_value_says(value, view_of(word));
}
/* Offset after the comment, declaration or processing instruction that begins with the '<' at i,
 * which '!' or '?' follows. */
size_t html_skip_declaration(view html, size_t i);
/* Offset of the '<' of the end tag of `name` at or after i; html.size when there is none. */
size_t html_find_end(view html, size_t i, view name);

#endif
