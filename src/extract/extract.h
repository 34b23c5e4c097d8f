/* extract.h - a file's bytes to documents.
 * The kind comes from the name's extension, then from the content. One file gives one document, or
 * many (a JSON list, JSON Lines, CSV rows). Malformed records are reported one by one and do not
 * stop the rest. */
#ifndef KITH_EXTRACT_EXTRACT_H
#define KITH_EXTRACT_EXTRACT_H

#include "base/arena.h"
#include "base/metadata.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum {
    EXTRACT_MAX_DOCUMENTS = 1000000, /* and as many problems, of one file */
    EXTRACT_MAX_HEADINGS = 200000,
    EXTRACT_MAX_MARKS = 2000000,
    EXTRACT_MAX_DEPTH = 256, /* of open HTML elements */
};

/* A heading in force from `offset` on: "Guide > Install > Debian"; an empty path ends the one
 * before. */
typedef struct heading {
    size_t offset; /* bytes into document.text */
    view path;
} heading;

typedef enum place_kind {
    PLACE_NONE,    /* the place of before ends here */
    PLACE_PAGE,    /* number */
    PLACE_SLIDE,   /* number */
    PLACE_ROW,     /* number, of the sheet `name` */
    PLACE_CHAPTER, /* `name` */
    PLACE_CELL,    /* number, of a notebook */
    PLACE_MESSAGE  /* number, of a mailbox */
} place_kind;

/* The place of all text from `offset` on, until the next mark. Only what the file itself counts or
 * names: a format without pages gives none. */
typedef struct place_mark {
    size_t offset; /* bytes into document.text */
    place_kind kind;
    uint32_t number; /* 1-based; 0 where the kind has none */
    view name;       /* empty where the kind has none */
} place_mark;

typedef struct document {
    view id;    /* from the file's stem, or the record's "id"; may be empty: the caller names it */
    view title; /* may be empty */
    view text;  /* valid UTF-8, line ends normalised to \n; what offsets refer to */
    bool title_is_prefix; /* the title is embedded as "Title: ..." before the content (JSON records
                             with a title) */
    metadata fields; /* type, encoding unless UTF-8, and what the format gives: title, category,
                        language, ...; a record's own members win over them */
    const heading *headings; /* ascending by offset; may be NULL */
    uint32_t heading_count;
    uint32_t mark_count;
    const place_mark *marks; /* ascending by offset; may be NULL */
    uint32_t line_offset;    /* lines of the file before the document's first line: 0 unless text is
                                the file's own text */
    uint64_t record; /* 1-based: line (JSON Lines, CSV) or element (a JSON list) of the file; 0: the
                        whole file */
    bool text_is_file; /* offsets into text are offsets into the decoded file, so line numbers hold
                        */
} document;

/* A record that could not be read. */
typedef struct extract_problem {
    uint64_t record; /* 1-based: line or element of the file */
    kith_status status;
    view reason;
} extract_problem;

/* A file within the file, for an extraction of its own: documents of it are called `owner`/`name`.
 */
typedef struct attachment {
    view owner; /* id of the document that it hangs on; may be empty */
    view name;  /* base name */
    view bytes;
} attachment;

typedef struct extraction {
    document *documents;
    uint32_t document_count;
    extract_problem *problems;
    uint32_t problem_count;
    attachment *attachments;
    uint32_t attachment_count;
    size_t replaced; /* invalid byte sequences that became U+FFFD */
} extraction;

/* All memory of `out` is in `a` (borrowed name and bytes may be referred to as well and must live
 * as long). name   the file's base name bytes  at most KITH_DOCUMENT_MAX_BYTES, decoded too Errors:
 * KITH_ERR_UNSUPPORTED (binary, or a format to come; the message says which), KITH_ERR_AUTH
 * (encrypted), KITH_ERR_FORMAT when no record of the file can be read, KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status extract(view name, view bytes, arena *a, extraction *out, kith_error *err);

#endif
