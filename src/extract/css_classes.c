/* css_classes.c - see css_classes.h. */
#include "extract/css_classes.h"

#include "base/size.h"

enum { DECLARATIONS_MAX_BYTES = 1024 /* of a rule that has comments; the rest is passed over */ };

static bool is_name_byte(char c)
{
    return is_ascii_digit(c) || is_ascii_capital(c) || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || (unsigned char)c >= 0x80;
}

/* The value of the property and what follows; empty when it is not declared. */
static view value_of(view declarations, const char *property)
{
    view name = view_of(property);
    for (size_t i = 0; i < declarations.size;) {
        size_t at = i + view_find(view_slice(declarations, i, declarations.size), name);
        i = at + name.size;
        if (i >= declarations.size) break;
        if (at > 0 && is_name_byte(declarations.data[at - 1])) continue; // "margin-top"
        view rest = view_trim(view_slice(declarations, i, declarations.size));
        if (rest.size > 0 && *rest.data == ':') return view_trim(view_slice(rest, 1, rest.size));
    }
    return VIEW("");
}

static bool says(view declarations, const char *property, const char *value)
{
    return view_starts_with_nocase(value_of(declarations, property), view_of(value));
}

/* "0.58em", ".7em", "70%" */
static bool is_small(view size)
{
    if (view_starts_with(size, VIEW("0.")) || view_starts_with(size, VIEW("."))) return true;
    return size.size > 2 && is_ascii_digit(size.data[0]) && is_ascii_digit(size.data[1]) &&
           size.data[2] == '%';
}

/* Small type that is moved off the line, as LibreOffice writes it: 1 up, -1 down, 0 not. */
static int shift_of(view declarations)
{
    if (!says(declarations, "position", "relative") ||
        !is_small(value_of(declarations, "font-size")))
        return 0;
    view top = value_of(declarations, "top"), bottom = value_of(declarations, "bottom");
    if (top.size > 1 && top.data[0] == '-') return 1;
    if (top.size > 0 && (top.data[0] == '.' || is_ascii_digit(top.data[0]))) return -1;
    return bottom.size > 0 && (bottom.data[0] == '.' || is_ascii_digit(bottom.data[0])) ? 1 : 0;
}

uint32_t css_look(view declarations)
{
    uint32_t looks = 0;
    if (view_find(declarations, VIEW("line-through")) < declarations.size) looks |= CSS_STRUCK;
    if (view_find(declarations, VIEW("vertical-align")) == declarations.size) return looks;
    int shift = shift_of(declarations);
    if (shift > 0 || says(declarations, "vertical-align", "super")) looks |= CSS_RAISED;
    if (shift < 0 || says(declarations, "vertical-align", "sub")) looks |= CSS_LOWERED;
    return looks;
}

uint32_t css_decides(view declarations)
{
    uint32_t bits = 0;
    if (value_of(declarations, "text-decoration").size > 0 ||
        value_of(declarations, "text-decoration-line").size > 0)
        bits |= CSS_STRUCK;
    if (value_of(declarations, "vertical-align").size > 0) bits |= CSS_RAISED | CSS_LOWERED;
    return bits;
}

/* ---- media ---- */

/* The place behind the comment that `at` is in; `at` outside one. *from is a place outside comments, not behind `at`,
 * and moves on to the last comment before `at`. */
static size_t behind_comment(view sheet, size_t *from, size_t at)
{
    while (*from < at) {
        size_t open = *from + view_find(view_slice(sheet, *from, at), VIEW("/*"));
        *from = open;
        if (open >= at) break;
        size_t close = open + 2 + view_find(view_slice(sheet, open + 2, sheet.size), VIEW("*/"));
        *from = size_min(close + 2, sheet.size);
    }
    return *from;
}

