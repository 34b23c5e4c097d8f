/* prepare.c - validation, chunking, ids and metadata of one document. */
#include "ingest/prepare.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/chunk_place.h"
#include "os/clock.h"
#include "text/lead.h"

enum {
    DEFAULT_CHARACTERS = 1000,
    DEFAULT_TOKENS_MAX = 512, /* of a model that reads more */
    DEFAULT_OVERLAP = 200,
    PREFIX_MAX_BYTES = 240 /* of title or headings; about 60 tokens of the model's 256 */
};

kith_status prepare_chunk_options(const kith_chunk_options *o, embedder *e, chunk_options *out,
                                  kith_error *err)
{
    uint32_t max_tokens = e ? embedder_describe(e).max_tokens : 0;
    if (max_tokens) max_tokens -= embedder_special_tokens(e);
    bool in_tokens = o->unit == KITH_TOKENS;
    if (!in_tokens && o->unit != KITH_CHARACTERS)
        return fail(err, KITH_ERR_INVALID, "there is no unit %d of chunks", (int)o->unit);
    if (in_tokens && !max_tokens)
        return fail(err, KITH_ERR_INVALID,
                    "chunks in tokens need a local model, which counts them");
    uint32_t size = o->chunk_size ? o->chunk_size
                    : in_tokens   ? (uint32_t)size_min(max_tokens, DEFAULT_TOKENS_MAX)
                                  : DEFAULT_CHARACTERS;
    if (in_tokens && size > max_tokens)
        return fail(err, KITH_ERR_INVALID, "chunk size of %u tokens is over the model's %u", size,
                    max_tokens);
    uint32_t overlap = o->overlap < 0                            ? 0
                       : o->overlap > 0                          ? (uint32_t)o->overlap
                       : in_tokens || size != DEFAULT_CHARACTERS ? size / 5
                                                                 : DEFAULT_OVERLAP;
    if (size > CHUNK_MAX_SIZE)
        return fail(err, KITH_ERR_INVALID, "chunk size %u is over the limit of %d", size,
                    CHUNK_MAX_SIZE);
    if (overlap >= size)
        return fail(err, KITH_ERR_INVALID, "chunk overlap %u is not smaller than the chunk size %u",
                    overlap, size);
    *out = (chunk_options){
        .unit = in_tokens ? CHUNK_TOKENS : CHUNK_CHARACTERS,
        .size = size,
        .overlap = overlap,
        .max_tokens = max_tokens,
        .count_tokens = max_tokens ? embedder_count_tokens : NULL,
        .count_context = e,
    };
    return KITH_OK;
}

/* The last PREFIX_MAX_BYTES: of a path of headings, the innermost describe the chunk best. */
static view cut_prefix(view text)
{
    if (text.size <= PREFIX_MAX_BYTES) return text;
    size_t start = utf8_floor(text, text.size - PREFIX_MAX_BYTES);
    return view_slice(text, start, text.size);
}

/* The path of headings above the text at `offset`, or empty: that of the last heading that begins
 * at or before it. */
