/* schema_parse.h - what schema_parse.c needs of schema.c. Private to the two. */
#ifndef KITH_CHROMA_SCHEMA_PARSE_H
#define KITH_CHROMA_SCHEMA_PARSE_H

#include "chroma/schema.h"

/* Their names in JSON. */
const char *schema_kind_name(value_kind kind);
const char *schema_index_name(index_kind index);
value_kind schema_kind_of_index(index_kind index);
/* A new key at the end; NULL: out of memory. */
schema_key *schema_append(schema *s, arena *a, view name);

#endif
