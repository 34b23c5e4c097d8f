/* raised.c - what a raised text means is not in the file: 10⁶ and a note's sign are marked alike. The
 * rules follow what stands before it, and where they err, they err so that no number is made that
 * nobody wrote. */
#include "extract/raised.h"

#include "base/utf8.h"

enum {
    SIGN_MAX_BYTES = 8,
    UNIT_MAX_LETTERS = 3,
    EXPRESSION_MAX_BYTES = 24,
    WORD_MAX_BYTES =
        64 /* of a longer run its end: each of thousands of raised letters looks back */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || is_ascii_capital(c) || (unsigned char)c >= 0x80;
}

/* The run of letters or of digits that `before` ends with, or the end of it. */
static view last_word(view before)
{
    if (before.size > WORD_MAX_BYTES)
        before = view_slice(before, utf8_floor(before, before.size - WORD_MAX_BYTES), before.size);
    size_t at = before.size;
    bool digits = at && is_ascii_digit(before.data[at - 1]);
    while (at > 0 &&
           (digits ? is_ascii_digit(before.data[at - 1]) : is_letter(before.data[at - 1])))
        at--;
    return view_slice(before, at, before.size);
}

static bool is_year(view digits)
{
    return digits.size == 4 &&
           (view_starts_with(digits, VIEW("19")) || view_starts_with(digits, VIEW("20")));
}

/* A short word, a unit or a variable; but no name of three letters ("Lee"). */
static bool may_have_exponent(view word)
{
    size_t letters = utf8_count(word);
    bool is_name = word.size == 3 && is_ascii_capital(word.data[0]) && word.data[1] >= 'a' &&
                   word.data[1] <= 'z' && word.data[2] >= 'a' && word.data[2] <= 'z';
    return letters <= UNIT_MAX_LETTERS && !is_name;
}

/* What is raised behind this may be an exponent: a number that is no year, a unit, a variable, a
 * parenthesis. */
static bool has_short_base(view word, char last)
{
    if (word.size == 0) return last == ')' || last == ']';
    return is_ascii_digit(word.data[0]) ? !is_year(word) : may_have_exponent(word);
}

/* Digits with the marks that stand between the numbers of several notes. */
static bool is_number(view text)
{
    bool has_digit = false;
    for (size_t i = 0; i < text.size; i++) {
        if (is_ascii_digit(text.data[i]))
            has_digit = true;
        else if (!strchr(", ;", text.data[i]))
            return false;
    }
    return has_digit && is_ascii_digit(text.data[0]);
}

static void append_superscript(buffer *out, view digits)
{
    static const char *const SUPERSCRIPTS[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    for (size_t i = 0; i < digits.size; i++)
        if (is_ascii_digit(digits.data[i]))
            buffer_append_text(out, SUPERSCRIPTS[digits.data[i] - '0']);
        else
            buffer_append_byte(out, digits.data[i]);
}

/* Appends the sign of a note; one behind the end of a sentence stands before its full stop, where
 * it is in the way of nothing that looks for sentences. */
static void append_sign(raised *r, buffer *out, size_t start, view sign)
{
    char end = out->size > start ? out->data[out->size - 1] : ' ';
    bool ends_sentence = strchr(".!?,;:", end) && end;
    if (ends_sentence) out->size--;
    if (out->size > start && out->data[out->size - 1] != ' ') buffer_append_byte(out, ' ');
    append_superscript(out, sign);
    if (ends_sentence) buffer_append_byte(out, end);
    r->is_sign = true;
}

/* "−3", "–2", "+": what begins with a sign, or ends with one as an ion's charge does. */
static bool has_sign(view text)
{
    char first = text.data[0], last = text.data[text.size - 1];
    return strchr("+-", first) || last == '+' || last == '-' ||
           view_find(text, VIEW("−")) < text.size || view_starts_with(text, VIEW("–"));
}

/* Letters raised behind a word or a number are an ordinal or an abbreviation: 1st, 2e, Mme, No. One
 * behind a single small letter, or behind a number and no ordinal, is an exponent: x^n, 10^k. */
static bool is_exponent_letter(view word, view text)
{
    if (text.size != 1 || !is_letter(text.data[0]) || word.size == 0) return false;
    bool is_ordinal = strchr("aeorstd", text.data[0]);
    if (is_ascii_digit(word.data[0])) return !is_ordinal;
    return word.size == 1 && (!is_ordinal || !is_ascii_capital(word.data[0]));
}

/* "n+1", "(x-1)/2", "2n": letters and digits with an operator between, or a digit and a letter;
 * "1/2" behind a letter alone, since "5^1/2" may be 5 and a half; and no numbers of notes ("1-3"). */
static bool is_expression(view word, view text)
{
    bool has_operator = false, has_letter = false;
    if (text.size < 2 || text.size > EXPRESSION_MAX_BYTES) return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_minus = view_starts_with(view_slice(text, i, text.size), VIEW("−"));
        if (is_minus) i += sizeof "−" - 2;
        bool is_operator = is_minus || strchr("+-*/", c);
        if (!is_operator && !is_ascii_digit(c) && !is_letter(c) && !strchr(" .()", c)) return false;
        has_operator = has_operator || (is_operator && i + 1 < text.size);
        has_letter = has_letter || (!is_operator && is_letter(c));
    }
    bool is_product = text.size == 2 && is_ascii_digit(text.data[0]) && is_letter(text.data[1]);
    if (!has_letter)
        return has_operator && view_find(text, VIEW("/")) < text.size &&
               (word.size == 0 || !is_ascii_digit(word.data[0]));
    return has_operator || is_product;
}

