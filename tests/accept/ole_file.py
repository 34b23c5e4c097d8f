"""OLE2 files for the tests: a dict of streams (bytes) and storages (dicts), as the 512-byte sectors that Outlook and Office wrote."""

import struct

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


class Chains:
    """Sectors of one size, and which follows which."""

    def __init__(self, size):
        self.size, self.bytes, self.next = size, b"", []

    def put(self, content):
        first, count = len(self.next), -(-len(content) // self.size)
        self.bytes += content.ljust(count * self.size, b"\0")
        self.next += [first + i + 1 for i in range(count - 1)] + [END] * (count > 0)
        return first if count else END


def ole_file(tree):
    large, small, entries = Chains(512), Chains(64), []

    def add(name, content, kind):
        number = len(entries)
        entries.append(None)
        child, start, size = FREE, END, 0
        if isinstance(content, dict):
            for inner, value in content.items():  # each is the right neighbour of the one before
                made = add(inner, value, 1 if isinstance(value, dict) else 2)
                entries[made][1], child = child, made
        else:
            start, size = (small if len(content) < 4096 else large).put(content), len(content)
        entries[number] = [name, FREE, child, start, size, kind]
        return number

    add("Root Entry", tree, 5)
    entries[0][3], entries[0][4] = large.put(small.bytes), len(small.bytes)
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBBIII36xIII", 2 * len(name) + 2, kind, 1, FREE, right, child, start, size, 0)
        for name, right, child, start, size, kind in entries)
    at_directory = large.put(directory)
    at_small = large.put(struct.pack(f"<{len(small.next)}I", *small.next))
    sectors = len(large.next)
    tables = next(n for n in range(1, 110) if n * 128 >= sectors + n)
    chains = large.next + [FAT] * tables
    chains += [FREE] * (tables * 128 - len(chains))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH10xIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, tables, at_directory, 0, 4096, at_small, -(-len(small.next) // 128), END, 0)
    listed = [sectors + i for i in range(tables)] + [FREE] * (109 - tables)
    return header + struct.pack("<109I", *listed) + large.bytes + struct.pack(f"<{len(chains)}I", *chains)


def fixed(header, **values):
    """The stream of a storage's values of fixed size, by the numbers of their properties: p00390040=..."""
    return bytes(header) + b"".join(struct.pack("<IIQ", int(name[1:], 16), 6, value) for name, value in values.items())


def texts(**values):
    """Streams of texts, by the numbers of their properties: p0037=..."""
    return {f"__substg1.0_{name[1:]}001F": value.encode("utf-16-le") for name, value in values.items()}
