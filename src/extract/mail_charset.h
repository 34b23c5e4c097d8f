/* mail_charset.h - will a message be read without converters? */
#ifndef KITH_EXTRACT_MAIL_CHARSET_H
#define KITH_EXTRACT_MAIL_CHARSET_H

#include "base/view.h"

#include <stdbool.h>

/* True when reading the message or mailbox may use what encoding_preload() (encoding.h) loads; false
 * only when it surely does not. Any thread. */
bool mail_needs_converter(view bytes);

#endif
