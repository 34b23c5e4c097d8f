/* entry.c - a filter with a regular expression finds lines that may be the entry; entry_begins_line
 * decides. */
#include "answer/entry.h"

#include "answer/exact_name.h"
#include "answer/letter.h"
#include "answer/range.h"
#include "answer/wish.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/path.h"

#include <string.h>

enum {
    NAME_MAX_BYTES = 40,
    LOOKED_AT = 10,       /* passages with a line that may be the entry */
    FIGURE_MAX_BYTES = 12 /* of a cell like "256 KiB" */
};

/* A minus sign and what stands for one in manual pages. */
#define DASHES "[-\\x{2010}\\x{2011}\\x{2212}\\x{2013}]"

/* The word before the name in the question: "code" of "exit code 7". */
static view noun_before(view question, view name)
{
    size_t end = (size_t)(name.data - question.data);
    while (end > 0 && question.data[end - 1] == ' ')
        end--;
    size_t start = end;
    while (start > 0 && is_letter_byte(question.data[start - 1]))
        start--;
    return view_slice(question, start, end);
}

/* Whether what stands before an entry's name in its line is no text. */
static bool is_lead(view before, view noun)
{
    for (size_t i = 0; i < before.size;) {
        if (memchr(" \t*|`'\"(<[,", before.data[i], 11)) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < before.size && !is_ascii_space(before.data[end]))
            end++;
        view word = view_slice(before, i, end);
        bool is_bullet = view_equal(word, VIEW("o")) || view_equal(word, VIEW("•"));
        bool is_noun = noun.size > 1 && view_starts_with_nocase(word, noun);
        if (!is_bullet && !is_noun && word.data[0] != '-') return false;
        i = end;
    }
    return true;
}

/* Whether what begins at i parts cells of a row. */
static bool is_gap(view row, size_t i)
{
    return row.data[i] == '|' || row.data[i] == '\t' ||
           (row.data[i] == ' ' && i + 1 < row.size && memchr(" \t|", row.data[i + 1], 3));
}

bool entry_is_figures(view row)
{
    uint32_t cells = 0, figures = 0;
    size_t i = 0;
    while (i < row.size && !is_gap(row, i)) // the name
        i++;
    while (i < row.size) {
        while (i < row.size && memchr(" |\t", row.data[i], 3))
            i++;
        size_t start = i;
        while (i < row.size && !is_gap(row, i))
            i++;
        if (i - start > FIGURE_MAX_BYTES) return false;
        cells += i > start;
        figures += i > start && is_ascii_digit(row.data[start]);
    }
    return cells > 0 && 2 * figures >= cells;
}

bool entry_begins_line(view text, view question, view name)
{
    view noun = noun_before(question, name);
    for (size_t at = 0; at < text.size;) {
        view rest = view_slice(text, at, text.size);
        view line = view_slice(rest, 0, view_find(rest, VIEW("\n")));
        size_t found = view_find(line, name);
        char behind = found + name.size < line.size ? line.data[found + name.size] : ' ';
        bool ends =
            !is_letter_byte(behind) && !is_ascii_digit(behind) && behind != '-' && behind != '_';
        // "6) Windows" is the sixth of a list.
        if (is_ascii_digit(name.data[0])) ends = ends && memchr(").", behind, 2) == NULL;
        bool is_begun = found < line.size && ends && is_lead(view_slice(line, 0, found), noun);
        bool is_option = name.data[0] == '-';
        if (is_begun && !(is_option && entry_is_figures(view_slice(line, found, line.size))))
            return true;
        at += line.size + 1;
    }
    return range_holds(text, question, name);
}

/* The line up to its second column: two blanks or a tab part the options of a manual page from what
 * they do. */
static view head_of(view line)
{
    view trimmed = view_trim(line);
    size_t end = 0;
    while (end < trimmed.size && !is_gap(trimmed, end))
        end++;
    return view_slice(trimmed, 0, end);
}

