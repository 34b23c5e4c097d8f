/* outside_text.h - a file as the text that another program makes of it (outside_program.h). */
#ifndef KITH_EXTRACT_OUTSIDE_TEXT_H
#define KITH_EXTRACT_OUTSIDE_TEXT_H

#include "base/buffer.h"
#include "extract/extract_job.h"
#include "extract/format.h"

/* Appends what the program of this kind writes, as UTF-8; what is none is replaced and counted in the
 * job. Errors: those of outside_program_run; KITH_ERR_LIMIT. */
KITH_CHECKED kith_status outside_text(extract_job *job, file_kind kind, buffer *out,
                                      kith_error *err);

#endif
