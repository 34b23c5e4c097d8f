/* pdf_file.c - the cross-reference table, in both of its forms, from the newest section to the
 * oldest: the first word about an object holds. Objects are parsed each time they are asked for;
 * object streams, which hold many, are kept.
 * Source: ISO 32000-1, 7.3.8, 7.4.4, 7.5. */
#include "extract/pdf_file.h"

#include "base/size.h"

#include <zlib.h>

enum {
    TAIL_BYTES = 2048, /* at the file's end, where the table's place stands */
    HEAD_BYTES = 1024,
    MAX_ROW_BYTES = 1 << 16,
    MAX_LINKS = 16,  /* references to references */
    MAX_NESTED = 16, /* objects that are read in order to read another (a length, a stream) */
    PIECE_BYTES = 64 << 10
};

typedef enum slot_kind { SLOT_UNKNOWN, SLOT_FREE, SLOT_AT_OFFSET, SLOT_IN_STREAM } slot_kind;

typedef struct pdf_slot {
    uint64_t where; /* the offset, or the number of the object stream */
    uint32_t index; /* within the object stream; of an object at an offset, its generation */
    slot_kind kind;
} pdf_slot;

typedef struct pdf_object_stream {
    view bytes;
    const uint32_t *offsets; /* [count] */
    uint32_t count;
} pdf_object_stream;

static bool ran_out(const pdf_file *f)
{
    return f->memory->exhausted || f->objects->exhausted || f->slots.failed == KITH_ERR_NO_MEMORY ||
           f->opened.failed == KITH_ERR_NO_MEMORY;
}

kith_status pdf_file_status(const pdf_file *f, kith_error *err)
{
    return ran_out(f) ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for the objects of a PDF")
                      : KITH_OK;
}

void pdf_objects_begin(pdf_file *f, arena *scratch)
{
    if (f->objects->exhausted) f->slots.failed = KITH_ERR_NO_MEMORY;
    f->objects = scratch ? scratch : f->memory;
}

/* ---- slots ---- */

static pdf_slot *slot_of(const pdf_file *f, uint64_t number)
{
    if (number >= f->slots.size / sizeof(pdf_slot)) return NULL;
    return (pdf_slot *)(void *)f->slots.data + number;
}

/* The older word about an object is ignored. */
static void set_slot(pdf_file *f, uint64_t number, pdf_slot slot)
{
    if (number >= PDF_MAX_OBJECTS) return;
    size_t needed = ((size_t)number + 1) * sizeof slot;
    if (needed > f->slots.size) {
        size_t more = needed - f->slots.size;
        if (!buffer_reserve(&f->slots, more)) return;
        memset(f->slots.data + f->slots.size, 0, more);
        f->slots.size = needed;
    }
    pdf_slot *known = slot_of(f, number);
    if (known->kind == SLOT_UNKNOWN) *known = slot;
}

/* ---- streams ---- */

/* Undoes the predictors of PNG, in place; false when the rows do not fit. */
static bool undo_png(char *data, size_t *size, size_t row_bytes, size_t pixel_bytes)
{
    size_t rows = *size / (row_bytes + 1), to = 0;
    const unsigned char *above = NULL;
    for (size_t r = 0; r < rows; r++) {
        const unsigned char *from = (const unsigned char *)data + r * (row_bytes + 1);
        unsigned char *row = (unsigned char *)data + to;
        int kind = *from++;
        if (kind > 4) return false;
        memmove(row, from, row_bytes);
        for (size_t i = 0; i < row_bytes; i++) {
            int left = i >= pixel_bytes ? row[i - pixel_bytes] : 0, up = above ? above[i] : 0;
            int corner = above && i >= pixel_bytes ? above[i - pixel_bytes] : 0;
            int near_left = up > corner ? up - corner : corner - up;
            int near_up = left > corner ? left - corner : corner - left;
            int both = left + up - 2 * corner;
            int near_corner = both < 0 ? -both : both;
            int nearest = near_left <= near_up && near_left <= near_corner ? left
                          : near_up <= near_corner                         ? up
                                                                           : corner;
            int guesses[] = {0, left, up, (left + up) / 2, nearest};
            row[i] = (unsigned char)(row[i] + guesses[kind]);
        }
        above = row;
        to += row_bytes;
    }
    *size = to;
    return true;
}