/* One letter behind a longer word is the sign of a note. */
static bool is_sign_letter(view word, view text)
{
    return text.size == 1 && is_letter(text.data[0]) && word.size &&
           !is_ascii_digit(word.data[0]) && utf8_count(word) > UNIT_MAX_LETTERS;
}

/* Appends a raised text that is whole so far. */
static void append_whole(raised *r, buffer *out, size_t start, view text)
{
    view before = view_slice(buffer_view(out), start, out->size);
    view word = last_word(before);
    char last = before.size ? before.data[before.size - 1] : ' ';
    r->is_sign = false;
    if (is_number(text) && text.size <= SIGN_MAX_BYTES) {
        if (has_short_base(word, last))
            buffer_append_byte(out, '^'), buffer_append(out, text);
        else if (before.size == 0 || last == ' ' || last == '\n')
            append_superscript(out, text), r->is_sign = true;
        else
            append_sign(r, out, start, text);
    } else if (has_short_base(word, last) && is_expression(word, text)) {
        buffer_append_text(out, "^(");
        buffer_append(out, text);
        buffer_append_byte(out, ')');
    } else {
        if (word.size && (has_sign(text) || is_exponent_letter(word, text) ||
                          (is_ascii_digit(text.data[0]) && is_ascii_digit(last))))
            buffer_append_byte(out, '^');
        else if (is_sign_letter(word, text))
            buffer_append_text(out, " ^");
        buffer_append(out, text);
    }
}

/* Keeps the piece, that all are judged together when a further one follows: "n", "+", "1". */
static void keep_piece(raised *r, view text)
{
    if (r->size <= sizeof r->pieces && text.size <= sizeof r->pieces - r->size) {
        memcpy(r->pieces + r->size, text.data, text.size);
        r->size += (uint32_t)text.size;
    } else {
        r->size = sizeof r->pieces + 1;
    }
}

/* True when `out` still ends with what was written for the pieces, so that it may be written anew. */
static bool ends_with_pieces(const raised *r, const buffer *out)
{
    view pieces = {r->pieces, r->size};
    if (r->size > sizeof r->pieces || r->begin > out->size) return false;
    view written = view_slice(buffer_view(out), r->begin, out->size);
    if (written.size == 0 || written.size > pieces.size + sizeof "^()" - 1) return false;
    return view_ends_with_nocase(written, pieces) ||
           view_ends_with_nocase(view_slice(written, 0, written.size - 1), pieces);
}

void raised_append(raised *r, buffer *out, size_t start, view text)
{
    if (text.size == 0) return;
    bool goes_on = r->end && r->end == out->size;
    bool is_there = goes_on && ends_with_pieces(r, out);
    if (!goes_on) {
        r->begin = out->size;
        r->size = 0;
    }
    keep_piece(r, text);
    if (goes_on && r->is_sign) {
        append_superscript(out, text);
    } else if ((goes_on && !is_there) || (is_there && r->size > sizeof r->pieces)) {
        buffer_append(out, text);
    } else if (!goes_on) {
        append_whole(r, out, start, text);
    } else {
        out->size = r->begin;
        append_whole(r, out, start, (view){r->pieces, r->size});
    }
    r->end = out->size;
}

/* "3^1/" before a lowered number is no exponent: 3 and 1/2. */
static void end_fraction(buffer *out, size_t start)
{
    view slash = VIEW("/"), solidus = VIEW("⁄"); // U+2044
    view text = view_slice(buffer_view(out), start, out->size);
    view end = view_ends_with_nocase(text, slash) ? slash : solidus;
    if (!view_ends_with_nocase(text, end)) return;
    size_t i = text.size - end.size;
    while (i > 0 && is_ascii_digit(text.data[i - 1]))
        i--;
    if (i > 1 && i < text.size - end.size && text.data[i - 1] == '^' &&
        is_ascii_digit(text.data[i - 2]))
        out->data[start + i - 1] = ' ';
}

void lowered_append(buffer *out, size_t start, view text)
{
    char last = out->size > start ? out->data[out->size - 1] : ' ';
    if (text.size && is_ascii_digit(text.data[0])) end_fraction(out, start);
    if (text.size && is_ascii_digit(text.data[0]) && is_ascii_digit(last))
        buffer_append_byte(out, '_');
    buffer_append(out, text);
}

void raised_append_sign(raised *r, buffer *out, size_t start, view digits)
{
    append_sign(r, out, start, digits);
    r->end = out->size;
}

void raised_end_run(raised *r, int align, buffer *out, size_t start, size_t run, buffer *spare)
{
    if (align == 0) return;
    buffer_reset(spare);
    buffer_append(spare, view_slice(buffer_view(out), run, out->size));
    out->size = run;
    if (align > 0)
        raised_append(r, out, start, buffer_view(spare));
    else
        lowered_append(out, start, buffer_view(spare));
    if (spare->failed != KITH_OK) out->failed = spare->failed;
}
