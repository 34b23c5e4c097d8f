/* fuzz_doc.c - any compound file gives the text of a Word file, which keeps the promises of
 * manuscript.h, or an error with a message. Input: the file. No program is started. */
#include "extract/doc_text.h"
#include "extract/extraction_check.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    arena a;
    arena_init(&a, 0);
    doc_file file;
    manuscript m;
    kith_error err = {0};
    extract_job job = {.memory = &a, .stem = VIEW("a")};
    manuscript_init(&m, &job);
    kith_status status = doc_open((view){(const char *)bytes, size}, &a, &file, &err);
    if (status == KITH_OK) status = doc_write_text(&file, &m, &err);
    CHECK(status == KITH_OK || err.message[0]);
    CHECK(status != KITH_ERR_INTERNAL);
    CHECK(status != KITH_OK || !manuscript_check(&m));
    manuscript_done(&m);
    arena_done(&a);
    return 0;
}
