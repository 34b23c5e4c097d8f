/* fuzz_extract.c - any file under any name is documents that keep the contract, or an error.
 * Input: one byte that chooses the name, then the file. */
#include "base/utf8.h"
#include "extract/extract.h"
#include "extract/extract_foreign.h"
#include "extract/format.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_text(view v)
{
    CHECK(utf8_is_valid(v));
    CHECK(v.size == 0 || (!memchr(v.data, '\r', v.size) && !memchr(v.data, 0, v.size)));
}

static void check_document(const document *d)
{
    check_text(d->text);
    check_text(d->title);
    check_text(d->id);
    for (uint32_t i = 0; i < d->heading_count; i++) {
        CHECK(d->headings[i].offset < d->text.size);
        CHECK(i == 0 || d->headings[i].offset >= d->headings[i - 1].offset);
        check_text(d->headings[i].path);
    }
    for (uint32_t i = 0; i < d->mark_count; i++) {
        CHECK(d->marks[i].offset < d->text.size);
        CHECK(i == 0 || d->marks[i].offset > d->marks[i - 1].offset);
    }
    for (uint32_t i = 0; i < d->fields.count; i++)
        if (d->fields.entries[i].value.kind == METADATA_STRING)
            check_text(d->fields.entries[i].value.string);
}

static kith_status read_here(view name, view bytes, arena *a, extraction *out, kith_error *err)
{
    file_kind kind = format_detect(name, bytes).kind;
    if (format_is_mail(kind)) return extract_mail_file(name, bytes, a, out, err);
    return format_is_foreign(kind) ? extract_foreign(name, bytes, a, out, err)
                                   : extract(name, bytes, a, out, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {"a.html", "a.md", "a.json",  "a.jsonl", "a.csv", "a.tsv",
                                        "a.txt",  "a",    "a.ipynb", "a.eml",   "a.mbox"};
    if (size < 1) return 0;
    arena a;
    arena_init(&a, 0);
    extraction found = {0};
    kith_error err = {0};
    if (size > 5 && memcmp(bytes + 1, "%PDF-", 5) == 0) return 0; // would start a program
    view name = view_of(names[bytes[0] % (sizeof names / sizeof *names)]);
    kith_status status =
        read_here(name, (view){(const char *)bytes + 1, size - 1}, &a, &found, &err);
    CHECK(status == KITH_OK || err.message[0]);
    CHECK(status != KITH_ERR_INTERNAL);
    for (uint32_t i = 0; i < found.document_count; i++)
        check_document(&found.documents[i]);
    for (uint32_t i = 0; i < found.problem_count; i++)
        CHECK(found.problems[i].record > 0 && found.problems[i].reason.size > 0);
    arena_done(&a);
    return 0;
}
