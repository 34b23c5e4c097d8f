/* identifier.h - the parts of a name as programs write it: getUserName, HTTPServer, sha256,
 * user_name, fine-tuning. Joints (_ and -) are between words; all else is within one. */
#ifndef KITH_TEXT_IDENTIFIER_H
#define KITH_TEXT_IDENTIFIER_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

/* The next part of a run of letters and digits, at or after *at (start with 0), which moves behind
 * it: cut before a capital after a small letter, before the last of several capitals when a small
 * letter follows, and between letters and digits. Parts of one character are passed over. False at
 * the end, and for a run that is one part or holds an apostrophe, a point or a comma. */
bool identifier_next_part(view run, size_t *at, view *part);
/* Past the joint at `at` (some _, or one hyphen) when a letter or digit follows; else `at`. */
size_t identifier_skip_joint(view text, size_t at);
/* Copies the compound without its joints; returns the size. out [compound.size] */
size_t identifier_without_joints(view compound, char *out);
/* Digits, points and commas only. */
bool identifier_is_number(view run);

#endif
