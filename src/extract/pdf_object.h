/* pdf_object.h - the objects that a PDF consists of (numbers, strings, names, arrays, dictionaries,
 * references), from their bytes. pdf_file.h says where in a file they stand. */
#ifndef KITH_EXTRACT_PDF_OBJECT_H
#define KITH_EXTRACT_PDF_OBJECT_H

#include "base/arena.h"
#include "base/buffer.h"

#include <stdint.h>

enum {
    PDF_MAX_DEPTH = 64,
    /* of arrays and dictionaries within each other */ PDF_MAX_ELEMENTS = 1 << 20
};

typedef enum pdf_kind {
    PDF_NULL, /* also what cannot be read */
    PDF_BOOL,
    PDF_NUMBER,
    PDF_STRING,
    PDF_NAME,
    PDF_ARRAY,
    PDF_DICTIONARY,
    PDF_REFERENCE
} pdf_kind;

/* Borrowed from the file and the arena that it was parsed into. */
typedef struct pdf_object {
    pdf_kind kind;
    bool is_stream;                    /* a dictionary that a stream's bytes follow */
    uint32_t count;                    /* elements, or entries */
    double number;                     /* of a number; 1 for true; the object that is referred to */
    view text;                         /* a string's bytes, a name without '/', a stream's bytes */
    const struct pdf_object *elements; /* [count]; of a dictionary [2 * count]: key, value, ... */
} pdf_object;

typedef struct pdf_parser {
    view bytes;
    size_t at;
    arena *memory;
    buffer stack; /* elements of what is open */
} pdf_parser;

/* bytes and memory must outlive the objects. */
void pdf_parser_init(pdf_parser *p, view bytes, size_t at, arena *memory);
void pdf_parser_done(pdf_parser *p);
/* Passes over white space and comments. */
void pdf_skip_space(pdf_parser *p);
/* Reads the object at p->at, and moves behind it; PDF_NULL, p->at anywhere, for what is none.
 * Memory that runs out sets the arena's `exhausted`, or p->stack.failed. */
pdf_object pdf_parse(pdf_parser *p);
/* Moves behind `word` when it stands at p->at, behind white space. */
bool pdf_accept(pdf_parser *p, view word);
/* A whole number without a sign at p->at, behind white space; false, p->at anywhere, for none. */
bool pdf_accept_number(pdf_parser *p, uint64_t *out);

/* The value of a dictionary's key, as it stands there; PDF_NULL for none. Pure. */
pdf_object pdf_entry(const pdf_object *dictionary, const char *key);
/* A number in [0, max]; `otherwise` for anything else. Pure. */
uint64_t pdf_whole(const pdf_object *o, uint64_t max, uint64_t otherwise);
static inline bool pdf_is_name(const pdf_object *o, const char *name)
{
    return o->kind == PDF_NAME && view_equal(o->text, view_of(name));
}
/* Appends a text string (in UTF-16, UTF-8 or PDFDocEncoding) as UTF-8, control characters as spaces. */
void pdf_append_text(const pdf_object *string, buffer *out);

#endif
