/* pdf_unpack.c - see pdf_unpack.h.
 * The file keeps every byte and offset that it has. A stream that is inflated stands behind it under the same
 * number and generation, with the dictionary's own text but for its filter and length, and one more section of
 * the table leads there. What the file's table, or a reader who does not trust it and searches for objects,
 * finds of the rest is as before: hence a stream in which an object could be found is left packed.
 * Source: ISO 32000-1, 7.3.8, 7.5.4 to 7.5.6. */
#include "extract/pdf_unpack.h"

#include "base/size.h"

#include <stdio.h>
#include <zlib.h>

enum {
    LEAST_PACKED_BYTES = 32, /* a stream below that gains less than its entry costs */
    MAX_UNPACKED = 100000,   /* streams, but for the table */
    MAX_ENTRIES = 64,        /* of a stream's dictionary */
    MAX_GENERATION = 65535,
    MAX_OFFSET_DIGITS = 10,
    OFFSET_BYTES = 8, /* and below: of a table that is a stream */
    GENERATION_BYTES = 2,
    PIECE_BYTES = 64 << 10,
    ENTRY_MAX_BYTES = 40, /* of the table, for one stream */
    END_MAX_BYTES = 256
};

typedef struct unpacked {
    uint64_t number;
    size_t offset;
    uint32_t generation;
} unpacked;

typedef struct unpacking {
    pdf_file *file;
    buffer *out;
    buffer streams; /* elements: unpacked */
    z_stream z;
    size_t passed;  /* bytes of the objects so far: more than the file's where they overlap */
    size_t in_vain; /* bytes of streams that stay packed */
    bool is_full;   /* no room or memory for another stream, objects overlap, or too much in vain */
} unpacking;

/* The text of a dictionary's entries that stay, and what the others say. */
typedef struct packed_stream {
    view entries[MAX_ENTRIES];
    uint32_t count;
    pdf_object filter, parameters, length;
} packed_stream;

static bool is_one_of(const pdf_object *name, const char *const *names)
{
    for (; *names; names++)
        if (pdf_is_name(name, *names)) return true;
    return false;
}

/* False for an entry by which the stream is not to be unpacked. */
static bool take_entry(packed_stream *s, const pdf_object *key, const pdf_object *value, view text)
{
    static const char *const WITHOUT_TEXT[] = {"Image", "EmbeddedFile", "XRef", "Metadata", NULL};
    bool is_kind = pdf_is_name(key, "Type") || pdf_is_name(key, "Subtype");
    if (is_kind && is_one_of(value, WITHOUT_TEXT)) return false;
    if (pdf_is_name(key, "F")) return false; // its bytes are in another file
    pdf_object *meant = pdf_is_name(key, "Filter")        ? &s->filter
                        : pdf_is_name(key, "DecodeParms") ? &s->parameters
                        : pdf_is_name(key, "Length")      ? &s->length
                                                          : NULL;
    if (meant) {
        *meant = *value;
        return true;
    }
    if (s->count == MAX_ENTRIES) return false;
    s->entries[s->count++] = text;
    return true;
}

/* Reads the dictionary at p->at, and moves behind it. False when the stream is not to be unpacked. */
static bool read_entries(pdf_parser *p, packed_stream *s)
{
    if (!pdf_accept(p, VIEW("<<"))) return false;
    while (!pdf_accept(p, VIEW(">>"))) {
        size_t start = p->at;
        pdf_object key = pdf_parse(p);
        size_t middle = p->at;
        pdf_object value = pdf_parse(p);
        if (key.kind != PDF_NAME || p->at == middle || p->at >= p->bytes.size) return false;
        if (!take_entry(s, &key, &value, view_slice(p->bytes, start, p->at))) return false;
    }
    return true;
}

static bool is_flate_alone(pdf_file *f, const packed_stream *s)
{
    static const char *const FLATE[] = {"FlateDecode", "Fl", NULL};
    pdf_object filter = pdf_resolve(f, &s->filter), parameters = pdf_resolve(f, &s->parameters);
    if (filter.kind == PDF_ARRAY && filter.count == 1) filter = pdf_resolve(f, filter.elements);
    if (parameters.kind == PDF_ARRAY && parameters.count == 1)
        parameters = pdf_resolve(f, parameters.elements);
    if (!is_one_of(&filter, FLATE)) return false;
    if (parameters.kind == PDF_NULL) return true;
    pdf_object predictor = pdf_get(f, &parameters, "Predictor");
    return parameters.kind == PDF_DICTIONARY &&
           (predictor.kind == PDF_NULL || (predictor.kind == PDF_NUMBER && predictor.number == 1));
}

