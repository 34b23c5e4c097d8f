/* line_reader.c - see line_reader.h. On a terminal libedit reads the lines, else a plain buffer
 * does. */
#include "cli/line_reader.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_REMEMBERED = 500 };

struct line_reader {
    const line_source *source; /* NULL: standard input */
    bool is_interactive;
    EditLine *edit; /* NULL: plain lines */
    History *past;
    buffer line;
};

static char *prompt(EditLine *edit)
{
    static char text[] = "> ";
    (void)edit;
    return text;
}

static unsigned char empty_or_end(EditLine *edit, int key)
{
    (void)key;
    const LineInfo *line = el_line(edit);
    int bytes = (int)(line->lastchar - line->buffer);
    if (bytes == 0) return CC_EOF;
    (void)el_cursor(edit, (int)(line->lastchar - line->cursor));
    el_deletestr(edit, bytes);
    return CC_REFRESH;
}

/* libedit decodes input by the locale; terminals send UTF-8 even under the locale "C". */
static void choose_characters(void)
{
    const char *of_user = setlocale(LC_CTYPE, "");
    if (!of_user || MB_CUR_MAX == 1) of_user = setlocale(LC_CTYPE, "C.UTF-8");
    (void)of_user; // without either, ASCII can still be typed
}

static kith_status begin_editing(line_reader *r, kith_error *err)
{
    HistEvent event;
    choose_characters();
    r->past = history_init();
    r->edit = el_init("kith", stdin, stdout, stderr);
    bool done =
        r->past && r->edit && history(r->past, &event, H_SETSIZE, LINES_REMEMBERED) >= 0 &&
        history(r->past, &event, H_SETUNIQUE, 1) >= 0 && el_set(r->edit, EL_PROMPT, prompt) == 0 &&
        el_set(r->edit, EL_EDITOR, "emacs") == 0 &&
        el_set(r->edit, EL_HIST, history, r->past) == 0 &&
        el_set(r->edit, EL_ADDFN, "kith-empty-or-end", "Empty the line, or end", empty_or_end) ==
            0 &&
        // Keys that send signals are read as keys while a line is edited, so that no signal
        // can leave the terminal in disorder.
        el_set(r->edit, EL_SETTY, "-d", "-isig", NULL) == 0 &&
        el_set(r->edit, EL_BIND, "^C", "kith-empty-or-end", NULL) == 0;
    return done ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "cannot set up the editing of lines");
}

kith_status line_reader_new(bool interactive, const line_source *source, line_reader **out,
                            kith_error *err)
{
    line_reader *r = calloc(1, sizeof *r);
    if (!r) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for lines");
    buffer_init(&r->line, LINE_READER_MAX_BYTES);
    r->source = source;
    r->is_interactive = interactive;
    kith_status status = interactive && !source ? begin_editing(r, err) : KITH_OK;
    if (status == KITH_OK)
        *out = r;
    else
        line_reader_free(r);
    return status;
}

void line_reader_free(line_reader *r)
{
    if (!r) return;
    if (r->edit) el_end(r->edit);
    if (r->past) history_end(r->past);
    buffer_done(&r->line);
    free(r);
}

static kith_status take_line(line_reader *r, const char **line, kith_error *err)
{
    if (r->line.size && r->line.data[r->line.size - 1] == '\r') r->line.size--;
    const char *nul = r->line.size ? memchr(r->line.data, '\0', r->line.size) : NULL;
    if (nul)
        return fail(err, KITH_ERR_INVALID, "the line has a NUL byte at byte %zu; text has none",
                    (size_t)(nul - r->line.data) + 1);
    const char *text = buffer_text(&r->line);
    if (!text) return buffer_status(&r->line, "line", err);
    *line = text;
    return KITH_OK;
}

static kith_status next_edited(line_reader *r, const char **line, kith_error *err)
{
    int count = 0;
    const char *typed = el_gets(r->edit, &count);
    if (!typed || count <= 0) {
        (void)fputc('\n', stdout); // else the shell's prompt would follow ours on the same line
        *line = NULL;
        return KITH_OK;
    }
    size_t size = (size_t)count;
    if (typed[size - 1] == '\n') size--;
    buffer_reset(&r->line);
    buffer_append(&r->line, (view){typed, size});
    return take_line(r, line, err);
}

static kith_status next_plain(line_reader *r, const char **line, kith_error *err)
{
    int byte;
    buffer_reset(&r->line);
    errno = 0;
    while ((byte = getc(stdin)) != EOF && byte != '\n')
        buffer_append_byte(&r->line, (char)byte);
    if (ferror(stdin)) return fail(err, KITH_ERR_IO, "standard input: %s", strerror(errno));
    if (r->line.failed != KITH_OK) return buffer_status(&r->line, "line", err);
    if (byte == EOF && r->line.size == 0) {
        *line = NULL;
        return KITH_OK;
    }
    return take_line(r, line, err);
}

static kith_status next_of_source(line_reader *r, const char **line, kith_error *err)
{
    bool is_end = false;
    kith_status status =
        r->source->next(r->source->context, r->is_interactive, &r->line, &is_end, err);
    if (status != KITH_OK) return status;
    if (!is_end) return take_line(r, line, err);
    *line = NULL;
    return KITH_OK;
}

kith_status line_reader_next(line_reader *r, const char **line, kith_error *err)
{
    if (r->source) return next_of_source(r, line, err);
    return r->edit ? next_edited(r, line, err) : next_plain(r, line, err);
}

void line_reader_remember(line_reader *r, const char *line)
{
    HistEvent event;
    if (r->source) r->source->remember(r->source->context, line);
    if (r->past) (void)history(r->past, &event, H_ENTER, line); // failure costs one line of history
}
