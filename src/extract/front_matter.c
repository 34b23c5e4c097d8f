/* front_matter.c - lines with an eye for indentation. A value is gathered as its source text first: its
 * own line, and the lines behind it that are indented or, in TOML, that its open bracket or quotes go
 * on to; then read as a list or a scalar. */
#include "extract/front_matter.h"

#include "base/json.h"
#include "base/utf8.h"
#include "extract/json_repair.h"

typedef struct front_matter {
    extract_job *job;
    document *d;
    view block; // without the lines that fence it
    size_t at;  // of the next line in it
    bool is_toml;
    size_t bytes; // of all values so far
    kith_status status;
    kith_error *err;
} front_matter;

static view trim_end(view v)
{
    while (v.size && (v.data[v.size - 1] == ' ' || v.data[v.size - 1] == '\t'))
        v.size--;
    return v;
}

static bool is_quoted(view text)
{
    return text.size > 0 && (text.data[0] == '"' || text.data[0] == '\'');
}

/* "key: value", or "key:" */
static bool has_key(view line)
{
    return !is_quoted(line) && (view_find(line, VIEW(": ")) < line.size ||
                                (line.size && line.data[line.size - 1] == ':'));
}

/* ---- scalars ---- */

/* Behind the quoted string at the beginning of `text`; 0: it does not end. */
static size_t end_of_quoted(view text, bool is_toml)
{
    char quote = text.data[0];
    for (size_t i = 1; i < text.size; i++) {
        if (text.data[i] == '\\' && quote == '"') {
            i++;
        } else if (text.data[i] == quote) {
            bool is_doubled =
                quote == '\'' && !is_toml && i + 1 < text.size && text.data[i + 1] == quote;
            if (!is_doubled) return i + 1;
            i++;
        }
    }
    return 0;
}

/* The characters of a quoted string; the view itself when memory ran out, which the arena knows. */
static view unquote(view quoted, bool is_toml, arena *a)
{
    view inside = view_slice(quoted, 1, quoted.size - 1);
    const json_value *parsed = NULL;
    if (quoted.data[0] == '"' &&
        json_parse(quoted, FRONT_MATTER_MAX_BYTES, a, &parsed, NULL) == KITH_OK &&
        parsed->kind == JSON_STRING)
        return parsed->string;
    char *out = quoted.data[0] == '\'' && !is_toml ? arena_new(a, inside.size + 1) : NULL;
    if (!out) return inside;
    size_t size = 0;
    for (size_t i = 0; i < inside.size; i++) {
        out[size++] = inside.data[i];
        i += inside.data[i] == '\'';
    }
    return (view){out, size};
}

/* A plain scalar up to a comment: " #" in YAML, "#" in TOML. */
static view cut_comment(view text, bool is_toml)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '#' &&
            (is_toml || i == 0 || text.data[i - 1] == ' ' || text.data[i - 1] == '\t'))
            return view_trim(view_slice(text, 0, i));
    return view_trim(text);
}

static bool is_digits_with_underscores(view v)
{
    bool has_underscore = false;
    for (size_t i = 0; i < v.size; i++) {
        has_underscore = has_underscore || v.data[i] == '_';
        if (!is_ascii_digit(v.data[i]) && v.data[i] != '_') return false;
    }
    return has_underscore && v.size > 1 && is_ascii_digit(v.data[0]);
}

/* Digits alone, behind a sign or none. */
static bool is_whole(view v)
{
    for (size_t i = v.size && v.data[0] == '-'; i < v.size; i++)
        if (!is_ascii_digit(v.data[i])) return false;
    return v.size > 0;
}

/* A number as JSON writes it, or with "_" between digits in TOML. */
static bool read_number(view text, bool is_toml, arena *a, metadata_value *out)
{
    const json_value *parsed = NULL;
    char digits[24];
    if (is_toml && is_digits_with_underscores(text) && text.size < sizeof digits) {
        size_t size = 0;
        for (size_t i = 0; i < text.size; i++)
            if (text.data[i] != '_') digits[size++] = text.data[i];
        text = arena_copy(a, (view){digits, size});
    }
    if (text.size == 0 || (!is_ascii_digit(text.data[0]) && text.data[0] != '-')) return false;
    if (json_parse(text, 64, a, &parsed, NULL) != KITH_OK) return false;
    bool is_rounded = parsed->kind == JSON_DOUBLE && is_whole(text);
    if (is_rounded) return false; // beyond int64: a string, as it is written
    return (parsed->kind == JSON_INTEGER || parsed->kind == JSON_DOUBLE) &&
           metadata_scalar_from_json(parsed, out);
}