/* The bytes of the stream behind p->at, as long as its length says and "endstream" bears out. */
static bool find_bytes(pdf_parser *p, uint64_t length, view *out)
{
    if (!pdf_accept(p, VIEW("stream"))) return false;
    if (p->at < p->bytes.size && p->bytes.data[p->at] == '\r') p->at++;
    if (p->at < p->bytes.size && p->bytes.data[p->at] == '\n') p->at++;
    if (length < LEAST_PACKED_BYTES || length > p->bytes.size - p->at) return false;
    *out = view_slice(p->bytes, p->at, p->at + (size_t)length);
    p->at += (size_t)length;
    return pdf_accept(p, VIEW("endstream"));
}

/* Makes room for a piece of a stream, beside what the table of all will take. */
static bool has_room(unpacking *u)
{
    size_t streams = u->streams.size / sizeof(unpacked) + 2; // the table is one, too
    size_t table = streams * ENTRY_MAX_BYTES + END_MAX_BYTES;
    size_t left = u->out->max_bytes - u->out->size;
    u->is_full = streams > MAX_UNPACKED + 1 || left < PIECE_BYTES + table ||
                 !buffer_reserve(u->out, PIECE_BYTES);
    return !u->is_full;
}

/* Appends what was packed, if it is whole and fits; false, `out` as far as it came, when not. */
static bool inflate_whole(unpacking *u, view packed)
{
    buffer *out = u->out;
    if (inflateReset(&u->z) != Z_OK || packed.size > UINT32_MAX) return false;
    u->z.next_in = (z_const Bytef *)(uintptr_t)packed.data;
    u->z.avail_in = (uInt)packed.size;
    int result = Z_OK;
    while (result == Z_OK && has_room(u)) {
        u->z.next_out = (Bytef *)out->data + out->size;
        u->z.avail_out = PIECE_BYTES;
        result = inflate(&u->z, Z_NO_FLUSH);
        out->size += PIECE_BYTES - u->z.avail_out;
    }
    return result == Z_STREAM_END;
}

/* True where a search for objects, as of a file whose table is damaged, could find one. */
static bool has_objects(view text)
{
    return view_find(text, VIEW(" obj")) < text.size ||
           view_find(text, VIEW("trailer")) < text.size;
}

static bool append_stream(unpacking *u, const packed_stream *s, view packed)
{
    buffer *out = u->out;
    char digits[MAX_OFFSET_DIGITS + 1];
    buffer_append_text(out, "<</Length ");
    size_t length_at = out->size;
    buffer_append_text(out, "0000000000");
    for (uint32_t i = 0; i < s->count; i++) {
        buffer_append_byte(out, '\n');
        buffer_append(out, s->entries[i]);
    }
    buffer_append_text(out, ">>\nstream\n");
    size_t start = out->size;
    if (!inflate_whole(u, packed)) return false;
    if (has_objects(view_slice(buffer_view(out), start, out->size))) return false;
    (void)snprintf(digits, sizeof digits, "%010u", (unsigned)(out->size - start));
    memcpy(out->data + length_at, digits, MAX_OFFSET_DIGITS);
    buffer_append_text(out, "\nendstream\nendobj\n");
    return out->failed == KITH_OK;
}

static void unpack_object(unpacking *u, uint64_t number)
{
    pdf_place place;
    packed_stream s = {0};
    view packed;
    if (!pdf_object_place(u->file, number, &place) || place.generation > MAX_GENERATION) return;
    pdf_parser p;
    pdf_parser_init(&p, u->file->bytes, place.at, u->file->objects);
    bool is_packed = read_entries(&p, &s) && is_flate_alone(u->file, &s);
    if (is_packed) {
        pdf_object length = pdf_resolve(u->file, &s.length);
        is_packed = find_bytes(&p, pdf_whole(&length, u->file->bytes.size, 0), &packed);
    }
    u->passed += p.at - place.at;
    u->is_full |= u->passed > u->file->bytes.size;
    pdf_parser_done(&p);
    if (!is_packed || u->is_full || !has_room(u)) return;
    unpacked made = {number, u->out->size, place.generation};
    buffer_printf(u->out, "%u %u obj\n", (unsigned)number, place.generation);
    if (append_stream(u, &s, packed)) {
        buffer_append(&u->streams, (view){(const char *)&made, sizeof made});
        return;
    }
    u->in_vain += u->out->size - made.offset;
    u->out->size = made.offset;
    u->is_full |= u->in_vain > u->out->max_bytes;
}

/* How many streams from the first on have numbers that follow each other. */
static size_t run_length(const unpacked *streams, size_t count)
{
    size_t run = 1;
    while (run < count && streams[run].number == streams[0].number + run)
        run++;
    return run;
}

