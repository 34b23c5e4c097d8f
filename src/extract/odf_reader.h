/* odf_reader.h - the text of OpenDocument (content.xml, or the headers of styles.xml) as blocks:
 * paragraphs with the labels of their lists, rows of tables, and behind a paragraph what is anchored
 * in it: notes, comments, text boxes, descriptions of pictures. Left out: tracked deletions, hidden
 * text, directories, prompts, and what programs fill in on each page. Used for texts, slides and what
 * stands beside the cells of a sheet. Source: OpenDocument 1.3 part 3. */
#ifndef KITH_EXTRACT_ODF_READER_H
#define KITH_EXTRACT_ODF_READER_H

#include "base/map.h"
#include "extract/archive.h"
#include "extract/extract_job.h"
#include "extract/odf_styles.h"
#include "extract/office_text.h"
#include "extract/raised.h"
#include "extract/struck.h"
#include "extract/table.h"

enum { ODF_MAX_CONTAINERS = 16, ODF_MAX_LIST_DEPTH = 64, ODF_MAX_REPEATS = 1000000 };

typedef enum odf_container_kind {
    ODF_ROOT, /* its paragraphs are blocks */
    ODF_CELL, /* of a table in the root */
    ODF_NOTE,
    ODF_COMMENT,
    ODF_BOX /* one paragraph within a paragraph */
} odf_container_kind;

typedef struct odf_container {
    odf_container_kind kind;
    uint32_t depth;           /* of its element */
    uint32_t list_base;       /* lists that were open around it */
    buffer done;              /* its paragraphs so far; not of the root */
    buffer open;              /* text of the open paragraph */
    buffer label;             /* of the open paragraph */
    uint32_t paragraph_depth; /* 0: none is open */
    office_block block;       /* of the open paragraph */
    raised raised;
    struck struck;
    uint32_t struck_depth; /* of the open span, or paragraph, that is struck through; 0: none */
    size_t struck_start;   /* of its text in `open` */
    table_cell cell;       /* ODF_CELL, without its text */
    uint32_t repeated;     /* how many such cells there are beside each other, at least 1 */
    bool is_endnote;       /* ODF_NOTE */
} odf_container;

typedef struct odf_list {
    odf_numbering *numbering;
    uint32_t start;     /* of the open entry; 0: the next number */
    bool entry_is_open; /* that has no label yet */
    bool had_label;     /* the open entry */
} odf_list;

typedef struct odf_reader {
    extract_job *job;
    odf_styles *styles;
    office_sink sink;
    odf_container containers[ODF_MAX_CONTAINERS];
    uint32_t container_count; /* 0: outside of text */
    odf_list lists[ODF_MAX_LIST_DEPTH];
    uint32_t list_depth;
    table table;
    uint32_t table_depth;  /* of the open table's element; 0: none */
    uint32_t header_depth; /* of its open header rows; 0: none */
    uint32_t repeats;      /* cells that repetition has added, in all tables */
    uint32_t depth;        /* open elements */
    uint32_t skip_depth;   /* of the element that is left out; 0: none */
    uint32_t raise_depth;  /* of the open raised or lowered span; 0: none */
    odf_align align;
    buffer run; /* of that span */
    uint32_t frame_depth, title_depth, author_depth;
    buffer picture;         /* title and description of the open frame */
    buffer author;          /* of the open comment */
    buffer entries;         /* of the open list of a form, each ended by a NUL */
    uint32_t changes_depth; /* of the open list of tracked changes; 0: none */
    view change;            /* the id of the open one */
    map *deletions;         /* their ids; NULL: none */
    bool is_deleted;        /* text is left out, to the end of a deletion */
    bool frame_has_text, frame_has_object;
    buffer held; /* blocks that wait for the paragraph or table to end, each ended by a NUL */
    uint32_t notes[2];
    bool is_slide;       /* bullets are left out, as every outline has them */
    bool had_page_field; /* in the open root */
    const char *place;   /* of notices: "slide 3"; NULL: none */
    archive *parts;      /* that hold embedded objects; NULL: a flat file, which has none */
    xml_names names;     /* of elements that are looked at */
} odf_reader;

/* Errors: KITH_ERR_NO_MEMORY. `job` and `styles` must outlive it, and the sink's context. */
void odf_reader_init(odf_reader *r, extract_job *job, odf_styles *styles, office_sink sink);
void odf_reader_done(odf_reader *r);
/* Text from here on is text of the document, until odf_reader_end_root. Between events of the parts
 * that hold the text. */
void odf_reader_begin_root(odf_reader *r);
/* Writes what still waits. Errors of all below: KITH_ERR_LIMIT (too much text), KITH_ERR_NO_MEMORY,
 * the sink's. */
KITH_CHECKED kith_status odf_reader_end_root(odf_reader *r, kith_error *err);
/* To be called for every event, inside and outside of roots. */
KITH_CHECKED kith_status odf_reader_start(odf_reader *r, view name, xml_attributes attributes,
                                          kith_error *err);
KITH_CHECKED kith_status odf_reader_end(odf_reader *r, view name, kith_error *err);
KITH_CHECKED kith_status odf_reader_text(odf_reader *r, view text, kith_error *err);

#endif
