/* json_text.c - a walk in the order of the text; the recursion is as deep as JSON_MAX_DEPTH allows. */
#include "extract/json_text.h"

#include "base/utf8.h"
#include "extract/json_prose.h"
#include "extract/markup_text.h"
#include "extract/record_roles.h"
#include "extract/table.h"

#include <kith/types.h>

enum {
    PATH_MAX_BYTES = 200,          // of a line's keys, the innermost
    POINTER_MAX_BYTES = 400,       // a longer one is cut to that of a value around it
    POINTERS_MAX_BYTES = 32 << 20, // of a file; what comes behind has no place
    NUMBERS_MAX_SHOWN = 32,
    LIST_LINE_MAX_BYTES = 400 // a list of scalars that takes more has a line for each
};

static const char KEY_SEPARATOR[] = " > ";

typedef struct walk {
    manuscript *m; // NULL: the lines go to `lines`
    buffer *lines;
    buffer path;          // keys from the outermost, separated
    buffer pointer;       // of places: where there is an m
    buffer line, whole;   // a line without and with its keys
    size_t pointer_bytes; // of all places so far
    bool has_gap;         // the next line stands behind a blank one
    uint32_t in_element;  // of so many lists of objects, within one another
    kith_status status;
    kith_error *err;
} walk;

static void walk_init(walk *w, manuscript *m, buffer *lines, kith_error *err)
{
    *w = (walk){.m = m, .lines = lines, .err = err};
    buffer_init(&w->path, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&w->pointer, 2 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&w->line, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&w->whole, KITH_DOCUMENT_MAX_BYTES);
}

static void walk_done(walk *w)
{
    buffer_done(&w->path);
    buffer_done(&w->pointer);
    buffer_done(&w->line);
    buffer_done(&w->whole);
}

/* ---- places ---- */

static view shown_pointer(const walk *w)
{
    view pointer = buffer_view(&w->pointer);
    if (pointer.size <= POINTER_MAX_BYTES) return pointer;
    size_t end = POINTER_MAX_BYTES;
    while (end > 0 && pointer.data[end] != '/')
        end--;
    return view_slice(pointer, 0, end);
}

static kith_status set_place(walk *w)
{
    view pointer = shown_pointer(w);
    if (w->pointer_bytes > POINTERS_MAX_BYTES) return KITH_OK;
    w->pointer_bytes += pointer.size + sizeof(place_mark);
    if (w->pointer_bytes > POINTERS_MAX_BYTES || pointer.size == 0)
        return manuscript_place(w->m, PLACE_NONE, 0, VIEW(""), w->err);
    view clean = {0};
    kith_status status = extract_job_clean(w->m->job, pointer, &clean, w->err);
    if (status != KITH_OK) return status;
    view kept = arena_copy(w->m->job->memory, clean);
    if (!kept.data) return fail(w->err, KITH_ERR_NO_MEMORY, "out of memory for a place");
    return manuscript_place(w->m, PLACE_POINTER, 0, kept, w->err);
}

/* ---- lines ---- */

/* The innermost keys, as many as fit. */
static view shown_path(const walk *w)
{
    view path = buffer_view(&w->path);
    if (path.size <= PATH_MAX_BYTES) return path;
    view tail = view_slice(path, path.size - PATH_MAX_BYTES, path.size);
    size_t cut = view_find(tail, VIEW(KEY_SEPARATOR));
    if (cut < tail.size) return view_slice(tail, cut + sizeof KEY_SEPARATOR - 1, tail.size);
    size_t start = utf8_floor(path, path.size - PATH_MAX_BYTES);
    return view_slice(path, start, path.size);
}

