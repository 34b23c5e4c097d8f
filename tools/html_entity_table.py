"""html_entity_table.py OUTPUT - writes HTML's named character references as a C table, sorted by name; meson calls it.

The names are those of Python's html.entities, which are the HTML Standard's (13.5). A row has no pointer, so that the table costs a program
no relocation at its start.
"""

import html.entities
import pathlib
import sys


def row(name: str, text: str) -> str:
    stands_open = name in html.entities.html5  # the older names may do without their semicolon
    octets = "".join(f"\\x{byte:02X}" for byte in text.encode())
    return f'    {{"{name}", "{octets}", {str(stands_open).lower()}}},\n'


def main() -> None:
    texts = {name.rstrip(";"): text for name, text in html.entities.html5.items()}
    rows = "".join(row(name, text) for name, text in sorted(texts.items()))
    pathlib.Path(sys.argv[1]).write_text(
        "/* Written by tools/html_entity_table.py. */\n"
        "static const struct {\n    char name[32], text[7];\n    bool stands_open;\n} ENTITIES[] = {\n" + rows + "};\n")


if __name__ == "__main__":
    main()
