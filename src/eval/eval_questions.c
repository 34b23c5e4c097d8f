/* eval_questions.c - one JSON object a line, checked member by member. */
#include "eval/eval_questions.h"

#include "base/json.h"
#include "base/suggestion.h"
#include "eval/expectation.h"

enum { LINE_MAX_BYTES = 1 << 20 };

/* A C string ends at its first NUL, so a text with one would be cut silently. */
static kith_status take_string(const json_value *value, const char *key, const char **out,
                               kith_error *err)
{
    if (value->kind != JSON_STRING)
        return fail(err, KITH_ERR_FORMAT, "\"%s\" is not a string", key);
    if (memchr(value->string.data, 0, value->string.size))
        return fail(err, KITH_ERR_INVALID, "\"%s\" holds a NUL character", key);
    *out = value->string.data;
    return KITH_OK;
}

/* A string, or a list of strings. */
static kith_status take_strings(const json_value *value, const char *key, arena *a,
                                const char *const **out, size_t *out_count, kith_error *err)
{
    bool is_list = value->kind == JSON_ARRAY;
    uint32_t count = is_list ? value->count : 1;
    if (!is_list && value->kind != JSON_STRING)
        return fail(err, KITH_ERR_FORMAT, "\"%s\" is neither a string nor a list of strings", key);
    if (count == 0) return fail(err, KITH_ERR_INVALID, "\"%s\" is an empty list", key);
    const char **texts = arena_new_bytes_array(a, count, sizeof *texts);
    if (!texts) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for questions");
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = take_string(is_list ? value->elements[i] : value, key, &texts[i], err);
    *out = texts;
    *out_count = count;
    return status;
}

/* A field of the asker's own. One that is nearly a known name is taken for a mistake: what it expects
 * would not be measured. */
static kith_status pass_over(view key, kith_error *err)
{
    static const char *const known[] = {"question", "document", "text", "refuse", "id"};
    suggestion found = {.word = key};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        suggestion_offer(&found, known[i]);
    if (!found.best) return KITH_OK;
    return fail(err, KITH_ERR_FORMAT, "unknown key \"%.*s\"; did you mean \"%s\"?", VIEW_ARG(key),
                found.best);
}

static kith_status take_member(const json_member *m, arena *a, kith_eval_question *q,
                               const char **id, kith_error *err)
{
    if (view_equal(m->key, VIEW("question")))
        return take_string(m->value, "question", &q->question, err);
    if (view_equal(m->key, VIEW("document")))
        return take_strings(m->value, "document", a, &q->documents, &q->document_count, err);
    if (view_equal(m->key, VIEW("text")))
        return take_strings(m->value, "text", a, &q->texts, &q->text_count, err);
    if (view_equal(m->key, VIEW("id"))) return take_string(m->value, "id", id, err);
    if (!view_equal(m->key, VIEW("refuse"))) return pass_over(m->key, err);
    if (m->value->kind != JSON_BOOL)
        return fail(err, KITH_ERR_FORMAT, "\"refuse\" is neither true nor false");
    q->refuse = m->value->boolean;
    return KITH_OK;
}

static kith_status read_line(view line, arena *a, kith_eval_question *out, const char **id,
                             kith_error *err)
{
    const json_value *value = NULL;
    kith_status status = json_parse(line, LINE_MAX_BYTES, a, &value, err);
    if (status != KITH_OK) return status;
    if (value->kind != JSON_OBJECT) return fail(err, KITH_ERR_FORMAT, "not a JSON object");
    kith_eval_question q = {0};
    for (uint32_t i = 0; i < value->count && status == KITH_OK; i++)
        status = take_member(&value->members[i], a, &q, id, err);
    if (status == KITH_OK && !q.question)
        return fail(err, KITH_ERR_INVALID, "\"question\" is missing");
    if (status == KITH_OK) status = expectation_check(&q, err);
    if (status == KITH_OK) *out = q;
    return status;
}

/* The next line without its end; false when there is none. */
static bool next_line(view *rest, view *line)
{
    if (rest->size == 0) return false;
    size_t end = view_find(*rest, VIEW("\n"));
    *line = view_slice(*rest, 0, end);
    *rest = view_slice(*rest, end < rest->size ? end + 1 : end, rest->size);
    return true;
}

static uint32_t count_questions(view jsonl)
{
    uint32_t count = 0;
    view line;
    while (next_line(&jsonl, &line))
        count += view_trim(line).size > 0;
    return count;
}

kith_status eval_questions_read(view jsonl, const char *name, arena *a, eval_questions *out,
                                kith_error *err)
{
    uint32_t count = count_questions(jsonl);
    if (count == 0) return fail(err, KITH_ERR_INVALID, "%s: no question", name);
    if (count > KITH_EVAL_MAX_QUESTIONS)
        return fail(err, KITH_ERR_LIMIT, "%s: %u questions, allowed are %d", name, count,
                    KITH_EVAL_MAX_QUESTIONS);
    kith_eval_question *questions = arena_new_array(a, kith_eval_question, count);
    const char **ids = arena_new_bytes_array(a, count, sizeof *ids);
    uint32_t *lines = arena_new_array(a, uint32_t, count);
    if (!questions || !ids || !lines)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u questions", count);
    uint32_t taken = 0, number = 0;
    view line;
    while (next_line(&jsonl, &line)) {
        number++;
        if (view_trim(line).size == 0) continue;
        kith_status status = read_line(line, a, &questions[taken], &ids[taken], err);
        if (status != KITH_OK) return fail_context(err, status, "%s:%u", name, number);
        lines[taken++] = number;
    }
    *out = (eval_questions){questions, ids, lines, count};
    return KITH_OK;
}