/* Writes w->line, with its keys before it. */
static void write_line(walk *w)
{
    view text = view_trim(buffer_view(&w->line)), path = shown_path(w);
    bool is_long = text.size > 0 && memchr(text.data, '\n', text.size);
    if (w->status == KITH_OK) w->status = buffer_status(&w->line, "a line of JSON", w->err);
    if (w->status != KITH_OK || text.size == 0) return;
    buffer *whole = w->lines ? w->lines : &w->whole;
    if (!w->lines) buffer_reset(whole);
    buffer_append(whole, path);
    if (path.size) buffer_append(whole, is_long ? VIEW(":\n") : VIEW(": "));
    buffer_append(whole, text);
    if (w->lines) {
        buffer_append_byte(w->lines, '\n');
    } else {
        w->status = set_place(w);
        if (w->status == KITH_OK) w->status = buffer_status(&w->whole, "a line of JSON", w->err);
        if (w->status == KITH_OK)
            w->status =
                manuscript_block(w->m, w->in_element && !w->has_gap && !is_long ? "\n" : "\n\n",
                                 buffer_view(&w->whole), w->err);
        w->has_gap = is_long;
    }
}

static bool is_scalar(const json_value *v)
{
    return v->kind != JSON_ARRAY && v->kind != JSON_OBJECT;
}

static bool is_number(const json_value *v)
{
    return v->kind == JSON_INTEGER || v->kind == JSON_DOUBLE;
}

/* Appends a scalar to w->line; nothing for null. */
static void append_scalar(walk *w, const json_value *v)
{
    json_writer number = {.out = &w->line};
    if (v->kind == JSON_STRING) {
        bool is_shown = record_is_searched(v->string);
        if (is_shown && markup_is_html(v->string))
            markup_append_text(v->string, &w->line);
        else if (is_shown || (!w->lines && v->string.size < POINTER_MAX_BYTES))
            buffer_append(&w->line, v->string);
        else if (!w->lines)
            buffer_printf(&w->line, "[%zu characters]", utf8_count(v->string));
    } else if (v->kind == JSON_BOOL) {
        buffer_append_text(&w->line, v->boolean ? "true" : "false");
    } else if (v->kind == JSON_DOUBLE && v->count > 0) {
        buffer_printf(&w->line, "%.*f", (int)v->count, v->number); // 19.90 as it is written
    } else if (v->kind != JSON_NULL) {
        json_tree(&number, v);
    }
}

/* How many numbers a list of numbers, or of such lists, has; 0 when it has anything else. */
static size_t count_numbers(const json_value *list)
{
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *v = list->elements[i];
        size_t inside = v->kind == JSON_ARRAY ? count_numbers(v) : is_number(v);
        if (inside == 0) return 0;
        count += inside;
    }
    return count;
}

static void append_numbers(walk *w, const json_value *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *v = list->elements[i];
        if (v->kind == JSON_ARRAY) {
            append_numbers(w, v);
            continue;
        }
        if (w->line.size) buffer_append_text(&w->line, ", ");
        append_scalar(w, v);
    }
}

/* Can the list stand in one line? */
static bool is_short_list(const json_value *list)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *v = list->elements[i];
        if (!is_scalar(v)) return false;
        if (v->kind == JSON_STRING && v->string.size &&
            memchr(v->string.data, '\n', v->string.size))
            return false;
        bytes += v->kind == JSON_STRING ? v->string.size + 2 : 8;
    }
    return bytes <= LIST_LINE_MAX_BYTES;
}

static void write_short_list(walk *w, const json_value *list)
{
    buffer_reset(&w->line);
    for (uint32_t i = 0; i < list->count; i++) {
        size_t before = w->line.size;
        if (before) buffer_append_text(&w->line, ", ");
        size_t start = w->line.size;
        append_scalar(w, list->elements[i]);
        if (w->line.size == start) w->line.size = before;
    }
    write_line(w);
}

/* ---- tables ---- */

enum { TABLE_MIN_COLUMNS = 2 };

/* A list of rows: two or more lists of scalars, none longer than the first, not of numbers alone. */
static bool is_table(const json_value *list)
{
    bool has_string = false;
    if (list->kind != JSON_ARRAY || list->count < 2) return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *row = list->elements[i];
        if (row->kind != JSON_ARRAY || row->count > list->elements[0]->count) return false;
        for (uint32_t j = 0; j < row->count; j++) {
            if (!is_scalar(row->elements[j])) return false;
            has_string = has_string || row->elements[j]->kind == JSON_STRING;
        }
    }
    return has_string && list->elements[0]->count >= TABLE_MIN_COLUMNS;
}

