"""html_entity_table.py OUTPUT - writes HTML 4's named character references as a C table, sorted by name; meson calls it.

The names and numbers are those of Python's html.entities, and "apos", which XHTML added. It is libxml2's table, which kith's HTML
reader uses, without libxml2: Markdown is read in a process that does not load it (docs/decisions/008).
"""

import html.entities
import pathlib
import sys


def main() -> None:
    codepoints = html.entities.name2codepoint | {"apos": 0x27}
    rows = "".join(f'    {{"{name}", {codepoint}}},\n' for name, codepoint in sorted(codepoints.items()))
    pathlib.Path(sys.argv[1]).write_text(
        "/* Written by tools/html_entity_table.py. */\n"
        f"static const struct {{\n    const char *name;\n    uint16_t codepoint;\n}} ENTITIES[] = {{\n{rows}}};\n")


if __name__ == "__main__":
    main()
