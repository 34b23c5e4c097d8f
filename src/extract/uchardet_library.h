/* uchardet_library.h - libuchardet, loaded when the first text comes that is neither UTF-8 nor
 * declared: nearly no command meets one, and the library would take 1 ms of each one's start
 * (docs/decisions/039). */
#ifndef KITH_EXTRACT_UCHARDET_LIBRARY_H
#define KITH_EXTRACT_UCHARDET_LIBRARY_H

#include "base/status.h"
#include "base/view.h"

/* What uchardet takes the bytes to be in, in its own words ("WINDOWS-1251", "UHC"); "" when it does
 * not know, or is not there: at run time it may be missing. At most 63 bytes into `out`. Any
 * thread. */
void uchardet_guess(view bytes, char out[64]);
/* Loads the library for the rest of the process, for one that is about to be confined. */
void uchardet_preload(void);

#endif
