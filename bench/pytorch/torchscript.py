"""Runs TorchScript archives for run.mjs: a request a line, an answer a line."""
import base64
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import numpy
import torch

torch.set_num_threads(1)
print(json.dumps({"version": torch.__version__}), flush=True)
ORDINARY_ROWS = 96
TYPES = {"float32": numpy.float32, "int64": numpy.int64, "bool": numpy.bool_}


def tensors(document, rows):
    for stored in json.load(open(document))["inputs"].values():
        values = numpy.frombuffer(base64.b64decode(stored["data"]), TYPES[stored["type"]]).reshape(stored["shape"])[:ORDINARY_ROWS]
        yield torch.from_numpy(numpy.resize(values, (rows, *stored["shape"][1:])).copy())


def call(model, inputs, alone):
    if not alone:
        return model(*inputs)
    return [model(*(value[row : row + 1] for value in inputs)) for row in range(len(inputs[0]))]


for line in sys.stdin:
    request = json.loads(line)
    model = torch.jit.load(request["path"])
    inputs = list(tensors(request["document"], request["rows"]))
    with torch.inference_mode():
        # The first calls compile the model for these shapes.
        until = time.perf_counter() + request["seconds"] / 3
        while time.perf_counter() < until:
            call(model, inputs, request["alone"])
        calls, start = 0, time.perf_counter()
        while time.perf_counter() - start < request["seconds"]:
            call(model, inputs, request["alone"])
            calls += 1
        taken = time.perf_counter() - start
    print(json.dumps({"rows_per_second": calls * request["rows"] / taken}), flush=True)