static view heading_at(const document *d, size_t offset)
{
    uint32_t low = 0, high = d->heading_count; // first heading after offset
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (d->headings[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? d->headings[low - 1].path : (view){"", 0};
}

/* "Title: T\n", "A > B\n", "T\n" or nothing; data is NULL when memory ran out. */
static view make_prefix(const document *d, view heading_path, arena *a)
{
    view title = cut_prefix(d->title), path = cut_prefix(heading_path);
    const char *text = "";
    if (d->title_is_prefix && title.size)
        text = arena_printf(a, "Title: %.*s\n", VIEW_ARG(title));
    else if (path.size)
        text = arena_printf(a, "%.*s\n", VIEW_ARG(path));
    else if (title.size)
        text = arena_printf(a, "%.*s\n", VIEW_ARG(title));
    return view_of(text);
}

/* The tokens of the longest prefix that a chunk of the document can get. */
static uint32_t longest_prefix_tokens(const document *d, embedder *e, arena *a)
{
    uint32_t longest = embedder_count_tokens(e, make_prefix(d, (view){"", 0}, a));
    for (uint32_t i = 0; i < d->heading_count; i++) {
        uint32_t tokens = embedder_count_tokens(e, make_prefix(d, d->headings[i].path, a));
        if (tokens > longest) longest = tokens;
    }
    return longest;
}

static kith_status validate_length(const document *d, uint32_t min_characters, kith_error *err)
{
    if (min_characters == 0) return KITH_OK;
    view content = view_trim(d->text);
    if (content.size == 0) return fail(err, KITH_ERR_INVALID, "content is missing");
    size_t characters = utf8_count(content);
    if (characters < min_characters)
        return fail(err, KITH_ERR_INVALID, "content has %zu character%s, at least %u are needed",
                    characters, characters == 1 ? "" : "s", min_characters);
    return KITH_OK;
}

/* *out: the document's own fields, then those that kith adds. A title that the document has among
 * its own fields stays. */
static kith_status document_fields(const document *d, const prepare_options *options, arena *a,
                                   metadata *out, kith_error *err)
{
    kith_status status = KITH_OK;
    char *processed_at = arena_new(a, 21);
    if (!processed_at) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    clock_format_utc(options->now_ms, processed_at);
    for (uint32_t i = 0; i < d->fields.count && status == KITH_OK; i++)
        status = metadata_set(out, d->fields.entries[i].key, d->fields.entries[i].value, err);
    if (status == KITH_OK && d->title.size && !metadata_get(out, VIEW("title")))
        status = metadata_set_string(out, "title", d->title, err);
    if (status == KITH_OK)
        status = metadata_set_string(out, "processed_at", view_of(processed_at), err);
    if (status == KITH_OK)
        status = metadata_set_integer(out, "content_length", (int64_t)utf8_count(d->text), err);
    return status;
}

static kith_status chunk_fields(const document *d, const chunk *c, view heading_path, metadata *m,
                                kith_error *err)
{
    const struct {
        const char *key;
        int64_t value;
    } numbers[] = {
        {"char_count", (int64_t)c->char_end - c->char_start},
        {"char_start", c->char_start},
        {"char_end", c->char_end},
        {"line_start", (int64_t)c->line_start + d->line_offset},
        {"line_end", (int64_t)c->line_end + d->line_offset},
    };
    size_t count = sizeof numbers / sizeof numbers[0] - (d->text_is_file ? 0 : 2);
    kith_status status = KITH_OK;
    for (size_t i = 0; i < count && status == KITH_OK; i++)
        status = metadata_set_integer(m, numbers[i].key, numbers[i].value, err);
    if (status == KITH_OK && heading_path.size)
        status = metadata_set_string(m, "heading", heading_path, err);
    return status;
}

/* data == NULL: out of memory. Any of them may hold NUL bytes. */
static view text_to_embed(view prefix, view lead_in, view content, arena *a)
{
    const view parts[] = {prefix, lead_in, lead_in.size ? VIEW("\n") : VIEW(""), content};
    char *text = arena_new(a, prefix.size + lead_in.size + 1 + content.size);
    size_t size = 0;
    for (size_t i = 0; text && i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].size) memcpy(text + size, parts[i].data, parts[i].size);
        size += parts[i].size;
    }
    return (view){text, size};
}

static kith_status make_point(prepared_document *p, uint32_t i, const metadata *shared, arena *a,
                              store_point *out, kith_error *err)
{
    const document *d = p->origin;
    const chunk *c = &p->chunks[i];
    metadata fields = {.memory = a};
    view heading_path = heading_at(d, c->start), content = view_slice(d->text, c->start, c->end);
    view prefix = make_prefix(d, heading_path, a);
    view lead_in = lead_text(view_slice(d->text, c->lead_start, c->lead_end));
    const char *key = arena_printf(a, "%.*s_%u", VIEW_ARG(p->document.key), i);
    p->embedded[i] = text_to_embed(prefix, lead_in, content, a);
    if (!prefix.data || !key || !p->embedded[i].data)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a chunk");

    kith_status status = KITH_OK;
    for (uint32_t f = 0; f < shared->count && status == KITH_OK; f++)
        status = metadata_set(&fields, shared->entries[f].key, shared->entries[f].value, err);
    if (status == KITH_OK) status = metadata_set_integer(&fields, "chunk_index", i, err);
    if (status == KITH_OK)
        status = metadata_set_integer(&fields, "total_chunks", p->document.point_count, err);
    if (status == KITH_OK) status = chunk_fields(d, c, heading_path, &fields, err);
    if (status == KITH_OK && lead_in.size)
        status = metadata_set_string(&fields, "lead_in", lead_in, err);
    if (status == KITH_OK) status = place_add_fields(d, c, a, &fields, err);
    *out = (store_point){.key = view_of(key), .content = content};
    if (status == KITH_OK) status = metadata_to_json(&fields, a, &out->metadata, err);
    p->headings[i] = heading_path;
    p->leads[i] = lead_in;
    const metadata_value *where = metadata_get(&fields, VIEW("place"));
    p->places[i] = where && where->kind == METADATA_STRING ? where->string : VIEW("");
    return status;
}

/* The end of the part that begins at mark `i`: the offset of the next mark that separates parts, or
 * of the text's end. *next is that mark's number, or mark_count. */
static size_t end_of_part(const document *d, uint32_t i, uint32_t *next)
{
    for (*next = i + 1; *next < d->mark_count; ++*next)
        if (place_separates(d, *next)) return d->marks[*next].offset;
    return d->text.size;
}

