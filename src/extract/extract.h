/* extract.h - a file's bytes to documents.
 * The format comes from the name's extension, then from the content. One file gives one document,
 * or many (a JSON list, JSON Lines, CSV rows, a mailbox). Malformed records are reported one by one
 * and do not stop the rest.
 *
 * The invariant that every consumer builds on: the offsets of headings and places are in bytes into
 * document.text, never beyond its end, at the start of a code point, and in ascending order.
 * extraction_check.h states it as code, along with what the readers promise beyond it. */
#ifndef KITH_EXTRACT_EXTRACT_H
#define KITH_EXTRACT_EXTRACT_H

#include "base/arena.h"
#include "base/metadata.h"
#include "base/status.h"
#include "base/view.h"
#include "extract/notices.h"

#include <stdint.h>

enum {
    EXTRACT_MAX_DOCUMENTS = 1000000, /* and as many problems, of one file */
    EXTRACT_MAX_HEADINGS = 200000,
    EXTRACT_MAX_MARKS = 2000000,
    EXTRACT_MAX_DEPTH = 256, /* of open HTML elements that shape the text */
};

/* The heading that the text from `offset` to the next heading stands under, with those above it:
 * "Guide > Install > Debian". An empty path: from here on the text stands under no heading. */
typedef struct heading {
    size_t offset; /* bytes into document.text */
    view path;
} heading;

typedef enum place_kind {
    PLACE_NONE,      /* from here on the text has no place */
    PLACE_PAGE,      /* has a number, and as `name` its label, if any */
    PLACE_SLIDE,     /* has a number */
    PLACE_ROW,       /* has a number, and as `name` its sheet's */
    PLACE_CHAPTER,   /* has a name */
    PLACE_CELL,      /* of a notebook; has a number */
    PLACE_MESSAGE,   /* of a mailbox; has a number */
    PLACE_POINTER,   /* of JSON; has as name its pointer (RFC 6901) */
    PLACE_ANCHOR,    /* of a web page: has as `name` the id of an element */
    PLACE_PARAGRAPH, /* of a text without pages; has a number; a table counts as one */
    PLACE_TIME,      /* of a recording; has as number its second, at least 1 */
    PLACE_LINE,      /* of a record whose text is not as the file has it; has a number */
    PLACE_KINDS      /* how many there are */
} place_kind;

/* The place of the text from `offset` to the next mark. Only what the file itself counts or names:
 * a format without pages gives no marks. */
typedef struct place_mark {
    size_t offset; /* bytes into document.text */
    place_kind kind;
    uint32_t number; /* 1-based; 0 where the kind has none */
    view name;       /* empty where the kind has none */
    bool by_ocr;     /* the text was read off a picture */
} place_mark;

typedef struct document {
    view id;              /* the file's stem or the record's "id"; empty: the caller chooses one */
    view title;           /* may be empty */
    view text;            /* valid UTF-8 without NUL, line ends \n; offsets refer to it */
    bool title_is_prefix; /* embed "Title: ..." before the content: the text does not hold the title
                             (JSON records with a title) */
    metadata fields; /* type, encoding unless UTF-8, and what the format gives: title, category,
                        language, ...; a record's own members win over them */
    const heading *headings; /* [heading_count]; may be NULL when that is 0 */
    uint32_t heading_count;
    uint32_t mark_count;
    const place_mark *marks; /* [mark_count]; may be NULL when that is 0 */
    uint32_t line_offset;    /* lines of the file before the document's first line; 0 unless
                                text_is_file */
    uint64_t record; /* 1-based line (JSON Lines, CSV), element (a JSON list) or message (a mailbox)
                        of the file; 0: the whole file */
    uint32_t part;   /* 0: of the file itself; else the number, from 1, of the file within it whose
                      document it is (an attachment, a member of an archive): extract_file alone */
    bool text_is_file; /* text is the decoded file, so that its line numbers are the file's */
} document;

/* A record that could not be read. */
typedef struct extract_problem {
    uint64_t record; /* as document.record; 0: an attachment */
    kith_status status;
    view reason;
} extract_problem;

/* A file within the file, to be extracted by itself. Its documents get the id `owner`/`name`. */
typedef struct attachment {
    view owner; /* id of the message that it is attached to; may be empty */
    view name;  /* base name, valid UTF-8 */
    view bytes;
} attachment;

typedef struct extraction {
    document *documents;
    uint32_t document_count;
    extract_problem *problems;
    uint32_t problem_count;
    attachment *attachments; /* of mail, before extract_file has followed them */
    uint32_t attachment_count;
    size_t replaced; /* invalid byte sequences that became U+FFFD, of all documents */
    size_t left_out; /* members of JSON records that metadata cannot hold (metadata.h): objects, and
                        lists that are nested, of several types or too long */
    notice_list notices; /* of the whole file */
} extraction;

/* Reads a file of the formats that kith parses itself: text, Markdown, JSON, JSON Lines, CSV, code
 * and notebooks. For a file of any format see extract_file.h.
 * name   the file's base name, any bytes
 * bytes  the file, at most KITH_DOCUMENT_MAX_BYTES, before and after decoding
 * a      owns what *out points to, together with `name` and `bytes`, which it may point into: all
 *        three must outlive it
 * Any thread. On failure *out is untouched; `a` may have grown.
 * Errors: KITH_ERR_UNSUPPORTED  binary, or a format that kith knows and does not read; the message
 *                               names it
 *         KITH_ERR_FORMAT       not what its name says, or no record of it can be read
 *         KITH_ERR_LIMIT        too many bytes, documents, problems, headings or places
 *         KITH_ERR_NO_MEMORY
 *         KITH_ERR_INTERNAL     a foreign format (format_is_foreign): a bug of the caller */
KITH_CHECKED kith_status extract(view name, view bytes, arena *a, extraction *out, kith_error *err);

#endif