/* Whether the head of an entry is nothing but options, with what stands between them: "-k, --keep",
 * "-0 ... -9", "--files[=file]". */
static bool is_of_options(view head)
{
    bool after_option = false;
    for (size_t i = 0; i < head.size;) {
        size_t end = i;
        while (end < head.size && !is_ascii_space(head.data[end]))
            end++;
        view token = view_slice(head, i, end);
        while (token.size > 0 && memchr("`*'\"(|<[", token.data[0], 9))
            token = view_slice(token, 1, token.size);
        bool is_option = token.size > 1 && token.data[0] == '-';
        bool is_joint = token.size > 0 && !is_letter_byte(token.data[0]);
        if (!is_option && !is_joint && !after_option) return false; // "-C check": an argument
        after_option = is_option;
        while (end < head.size && is_ascii_space(head.data[end]))
            end++;
        i = end;
    }
    return head.size > 0;
}

/* Whether a line is the head of the entry of an option, whose text stands behind or below it. */
static bool has_head(view text, view question, view option)
{
    for (size_t at = 0; at < text.size;) {
        view rest = view_slice(text, at, text.size);
        view line = view_slice(rest, 0, view_find(rest, VIEW("\n")));
        view head = head_of(line);
        bool names = exact_name_stands_in(head, option) || range_holds(head, question, option);
        if (names && is_of_options(head) && !entry_is_figures(view_trim(line))) return true;
        at += line.size + 1;
    }
    return false;
}

/* Whether the text has the entry of a code: of an option its head, which tables and sentences that
 * begin with it are not. */
static bool is_entry(view text, view question, view name)
{
    return name.data[0] == '-' ? has_head(text, question, name)
                               : entry_begins_line(text, question, name);
}

/* Appends the name for a regular expression. */
static void append_name(buffer *out, view name)
{
    for (size_t i = 0; i < name.size; i++) {
        bool is_plain = is_letter_byte(name.data[i]) || is_ascii_digit(name.data[i]);
        if (name.data[i] == '-') {
            buffer_append_text(out, DASHES);
            continue;
        }
        if (!is_plain) buffer_append_byte(out, '\\');
        buffer_append_byte(out, name.data[i]);
    }
}

/* Lines that begin with the name or a range; more than entry_begins_line accepts. */
static void append_pattern(buffer *out, view question, view name)
{
    view noun = noun_before(question, name);
    buffer_append_text(out, "(?mi)^[ \\t*|`'\"(<o\\x{2022},-]*(");
    buffer_printf(out, "%.*s\\w*[ \\t]+)?(", noun.size > 1 ? (int)noun.size : 1,
                  noun.size > 1 ? noun.data : "-");
    append_name(out, name);
    buffer_append_text(out, "([^\\w-]|$)|" DASHES "#|" DASHES
                            "?[A-Z]{0,4}[0-9]+ ?(\\.\\.+|\\x{2026}|-|\\x{2013}|to|bis) ?" DASHES
                            "?[A-Z]{0,4}[0-9]+)");
}

/* {"$and": [{"source": ...}, {"#document": {"$regex": ...}}, the caller's]} */
static const char *filter_of(const contrast_search *s, const char *source, view name, arena *a)
{
    buffer pattern, filter;
    buffer_init(&pattern, 4096);
    buffer_init(&filter, 1 << 20);
    append_pattern(&pattern, s->question, name);
    json_writer w = {.out = &filter};
    json_begin_object(&w);
    json_key(&w, "$and");
    json_begin_array(&w);
    json_begin_object(&w);
    json_member_text(&w, "source", source);
    json_end_object(&w);
    json_begin_object(&w);
    json_key(&w, "#document");
    json_begin_object(&w);
    json_key(&w, "$regex");
    json_string(&w, buffer_view(&pattern));
    json_end_object(&w);
    json_end_object(&w);
    if (view_trim(s->options->where).size > 0) json_raw(&w, s->options->where);
    json_end_array(&w);
    json_end_object(&w);
    const char *copy = NULL;
    if (buffer_status(&filter, "filter", NULL) == KITH_OK &&
        buffer_status(&pattern, "filter", NULL) == KITH_OK)
        copy = arena_copy(a, buffer_view(&filter)).data;
    buffer_done(&pattern);
    buffer_done(&filter);
    return copy;
}

