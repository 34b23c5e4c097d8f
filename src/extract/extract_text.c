/* extract_text.c - plain text, source code and configurations: the file is the document. */
#include "extract/config_outline.h"
#include "extract/extract_job.h"
#include "extract/markup_outline.h"

kith_status extract_plain(extract_job *job, const char *markup, kith_error *err)
{
    document d;
    outline found;
    kith_status status = extract_job_begin_text(job, "text", &d, err);
    if (status != KITH_OK) return status;
    view title = VIEW("");
    outline_init(&found, job->memory);
    status = markup_outline(job->text, markup, &found, &title, err);
    if (title.size > 0) d.title = title;
    if (status == KITH_OK) status = outline_finish(&found, &d, err);
    outline_done(&found);
    return status == KITH_OK ? extract_job_add(job, &d, err) : status;
}

/* Configurations have headings. */
static kith_status add_headings(extract_job *job, view language, document *d, kith_error *err)
{
    outline found;
    kith_status status = KITH_OK;
    outline_init(&found, job->memory);
    if (view_equal(language, VIEW("yaml")))
        status = config_outline_yaml(job->text, &found, err);
    else if (view_equal(language, VIEW("toml")) || view_equal(language, VIEW("ini")))
        status = config_outline_tables(job->text, &found, err);
    view title = d->title;
    if (status == KITH_OK) status = outline_finish(&found, d, err);
    d->title = title; // a key is none
    outline_done(&found);
    return status;
}

kith_status extract_code(extract_job *job, const char *language, kith_error *err)
{
    document d;
    kith_status status = extract_job_begin_text(job, "code", &d, err);
    if (status == KITH_OK)
        status = metadata_set_string(&d.fields, "language", view_of(language), err);
    if (status == KITH_OK) status = add_headings(job, view_of(language), &d, err);
    return status == KITH_OK ? extract_job_add(job, &d, err) : status;
}
