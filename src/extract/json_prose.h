/* json_prose.h - a text that JSON holds in pieces, as exports of chats, wikis and editors do:
 *
 *   ["On ", {"type": "bold", "text": "12 April"}, " at nine."]          Telegram
 *   [{"type": "text", "text": "When is the audit?"}]                    chats with an LLM
 *   {"type": "doc", "content": [{"type": "paragraph", "content": [...]}]}   ProseMirror, Atlassian
 *   {"rendered": "<p>...</p>"}                                          WordPress
 *
 * Pure. */
#ifndef KITH_EXTRACT_JSON_PROSE_H
#define KITH_EXTRACT_JSON_PROSE_H

#include "base/buffer.h"
#include "base/json.h"

#include <stdbool.h>

/* True when a list or an object holds a text in pieces: its strings, and those of the members "text",
 * "value", "rendered", "content", "parts" and "children" of the objects in it. What is said of a
 * piece ("type": "bold") is none of the text. */
bool json_prose_is(const json_value *value);
/* Appends that text: pieces as they follow each other, an element that holds pieces itself as a line
 * of its own. Failure is in the buffer's state. */
void json_prose_append(const json_value *value, buffer *out);

/* True when the value is a text once more, in pieces that say of what type they are, as chats export it
 * beside the text itself: all of its strings stand in `text`, but for types, styles and ids. */
bool json_prose_repeats(const json_value *value, view text);

#endif
