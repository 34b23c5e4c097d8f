/* identifier.h - the parts of a name as programs write it: getUserName, HTTPServer, sha256,
 * user_name, fine-tuning. A joint, which is a hyphen or one or more _, stands between two words;
 * the other cuts are within one word. Pure. */
#ifndef KITH_TEXT_IDENTIFIER_H
#define KITH_TEXT_IDENTIFIER_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

/* The next part of a run of letters and digits.
 * at  where to go on, 0 at first; moved behind the part
 * A run is cut before a capital that follows a small letter, before the last of several capitals
 * when a small letter follows it ("HTTP|Server"), and between letters and digits. Parts of one byte
 * are passed over. False, with *part untouched, when there are no more; at once for a run that is a
 * single part, or holds an apostrophe, a point or a comma ("don't", "v1.2.3"). */
bool identifier_next_part(view run, size_t *at, view *part);
/* The offset behind the joint that begins at `at` when a letter or digit follows it; else `at`. */
size_t identifier_skip_joint(view text, size_t at);
/* Copies the compound without its joints to out [compound.size], and returns the size. */
size_t identifier_without_joints(view compound, char *out);
/* Digits, points, commas and apostrophes only. */
bool identifier_is_number(view run);

#endif
