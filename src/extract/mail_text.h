/* mail_text.h - the plain text of a mail's body as its reader sees it: flowed lines joined, the
 * armour of signatures taken off. Pure. */
#ifndef KITH_EXTRACT_MAIL_TEXT_H
#define KITH_EXTRACT_MAIL_TEXT_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdbool.h>

/* The text is one that only its receiver can read (OpenPGP). */
bool mail_text_is_encrypted(view text);
/* The text without the lines around a signed one and its signature (RFC 4880, 7); `text` itself
 * when it is not signed. */
view mail_text_unsigned(view text);
/* Appends text of format=flowed (RFC 3676): a line that ends with a space goes on in the next one.
 * del_sp  the space is no part of the text */
void mail_text_append_flowed(view text, bool del_sp, buffer *out);
/* The plain text says too little for what the HTML says: most of the words of `html` are not in
 * it. Both short. */
bool mail_text_is_stub(view plain, view html);

#endif
