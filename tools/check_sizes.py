"""check_sizes.py - no function above 70 lines, no file above 1,200.

A file of tables (data, not logic) says `size-check: table` in its head comment and may be longer. Prints each breach as
file:line: rule, and fails when there is one. With --notes it also lists what STYLE asks to look at again: functions above 40 lines,
more than 6 parameters, nesting above 4, files above 800 lines.
"""

import pathlib
import sys
from collections.abc import Iterator

from c_source import ROOT, Finding, files, functions

FILE_LIMIT, FILE_SOFT = 1200, 800
FUNCTION_LIMIT, FUNCTION_SOFT = 70, 40
PARAMETERS_SOFT, NESTING_SOFT = 6, 4
TABLE_MARK = "size-check: table"
HEAD_LINES = 40


def breaches(root: pathlib.Path, file_limit: int = FILE_LIMIT, function_limit: int = FUNCTION_LIMIT) -> Iterator[Finding]:
    for path in files(root, "src", "include", "examples", "tests", "fuzz", "bench"):
        lines = (root / path).read_text().splitlines()
        is_table = any(TABLE_MARK in line for line in lines[:HEAD_LINES])
        if len(lines) > file_limit and not is_table:
            yield Finding(path, file_limit, f"the file has {len(lines)} lines, {file_limit} are allowed")
        for function in functions("\n".join(lines)):
            if function.lines > function_limit:
                yield Finding(path, function.line, f"{function.name}() has {function.lines} lines, {function_limit} are allowed")


def notes(root: pathlib.Path) -> Iterator[Finding]:
    yield from breaches(root, FILE_SOFT, FUNCTION_SOFT)
    for path in files(root, "src"):
        for function in functions((root / path).read_text()):
            if function.parameters > PARAMETERS_SOFT:
                yield Finding(path, function.line, f"{function.name}() has {function.parameters} parameters")
            if function.nesting > NESTING_SOFT:
                yield Finding(path, function.line, f"{function.name}() nests {function.nesting} deep")


def main() -> int:
    arguments = [argument for argument in sys.argv[1:] if argument != "--notes"]
    root = pathlib.Path(arguments[0]) if arguments else ROOT
    if "--notes" in sys.argv[1:]:
        for note in notes(root):
            print(note)
    found = list(breaches(root))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
