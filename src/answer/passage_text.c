/* passage_text.c - reads a passage's neighbors by their keys and joins them by their offsets.
 * A chunk's key is its document's, "_", and its number (ingest/prepare.c). A point that only looks
 * so is told apart by its metadata: the number, and offsets that meet or overlap. */
#include "answer/passage_text.h"

#include "base/buffer.h"
#include "base/metadata.h"
#include "base/utf8.h"

#include <string.h>

enum { PIECES_MAX = 2 * PASSAGE_REACH_MAX + 1 /* of a passage: itself in the middle */ };

typedef struct piece {
    view content;
    view document;
    int64_t index, start, end; /* chunk_index, char_start, char_end; -1 where there is none */
} piece;

/* Metadata is the client's: a number that no chunk can have is none. */
static int64_t integer_of(const metadata *m, const char *key)
{
    const metadata_value *value = metadata_get(m, view_of(key));
    bool is_place = value && value->kind == METADATA_INTEGER && value->integer >= 0 &&
                    value->integer <= UINT32_MAX - PASSAGE_REACH_MAX;
    return is_place ? value->integer : -1;
}

/* The piece of metadata that is no JSON has no numbers. */
static piece read_piece(view content, view document, view json, arena *a)
{
    metadata fields = {.memory = a};
    piece p = {content, document, -1, -1, -1};
    if (json.size == 0 || metadata_parse(json, &fields, NULL) != KITH_OK) return p;
    p.index = integer_of(&fields, "chunk_index");
    p.start = integer_of(&fields, "char_start");
    p.end = integer_of(&fields, "char_end");
    return p;
}

static bool is_chunk(const piece *p)
{
    return p->document.size > 0 && p->index >= 0 && p->start >= 0 && p->end > p->start &&
           p->content.size > 0;
}

static bool is_neighbor(const piece *p)
{
    return is_chunk(p) && p->content.size <= PASSAGE_NEIGHBOR_MAX_BYTES;
}

uint32_t passage_read_bytes(uint32_t count)
{
    uint32_t each = PASSAGES_READ_MAX_BYTES / (count ? count : 1);
    return each < PASSAGE_READ_MAX_BYTES ? each : PASSAGE_READ_MAX_BYTES;
}

