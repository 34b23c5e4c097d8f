/* compare_form.h - text as it is compared when its look does not matter: case, compatibility forms and
 * white space folded. */
#ifndef KITH_TEXT_COMPARE_FORM_H
#define KITH_TEXT_COMPARE_FORM_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

/* NFKC with case folded, each run of white space one space, none at the ends; in `a`. Valid UTF-8
 * in. KITH_ERR_LIMIT (1 GiB), KITH_ERR_NO_MEMORY. Any thread. */
KITH_CHECKED kith_status text_fold(view text, arena *a, view *out, kith_error *err);

#endif