/* False: null, or nothing at all. */
static bool read_scalar(view text, bool is_toml, arena *a, metadata_value *out)
{
    static const char *const NULLS[] = {"null", "~", NULL}, *const TRUE[] = {"true", NULL},
                             *const FALSE[] = {"false", NULL};
    text = view_trim(text);
    if (is_quoted(text)) {
        size_t end = end_of_quoted(text, is_toml);
        if (end) {
            *out = (metadata_value){METADATA_STRING,
                                    .string = unquote(view_slice(text, 0, end), is_toml, a)};
            return true;
        }
    }
    text = cut_comment(text, is_toml);
    if (text.size == 0 || view_is_one_of_nocase(text, NULLS)) return false;
    if (view_is_one_of_nocase(text, TRUE) || view_is_one_of_nocase(text, FALSE))
        *out = (metadata_value){METADATA_BOOL, .boolean = view_is_one_of_nocase(text, TRUE)};
    else if (!read_number(text, is_toml, a, out))
        *out = (metadata_value){METADATA_STRING, .string = text};
    return true;
}

/* ---- lists ---- */

typedef struct list_builder {
    metadata_value values[METADATA_MAX_ELEMENTS];
    view sources[METADATA_MAX_ELEMENTS]; // as they stand in the file
    uint32_t count;
    bool is_bad; // too many, or nested
} list_builder;

static void add_element(list_builder *l, view text, bool is_toml, arena *a)
{
    text = view_trim(text);
    metadata_value value;
    if (text.size && (text.data[0] == '[' || text.data[0] == '{')) l->is_bad = true;
    if (!read_scalar(text, is_toml, a, &value)) return;
    if (l->count == METADATA_MAX_ELEMENTS) l->is_bad = true;
    if (l->is_bad) return;
    l->sources[l->count] =
        value.kind == METADATA_STRING ? value.string : cut_comment(text, is_toml);
    l->values[l->count++] = value;
}

static bool is_number(const metadata_value *v)
{
    return v->kind == METADATA_INTEGER || v->kind == METADATA_DOUBLE;
}

/* A list of several types is one of strings: tags such as [2024, travel]. False: it is no list. */
static bool finish_list(list_builder *l, arena *a, metadata_value *out)
{
    bool is_mixed = false;
    if (l->is_bad || l->count == 0) return false;
    for (uint32_t i = 1; i < l->count; i++)
        is_mixed = is_mixed || (l->values[i].kind != l->values[0].kind &&
                                !(is_number(&l->values[i]) && is_number(&l->values[0])));
    metadata_value *elements = arena_new_array(a, metadata_value, l->count);
    if (!elements) return false;
    for (uint32_t i = 0; i < l->count; i++)
        elements[i] =
            is_mixed ? (metadata_value){METADATA_STRING, .string = l->sources[i]} : l->values[i];
    *out = (metadata_value){METADATA_LIST, .list = {elements, l->count}};
    return true;
}

/* "[a, 'b, c', 3]", perhaps over several lines. */
static void read_flow_list(view text, bool is_toml, arena *a, list_builder *l)
{
    size_t start = 1, depth = 0;
    for (size_t i = 1; i < text.size; i++) {
        char c = text.data[i];
        bool begins = view_trim(view_slice(text, start, i)).size == 0;
        if ((c == '"' || c == '\'') && begins) {
            size_t end = end_of_quoted(view_slice(text, i, text.size), is_toml);
            if (!end) break;
            i += end - 1;
        } else if (c == '#' && (text.data[i - 1] == ' ' || text.data[i - 1] == '\n')) {
            view source = view_slice(text, start, i);
            add_element(l, source, is_toml, a);
            while (i + 1 < text.size && text.data[i + 1] != '\n')
                i++;
            start = i + 1;
        } else if (c == '[' || c == '{') {
            depth++;
        } else if (c == ',' || c == ']' || c == '}') {
            if (depth == 0) {
                add_element(l, view_slice(text, start, i), is_toml, a);
                start = i + 1;
            }
            if (depth == 0 && c != ',') return;
            depth -= c != ',' && depth > 0;
        }
    }
    l->is_bad = true; // it does not end
}