bool css_is_screen(view media)
{
    static const char *const OTHERS[] = {"print", "speech", "aural", "braille", "tty", NULL};
    if (view_trim(media).size == 0) return true;
    for (size_t i = 0; i < media.size;) {
        view rest = view_slice(media, i, media.size);
        view query = view_trim(view_slice(rest, 0, view_find(rest, VIEW(","))));
        i += view_find(rest, VIEW(",")) + 1;
        bool is_not = view_starts_with_nocase(query, VIEW("not "));
        if (is_not) query = view_trim(view_slice(query, 4, query.size));
        if (view_starts_with_nocase(query, VIEW("only ")))
            query = view_trim(view_slice(query, 5, query.size));
        size_t end = 0;
        while (end < query.size && is_name_byte(query.data[end]))
            end++;
        view type = view_slice(query, 0, end);
        bool is_other = view_is_one_of_nocase(type, OTHERS);
        if (is_not ? is_other : !is_other) return true;
    }
    return false;
}

/* Where rules for other media than a screen stand, found as a walk over the sheet goes on. */
typedef struct media_walk {
    size_t next;               // "@media" at or behind it
    size_t off_begin, off_end; // of the last block found that counts for nothing
    size_t from;               // behind_comment()
} media_walk;

/* Behind the block whose '{' is at `brace`. */
static size_t end_of_block(view sheet, size_t brace)
{
    size_t depth = 0;
    for (size_t i = brace; i < sheet.size; i++) {
        char c = sheet.data[i];
        if (c == '{') depth++;
        if (c == '}' && --depth == 0) return i + 1;
        if (c == '/' && i + 1 < sheet.size && sheet.data[i + 1] == '*')
            i += 3 + view_find(view_slice(sheet, i + 2, sheet.size), VIEW("*/"));
    }
    return sheet.size;
}

/* True when `at`, which never goes back, is within a block that counts for nothing. */
static bool is_off_screen(media_walk *w, view sheet, size_t at)
{
    view name = VIEW("@media");
    while (w->off_end <= at && w->next < at) {
        size_t found = w->next + view_find(view_slice(sheet, w->next, sheet.size), name);
        w->next = size_min(found + name.size, sheet.size);
        if (found >= sheet.size || behind_comment(sheet, &w->from, found) > found) continue;
        size_t begin = w->next;
        size_t brace = begin + view_find(view_slice(sheet, begin, sheet.size), VIEW("{"));
        w->next = brace;
        if (brace >= sheet.size || css_is_screen(view_slice(sheet, begin, brace))) continue;
        w->off_begin = brace;
        w->off_end = w->next = end_of_block(sheet, brace);
    }
    return at >= w->off_begin && at < w->off_end;
}

/* ---- rules ---- */

/* The class of ".name" or "element.name"; empty for any other selector. */
static view class_of(view selector, bool *has_element)
{
    selector = view_trim(selector);
    size_t dot = view_find(selector, VIEW(".")), end = dot + 1;
    *has_element = dot > 0;
    for (size_t i = 0; i < dot; i++)
        if (!is_name_byte(selector.data[i])) return VIEW("");
    while (end < selector.size && is_name_byte(selector.data[end]))
        end++;
    return end == selector.size && dot < selector.size ? view_slice(selector, dot + 1, end)
                                                       : VIEW("");
}

static bool is_known(const css_classes *c, view name)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (view_equal(c->list[i].name, name)) return true;
    return false;
}

/* A rule that only denies matters where another one says it. */
static void add(css_classes *c, view selectors, uint32_t looks, uint32_t decides)
{
    for (size_t i = 0; i < selectors.size && c->count < CSS_CLASSES_MAX;) {
        bool has_element = false;
        view rest = view_slice(selectors, i, selectors.size);
        size_t end = view_find(rest, VIEW(","));
        view name = class_of(view_slice(rest, 0, end), &has_element);
        if (name.size > 0 && (looks || is_known(c, name)))
            c->list[c->count++] = (css_class){name, looks, decides, has_element};
        i += end + 1;
    }
}

/* The selectors before the '{' at `brace`: back to the rule, the comment or the block before it. */
static view selectors_before(view sheet, size_t brace)
{
    size_t from = brace;
    while (from > 0 && !strchr("{};", sheet.data[from - 1]) &&
           !(sheet.data[from - 1] == '/' && from > 1 && sheet.data[from - 2] == '*'))
        from--;
    return view_slice(sheet, from, brace);
}

