"""Word files of 1997 to 2003 for the tests: text in pieces, and what is said of paragraphs and characters, in the least that a reader needs."""

import struct

from ole_file import ole_file

HEADING_1, IN_TABLE, ENDS_ROW = b"\x01\x00", b"\x00\x00" + struct.pack("<HB", 0x2416, 1), b"\x00\x00" + struct.pack("<HB", 0x2416, 1) + struct.pack("<HB", 0x2417, 1)
HIDDEN, DELETED = struct.pack("<HB", 0x083C, 1), struct.pack("<HB", 0x0800, 1)


def page(runs, box):
    """A page of properties: runs of (first byte, end, properties), of characters (box 1) or paragraphs (box 13)."""
    count, at, boxes, space = len(runs), 510, b"", bytearray(512)
    for _, _, what in runs:
        if not what:
            boxes += bytes(box)
            continue
        stored = bytes([len(what)]) + what if box == 1 else bytes([0, (len(what) + 1) // 2]) + what
        at -= len(stored) + len(stored) % 2
        space[at:at + len(stored)] = stored
        boxes += bytes([at // 2]) + bytes(box - 1)
    head = struct.pack(f"<{count + 1}I", *(first for first, _, _ in runs), runs[-1][1]) + boxes
    space[:len(head)], space[511] = head, count
    return bytes(space)


def word_file(paragraphs, notes=(), boxes="", margins="", characters=(), flags=0, wide=False):
    """paragraphs: (text with its mark, properties); notes: texts of footnotes, whose signs are \\x02 in the paragraphs; characters: (text, properties),
    of which each is found in the main text. wide: the second half of the text is a piece of UTF-16."""
    main = "".join(text for text, _ in paragraphs)
    footnotes = "".join(f"\x02{note}\r" for note in notes)
    whole = main + footnotes + margins + boxes
    half = len(whole) // 2 if wide else len(whole)
    start = 2048
    places = [start + i if i < half else start + half + 2 * (i - half) for i in range(len(whole) + 1)]
    body = whole[:half].encode("cp1252") + whole[half:].encode("utf-16-le")
    runs, at = [], 0
    for text, what in paragraphs:
        runs.append((places[at], places[at + len(text)], what or b"\x00\x00"))
        at += len(text)
    shown = sorted((places[main.index(text)], places[main.index(text) + len(text)], what) for text, what in characters) or [(start, start + 1, b"")]
    gaps = [(a[1], b[0], b"") for a, b in zip(shown, shown[1:]) if a[1] < b[0]]  # a run ends where the next one begins
    shown = sorted(shown + gaps)
    table, pairs = bytearray(), {}

    def put(pair, content):
        pairs[pair] = (len(table), len(content))
        table.extend(content)

    pieces = [(0, half, start * 2 | 1 << 30)] + ([(half, len(whole), start + half)] if wide else [])
    clx = struct.pack(f"<{len(pieces) + 1}I", *(p[0] for p in pieces), len(whole)) + b"".join(struct.pack("<HIH", 0, p[2], 0) for p in pieces)
    put(33, b"\x02" + struct.pack("<I", len(clx)) + clx)
    put(13, struct.pack("<III", start, places[len(main)], 2))
    put(12, struct.pack("<III", start, places[len(main)], 3))
    if notes:
        refs = [i for i, c in enumerate(main) if c == "\x02"]
        starts = [sum(len(n) + 2 for n in notes[:i]) for i in range(len(notes) + 1)]
        put(2, struct.pack(f"<{len(refs) + 1}I", *refs, len(main)) + bytes(2 * len(refs)))
        put(3, struct.pack(f"<{len(starts)}I", *starts))
    head = bytearray(1024)
    struct.pack_into("<HH", head, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", head, 0x0A, 0x0200 | flags)
    struct.pack_into("<8I", head, 0x4C, len(main), len(footnotes), len(margins), 0, 0, 0, len(boxes), 0)
    for pair, (offset, size) in pairs.items():
        struct.pack_into("<II", head, 0x9A + 8 * pair, offset, size)
    stream = bytes(head) + page(runs, 13) + page(shown, 1) + body
    return ole_file({"WordDocument": stream.ljust(8192, b"\0"), "1Table": bytes(table).ljust(4096, b"\0")})
