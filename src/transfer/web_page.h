/* web_page.h - one page of the web as the bytes of a file, for `kith add --url`. */
#ifndef KITH_TRANSFER_WEB_PAGE_H
#define KITH_TRANSFER_WEB_PAGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "os/call_limit.h"

typedef struct web_page {
    view url;  /* as it was given, without what stands behind a '#' */
    view name; /* of a file with its content: "guide.html" */
    buffer bytes;
} web_page;

/* Gets what the URL names, of at most KITH_DOCUMENT_MAX_BYTES. Redirects are followed as net/http.h
 * says: five, never from https to http, never to an address of the machine's own link, and to one of the
 * machine or its network only where the URL's own is of that kind. The name ends
 * as the content type says; text in another charset than UTF-8, where the server tells it, becomes
 * UTF-8.
 * url    http or https, without user name and password
 * limit  borrowed; NULL: none but the request's own (five minutes)
 * *out   its views live in `a`; end it with web_page_done, whatever is returned
 * Errors: KITH_ERR_INVALID (the URL), KITH_ERR_REMOTE (an answer that is no success; the message has
 * its number), KITH_ERR_UNSUPPORTED (a content type that kith does not read), KITH_ERR_LIMIT, and those
 * of http_send. */
KITH_CHECKED kith_status web_page_get(const char *url, const call_limit *limit, arena *a,
                                      web_page *out, kith_error *err);
void web_page_done(web_page *p);

#endif
