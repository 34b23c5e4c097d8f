/* help.c - one layout for every page: usage, what it does, options, examples, exit status. */
#include "cli/help.h"

#include "base/size.h"

enum {
    PAGE_COLUMNS_MAX = 100,
    PAGE_COLUMNS_MIN = 60,
    OPTION_COLUMN = 26,
    SUMMARY_COLUMN = 16,
    STATUS_COLUMN = 7
};

static uint32_t page_columns(const terminal *t)
{
    return (uint32_t)size_min(size_max(t->width, PAGE_COLUMNS_MIN), PAGE_COLUMNS_MAX);
}

static void heading(const terminal *t, buffer *out, const char *text)
{
    buffer_append_byte(out, '\n');
    terminal_style(t, out, STYLE_BOLD, view_of(text));
    buffer_append_byte(out, '\n');
}

/* "  label     text", the text wrapped at `column`. */
static void entry(const terminal *t, buffer *out, view label, uint32_t column, const char *text)
{
    buffer_append_text(out, "  ");
    buffer_append(out, label);
    uint32_t used = 2 + terminal_columns(label);
    if (used + 1 > column) {
        buffer_append_byte(out, '\n');
        used = 0;
    }
    for (; used < column; used++)
        buffer_append_byte(out, ' ');
    wrapping w = {.width = page_columns(t), .first = column, .indent = column};
    terminal_wrap(out, view_of(text), &w);
    buffer_append_byte(out, '\n');
}

static void paragraphs(const terminal *t, buffer *out, const char *text)
{
    view rest = view_of(text);
    wrapping w = {.width = page_columns(t)};
    while (rest.size > 0) {
        size_t end = view_find(rest, VIEW("\n\n"));
        terminal_wrap(out, view_slice(rest, 0, end), &w);
        buffer_append_byte(out, '\n');
        size_t next = size_min(end + 2, rest.size);
        rest = view_slice(rest, next, rest.size);
        if (rest.size > 0) buffer_append_byte(out, '\n');
    }
}

static void option_entries(const terminal *t, buffer *out, option_set options)
{
    for (option_id i = 0; i < OPTION_COUNT; i++) {
        if (!(options & OPTION_BIT(i))) continue;
        const option_row *row = &option_table[i];
        buffer label;
        buffer_init(&label, 64);
        if (i == OPTION_HELP) buffer_append_text(&label, "-h, ");
        if (!row->name[1]) buffer_printf(&label, "-%s, ", row->name); // "-k, --k N"
        buffer_append_text(&label, "--");
        buffer_append_text(&label, row->name);
        if (row->argument) buffer_printf(&label, " %s", row->argument);
        entry(t, out, buffer_view(&label), OPTION_COLUMN, row->help);
        buffer_done(&label);
    }
}

static void status_entries(const terminal *t, buffer *out)
{
    for (const exit_status_meaning *m = exit_status_table; m->meaning; m++) {
        char label[8];
        int n = snprintf(label, sizeof label, "%d", (int)m->status);
        entry(t, out, (view){label, (size_t)n}, STATUS_COLUMN, m->meaning);
    }
}

void help_command(const terminal *t, buffer *out, const command *c)
{
    buffer_printf(out, "kith %s - %s\n", c->name, c->summary);
    heading(t, out, "Usage");
    buffer_printf(out, "  kith %s [OPTIONS]%s%s\n\n", c->name, *c->arguments ? " " : "",
                  c->arguments);
    paragraphs(t, out, c->description);
    heading(t, out, "Options");
    option_entries(t, out, c->options | OPTIONS_ALWAYS);
    heading(t, out, "Examples");
    buffer_append_text(out, c->examples);
    heading(t, out, "Exit status");
    status_entries(t, out);
}

void help_program(const terminal *t, buffer *out)
{
    buffer_append_text(
        out, "kith - a vector database that answers from your documents, with citations\n");
    heading(t, out, "Usage");
    buffer_append_text(out, "  kith COMMAND [OPTIONS] [ARGUMENTS]\n"
                            "  kith COMMAND --help\n"
                            "  kith --version (-V, kith version)\n");
    heading(t, out, "Commands");
    for (const command *const *c = command_table; *c; c++)
        entry(t, out, view_of((*c)->name), SUMMARY_COLUMN, (*c)->summary);
    heading(t, out, "Output");
    paragraphs(t, out,
               "Results go to standard output: text for people on a terminal, JSON lines in a pipe "
               "or with --json; KITH_OUTPUT=text or json decides where no option does. "
               "Notices and progress go to standard error. NO_COLOR turns colour off.");
    heading(t, out, "Environment");
    entry(t, out, VIEW("KITH_DIR"), OPTION_COLUMN, "the data directory");
    entry(t, out, VIEW("KITH_MODEL"), OPTION_COLUMN, "directory of the local embedding model");
    entry(t, out, VIEW("KITH_LLM_MODEL"), OPTION_COLUMN, "the model that writes answers");
    entry(t, out, VIEW("KITH_OUTPUT"), OPTION_COLUMN,
          "text: for people in a pipe too (less, grep); json: JSON lines on a terminal too");
    entry(t, out, VIEW("KITH_KERNELS"), OPTION_COLUMN,
          "forces the instruction set: amx, avx512, avx2 or scalar");
    entry(t, out, VIEW("KITH_PRECISION"), OPTION_COLUMN,
          "of the local embedding model: auto or f32");
    entry(t, out, VIEW("KITH_RERANK"), OPTION_COLUMN,
          "directory of a cross-encoder, as --rerank names one");
    entry(t, out, VIEW("OPENAI_BASE_URL"), OPTION_COLUMN, "an OpenAI-compatible endpoint");
    entry(t, out, VIEW("OPENAI_API_KEY"), OPTION_COLUMN,
          "its key; may stand in .env in the working directory instead, and both in the file of "
          "--env");
    heading(t, out, "Exit status");
    status_entries(t, out);
}
