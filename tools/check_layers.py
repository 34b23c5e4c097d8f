"""check_layers.py - the law of the layers: a room includes only rooms of lower rank, and itself; no files call each other in a circle.

Public headers know nothing private; examples know nothing but public headers; a third-party library is known to the one room that
wraps it, and SQLite to its driver's files alone. Prints each breach as file:line: rule, and fails when there is one.

A source file calls another one when it names a function that the other one defines, in code, and a header that declares the function
is within its reach. A circle is named once, at its first file, with the functions that close it.
"""

import pathlib
import re
import sys
from collections.abc import Iterator

from c_source import ROOT, Finding, files, functions, without_comments_and_literals

RANKS = {
    "base": 0,
    "os": 1, "simd": 1, "fields": 1, "text": 1,
    "store": 2, "net": 2, "words": 2, "vector": 2, "model": 2, "extract": 2,
    "db": 3, "llm": 3, "worker": 3,
    "embed": 4, "metrics": 4,
    "ingest": 5, "answer": 5,
    "eval": 6,
    "lib": 7,
    "serve": 8, "transfer": 8,
    "chroma": 9, "openai": 9, "native": 9,
    "cli": 10,
}

# Rooms that see less than all that lies below them: the command line, the server and its dialects stand on the public API.
SEES_ONLY = {
    "serve": {"serve", "base", "os", "net"},
    "chroma": {"chroma", "serve", "base", "os"},
    "openai": {"openai", "serve", "base", "os"},
    "native": {"native", "serve", "base", "os"},
    "transfer": {"transfer", "base", "os", "net"},
    "cli": {"cli", "chroma", "openai", "native", "serve", "transfer", "base", "os"},
}

# Whoever includes one of these headers has taken the library in; each has one home.
WRAPPED = {
    r"sqlite3\.h": "store",
    r"curl/": "net",
    r"microhttpd\.h": "net",
    r"simdjson\.h": "base",
    r"re2/": "base",
    r"xxhash\.h": "base",
    r"nettle/": "base",
    r"md4c": "extract",
    r"expat\.h": "extract",
    r"zlib\.h": "extract",
    r"gmime/": "extract",
    r"libstemmer": "text",
    r"histedit\.h": "cli",
    r"immintrin\.h": "simd",
}

# One file sees such a header outside of that home: base64 is decoded for rooms that do not see simd, and gives the same on every CPU.
ELSEWHERE = {("src/base/base64_avx2.c", "immintrin.h")}

# Of the room that wraps SQLite only these files are its driver: they alone may see it, by its own header or by theirs. All others of the
# room stand on the seam, store/sql.h. One file elsewhere reads the SQLite files of other programs, which have nothing to do with the
# store and must not be opened as it opens its own (docs/decisions/037).
DRIVER = {
    r"sqlite3\.h|store/sqlite_connection\.h|store/shared_memory\.h": {
        "src/store/connection.c", "src/store/schema_functions.c", "src/store/shared_memory.c", "src/store/shared_memory.h",
        "src/store/sqlite_backup.c", "src/store/sqlite_connection.h", "src/store/sqlite_log.c", "src/store/sqlite_log_verify.c",
        "src/transfer/sqlite_reader.c"},
}

STANDARD = {"assert.h", "errno.h", "float.h", "inttypes.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
            "stdio.h", "stdlib.h", "string.h"}

_INCLUDE = re.compile(r"""^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]""", re.MULTILINE)


def breaches(root: pathlib.Path) -> Iterator[Finding]:
    yield from _include_breaches(root)
    yield from _circles(root)


def _include_breaches(root: pathlib.Path) -> Iterator[Finding]:
    for path in files(root, "src", "include", "examples"):
        room = path.parts[1] if path.parts[0] == "src" else None
        if room is not None and (room not in RANKS or len(path.parts) < 3):
            yield Finding(path, 1, f"'{room}' is no room; the rooms and their ranks are in tools/check_layers.py")
            continue
        for line, quoted, header in _includes(root / path):
            rule = _broken_rule(path, room, quoted, header)
            if rule:
                yield Finding(path, line, f"includes {header}: {rule}")


def _includes(path: pathlib.Path) -> Iterator[tuple[int, bool, str]]:
    text = path.read_text()
    code = without_comments_and_literals(text).splitlines()
    for number, line in enumerate(text.splitlines(), 1):
        match = _INCLUDE.match(line)
        if match and code[number - 1].lstrip().startswith("#"):
            yield number, match[1] == '"', match[2]


