/* definition.h - questions what a thing is, and texts that say it. Pure. */
#ifndef KITH_ANSWER_DEFINITION_H
#define KITH_ANSWER_DEFINITION_H

#include "base/view.h"

#include <stdbool.h>

/* "gzip" of "What is gzip?", "hard link" of "Was ist ein Hard Link?": the thing, within `question` and
 * without its article; empty when the question asks for something else, or for a thing of more than
 * five words. */
view definition_asked(view question);

typedef enum definition_strength {
    DEFINITION_NONE,
    DEFINITION_DOES, /* "gzip compresses files", "The gzip command reduces ..." */
    DEFINITION_IS /* "A hard link is ...", "gzip, zcat - compress or expand files", "gzip: ..." */
} definition_strength;

/* Whether the text begins by saying what the thing is.
 * thing  not empty */
definition_strength definition_of(view text, view thing);

#endif
