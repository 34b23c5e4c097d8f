/* fuzz_wire.c - any answer of a parser that a hostile file took over is refused, or read as
 * documents whose offsets hold and whose strings are UTF-8. */
#include "base/utf8.h"
#include "extract/extraction_check.h"
#include "extract/extraction_wire.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_document(const document *d)
{
    CHECK(utf8_is_valid(d->text) && utf8_is_valid(d->title) && utf8_is_valid(d->id));
    CHECK(document_offsets_hold(d));
    for (uint32_t i = 0; i < d->heading_count; i++)
        CHECK(utf8_is_valid(d->headings[i].path));
    for (uint32_t i = 0; i < d->mark_count; i++)
        CHECK(d->marks[i].kind < PLACE_KINDS && utf8_is_valid(d->marks[i].name));
    for (uint32_t i = 0; i < d->fields.count; i++)
        CHECK(utf8_is_valid(d->fields.entries[i].key));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    arena a;
    extraction found = {0};
    kith_error err = {0};
    arena_init(&a, (size_t)256 << 20);
    kith_status status = extraction_read((view){(const char *)bytes, size}, &a, &found, &err);
    for (uint32_t i = 0; status == KITH_OK && i < found.document_count; i++)
        check_document(&found.documents[i]);
    arena_done(&a);
    return 0;
}
