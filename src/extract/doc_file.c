/* doc_file.c - the file's head (FIB) says where the table of pieces (CLX), the pages of paragraph
 * properties (FKP) and the lists of notes stand. Text is copied piece by piece into one sequence of
 * UTF-16, so that all later steps count as the file does.
 * Traps: every offset is the file's word; pieces may overlap, so that the text is bounded by what a
 * document may have and not by the file's size. */
#include "extract/doc_file.h"

#include "base/size.h"

#include <kith/types.h>

#include <stdlib.h>

enum {
    FIB_BYTES = 0x1AA,
    FLAGS = 0x0A,
    IS_ENCRYPTED = 0x0100,
    HAS_TABLE_1 = 0x0200,
    LEAST_VERSION = 0xC1, /* Word 97 */
    LENGTHS = 0x4C,       /* of the parts, four bytes each */
    PAIRS = 0x9A,         /* of an offset into the table stream and a length */
    PAIR_FOOTNOTES = 2,
    PAIR_COMMENTS = 4,
    PAIR_CHARACTERS = 12,
    PAIR_PARAGRAPHS = 13,
    PAIR_PIECES = 33,
    PAIR_ENDNOTES = 46,
    PIECE_BYTES = 8,
    PAGE_BYTES = 512,
    PARAGRAPH_BOX_BYTES = 13, /* of where a run's properties stand in its page, with its height */
    NOTE_BYTES = 2,           /* of what a list has for each of its notes */
    COMMENT_BYTES = 30,
    HEADING_STYLES = 9,
    SPRM_DELETED = 0x0800,
    SPRM_HIDDEN = 0x083C,
    SPRM_STRUCK = 0x0837,
    SPRM_STRUCK_TWICE = 0x2A53,
    SPRM_ALIGN = 0x2A48, /* 1: raised, 2: lowered */
    SPRM_IN_TABLE = 0x2416,
    SPRM_ENDS_ROW = 0x2417,
    SPRM_LEVEL = 0x2640,
    SPRM_ROW = 0xD608
};

typedef struct doc_piece {
    uint32_t first, end; // positions
    uint32_t at;         // byte in the stream
    bool is_narrow;      // a byte a character, in windows-1252
} doc_piece;

typedef struct doc_run {
    uint32_t first, end; // bytes in the stream
    doc_paragraph paragraph;
    doc_look look;
} doc_run;

typedef struct doc_reading {
    view main, table;
    arena *memory;
    doc_file *out;
} doc_reading;

static uint32_t u16_at(view v, size_t at)
{
    return (uint32_t)(unsigned char)v.data[at] | (uint32_t)(unsigned char)v.data[at + 1] << 8;
}

/* What a pair of the head points to in the table stream; empty when it lies outside. */
static view part_at(const doc_reading *r, uint32_t pair)
{
    size_t head = PAIRS + (size_t)pair * 8;
    if (head + 8 > r->main.size) return VIEW("");
    uint32_t start = load_u32(r->main.data + head), size = load_u32(r->main.data + head + 4);
    if (start > r->table.size || size > r->table.size - start) return VIEW("");
    return view_slice(r->table, start, (size_t)start + size);
}

/* ---- text ---- */

/* The list of pieces in the CLX: behind what was changed in haste, each with its kind and size. */
static view piece_list(view clx)
{
    size_t at = 0;
    while (at + 3 <= clx.size && clx.data[at] == 1)
        at += 3 + (size_t)u16_at(clx, at + 1);
    if (at + 5 > clx.size || clx.data[at] != 2) return VIEW("");
    uint32_t size = load_u32(clx.data + at + 1);
    return size <= clx.size - at - 5 ? view_slice(clx, at + 5, at + 5 + size) : VIEW("");
}

static kith_status read_pieces(doc_reading *r, kith_error *err)
{
    view list = piece_list(part_at(r, PAIR_PIECES));
    if (list.size < 4 + PIECE_BYTES + 4)
        return fail(err, KITH_ERR_FORMAT, "damaged: no text in it");
    uint32_t count = (uint32_t)((list.size - 4) / (PIECE_BYTES + 4));
    doc_piece *pieces = arena_new_array(r->memory, doc_piece, count);
    if (!pieces) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a text");
    for (uint32_t i = 0; i < count; i++) {
        const char *what = list.data + ((size_t)count + 1) * 4 + (size_t)i * PIECE_BYTES;
        uint32_t at = load_u32(what + 2);
        doc_piece p = {.first = load_u32(list.data + (size_t)i * 4),
                       .end = load_u32(list.data + (size_t)i * 4 + 4),
                       .is_narrow = at >> 30 & 1};
        p.at = p.is_narrow ? (at & 0x3FFFFFFF) / 2 : at & 0x3FFFFFFF;
        uint64_t bytes = (uint64_t)(p.end - p.first) * (p.is_narrow ? 1 : 2);
        uint32_t before = i ? pieces[i - 1].end : 0;
        if (p.first != before || p.end < p.first || p.at > r->main.size ||
            bytes > r->main.size - p.at)
            return fail(err, KITH_ERR_FORMAT, "damaged: its text lies outside of it");
        pieces[i] = p;
    }
    r->out->pieces = pieces;
    r->out->piece_count = count;
    return KITH_OK;
}