static view column_name(const json_value *v)
{
    view name = {0};
    if (v->kind == JSON_STRING) return v->string;
    (void)json_get_string(v, "name", &name);
    return name;
}

static bool is_column_list(const json_value *v)
{
    if (v->kind != JSON_ARRAY || v->count < TABLE_MIN_COLUMNS) return false;
    for (uint32_t i = 0; i < v->count; i++)
        if (column_name(v->elements[i]).size == 0) return false;
    return true;
}

/* True for rows of the columns that are named beside them: lists of as many scalars, of whatever kind. */
static bool are_rows_of(const json_value *list, const json_value *columns)
{
    if (list == columns || list->kind != JSON_ARRAY || list->count == 0) return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *row = list->elements[i];
        if (row->kind != JSON_ARRAY || row->count != columns->count) return false;
        for (uint32_t j = 0; j < row->count; j++)
            if (!is_scalar(row->elements[j])) return false;
    }
    return true;
}

/* The names of the columns beside a list of rows ({"columns": [...], "data": [[...], ...]}), and the
 * rows; NULL when the object has none, or more than one list of rows. */
static const json_value *find_columns(const json_value *object, const json_value **rows)
{
    static const char *const NAMES[] = {"columns", "headers", "header", "fields", NULL};
    const json_value *columns = NULL, *found = NULL;
    for (uint32_t i = 0; i < object->count && !columns; i++)
        if (view_is_one_of_nocase(object->members[i].key, NAMES) &&
            is_column_list(object->members[i].value))
            columns = object->members[i].value;
    for (uint32_t i = 0; i < object->count && columns; i++) {
        if (!are_rows_of(object->members[i].value, columns)) continue;
        if (found) return NULL;
        found = object->members[i].value;
    }
    *rows = found;
    return found ? columns : NULL;
}

/* The numbers of the rows of a data frame. */
static bool is_index(const json_member *m)
{
    return view_equal(m->key, VIEW("index")) && m->value->kind == JSON_ARRAY &&
           count_numbers(m->value) == m->value->count;
}

/* A data frame column by column, as pandas writes it unless told otherwise: {"city": {"0": "Kiel",
 * "1": "Bonn"}, "sales": {"0": 3, "1": 4}}. Two columns or more, of the same numbers of rows. */
static bool is_frame(const json_value *v)
{
    bool has_name = false;
    if (v->kind != JSON_OBJECT || v->count < TABLE_MIN_COLUMNS) return false;
    const json_value *first = v->members[0].value;
    for (uint32_t c = 0; c < v->count; c++) {
        const json_value *column = v->members[c].value;
        has_name |= !view_is_digits(v->members[c].key);
        if (column->kind != JSON_OBJECT || column->count == 0 || column->count != first->count)
            return false;
        for (uint32_t r = 0; r < column->count; r++) {
            const json_member *m = &column->members[r];
            if (!view_is_digits(m->key) || !view_equal(m->key, first->members[r].key) ||
                !is_scalar(m->value))
                return false;
        }
    }
    return has_name;
}

/* Does the key only say that rows follow? */
static bool is_row_name(view key)
{
    static const char *const NAMES[] = {"data", "rows", "values", "records", "table", NULL};
    return view_is_one_of_nocase(key, NAMES);
}

typedef struct row_sink {
    walk *w;
    view path;        // before each row; empty: none
    size_t pointer;   // bytes of that of the list
    bool has_columns; // row 0 is that of the columns
    bool is_frame;    // whose rows are in no value of their own, but in all columns
} row_sink;