/* The declarations without comments, as far as `out` has room. */
static view without_comments(view declarations, char out[DECLARATIONS_MAX_BYTES])
{
    size_t size = 0;
    if (view_find(declarations, VIEW("/*")) == declarations.size) return declarations;
    for (size_t i = 0; i < declarations.size && size < DECLARATIONS_MAX_BYTES; i++) {
        view rest = view_slice(declarations, i, declarations.size);
        if (view_starts_with(rest, VIEW("/*")))
            i += 2 + view_find(view_slice(rest, 2, rest.size), VIEW("*/")) + 1;
        else
            out[size++] = *rest.data;
    }
    return (view){out, size};
}

/* Adds the classes of the rule that holds the declaration at `at`; returns the end of the rule. */
static size_t read_rule(css_classes *c, view sheet, size_t at)
{
    size_t brace = at, end = at;
    while (end < sheet.size && sheet.data[end] != '{' && sheet.data[end] != '}')
        end++;
    if (end < sheet.size && sheet.data[end] == '{') return end; // a class is named like it
    while (brace > 0 && sheet.data[brace - 1] != '{' && sheet.data[brace - 1] != '}')
        brace--;
    if (brace == 0 || sheet.data[brace - 1] == '}') return end;
    char plain[DECLARATIONS_MAX_BYTES];
    view declarations = without_comments(view_slice(sheet, brace, end), plain);
    uint32_t looks = css_look(declarations), decides = css_decides(declarations) | looks;
    if (looks || c->count > 0) add(c, selectors_before(sheet, brace - 1), looks, decides);
    return end;
}

/* Where the first declaration stands that raises or lowers; sheet.size when none does. */
static size_t find_raised(view sheet)
{
    for (size_t i = 0; i < sheet.size;) {
        size_t found = i + view_find(view_slice(sheet, i, sheet.size), VIEW("vertical-align"));
        if (found >= sheet.size) break;
        i = found + sizeof "vertical-align" - 1;
        while (i < sheet.size && (is_ascii_space(sheet.data[i]) || sheet.data[i] == ':'))
            i++;
        view value = view_slice(sheet, i, sheet.size);
        if (view_starts_with(value, VIEW("su")) || view_starts_with(value, VIEW("baseline")))
            return found;
    }
    return sheet.size;
}

/* Searched for are the few declarations that matter, in their order: a sheet has hundreds of others. The
 * first one of a kind is one that says a look, unless classes are known from another sheet: what
 * denies it before denies nothing. */
void css_classes_read(css_classes *c, view sheet)
{
    const view names[] = {VIEW("text-decoration"), VIEW("vertical-align")};
    size_t next[] = {view_find(sheet, c->count ? names[0] : VIEW("line-through")),
                     c->count ? view_find(sheet, names[1]) : find_raised(sheet)};
    media_walk media = {0};
    for (size_t from = 0; c->count < CSS_CLASSES_MAX;) {
        size_t at = size_min(next[0], next[1]);
        if (at >= sheet.size) break;
        size_t i = behind_comment(sheet, &from, at);
        if (i <= at) i = is_off_screen(&media, sheet, at) ? at : read_rule(c, sheet, at);
        if (i <= at) i = at + 1;
        for (size_t k = 0; k < 2; k++)
            if (next[k] < i) next[k] = i + view_find(view_slice(sheet, i, sheet.size), names[k]);
    }
}

/* The more exact rule counts, then the later one. */
static uint32_t cascade(const css_classes *c, view classes, bool has_element, uint32_t looks)
{
    for (uint32_t k = 0; k < c->count; k++) {
        const css_class *rule = &c->list[k];
        if (rule->has_element != has_element) continue;
        for (size_t i = 0, start; i < classes.size; i++) {
            start = i;
            while (i < classes.size && !is_ascii_space(classes.data[i]))
                i++;
            if (view_equal(view_slice(classes, start, i), rule->name))
                looks = (looks & ~rule->decides) | rule->looks;
        }
    }
    return looks;
}

uint32_t css_classes_look(const css_classes *c, view classes)
{
    if (classes.size == 0 || c->count == 0) return 0;
    return cascade(c, classes, true, cascade(c, classes, false, 0));
}
