/* reader.c - the weighted sum. */
#include "answer/reader.h"

#include "answer/reader_weights.h"

const reader_rule reader_second = {READER_SURE, READER_UNLIKELY, READER_SECOND_MAX_BYTES};

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