static bool undo_predictor(pdf_file *f, const pdf_object *parameters, buffer *out)
{
    pdf_object value = pdf_get(f, parameters, "Predictor");
    uint64_t predictor = pdf_whole(&value, 15, 1);
    if (predictor == 1) return true;
    if (predictor < 10) return false; // TIFF's, which only pictures have
    value = pdf_get(f, parameters, "Columns");
    uint64_t columns = pdf_whole(&value, MAX_ROW_BYTES, 1);
    value = pdf_get(f, parameters, "Colors");
    uint64_t colors = pdf_whole(&value, 32, 1);
    value = pdf_get(f, parameters, "BitsPerComponent");
    uint64_t bits = pdf_whole(&value, 16, 8);
    size_t row_bytes = (size_t)(columns * colors * bits + 7) / 8;
    size_t pixel_bytes = size_max((size_t)(colors * bits) / 8, 1);
    return row_bytes > 0 && undo_png(out->data, &out->size, row_bytes, pixel_bytes);
}

/* A stream that ends early gives what it has: its writer may have left out the checksum. */
static bool inflate_all(view packed, size_t max_bytes, buffer *out)
{
    z_stream z = {0};
    if (inflateInit(&z) != Z_OK) return false;
    z.next_in = (z_const Bytef *)(uintptr_t)packed.data;
    z.avail_in = (uInt)size_min(packed.size, UINT32_MAX);
    int result = Z_OK;
    while (result == Z_OK && buffer_reserve(out, PIECE_BYTES)) {
        z.next_out = (Bytef *)out->data + out->size;
        z.avail_out = PIECE_BYTES;
        result = inflate(&z, Z_NO_FLUSH);
        out->size += PIECE_BYTES - z.avail_out;
        if (out->size > max_bytes) break;
    }
    (void)inflateEnd(&z);
    bool ended = result == Z_STREAM_END || (result == Z_BUF_ERROR && z.avail_in == 0);
    return ended && out->failed == KITH_OK && out->size <= max_bytes;
}

/* *is_flate: the filter to undo; false for one that is not read. */
static bool filter_of(pdf_file *f, const pdf_object *stream, bool *is_flate, pdf_object *parameters)
{
    pdf_object filter = pdf_get(f, stream, "Filter");
    *parameters = pdf_get(f, stream, "DecodeParms");
    if (filter.kind == PDF_ARRAY && filter.count == 1) filter = pdf_resolve(f, &filter.elements[0]);
    if (parameters->kind == PDF_ARRAY && parameters->count == 1)
        *parameters = pdf_resolve(f, &parameters->elements[0]);
    *is_flate = pdf_is_name(&filter, "FlateDecode") || pdf_is_name(&filter, "Fl");
    return *is_flate || filter.kind == PDF_NULL || (filter.kind == PDF_ARRAY && filter.count == 0);
}

bool pdf_stream_read(pdf_file *f, const pdf_object *stream, view *out)
{
    bool is_flate;
    pdf_object parameters;
    if (!stream->is_stream || !filter_of(f, stream, &is_flate, &parameters)) return false;
    size_t room = size_min(PDF_MAX_STREAM_BYTES, PDF_MAX_INFLATED_BYTES - f->inflated);
    if (!is_flate) {
        if (stream->text.size <= room) *out = stream->text;
        return stream->text.size <= room;
    }
    buffer inflated;
    buffer_init(&inflated, room + 2 * PIECE_BYTES);
    bool is_read =
        inflate_all(stream->text, room, &inflated) && undo_predictor(f, &parameters, &inflated);
    f->inflated += size_min(inflated.size, room);
    view kept = is_read ? arena_copy(f->memory, buffer_view(&inflated)) : (view){0};
    buffer_done(&inflated);
    if (kept.data) *out = kept;
    return kept.data != NULL;
}

/* ---- objects ---- */

