/* eval_report.c - one outcome in full, or several side by side. */
#include "cli/eval_report.h"

#include "base/json.h"
#include "base/size.h"
#include "cli/eval_report_json.h"

#include <math.h>

enum { WORST_SHOWN = 10, LABEL_COLUMNS_MAX = 40, WHY_INDENT = 4 };

typedef enum measure_unit { IN_PERCENT, IN_SHARES, IN_MS } measure_unit;

/* How people read a measure. */
static const struct {
    const char *name; /* %u is k */
    const char *column;
    measure_unit unit;
    bool smaller_is_better;
} measures[KITH_EVAL_MEASURES] = {
    [KITH_EVAL_HIT_1] = {"hit@1", "hit@1", IN_PERCENT, false},
    [KITH_EVAL_HIT_K] = {"hit@%u", "hit@k", IN_PERCENT, false},
    [KITH_EVAL_RECALL] = {"recall@%u", "recall", IN_PERCENT, false},
    [KITH_EVAL_MRR] = {"MRR@%u", "MRR", IN_SHARES, false},
    [KITH_EVAL_NDCG] = {"nDCG@%u", "nDCG", IN_SHARES, false},
    [KITH_EVAL_TEXT_FOUND] = {"text in a passage", "passage", IN_PERCENT, false},
    [KITH_EVAL_TEXT_ANSWER] = {"text in the answer", "answer", IN_PERCENT, false},
    [KITH_EVAL_CITATIONS] = {"citations that hold", "cited", IN_PERCENT, false},
    [KITH_EVAL_REFUSED] = {"refused wrongly", "refused", IN_PERCENT, true},
    [KITH_EVAL_REFUSED_RIGHTLY] = {"refused rightly", "rightly", IN_PERCENT, false},
    [KITH_EVAL_MS] = {"time", "p50 ms", IN_MS, true},
};

static const uint64_t bootstrap_seed = 1;

/* "81.0 %", "0.863", "21.4 ms", "-" */
static void append_value(buffer *out, kith_eval_measure m, double value, const char *sign)
{
    if (isnan(value))
        buffer_append_text(out, "-");
    else if (measures[m].unit == IN_PERCENT)
        buffer_printf(out, "%s%.1f %%", sign, 100 * value);
    else if (measures[m].unit == IN_SHARES)
        buffer_printf(out, "%s%.3f", sign, value);
    else
        buffer_printf(out, "%s%.1f ms", sign, value);
}

static void append_measure_name(buffer *out, kith_eval_measure m, uint32_t k)
{
    view name = view_of(measures[m].name);
    size_t mark = view_find(name, VIEW("%u"));
    buffer_append(out, view_slice(name, 0, mark));
    if (mark < name.size) buffer_printf(out, "%u", k);
}

static void append_spaces(buffer *out, size_t from, uint32_t columns)
{
    for (size_t used = out->size - from; used < columns; used++)
        buffer_append_byte(out, ' ');
}

static void heading(console *c, const char *text)
{
    buffer_append_byte(&c->line, '\n');
    terminal_style(&c->out_terminal, &c->line, STYLE_BOLD, view_of(text));
    buffer_append_byte(&c->line, '\n');
}

/* ---- one outcome ---- */

static void show_measures(const eval_report *r, const kith_evaluation *e)
{
    enum { NAME_COLUMNS = 24, VALUE_COLUMNS = 10 };
    console *c = r->console;
    console_printf(c, "%zu questions, %u passages each\n", e->count, e->k);
    heading(c, "Measures");
    for (kith_eval_measure m = 0; m < KITH_EVAL_MS; m++) {
        if (e->counts[m] == 0) continue;
        size_t start = c->line.size;
        buffer_append_text(&c->line, "  ");
        append_measure_name(&c->line, m, e->k);
        append_spaces(&c->line, start, NAME_COLUMNS);
        start = c->line.size;
        append_value(&c->line, m, e->means[m], "");
        append_spaces(&c->line, start, VALUE_COLUMNS);
        buffer_printf(&c->line, "of %u questions\n", e->counts[m]);
    }
    size_t start = c->line.size;
    buffer_append_text(&c->line, "  time");
    append_spaces(&c->line, start, NAME_COLUMNS);
    buffer_printf(&c->line, "p50 %.1f ms, p95 %.1f ms\n", e->p50_ms, e->p95_ms);
    console_flush_line(c);
    if (e->questions_cut)
        console_notice(c,
                       "%zu questions are longer than the model reads: their meaning is that of "
                       "their beginnings",
                       e->questions_cut);
}

