/* formula.c - arguments are written where they stand, and wrapped when they end: whether parentheses
 * are needed is known only then. So `out` holds the formula so far, and a frame the offset at which
 * its open argument begins. */
#include "extract/formula.h"

void formula_init(formula *f, buffer *out)
{
    *f = (formula){.out = out};
}

/* A byte of a letter or a digit; of a sequence beyond ASCII every byte, signs of operation aside. */
static bool is_word_byte(view v, size_t i)
{
    unsigned char c = (unsigned char)v.data[i];
    if (c >= 0x80) {
        // U+2000..U+203F: spaces and marks; U+2190..U+22FF: arrows and operators; U+00B1, U+00B7, U+00D7, U+00F7.
        unsigned char next = i + 1 < v.size ? (unsigned char)v.data[i + 1] : 0;
        if (c == 0xE2 && (next == 0x80 || (next >= 0x86 && next <= 0x8B))) return false;
        if (c == 0xC2 && i + 1 < v.size && strchr("\xB1\xB7", v.data[i + 1])) return false;
        return !(c == 0xC3 && i + 1 < v.size && strchr("\x97\xB7", v.data[i + 1]));
    }
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The offset of the last code point, which must not be looked at within. */
static size_t last_character(view v)
{
    size_t at = v.size - 1;
    while (at > 0 && ((unsigned char)v.data[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static bool ends_with_word(const buffer *out)
{
    view v = buffer_view(out);
    return v.size && is_word_byte(v, last_character(v));
}

/* A number, a name, or something in parentheses of its own; with `takes_sign` also a number or name
 * behind a sign. "2x" is none of them: its power and its half would read as those of x. */
static bool is_simple(view v, bool takes_sign)
{
    uint32_t open = 0, digits = 0, others = 0;
    if (v.size > 1 && last_character(v) == 0) return true; // one sign, "∑"
    bool wrapped = v.size > 1 && v.data[0] == '(' && v.data[v.size - 1] == ')', word = true;
    for (size_t i = 0; i < v.size; i++) {
        char c = v.data[i];
        bool is_digit = is_ascii_digit(c) || c == '.' || c == ',';
        bool within = ((unsigned char)c & 0xC0) == 0x80; // of a sequence that was judged
        if (within || (i == 0 && takes_sign && (c == '-' || c == '+'))) continue;
        word = word && (is_digit || is_word_byte(v, i) || c == '\'');
        digits += is_digit;
        others += !is_digit;
        if (c == '(') open++;
        if (c == ')' && open) open--;
        if (open == 0 && i + 1 < v.size) wrapped = false;
    }
    return wrapped || (word && !(digits && others));
}

static void insert(buffer *out, size_t at, const char *text)
{
    size_t size = strlen(text), end = out->size;
    if (at > end) return; // the reader has taken text away
    buffer_append_text(out, text);
    if (out->failed != KITH_OK) return;
    memmove(out->data + at + size, out->data + at, end - at);
    memcpy(out->data + at, text, size);
}

static view slice(const formula *f, size_t from)
{
    view all = buffer_view(f->out);
    return from < all.size ? view_slice(all, from, all.size) : VIEW("");
}

/* Puts the end of `out` from `from` on into parentheses, unless it can do without, and `before`
 * before it. */
static void wrap(formula *f, size_t from, const char *before, bool takes_sign)
{
    if (!is_simple(view_trim(slice(f, from)), takes_sign)) {
        insert(f->out, from, "(");
        buffer_append_byte(f->out, ')');
    }
    insert(f->out, from, before);
}

static bool is_blank(const formula *f, size_t from)
{
    return view_trim(slice(f, from)).size == 0;
}

static formula_frame *innermost(formula *f)
{
    return f->depth && !f->beyond ? &f->frames[f->depth - 1] : NULL;
}

static void keep_apart(formula *f)
{
    if (ends_with_word(f->out)) buffer_append_byte(f->out, ' ');
}

/* An argument begins here before which formula_argument_end will write a mark. */
static bool is_behind_mark(const formula *f)
{
    for (uint32_t i = f->depth; i-- > 0 && f->frames[i].argument == f->out->size;)
        if (f->frames[i].count > 1 && f->frames[i].kind != FORMULA_GROUP &&
            f->frames[i].kind != FORMULA_SQUARE_ROOT)
            return true;
    return false;
}

/* Moves the arguments that begin at the end of the text behind a space. */
static void move_arguments(formula *f, size_t from)
{
    for (uint32_t i = f->depth; i-- > 0 && f->frames[i].argument == from;)
        f->frames[i].argument = f->out->size;
}

void formula_begin(formula *f, formula_kind kind)
{
    if (f->depth == FORMULA_MAX_DEPTH) {
        f->beyond++;
        f->is_apart = true;
        return;
    }
    bool continues = kind == FORMULA_POWER || kind == FORMULA_INDEX ||
                     kind == FORMULA_INDEX_POWER || kind == FORMULA_FENCE || kind == FORMULA_GROUP;
    // "a" and x^2 are ax^2, but 2 and 1/2 are 2 1/2.
    size_t end = f->out->size;
    if ((!continues || f->is_apart) && !is_behind_mark(f)) keep_apart(f);
    move_arguments(f, end);
    f->frames[f->depth++] = (formula_frame){.kind = kind,
                                            .start = f->out->size,
                                            .argument = f->out->size,
                                            .open = "(",
                                            .close = ")",
                                            .between = "|"};
    if (kind == FORMULA_MATRIX) buffer_append_byte(f->out, '[');
    f->is_apart = true;
}

static void copy_mark(char to[8], view from)
{
    size_t size = from.size < 8 ? from.size : 0;
    memset(to, 0, 8);
    if (size) memcpy(to, from.data, size);
}

void formula_marks(formula *f, view open, view close, view between)
{
    formula_frame *frame = innermost(f);
    if (!frame) return;
    if (open.data) copy_mark(frame->open, open);
    if (close.data) copy_mark(frame->close, close);
    if (between.data) copy_mark(frame->between, between);
}

void formula_operator(formula *f, view sign)
{
    formula_frame *frame = innermost(f);
    if (!frame || frame->kind != FORMULA_OPERATOR || frame->count) return;
    buffer_append(f->out, sign);
    frame->argument = f->out->size;
}

void formula_argument(formula *f)
{
    formula_frame *frame = innermost(f);
    if (!frame) {
        f->is_apart = true;
        return;
    }
    uint32_t n = frame->count++;
    if (frame->kind == FORMULA_FENCE)
        buffer_append_text(f->out, n ? frame->between : frame->open);
    else if (frame->kind == FORMULA_ROW && n)
        buffer_append_text(f->out, ", ");
    else if ((frame->kind == FORMULA_MATRIX || frame->kind == FORMULA_LINES) && n)
        buffer_append_text(f->out, "; ");
    frame->argument = f->out->size;
    f->is_apart = true;
}

/* The argument of number n, from 0, which began at `from`, has ended. */
static void end_argument(formula *f, const formula_frame *frame, uint32_t n, size_t from)
{
    static const char *const SCRIPTS[] = {"", "_", "^"}; // by argument
    switch (frame->kind) {
    case FORMULA_FRACTION:
        if (!is_blank(f, from)) wrap(f, from, n == 1 ? "/" : "", n == 0);
        break;
    case FORMULA_POWER:
    case FORMULA_INDEX:
        if (!is_blank(f, from))
            wrap(f, from, n == 0 ? "" : frame->kind == FORMULA_POWER ? "^" : "_", n > 0);
        break;
    case FORMULA_INDEX_POWER:
        if (!is_blank(f, from)) wrap(f, from, SCRIPTS[n % 3], n > 0);
        break;
    case FORMULA_PRESCRIPT:
    case FORMULA_OPERATOR:
        if (n == 2)
            insert(f->out, from, is_blank(f, from) ? "" : " ");
        else if (!is_blank(f, from))
            wrap(f, from, SCRIPTS[1 + n % 2], true);
        break;
    case FORMULA_FUNCTION:
        if (n == 1 && !is_blank(f, from)) {
            view operand = slice(f, from);
            bool is_word = operand.data[0] != '(' && is_simple(operand, false);
            wrap(f, from, is_word ? " " : "", false);
        }
        break;
    default:
        break;
    }
}

void formula_argument_end(formula *f)
{
    formula_frame *frame = innermost(f);
    f->is_apart = true;
    if (!frame || frame->count == 0 || f->out->failed != KITH_OK) return;
    if (frame->argument > f->out->size) return; // the reader has taken text away
    end_argument(f, frame, frame->count - 1, frame->argument);
    if (frame->kind == FORMULA_ROOT && frame->count == 1) {
        if (is_blank(f, frame->argument)) f->out->size = frame->argument;
        frame->argument = f->out->size; // of the radicand
    }
}

static void reverse(char *data, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        char c = data[i];
        data[i] = data[size - 1 - i];
        data[size - 1 - i] = c;
    }
}

/* Moves the end of `out` from `middle` on before what stands from `from` on. */
static void rotate(buffer *out, size_t from, size_t middle)
{
    reverse(out->data + from, middle - from);
    reverse(out->data + middle, out->size - middle);
    reverse(out->data + from, out->size - from);
}

/* Degree and radicand stand one behind the other; the radicand begins at `frame->argument`. */
static void end_root(formula *f, const formula_frame *frame)
{
    size_t radicand = frame->argument;
    if (frame->kind == FORMULA_ROOT_OF && frame->count > 1) {
        size_t degree_size = f->out->size - frame->argument;
        rotate(f->out, frame->start, frame->argument);
        radicand = frame->start + degree_size;
    } else if (frame->kind == FORMULA_ROOT_OF || frame->count < 2) {
        radicand = frame->start;
    }
    bool has_degree = radicand > frame->start;
    if (has_degree) insert(f->out, radicand, ", ");
    insert(f->out, frame->start, has_degree ? "root(" : "sqrt(");
    buffer_append_byte(f->out, ')');
}

void formula_end(formula *f)
{
    f->is_apart = true;
    if (f->beyond) {
        f->beyond--;
        return;
    }
    formula_frame *frame = innermost(f);
    if (!frame) return;
    f->depth--;
    if (f->out->failed != KITH_OK || frame->argument > f->out->size) return;
    if (frame->kind == FORMULA_SQUARE_ROOT) {
        insert(f->out, frame->start, "sqrt(");
        buffer_append_byte(f->out, ')');
    } else if (frame->kind == FORMULA_ROOT || frame->kind == FORMULA_ROOT_OF) {
        end_root(f, frame);
    } else if (frame->kind == FORMULA_FENCE) {
        if (frame->count == 0) buffer_append_text(f->out, frame->open);
        buffer_append_text(f->out, frame->close);
    } else if (frame->kind == FORMULA_MATRIX) {
        buffer_append_byte(f->out, ']');
    }
}

bool formula_ends_with_name(const formula *f)
{
    view v = buffer_view(f->out);
    for (size_t i = 1; i <= 2; i++) {
        char c = v.size < i ? ' ' : v.data[v.size - i];
        if (!((c >= 'a' && c <= 'z') || is_ascii_capital(c))) return false;
    }
    return true;
}

void formula_text(formula *f, view text)
{
    if (text.size == 0) return;
    size_t end = f->out->size;
    if (f->is_apart && is_word_byte(text, 0) && !is_behind_mark(f)) {
        keep_apart(f);
        move_arguments(f, end);
    }
    f->is_apart = false;
    buffer_append(f->out, text);
}