/* Where the stream's bytes end: by its length when "endstream" follows there, else by that word. */
static void take_stream(pdf_file *f, pdf_parser *p, pdf_object *o)
{
    if (!pdf_accept(p, VIEW("stream"))) return;
    if (p->at < p->bytes.size && p->bytes.data[p->at] == '\r') p->at++;
    if (p->at < p->bytes.size && p->bytes.data[p->at] == '\n') p->at++;
    pdf_object length = pdf_get(f, o, "Length");
    size_t start = p->at, rest = p->bytes.size - start;
    uint64_t size = pdf_whole(&length, rest, UINT64_MAX);
    if (size <= rest) {
        p->at = start + (size_t)size;
        if (!pdf_accept(p, VIEW("endstream"))) size = UINT64_MAX;
    }
    if (size > rest)
        size = view_find(view_slice(p->bytes, start, p->bytes.size), VIEW("endstream"));
    o->is_stream = true;
    o->text = view_slice(p->bytes, start, start + (size_t)size);
}

/* Moves behind "number 0 obj" at an offset, and sets *generation; false when it does not stand there. */
static bool accept_head(pdf_parser *p, uint64_t number, uint64_t *generation)
{
    uint64_t found;
    return pdf_accept_number(p, &found) && found == number && pdf_accept_number(p, generation) &&
           pdf_accept(p, VIEW("obj"));
}

/* The object "number 0 obj ..." at an offset; of another number: PDF_NULL. */
static pdf_object object_at(pdf_file *f, uint64_t offset, uint64_t number)
{
    pdf_parser p;
    pdf_object made = {0};
    uint64_t ignored;
    if (offset >= f->bytes.size - f->base) return made;
    pdf_parser_init(&p, f->bytes, f->base + (size_t)offset, f->objects);
    if (accept_head(&p, number, &ignored)) {
        made = pdf_parse(&p);
        if (made.kind == PDF_DICTIONARY) take_stream(f, &p, &made);
    }
    if (p.stack.failed == KITH_ERR_NO_MEMORY) f->slots.failed = KITH_ERR_NO_MEMORY;
    pdf_parser_done(&p);
    return made;
}

/* Reads the head of an object stream: pairs of a number and an offset. */
static pdf_object_stream open_stream(pdf_file *f, uint64_t number)
{
    pdf_object_stream made = {0};
    const pdf_slot *slot = slot_of(f, number);
    if (!slot || slot->kind != SLOT_AT_OFFSET) return made;
    pdf_object stream = object_at(f, slot->where, number);
    pdf_object first = pdf_get(f, &stream, "First"), count = pdf_get(f, &stream, "N");
    uint64_t start = pdf_whole(&first, PDF_MAX_STREAM_BYTES, UINT64_MAX);
    uint64_t objects = pdf_whole(&count, PDF_MAX_OBJECTS, 0);
    if (!pdf_stream_read(f, &stream, &made.bytes) || start > made.bytes.size)
        return (pdf_object_stream){0};
    objects = size_min((size_t)objects, made.bytes.size / 2);
    uint32_t *offsets = arena_new_array(f->memory, uint32_t, (size_t)objects);
    pdf_parser p;
    pdf_parser_init(&p, view_slice(made.bytes, 0, (size_t)start), 0, f->memory);
    for (uint64_t i = 0; offsets && i < objects; i++) {
        uint64_t ignored, offset;
        if (!pdf_accept_number(&p, &ignored) || !pdf_accept_number(&p, &offset)) break;
        offsets[made.count++] = (uint32_t)size_min((size_t)(start + offset), made.bytes.size);
    }
    pdf_parser_done(&p);
    made.offsets = offsets;
    return made;
}

static pdf_object object_within(pdf_file *f, uint64_t stream, uint32_t index)
{
    uint64_t known;
    char key[8];
    pdf_object none = {0};
    memcpy(key, &stream, sizeof key);
    if (!map_get(f->streams, (view){key, sizeof key}, &known)) {
        pdf_object_stream opened = open_stream(f, stream);
        known = f->opened.size / sizeof opened;
        buffer_append(&f->opened, (view){(const char *)&opened, sizeof opened});
        if (f->opened.failed != KITH_OK) return none;
        if (map_put(f->streams, (view){key, sizeof key}, known) != KITH_OK)
            f->opened.failed = KITH_ERR_NO_MEMORY;
    }
    pdf_object_stream s = ((pdf_object_stream *)(void *)f->opened.data)[known];
    if (index >= s.count) return none;
    pdf_parser p;
    pdf_parser_init(&p, s.bytes, s.offsets[index], f->objects);
    none = pdf_parse(&p);
    if (p.stack.failed == KITH_ERR_NO_MEMORY) f->slots.failed = KITH_ERR_NO_MEMORY;
    pdf_parser_done(&p);
    return none;
}

