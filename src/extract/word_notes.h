/* word_notes.h - footnotes, endnotes and comments of a Word file, by their ids, until the body refers
 * to them. One that nothing refers to is not shown by Word, and not read. */
#ifndef KITH_EXTRACT_WORD_NOTES_H
#define KITH_EXTRACT_WORD_NOTES_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/status.h"

enum { WORD_MAX_NOTES = 200000 };

typedef enum word_note_kind {
    WORD_FOOTNOTE,
    WORD_ENDNOTE,
    WORD_COMMENT,
    WORD_NOTE_KINDS
} word_note_kind;

typedef struct word_note {
    view text, author; /* author: of a comment; may be empty */
} word_note;

typedef struct word_notes {
    map *by_id[WORD_NOTE_KINDS];       /* index in `notes` */
    buffer notes;                      /* elements: word_note */
    buffer cited;                      /* elements: const word_note's index and kind, in order */
    uint32_t numbers[WORD_NOTE_KINDS]; /* cited so far */
} word_notes;

/* Errors of init: KITH_ERR_NO_MEMORY; call done all the same. */
KITH_CHECKED kith_status word_notes_init(word_notes *n, kith_error *err);
void word_notes_done(word_notes *n);
/* Keeps a note, whose views must outlive this. Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status word_notes_put(word_notes *n, word_note_kind kind, view id, word_note note,
                                        kith_error *err);
/* The body refers to the note: it waits to be taken. Once, whatever refers to it again.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status word_notes_cite(word_notes *n, word_note_kind kind, view id,
                                         kith_error *err);
/* Appends "Footnote 1: ...", "Comment (Ann): ..." of the first that waits; false when none does. */
bool word_notes_take(word_notes *n, buffer *out);

#endif
