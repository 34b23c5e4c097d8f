/* json_text.h - a JSON value as text with its keys: a line for each scalar, which names the keys that
 * lead to it, so that a line says what it means wherever the text is cut:
 *
 *   {"scripts": {"test": "node t.js"}, "files": ["a", "b"]}
 *
 *   scripts > test: node t.js
 *   files: a, b
 *
 * null, empty strings, lists and objects give no line. What only programs read is told by its size:
 * "[384 numbers]" for more numbers than 32, "[1024 characters]" for encoded bytes. */
#ifndef KITH_EXTRACT_JSON_TEXT_H
#define KITH_EXTRACT_JSON_TEXT_H

#include "base/json.h"
#include "extract/manuscript.h"

/* Appends the lines of the value as blocks, each at the place of its JSON pointer. The lines of an
 * element of a list of objects follow one another, since they are told together; a blank line stands
 * before any other.
 * pointer  of the value: "" for the whole file, "/items/3"
 * Errors: those of manuscript_block and manuscript_place. */
KITH_CHECKED kith_status json_text_write(manuscript *m, const json_value *value, view pointer,
                                         kith_error *err);

/* Appends the lines of a member beside a record's text, "\n" behind each, leaving out what
 * record_is_searched() does, and what would be told by its size. */
void json_text_member(const json_member *member, buffer *lines);

#endif