static pdf_object object_by_number(pdf_file *f, uint64_t number)
{
    pdf_object found = {0};
    const pdf_slot *slot = slot_of(f, number);
    if (!slot || f->nested == MAX_NESTED) return found;
    f->nested++;
    if (slot->kind == SLOT_AT_OFFSET) found = object_at(f, slot->where, number);
    if (slot->kind == SLOT_IN_STREAM) found = object_within(f, slot->where, slot->index);
    f->nested--;
    return found;
}

pdf_object pdf_resolve(pdf_file *f, const pdf_object *o)
{
    pdf_object found = *o;
    for (uint32_t i = 0; i < MAX_LINKS && found.kind == PDF_REFERENCE; i++)
        found = object_by_number(f, (uint64_t)found.number);
    return found.kind == PDF_REFERENCE ? (pdf_object){0} : found;
}

pdf_object pdf_get(pdf_file *f, const pdf_object *dictionary, const char *key)
{
    pdf_object value = pdf_entry(dictionary, key);
    return pdf_resolve(f, &value);
}

uint64_t pdf_object_count(const pdf_file *f)
{
    return f->slots.size / sizeof(pdf_slot);
}

bool pdf_object_place(const pdf_file *f, uint64_t number, pdf_place *out)
{
    const pdf_slot *slot = slot_of(f, number);
    uint64_t generation;
    if (!slot || slot->kind != SLOT_AT_OFFSET || slot->where >= f->bytes.size - f->base)
        return false;
    pdf_parser p;
    pdf_parser_init(&p, f->bytes, f->base + (size_t)slot->where, f->objects);
    bool is_there = accept_head(&p, number, &generation) && generation == slot->index;
    if (is_there) *out = (pdf_place){p.at, slot->index};
    pdf_parser_done(&p);
    return is_there;
}

/* ---- the table ---- */

/* "0000012345 00000 n" for each object; the widths are fixed, but not all writers keep them. */
static bool read_rows(pdf_file *f, pdf_parser *p)
{
    uint64_t first, count, where, generation;
    while (!pdf_accept(p, VIEW("trailer"))) {
        if (!pdf_accept_number(p, &first) || !pdf_accept_number(p, &count)) return false;
        if (first > PDF_MAX_OBJECTS) return false;
        for (uint64_t i = 0; i < count; i++) {
            if (!pdf_accept_number(p, &where) || !pdf_accept_number(p, &generation)) return false;
            bool is_used = pdf_accept(p, VIEW("n"));
            if (!is_used && !pdf_accept(p, VIEW("f"))) return false;
            slot_kind kind = is_used ? SLOT_AT_OFFSET : SLOT_FREE;
            set_slot(f, first + i, (pdf_slot){where, (uint32_t)generation, kind});
        }
    }
    return true;
}

static uint64_t read_column(view row, size_t *at, uint64_t width, uint64_t otherwise)
{
    uint64_t value = width ? 0 : otherwise;
    for (uint64_t i = 0; i < width; i++)
        value = value << 8 | (unsigned char)row.data[(*at)++];
    return value;
}

static bool read_table_stream(pdf_file *f, const pdf_object *stream)
{
    pdf_object w = pdf_entry(stream, "W"), index = pdf_entry(stream, "Index"), size;
    uint64_t widths[3];
    view rows;
    if (w.kind != PDF_ARRAY || w.count < 3 || !pdf_stream_read(f, stream, &rows)) return false;
    for (int i = 0; i < 3; i++)
        widths[i] = pdf_whole(&w.elements[i], 8, 0);
    size = pdf_entry(stream, "Size");
    size_t row_bytes = (size_t)(widths[0] + widths[1] + widths[2]), at = 0;
    if (row_bytes == 0) return false;
    uint32_t ranges = index.kind == PDF_ARRAY ? index.count / 2 : 1;
    for (uint32_t r = 0; r < ranges; r++) {
        bool is_listed = index.kind == PDF_ARRAY;
        const pdf_object *count = is_listed ? &index.elements[2 * r + 1] : &size;
        uint64_t number = is_listed ? pdf_whole(&index.elements[2 * r], PDF_MAX_OBJECTS, 0) : 0;
        uint64_t end = number + pdf_whole(count, PDF_MAX_OBJECTS, 0);
        for (; number < end && row_bytes <= rows.size - at; number++) {
            uint64_t kind = read_column(rows, &at, widths[0], 1);
            uint64_t where = read_column(rows, &at, widths[1], 0);
            uint64_t rest = read_column(rows, &at, widths[2], 0);
            pdf_slot slot = {where, (uint32_t)rest,
                             kind == 1   ? SLOT_AT_OFFSET
                             : kind == 2 ? SLOT_IN_STREAM
                                         : SLOT_FREE};
            set_slot(f, number, slot);
        }
    }
    return true;
}