/* Lines "- a" of one indentation. */
static void read_block_list(view text, arena *a, list_builder *l)
{
    size_t at = 0;
    while (at < text.size) {
        view line = view_trim(view_next_line(text, &at));
        if (line.size == 0 || line.data[0] == '#') continue;
        bool is_item = line.data[0] == '-' && (line.size == 1 || line.data[1] == ' ');
        view element = view_trim(view_slice(line, 1, line.size));
        if (!is_item || has_key(element))
            l->is_bad = true;
        else
            add_element(l, element, false, a);
    }
}

/* ---- fields ---- */

/* "|" keeps line ends, ">" makes blanks of them. */
static view read_block_scalar(view header, view lines, arena *a)
{
    char *out = arena_new(a, lines.size + 1);
    size_t size = 0, at = 0;
    while (out && at < lines.size) {
        view line = view_trim(view_next_line(lines, &at));
        if (size && !(header.data[0] == '>' && out[size - 1] == '\n'))
            out[size++] = header.data[0] == '|' || line.size == 0 ? '\n' : ' ';
        if (line.size) memcpy(out + size, line.data, line.size);
        size += line.size;
    }
    return out ? view_trim((view){out, size}) : VIEW("");
}

static size_t bytes_of(const metadata_value *v)
{
    size_t bytes = v->kind == METADATA_STRING ? v->string.size : 8;
    for (uint32_t i = 0; v->kind == METADATA_LIST && i < v->list.count; i++)
        bytes += bytes_of(&v->list.elements[i]);
    return bytes;
}

static void set_field(front_matter *f, view key, metadata_value value)
{
    size_t bytes = bytes_of(&value) + key.size;
    if (f->status != KITH_OK) return;
    if (bytes > FRONT_MATTER_MAX_VALUE_BYTES || f->bytes + bytes > FRONT_MATTER_MAX_TOTAL_BYTES ||
        f->d->fields.count >= FRONT_MATTER_MAX_FIELDS) {
        f->job->left_out++;
        return;
    }
    f->status = extract_job_clean_value(f->job, &value, f->err);
    if (f->status == KITH_OK) f->status = metadata_set(&f->d->fields, key, value, f->err);
    if (f->status == KITH_ERR_INVALID || f->status == KITH_ERR_LIMIT) {
        f->status = KITH_OK;
        f->job->left_out++;
        return;
    }
    f->bytes += bytes;
    if (view_equal_nocase(key, VIEW("title")) && value.kind == METADATA_STRING)
        f->d->title = value.string;
}

/* A flow list, or lines of items. */
static bool read_list(front_matter *f, view text, metadata_value *out)
{
    arena *a = f->job->memory;
    list_builder *l = arena_new(a, sizeof *l);
    if (!l) {
        f->status = fail(f->err, KITH_ERR_NO_MEMORY, "out of memory for front matter");
        return false;
    }
    if (text.data[0] == '[')
        read_flow_list(text, f->is_toml, a, l);
    else
        read_block_list(text, a, l);
    f->job->left_out += l->is_bad;
    return finish_list(l, a, out);
}

/* Do the lines below a key hold keys? */
static bool is_map(view lines)
{
    size_t at = 0;
    view line = view_trim(view_next_line(lines, &at));
    return lines.data[0] == '{' || has_key(line);
}

