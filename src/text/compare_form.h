/* compare_form.h - the form in which two texts are equal when they differ only in case, in
 * compatibility forms (ligatures, full width) or in white space. */
#ifndef KITH_TEXT_COMPARE_FORM_H
#define KITH_TEXT_COMPARE_FORM_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

/* *out, in `a`, is the valid UTF-8 `text` in NFKC with its case folded, each run of white space one
 * space and none at the ends. Any thread. Errors, with *out untouched: KITH_ERR_LIMIT above 1 GiB,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status text_fold(view text, arena *a, view *out, kith_error *err);

#endif
