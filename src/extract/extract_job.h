/* extract_job.h - what the readers of one extraction share: the decoded text to read, and the lists
 * of documents, problems and attachments to fill. Internal to src/extract; one thread a job. */
#ifndef KITH_EXTRACT_EXTRACT_JOB_H
#define KITH_EXTRACT_EXTRACT_JOB_H

#include "base/buffer.h"
#include "extract/extract.h"
#include "extract/format.h"

typedef struct extract_job {
    view stem;            /* valid UTF-8 */
    view bytes;           /* the file, for formats that are not text */
    view text;            /* valid UTF-8 without NUL, line ends \n; empty when not text */
    const char *encoding; /* NULL for UTF-8 */
    const char *ocr_languages;
    const struct css_classes *classes; /* of style sheets beside the page; NULL: none */
    view declared_encoding; /* a label from outside the text (a mail's header); empty: none */
    arena *memory;          /* owns all results */
    buffer documents;       /* elements: document */
    buffer problems;        /* elements: extract_problem */
    buffer attachments;     /* elements: attachment */
    size_t text_bytes;      /* of all documents so far */
    size_t replaced;        /* invalid byte sequences that became U+FFFD so far */
    size_t left_out;        /* members of records that metadata cannot hold so far */
    notice_list notices;
    uint32_t depth; /* of files within files that are read as one document; 0: the file itself */
} extract_job;

/* What is to be read. Borrowed; as of extract() (extract.h). */
typedef struct extract_input {
    view name, bytes;
    /* In which pictures of pages are read, "deu+eng"; NULL: those that are installed (ocr_languages.h). */
    const char *ocr_languages;
} extract_input;

/* Reads the job's file, which is of `format`, into the job's lists. When it fails, the lists are
 * dropped. */
typedef kith_status (*format_reader)(extract_job *job, file_format format, kith_error *err);

/* Detects the file's format, decodes the file when that is text, calls `read`, and moves the lists
 * into *out. a and out are extract()'s (extract.h).
 * A blank text gives no document: `read` is not called.
 * Errors: KITH_ERR_UNSUPPORTED (binary, or a format that is not read: `read` is not called),
 * KITH_ERR_LIMIT (more than KITH_DOCUMENT_MAX_BYTES), KITH_ERR_FORMAT (`read` found problems and no
 * document), KITH_ERR_NO_MEMORY, and those of `read`. */
KITH_CHECKED kith_status extract_job_run(const extract_input *input, format_reader read, arena *a,
                                         extraction *out, kith_error *err);

/* Sets *out to a document that is empty but for the metadata that every document has: `type`, and
 * the encoding unless it is UTF-8. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_begin(extract_job *job, const char *type, document *out,
                                           kith_error *err);
/* The same for a document that is the whole of job->text, with the file's id. */
KITH_CHECKED kith_status extract_job_begin_text(extract_job *job, const char *type, document *out,
                                                kith_error *err);
