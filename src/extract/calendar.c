/* calendar.c - one pass over the content lines: the lines of an event are gathered until it ends,
 * because its summary may stand behind its times. Within an event, other components (alarms) are
 * passed over. Times stay in the zone that the calendar names: what it means is for the reader, who
 * knows the date. */
#include "extract/calendar.h"

#include "extract/calendar_rule.h"

#include <stdint.h>
#include <stdio.h>

enum { PEOPLE_MAX = 200, DATES_MAX = 200, LINE_MAX_BYTES = 64 * 1024, EVENTS_MAX = 10000 };

typedef struct content_line {
    view name;       // without parameters
    view parameters; // behind the name's ';', or empty
    view value;
} content_line;

typedef struct event {
    view summary, location, description, organizer, rule, duration, status, url, categories, uid,
        revision;
    content_line start, end, due, completed,
        instance; // instance: of the rule's, which this event stands for
    view left_out[DATES_MAX], added[DATES_MAX]; // lists of the rule's exceptions
    uint32_t left_out_count, added_count;
    view people[PEOPLE_MAX]; // values of ATTENDEE, with the parameters before them
    uint32_t people_count;
} event;

/* ---- content lines ---- */

bool calendar_line_append(view text, size_t *at, buffer *line)
{
    view rest = view_slice(text, *at, text.size);
    size_t end = view_find(rest, VIEW("\n"));
    buffer_append(line, view_slice(rest, 0, end));
    *at += end < rest.size ? end + 1 : end;
    return *at < text.size && (text.data[*at] == ' ' || text.data[*at] == '\t');
}

/* Copies the line that begins at *at, unfolded, and moves *at behind it. */
static void unfold(view text, size_t *at, buffer *line)
{
    buffer_reset(line);
    while (calendar_line_append(text, at, line))
        ++*at;
}

/* The name ends at ';' or ':', the parameters at the first ':' outside quotes. */
static content_line split(view line)
{
    content_line l = {line, VIEW(""), VIEW("")};
    size_t i = 0, name_end = line.size;
    bool quoted = false;
    for (; i < line.size && (quoted || line.data[i] != ':'); i++) {
        if (line.data[i] == '"') quoted = !quoted;
        if (line.data[i] == ';' && name_end == line.size) name_end = i;
    }
    if (i == line.size) return l;
    if (name_end > i) name_end = i;
    l.name = view_slice(line, 0, name_end);
    if (name_end < i) l.parameters = view_slice(line, name_end + 1, i);
    l.value = view_slice(line, i + 1, line.size);
    return l;
}

/* The value of a parameter, without quotes; empty when there is none. */
static view parameter(view parameters, view name)
{
    for (size_t i = 0; i < parameters.size;) {
        size_t end = i;
        bool quoted = false;
        for (; end < parameters.size && (quoted || parameters.data[end] != ';'); end++)
            if (parameters.data[end] == '"') quoted = !quoted;
        view one = view_slice(parameters, i, end);
        size_t equals = view_find(one, VIEW("="));
        if (equals < one.size && view_equal_nocase(view_slice(one, 0, equals), name)) {
            view value = view_slice(one, equals + 1, one.size);
            if (!view_starts_with(value, VIEW("\""))) return value;
            value = view_slice(value, 1, value.size);
            return view_slice(value, 0, view_find(value, VIEW("\"")));
        }
        i = end + 1;
    }
    return VIEW("");
}

// ---- writing ----

/* Text with its escapes undone: \n is a line end, or a blank where the text must stay on a line. */
static void append_value(buffer *out, view value, bool one_line)
{
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        if (c == '\\' && i + 1 < value.size) {
            c = value.data[++i];
            if (c == 'n' || c == 'N') c = one_line ? ' ' : '\n';
        }
        buffer_append_byte(out, c);
    }
}

static void append_labelled(buffer *out, const char *label, view value)
{
    value = view_trim(value);
    if (value.size == 0) return;
    buffer_printf(out, "%s: ", label);
    append_value(out, value, true);
    buffer_append_byte(out, '\n');
}

/* 20250703T140000Z as a date ("2025-07-03") and a time ("14:00"); the time is empty for a whole
 * day. False when it is neither. */
static bool read_time(view value, char date[16], char time[16])
{
    date[0] = time[0] = '\0';
    if (value.size < 8 || !view_is_digits(view_slice(value, 0, 8))) return false;
    const char *v = value.data;
    (void)snprintf(date, 16, "%.4s-%.2s-%.2s", v, v + 4, v + 6);
    if (value.size >= 13 && v[8] == 'T' && view_is_digits(view_slice(value, 9, 13)))
        (void)snprintf(time, 16, "%.2s:%.2s", v + 9, v + 11);
    return true;
}

