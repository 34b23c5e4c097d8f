/* charset_declared.h - the encoding that a text says it is in, in its own first bytes. Pure. */
#ifndef KITH_EXTRACT_CHARSET_DECLARED_H
#define KITH_EXTRACT_CHARSET_DECLARED_H

#include "base/view.h"

/* The label that the text declares; empty when it declares none. Borrowed from `bytes`. Found are
 * an XML declaration (<?xml encoding="koi8-r"?>), the first <meta charset="..."> or <meta
 * http-equiv content="text/html; charset=..."> within the first 4,096 bytes of HTML, and the
 * comment of Python, Emacs and vim in one of the first two lines ("coding: latin-1",
 * "fileencoding=cp1252").
 * bytes  in an encoding of which ASCII is a part */
view charset_declared(view bytes);

#endif
