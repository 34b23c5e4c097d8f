/* format.h - a file's format, by its name and its first bytes. */
#ifndef KITH_EXTRACT_FORMAT_H
#define KITH_EXTRACT_FORMAT_H

#include "base/view.h"

typedef enum file_kind {
    FILE_TEXT,
    FILE_MARKDOWN,
    FILE_HTML,
    FILE_JSON,
    FILE_JSON_LINES,
    FILE_CSV,
    FILE_TSV,
    FILE_CODE,
    FILE_PROPERTIES, /* of Java */
    FILE_XML,
    FILE_SUBTITLES, /* SubRip, WebVTT */
    FILE_CALENDAR,  /* iCalendar */
    FILE_CONTACTS,  /* vCard */
    FILE_NOTEBOOK,  /* Jupyter */
    FILE_DOCX,
    FILE_PPTX,
    FILE_XLSX,
    FILE_EPUB,
    FILE_ODT,
    FILE_ODS,
    FILE_ODP,
    FILE_RTF,
    FILE_DOC,    /* Word of before 2007 */
    FILE_XLS,    /* Excel of before 2007 */
    FILE_PPT,    /* PowerPoint of before 2007 */
    FILE_MSG,    /* a message of Outlook's */
    FILE_TNEF,   /* the same as a part of mail: winmail.dat */
    FILE_MANUAL, /* a manual page's source */
    FILE_ZIP,    /* of files; Office's are what they hold */
    FILE_TAR,
    FILE_PACKED, /* by gzip, bzip2, xz or zstd: one file, whose format is its own */
    FILE_PDF,
    FILE_DJVU,
    FILE_MAIL,        /* one message */
    FILE_MAILBOX,     /* mbox */
    FILE_SAVED_PAGE,  /* a web page as a message: MHTML */
    FILE_UNSUPPORTED, /* a known format that kith does not read */
    FILE_BINARY       /* known not to be text */
} file_kind;

typedef struct file_format {
    file_kind kind;
    const char *name; /* FILE_CODE: its language; FILE_TEXT: the markup that it may be written in;
                         FILE_UNSUPPORTED: a sentence for people, with what to do; else NULL */
} file_format;

/* The extension decides, unless the first bytes are another format's signature (a PDF called .txt).
 * Without a known extension the content decides; what is not recognised is text, which decoding may
 * then find to be binary.
 * name  the base name
 * Any thread. */
file_format format_detect(view name, view bytes);
/* The name without its last extension, a view into it: "notes.md" gives "notes"; ".profile" and
 * "Makefile" are returned as they are. */
view format_stem(view name);

/* True when such a file is text in some encoding, to be decoded before it is read. */
bool format_is_text(file_kind kind);
/* A format of other people's, with structure enough to be hostile in: HTML, XML, PDF, Office,
 * OpenDocument, EPUB and mail. Its parser runs in a process of its own (extract_file.h) and is not part of libkith. */
bool format_is_foreign(file_kind kind);
/* One of the foreign formats that need GMime: a message, a mailbox, a web page saved as one. */
bool format_is_mail(file_kind kind);

#endif