/* The day before, for the end of an event of whole days, which is the first day after it. */
static void day_before(char date[16])
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0, month = (date[5] - '0') * 10 + date[6] - '0';
    int day = (date[8] - '0') * 10 + date[9] - '0';
    for (int i = 0; i < 4; i++)
        year = year * 10 + date[i] - '0';
    if (--day < 1) {
        if (--month < 1) {
            month = 12;
            year--;
        }
        bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        day = month > 12 ? 31 : DAYS[month - 1] + (month == 2 && is_leap);
    }
    (void)snprintf(date, 16, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
                   (unsigned)day % 100);
}

static void append_zone(buffer *out, content_line when, bool has_time)
{
    view zone = parameter(when.parameters, VIEW("TZID"));
    bool is_utc = when.value.size > 0 && when.value.data[when.value.size - 1] == 'Z';
    if (!has_time) return;
    if (is_utc)
        buffer_append(out, VIEW(" UTC"));
    else if (zone.size > 0)
        buffer_printf(out, " (%.*s)", VIEW_ARG(zone));
}

/* PT1H30M as "1 h 30 min". */
static void append_duration(buffer *out, view value)
{
    size_t start = 0;
    bool in_time = false;
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        if (is_ascii_digit(c)) continue;
        const char *unit = c == 'W'              ? "weeks"
                           : c == 'D'            ? "days"
                           : c == 'H'            ? "h"
                           : c == 'M' && in_time ? "min"
                           : c == 'S'            ? "s"
                                                 : NULL;
        view number = view_slice(value, start, i);
        if (unit && number.size > 0) buffer_printf(out, " %.*s %s", VIEW_ARG(number), unit);
        if (c == 'T') in_time = true;
        start = i + 1;
    }
}

static void append_times(buffer *out, const event *e)
{
    char date[16], time[16], end_date[16], end_time[16];
    if (!read_time(e->start.value, date, time)) return;
    buffer_printf(out, "When: %s%s%s", date, *time ? " " : "", time);
    bool has_end = read_time(e->end.value, end_date, end_time);
    if (has_end && !*end_time) day_before(end_date);
    bool other_zone = !view_equal(parameter(e->start.parameters, VIEW("TZID")),
                                  parameter(e->end.parameters, VIEW("TZID")));
    if (has_end && other_zone) append_zone(out, e->start, *time);
    if (has_end && strcmp(date, end_date) != 0)
        buffer_printf(out, " to %s%s%s", end_date, *end_time ? " " : "", end_time);
    else if (has_end && *end_time)
        buffer_printf(out, " to %s", end_time);
    append_zone(out, has_end && other_zone ? e->end : e->start, *time);
    if (!has_end && e->duration.size > 0) {
        buffer_append(out, VIEW(", for"));
        append_duration(out, e->duration);
    }
    buffer_append_byte(out, '\n');
}

/* "Not on: 2024-06-15, 2024-07-01 09:00" of lists of times. */
static void append_dates(buffer *out, const char *label, const view *lists, uint32_t count)
{
    char date[16], time[16];
    size_t written = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (size_t at = 0; at < lists[i].size;) {
            view rest = view_slice(lists[i], at, lists[i].size);
            view one = view_trim(view_slice(rest, 0, view_find(rest, VIEW(","))));
            at += view_find(rest, VIEW(",")) + 1;
            if (!read_time(one, date, time)) continue;
            if (written++)
                buffer_append(out, VIEW(", "));
            else
                buffer_printf(out, "%s: ", label);
            buffer_printf(out, "%s%s%s", date, *time ? " " : "", time);
        }
    }
    if (written) buffer_append_byte(out, '\n');
}

static void append_recurrence(buffer *out, const event *e)
{
    if (view_trim(e->rule).size) {
        buffer_append(out, VIEW("Repeats: "));
        calendar_rule_append(out, e->rule);
        buffer_append_byte(out, '\n');
    }
    append_dates(out, "Also on", e->added, e->added_count);
    append_dates(out, "Not on", e->left_out, e->left_out_count);
    append_dates(out, "In place of", &e->instance.value, 1);
}

