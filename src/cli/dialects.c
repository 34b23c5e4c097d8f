/* dialects.c - see dialects.h. */
#include "cli/dialects.h"

#include "chroma/dialect.h"
#include "native/native.h"
#include "openai/openai.h"

#include <stddef.h>

const dialect *const dialect_table[] = {
    &chroma_dialect, &chroma_v1_dialect, &openai_dialect, &native_dialect, NULL,
};
