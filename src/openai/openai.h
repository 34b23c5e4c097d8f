/* openai.h - OpenAI's API, as far as kith has something to answer with: embeddings, models, chat
 * completions and responses. An answer comes from a collection, which the model's name chooses:
 * "kith" is the collection "default", "kith/NAME" the collection NAME. docs/decisions/035. */
#ifndef KITH_OPENAI_OPENAI_H
#define KITH_OPENAI_OPENAI_H

#include "serve/route.h"

extern const dialect openai_dialect;

#endif
