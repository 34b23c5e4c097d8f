/* extract_text.c - plain text and source code: the file is the document. */
#include "extract/extract_job.h"

static kith_status add_file(extract_job *job, document *d, kith_error *err)
{
    d->id = job->stem;
    d->text = job->text;
    d->text_is_file = true;
    return extract_job_add(job, d, err);
}

kith_status extract_plain(extract_job *job, kith_error *err)
{
    document d;
    kith_status status = extract_job_begin(job, "text", &d, err);
    return status == KITH_OK ? add_file(job, &d, err) : status;
}

kith_status extract_code(extract_job *job, const char *language, kith_error *err)
{
    document d;
    kith_status status = extract_job_begin(job, "code", &d, err);
    if (status == KITH_OK)
        status = metadata_set_string(&d.fields, "language", view_of(language), err);
    return status == KITH_OK ? add_file(job, &d, err) : status;
}
