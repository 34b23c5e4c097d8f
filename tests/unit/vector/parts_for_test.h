/* parts_for_test.h - the parts of a saved index in memory, whose pages are counted and can be made bad. */
#ifndef KITH_PARTS_FOR_TEST_H
#define KITH_PARTS_FOR_TEST_H

#include "vectors_for_test.h"

#include <stdatomic.h>

enum { PARTS_MAX_BYTES = 256 << 20, NO_PAGE = UINT32_MAX };

typedef struct page_file {
    buffer bytes;
    _Atomic(uint32_t) pages; /* that were read, each as often as it was */
    _Atomic(uint32_t) bad_page;
    uint32_t closed;
} page_file;

typedef struct saved_parts {
    page_file vectors, graph, codes;
    vector_index_options options;
    uint32_t slots;
} saved_parts;

static inline uint32_t pages_of(const page_file *f)
{
    return (uint32_t)((f->bytes.size + LAZY_PAGE_BYTES - 1) / LAZY_PAGE_BYTES);
}

static inline kith_status read_test_pages(void *context, uint64_t first, uint32_t count, void *to,
                                          kith_error *err)
{
    page_file *f = context;
    char *out = to;
    if (first + count > pages_of(f)) abort();
    for (uint64_t page = first; page < first + count; page++) {
        size_t at = (size_t)page * LAZY_PAGE_BYTES, left = f->bytes.size - at;
        if (left > LAZY_PAGE_BYTES) left = LAZY_PAGE_BYTES;
        memset(out, 0xee, LAZY_PAGE_BYTES); // what fills up the last page, and what a bad one holds
        if (page == f->bad_page) return fail(err, KITH_ERR_IO, "page %u is bad", (unsigned)page);
        memcpy(out, f->bytes.data + at, left);
        out += LAZY_PAGE_BYTES;
        f->pages++;
    }
    return KITH_OK;
}

static inline void close_test_file(void *context)
{
    page_file *f = context;
    f->closed++;
}

static inline lazy_source source_of(page_file *f)
{
    return (lazy_source){read_test_pages, close_test_file, f, f->bytes.size};
}

static inline vector_index_parts sources_of(saved_parts *p)
{
    vector_index_parts from = {source_of(&p->vectors), source_of(&p->graph), {0}, p->slots};
    if (p->codes.bytes.size) from.codes = source_of(&p->codes);
    return from;
}

static inline void forget_counts(saved_parts *p)
{
    page_file *files[] = {&p->vectors, &p->graph, &p->codes};
    for (size_t i = 0; i < 3; i++) {
        files[i]->pages = files[i]->closed = 0;
        files[i]->bad_page = NO_PAGE;
    }
}

/* What the view of `ix` has, as parts; free with parts_done. */
static inline saved_parts saved_view(const vector_view *seen)
{
    kith_error err;
    const vector_index *ix = seen->index;
    saved_parts p = {.options = *vector_index_describe(ix), .slots = vector_index_slots(seen)};
    page_file *files[] = {&p.vectors, &p.graph, &p.codes};
    for (size_t i = 0; i < 3; i++)
        buffer_init(&files[i]->bytes, PARTS_MAX_BYTES);
    vector_index_write_rows(seen, &p.vectors.bytes);
    vector_index_write_graph(seen, &p.graph.bytes);
    if (vector_index_has_codes(ix)) vector_index_write_codes(ix, &p.codes.bytes);
    for (size_t i = 0; i < 3; i++)
        assert_ok(buffer_status(&files[i]->bytes, "part", &err));
    forget_counts(&p);
    return p;
}

static inline saved_parts saved(const vector_index *ix)
{
    const vector_view all = view_of_all(ix, NULL);
    return saved_view(&all);
}

static inline void parts_done(saved_parts *p)
{
    buffer_done(&p->vectors.bytes);
    buffer_done(&p->graph.bytes);
    buffer_done(&p->codes.bytes);
}

static inline kith_status try_open(saved_parts *p, vector_index **out, kith_error *err)
{
    const vector_index_parts from = sources_of(p);
    return vector_index_open(&p->options, &from, out, err);
}

static inline vector_index *opened(saved_parts *p)
{
    kith_error err = {0};
    vector_index *ix = NULL;
    assert_ok(try_open(p, &ix, &err));
    return ix;
}

/* Reads and verifies all that is left. */
static inline kith_status read_all(vector_index *ix, kith_error *err)
{
    bool is_done = false;
    kith_status status = KITH_OK;
    while (status == KITH_OK && !is_done)
        status = vector_index_read_on(ix, 1, NULL, &is_done, err);
    return status;
}

/* Opens them and reads all; the index is freed when that fails. */
static inline kith_status open_and_read(saved_parts *p, vector_index **out, kith_error *err)
{
    vector_index *ix = NULL;
    kith_status status = try_open(p, &ix, err);
    if (status == KITH_OK) status = read_all(ix, err);
    if (status == KITH_OK)
        *out = ix;
    else
        vector_index_free(ix);
    return status;
}

#endif
