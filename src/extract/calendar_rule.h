/* calendar_rule.h - how often an event of a calendar takes place, in words. */
#ifndef KITH_EXTRACT_CALENDAR_RULE_H
#define KITH_EXTRACT_CALENDAR_RULE_H

#include "base/buffer.h"

/* Appends the words of a recurrence rule (RFC 5545, 3.3.10): "every 2 weeks on Monday and Wednesday,
 * until 2024-12-31" of "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20241231". A rule with a part that
 * the words would leave out is appended as it is. Failure is in the buffer's state. Pure. */
void calendar_rule_append(buffer *out, view rule);

#endif
