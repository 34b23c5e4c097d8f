/* numeral.c - see numeral.h. Letters repeat behind the alphabet's end, as Word counts (AA, BB, CC),
 * where a spreadsheet's columns would go on as AA, AB. */
#include "extract/numeral.h"

enum { ROMAN_MAX = 3999, REPEATS_MAX = 30 };

static void append_roman(buffer *out, uint32_t number, bool is_upper)
{
    static const struct {
        uint32_t value;
        const char *upper, *lower;
    } PARTS[] = {{1000, "M", "m"}, {900, "CM", "cm"}, {500, "D", "d"}, {400, "CD", "cd"},
                 {100, "C", "c"},  {90, "XC", "xc"},  {50, "L", "l"},  {40, "XL", "xl"},
                 {10, "X", "x"},   {9, "IX", "ix"},   {5, "V", "v"},   {4, "IV", "iv"},
                 {1, "I", "i"}};
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++)
        for (; number >= PARTS[i].value; number -= PARTS[i].value)
            buffer_append_text(out, is_upper ? PARTS[i].upper : PARTS[i].lower);
}

/* The letter `number`, from 1, of an alphabet of `count` letters of `bytes` bytes each. */
static void append_letter(buffer *out, const char *alphabet, uint32_t count, uint32_t bytes,
                          uint32_t number)
{
    const char *letter = alphabet + (size_t)((number - 1) % count) * bytes;
    for (uint32_t i = 0; i <= (number - 1) / count; i++)
        buffer_append(out, (view){letter, bytes});
}

static void append_chinese(buffer *out, uint32_t number)
{
    static const char DIGITS[] = "一二三四五六七八九";
    enum { BYTES = 3 };
    if (number >= 20) buffer_append(out, (view){DIGITS + (number / 10 - 1) * BYTES, BYTES});
    if (number >= 10) buffer_append_text(out, "十");
    if (number % 10) buffer_append(out, (view){DIGITS + (number % 10 - 1) * BYTES, BYTES});
}

static const char *ordinal_suffix(uint32_t number)
{
    uint32_t last = number % 10;
    if (number / 10 % 10 == 1) return "th";
    return last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
}

/* False when the kind cannot write the number. */
static bool can_write(numeral_kind kind, uint32_t number)
{
    switch (kind) {
    case NUMERAL_UPPER_ROMAN:
    case NUMERAL_LOWER_ROMAN:
        return number >= 1 && number <= ROMAN_MAX;
    case NUMERAL_UPPER_LETTER:
    case NUMERAL_LOWER_LETTER:
    case NUMERAL_UPPER_RUSSIAN:
    case NUMERAL_LOWER_RUSSIAN:
        return number >= 1 && number <= REPEATS_MAX * 26;
    case NUMERAL_CHINESE:
        return number >= 1 && number <= 99;
    default:
        return true;
    }
}

void numeral_append(buffer *out, numeral_kind kind, uint32_t number)
{
    // The letters that Russian lists use: without ё, з is in, й, ъ, ы and ь are not.
    static const char UPPER[] = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ";
    static const char LOWER[] = "абвгдежзиклмнопрстуфхцчшщэюя";
    enum { RUSSIAN_LETTERS = 28, RUSSIAN_BYTES = 2 };
    switch (can_write(kind, number) ? kind : NUMERAL_DECIMAL) {
    case NUMERAL_DECIMAL:
        buffer_printf(out, "%u", number);
        break;
    case NUMERAL_DECIMAL_ZERO:
        buffer_printf(out, "%02u", number);
        break;
    case NUMERAL_ORDINAL:
        buffer_printf(out, "%u%s", number, ordinal_suffix(number));
        break;
    case NUMERAL_UPPER_ROMAN:
    case NUMERAL_LOWER_ROMAN:
        append_roman(out, number, kind == NUMERAL_UPPER_ROMAN);
        break;
    case NUMERAL_UPPER_LETTER:
        append_letter(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 26, 1, number);
        break;
    case NUMERAL_LOWER_LETTER:
        append_letter(out, "abcdefghijklmnopqrstuvwxyz", 26, 1, number);
        break;
    case NUMERAL_UPPER_RUSSIAN:
        append_letter(out, UPPER, RUSSIAN_LETTERS, RUSSIAN_BYTES, number);
        break;
    case NUMERAL_LOWER_RUSSIAN:
        append_letter(out, LOWER, RUSSIAN_LETTERS, RUSSIAN_BYTES, number);
        break;
    case NUMERAL_CHINESE:
        append_chinese(out, number);
        break;
    case NUMERAL_BULLET:
        buffer_append_byte(out, '-');
        break;
    case NUMERAL_NONE:
        break;
    }
}
