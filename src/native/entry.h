/* entry.h - how every handler of this dialect begins, and what several of them read and write. */
#ifndef KITH_NATIVE_ENTRY_H
#define KITH_NATIVE_ENTRY_H

#include "serve/call.h"

enum { PAGE_DEFAULT = 100, PAGE_MAX = 1000 }; /* records of a page */

/* Of lists: {"limit", "cursor"}. */
extern const shape page_query_shape;
/* {"deleted": "..."}, and a reply of it. */
extern const shape deleted_shape;
void reply_deleted(serve_call *call, const char *what);
/* What a file's reader tells; an element of the list "notices", and that list as a member. */
extern const shape notice_shape;
void write_notices(json_writer *w, const kith_notices *notices);
/* "2026-01-31T12:00:00Z". */
void write_time(json_writer *w, const char *key, int64_t wall_ms);

/* Checks the request by its route's shapes, and that the caller's key may touch the collection that
 * the path names first. False: it was refused, and replied to. */
bool native_begin(serve_call *call);
/* The first capture, which is the collection's name in all paths that have one. */
const char *native_collection(const serve_call *call);
/* The page that the request asks for, for a call of kith. */
kith_page native_page(serve_call *call);

#endif
