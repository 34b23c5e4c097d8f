/* pdf_file.h - the objects of a PDF by their numbers, for what pdftotext does not tell: labels of
 * pages, bookmarks, notes and files within the file. Of pages' contents it reads nothing.
 *
 * Only what the file's own table says is believed. A file whose table is damaged, which poppler
 * repairs by guessing, has no objects here, and neither has one that is encrypted. */
#ifndef KITH_EXTRACT_PDF_FILE_H
#define KITH_EXTRACT_PDF_FILE_H

#include "base/map.h"
#include "extract/pdf_object.h"

enum {
    PDF_MAX_OBJECTS = 1 << 21,
    PDF_MAX_SECTIONS = 512, /* of the table, one for each time that the file was changed */
    PDF_MAX_STREAM_BYTES = 64 << 20,
    PDF_MAX_INFLATED_BYTES = 192 << 20 /* of all streams together */
};

typedef struct pdf_file {
    view bytes;
    arena *memory;   /* of what lives as long as the file */
    arena *objects;  /* of those that are parsed from now on; `memory` unless pdf_objects_begin */
    size_t base;     /* where the file begins within bytes: offsets count from there */
    uint64_t table;  /* the offset of the newest section of the table */
    buffer slots;    /* elements: pdf_slot, by number */
    map *streams;    /* number of an object stream that was read: its index in `opened` */
    buffer opened;   /* elements: pdf_object_stream */
    size_t inflated; /* bytes so far */
    uint32_t nested; /* objects that are being read */
    pdf_object trailer, catalog;
    bool is_encrypted;
} pdf_file;

/* Reads the table. bytes and memory must outlive f and its objects. A file that has no table that
 * can be read is as one without objects. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pdf_file_open(pdf_file *f, view bytes, arena *memory, kith_error *err);
/* Accepts one that is zeroed, or that failed to open. */
void pdf_file_done(pdf_file *f);
/* The object that `o` refers to, or o itself; PDF_NULL when there is none. */
pdf_object pdf_resolve(pdf_file *f, const pdf_object *o);
/* pdf_resolve of a dictionary's value. */
pdf_object pdf_get(pdf_file *f, const pdf_object *dictionary, const char *key);
/* Inflates a stream into the arena, as f's limits allow. False, *out untouched: no stream, too
 * large, damaged, or packed by another filter than Flate. */
bool pdf_stream_read(pdf_file *f, const pdf_object *stream, view *out);
/* Numbers of objects are below this. */
uint64_t pdf_object_count(const pdf_file *f);
typedef struct pdf_place {
    size_t at; /* within the bytes, behind the object's head ("12 0 obj") */
    uint32_t generation;
} pdf_place;
/* Where an object stands in the file itself. False, *out untouched, for one that is within an object
 * stream, or is not where the table has it with this generation. */
bool pdf_object_place(const pdf_file *f, uint64_t number, pdf_place *out);
/* Objects that are parsed from now on live in `scratch`, which the caller may reset between them: for
 * a list whose elements are looked at one by one, however long it is. What objects share (streams of
 * objects, what was inflated) stays in f->memory. NULL ends it, and before `scratch` ends it must;
 * that `scratch` ran out of memory is remembered. */
void pdf_objects_begin(pdf_file *f, arena *scratch);
/* KITH_ERR_NO_MEMORY when memory ran out while objects were read. */
KITH_CHECKED kith_status pdf_file_status(const pdf_file *f, kith_error *err);

#endif