/* Adds a document that is the whole of job->text, of a file that cannot be read as what it is, and
 * tells the user why. Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_add_as_text(extract_job *job, const char *type,
                                                 const char *why, kith_error *err);
/* Gives a record the place "line 4", unless it says itself where it belongs. Call it when fields and
 * text are there. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_line(extract_job *job, uint64_t line, document *d,
                                          kith_error *err);
/* Appends a copy of *d to the list; what it points to must live as long as the job's memory.
 * Errors: KITH_ERR_LIMIT (more than EXTRACT_MAX_DOCUMENTS, or more text in all than four times
 * KITH_DOCUMENT_MAX_BYTES, which short rows under long column names can reach),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_add(extract_job *job, const document *d, kith_error *err);
/* Appends a record that could not be read, with a copy of the reason.
 * record  1-based, as document.record
 * Errors: KITH_ERR_LIMIT (more than EXTRACT_MAX_DOCUMENTS), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_report(extract_job *job, uint64_t record, kith_status why,
                                            const char *reason, kith_error *err);

/* Tells the user that a part of the file which carries text was passed over, or could only be
 * guessed: plain words with the place, "slide 3: a diagram is not read". Copied; the same text
 * twice is one notice, and of more than NOTICES_MAX the rest is counted (notices.h).
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_notice(extract_job *job, const char *what, kith_error *err);

/* The text with \n line ends and a space for each NUL: `text` itself when it has neither \r nor
 * NUL, else a copy in the job's memory. For strings that were escaped in the file, which decoding
 * has not seen. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_clean(extract_job *job, view text, view *out, kith_error *err);

/* The same for a string, or each string of a list; other values stay as they are. A list's elements
 * must be the caller's own. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_clean_value(extract_job *job, metadata_value *value,
                                                 kith_error *err);

/* Sets job->text and job->encoding from bytes in whatever encoding, of which
 * job->declared_encoding may say more; adds to job->replaced, and a notice when it had to guess.
 * Errors: KITH_ERR_UNSUPPORTED (binary), KITH_ERR_LIMIT (more than KITH_DOCUMENT_MAX_BYTES of
 * UTF-8), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_job_decode(extract_job *job, view bytes, kith_error *err);

/* The readers of text, each from job->text. Errors of all: KITH_ERR_LIMIT (documents, problems,
 * headings, places or text), KITH_ERR_NO_MEMORY. Those of JSON, JSON Lines, CSV and notebooks also:
 * KITH_ERR_FORMAT when nothing of the file can be read. */
/* markup  that it may be written in (markup_outline.h); NULL: none */
KITH_CHECKED kith_status extract_plain(extract_job *job, const char *markup, kith_error *err);
KITH_CHECKED kith_status extract_code(extract_job *job, const char *language, kith_error *err);
KITH_CHECKED kith_status extract_properties(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_markdown(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_json(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_json_lines(extract_job *job, kith_error *err);
/* delimiter  0: found by the first rows (csv_layout.h) */
KITH_CHECKED kith_status extract_csv(extract_job *job, char delimiter, kith_error *err);
KITH_CHECKED kith_status extract_notebook(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_subtitles(extract_job *job, kith_error *err);

/* In kith-extract alone; also reads the chapters of EPUB and the bodies of mail. Errors:
 * KITH_ERR_LIMIT (too many headings, too much text), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_html(extract_job *job, kith_error *err);

/* In kith-extract alone. Errors: KITH_ERR_LIMIT (too many headings, too much text),
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_xml(extract_job *job, kith_error *err);
/* Calendars and contacts, in kith-extract alone. Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status extract_calendar(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_contacts(extract_job *job, kith_error *err);

/* The other foreign formats, in kith-extract alone, each from job->bytes. Errors of all:
 * KITH_ERR_AUTH (encrypted), KITH_ERR_FORMAT (damaged), KITH_ERR_UNSUPPORTED (a ZIP method; PDF
 * without pdftotext), KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY; of PDF also KITH_ERR_TIMEOUT and
 * KITH_ERR_IO. */
KITH_CHECKED kith_status extract_docx(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_pptx(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_xlsx(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_epub(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_pdf(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_odt(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_ods(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_odp(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_rtf(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_xls(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_ppt(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_msg(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_tnef(extract_job *job, kith_error *err);
/* By programs of others (outside_program.h): also KITH_ERR_TIMEOUT, KITH_ERR_IO. */
KITH_CHECKED kith_status extract_doc(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_manual(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_djvu(extract_job *job, kith_error *err);
/* Archives: their files become the job's attachments, named by their paths. One that cannot be
 * unpacked is told. A packed file (gzip, bzip2, xz, zstd) gives the one file, under its own name,
 * without an owner. */
KITH_CHECKED kith_status extract_zip(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_tar(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_unpacked(extract_job *job, kith_error *err);

#endif