static void append_narrow(view bytes, buffer *out)
{
    static const uint16_t SIGNS[32] = {
        // of windows-1252 from 0x80 on
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    for (size_t i = 0; i < bytes.size; i++) {
        uint32_t code = (unsigned char)bytes.data[i];
        if (code >= 0x80 && code < 0xA0) code = SIGNS[code - 0x80];
        buffer_append_byte(out, (char)(code & 0xFF));
        buffer_append_byte(out, (char)(code >> 8));
    }
}

static kith_status copy_text(doc_reading *r, kith_error *err)
{
    buffer text;
    buffer_init(&text, 2 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    for (uint32_t i = 0; i < r->out->piece_count && text.failed == KITH_OK; i++) {
        const doc_piece *p = &r->out->pieces[i];
        size_t count = p->end - p->first;
        view bytes = view_slice(r->main, p->at, p->at + count * (p->is_narrow ? 1 : 2));
        if (p->is_narrow)
            append_narrow(bytes, &text);
        else
            buffer_append(&text, bytes);
    }
    kith_status status = buffer_status(&text, "the text of the file", err);
    view kept = status == KITH_OK ? arena_copy(r->memory, buffer_view(&text)) : VIEW("");
    buffer_done(&text);
    if (status == KITH_OK && !kept.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a text");
    if (status == KITH_OK) r->out->text = kept;
    return status;
}

/* The parts follow each other; what lies beyond the text is cut. */
static void find_parts(doc_reading *r)
{
    static const uint32_t AT[DOC_PARTS] = {0, 1, 2, 4, 5, 6}; // the fourth is of macros, and empty
    uint64_t position = 0, all = r->out->text.size / 2;
    for (uint32_t i = 0, part = 0; i <= AT[DOC_PARTS - 1]; i++) {
        uint64_t end = position + load_u32(r->main.data + LENGTHS + (size_t)i * 4);
        if (end > all) end = all;
        if (i == AT[part]) {
            r->out->starts[part] = (uint32_t)position;
            r->out->ends[part++] = (uint32_t)end;
        }
        position = end;
    }
}

/* ---- paragraphs ---- */

/* Bytes of the operand of a property. */
static size_t operand_bytes(view list, size_t at, uint32_t sprm)
{
    static const uint8_t SIZES[] = {1, 1, 2, 4, 2, 2, 0, 3};
    uint32_t kind = sprm >> 13;
    if (kind != 6) return SIZES[kind];
    if (at >= list.size) return 1;
    if (sprm == SPRM_ROW && at + 2 <= list.size) return 1 + (size_t)u16_at(list, at);
    return 1 + (size_t)(unsigned char)list.data[at];
}

static doc_paragraph read_properties(view list)
{
    doc_paragraph p = {0};
    if (list.size < 2) return p;
    uint32_t style = u16_at(list, 0);
    if (style >= 1 && style <= HEADING_STYLES) p.level = style;
    for (size_t at = 2; at + 2 < list.size;) {
        uint32_t sprm = u16_at(list, at);
        at += 2;
        unsigned char value = (unsigned char)list.data[at];
        if (sprm == SPRM_IN_TABLE) p.in_table = value != 0;
        if (sprm == SPRM_ENDS_ROW) p.ends_row = value != 0;
        const size_t row_end = size_min(at + operand_bytes(list, at, sprm), list.size);
        if (sprm == SPRM_ROW && row_end > at + 2) p.row = view_slice(list, at + 2, row_end);
        if (sprm == SPRM_LEVEL) p.level = value < HEADING_STYLES ? value + 1U : 0;
        at += operand_bytes(list, at, sprm);
    }
    return p;
}

/* Appends a run of paragraphs: its properties begin with a size in words, of which one
 * byte of the first word is the size, or the next word when that is 0. */
static void read_paragraphs(view page, size_t at, doc_run run, buffer *runs)
{
    if (at && at + 2 < PAGE_BYTES) {
        size_t size = (unsigned char)page.data[at] * (size_t)2;
        if (size)
            size--, at++;
        else
            size = (unsigned char)page.data[at + 1] * (size_t)2, at += 2;
        if (at + size <= PAGE_BYTES)
            run.paragraph = read_properties(view_slice(page, at, at + size));
    }
    buffer_append(runs, (view){(const char *)&run, sizeof run});
}

static doc_look read_look(view list)
{
    doc_look look = {0};
    for (size_t i = 0; i + 2 < list.size;) {
        uint32_t sprm = u16_at(list, i);
        i += 2;
        bool is_on = list.data[i] == 1;
        look.is_hidden |= is_on && (sprm == SPRM_HIDDEN || sprm == SPRM_DELETED);
        look.is_struck |= is_on && (sprm == SPRM_STRUCK || sprm == SPRM_STRUCK_TWICE);
        if (sprm == SPRM_ALIGN) look.align = is_on ? 1 : list.data[i] == 2 ? -1 : 0;
        i += operand_bytes(list, i, sprm);
    }
    return look;
}

/* Appends a run of characters that look otherwise than most; their properties begin with their size. */
static void read_characters(view page, size_t at, doc_run run, buffer *runs)
{
    size_t size = at ? (unsigned char)page.data[at] : 0;
    if (at == 0 || at + 1 + size > PAGE_BYTES) return;
    run.look = read_look(view_slice(page, at + 1, at + 1 + size));
    if (run.look.is_hidden || run.look.is_struck || run.look.align)
        buffer_append(runs, (view){(const char *)&run, sizeof run});
}

/* What a page of properties holds: runs, the bytes that each has for where its properties are, and how
 * they are read. */
typedef struct page_kind {
    uint32_t pair;
    size_t box_bytes;
    void (*read)(view page, size_t at, doc_run run, buffer *runs);
} page_kind;

/* Appends the runs of a page. */
static void read_page(const doc_reading *r, const page_kind *kind, view page, buffer *runs)
{
    size_t count = (unsigned char)page.data[PAGE_BYTES - 1];
    if ((count + 1) * 4 + count * kind->box_bytes >= PAGE_BYTES) return;
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)(unsigned char)page.data[(count + 1) * 4 + i * kind->box_bytes] * 2;
        doc_run run = {.first = load_u32(page.data + i * 4),
                       .end = load_u32(page.data + i * 4 + 4)};
        if (run.first < run.end && run.end <= r->main.size) kind->read(page, at, run, runs);
    }
}

static int by_place(const void *a, const void *b)
{
    const doc_run *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static kith_status read_runs(doc_reading *r, const page_kind *kind, doc_run **out,
                             uint32_t *out_count, kith_error *err)
{
    view list = part_at(r, kind->pair);
    size_t pages = list.size < 12 ? 0 : (list.size - 4) / 8, limit = r->main.size / PAGE_BYTES;
    buffer runs;
    buffer_init(&runs, (r->main.size + 1) * sizeof(doc_run));
    for (size_t i = 0; i < pages && i < limit; i++) { // none is there twice
        uint64_t at = (uint64_t)load_u32(list.data + (pages + 1 + i) * 4) * PAGE_BYTES;
        if (at + PAGE_BYTES <= r->main.size)
            read_page(r, kind, view_slice(r->main, (size_t)at, (size_t)at + PAGE_BYTES), &runs);
    }
    kith_status status = buffer_status(&runs, "the properties of the file", err);
    if (status == KITH_OK && runs.size) {
        uint32_t count = (uint32_t)(runs.size / sizeof(doc_run));
        doc_run *all = arena_new_array(r->memory, doc_run, count);
        if (!all) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a Word file");
        if (all) {
            memcpy(all, runs.data, runs.size);
            qsort(all, count, sizeof *all, by_place);
            *out = all;
            *out_count = count;
        }
    }
    buffer_done(&runs);
    return status;
}

/* The run that has the character at the position; NULL when none has. */
static const doc_run *run_at(const doc_file *f, const doc_run *runs, uint32_t count,
                             uint32_t position)
{
    uint32_t low = 0, high = f->piece_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (f->pieces[middle].first <= position)
            low = middle;
        else
            high = middle;
    }
    const doc_piece *p = &f->pieces[low];
    uint32_t at = p->at + (position - p->first) * (p->is_narrow ? 1 : 2);
    low = 0;
    high = count;
    while (low < high) { // the first run that ends behind it
        uint32_t middle = low + (high - low) / 2;
        if (runs[middle].end <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && runs[low].first <= at ? &runs[low] : NULL;
}

doc_look doc_look_at(const doc_file *f, uint32_t position)
{
    const doc_run *run = f->look_count ? run_at(f, f->looks, f->look_count, position) : NULL;
    return run ? run->look : (doc_look){0};
}

doc_paragraph doc_paragraph_at(const doc_file *f, uint32_t position)
{
    const doc_run *run = run_at(f, f->runs, f->run_count, position);
    return run ? run->paragraph : (doc_paragraph){0};
}

uint32_t doc_unit(const doc_file *f, uint32_t position)
{
    return u16_at(f->text, (size_t)position * 2);
}

/* ---- notes ---- */

/* Copies a list of positions that ascend, and of at most `limit`; NULL when it is none. */
static const uint32_t *positions(const doc_reading *r, view list, uint32_t count, uint32_t limit)
{
    uint32_t *copy = arena_new_array(r->memory, uint32_t, count);
    for (uint32_t i = 0; copy && i < count; i++) {
        copy[i] = load_u32(list.data + (size_t)i * 4);
        if (copy[i] > limit || (i && copy[i] < copy[i - 1])) return NULL;
    }
    return copy;
}

static doc_notes read_notes(const doc_reading *r, uint32_t pair, size_t bytes, doc_part part)
{
    view refs = part_at(r, pair), texts = part_at(r, pair + 1);
    doc_notes notes = {0};
    uint32_t count = refs.size < 4 ? 0 : (uint32_t)((refs.size - 4) / (4 + bytes));
    if (count == 0 || texts.size / 4 < (size_t)count + 1) return notes;
    uint32_t size = r->out->ends[part] - r->out->starts[part];
    notes.refs = positions(r, refs, count, r->out->ends[DOC_MAIN]);
    notes.texts = positions(r, texts, count + 1, size);
    if (notes.refs && notes.texts) notes.count = count;
    return notes;
}

/* ---- */

static kith_status open_streams(ole_file *ole, doc_reading *r, kith_error *err)
{
    kith_status status = ole_read(ole, ole_find(ole, OLE_ROOT, "WordDocument"), &r->main, err);
    if (status != KITH_OK) return status;
    if (r->main.size < 0x20 || u16_at(r->main, 0) != 0xA5EC)
        return fail(err, KITH_ERR_UNSUPPORTED, "no Word file of 1997 or later");
    if (u16_at(r->main, 2) < LEAST_VERSION)
        return fail(err, KITH_ERR_UNSUPPORTED, "a Word file of before 1997");
    if (r->main.size < FIB_BYTES) return fail(err, KITH_ERR_FORMAT, "damaged: cut off");
    uint32_t flags = u16_at(r->main, FLAGS);
    if (flags & IS_ENCRYPTED) return fail(err, KITH_ERR_AUTH, "encrypted");
    const char *name = flags & HAS_TABLE_1 ? "1Table" : "0Table";
    return ole_read(ole, ole_find(ole, OLE_ROOT, name), &r->table, err);
}

static const page_kind PARAGRAPHS = {PAIR_PARAGRAPHS, PARAGRAPH_BOX_BYTES, read_paragraphs},
                       CHARACTERS = {PAIR_CHARACTERS, 1, read_characters};

kith_status doc_open(view bytes, arena *a, doc_file *out, kith_error *err)
{
    ole_file ole;
    doc_file found = {0};
    doc_reading r = {.memory = a, .out = &found};
    kith_status status = ole_open(bytes, a, &ole, err);
    if (status == KITH_OK) status = open_streams(&ole, &r, err);
    if (status == KITH_OK) status = read_pieces(&r, err);
    if (status == KITH_OK) status = copy_text(&r, err);
    if (status == KITH_OK) status = read_runs(&r, &PARAGRAPHS, &found.runs, &found.run_count, err);
    if (status == KITH_OK)
        status = read_runs(&r, &CHARACTERS, &found.looks, &found.look_count, err);
    if (status != KITH_OK) return status;
    find_parts(&r);
    found.footnotes = read_notes(&r, PAIR_FOOTNOTES, NOTE_BYTES, DOC_FOOTNOTES);
    found.endnotes = read_notes(&r, PAIR_ENDNOTES, NOTE_BYTES, DOC_ENDNOTES);
    found.comments = read_notes(&r, PAIR_COMMENTS, COMMENT_BYTES, DOC_COMMENTS);
    *out = found;
    return KITH_OK;
}

/* A count of cells, where they begin and end (in twips, one more than cells), and 20 bytes for each, of
 * which some may be missing: bits of the first word say that the cell goes on with the one above it. */
uint32_t doc_row_edges(view row, ruled_edge *out, uint32_t most)
{
    enum { CELL_BYTES = 20, MERGED_BELOW = 0x20, MERGE_BEGINS = 0x40 };
    uint32_t count = row.size ? (unsigned char)row.data[0] : 0;
    if (count > most) count = most;
    uint32_t all = row.size ? (unsigned char)row.data[0] : 0;
    size_t cells = 1 + ((size_t)all + 1) * 2;
    if (all == 0 || cells > row.size) return 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t at = cells + (size_t)i * CELL_BYTES;
        uint32_t flags = at + 2 <= row.size ? u16_at(row, at) : 0;
        int32_t right = (int16_t)u16_at(row, 1 + ((size_t)i + 1) * 2);
        bool is_below = (flags & MERGED_BELOW) && !(flags & MERGE_BEGINS);
        out[i] = (ruled_edge){.right = right, .is_below = is_below};
    }
    return count;
}
