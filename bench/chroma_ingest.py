"""chroma_ingest.py - what ingest.py measures of chromadb: chunks into a persistent collection, embedded by all-MiniLM-L6-v2.

    chroma_ingest.py CHUNKS.json DIRECTORY MODEL [GRAPH]

With GRAPH Chroma's own function embeds, which is ONNX Runtime. It fetches its model from a place of its own; here it finds the same
network in its cache, made of the reference data's graph and the model's weights. Without it sentence-transformers does, in one thread. Prints
the versions. A process of its own, so that CPU time and peak memory are those of this work and nothing else.
"""

import json
import pathlib
import shutil
import sys
from collections.abc import Callable

import chromadb

BATCH = 64


def embed_by_chroma(model: pathlib.Path, graph: pathlib.Path, cache: pathlib.Path) -> tuple[Callable, str]:
    import onnxruntime
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

    class Local(ONNXMiniLM_L6_V2):
        DOWNLOAD_PATH = cache

    folder = cache / "onnx"
    folder.mkdir(parents=True)
    for name in ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt", "model.safetensors"):
        shutil.copy(model / name, folder / name)
    shutil.copy(graph, folder / "model.onnx")
    return Local(), f"onnxruntime {onnxruntime.__version__}"


def embed_by_sentence_transformers(model: pathlib.Path) -> tuple[Callable, str]:
    import sentence_transformers
    import torch

    torch.set_num_threads(1)
    return sentence_transformers.SentenceTransformer(str(model), device="cpu").encode, f"sentence-transformers {sentence_transformers.__version__}"


def main() -> None:
    chunks, directory, model, *graph = (pathlib.Path(argument) for argument in sys.argv[1:])
    embed, version = embed_by_chroma(model, graph[0], directory / "model") if graph else embed_by_sentence_transformers(model)
    contents = json.loads(chunks.read_text())
    collection = chromadb.PersistentClient(str(directory / "data")).create_collection("bench", embedding_function=None)
    for start in range(0, len(contents), BATCH):
        batch = contents[start:start + BATCH]
        collection.add(ids=[str(start + i) for i in range(len(batch))], documents=batch, embeddings=embed(batch))
    if collection.count() != len(contents):
        sys.exit(f"chromadb has {collection.count()} of {len(contents)} chunks")
    print(f"chromadb {chromadb.__version__} + {version}")


if __name__ == "__main__":
    main()
