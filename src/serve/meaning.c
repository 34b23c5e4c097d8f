/* meaning.c - see meaning.h. */
#include "serve/meaning.h"

static const shape_member meaning_members[] = {
    {"chunks", true, {SHAPE_INTEGER}, "of the collection"},
    {"waiting", true, {SHAPE_INTEGER}, "of them without a vector yet, found by words alone"},
    {0}};
const shape meaning_shape = {SHAPE_RECORD, .members = meaning_members, .name = "Meaning"};

void meaning_write(json_writer *w, uint64_t chunks, uint64_t waiting)
{
    json_key(w, "meaning");
    json_begin_object(w);
    json_member_unsigned(w, "chunks", chunks);
    json_member_unsigned(w, "waiting", waiting);
    json_end_object(w);
}
