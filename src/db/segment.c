/* segment.c - what of a point its words are, and the two parts kept row by row. */
#include "db/segment.h"

#include "base/arena.h"
#include "base/holders.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

segment *segment_new(uint32_t first_row)
{
    segment *s = heap_new_array(1, sizeof *s);
    if (!s) return NULL;
    atomic_init(&s->holders, 1);
    s->first_row = s->end_row = first_row;
    s->words = bm25_segment_new(first_row);
    s->fields = columns_new(first_row);
    if (s->words && s->fields) return s;
    segment_release(s);
    return NULL;
}

segment *segment_hold(segment *s)
{
    holders_add(&s->holders);
    return s;
}

void segment_release(segment *s)
{
    if (!s || !holders_leave(&s->holders)) return;
    bm25_segment_free(s->words);
    columns_free(s->fields);
    free(s);
}

size_t segment_bytes(const segment *s)
{
    return sizeof *s + bm25_segment_bytes(s->words) + columns_bytes(s->fields);
}

static view text_field(const metadata *fields, view name)
{
    const metadata_value *value = metadata_get(fields, name);
    return value && value->kind == METADATA_STRING ? value->string : VIEW("");
}

/* "Super_Bowl_50" of "/articles/Super_Bowl_50.txt". */
static view file_stem(view path)
{
    size_t start = path.size, end = path.size;
    while (start > 0 && path.data[start - 1] != '/')
        start--;
    for (size_t i = start; i < path.size; i++)
        if (path.data[i] == '.' && i > start) end = i;
    return view_slice(path, start, end);
}

static kith_status join(const view *parts, size_t count, arena *a, view *out, kith_error *err)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    char *text = arena_new(a, size_max(size, 1));
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the word index");
    *out = (view){text, size};
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size) memcpy(text, parts[i].data, parts[i].size);
        text += parts[i].size;
    }
    return KITH_OK;
}

/* Title, heading path and lead are indexed before the text, as they are embedded before it; a path
 * that begins with the title has it already. A text with neither is given the name of its file, if
 * it came from one. The order is also what head_size needs: the words of the first bytes count as
 * near to all the others. */
kith_status segment_words_append(bm25_segment *words, const metadata *fields, view content,
                                 kith_error *err)
{
    arena memory;
    view title = text_field(fields, VIEW("title")), path = text_field(fields, VIEW("heading"));
    view lead = text_field(fields, VIEW("lead_in"));
    if (title.size == 0 && path.size == 0) title = file_stem(text_field(fields, VIEW("source")));
    if (view_starts_with(path, title)) title = VIEW("");
    arena_init(&memory, 0);
    const view parts[] = {
        title, VIEW("\n"), path, VIEW("\n"), lead, lead.size ? VIEW("\n") : VIEW(""), content};
    view text;
    size_t head = title.size + path.size + lead.size + (lead.size ? 3 : 2);
    kith_status status = join(parts, sizeof parts / sizeof parts[0], &memory, &text, err);
    if (status == KITH_OK) status = bm25_append(words, text, head, err);
    arena_done(&memory);
    return status;
}

kith_status segment_append(segment *s, const metadata *fields, view content, kith_error *err)
{
    CHECK(bm25_end_row(s->words) == s->end_row);
    kith_status status = segment_append_fields(s, fields, err);
    return status == KITH_OK ? segment_words_append(s->words, fields, content, err) : status;
}

kith_status segment_append_fields(segment *s, const metadata *fields, kith_error *err)
{
    kith_status status = columns_set(s->fields, s->end_row, fields, err);
    if (status == KITH_OK) s->end_row++;
    return status;
}

void segment_take_words(segment *s, bm25_segment *words)
{
    CHECK(bm25_end_row(s->words) == s->first_row);
    CHECK(bm25_end_row(words) - bm25_first_row(words) == s->end_row - s->first_row);
    bm25_renumber(words, s->first_row);
    bm25_segment_free(s->words);
    s->words = words;
}

kith_status segment_concat(segment *const *list, uint32_t count, const bitset *live, segment **out,
                           kith_error *err)
{
    segment *joined = heap_new_array(1, sizeof *joined);
    const bm25_segment **words = heap_new_array(count, sizeof(const bm25_segment *));
    const columns **fields = heap_new_array(count, sizeof(const columns *));
    kith_status status = joined && words && fields
                             ? KITH_OK
                             : fail(err, KITH_ERR_NO_MEMORY, "out of memory for joining segments");
    if (joined) atomic_init(&joined->holders, 1);
    if (status != KITH_OK) goto done;
    for (uint32_t i = 0; i < count; i++) {
        CHECK(i == 0 || list[i]->first_row == list[i - 1]->end_row);
        words[i] = list[i]->words;
        fields[i] = list[i]->fields;
    }
    joined->first_row = list[0]->first_row;
    joined->end_row = list[count - 1]->end_row;
    status = bm25_concat(words, count, live, &joined->words, err);
    if (status == KITH_OK)
        status = columns_concat(&(column_segments){fields, count}, live, &joined->fields, err);
    if (status != KITH_OK) goto done;
    *out = joined;
    joined = NULL; // the caller owns it now
done:
    segment_release(joined);
    free(words);
    free(fields);
    return status;
}

void segment_repeat_removals(segment *joined, segment *const *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        bm25_repeat_removals(joined->words, list[i]->words);
}

kith_status segment_check(const segment *s, kith_error *err)
{
    kith_status status = bm25_check(s->words, err);
    if (status == KITH_OK) status = columns_check(s->fields, err);
    if (status != KITH_OK) return status;
    bool words_match =
        bm25_first_row(s->words) == s->first_row && bm25_end_row(s->words) == s->end_row;
    bool fields_match =
        columns_first_row(s->fields) >= s->first_row && columns_end_row(s->fields) <= s->end_row;
    if (words_match && fields_match) return KITH_OK;
    return fail(err, KITH_ERR_CORRUPT, "segment %u..%u: words are of %u..%u, fields of %u..%u",
                s->first_row, s->end_row, bm25_first_row(s->words), bm25_end_row(s->words),
                columns_first_row(s->fields), columns_end_row(s->fields));
}