/* Reads the section at an offset, and its trailer; false when there is none. */
static bool read_section(pdf_file *f, uint64_t offset, pdf_object *trailer)
{
    pdf_parser p;
    bool is_read = false;
    if (offset >= f->bytes.size - f->base) return false;
    pdf_parser_init(&p, f->bytes, f->base + (size_t)offset, f->memory);
    if (pdf_accept(&p, VIEW("xref"))) {
        is_read = read_rows(f, &p);
        if (is_read) *trailer = pdf_parse(&p);
    } else {
        uint64_t number;
        size_t start = p.at - f->base;
        if (pdf_accept_number(&p, &number)) *trailer = object_at(f, start, number);
        is_read = trailer->is_stream && read_table_stream(f, trailer);
    }
    pdf_parser_done(&p);
    return is_read && trailer->kind == PDF_DICTIONARY;
}

static bool was_read(const uint64_t *read, uint32_t count, uint64_t offset)
{
    for (uint32_t i = 0; i < count; i++)
        if (read[i] == offset) return true;
    return false;
}

/* A chain that leads back to a section of its own ends there: what it would say is known. */
static void read_table(pdf_file *f, uint64_t offset)
{
    uint64_t read[PDF_MAX_SECTIONS];
    for (uint32_t sections = 0; sections < PDF_MAX_SECTIONS; sections++) {
        pdf_object trailer = {0}, hybrid = {0};
        if (was_read(read, sections, offset) || !read_section(f, offset, &trailer)) return;
        read[sections] = offset;
        pdf_object more = pdf_entry(&trailer, "XRefStm");
        uint64_t beside = pdf_whole(&more, f->bytes.size, UINT64_MAX);
        if (beside != UINT64_MAX) (void)read_section(f, beside, &hybrid);
        if (sections == 0) f->trailer = trailer;
        pdf_object before = pdf_entry(&trailer, "Prev");
        offset = pdf_whole(&before, f->bytes.size, UINT64_MAX);
        if (offset == UINT64_MAX) return;
    }
}

kith_status pdf_file_open(pdf_file *f, view bytes, arena *memory, kith_error *err)
{
    *f = (pdf_file){.bytes = bytes, .memory = memory, .objects = memory, .streams = map_new()};
    buffer_init(&f->slots, (size_t)PDF_MAX_OBJECTS * sizeof(pdf_slot));
    buffer_init(&f->opened, (size_t)PDF_MAX_OBJECTS * sizeof(pdf_object_stream));
    if (!f->streams) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the objects of a PDF");
    size_t head = view_find(view_slice(bytes, 0, size_min(bytes.size, HEAD_BYTES)), VIEW("%PDF-"));
    f->base = head < size_min(bytes.size, HEAD_BYTES) ? head : 0;
    view tail = view_slice(bytes, bytes.size - size_min(bytes.size, TAIL_BYTES), bytes.size);
    size_t last = tail.size;
    for (size_t at = 0; at < tail.size; at++) {
        at += view_find(view_slice(tail, at, tail.size), VIEW("startxref"));
        if (at < tail.size) last = at;
    }
    pdf_parser p;
    pdf_parser_init(&p, tail, last, memory);
    if (pdf_accept(&p, VIEW("startxref")) && pdf_accept_number(&p, &f->table))
        read_table(f, f->table);
    pdf_parser_done(&p);
    f->is_encrypted = pdf_entry(&f->trailer, "Encrypt").kind != PDF_NULL;
    if (!f->is_encrypted) f->catalog = pdf_get(f, &f->trailer, "Root");
    return pdf_file_status(f, err);
}

void pdf_file_done(pdf_file *f)
{
    map_free(f->streams);
    buffer_done(&f->slots);
    buffer_done(&f->opened);
}
