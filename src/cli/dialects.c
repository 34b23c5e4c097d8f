/* dialects.c - see dialects.h. */
#include "cli/dialects.h"

#include "chroma/dialect.h"
#include "native/native.h"
#include "openai/openai.h"

#include <stddef.h>

// The first says what is wrong with a path that is nobody's.
const dialect *const dialect_table[] = {
    &openai_dialect, &native_dialect, &chroma_dialect, &chroma_v1_dialect, NULL,
};
