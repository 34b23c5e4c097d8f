/* kith_json.c - answers and their events as JSON text, in the one form of answer/answer_json.h that
 * the cache, the record of conversations and every program above share. */
#include "answer/answer_json.h"
#include "lib/handle.h"

#include <stdlib.h>

/* Room for a thousand passages of a megabyte; what is larger is KITH_ERR_LIMIT. */
enum { JSON_TEXT_MAX_BYTES = 1 << 30 };

/* Ends `text` with its NUL and hands its memory to the caller, who frees it with kith_text_free. */
static kith_status hand_over(buffer *text, char **out, kith_error *err)
{
    kith_status status = buffer_status(text, "JSON", err);
    if (status == KITH_OK && !buffer_text(text)) status = buffer_status(text, "JSON", err);
    if (status == KITH_OK)
        *out = text->data;
    else
        buffer_done(text);
    return status;
}

kith_status kith_answer_to_json(const kith_answer *answer, const char *question, char **out,
                                kith_error *err)
{
    buffer text;
    buffer_init(&text, JSON_TEXT_MAX_BYTES);
    json_writer w = {.out = &text};
    json_begin_object(&w);
    if (question) {
        bool has_searched = answer->searched && answer->searched[0]; // NULL in an event
        json_member_text(&w, "question", question);
        json_member_text(&w, "searched", has_searched ? answer->searched : NULL);
    }
    answer_json_write(&w, answer);
    json_end_object(&w);
    return hand_over(&text, out, err);
}

kith_status kith_ask_event_to_json(const kith_ask_event *event, char **out, kith_error *err)
{
    buffer text;
    buffer_init(&text, JSON_TEXT_MAX_BYTES);
    json_writer w = {.out = &text};
    answer_json_write_event(&w, event);
    return hand_over(&text, out, err);
}

void kith_text_free(char *text)
{
    free(text);
}
