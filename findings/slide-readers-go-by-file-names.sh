#!/bin/sh
# slide-readers-go-by-file-names.sh - two readers of PowerPoint files give the slides in the order of their files' names, not in that of the show.
#
# kreuzberg 4.10.4 (PyPI), officeparser 7.8.0 (npm); the file is made with python-pptx 1.0.2. The order of a presentation is its list of slides
# (p:sldIdLst); when a slide is moved, its part in the archive keeps its name. Three slides are made, Alpha, Beta, Gamma, and the last is moved
# to the front, as one does in every editor:
#   python-pptx, markitdown 0.1.9   Gamma, Alpha, Beta
#   kreuzberg                       Alpha, Beta, Gamma
#   officeparser                    Alpha, Beta, Gamma, with the slideNumbers 1, 2, 3: "slide 1" is the second of the show
# No text is lost, so nothing shows it, but a passage goes on where the talk did not, and a citation by slide names another slide.
# kith reads the list: Gamma is slide 1.
#
# Prints what was seen; fails when any of it changes. Needs python3 with venv, node with npm, PyPI and npm.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install python-pptx==1.0.2 'markitdown[pptx]==0.1.9' kreuzberg==4.10.4
npm install --silent --no-audit --no-fund --prefix "$folder/node" officeparser@7.8.0
cat >"$folder/node/read.mjs" <<'END'
import { OfficeParser } from "officeparser";

const words = (node) => (node.children?.length ? node.children.map(words).join(" ") : (node.text ?? ""));
const parsed = await OfficeParser.parseOffice(process.argv[2]);
for (const slide of parsed.content) console.log(slide.metadata.slideNumber, words(slide));
END
"$folder/venv/bin/python" - "$folder" <<'END'
import importlib.metadata
import re
import subprocess
import sys

import kreuzberg
import pptx
from markitdown import MarkItDown

NAMES = ("Alpha", "Beta", "Gamma")
SHOWN = ["Gamma", "Alpha", "Beta"]
EXPECTED = {"python-pptx": SHOWN, "markitdown": SHOWN, "kreuzberg": list(NAMES), "officeparser": list(NAMES)}

path = f"{sys.argv[1]}/made.pptx"
presentation = pptx.Presentation()
for name in NAMES:
    presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = name
slides = presentation.slides._sldIdLst
slides.insert(0, slides[2])
presentation.save(path)

numbered = subprocess.run(["node", f"{sys.argv[1]}/node/read.mjs", path], check=True, capture_output=True, text=True).stdout
read = {
    "python-pptx": " ".join(slide.shapes.title.text for slide in pptx.Presentation(path).slides),
    "markitdown": MarkItDown().convert(path).markdown,
    "kreuzberg": kreuzberg.extract_file_sync(path).content,
    "officeparser": numbered,
}
changed = re.findall(r"\d+", numbered) != ["1", "2", "3"]
for name, text in read.items():
    found = re.findall("|".join(NAMES), text)
    changed |= found != EXPECTED[name]
    print(name, "7.8.0" if name == "officeparser" else importlib.metadata.version(name), "->", found)
print("officeparser's numbers:", ", ".join(" is ".join(line.split()) for line in numbered.splitlines()))
raise SystemExit("the behaviour has changed" if changed else 0)
END
