/* extracted.h - one extraction and the arena that it lives in, for the tests of the formats. */
#ifndef KITH_TEST_EXTRACTED_H
#define KITH_TEST_EXTRACTED_H

#include "test.h"

#include "extract/extract.h"
#include "extract/extract_foreign.h"
#include "extract/extraction_check.h"
#include "extract/format.h"

typedef struct extracted {
    arena memory;
    extraction found;
    kith_error err;
} extracted;

/* Reads a file of any format in this process, without a worker. */
static inline kith_status extract_here(view name, view bytes, arena *a, extraction *out,
                                       kith_error *err)
{
    const extract_input input = {.name = name, .bytes = bytes};
    file_kind kind = format_detect(name, bytes).kind;
    if (format_is_mail(kind)) return extract_mail_file(&input, a, out, err);
    return format_is_foreign(kind) ? extract_foreign(&input, a, out, err)
                                   : extract(name, bytes, a, out, err);
}

static inline kith_status extracted_open(extracted *e, const char *name, view bytes)
{
    *e = (extracted){0};
    arena_init(&e->memory, 0);
    return extract_here(view_of(name), bytes, &e->memory, &e->found, &e->err);
}

static inline void extracted_done(extracted *e)
{
    arena_done(&e->memory);
}

/* Extracts what must give exactly `count` documents. */
static inline void extracted_expect(extracted *e, const char *name, view bytes, uint32_t count)
{
    kith_status status = extracted_open(e, name, bytes);
    if (status != KITH_OK) fail_msg("%s: %s", name, e->err.message);
    const char *broken = extraction_check(&e->found);
    if (broken) fail_msg("%s: %s", name, broken);
    assert_int_equal(e->found.document_count, count);
}

/* Extracts what must fail, with `words` in the message. */
static inline void extracted_expect_failure(const char *name, view bytes, kith_status status,
                                            const char *words)
{
    extracted e;
    assert_int_equal(extracted_open(&e, name, bytes), status);
    if (!strstr(e.err.message, words)) fail_msg("'%s' lacks '%s'", e.err.message, words);
    assert_null(e.found.documents);
    extracted_done(&e);
}

static inline void assert_view(view v, const char *expected)
{
    if (!view_equal(v, view_of(expected)))
        fail_msg("got \"%.*s\", expected \"%s\"", VIEW_ARG(v), expected);
}

static inline void assert_field(const document *d, const char *key, const char *expected)
{
    const metadata_value *value = metadata_get(&d->fields, view_of(key));
    if (!value) fail_msg("no field '%s'", key);
    assert_int_equal(value->kind, METADATA_STRING);
    assert_view(value->string, expected);
}

static inline void assert_heading(const document *d, uint32_t i, const char *text_at,
                                  const char *path)
{
    assert_true(i < d->heading_count);
    assert_view(d->headings[i].path, path);
    view rest = view_slice(d->text, d->headings[i].offset, d->text.size);
    if (!view_starts_with(rest, view_of(text_at)))
        fail_msg("heading %u is at \"%.20s\"", i, rest.data);
}

#endif
