/* extract_subtitles.c - SubRip (srt) and WebVTT: the words that are said, a line a cue, and when, in
 * seconds, as their place. Numbers of cues, styles, notes and markup are left out; the voice of a cue
 * stands before it. A cue that repeats the one before (as automatic captions do) is left out.
 * Sources: https://www.w3.org/TR/webvtt1/ */
#include "extract/extract_job.h"
#include "extract/html_entity.h"
#include "extract/manuscript.h"

#include <kith/types.h>

/* "00:01:02,500" or "01:02.500" in seconds, at least 1, as places are numbered from 1; 0 when it is
 * no time. */
static uint32_t seconds_of(view text)
{
    uint32_t whole = 0, part = 0, parts = 0, digits = 0;
    for (size_t i = 0; i <= text.size; i++) {
        char c = i < text.size ? text.data[i] : '.';
        if (is_ascii_digit(c)) {
            if (++digits > 4) return 0;
            part = part * 10 + (uint32_t)(c - '0');
            continue;
        }
        if (digits == 0 || ++parts > 3) return 0;
        whole = whole * 60 + part;
        part = digits = 0;
        if (c != ':') break;
    }
    return parts < 2 ? 0 : whole ? whole : 1;
}

/* Marks of direction say nothing; a no-break space is one. */
static void append_entity(buffer *out, const html_entity *entity)
{
    view text = {entity->text, entity->text_size};
    bool is_mark = view_equal(text, VIEW("\xE2\x80\x8E")) || view_equal(text, VIEW("\xE2\x80\x8F"));
    if (view_equal(text, VIEW("\xC2\xA0"))) text = VIEW(" ");
    if (!is_mark) buffer_append(out, text);
}

/* Appends the text of a line of a cue: without tags, character references written out. */
static void append_line(buffer *out, view line)
{
    if (out->size) buffer_append_byte(out, ' ');
    for (size_t i = 0; i < line.size; i++) {
        view rest = view_slice(line, i, line.size);
        size_t tag = line.data[i] == '<' ? view_find(rest, VIEW(">")) : rest.size;
        if (view_starts_with(rest, VIEW("{\\"))) tag = view_find(rest, VIEW("}"));
        if (tag < rest.size) {
            size_t space = view_find(rest, VIEW(" "));
            bool is_voice = rest.data[1] == 'v' && space < tag;
            if (is_voice) buffer_append(out, view_slice(rest, space + 1, tag));
            if (is_voice) buffer_append_text(out, ": ");
            i += tag;
            continue;
        }
        html_entity entity;
        if (line.data[i] == '&' && html_entity_read(rest, &entity) && entity.text_size) {
            append_entity(out, &entity);
            i += entity.size - 1;
        } else {
            buffer_append_byte(out, line.data[i]);
        }
    }
}

static kith_status read_cues(extract_job *job, manuscript *m, buffer *cue, buffer *last,
                             kith_error *err)
{
    view text = job->text;
    kith_status status = KITH_OK;
    for (size_t at = 0; status == KITH_OK && at < text.size;) {
        view line = view_next_line(text, &at);
        size_t arrow = view_find(line, VIEW("-->"));
        uint32_t seconds =
            arrow < line.size ? seconds_of(view_trim(view_slice(line, 0, arrow))) : 0;
        if (!seconds) continue;
        buffer_reset(cue);
        while (at < text.size) {
            line = view_trim(view_next_line(text, &at));
            if (line.size == 0) break;
            append_line(cue, line);
        }
        status = buffer_status(cue, "a cue", err);
        view said = view_trim(buffer_view(cue));
        if (said.size == 0 || view_equal(said, buffer_view(last))) continue;
        if (status == KITH_OK) status = manuscript_place(m, PLACE_TIME, seconds, VIEW(""), err);
        if (status == KITH_OK) status = manuscript_block(m, "\n", said, err);
        buffer_reset(last);
        buffer_append(last, said);
    }
    return status;
}

kith_status extract_subtitles(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    buffer cue, last;
    buffer_init(&cue, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&last, KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "subtitles", &d, err);
    if (status == KITH_OK) status = read_cues(job, &m, &cue, &last, err);
    d.id = job->stem;
    bool has_cues = m.text.size > 0;
    if (status == KITH_OK && has_cues) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    buffer_done(&cue);
    buffer_done(&last);
    // A file that is called so and is something else.
    return status == KITH_OK && !has_cues ? extract_plain(job, NULL, err) : status;
}
