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

/* The class of ".name" or "element.name"; empty for any other selector. */
static view class_of(view selector)
{
    selector = view_trim(selector);
    size_t dot = view_find(selector, VIEW(".")), end = dot + 1;
    for (size_t i = 0; i < dot; i++)
        if (!is_name_byte(selector.data[i])) return VIEW("");
    while (end < selector.size && is_name_byte(selector.data[end]))
        end++;
    return end == selector.size && dot < selector.size ? view_slice(selector, dot + 1, end)
                                                       : VIEW("");
}

static void add(css_classes *c, view selectors, uint32_t looks)
{
    for (size_t i = 0; i < selectors.size && c->count < CSS_CLASSES_MAX;) {
        view rest = view_slice(selectors, i, selectors.size);
        size_t end = view_find(rest, VIEW(","));
        view name = class_of(view_slice(rest, 0, end));
        if (name.size > 0) c->list[c->count++] = (css_class){name, looks};
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
    uint32_t looks = css_look(without_comments(view_slice(sheet, brace, end), plain));
    if (looks) add(c, selectors_before(sheet, brace - 1), looks);
    return end;
}

/* Searched for are the few declarations that matter: a sheet has hundreds of others. */
void css_classes_read(css_classes *c, view sheet)
{
    static const char *const DECLARATIONS[] = {"line-through", "vertical-align"};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0, from = 0; i < sheet.size && c->count < CSS_CLASSES_MAX;) {
            size_t at = i + view_find(view_slice(sheet, i, sheet.size), view_of(DECLARATIONS[k]));
            if (at >= sheet.size) break;
            i = behind_comment(sheet, &from, at);
            if (i > at) continue;
            view value = view_slice(sheet, at + sizeof "vertical-align" - 1, sheet.size);
            while (k == 1 && value.size > 0 && (is_ascii_space(*value.data) || *value.data == ':'))
                value = view_slice(value, 1, value.size);
            bool may_be = k == 0 || view_starts_with(value, VIEW("su")) ||
                          view_starts_with(value, VIEW("baseline"));
            i = may_be ? read_rule(c, sheet, at) : at + 1;
        }
}

uint32_t css_classes_look(const css_classes *c, view classes)
{
    uint32_t looks = 0;
    for (size_t i = 0, start; i < classes.size && c->count > 0; i++) {
        start = i;
        while (i < classes.size && !is_ascii_space(classes.data[i]))
            i++;
        for (uint32_t k = 0; k < c->count; k++)
            if (view_equal(view_slice(classes, start, i), c->list[k].name))
                looks |= c->list[k].looks;
    }
    return looks;
}
