/* extract_foreign.c - the foreign formats but mail, each by its reader; in kith-extract alone. */
#include "extract/extract_foreign.h"

#include "extract/extract_job.h"

static kith_status read_format(extract_job *job, file_format format, kith_error *err)
{
    switch (format.kind) {
    case FILE_HTML:
        return extract_html(job, err);
    case FILE_XML:
        return extract_xml(job, err);
    case FILE_CALENDAR:
        return extract_calendar(job, err);
    case FILE_CONTACTS:
        return extract_contacts(job, err);
    case FILE_PDF:
        return extract_pdf(job, err);
    case FILE_DJVU:
        return extract_djvu(job, err);
    case FILE_DOCX:
        return extract_docx(job, err);
    case FILE_PPTX:
        return extract_pptx(job, err);
    case FILE_XLSX:
        return extract_xlsx(job, err);
    case FILE_EPUB:
        return extract_epub(job, err);
    case FILE_ODT:
        return extract_odt(job, err);
    case FILE_ODS:
        return extract_ods(job, err);
    case FILE_ODP:
        return extract_odp(job, err);
    case FILE_RTF:
        return extract_rtf(job, err);
    case FILE_DOC:
        return extract_doc(job, err);
    case FILE_XLS:
        return extract_xls(job, err);
    case FILE_PPT:
        return extract_ppt(job, err);
    case FILE_MSG:
        return extract_msg(job, err);
    case FILE_TNEF:
        return extract_tnef(job, err);
    case FILE_MANUAL:
        return extract_manual(job, err);
    case FILE_ZIP:
        return extract_zip(job, err);
    case FILE_TAR:
        return extract_tar(job, err);
    case FILE_PACKED:
        return extract_unpacked(job, err);
    default:
        return fail(err, KITH_ERR_INTERNAL, "kith-extract does not read this format");
    }
}

kith_status extract_foreign(const extract_input *input, arena *a, extraction *out, kith_error *err)
{
    return extract_job_run(input, read_format, a, out, err);
}