static void show_problem(const eval_report *r, const kith_evaluation *e, uint32_t question)
{
    console *c = r->console;
    wrapping w = {.width = c->out_terminal.width, .indent = WHY_INDENT};
    buffer text;
    buffer_init(&text, SIZE_MAX / 2);
    buffer_printf(&text, "line %u: ", r->questions->lines[question]);
    terminal_clean(&text, view_of(r->questions->questions[question].question), true);
    terminal_wrap(&c->line, buffer_view(&text), &w);
    buffer_printf(&c->line, "\n%*s", WHY_INDENT, "");
    buffer_reset(&text);
    terminal_clean(&text, view_of(e->results[question].why), true);
    w.first = WHY_INDENT;
    terminal_wrap(&c->line, buffer_view(&text), &w);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
    buffer_done(&text);
}

static void show_worst(const eval_report *r, const kith_evaluation *e)
{
    console *c = r->console;
    size_t shown = r->all ? e->worst_count : size_min(e->worst_count, WORST_SHOWN);
    char text[96];
    if (shown == 0)
        (void)snprintf(text, sizeof text, "No question with a problem");
    else if (shown == e->worst_count)
        (void)snprintf(text, sizeof text, "Questions with a problem, worst first (%zu)", shown);
    else
        (void)snprintf(text, sizeof text,
                       "Worst questions (%zu of %zu with a problem; --explain shows all)", shown,
                       e->worst_count);
    heading(c, text);
    console_flush_line(c);
    for (size_t i = 0; i < shown; i++)
        show_problem(r, e, e->worst[i]);
}

/* ---- several outcomes ---- */

/* Differences of outcome `i` from the first, by measure. */
static kith_status compare(const eval_report *r, uint32_t i,
                           kith_eval_difference out[KITH_EVAL_MEASURES], kith_error *err)
{
    kith_status status = KITH_OK;
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES && status == KITH_OK; m++)
        status = kith_eval_compare(r->outcomes[0].evaluation, r->outcomes[i].evaluation, m,
                                   bootstrap_seed, &out[m], err);
    return status;
}

/* "81.0+", "0.863", "-" for a cell. */
static void append_cell(buffer *out, kith_eval_measure m, double value,
                        const kith_eval_difference *d)
{
    char text[32];
    bool is_better = d && (d->difference > 0) != measures[m].smaller_is_better;
    const char *mark = !d || !d->clear ? " " : is_better ? "+" : "-";
    if (isnan(value))
        (void)snprintf(text, sizeof text, "- ");
    else if (measures[m].unit == IN_SHARES)
        (void)snprintf(text, sizeof text, "%.3f%s", value, mark);
    else
        (void)snprintf(text, sizeof text, "%.1f%s",
                       measures[m].unit == IN_PERCENT ? 100 * value : value, mark);
    buffer_printf(out, "%9s", text);
}

static uint32_t label_columns(const eval_report *r)
{
    uint32_t widest = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t columns = terminal_columns(view_of(r->outcomes[i].label));
        if (columns > widest) widest = columns;
    }
    return widest < LABEL_COLUMNS_MAX ? widest : LABEL_COLUMNS_MAX;
}

static void append_label(buffer *out, const char *label, uint32_t columns)
{
    view text = view_of(label);
    size_t fits = terminal_fit(text, columns), start = out->size;
    terminal_clean(out, view_slice(text, 0, fits), true);
    append_spaces(out, start, columns);
}

/* A column that no outcome has a value for is left out. */
static bool has_column(const eval_report *r, kith_eval_measure m)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->outcomes[i].evaluation->counts[m]) return true;
    return false;
}

static void show_table_head(const eval_report *r, uint32_t columns)
{
    console *c = r->console;
    console_printf(c, "%zu questions; percent, but MRR and nDCG from 0 to 1\n\n",
                   r->outcomes[0].evaluation->count);
    append_spaces(&c->line, c->line.size, columns);
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++) {
        char cell[16];
        if (!has_column(r, m)) continue;
        (void)snprintf(cell, sizeof cell, "%s ", measures[m].column);
        buffer_printf(&c->line, "%9s", cell);
    }
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

static void show_row(const eval_report *r, uint32_t i, uint32_t columns,
                     const kith_eval_difference *differences)
{
    console *c = r->console;
    const kith_evaluation *e = r->outcomes[i].evaluation;
    append_label(&c->line, r->outcomes[i].label, columns);
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++)
        if (has_column(r, m))
            append_cell(&c->line, m, m == KITH_EVAL_MS ? e->p50_ms : e->means[m],
                        differences ? &differences[m] : NULL);
    buffer_append_byte(&c->line, '\n');
    console_flush_line(c);
}

