"""check_layers.py - the law of the layers: a module includes only modules of lower rank, and itself.

Public headers know nothing private; examples know nothing but public headers; a third-party library is known to the one module that
wraps it. Prints each breach as file:line: rule, and fails when there is one.
"""

import pathlib
import re
import sys
from collections.abc import Iterator

from c_source import ROOT, Finding, files, without_comments_and_literals

RANKS = {
    "base": 0,
    "os": 1, "simd": 1,
    "text": 2, "store": 2, "net": 2,
    "index": 3, "model": 3, "worker": 3,
    "db": 4, "llm": 4,
    "rag": 5,
    "api": 6,
    "cli": 7,
}

# Whoever includes one of these headers has taken the library in; each has one home.
WRAPPED = {
    r"sqlite3\.h": "store",
    r"curl/": "net",
    r"simdjson\.h": "base",
    r"xxhash\.h": "base",
    r"md4c": "text",
    r"libxml/": "text",
    r"expat\.h": "text",
    r"zlib\.h": "text",
    r"gmime/": "text",
    r"libstemmer": "text",
    r"histedit\.h": "cli",
    r"immintrin\.h": "simd",
}

STANDARD = {"assert.h", "errno.h", "float.h", "inttypes.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
            "stdio.h", "stdlib.h", "string.h"}

_INCLUDE = re.compile(r"""^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]""", re.MULTILINE)


def breaches(root: pathlib.Path) -> Iterator[Finding]:
    for path in files(root, "src", "include", "examples"):
        module = path.parts[1] if path.parts[0] == "src" else None
        if module is not None and (module not in RANKS or len(path.parts) < 3):
            yield Finding(path, 1, f"'{module}' is no module; the modules and their ranks are in tools/check_layers.py")
            continue
        for line, quoted, header in _includes(root / path):
            rule = _broken_rule(path, module, quoted, header)
            if rule:
                yield Finding(path, line, f"includes {header}: {rule}")


def _includes(path: pathlib.Path) -> Iterator[tuple[int, bool, str]]:
    text = path.read_text()
    code = without_comments_and_literals(text).splitlines()
    for number, line in enumerate(text.splitlines(), 1):
        match = _INCLUDE.match(line)
        if match and code[number - 1].lstrip().startswith("#"):
            yield number, match[1] == '"', match[2]


def _broken_rule(path: pathlib.Path, module: str | None, quoted: bool, header: str) -> str | None:
    if ".." in pathlib.PurePath(header).parts:
        return "paths start at src/, never with .."
    if module is None:
        if header.startswith("kith/") or (not quoted and (header in STANDARD or path.parts[0] == "examples")):
            return None
        return f"{'a public header' if path.parts[0] == 'include' else 'an example'} uses only <kith/...> and the C library"
    if quoted:
        return _broken_rank(module, header)
    for pattern, home in WRAPPED.items():
        if re.match(pattern, header) and module != home:
            return f"that library is wrapped by {home}"
    return None


def _broken_rank(module: str, header: str) -> str | None:
    other = pathlib.PurePath(header).parts[0]
    if other not in RANKS:
        return 'headers are named "module/name.h"'
    if other == module or RANKS[other] < RANKS[module]:
        return None
    direction = "sideways" if RANKS[other] == RANKS[module] else "upward"
    return f"{direction}, from {module} (rank {RANKS[module]}) to {other} (rank {RANKS[other]})"


def main() -> int:
    found = list(breaches(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
