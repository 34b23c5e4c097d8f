/* misspelling.h - whether one word may be another with a typing error. Pure. */
#ifndef KITH_ANSWER_MISSPELLING_H
#define KITH_ANSWER_MISSPELLING_H

#include "base/view.h"

#include <stdbool.h>

enum { MISSPELLING_LEAST_BYTES = 5 /* words that are shorter must agree */ };

/* The words are the same in any case, or differ as a typing error makes them: by a letter, from nine
 * bytes on by two, but not the first one, which is hardly ever wrong. */
bool misspelling_of(view a, view b);

#endif
