/* extract_job.h - what the formats of one extraction share: the decoded text in, documents and
 * problems out. Internal to src/extract. */
#ifndef KITH_EXTRACT_EXTRACT_JOB_H
#define KITH_EXTRACT_EXTRACT_JOB_H

#include "base/buffer.h"
#include "extract/extract.h"
#include "extract/format.h"

typedef struct extract_job {
    view stem;            /* valid UTF-8 */
    view bytes;           /* the file, for formats that are no text */
    view text;            /* valid UTF-8 without NUL, line ends \n */
    const char *encoding; /* NULL for UTF-8 */
    arena *memory;        /* of all results */
    buffer documents;     /* of document */
    buffer problems;      /* of extract_problem */
    buffer attachments;   /* of attachment */
    size_t text_bytes;    /* of all documents so far */
    size_t replaced;      /* invalid byte sequences */
} extract_job;

/* Reads the job's file, which is of `format`, into its lists. */
typedef kith_status (*format_reader)(extract_job *job, file_format format, kith_error *err);

/* Makes a job of the file, decodes it when its format is text, has `read` read it, and hands over
 * the lists. Arguments and errors are those of extract() (extract.h), and what `read` returns. */
KITH_CHECKED kith_status extract_job_run(view name, view bytes, format_reader read, arena *a,
                                         extraction *out, kith_error *err);

/* A document with the fields that every one has; the format fills in the rest. */
KITH_CHECKED kith_status extract_job_begin(extract_job *job, const char *type, document *out,
                                           kith_error *err);
/* KITH_ERR_LIMIT when the file gives too many documents or too much text (short rows under long
 * column names). */
KITH_CHECKED kith_status extract_job_add(extract_job *job, const document *d, kith_error *err);
/* Notes a record that could not be read. */
KITH_CHECKED kith_status extract_job_report(extract_job *job, uint64_t record, kith_status why,
                                            const char *reason, kith_error *err);

/* The text with \n line ends and without NUL: itself when it has neither \r nor NUL, else a copy.
 * For strings that were escaped in the file. */
KITH_CHECKED kith_status extract_job_clean(extract_job *job, view text, view *out, kith_error *err);

/* Sets job->text and job->encoding from bytes in whatever encoding; adds to job->replaced. */
KITH_CHECKED kith_status extract_job_decode(extract_job *job, view bytes, kith_error *err);

/* The formats. Each reads job->text. KITH_ERR_FORMAT when the whole is unreadable. */
KITH_CHECKED kith_status extract_plain(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_code(extract_job *job, const char *language, kith_error *err);
KITH_CHECKED kith_status extract_markdown(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_html(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_json(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_json_lines(extract_job *job, kith_error *err);
/* delimiter  0: the commonest of comma, semicolon and tab in the header */
KITH_CHECKED kith_status extract_csv(extract_job *job, char delimiter, kith_error *err);
KITH_CHECKED kith_status extract_notebook(extract_job *job, kith_error *err);
/* These read job->bytes. KITH_ERR_AUTH when the file is encrypted. */
KITH_CHECKED kith_status extract_docx(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_pptx(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_xlsx(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_epub(extract_job *job, kith_error *err);
KITH_CHECKED kith_status extract_pdf(extract_job *job, kith_error *err);

#endif
