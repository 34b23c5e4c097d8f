/* http_events.h - what libmicrohttpd calls: the life of a request, by the lead.
 *
 *   PHASE_HEAD --guard, on_head--> PHASE_BODY --last byte--> PHASE_WORK --reply--> PHASE_REPLY
 *        |                              |                       (a worker's)            |
 *        | refused                      | too large                                     | sent
 *        +------------------------------+--> PHASE_DISCARD --last byte--> PHASE_REPLY --+--> end
 *        +--> PHASE_REPLY, when much of the body is to come: the connection ends
 *
 * libmicrohttpd calls on_access once when the head is complete, then for each piece of the body,
 * then once more; and again whenever a suspended connection is resumed. It takes a reply when the
 * head is complete and when the body is, and not in between. While a worker has the exchange its
 * connection is suspended. */
#ifndef KITH_NET_HTTP_EVENTS_H
#define KITH_NET_HTTP_EVENTS_H

#include "net/http_exchange.h"

/* MHD_AccessHandlerCallback, MHD_OPTION_URI_LOG_CALLBACK, MHD_OPTION_NOTIFY_COMPLETED,
 * MHD_OPTION_NOTIFY_CONNECTION; `context` is the http_service. */
enum MHD_Result http_on_access(void *context, struct MHD_Connection *c, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **exchange);
void *http_on_target(void *context, const char *target, struct MHD_Connection *c);
void http_on_completed(void *context, struct MHD_Connection *c, void **exchange,
                       enum MHD_RequestTerminationCode how);
void http_on_connection(void *context, struct MHD_Connection *c, void **connection,
                        enum MHD_ConnectionNotificationCode what);
/* MHD_OPTION_UNESCAPE_CALLBACK: leaves everything as it came. */
size_t http_keep_escaped(void *context, struct MHD_Connection *c, char *text);

/* Runs a job: the worker's part. `context` is not used. */
void http_work(void *context, http_job *job);
/* Replies 503 to a job that no worker has begun. */
void http_turn_away(http_job *job);

#endif