/* Appends the chunks of text[start, end) to `out`, with positions in the whole text. *at has the
 * characters and line ends before `start`, and is advanced to `end`. */
static kith_status chunk_part(const document *d, size_t start, size_t end,
                              const chunk_options *sizes, chunk *at, arena *a, buffer *out,
                              kith_error *err)
{
    chunk *chunks = NULL;
    uint32_t count = 0;
    view part = view_slice(d->text, start, end);
    kith_status status = chunk_text(part, sizes, a, &chunks, &count, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++) {
        chunk *c = &chunks[i];
        c->start += (uint32_t)start;
        c->end += (uint32_t)start;
        c->lead_start += (uint32_t)start;
        c->lead_end += (uint32_t)start;
        c->char_start += at->char_start;
        c->char_end += at->char_start;
        c->line_start += at->line_start;
        c->line_end += at->line_start;
    }
    buffer_append(out, (view){(const char *)chunks, count * sizeof *chunks});
    at->char_start += (uint32_t)utf8_count(part);
    for (size_t i = 0; i < part.size; i++)
        at->line_start += part.data[i] == '\n';
    return buffer_status(out, "the list of chunks", err);
}

/* Chunks of the document's text, none of which reaches from one slide, sheet or chapter into the
 * next.
 * *out  [*out_count] in `a` */
static kith_status chunk_document(const document *d, const chunk_options *sizes, arena *a,
                                  chunk **out, uint32_t *out_count, kith_error *err)
{
    if (d->mark_count == 0) return chunk_text(d->text, sizes, a, out, out_count, err);
    buffer all;
    chunk at = {0};
    uint32_t next = 0;
    size_t start = 0, end = place_separates(d, 0) ? d->marks[0].offset : end_of_part(d, 0, &next);
    buffer_init(&all, (size_t)CHUNK_MAX_COUNT * sizeof(chunk));
    kith_status status = KITH_OK;
    while (status == KITH_OK && start < d->text.size) {
        status = chunk_part(d, start, end, sizes, &at, a, &all, err);
        start = end;
        if (next < d->mark_count) end = end_of_part(d, next, &next);
    }
    if (status == KITH_OK) {
        *out_count = (uint32_t)(all.size / sizeof(chunk));
        *out = arena_new(a, all.size);
        if (!*out)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for chunks");
        else if (all.size)
            memcpy(*out, all.data, all.size);
    }
    buffer_done(&all);
    return status;
}

kith_status prepare_document(const document *from, view id, const prepare_options *options,
                             arena *a, prepared_document *out, kith_error *err)
{
    chunk_options sizes;
    chunk *chunks = NULL;
    uint32_t count = 0;
    metadata shared = {.memory = a};
    kith_status status = validate_length(from, options->min_characters, err);
    if (status == KITH_OK)
        status = prepare_chunk_options(&options->chunk, options->embedder, &sizes, err);
    if (status != KITH_OK) return status;
    if (sizes.max_tokens) {
        uint32_t prefix = longest_prefix_tokens(from, options->embedder, a);
        sizes.max_tokens -= prefix < sizes.max_tokens / 2 ? prefix : sizes.max_tokens / 2;
        if (sizes.unit == CHUNK_TOKENS && sizes.size > sizes.max_tokens)
            sizes.size = sizes.max_tokens;
        if (sizes.overlap >= sizes.size) sizes.overlap = sizes.size / 5;
    }
    const metadata_value *type = metadata_get(&from->fields, VIEW("type"));
    // What looks like a table in a program is none.
    sizes.find_leads =
        !type || type->kind != METADATA_STRING || !view_equal(type->string, VIEW("code"));
    status = chunk_document(from, &sizes, a, &chunks, &count, err);
    if (status == KITH_OK) status = document_fields(from, options, a, &shared, err);

    store_point *points = arena_new_array(a, store_point, count);
    prepared_document p = {
        .document = {.key = id,
                     .title = from->title,
                     .text = from->text,
                     .updated_ms = options->now_ms,
                     .points = points,
                     .point_count = count},
        .embedded = arena_new_array(a, view, count),
        .headings = arena_new_array(a, view, count),
        .leads = arena_new_array(a, view, count),
        .places = arena_new_array(a, view, count),
        .chunks = chunks,
        .origin = from,
    };
    if (status == KITH_OK && (!points || !p.embedded || !p.headings || !p.leads || !p.places))
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u chunks", count);
    if (status == KITH_OK) status = metadata_to_json(&shared, a, &p.document.metadata, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = make_point(&p, i, &shared, a, &points[i], err);
    if (status == KITH_OK) *out = p;
    return status;
}
