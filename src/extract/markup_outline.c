/* markup_outline.c - a walk over lines; each markup says of a line whether it is a title. */
#include "extract/markup_outline.h"

#include "base/utf8.h"

enum { LATEX_TITLE_MAX_BYTES = 500, ORG_TAGS_MIN_BYTES = 3 };

typedef struct rst_style {
    char mark;
    bool has_overline;
} rst_style;

typedef struct markup_walk {
    view text;
    size_t at; // behind the line at hand
    outline *found;
    view *title;
    view fence; // the line that ends the verbatim block at hand; empty: none is open
    rst_style styles[OUTLINE_LEVELS]; // in the order in which they came
    uint32_t style_count;
    kith_error *err;
} markup_walk;

/* Reads the line that begins at `offset`; what it adds is a heading. */
typedef kith_status line_reader(markup_walk *w, view line, size_t offset);

static kith_status add(markup_walk *w, uint32_t level, view title, size_t offset)
{
    if (w->found->headings.size / sizeof(heading) >= MARKUP_MAX_HEADINGS) return KITH_OK;
    if (level > OUTLINE_LEVELS) level = OUTLINE_LEVELS;
    return outline_add(w->found, level, view_trim(title), offset, w->err);
}

/* How often `mark` stands at the beginning. */
static size_t count_marks(view line, char mark)
{
    size_t n = 0;
    while (n < line.size && line.data[n] == mark)
        n++;
    return n;
}

static view line_without_end(view line)
{
    while (line.size && is_ascii_space(line.data[line.size - 1]))
        line.size--;
    return line;
}

/* A verbatim block begins or ends: true, and the line is no title. */
static bool is_in_block(markup_walk *w, view line, const char *const *fences, size_t least)
{
    view whole = line_without_end(line);
    if (w->fence.size) {
        if (view_equal(whole, w->fence)) w->fence.size = 0;
        return true;
    }
    for (; *fences; fences++) {
        size_t marks = count_marks(whole, **fences);
        // A fence of Typst and Markdown names a language behind it.
        bool is_fence = marks >= least && (marks == whole.size || **fences == '`');
        if (!is_fence) continue;
        w->fence = view_slice(whole, 0, marks);
        return true;
    }
    return false;
}

/* ---- reStructuredText ---- */

/* The mark of a line that is nothing but one mark; 0: it is another line. */
static char adornment_of(view line)
{
    static const char MARKS[] = "=-`:'\"~^_*+#<>.!$%&(),/;?@[\\]{|}";
    view whole = line_without_end(line);
    if (whole.size < 2 || !strchr(MARKS, whole.data[0])) return 0;
    return count_marks(whole, whole.data[0]) == whole.size ? whole.data[0] : 0;
}

static bool is_as_long(view adornment, view title)
{
    return line_without_end(adornment).size >= utf8_count(line_without_end(title));
}

static uint32_t rst_level(markup_walk *w, rst_style style)
{
    for (uint32_t i = 0; i < w->style_count; i++)
        if (w->styles[i].mark == style.mark && w->styles[i].has_overline == style.has_overline)
            return i + 1;
    if (w->style_count == OUTLINE_LEVELS) return OUTLINE_LEVELS;
    w->styles[w->style_count++] = style;
    return w->style_count;
}

/* A title and the line below it, or one line above it and one below. */
static kith_status read_rst(markup_walk *w, view line, size_t offset)
{
    size_t at = w->at;
    view second = view_next_line(w->text, &at), third = {0};
    size_t behind_second = at;
    if (at < w->text.size) third = view_next_line(w->text, &at);
    char over = adornment_of(line), under = adornment_of(second);
    if (over && over == adornment_of(third) && !under && view_trim(second).size > 0 &&
        is_as_long(third, second)) {
        w->at = at;
        return add(w, rst_level(w, (rst_style){over, true}), second, offset);
    }
    bool is_title = !over && under && view_trim(line).size > 0 && !is_ascii_space(line.data[0]) &&
                    is_as_long(second, line);
    if (!is_title) return KITH_OK;
    w->at = behind_second;
    return add(w, rst_level(w, (rst_style){under, false}), line, offset);
}

/* ---- Org ---- */

