/* calendar.h - iCalendar (RFC 5545) as text: invitations in mail, and calendars attached to it. */
#ifndef KITH_EXTRACT_CALENDAR_H
#define KITH_EXTRACT_CALENDAR_H

#include "base/buffer.h"
#include "base/map.h"
#include "base/view.h"

/* Appends the events and tasks of a calendar, each as lines ("Invitation: Roof inspection", "When:
 * 2025-07-03 14:00 to 15:30 (Europe/Berlin)", "Where: Hall 7", people, description), a blank line
 * between two. Appends nothing when there are none. A calendar that is cut off gives what is there.
 * Linear time; failure is in the buffer's state. Pure.
 * text  valid UTF-8, line ends \n */
void calendar_append(view text, buffer *out);
/* The same without the events that `known` has, by their UID, revision, time and instance, to which it
 * adds those that it appends; NULL: none is left out. Events without a UID are never left out. */
void calendar_append_new(view text, map *known, buffer *out);
/* Appends the line of `text` that begins at *at, without its end, and moves *at behind it. True when
 * the next line begins with a blank, at which *at then is: it goes on with this one (RFC 5545, and
 * RFC 6350 for contacts). */
bool calendar_line_append(view text, size_t *at, buffer *line);

#endif
