/* outside_text.c - see outside_text.h. */
#include "extract/outside_text.h"

#include "extract/extract_file.h"
#include "extract/outside_program.h"

#include "base/utf8.h"

#include <kith/types.h>

kith_status outside_text(extract_job *job, file_kind kind, buffer *out, kith_error *err)
{
    const outside_run command = {
        .kind = kind,
        .program = outside_program_find(kind),
        .bytes = job->bytes,
        .memory_bytes = EXTRACT_PDF_MEMORY_BYTES,
        .cpu_s = EXTRACT_CPU_SECONDS,
        .wall_ms = EXTRACT_WALL_MS,
    };
    int exit_status = 0; // both programs give what they could read whatever it is
    buffer raw;
    buffer_init(&raw, KITH_DOCUMENT_MAX_BYTES);
    kith_status status = outside_program_run(&command, &raw, &exit_status, err);
    if (status == KITH_OK) job->replaced += utf8_append_repaired(out, buffer_view(&raw));
    if (status == KITH_OK) status = buffer_status(out, "the text of the file", err);
    buffer_done(&raw);
    return status;
}
