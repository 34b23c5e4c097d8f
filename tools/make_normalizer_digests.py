#!/usr/bin/env python3
"""Writes tests/unit/model/normalizer_digests.h: what the reference makes of every code point, as checksums.

    pip install tokenizers==0.23.3 xxhash
    tools/make_normalizer_digests.py > tests/unit/model/normalizer_digests.h

For each code point c of a range, take the words of "a" c "b", each followed by a line feed, and one more line feed. The
XXH3 of all these texts, one after the other, is the digest of the range. Ranges are 4,096 code points long below U+20000,
where nearly all characters are, and 65,536 above.
"""

import xxhash
from tokenizers import __version__, normalizers, pre_tokenizers

# clean_text, handle_chinese_chars, strip_accents, lowercase
SETTINGS = [(True, True, True, True), (True, True, False, False), (False, False, False, True), (False, False, True, False)]
STARTS = list(range(0, 0x20000, 0x1000)) + list(range(0x20000, 0x110000, 0x10000))
SPLIT = pre_tokenizers.BertPreTokenizer().pre_tokenize_str


def digest(normalize, first, end):
    text = []
    for code_point in range(first, end):
        if 0xD800 <= code_point <= 0xDFFF:
            continue
        words = SPLIT(normalize("a" + chr(code_point) + "b"))
        text.append("".join(word + "\n" for word, _ in words) + "\n")
    return xxhash.xxh3_64_intdigest("".join(text).encode())


def main():
    ends = STARTS[1:] + [0x110000]
    print("/* normalizer_digests.h - what the reference makes of every code point, as checksums.")
    print(" *")
    print(" * Made by tools/make_normalizer_digests.py from tokenizers %s; do not edit. */" % __version__)
    print("#ifndef KITH_NORMALIZER_DIGESTS_H\n#define KITH_NORMALIZER_DIGESTS_H\n")
    print("#include <stdint.h>\n\n// clang-format off")
    print("enum { DIGEST_SETTINGS = %d, DIGEST_RANGES = %d };\n" % (len(SETTINGS), len(STARTS)))
    print("/* clean_text, handle_chinese_chars, strip_accents, lowercase */")
    print("static const int digest_settings[DIGEST_SETTINGS][4] = {")
    for setting in SETTINGS:
        print("    {%s}," % ", ".join(str(int(flag)) for flag in setting))
    print("};\n")
    print("static const uint32_t digest_starts[DIGEST_RANGES + 1] = {")
    for i in range(0, len(STARTS) + 1, 12):
        print("    " + " ".join("0x%X," % s for s in (STARTS + [0x110000])[i : i + 12]))
    print("};\n")
    print("static const uint64_t digests[DIGEST_SETTINGS][DIGEST_RANGES] = {")
    for clean, chinese, strip, lower in SETTINGS:
        normalize = normalizers.BertNormalizer(
            clean_text=clean, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower
        ).normalize_str
        found = [digest(normalize, first, end) for first, end in zip(STARTS, ends)]
        print("    {")
        for i in range(0, len(found), 5):
            print("        " + " ".join("0x%016X," % d for d in found[i : i + 5]))
        print("    },")
    print("};\n// clang-format on\n\n#endif")


if __name__ == "__main__":
    main()
