#!/bin/sh
# onnxruntime-dynamic-int8-batch.sh - in a model quantized by onnxruntime's quantize_dynamic a row's result depends on the other rows of
# its batch.
#
# onnxruntime 1.23.2, onnx 1.19.1 (PyPI), CPU. The model is one product Y = X W with random float32 weights, quantized with
# quantize_dynamic's defaults (weights to int8). Its activations get one scale and zero point for the whole tensor, measured at each run:
# a row alone, and the same row beside one with a large value, are rounded on different grids. With float32 both runs agree to the last
# digits; quantized they differ by 7 % of the row's largest result. For an embedding model this means that a text's vector changes with
# the texts that it happens to be embedded with, so the same document embedded twice need not be equal to itself.
# kith scales each token by itself (docs/decisions/048), so a text's vector is bit-identical whatever the batch.
#
# Prints what was seen; fails when it changes. Needs python3 with venv, and PyPI.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install onnxruntime==1.23.2 onnx==1.19.1
"$folder/venv/bin/python" - "$folder" <<'END'
import pathlib
import sys

import numpy
import onnx
import onnxruntime
from onnxruntime.quantization import quantize_dynamic

folder = pathlib.Path(sys.argv[1])
random = numpy.random.default_rng(1)
weights = random.standard_normal((64, 64)).astype(numpy.float32)
graph = onnx.helper.make_graph(
    [onnx.helper.make_node("MatMul", ["X", "W"], ["Y"])], "product",
    [onnx.helper.make_tensor_value_info("X", onnx.TensorProto.FLOAT, [None, 64])],
    [onnx.helper.make_tensor_value_info("Y", onnx.TensorProto.FLOAT, [None, 64])],
    [onnx.numpy_helper.from_array(weights, "W")])
model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
onnx.save(model, folder / "float.onnx")
quantize_dynamic(folder / "float.onnx", folder / "int8.onnx")

row = random.standard_normal((1, 64)).astype(numpy.float32)
neighbor = row.copy()
neighbor[0, 0] = 100.0  # one large channel, as transformers have
print("onnxruntime", onnxruntime.__version__)
differences = {}
for name in ("float", "int8"):
    session = onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
    alone = session.run(None, {"X": row})[0][0]
    beside = session.run(None, {"X": numpy.concatenate([row, neighbor])})[0][0]
    differences[name] = float(numpy.abs(alone - beside).max() / numpy.abs(alone).max())
    cosine = float(alone @ beside / numpy.linalg.norm(alone) / numpy.linalg.norm(beside))
    print(f"{name}: largest difference of the row's results {differences[name]:.6f} of its largest, cosine {cosine:.4f}")
raise SystemExit(0 if differences["float"] < 1e-5 and differences["int8"] > 0.05 else "the behaviour has changed")
END