static void append_rows(buffer *out, const unpacked *streams, size_t count)
{
    buffer_append_text(out, "xref\n");
    for (size_t i = 0, run; i < count; i += run) {
        run = run_length(streams + i, count - i);
        buffer_printf(out, "%u %u\n", (unsigned)streams[i].number, (unsigned)run);
        for (size_t k = i; k < i + run; k++)
            buffer_printf(out, "%010zu %05u n \n", streams[k].offset, streams[k].generation);
    }
}

static void append_big_endian(buffer *out, uint64_t value, unsigned bytes)
{
    while (bytes-- > 0)
        buffer_append_byte(out, (char)(value >> 8 * bytes & 0xFF));
}

/* The section as a stream (7.5.8), which is an object itself: the last of the streams. */
static void append_row_stream(buffer *out, const unpacked *streams, size_t count, const char *ends)
{
    unsigned number = (unsigned)streams[count - 1].number;
    buffer_printf(out, "%u 0 obj\n<</Type/XRef/W[1 %d %d]/Index[", number, OFFSET_BYTES,
                  GENERATION_BYTES);
    for (size_t i = 0, run; i < count; i += run) {
        run = run_length(streams + i, count - i);
        buffer_printf(out, "%u %u ", (unsigned)streams[i].number, (unsigned)run);
    }
    buffer_printf(out, "]/Length %zu%s>>\nstream\n", count * (1 + OFFSET_BYTES + GENERATION_BYTES),
                  ends);
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(out, 1); // an object at an offset
        append_big_endian(out, streams[i].offset, OFFSET_BYTES);
        append_big_endian(out, streams[i].generation, GENERATION_BYTES);
    }
    buffer_append_text(out, "\nendstream\nendobj\n");
}

/* One more section of the table. Its trailer is the one that counts, of which pdftotext wants the catalog. It is a
 * stream where the file's newest one is: for an object that is missing, poppler searches the whole file when the
 * newest section is none, and then loses what is within object streams. */
static void append_table(unpacking *u, uint32_t catalog_generation)
{
    buffer *out = u->out;
    size_t table = out->size;
    bool is_stream = u->file->trailer.is_stream;
    const unpacked itself = {pdf_object_count(u->file), table, 0};
    pdf_object catalog = pdf_entry(&u->file->trailer, "Root");
    char ends[END_MAX_BYTES];
    if (is_stream) buffer_append(&u->streams, (view){(const char *)&itself, sizeof itself});
    if (u->streams.failed != KITH_OK) return;
    const unpacked *streams = (const unpacked *)(const void *)u->streams.data;
    size_t count = u->streams.size / sizeof *streams;
    (void)snprintf(ends, sizeof ends, "/Size %u/Root %u %u R/Prev %llu",
                   (unsigned)itself.number + is_stream, (unsigned)catalog.number,
                   catalog_generation, (unsigned long long)u->file->table);
    if (is_stream) {
        append_row_stream(out, streams, count, ends);
    } else {
        append_rows(out, streams, count);
        buffer_printf(out, "trailer\n<<%s>>\n", ends);
    }
    buffer_printf(out, "startxref\n%zu\n%%%%EOF\n", table);
}

/* The generation of the catalog, whose reference is written anew; false when it cannot be. */
static bool find_catalog(const pdf_file *f, uint32_t *generation)
{
    pdf_object catalog = pdf_entry(&f->trailer, "Root");
    pdf_place place = {0};
    if (f->catalog.kind != PDF_DICTIONARY || catalog.kind != PDF_REFERENCE) return false;
    // Within an object stream it has none.
    (void)pdf_object_place(f, (uint64_t)catalog.number, &place);
    *generation = place.generation;
    return place.generation <= MAX_GENERATION;
}

void pdf_unpack(pdf_file *f, buffer *out)
{
    unpacking u = {.file = f, .out = out};
    uint32_t generation;
    if (f->is_encrypted || f->base != 0 || !find_catalog(f, &generation)) return;
    if (inflateInit(&u.z) != Z_OK) return;
    arena scratch;
    arena_init(&scratch, 0);
    buffer_init(&u.streams, (MAX_UNPACKED + 1) * sizeof(unpacked));
    buffer_append(out, f->bytes);
    buffer_append_byte(out, '\n');
    pdf_objects_begin(f, &scratch);
    for (uint64_t number = 1; number < pdf_object_count(f) && !u.is_full; number++) {
        unpack_object(&u, number);
        arena_reset(&scratch);
    }
    pdf_objects_begin(f, NULL);
    arena_done(&scratch);
    if (u.streams.size > 0) append_table(&u, generation);
    if (u.streams.size == 0 || u.streams.failed != KITH_OK || out->failed != KITH_OK)
        buffer_reset(out);
    (void)inflateEnd(&u.z);
    buffer_done(&u.streams);
}