/* "Ann Lee <ann@example.org>" of CN and mailto:. */
static void append_person(buffer *out, view line)
{
    content_line l = split(line);
    view name = parameter(l.parameters, VIEW("CN")), address = l.value;
    if (address.size >= 7 && view_equal_nocase(view_slice(address, 0, 7), VIEW("mailto:")))
        address = view_slice(address, 7, address.size);
    bool has_name = name.size > 0 && !view_equal_nocase(name, address);
    if (has_name) append_value(out, name, true);
    if (has_name && address.size > 0) buffer_append(out, VIEW(" <"));
    buffer_append(out, address);
    if (has_name && address.size > 0) buffer_append(out, VIEW(">"));
    view reply = parameter(l.parameters, VIEW("PARTSTAT"));
    if (view_equal_nocase(reply, VIEW("ACCEPTED"))) buffer_append(out, VIEW(" (accepted)"));
    if (view_equal_nocase(reply, VIEW("DECLINED"))) buffer_append(out, VIEW(" (declined)"));
    if (view_equal_nocase(reply, VIEW("TENTATIVE"))) buffer_append(out, VIEW(" (tentative)"));
}

/* "Due: 2025-05-01 12:00 UTC" and a line end; nothing for what is no time. */
static void append_moment(buffer *out, const char *label, content_line when)
{
    char date[16], time[16];
    if (!read_time(when.value, date, time)) return;
    buffer_printf(out, "%s%s%s%s", label, date, *time ? " " : "", time);
    append_zone(out, when, *time);
    buffer_append_byte(out, '\n');
}

/* Of a task how far it is, of an event whether it is sure; what is usual is not said. */
static void append_status(buffer *out, const event *e)
{
    if (view_equal_nocase(e->status, VIEW("COMPLETED")) || e->completed.value.size > 0) {
        size_t before = out->size;
        append_moment(out, "Status: completed ", e->completed);
        if (out->size == before) buffer_append_text(out, "Status: completed\n");
    } else if (view_equal_nocase(e->status, VIEW("IN-PROCESS"))) {
        buffer_append_text(out, "Status: in process\n");
    } else if (view_equal_nocase(e->status, VIEW("TENTATIVE"))) {
        buffer_append_text(out, "Status: tentative\n");
    }
}

static bool is_cancelled(const event *e, view method)
{
    return view_equal_nocase(method, VIEW("CANCEL")) ||
           view_equal_nocase(e->status, VIEW("CANCELLED"));
}

/* True for an event of the same revision (RFC 5545 3.8.7.4) as one in `known`, to which it is added. */
static bool is_repeated(map *known, const event *e, view method, buffer *out)
{
    buffer key;
    uint64_t ignored;
    view uid = view_trim(e->uid), revision = view_trim(e->revision);
    if (!known || uid.size == 0) return false;
    if (revision.size == 0) revision = VIEW("0");
    buffer_init(&key, 4 * LINE_MAX_BYTES);
    buffer_printf(&key, "%.*s\n%.*s\n%.*s\n%.*s\n%d", VIEW_ARG(uid), VIEW_ARG(revision),
                  VIEW_ARG(view_trim(e->instance.value)), VIEW_ARG(view_trim(e->start.value)),
                  is_cancelled(e, method));
    bool is_known = map_get(known, buffer_view(&key), &ignored);
    if (key.failed != KITH_OK)
        out->failed = key.failed;
    else if (!is_known && map_put(known, buffer_view(&key), 1) != KITH_OK)
        out->failed = KITH_ERR_NO_MEMORY;
    buffer_done(&key);
    return is_known;
}

/* kind  "Task" or "Journal" of an entry that is no event, else NULL */
static void append_event(buffer *out, const event *e, view method, const char *kind)
{
    const char *what = is_cancelled(e, method)                      ? "Cancelled"
                       : kind                                       ? kind
                       : view_equal_nocase(method, VIEW("REQUEST")) ? "Invitation"
                       : view_equal_nocase(method, VIEW("REPLY"))   ? "Reply to the invitation"
                                                                    : "Event";
    if (out->size > 0) buffer_append_byte(out, '\n');
    append_labelled(out, what, e->summary.size ? e->summary : VIEW("without a title"));
    append_times(out, e);
    append_moment(out, "Due: ", e->due);
    append_status(out, e);
    append_labelled(out, "Where", e->location);
    append_recurrence(out, e);
    append_labelled(out, "Categories", e->categories);
    if (e->organizer.size > 0) {
        buffer_append(out, VIEW("Organizer: "));
        append_person(out, e->organizer);
        buffer_append_byte(out, '\n');
    }
    for (uint32_t i = 0; i < e->people_count; i++) {
        buffer_append(out, i ? VIEW(", ") : VIEW("Attendees: "));
        append_person(out, e->people[i]);
    }
    if (e->people_count > 0) buffer_append_byte(out, '\n');
    append_labelled(out, "Link", e->url);
    if (e->description.size > 0) {
        append_value(out, e->description, false);
        buffer_append_byte(out, '\n');
    }
}