/* "~" and "/" of a key are "~0" and "~1" in a pointer (RFC 6901). */
static void append_pointer(buffer *pointer, view key)
{
    buffer_append_byte(pointer, '/');
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] == '~' || key.data[i] == '/')
            buffer_append_text(pointer, key.data[i] == '~' ? "~0" : "~1");
        else
            buffer_append_byte(pointer, key.data[i]);
    }
}

static kith_status write_row(void *context, view line, uint32_t row, bool is_first, kith_error *err)
{
    row_sink *s = context;
    walk *w = s->w;
    (void)err;
    buffer *out = w->lines ? w->lines : &w->whole;
    if (!w->lines) buffer_reset(out);
    buffer_append(out, s->path);
    if (s->path.size) buffer_append_text(out, " | ");
    buffer_append(out, line);
    if (w->lines) {
        buffer_append_byte(out, '\n');
        return KITH_OK;
    }
    if (!s->is_frame && (!s->has_columns || row > 0))
        buffer_printf(&w->pointer, "/%u", row - s->has_columns);
    kith_status status = buffer_status(&w->pointer, "a JSON pointer", w->err);
    if (status == KITH_OK && (is_first || !s->is_frame)) status = set_place(w);
    w->pointer.size = s->pointer;
    if (status == KITH_OK) status = buffer_status(out, "a row of JSON", w->err);
    return status == KITH_OK
               ? manuscript_block(w->m, is_first ? "\n\n" : "\n", buffer_view(out), w->err)
               : status;
}

static void add_cell(walk *w, table *t, const json_value *v, bool is_header)
{
    buffer_reset(&w->line);
    if (is_header)
        buffer_append(&w->line, column_name(v));
    else
        append_scalar(w, v);
    if (w->status == KITH_OK) w->status = buffer_status(&w->line, "a cell of JSON", w->err);
    if (w->status != KITH_OK) return;
    table_cell cell = {.text = buffer_view(&w->line), .is_header = is_header};
    w->status = table_cell_add(t, cell, w->err);
}

static void add_row(walk *w, table *t, const json_value *row, bool is_header)
{
    if (w->status == KITH_OK) w->status = table_row(t, w->err);
    for (uint32_t i = 0; i < row->count && w->status == KITH_OK; i++)
        add_cell(w, t, row->elements[i], is_header);
}

/* columns  the names that stand beside the rows, or NULL */
static void write_table(walk *w, const json_value *list, const json_value *columns)
{
    row_sink sink = {
        .w = w, .path = shown_path(w), .pointer = w->pointer.size, .has_columns = columns != NULL};
    table t;
    table_init(&t, (table_sink){&sink, write_row});
    if (columns) add_row(w, &t, columns, true);
    for (uint32_t i = 0; i < list->count && w->status == KITH_OK; i++)
        add_row(w, &t, list->elements[i], false);
    if (w->status == KITH_OK) w->status = table_end(&t, w->err);
    table_done(&t);
    w->has_gap = true;
}

static void write_frame(walk *w, const json_value *frame)
{
    row_sink sink = {.w = w,
                     .path = shown_path(w),
                     .pointer = w->pointer.size,
                     .has_columns = true,
                     .is_frame = true};
    table t;
    table_init(&t, (table_sink){&sink, write_row});
    w->status = table_row(&t, w->err);
    for (uint32_t c = 0; c < frame->count && w->status == KITH_OK; c++) {
        table_cell name = {.text = frame->members[c].key, .is_header = true};
        w->status = table_cell_add(&t, name, w->err);
    }
    for (uint32_t r = 0; r < frame->members[0].value->count && w->status == KITH_OK; r++) {
        w->status = table_row(&t, w->err);
        for (uint32_t c = 0; c < frame->count && w->status == KITH_OK; c++)
            add_cell(w, &t, frame->members[c].value->members[r].value, false);
    }
    if (w->status == KITH_OK) w->status = table_end(&t, w->err);
    table_done(&t);
    w->has_gap = true;
}

/* ---- the walk ---- */

static void walk_value(walk *w, const json_value *v);