/* value  the rest of the key's line; lines  those behind it that belong to it */
static void read_yaml_value(front_matter *f, view key, view value, view lines)
{
    arena *a = f->job->memory;
    metadata_value v;
    view first = cut_comment(value, false), rest = view_trim(lines);
    view whole =
        first.size ? (view){value.data, (size_t)(lines.data + lines.size - value.data)} : rest;
    bool is_found = false;
    if (whole.size == 0) return;
    if (first.size && (first.data[0] == '|' || first.data[0] == '>')) {
        v = (metadata_value){METADATA_STRING, .string = read_block_scalar(first, lines, a)};
        is_found = v.string.size > 0;
    } else if (whole.data[0] == '[' || (!first.size && whole.data[0] == '-')) {
        is_found = read_list(f, whole, &v);
    } else if (first.size ? first.data[0] == '{' : is_map(rest)) {
        f->job->left_out++;
    } else if (rest.size && !is_quoted(whole)) {
        const char *joined = arena_printf(a, "%.*s\n%.*s", VIEW_ARG(first), VIEW_ARG(rest));
        v = (metadata_value){METADATA_STRING,
                             .string = view_trim(read_block_scalar(VIEW(">"), view_of(joined), a))};
        is_found = true;
    } else {
        is_found = read_scalar(whole, false, a, &v);
    }
    if (is_found) set_field(f, key, v);
}

/* The lines from the next on that belong to the key above: those that are indented, blank lines among
 * them, and list items, which YAML lets stand without indentation. */
static view lines_of_value(front_matter *f)
{
    size_t start = f->at, end = f->at;
    while (f->at < f->block.size) {
        size_t before = f->at;
        view line = view_next_line(f->block, &f->at);
        bool is_blank = view_trim(line).size == 0;
        bool belongs = is_blank || line.data[0] == ' ' || line.data[0] == '\t' ||
                       view_starts_with(line, VIEW("- ")) || view_equal(line, VIEW("-"));
        if (!belongs) {
            f->at = before;
            break;
        }
        if (!is_blank) end = f->at;
    }
    return view_slice(f->block, start, end);
}

/* The key at the beginning of a line, and where its value begins; false: the line is none. */
static bool read_key(view line, char separator, bool is_toml, arena *a, view *key, size_t *value)
{
    size_t end = 0;
    if (line.size == 0 || line.data[0] == '#' || line.data[0] == ' ' || line.data[0] == '\t')
        return false;
    if (is_quoted(line)) {
        end = end_of_quoted(line, is_toml);
        if (!end) return false;
        *key = unquote(view_slice(line, 0, end), is_toml, a);
        while (end < line.size && line.data[end] == ' ')
            end++;
        if (end == line.size || line.data[end] != separator) return false;
    } else {
        for (; end < line.size; end++)
            if (line.data[end] == separator &&
                (is_toml || end + 1 == line.size || line.data[end + 1] == ' ' ||
                 line.data[end + 1] == '\t'))
                break;
        if (end == line.size) return false;
        *key = view_trim(view_slice(line, 0, end));
    }
    *value = end + 1;
    return key->size > 0;
}

static void read_yaml(front_matter *f)
{
    while (f->at < f->block.size && f->status == KITH_OK) {
        view line = trim_end(view_next_line(f->block, &f->at)), key;
        size_t value = 0;
        if (!read_key(line, ':', false, f->job->memory, &key, &value)) continue;
        view first = view_slice(line, value, line.size);
        size_t blanks = 0;
        while (blanks < first.size && (first.data[blanks] == ' ' || first.data[blanks] == '\t'))
            blanks++;
        first = view_slice(first, blanks, first.size);
        view lines = lines_of_value(f);
        if (lines.size == 0) lines = view_slice(first, first.size, first.size);
        read_yaml_value(f, key, first, lines);
    }
}

/* ---- TOML ---- */

/* Moves f->at behind the array or long string that begins with `value` and goes on over lines. */
static view whole_toml_value(front_matter *f, view value)
{
    view rest = {value.data, (size_t)(f->block.data + f->block.size - value.data)};
    size_t end = value.size;
    if (view_starts_with(value, VIEW("\"\"\"")) || view_starts_with(value, VIEW("'''"))) {
        size_t close = view_find(view_slice(rest, 3, rest.size), view_slice(value, 0, 3));
        end = close + 6 <= rest.size ? close + 6 : rest.size;
    } else if (value.size && value.data[0] == '[') {
        size_t depth = 0;
        for (end = 0; end < rest.size; end++) {
            char c = rest.data[end];
            size_t quoted =
                c == '"' || c == '\'' ? end_of_quoted(view_slice(rest, end, rest.size), true) : 0;
            if (quoted) end += quoted - 1;
            depth += c == '[';
            if (c == ']' && --depth == 0) break;
        }
        end = end < rest.size ? end + 1 : rest.size;
    }
    size_t behind = (size_t)(value.data - f->block.data) + end;
    if (behind > f->at) {
        f->at = behind;
        (void)view_next_line(f->block, &f->at);
    }
    return view_slice(rest, 0, end);
}

