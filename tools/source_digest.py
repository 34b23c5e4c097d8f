"""source_digest.py - writes a header with a digest of the sources that decide an answer.

source_digest.py ROOT HEADER DEPFILE: digest of all C sources of ROOMS below ROOT/src, by their names and contents. An answer that is kept (src/answer/answer_cache.c) is found again by the build that gave it,
or by one of the same sources. DEPFILE tells ninja which files the header is made of.
"""

import hashlib
import pathlib
import sys

ROOMS = ("base", "simd", "fields", "text", "words", "vector", "model", "extract", "db", "llm", "embed", "answer")
ENDINGS = (".c", ".cc", ".h")


def sources(root: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for room in ROOMS for path in (root / "src" / room).rglob("*") if path.suffix in ENDINGS)


def digest(root: pathlib.Path) -> str:
    total = hashlib.sha256()
    for path in sources(root):
        content = path.read_bytes()
        total.update(f"{path.relative_to(root)} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()[:32]


def main() -> None:
    root, header, depfile = (pathlib.Path(argument) for argument in sys.argv[1:])
    header.write_text(f'#define ANSWER_SOURCES "{digest(root)}"\n')
    depfile.write_text(f"{header}: {' '.join(str(path) for path in sources(root))}\n")


if __name__ == "__main__":
    main()
