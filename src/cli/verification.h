/* verification.h - the progress of what reads a whole data directory: check, backup, restore. */
#ifndef KITH_CLI_VERIFICATION_H
#define KITH_CLI_VERIFICATION_H

#include "cli/console.h"

#include <kith/operation.h>
#include <stdint.h>

typedef struct verification {
    console *console;
    int64_t shown_ns;
} verification;

/* Catches Ctrl-C, so that the work ends in order (KITH_ERR_CANCELLED). */
void verification_start(verification *v, console *c);
/* An on_progress: draws the bar now and then. Not 0 after Ctrl-C. `context` is the verification. */
int verification_progress(void *context, const char *step, uint64_t done, uint64_t total);
/* Reports what was copied: "VERB ... PATH", or as JSON {VERB: PATH, ...}. */
void verification_report(console *c, const char *verb, const char *path,
                         const kith_backup_info *info);
/* Erases the bar. */
void verification_done(const verification *v);

#endif
