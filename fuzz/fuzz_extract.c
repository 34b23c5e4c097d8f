/* fuzz_extract.c - any file under any name gives documents that keep the promises of extract.h, or
 * an error with a message. Input: one byte that chooses the name, then the file. With the argument
 * name=a.rtf all of a run goes to that one reader; the byte is passed over then. */
#include "extract/extract.h"
#include "extract/extract_foreign.h"
#include "extract/extraction_check.h"
#include "extract/format.h"
#include "extract/outside_program.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static const char *chosen; // by name=; NULL: by the input's first byte

/* Titles and ids may hold a carriage return only by way of the file's name, which has none here. */
static void check_name(view v)
{
    CHECK(v.size == 0 || (!memchr(v.data, '\r', v.size) && !memchr(v.data, 0, v.size)));
}

static kith_status read_here(view name, view bytes, arena *a, extraction *out, kith_error *err)
{
    const extract_input input = {.name = name, .bytes = bytes};
    file_kind kind = format_detect(name, bytes).kind;
    if (format_is_mail(kind)) return extract_mail_file(&input, a, out, err);
    return format_is_foreign(kind) ? extract_foreign(&input, a, out, err)
                                   : extract(name, bytes, a, out, err);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    int kept = 1;
    for (int i = 1; i < *count; i++)
        if (strncmp((*arguments)[i], "name=", 5) == 0)
            chosen = (*arguments)[i] + 5;
        else
            (*arguments)[kept++] = (*arguments)[i];
    *count = kept;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {
        "a.html",  "a.md",   "a.json", "a.jsonl", "a.csv",  "a.tsv", "a.txt", "a",
        "a.ipynb", "a.eml",  "a.mbox", "a.rtf",   "a.srt",  "a.vcf", "a.ics", "a.tar",
        "a.gz",    "a.zip",  "a.fodt", "a.fods",  "a.fodp", "a.xml", "a.xls", "a.ppt",
        "a.msg",   "a.tnef", "a.bz2",  "a.xz",    "a.zst",  "a.mht", "a.vtt", "a.yaml",
        "a.toml",  "a.rst",  "a.org",  "a.adoc",  "a.tex",  "a.py"};
    if (size < 1) return 0;
    arena a;
    arena_init(&a, 0);
    extraction found = {0};
    kith_error err = {0};
    view name = view_of(chosen ? chosen : names[bytes[0] % (sizeof names / sizeof *names)]);
    view file = {(const char *)bytes + 1, size - 1};
    if (outside_program_reads(format_detect(name, file).kind)) return 0; // starts a program
    kith_status status = read_here(name, file, &a, &found, &err);
    CHECK(status == KITH_OK || err.message[0]);
    CHECK(status != KITH_ERR_INTERNAL);
    CHECK(!extraction_check(&found));
    for (uint32_t i = 0; i < found.document_count; i++) {
        check_name(found.documents[i].title);
        check_name(found.documents[i].id);
    }
    for (uint32_t i = 0; i < found.problem_count; i++)
        CHECK(found.problems[i].record > 0);
    arena_done(&a);
    return 0;
}
