#!/bin/sh
# wordllama-does-not-find-its-own-tokenizer.sh - wordllama cannot load, without a network, the model that its own package carries.
#
# wordllama 0.4.0.post1 (PyPI). The wheel holds weights/l2_supercat_256.safetensors and tokenizers/l2_supercat_tokenizer_config.json. For a file
# of the kind "tokenizer" WordLlama.resolve_file looks into the package's folder of that name, tokenizer/, which is not there; its cache has
# the right one, tokenizers/. So WordLlama.load(disable_download=True) raises FileNotFoundError, and without that option the tokenizer is
# downloaded although it is installed. kith reads both files where they lie (docs/decisions/074).
#
# Prints what was seen; fails when it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install wordllama==0.4.0.post1
HOME="$folder" "$folder/venv/bin/python" - <<'END'
import importlib.metadata
import pathlib

import wordllama

package = pathlib.Path(wordllama.__file__).parent
there = [name for name in ("weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json") if (package / name).exists()]
print("wordllama", importlib.metadata.version("wordllama"), "carries", there)
try:
    wordllama.WordLlama.load(disable_download=True, cache_dir=pathlib.Path.home() / "cache")
    said = "loads"
except FileNotFoundError as error:
    said = str(error)
print("load(disable_download=True):", said)
raise SystemExit(0 if len(there) == 2 and "Tokenizer file" in said else "the behaviour has changed")
END
