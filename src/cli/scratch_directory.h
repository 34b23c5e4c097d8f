/* scratch_directory.h - a directory that lives as long as a command. */
#ifndef KITH_CLI_SCRATCH_DIRECTORY_H
#define KITH_CLI_SCRATCH_DIRECTORY_H

#include "cli/command.h"

/* Makes TMPDIR/kith-PURPOSE-XXXXXX; the path lives as long as the run. KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status scratch_directory_make(invocation *run, const char *purpose,
                                                const char **out, kith_error *err);
/* Removes the directory with everything in it; prints a notice when that fails. Accepts NULL. */
void scratch_directory_remove(invocation *run, const char *path);

#endif
