"""chroma_ingest.py - what ingest.py measures of chromadb: chunks into a persistent collection, embedded by Chroma's own function.

    chroma_ingest.py CHUNKS.json DIRECTORY MODEL GRAPH

Chroma's default function is ONNX Runtime on all-MiniLM-L6-v2. It fetches its model from a place of its own; here it finds the same
network in its cache, made of the reference data's graph and the model's weights. Prints the versions. A process of its own, so that CPU
time and peak memory are those of this work and nothing else.
"""

import json
import pathlib
import shutil
import sys

import chromadb
import onnxruntime
from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

BATCH = 64


def main() -> None:
    chunks, directory, model, graph = (pathlib.Path(argument) for argument in sys.argv[1:])

    class Local(ONNXMiniLM_L6_V2):
        DOWNLOAD_PATH = directory / "model"

    folder = directory / "model/onnx"
    folder.mkdir(parents=True)
    for name in ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt", "model.safetensors"):
        shutil.copy(model / name, folder / name)
    shutil.copy(graph, folder / "model.onnx")
    contents = json.loads(chunks.read_text())
    collection = chromadb.PersistentClient(str(directory / "data")).create_collection("bench", embedding_function=Local())
    for start in range(0, len(contents), BATCH):
        batch = contents[start:start + BATCH]
        collection.add(ids=[str(start + i) for i in range(len(batch))], documents=batch)
    if collection.count() != len(contents):
        sys.exit(f"chromadb has {collection.count()} of {len(contents)} chunks")
    print(f"chromadb {chromadb.__version__} + onnxruntime {onnxruntime.__version__}")


if __name__ == "__main__":
    main()