/* The bytes of a text's first `characters`. */
static size_t bytes_of(view text, int64_t characters)
{
    size_t at = 0;
    for (int64_t i = 0; i < characters && at < text.size; i++) {
        at++;
        while (at < text.size && ((unsigned char)text.data[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

/* True when `b` is the next chunk of a's document. Where the two overlap they must say the same: the
 * document may have been replaced since the passages were found. */
static bool follows(const piece *a, const piece *b)
{
    bool next = is_chunk(a) && is_chunk(b) && view_equal(a->document, b->document) &&
                b->index == a->index + 1 && b->start > a->start && b->end > a->end;
    if (!next || b->start >= a->end) return next;
    view last = view_slice(a->content, bytes_of(a->content, b->start - a->start), a->content.size);
    return view_starts_with(b->content, last);
}

typedef struct joining {
    buffer text;
    arena *memory;
    kith_error *err;
} joining;

/* Appends what `next` adds to the text that ends with `last`. */
static void append_piece(joining *j, const piece *last, const piece *next)
{
    bool gap = last->end < next->start;
    size_t known = gap ? 0 : bytes_of(next->content, last->end - next->start);
    if (gap) buffer_append(&j->text, VIEW("\n\n"));
    buffer_append(&j->text, view_slice(next->content, known, next->content.size));
}

/* pieces  [2 * reach + 1], the passage in the middle; those that do not follow one another are left
 * out, and all beyond them */
static kith_status join(joining *j, const piece *pieces, uint32_t reach, passage_text *out)
{
    uint32_t first = reach, last = reach;
    while (first > 0 && is_neighbor(&pieces[first - 1]) &&
           follows(&pieces[first - 1], &pieces[first]))
        first--;
    while (last < 2 * reach && is_neighbor(&pieces[last + 1]) &&
           follows(&pieces[last], &pieces[last + 1]))
        last++;
    passage_text t = {0};
    const piece *p = &pieces[reach];
    buffer_reset(&j->text);
    for (uint32_t i = first; i < reach; i++) {
        const piece *next = &pieces[i + 1];
        int64_t end = pieces[i].end < next->start ? pieces[i].end : next->start;
        size_t size = bytes_of(pieces[i].content, end - pieces[i].start);
        buffer_append(&j->text, view_slice(pieces[i].content, 0, size));
        if (end < next->start) buffer_append(&j->text, VIEW("\n\n"));
    }
    t.start = (uint32_t)j->text.size;
    buffer_append(&j->text, p->content);
    t.end = (uint32_t)j->text.size;
    for (uint32_t i = reach; i < last; i++)
        append_piece(j, &pieces[i], &pieces[i + 1]);
    kith_status status = buffer_status(&j->text, "a passage", j->err);
    if (status != KITH_OK) return status;
    t.text = arena_copy(j->memory, buffer_view(&j->text));
    if (!t.text.data) return fail(j->err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    *out = t;
    return KITH_OK;
}

/* keys[2 * reach]: of the chunks before p and of those behind it; empty: it can have none. */
static void name_neighbors(const piece *p, uint32_t reach, arena *a, view *keys)
{
    for (uint32_t i = 0; i < 2 * reach; i++) {
        int64_t index = p->index + (i < reach ? (int64_t)i - reach : (int64_t)i - reach + 1);
        const char *key =
            is_chunk(p) && index >= 0
                ? arena_printf(a, "%.*s_%lld", VIEW_ARG(p->document), (long long)index)
                : NULL;
        keys[i] = view_of(key ? key : "");
    }
}

kith_status passage_texts_alone(const retrieval *found, arena *a, passage_text **out,
                                kith_error *err)
{
    passage_text *texts = arena_new_array(a, passage_text, found->count);
    if (!texts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    for (uint32_t i = 0; i < found->count; i++) {
        view text = view_of(found->passages[i].content);
        if (text.size >= UINT32_MAX)
            return fail(err, KITH_ERR_LIMIT, "a passage has %zu bytes", text.size);
        texts[i] = (passage_text){text, 0, (uint32_t)text.size};
    }
    *out = texts;
    return KITH_OK;
}

/* Reads the neighbors that `keys` name, and joins each passage with its own. */
static kith_status join_all(collection *c, joining *j, const piece *passages, uint32_t count,
                            uint32_t reach, passage_text *texts)
{
    uint32_t around = 2 * reach, total = count * around;
    view *keys = arena_new_array(j->memory, view, total);
    store_point *points = arena_new_array(j->memory, store_point, total);
    if (!keys || !points) return fail(j->err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    for (uint32_t i = 0; i < count; i++)
        name_neighbors(&passages[i], reach, j->memory, keys + (size_t)i * around);
    kith_status status = collection_get_points(
        c, keys, total, STORE_WITH_CONTENT | STORE_WITH_METADATA, j->memory, points, j->err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        piece pieces[PIECES_MAX];
        for (uint32_t n = 0; n <= around; n++) {
            const store_point *p = &points[(size_t)i * around + n - (n > reach)];
            if (n == reach)
                pieces[n] = passages[i];
            else if (p->row)
                pieces[n] = read_piece(p->content, p->document, p->metadata, j->memory);
            else
                pieces[n] = (piece){.index = -1};
        }
        status = join(j, pieces, reach, &texts[i]);
    }
    return status;
}

kith_status passage_texts_read(collection *c, const retrieval *found, uint32_t reach, arena *a,
                               passage_text **out, kith_error *err)
{
    joining j = {.memory = a, .err = err};
    piece *passages = arena_new_array(a, piece, found->count);
    passage_text *texts = arena_new_array(a, passage_text, found->count);
    if (!passages || !texts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    DCHECK(reach >= 1 && reach <= PASSAGE_REACH_MAX);
    for (uint32_t i = 0; i < found->count; i++) {
        const kith_passage *p = &found->passages[i];
        passages[i] =
            read_piece(view_of(p->content), view_of(p->document), view_of(p->metadata), a);
    }
    buffer_init(&j.text, UINT32_MAX - 1);
    kith_status status = join_all(c, &j, passages, found->count, reach, texts);
    buffer_done(&j.text);
    if (status == KITH_OK) *out = texts;
    return status;
}
