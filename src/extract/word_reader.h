/* word_reader.h - the events of a part of a Word file (body, notes, a header) as blocks of
 * office_text.h: which text counts, what styles and numbering make of a paragraph, which notes follow
 * it, and what drawings hold. */
#ifndef KITH_EXTRACT_WORD_READER_H
#define KITH_EXTRACT_WORD_READER_H

#include "extract/extract_job.h"
#include "extract/office_package.h"
#include "extract/office_text.h"
#include "extract/word_fields.h"
#include "extract/word_notes.h"
#include "extract/word_numbering.h"
#include "extract/word_styles.h"

enum { WORD_MAX_CONTROLS = 64 };

/* Called with the name of a part. */
typedef struct word_hook {
    void *context;
    kith_status (*part)(void *context, view name, kith_error *err);
} word_hook;

typedef struct word_reader {
    extract_job *job;
    archive *parts;
    const relationships *related; /* of the part that is read */
    office_text text;
    word_styles styles;
    word_numbering numbering;
    word_notes notes;
    word_fields fields;
    word_hook alternative;      /* for an altChunk, between two paragraphs */
    const uint32_t *paragraphs; /* of the body so far, for notices */
    bool counts;                /* paragraphs are numbered: the body */
    /* of the outermost open paragraph */
    word_style style;
    uint32_t use, list_level; /* of its numbering; use 0: none */
    bool says_list_level, says_numbering, is_deleted, had_page_number;
    /* the open content controls: their depths; that of the one whose prompt is shown, or 0 */
    uint32_t controls[WORD_MAX_CONTROLS], control_count, prompt_depth;
    uint32_t contents_depth; /* of the open control that holds a table of contents; 0: none */
    bool in_instruction, is_checked;
    uint32_t chosen, entries; /* of the open list of a form: the one shown; so far */
    /* the notes that are collected; WORD_NOTE_KINDS: none */
    word_note_kind collects;
    buffer *collected;
    view note_id, note_author;
    buffer line;
    xml_names names; /* of elements that are looked at within paragraphs */
} word_reader;

/* job, parts  borrowed; the archive may be opened later. Errors of init: KITH_ERR_NO_MEMORY; call
 * done all the same. */
KITH_CHECKED kith_status word_reader_init(word_reader *w, extract_job *job, archive *parts,
                                          kith_error *err);
void word_reader_done(word_reader *w);
/* A part with these relationships, which outlive its reading, is read next. */
void word_reader_begin_part(word_reader *w, const relationships *related);
/* The events of a part. Errors: those of office_text.h, archive_read, xml_read, the hook's. */
xml_events word_reader_events(word_reader *w);
/* From here on a part holds notes of this kind: each is what the sink has put into `from` when it
 * ends. WORD_NOTE_KINDS: no more. */
void word_reader_collect(word_reader *w, word_note_kind kind, buffer *from);
/* The line of a header holds little but the number of a page. */
bool word_reader_is_page_line(const word_reader *w, view line);
/* A notice with the number of the paragraph. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status word_reader_notice(word_reader *w, const char *what, kith_error *err);

#endif
