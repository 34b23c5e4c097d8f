/* slide_reader.h - one part of a PowerPoint file (a slide, its notes, a layout) as shapes in the order
 * in which they are seen, each with its blocks. The title comes first wherever it stands; a group is
 * read as one, from within. Hidden shapes, and the furniture of a page (date, footer, number), are
 * left out. */
#ifndef KITH_EXTRACT_SLIDE_READER_H
#define KITH_EXTRACT_SLIDE_READER_H

#include "extract/extract_job.h"
#include "extract/numeral.h"
#include "extract/office_package.h"
#include "extract/office_text.h"
#include "extract/slide_order.h"

enum {
    SLIDE_MAX_SHAPES = 20000,
    SLIDE_MAX_DEPTH = 32, /* of groups */
    SLIDE_LIST_LEVELS = 9
};

typedef struct slide_shape {
    slide_box box;
    uint32_t parent;   /* index of its group; UINT32_MAX: the slide */
    size_t start, end; /* of its blocks, in `blocks` */
    view kind;         /* of its placeholder: "title", "body", ...; empty: none */
    view number;       /* of its placeholder; may be empty */
    view description;  /* for people who do not see it */
    uint32_t size;     /* of its largest letters, in hundredths of a point; 0: not said */
    bool is_placeholder, has_box, is_hidden, is_picture, has_children;
} slide_shape;

typedef struct slide_reader {
    extract_job *job;
    archive *parts;
    const relationships *related;
    uint32_t slide; /* its number, for notices */
    bool is_notes;  /* of a page of notes only the body and what is no placeholder count */
    bool is_hidden; /* in the show; out */
    office_text text;
    buffer shapes;                                      /* elements: slide_shape */
    buffer blocks;                                      /* see slide_reader.c */
    uint32_t open[SLIDE_MAX_DEPTH], open_count, beyond; /* shapes, groups among them */
    /* automatic numbers of the open shape, by level */
    struct {
        view kind;
        uint32_t number;
    } counters[SLIDE_LIST_LEVELS];
    uint32_t list_level, list_start;
    view list_kind; /* of the open paragraph; empty: none */
    buffer line;
} slide_reader;

void slide_reader_init(slide_reader *s, extract_job *job, archive *parts);
void slide_reader_done(slide_reader *s);
/* Reads a part; what it held before is dropped.
 * related  of the part; outlives the reading
 * Errors: KITH_ERR_LIMIT (shapes, text), those of archive_read and xml_read. */
KITH_CHECKED kith_status slide_reader_read(slide_reader *s, view part, const relationships *related,
                                           kith_error *err);
/* The box of the placeholder of this kind and number among the shapes; false: none has one. */
bool slide_reader_box(const slide_reader *s, view kind, view number, slide_box *out);
/* Gives shapes without a box that of their placeholder in `layout`. */
void slide_reader_place(slide_reader *s, const slide_reader *layout);
/* Calls the sink for all blocks, in the order of reading. Blocks of the title have level 1; where no
 * placeholder for one has text, a line above all else, in letters a quarter larger, is the title.
 * is_entry of a block: the block before is of the same shape
 * Errors: KITH_ERR_NO_MEMORY, the sink's. */
KITH_CHECKED kith_status slide_reader_write(slide_reader *s, office_sink sink, kith_error *err);

#endif
