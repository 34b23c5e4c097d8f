/* expectation.c - matches documents by name and texts by their folded form. */
#include "eval/expectation.h"

#include "base/utf8.h"
#include "text/compare_form.h"

enum { EXPECTED_MAX_BYTES = 64 << 10, EVAL_QUESTION_MAX_BYTES = 64 << 10 };

static kith_status check_text(const char *text, const char *what, size_t max_bytes, kith_error *err)
{
    view v = view_of(text);
    if (view_trim(v).size == 0) return fail(err, KITH_ERR_INVALID, "%s is empty", what);
    if (v.size > max_bytes)
        return fail(err, KITH_ERR_LIMIT, "%s has %zu bytes, the limit is %zu", what, v.size,
                    max_bytes);
    if (!utf8_is_valid(v)) return fail(err, KITH_ERR_INVALID, "%s is not valid UTF-8", what);
    return KITH_OK;
}

kith_status expectation_check(const kith_eval_question *q, kith_error *err)
{
    kith_status status = check_text(q->question, "the question", EVAL_QUESTION_MAX_BYTES, err);
    if (status == KITH_OK &&
        (q->document_count > KITH_EVAL_MAX_EXPECTED || q->text_count > KITH_EVAL_MAX_EXPECTED))
        return fail(err, KITH_ERR_LIMIT, "%zu documents and %zu texts, allowed are %d of each",
                    q->document_count, q->text_count, KITH_EVAL_MAX_EXPECTED);
    if (status == KITH_OK && q->refuse && (q->document_count || q->text_count))
        return fail(err, KITH_ERR_INVALID,
                    "a refusal cannot be expected together with a document or a text");
    for (size_t i = 0; i < q->document_count && status == KITH_OK; i++)
        status = check_text(q->documents[i], "an expected document", EXPECTED_MAX_BYTES, err);
    for (size_t i = 0; i < q->text_count && status == KITH_OK; i++)
        status = check_text(q->texts[i], "an expected text", EXPECTED_MAX_BYTES, err);
    return status;
}

bool expectation_names(view expected, view id, view path)
{
    if (view_equal(expected, id) || (path.size && view_equal(expected, path))) return true;
    if (expected.size >= path.size) return false;
    size_t start = path.size - expected.size;
    return view_equal(view_slice(path, start, path.size), expected) && path.data[start - 1] == '/';
}

static bool is_of(const kith_passage *p, const char *document)
{
    view id = view_of(p->document && *p->document ? p->document : p->id);
    return expectation_names(view_of(document), id, view_of(p->source));
}

static bool holds_one(view folded, const view *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (view_find(folded, texts[i]) < folded.size) return true;
    return false;
}

static kith_status fold_texts(const kith_eval_question *q, arena *a, const view **out,
                              kith_error *err)
{
    view *texts = arena_new_array(a, view, q->text_count);
    kith_status status =
        texts ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for expected texts");
    for (size_t i = 0; i < q->text_count && status == KITH_OK; i++)
        status = text_fold(view_of(q->texts[i]), a, &texts[i], err);
    *out = texts;
    return status;
}

static kith_status find_text(expectation *x, const kith_passage *passages, uint32_t count, arena *a,
                             kith_error *err)
{
    for (uint32_t p = 0; p < count && x->question->text_count && !x->text_rank; p++) {
        view folded;
        kith_status status = text_fold(view_of(passages[p].content), a, &folded, err);
        if (status != KITH_OK) return status;
        if (holds_one(folded, x->texts, x->question->text_count)) x->text_rank = p + 1;
    }
    return KITH_OK;
}

kith_status expectation_meet(const kith_eval_question *q, const kith_passage *passages,
                             uint32_t count, arena *a, expectation *out, kith_error *err)
{
    uint32_t wanted = q->document_count ? (uint32_t)q->document_count : q->text_count > 0;
    expectation x = {.question = q, .count = wanted, .ranks = arena_new_array(a, uint32_t, wanted)};
    if (!x.ranks) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    kith_status status = fold_texts(q, a, &x.texts, err);
    if (status == KITH_OK) status = find_text(&x, passages, count, a, err);
    if (status != KITH_OK) return status;
    for (size_t d = 0; d < q->document_count; d++)
        for (uint32_t p = 0; p < count && !x.ranks[d]; p++)
            if (is_of(&passages[p], q->documents[d])) x.ranks[d] = p + 1;
    if (wanted && !q->document_count) x.ranks[0] = x.text_rank;
    *out = x;
    return KITH_OK;
}

/* "It is high [1], too [2][3]." as "It is high, too.": without citations and the blank before
 * each. */
static view without_marks(view answer, arena *a)
{
    char *out = arena_new(a, answer.size + 1);
    size_t size = 0;
    for (size_t i = 0; out && i < answer.size;) {
        size_t end = i + 1;
        while (answer.data[i] == '[' && end < answer.size && answer.data[end] >= '0' &&
               answer.data[end] <= '9')
            end++;
        if (answer.data[i] == '[' && end > i + 1 && end < answer.size && answer.data[end] == ']') {
            if (size > 0 && out[size - 1] == ' ') size--;
            i = end + 1;
        } else {
            out[size++] = answer.data[i++];
        }
    }
    return (view){out, size};
}

kith_status expectation_is_answered(const expectation *x, view answer, arena *a, bool *out,
                                    kith_error *err)
{
    view plain = without_marks(answer, a), folded;
    if (!plain.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
    kith_status status = text_fold(plain, a, &folded, err);
    if (status == KITH_OK) *out = holds_one(folded, x->texts, x->question->text_count);
    return status;
}