/* A text in pieces is one line. */
static void write_prose(walk *w, const json_value *v)
{
    buffer_reset(&w->line);
    json_prose_append(v, &w->line);
    if (record_is_searched(buffer_view(&w->line))) write_line(w);
}

/* columns  of the rows that the member is, or NULL */
static void walk_member(walk *w, const json_member *member, const json_value *columns)
{
    size_t path = w->path.size, pointer = w->pointer.size;
    bool has_rows = columns || is_table(member->value);
    bool is_named = member->key.size > 0; // a package lock calls the package itself ""
    if (is_named && (!has_rows || !is_row_name(member->key))) {
        if (path) buffer_append_text(&w->path, KEY_SEPARATOR);
        buffer_append(&w->path, member->key);
    }
    if (w->m) append_pointer(&w->pointer, member->key);
    if (w->status == KITH_OK) w->status = buffer_status(&w->path, "the keys of JSON", w->err);
    if (w->status == KITH_OK) w->status = buffer_status(&w->pointer, "a JSON pointer", w->err);
    if (record_role_of(member->key) == RECORD_CONTENT && json_prose_is(member->value))
        write_prose(w, member->value);
    else if (has_rows && w->status == KITH_OK)
        write_table(w, member->value, columns);
    else
        walk_value(w, member->value);
    w->path.size = path;
    w->pointer.size = pointer;
}

static void walk_element(walk *w, const json_value *v, uint32_t i)
{
    size_t pointer = w->pointer.size;
    if (w->m) buffer_printf(&w->pointer, "/%u", i);
    w->has_gap = w->has_gap || v->kind == JSON_OBJECT;
    w->in_element += v->kind == JSON_OBJECT;
    walk_value(w, v);
    w->in_element -= v->kind == JSON_OBJECT;
    w->has_gap = w->has_gap || v->kind == JSON_OBJECT;
    w->pointer.size = pointer;
}

static void walk_list(walk *w, const json_value *list)
{
    size_t numbers = count_numbers(list);
    if (is_table(list)) {
        write_table(w, list, NULL);
        return;
    }
    if (numbers > NUMBERS_MAX_SHOWN && w->lines) return;
    if (numbers > 0) {
        buffer_reset(&w->line);
        if (numbers > NUMBERS_MAX_SHOWN)
            buffer_printf(&w->line, "[%zu numbers]", numbers);
        else
            append_numbers(w, list);
        write_line(w);
        return;
    }
    if (is_short_list(list)) {
        write_short_list(w, list);
        return;
    }
    for (uint32_t i = 0; i < list->count && w->status == KITH_OK; i++)
        walk_element(w, list->elements[i], i);
}

static void walk_value(walk *w, const json_value *v)
{
    if (w->status != KITH_OK) return;
    if (v->kind == JSON_ARRAY) {
        walk_list(w, v);
    } else if (is_frame(v)) {
        write_frame(w, v);
    } else if (v->kind == JSON_OBJECT) {
        const json_value *rows = NULL, *columns = find_columns(v, &rows);
        if (w->path.size) w->has_gap = true;
        for (uint32_t i = 0; i < v->count && w->status == KITH_OK; i++)
            if (v->members[i].value != columns && !(columns && is_index(&v->members[i])))
                walk_member(w, &v->members[i], v->members[i].value == rows ? columns : NULL);
        if (w->path.size) w->has_gap = true;
    } else {
        buffer_reset(&w->line);
        append_scalar(w, v);
        write_line(w);
    }
}

kith_status json_text_write(manuscript *m, const json_value *value, view pointer, kith_error *err)
{
    walk w;
    walk_init(&w, m, NULL, err);
    buffer_append(&w.pointer, pointer);
    walk_value(&w, value);
    walk_done(&w);
    return w.status;
}

void json_text_member(const json_member *member, buffer *lines)
{
    walk w;
    walk_init(&w, NULL, lines, NULL);
    walk_member(&w, member, NULL);
    walk_done(&w);
    if (w.status != KITH_OK && lines->failed == KITH_OK) lines->failed = w.status;
}