static void read_toml(front_matter *f)
{
    arena *a = f->job->memory;
    bool in_table = false;
    while (f->at < f->block.size && f->status == KITH_OK) {
        view line = view_trim(view_next_line(f->block, &f->at)), key;
        size_t start = 0;
        in_table = in_table || (line.size && line.data[0] == '[');
        if (!read_key(line, '=', true, a, &key, &start)) continue;
        view value = view_trim(view_slice(line, start, line.size));
        if (value.size == 0) continue;
        value = whole_toml_value(f, value);
        metadata_value v;
        bool is_long =
            view_starts_with(value, VIEW("\"\"\"")) || view_starts_with(value, VIEW("'''"));
        bool is_found = false;
        if (in_table || value.data[0] == '{') {
            f->job->left_out++;
        } else if (is_long && value.size >= 6) {
            v = (metadata_value){METADATA_STRING,
                                 .string = view_trim(view_slice(value, 3, value.size - 3))};
            is_found = v.string.size > 0;
        } else if (value.data[0] == '[') {
            is_found = read_list(f, value, &v);
        } else {
            is_found = read_scalar(value, true, a, &v);
        }
        if (is_found) set_field(f, key, v);
    }
}

/* ---- JSON ---- */

static size_t read_json(front_matter *f)
{
    view text = f->d->text, piece;
    const json_value *object = NULL;
    json_pieces pieces = {
        .text = view_slice(
            text, 0, text.size < FRONT_MATTER_MAX_BYTES ? text.size : FRONT_MATTER_MAX_BYTES)};
    if (!json_pieces_next(&pieces, &piece) || piece.data != text.data) return 0;
    size_t end = piece.size;
    if (end < text.size && text.data[end] != '\n') return 0;
    if (json_parse_repaired(piece, f->job->memory, &object, NULL, NULL) != KITH_OK ||
        object->kind != JSON_OBJECT || object->count == 0)
        return 0;
    for (uint32_t i = 0; i < object->count && f->status == KITH_OK; i++) {
        metadata one = {.memory = f->job->memory};
        const json_member *m = &object->members[i];
        kith_status status = metadata_set_json(&one, m->key, m->value, NULL);
        if (status == KITH_OK && one.count)
            set_field(f, m->key, one.entries[0].value);
        else if (status == KITH_ERR_INVALID || status == KITH_ERR_LIMIT)
            f->job->left_out++;
        else if (status != KITH_OK)
            f->status = fail(f->err, status, "out of memory for front matter");
    }
    return end < text.size ? end + 1 : end;
}

/* ---- the block ---- */

/* Sets f->block to what stands between the fences; the offset behind them, 0 when there are none. */
static size_t find_block(front_matter *f)
{
    view text = f->d->text;
    size_t at = 0;
    if (text.size < 3 || (text.data[0] != '-' && text.data[0] != '+')) return 0;
    view fence = view_trim(view_next_line(text, &at));
    f->is_toml = view_equal(fence, VIEW("+++"));
    if (!f->is_toml && !view_equal(fence, VIEW("---"))) return 0;
    size_t start = at;
    while (at < text.size) {
        size_t before = at;
        view line = trim_end(view_next_line(text, &at));
        if (!view_equal(line, fence) && (f->is_toml || !view_equal(line, VIEW("...")))) continue;
        f->block = view_slice(text, start, before);
        return at;
    }
    return 0;
}

kith_status front_matter_read(extract_job *job, document *d, size_t *body, kith_error *err)
{
    front_matter f = {.job = job, .d = d, .err = err};
    *body = 0;
    if (d->text.size && d->text.data[0] == '{') {
        *body = read_json(&f);
        return f.status;
    }
    *body = find_block(&f);
    if (*body == 0 || f.block.size > FRONT_MATTER_MAX_BYTES) return KITH_OK;
    if (f.is_toml)
        read_toml(&f);
    else
        read_yaml(&f);
    return f.status;
}