/* A code that an entry may begin with: an option, or with a digit. */
static view code_of(view question)
{
    exact_names names = exact_names_read(question);
    for (uint32_t i = 0; i < names.count; i++) {
        view name = names.list[i];
        bool has_digit = false;
        for (size_t b = 0; b < name.size; b++)
            has_digit |= is_ascii_digit(name.data[b]);
        if (name.size <= NAME_MAX_BYTES && (has_digit || name.data[0] == '-')) return name;
    }
    return (view){"", 0};
}

bool entry_names_document(view question, const char *source)
{
    view name = path_stem(source);
    name = view_slice(name, 0, view_find(name, VIEW(".")));
    for (size_t i = 0; name.size > 1 && i + name.size <= question.size; i++) {
        size_t end = i, same = 0;
        if (i > 0 && is_letter_byte(question.data[i - 1])) continue;
        for (; same < name.size; same++, end++) {
            bool is_joint = memchr("-_", name.data[same], 2) != NULL;
            view one = view_slice(question, end, end + 1);
            if (!view_equal_nocase(one, view_slice(name, same, same + 1)) &&
                !(is_joint && one.data[0] == ' '))
                break;
        }
        if (same == name.size && (end == question.size || !is_letter_byte(question.data[end])))
            return true;
    }
    return false;
}

static const char *document_of(view question, const retrieval *found, bool *named)
{
    *named = true;
    for (uint32_t i = 0; i < found->count; i++)
        if (*found->passages[i].source && entry_names_document(question, found->passages[i].source))
            return found->passages[i].source;
    *named = false;
    return found->passages[0].source;
}

/* Whether a passage has the entry: of the document that is named, or of any. */
static bool has_entry(const retrieval *found, const char *source, view question, view name)
{
    for (uint32_t i = 0; i < found->count; i++) {
        const kith_passage *p = &found->passages[i];
        if (source && strcmp(p->source, source) != 0) continue;
        if (is_entry(view_of(p->content), question, name)) return true;
    }
    return false;
}

static kith_status put_first(const retrieval *entries, view question, view name, arena *a,
                             retrieval *found, kith_error *err)
{
    kith_passage *passages = arena_new_array(a, kith_passage, found->count);
    if (!passages) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for passages");
    uint32_t count = 0;
    for (uint32_t i = 0; i < entries->count && count < ENTRY_PASSAGES && count < found->count; i++)
        if (is_entry(view_of(entries->passages[i].content), question, name))
            passages[count++] = entries->passages[i];
    if (count == 0) return KITH_OK;
    uint32_t first = count;
    for (uint32_t i = 0; i < found->count && count < found->count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < first; k++)
            known |= strcmp(passages[k].id, found->passages[i].id) == 0;
        if (!known) passages[count++] = found->passages[i];
    }
    found->passages = passages;
    found->count = count;
    return KITH_OK;
}

kith_status entry_find(const contrast_search *s, arena *a, retrieval *found, kith_error *err)
{
    view name = asks_for_meaning(s->question) ? code_of(s->question) : (view){"", 0};
    if (name.size == 0 || found->count == 0) return KITH_OK;
    bool named;
    const char *source = document_of(s->question, found, &named);
    if (!*source || has_entry(found, named ? source : NULL, s->question, name)) return KITH_OK;
    const char *filter = filter_of(s, source, name, a);
    if (!filter) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a question");
    retrieve_options options = *s->options;
    retrieval entries = {0};
    options.where = view_of(filter);
    options.k = LOOKED_AT;
    kith_status status =
        retrieve(s->collection, s->embedder, s->question, &options, a, &entries, err);
    return status == KITH_OK ? put_first(&entries, s->question, name, a, found, err) : status;
}