/* Without the keyword before a headline and the tags behind it. */
static view org_title(view line)
{
    static const char *const KEYWORDS[] = {"TODO ", "DONE "};
    view title = view_trim(line);
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof KEYWORDS[0]; i++)
        if (view_starts_with(title, view_of(KEYWORDS[i])))
            title = view_trim(view_slice(title, strlen(KEYWORDS[i]), title.size));
    size_t i = title.size;
    if (i < ORG_TAGS_MIN_BYTES || title.data[i - 1] != ':') return title;
    while (i > 0 && !is_ascii_space(title.data[i - 1]))
        i--;
    bool has_tags = i > 0 && title.data[i] == ':' && title.size - i >= ORG_TAGS_MIN_BYTES;
    return has_tags ? view_trim(view_slice(title, 0, i)) : title;
}

static kith_status read_org(markup_walk *w, view line, size_t offset)
{
    static const char TITLE[] = "#+title:";
    size_t stars = count_marks(line, '*');
    if (view_starts_with_nocase(line, VIEW("#+begin_"))) w->fence = VIEW("#+end_");
    if (w->fence.size) {
        if (view_starts_with_nocase(line, w->fence)) w->fence.size = 0;
        return KITH_OK;
    }
    if (view_starts_with_nocase(line, view_of(TITLE)))
        *w->title = view_trim(view_slice(line, sizeof TITLE - 1, line.size));
    if (stars == 0 || stars >= line.size || line.data[stars] != ' ') return KITH_OK;
    return add(w, (uint32_t)stars, org_title(view_slice(line, stars, line.size)), offset);
}

/* ---- AsciiDoc and Typst ---- */

static kith_status read_equals(markup_walk *w, view line, size_t offset)
{
    size_t marks = count_marks(line, '=');
    if (marks == 0 || marks >= line.size || line.data[marks] != ' ') return KITH_OK;
    return add(w, (uint32_t)marks, view_slice(line, marks, line.size), offset);
}

/* A title with a line below it, of its length or nearly so, as AsciiDoc had them first. */
static kith_status read_underlined(markup_walk *w, view line, size_t offset, bool *is_title)
{
    static const char MARKS[] = "=-~^+"; // by level
    size_t at = w->at, size = utf8_count(line_without_end(line));
    view below = line_without_end(view_next_line(w->text, &at));
    const char *level = below.size >= 2 ? strchr(MARKS, below.data[0]) : NULL;
    bool fits = below.size <= size + 2 && size <= below.size + 2;
    *is_title = level && fits && size > 1 && count_marks(below, *level) == below.size &&
                !strchr(".[|/", line.data[0]) && !is_ascii_space(line.data[0]) &&
                !adornment_of(line);
    if (!*is_title) return KITH_OK;
    w->at = at;
    return add(w, (uint32_t)(level - MARKS) + 1, line, offset);
}

static kith_status read_asciidoc(markup_walk *w, view line, size_t offset)
{
    static const char *const FENCES[] = {"-", ".", "+", "/", "`", NULL};
    bool is_title = false;
    kith_status status = w->fence.size ? KITH_OK : read_underlined(w, line, offset, &is_title);
    if (status != KITH_OK || is_title) return status;
    bool is_fenced = is_in_block(w, line, FENCES, line.size && line.data[0] == '`' ? 3 : 4);
    return is_fenced ? KITH_OK : read_equals(w, line, offset);
}

static kith_status read_typst(markup_walk *w, view line, size_t offset)
{
    static const char *const FENCES[] = {"`", NULL};
    return is_in_block(w, line, FENCES, 3) ? KITH_OK : read_equals(w, line, offset);
}

/* ---- LaTeX ---- */

/* The group that begins with the '{' at i, without its braces; data NULL: none, or too long. */
static view latex_group(view text, size_t i)
{
    size_t depth = 0;
    for (size_t at = i; at < text.size && at - i <= LATEX_TITLE_MAX_BYTES; at++) {
        if (text.data[at] == '\\') {
            at++;
            continue;
        }
        depth += text.data[at] == '{';
        depth -= text.data[at] == '}';
        if (depth == 0) return at > i ? view_slice(text, i + 1, at) : (view){0};
    }
    return (view){0};
}

/* What stands behind the command's name, its star and its short form: the '{'. */
static size_t latex_argument(view text, size_t i)
{
    if (i < text.size && text.data[i] == '*') i++;
    if (i < text.size && text.data[i] == '[') {
        size_t limit =
            text.size - i < LATEX_TITLE_MAX_BYTES ? text.size : i + LATEX_TITLE_MAX_BYTES;
        i += view_find(view_slice(text, i, limit), VIEW("]")) + 1;
    }
    return i;
}

