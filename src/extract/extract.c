/* extract.c - the formats that kith reads itself, each by its reader. */
#include "extract/extract.h"

#include "extract/extract_job.h"

static kith_status read_format(extract_job *job, file_format format, kith_error *err)
{
    switch (format.kind) {
    case FILE_TEXT:
        return extract_plain(job, format.name, err);
    case FILE_MARKDOWN:
        return extract_markdown(job, err);
    case FILE_JSON:
        return extract_json(job, err);
    case FILE_JSON_LINES:
        return extract_json_lines(job, err);
    case FILE_CSV:
        return extract_csv(job, 0, err);
    case FILE_TSV:
        return extract_csv(job, '\t', err);
    case FILE_SUBTITLES:
        return extract_subtitles(job, err);
    case FILE_CODE:
        return extract_code(job, format.name, err);
    case FILE_PROPERTIES:
        return extract_properties(job, err);
    case FILE_NOTEBOOK:
        return extract_notebook(job, err);
    default:
        return fail(err, KITH_ERR_INTERNAL,
                    "a file of a foreign format came to kith's own readers");
    }
}

kith_status extract(view name, view bytes, arena *a, extraction *out, kith_error *err)
{
    return extract_job_run(&(extract_input){.name = name, .bytes = bytes}, read_format, a, out,
                           err);
}
