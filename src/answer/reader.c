/* reader.c - the weighted sum. */
#include "answer/reader.h"

#include "answer/reader_weights.h"

/* From here on passages are of a manual: in the mean articles have 0.1, real manuals 0.4. */
static const float manual_form = 0.25F;

const reader_rule *reader_second(float form)
{
    return &reader_rules[form >= manual_form];
}

bool reader_knows(view fingerprint)
{
    return view_equal(fingerprint, view_of(reader_fingerprint));
}

float reader_score(const reader_signals *s, bool knows_tokens)
{
    float sum = 0;
    for (int i = 0; i < READER_SIGNALS; i++)
        sum += reader_weights[knows_tokens][i] * s->at[i];
    return sum;
}