/* Commands and braces go, what they hold stays: "The \emph{gate}" is "The gate". */
static void append_plain(view title, char *out, size_t *size)
{
    for (size_t i = 0; i < title.size; i++) {
        char c = title.data[i];
        if (c == '{' || c == '}') continue;
        bool is_command = c == '\\' && i + 1 < title.size &&
                          (unsigned char)((title.data[i + 1] | 0x20) - 'a') <= 'z' - 'a';
        if (is_command) {
            while (i + 1 < title.size &&
                   (unsigned char)((title.data[i + 1] | 0x20) - 'a') <= 'z' - 'a')
                i++;
            continue;
        }
        if (c == '\\' || c == '~') c = ' ';
        out[(*size)++] = c;
        if (c == ' ' && title.data[i] == '\\' && i + 1 < title.size)
            out[*size - 1] = title.data[++i];
    }
}

static bool latex_begins(view line, const char *command, size_t *behind)
{
    if (!view_starts_with(line, view_of(command))) return false;
    *behind = strlen(command);
    return *behind < line.size && strchr("{[*", line.data[*behind]);
}

static bool latex_is_verbatim(markup_walk *w, view line)
{
    static const char *const BEGINS[] = {"\\begin{verbatim", "\\begin{lstlisting", "\\begin{minted",
                                         "\\begin{comment"};
    static const char *const ENDS[] = {"\\end{verbatim", "\\end{lstlisting", "\\end{minted",
                                       "\\end{comment"};
    for (size_t i = 0; i < sizeof BEGINS / sizeof BEGINS[0] && !w->fence.size; i++)
        if (view_find(line, view_of(BEGINS[i])) < line.size) w->fence = view_of(ENDS[i]);
    if (!w->fence.size) return false;
    if (view_find(line, w->fence) < line.size) w->fence.size = 0;
    return true;
}

static kith_status read_latex(markup_walk *w, view line, size_t offset)
{
    static const char *const SECTIONS[] = {"\\part",       "\\chapter",       "\\section",
                                           "\\subsection", "\\subsubsection", "\\paragraph",
                                           "\\title"};
    enum { COUNT = sizeof SECTIONS / sizeof SECTIONS[0], TITLE = COUNT - 1 };
    char plain[LATEX_TITLE_MAX_BYTES + 1];
    size_t size = 0, behind = 0, blanks = 0;
    if (latex_is_verbatim(w, line)) return KITH_OK;
    while (blanks < line.size && is_ascii_space(line.data[blanks]))
        blanks++;
    view rest = view_slice(w->text, offset + blanks, w->text.size);
    for (uint32_t i = 0; i < COUNT; i++) {
        if (!latex_begins(rest, SECTIONS[i], &behind)) continue;
        size_t brace = latex_argument(rest, behind);
        view group =
            brace < rest.size && rest.data[brace] == '{' ? latex_group(rest, brace) : (view){0};
        if (!group.data) return KITH_OK;
        append_plain(group, plain, &size);
        if (i == TITLE) {
            *w->title = arena_copy(w->found->memory, view_trim((view){plain, size}));
            return w->title->data ? KITH_OK
                                  : fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for a title");
        }
        return add(w, i + 1, (view){plain, size}, offset);
    }
    return KITH_OK;
}

/* ---- the walk ---- */

kith_status markup_outline(view text, const char *markup, outline *found, view *title,
                           kith_error *err)
{
    static const struct {
        const char *markup;
        line_reader *read;
    } READERS[] = {{"rst", read_rst},
                   {"org", read_org},
                   {"asciidoc", read_asciidoc},
                   {"typst", read_typst},
                   {"latex", read_latex}};
    markup_walk w = {.text = text, .found = found, .title = title, .err = err};
    line_reader *read = NULL;
    kith_status status = KITH_OK;
    for (size_t i = 0; markup && i < sizeof READERS / sizeof READERS[0]; i++)
        if (strcmp(READERS[i].markup, markup) == 0) read = READERS[i].read;
    while (read && w.at < text.size && status == KITH_OK) {
        size_t offset = w.at;
        view line = view_next_line(text, &w.at);
        status = read(&w, line, offset);
    }
    return status;
}
