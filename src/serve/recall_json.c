/* recall_json.c - see recall_json.h. */
#include "serve/recall_json.h"

#include "os/clock.h"

static const shape_member members[] = {
    {"recall", true, {SHAPE_NUMBER}, "share of the nearest that was found, on average"},
    {"low", true, {SHAPE_NUMBER}, "it lies above, at 95 of 100"},
    {"high", true, {SHAPE_NUMBER}, "and below"},
    {"searches", true, {SHAPE_INTEGER}, "that were compared with an exact one"},
    {"since", true, {SHAPE_TEXT}, "when the index was begun that they searched"},
    {0}};
const shape recall_shape = {SHAPE_RECORD, .members = members, .nullable = true, .name = "Recall"};

void recall_write(json_writer *w, const kith_recall *r)
{
    char since[21];
    json_key(w, "recall");
    if (r->searches == 0) {
        json_null(w);
        return;
    }
    clock_format_utc(r->since_ms, since);
    json_begin_object(w);
    json_member_double(w, "recall", r->recall);
    json_member_double(w, "low", r->low);
    json_member_double(w, "high", r->high);
    json_member_unsigned(w, "searches", r->searches);
    json_member_text(w, "since", since);
    json_end_object(w);
}