// ---- reading ----

static void read_property(event *e, content_line l, view line)
{
    const struct {
        const char *name;
        view *value;
    } TEXTS[] = {{"SUMMARY", &e->summary},   {"LOCATION", &e->location},
                 {"RRULE", &e->rule},        {"DESCRIPTION", &e->description},
                 {"DURATION", &e->duration}, {"STATUS", &e->status},
                 {"URL", &e->url},           {"CATEGORIES", &e->categories},
                 {"UID", &e->uid},           {"SEQUENCE", &e->revision}};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        if (view_equal_nocase(l.name, view_of(TEXTS[i].name))) *TEXTS[i].value = l.value;
    if (view_equal_nocase(l.name, VIEW("ORGANIZER"))) e->organizer = line;
    if (view_equal_nocase(l.name, VIEW("DTSTART"))) e->start = l;
    if (view_equal_nocase(l.name, VIEW("DTEND"))) e->end = l;
    if (view_equal_nocase(l.name, VIEW("DUE"))) e->due = l;
    if (view_equal_nocase(l.name, VIEW("COMPLETED"))) e->completed = l;
    if (view_equal_nocase(l.name, VIEW("RECURRENCE-ID"))) e->instance = l;
    if (view_equal_nocase(l.name, VIEW("EXDATE")) && e->left_out_count < DATES_MAX)
        e->left_out[e->left_out_count++] = l.value;
    if (view_equal_nocase(l.name, VIEW("RDATE")) && e->added_count < DATES_MAX)
        e->added[e->added_count++] = l.value;
    if (view_equal_nocase(l.name, VIEW("ATTENDEE")) && e->people_count < PEOPLE_MAX)
        e->people[e->people_count++] = line;
}

/* Appends the unfolded calendar to `flat`, a line each, so that views into it stay good. */
static void flatten(view text, buffer *flat)
{
    buffer line;
    buffer_init(&line, LINE_MAX_BYTES);
    for (size_t at = 0; at < text.size && flat->failed == KITH_OK;) {
        unfold(text, &at, &line);
        buffer_append(flat, buffer_view(&line)); // one that is too long is cut
        buffer_append_byte(flat, '\n');
    }
    buffer_done(&line);
}

static void read_events(view flat, map *known, buffer *out)
{
    event e = {.people_count = 0};
    view method = VIEW("");
    uint32_t inner = 0, events = 0; // open components within the event
    bool in_event = false;
    const char *kind = NULL;
    for (size_t at = 0; at < flat.size && events < EVENTS_MAX;) {
        view rest = view_slice(flat, at, flat.size);
        view line = view_slice(rest, 0, view_find(rest, VIEW("\n")));
        at += line.size + 1;
        content_line l = split(line);
        view value = view_trim(l.value);
        bool begins = view_equal_nocase(l.name, VIEW("BEGIN"));
        bool ends = view_equal_nocase(l.name, VIEW("END"));
        bool is_entry = view_equal_nocase(value, VIEW("VEVENT")) ||
                        view_equal_nocase(value, VIEW("VTODO")) ||
                        view_equal_nocase(value, VIEW("VJOURNAL"));
        if (!in_event && begins && is_entry) {
            e = (event){.people_count = 0};
            in_event = true;
            inner = 0;
            kind = view_equal_nocase(value, VIEW("VTODO"))      ? "Task"
                   : view_equal_nocase(value, VIEW("VJOURNAL")) ? "Journal"
                                                                : NULL;
        } else if (in_event && ends && is_entry) {
            if (!is_repeated(known, &e, method, out)) append_event(out, &e, method, kind);
            in_event = false;
            events++;
        } else if (begins || ends) {
            inner += begins ? 1 : inner > 0 ? -1U : 0;
        } else if (in_event && inner == 0) {
            read_property(&e, l, line);
        } else if (view_equal_nocase(l.name, VIEW("METHOD"))) {
            method = value;
        }
    }
    if (in_event && !is_repeated(known, &e, method, out)) append_event(out, &e, method, kind);
}

void calendar_append(view text, buffer *out)
{
    calendar_append_new(text, NULL, out);
}

void calendar_append_new(view text, map *known, buffer *out)
{
    buffer flat;
    buffer_init(&flat, text.size + text.size / 2 + 2);
    flatten(text, &flat);
    read_events(buffer_view(&flat), known, out);
    while (out->size > 0 && out->data[out->size - 1] == '\n')
        out->size--;
    buffer_done(&flat);
}