def _broken_rule(path: pathlib.Path, room: str | None, quoted: bool, header: str) -> str | None:
    if ".." in pathlib.PurePath(header).parts:
        return "paths start at src/, never with .."
    if room is None:
        if header.startswith("kith/") or (not quoted and (header in STANDARD or path.parts[0] == "examples")):
            return None
        return f"{'a public header' if path.parts[0] == 'include' else 'an example'} uses only <kith/...> and the C library"
    for pattern, driver in DRIVER.items():
        if re.fullmatch(pattern, header) and room == "store" and str(path) not in driver:
            return "only the files of the driver (tools/check_layers.py) see that; the others use store/sql.h"
        if re.fullmatch(pattern, header) and not quoted and str(path) in driver:
            return None
    if quoted:
        return _broken_rank(room, header)
    for pattern, home in WRAPPED.items():
        if re.match(pattern, header) and room != home and (str(path), header) not in ELSEWHERE:
            return f"that library is wrapped by {home}"
    return None


def _broken_rank(room: str, header: str) -> str | None:
    other = pathlib.PurePath(header).parts[0]
    if other not in RANKS:
        return 'headers are named "room/name.h"'
    if room in SEES_ONLY and other not in SEES_ONLY[room]:
        return f"{room} uses <kith/...> and, of the rooms, only {', '.join(sorted(SEES_ONLY[room]))}"
    if other == room or RANKS[other] < RANKS[room]:
        return None
    direction = "sideways" if RANKS[other] == RANKS[room] else "upward"
    return f"{direction}, from {room} (rank {RANKS[room]}) to {other} (rank {RANKS[other]})"


# ---- circles ----

_NAME = re.compile(r"(?<![\w.])(?<!->)[A-Za-z_]\w*")


def _circles(root: pathlib.Path) -> Iterator[Finding]:
    code = {path: without_comments_and_literals((root / path).read_text()) for path in files(root, "src", "include")}
    sources = [path for path in code if path.suffix in (".c", ".cc")]
    definer = {function.name: path for path in sources for function in functions(code[path]) if not function.is_static}
    names = {path: set(_NAME.findall(text)) for path, text in code.items()}
    calls = {path: _calls(path, root, names, definer) for path in sources}
    for circle in _strongly_connected({path: set(callees) for path, callees in calls.items()}):
        first, *others = sorted(circle)
        edges = [f"{caller.name} calls {callee.name} ({', '.join(sorted(called))})"
                 for caller in sorted(circle) for callee, called in sorted(calls[caller].items()) if callee in circle]
        yield Finding(first, 1, f"in a circle with {', '.join(other.name for other in others)}: {'; '.join(edges)}")


def _calls(path: pathlib.Path, root: pathlib.Path, names: dict[pathlib.Path, set[str]],
           definer: dict[str, pathlib.Path]) -> dict[pathlib.Path, set[str]]:
    """The other source files whose functions this one names, with those names."""
    declared = set().union(*(names[header] for header in _reachable_headers(path, root, names)))
    found: dict[pathlib.Path, set[str]] = {}
    own = {function.name for function in functions((root / path).read_text())}
    for name in (names[path] & declared) - own:
        if name in definer:
            found.setdefault(definer[name], set()).add(name)
    return found


def _reachable_headers(path: pathlib.Path, root: pathlib.Path, known: dict[pathlib.Path, set[str]]) -> set[pathlib.Path]:
    reached: set[pathlib.Path] = set()
    waiting = [path]
    while waiting:
        for _, _, header in _includes(root / waiting.pop()):
            for directory in ("src", "include"):
                candidate = pathlib.Path(directory, header)
                if candidate in known and candidate not in reached:
                    reached.add(candidate)
                    waiting.append(candidate)
    return reached


def _strongly_connected(graph: dict[pathlib.Path, set[pathlib.Path]]) -> Iterator[set[pathlib.Path]]:
    """The sets of more than one node that all reach each other; the graphs here are small."""
    reached = {node: _reached_from(graph, node) for node in graph}
    done: set[pathlib.Path] = set()
    for node in sorted(graph):
        circle = {other for other in reached[node] if node in reached[other]}
        if len(circle) > 1 and node not in done:
            done |= circle
            yield circle


def _reached_from(graph: dict[pathlib.Path, set[pathlib.Path]], start: pathlib.Path) -> set[pathlib.Path]:
    reached: set[pathlib.Path] = set()
    waiting = [start]
    while waiting:
        for node in graph[waiting.pop()] - reached:
            reached.add(node)
            waiting.append(node)
    return reached


def main() -> int:
    found = list(breaches(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
