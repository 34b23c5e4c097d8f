/* ask_lines.c - see ask_lines.h. What a line needs lies in an arena that its end empties. */
#include "cli/ask_lines.h"

#include "base/json.h"
#include "cli/line_reader.h"

#include <string.h>

typedef struct line_run {
    invocation *run;
    kith *database;
    const answer_request *defaults;
    arena memory; /* of the line at hand */
    uint64_t number;
} line_run;

static bool is_known(view member)
{
    static const char *const members[] = {"question", "filter", "k", NULL};
    for (size_t i = 0; members[i]; i++)
        if (view_equal(member, view_of(members[i]))) return true;
    return false;
}

static kith_status read_filter(line_run *l, const json_value *filter, answer_request *out,
                               kith_error *err)
{
    buffer text;
    if (filter->kind != JSON_OBJECT) return fail(err, KITH_ERR_INVALID, "filter is no JSON object");
    buffer_init(&text, 8 << 20);
    json_writer w = {.out = &text};
    json_tree(&w, filter);
    kith_status status = buffer_status(&text, "the filter", err);
    out->where = status == KITH_OK ? arena_copy(&l->memory, buffer_view(&text)).data : NULL;
    out->allow_unknown_fields = false;
    buffer_done(&text);
    if (status == KITH_OK && !out->where)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter");
    return status;
}

static kith_status read_object(line_run *l, view line, answer_request *out, kith_error *err)
{
    const json_value *object = NULL;
    view question = {NULL, 0};
    int64_t k = 0;
    kith_status status = json_parse(line, LINE_READER_MAX_BYTES, &l->memory, &object, err);
    if (status != KITH_OK) return status;
    if (json_get_string(object, "question", &question)) {
        if (memchr(question.data, '\0', question.size))
            return fail(err, KITH_ERR_INVALID, "question has a NUL character; text has none");
        out->question = question.data;
    }
    for (uint32_t i = 0; i < object->count; i++)
        if (!is_known(object->members[i].key))
            return fail(err, KITH_ERR_INVALID,
                        "unknown member '%.*s'; there are question, filter "
                        "and k",
                        VIEW_ARG(object->members[i].key));
    if (!question.data) return fail(err, KITH_ERR_INVALID, "question is no text, or missing");
    const json_value *filter = json_get(object, "filter"), *limit = json_get(object, "k");
    bool is_limit = json_get_integer(object, "k", &k) && k >= 1 && k <= KITH_K_MAX;
    if (limit && !is_limit)
        return fail(err, KITH_ERR_INVALID, "k is not a number from 1 to %d", KITH_K_MAX);
    if (limit) out->k = (uint32_t)k;
    return filter && filter->kind != JSON_NULL ? read_filter(l, filter, out, err) : KITH_OK;
}

static void write_failure(line_run *l, const char *question, kith_status status,
                          const kith_error *err)
{
    console *c = l->run->console;
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_unsigned(&w, "line", l->number);
    json_member_text(&w, "question", question ? question : "");
    json_member_text(&w, "status", kith_status_name(status));
    json_member_text(&w, "error", err->message);
    json_end_object(&w);
    console_end_json(c);
}

static kith_status read_line(line_run *l, view line, answer_request *out, kith_error *err)
{
    out->question = NULL;
    if (line.data[0] == '{') return read_object(l, line, out, err);
    out->question = arena_copy(&l->memory, line).data;
    return out->question ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a question");
}

static exit_status answer_line(line_run *l, view line)
{
    answer_request request = *l->defaults;
    answer_failure failure = {0};
    request.failure = &failure;
    failure.status = read_line(l, line, &request, &failure.error);
    exit_status result =
        failure.status == KITH_OK ? answer_output_ask(l->run, l->database, &request) : EXIT_PARTLY;
    if (failure.status == KITH_OK) return result;
    write_failure(l, request.question, failure.status, &failure.error);
    return EXIT_PARTLY;
}

static exit_status answer_all(line_run *l, line_reader *lines)
{
    console *c = l->run->console;
    exit_status so_far = EXIT_DONE;
    while (!console_failed(c)) {
        const char *line = NULL;
        kith_error err = {0};
        kith_status status = line_reader_next(lines, &line, &err);
        l->number++;
        if (status == KITH_ERR_LIMIT || status == KITH_ERR_INVALID) {
            write_failure(l, NULL, status, &err);
            console_flush(c);
            so_far = EXIT_PARTLY;
            continue;
        }
        if (status != KITH_OK) return console_fail(c, status, &err);
        if (!line) break;
        view text = view_trim(view_of(line));
        if (text.size == 0) continue;
        exit_status result = answer_line(l, text);
        arena_reset(&l->memory);
        // A program at the other end of the pipe may wait for this answer before it asks on.
        console_flush(c);
        if (result == EXIT_INTERRUPTED) return result;
        if (result != EXIT_DONE) so_far = EXIT_PARTLY;
    }
    return so_far;
}

exit_status ask_lines(invocation *run, kith *database, const answer_request *defaults)
{
    line_run l = {.run = run, .database = database, .defaults = defaults};
    line_reader *lines = NULL;
    kith_error err = {0};
    kith_status status = line_reader_new(false, run->console->lines, &lines, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    arena_init(&l.memory, 0);
    exit_status result = answer_all(&l, lines);
    arena_done(&l.memory);
    line_reader_free(lines);
    return result;
}
