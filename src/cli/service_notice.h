/* service_notice.h - tells systemd how a service is doing (sd_notify(3)): one datagram each. */
#ifndef KITH_CLI_SERVICE_NOTICE_H
#define KITH_CLI_SERVICE_NOTICE_H

#include "cli/environment.h"

/* state  "READY=1" or "STOPPING=1"
 * Does nothing unless NOTIFY_SOCKET names a socket; a failure is nobody's: systemd notices by
 * itself. */
void service_notice(const environment *e, const char *state);

#endif
