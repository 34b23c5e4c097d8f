/* unit_said.c - see unit_said.h. */
#include "answer/unit_said.h"

#include "base/buffer.h"

enum { LEAD_SAID_MAX_BYTES = 200 };

static bool is_blank_byte(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The bytes of "# ", "## ", "// " or "> " at the beginning of a line. */
static size_t mark_at(view v, size_t at)
{
    size_t i = at;
    while (i < v.size && (v.data[i] == '#' || v.data[i] == '>'))
        i++;
    if (view_starts_with(view_slice(v, at, v.size), VIEW("//"))) i = at + 2;
    while (i > at && i < v.size && is_blank_byte(v.data[i]))
        i++;
    return i - at;
}

void unit_said_append(buffer *out, view v, bool has_marks)
{
    static const char hyphen[] = "‐";
    bool space = false;
    for (size_t i = 0; i < v.size;) {
        bool is_hyphen = view_starts_with(view_slice(v, i, v.size), VIEW(hyphen));
        if (is_hyphen && i + 3 < v.size && v.data[i + 3] == '\n') {
            i += 4;
            while (i < v.size && is_blank_byte(v.data[i]))
                i++;
            continue;
        }
        bool is_line = i == 0 || v.data[i - 1] == '\n';
        if (has_marks && is_line) {
            while (i < v.size && is_blank_byte(v.data[i]))
                i++;
            i += mark_at(v, i);
            if (i >= v.size) break;
        }
        if (is_blank_byte(v.data[i]) || v.data[i] == '\n') {
            space = true;
        } else {
            if (space && out->size > 0 && out->data[out->size - 1] != ' ')
                buffer_append_byte(out, ' ');
            space = false;
            buffer_append_byte(out, v.data[i]);
        }
        i++;
    }
}

view unit_said_head(view v)
{
    v = view_trim(v);
    while (v.size > 0 && memchr("#*=:", v.data[0], 4))
        v = view_trim(view_slice(v, 1, v.size));
    while (v.size > 0 && memchr(":#*=", v.data[v.size - 1], 4))
        v = view_trim(view_slice(v, 0, v.size - 1));
    return v;
}

static bool holds(view outer, view inner)
{
    return inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size;
}

kith_status unit_say(const unit_saying *s, view body, arena *a, unit *u, kith_error *err)
{
    view quote = view_slice(s->text, u->start, u->end);
    view term = holds(quote, s->term) ? (view){"", 0} : unit_said_head(s->term);
    view lead_in = s->kind == UNIT_SENTENCE || holds(quote, s->lead) ? (view){"", 0} : s->lead;
    view version = unit_said_head(s->version);
    buffer said;
    buffer_init(&said, 1 << 20);
    if (version.size > 0 && version.size <= UNIT_HEAD_SAID_BYTES) {
        unit_said_append(&said, version, false);
        buffer_append_text(&said, ": ");
    }
    if (lead_in.size > 0 && lead_in.size <= LEAD_SAID_MAX_BYTES) {
        unit_said_append(&said, lead_in, s->has_marks);
        buffer_append_byte(&said, ' ');
    }
    if (term.size > 0 && term.size <= UNIT_HEAD_SAID_BYTES) {
        unit_said_append(&said, term, s->has_marks);
        buffer_append_text(&said, ": ");
    }
    size_t head = said.size;
    bool is_explained = s->kind == UNIT_DEFINITION || s->kind == UNIT_ENTRY;
    if (is_explained && term.size == 0 && u->start < s->start && u->is_first &&
        s->start - u->start <= UNIT_HEAD_MAX_BYTES)
        unit_said_append(&said,
                         s->term.size > 0 ? s->term : view_slice(s->text, u->start, s->start),
                         s->has_marks);
    if (said.size > head && said.data[said.size - 1] != ' ' && said.data[said.size - 1] != ':')
        buffer_append_byte(&said, ':');
    if (said.size > head && said.data[said.size - 1] != ' ') buffer_append_byte(&said, ' ');
    unit_said_append(&said, body, s->has_marks);
    kith_status status = buffer_status(&said, "a quote", err);
    if (status == KITH_OK) {
        u->said = arena_copy(a, buffer_view(&said));
        u->led = (uint32_t)head;
        if (!u->said.data) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a passage");
        view of = s->term.size ? unit_said_head(s->term) : lead_in.size ? lead_in : version;
        u->head = unit_said_cut(of, UNIT_HEAD_MAX_BYTES);
    }
    buffer_done(&said);
    return status;
}
