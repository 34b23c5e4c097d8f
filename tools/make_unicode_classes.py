#!/usr/bin/env python3
"""Writes src/model/unicode_classes_table.h: what the Hugging Face fast BERT tokenizer does with each code point.

The tables of that tokenizer come from three versions of Unicode, so no library has them. This script passes every scalar
value through the tokenizer itself and prints the classes that it finds as a two-stage table:

    pip install tokenizers==0.23.3
    tools/make_unicode_classes.py > src/model/unicode_classes_table.h
"""

import unicodedata

from tokenizers import __version__, normalizers, pre_tokenizers

BLOCK = 64  # code points a block; 32, 64 and 128 give 17.6, 16.3 and 19.6 KB
TABLE_END = 0x20000  # the planes above have a few ranges only, which are listed
CLASSES = ["WORD", "SPACE", "PUNCTUATION", "IDEOGRAPH", "MARK", "CONTROL", "CONTROL_SPACE"]
DECOMPOSES, LOWERS = 8, 16


def bert_normalizer(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**flags, **on}).normalize_str


CLEAN = bert_normalizer(clean_text=True)
CHINESE = bert_normalizer(handle_chinese_chars=True)
STRIP = bert_normalizer(strip_accents=True)
LOWER = bert_normalizer(lowercase=True)
SPLIT = pre_tokenizers.BertPreTokenizer().pre_tokenize_str


def classify(code_point):
    """The class of one code point, with the DECOMPOSES and LOWERS bits."""
    c = chr(code_point)
    pieces = len(SPLIT("a" + c + "b"))
    cleaned = CLEAN("a" + c + "b")
    stripped = STRIP("a" + c + "b")
    if cleaned == "ab":
        name = "CONTROL_SPACE" if pieces == 2 else "CONTROL"
    elif pieces == 2:
        assert cleaned == "a b", hex(code_point)
        name = "SPACE"
    elif pieces == 3:
        name = "PUNCTUATION"
    elif CHINESE("a" + c + "b") == "a " + c + " b":
        name = "IDEOGRAPH"
    elif stripped == "ab" and unicodedata.normalize("NFD", c) == c:
        name = "MARK"
    else:
        name = "WORD"
    value = CLASSES.index(name)
    if name != "MARK" and stripped != "a" + c + "b":
        value |= DECOMPOSES
    if LOWER(c) != c:
        value |= LOWERS
    return value


def ranges(values, start):
    found = []
    for code_point, value in enumerate(values, start):
        if found and found[-1][1] == code_point - 1 and found[-1][2] == value:
            found[-1][1] = code_point
        else:
            found.append([code_point, code_point, value])
    return [r for r in found if r[2]]


def newer_lowercase():
    """Pairs that Unicode 14 (this Python's) does not have: a libutf8proc of that age lacks them too."""
    assert unicodedata.unidata_version == "14.0.0", "run with Python 3.11"
    found = []
    for code_point in scalar_values(0x110000):
        if code_point == 0x130 or LOWER(chr(code_point)) == chr(code_point).lower():
            continue
        target = LOWER(chr(code_point))
        assert len(target) == 1, hex(code_point)
        last = found[-1] if found else None
        if last and last[1] == code_point - 1 and ord(target) - last[2] == code_point - last[0]:
            last[1] = code_point
        else:
            found.append([code_point, code_point, ord(target)])
    return found


def scalar_values(end):
    return (c for c in range(end) if not 0xD800 <= c <= 0xDFFF)


def expression(value):
    names = ["UNICODE_" + CLASSES[value & 7]]
    names += ["UNICODE_DECOMPOSES"] if value & DECOMPOSES else []
    names += ["UNICODE_LOWERS"] if value & LOWERS else []
    return " | ".join(names)


def main():
    values = [0 if 0xD800 <= c <= 0xDFFF else classify(c) for c in range(0x110000)]
    blocks, index = [], []
    for start in range(0, TABLE_END, BLOCK):
        block = tuple(values[start : start + BLOCK])
        if block not in blocks:
            blocks.append(block)
        index.append(blocks.index(block))
    width = "uint8_t" if len(blocks) <= 256 else "uint16_t"
    print("/* unicode_classes_table.h - what the reference tokenizer does with each code point.")
    print(" *")
    print(" * Made by tools/make_unicode_classes.py, which asks tokenizers %s; do not edit. A byte of the" % __version__)
    print(" * table is a unicode_class with its two flags; equal blocks of code points are kept once. */")
    print("#ifndef KITH_MODEL_UNICODE_CLASSES_TABLE_H\n#define KITH_MODEL_UNICODE_CLASSES_TABLE_H\n")
    print('#include "model/unicode_classes.h"\n\n#include <stdint.h>\n')
    print("// clang-format off")
    print("enum { TABLE_END = 0x%X, TABLE_BLOCK = %d };\n" % (TABLE_END, BLOCK))
    print("static const %s block_of[TABLE_END / TABLE_BLOCK] = {" % width)
    for i in range(0, len(index), 32):
        print("    " + ",".join(map(str, index[i : i + 32])) + ",")
    print("};\n")
    print("static const uint8_t blocks[%d][TABLE_BLOCK] = {" % len(blocks))
    for block in blocks:
        print("    {" + ",".join(map(str, block)) + "},")
    print("};\n")
    print("/* From U+%X on; what is not listed is UNICODE_WORD. */" % TABLE_END)
    print("static const struct {\n    uint32_t first, last;\n    uint8_t value;\n} upper_ranges[] = {")
    for first, last, value in ranges(values[TABLE_END:], TABLE_END):
        print("    {0x%X, 0x%X, %s}," % (first, last, expression(value)))
    print("};\n")
    print("/* Lower-case pairs newer than Unicode 14, which an older libutf8proc lacks: a run of sources and its first target. */")
    print("static const struct {\n    uint32_t first, last, target;\n} newer_lowercase[] = {")
    for first, last, target in newer_lowercase():
        print("    {0x%X, 0x%X, 0x%X}," % (first, last, target))
    print("};")
    print("// clang-format on\n\n#endif")


if __name__ == "__main__":
    main()