/* "rank=words: hit@1 -8.0 % (-13.0 % to -3.0 %, p 0.001)", each clear difference a line. */
static uint32_t show_clear(const eval_report *r, uint32_t i,
                           const kith_eval_difference differences[KITH_EVAL_MEASURES])
{
    buffer *out = &r->console->line;
    uint32_t shown = 0;
    for (kith_eval_measure m = 0; m < KITH_EVAL_MEASURES; m++) {
        const kith_eval_difference *d = &differences[m];
        if (!d->clear) continue;
        buffer_append_text(out, "  ");
        terminal_clean(out, view_of(r->outcomes[i].label), true);
        buffer_append_text(out, ": ");
        append_measure_name(out, m, r->outcomes[i].evaluation->k);
        buffer_append_byte(out, ' ');
        append_value(out, m, d->difference, d->difference > 0 ? "+" : "");
        buffer_append_text(out, " (");
        append_value(out, m, d->low, "");
        buffer_append_text(out, " to ");
        append_value(out, m, d->high, "");
        buffer_printf(out, "; p %.4f, %zu questions)\n", d->p, d->questions);
        shown++;
    }
    return shown;
}

static kith_status show_comparison(const eval_report *r, kith_error *err)
{
    console *c = r->console;
    kith_eval_difference differences[KITH_EVAL_MEASURES];
    uint32_t columns = label_columns(r), clear = 0;
    show_table_head(r, columns);
    show_row(r, 0, columns, NULL);
    for (uint32_t i = 1; i < r->count; i++) {
        kith_status status = compare(r, i, differences, err);
        if (status != KITH_OK) return status;
        show_row(r, i, columns, differences);
    }
    buffer_append_text(&c->line, "\nMore than noise, against '");
    terminal_clean(&c->line, view_of(r->outcomes[0].label), true);
    buffer_append_text(
        &c->line, "' (+ better, - worse; paired bootstrap over the questions, 95 % interval):\n");
    for (uint32_t i = 1; i < r->count; i++) {
        // The same seed gives the same differences again.
        kith_status status = compare(r, i, differences, err);
        if (status != KITH_OK) return status;
        clear += show_clear(r, i, differences);
    }
    if (!clear) buffer_append_text(&c->line, "  nothing\n");
    console_flush_line(c);
    return KITH_OK;
}

/* ---- by a field of the questions ---- */

static void show_group(const eval_report *r, const kith_evaluation *e, uint32_t group,
                       uint32_t columns)
{
    buffer *out = &r->console->line;
    eval_group means;
    eval_groups_measure(r->groups, group, e, &means);
    append_label(out, means.name, columns);
    buffer_printf(out, "%11u", means.questions);
    for (kith_eval_measure m = 0; m < KITH_EVAL_MS; m++)
        if (has_column(r, m)) append_cell(out, m, means.means[m], NULL);
    buffer_append_byte(out, '\n');
}

static void show_groups(const eval_report *r, const eval_outcome *o)
{
    console *c = r->console;
    uint32_t columns = terminal_columns(view_of(r->groups->by));
    char title[64];
    for (uint32_t i = 0; i < r->groups->count; i++) {
        uint32_t needs = terminal_columns(view_of(r->groups->names[i]));
        if (needs > columns) columns = needs;
    }
    if (columns > LABEL_COLUMNS_MAX) columns = LABEL_COLUMNS_MAX;
    (void)snprintf(title, sizeof title, r->count > 1 ? "By %.20s: %.30s" : "By %.20s",
                   r->groups->by, o->label);
    heading(c, title);
    append_spaces(&c->line, c->line.size, columns);
    buffer_append_text(&c->line, "  questions");
    for (kith_eval_measure m = 0; m < KITH_EVAL_MS; m++) {
        char cell[16];
        (void)snprintf(cell, sizeof cell, "%s ", measures[m].column);
        if (has_column(r, m)) buffer_printf(&c->line, "%9s", cell);
    }
    buffer_append_byte(&c->line, '\n');
    for (uint32_t i = 0; i < r->groups->count; i++)
        show_group(r, o->evaluation, i, columns);
    console_flush_line(c);
}

kith_status eval_report_show(const eval_report *r, kith_error *err)
{
    if (r->console->json) return eval_report_json(r, bootstrap_seed, err);
    kith_status status = KITH_OK;
    if (r->count > 1)
        status = show_comparison(r, err);
    else
        show_measures(r, r->outcomes[0].evaluation);
    for (uint32_t i = 0; status == KITH_OK && r->groups && i < r->count; i++)
        show_groups(r, &r->outcomes[i]);
    if (r->count == 1) show_worst(r, r->outcomes[0].evaluation);
    return status;
}
