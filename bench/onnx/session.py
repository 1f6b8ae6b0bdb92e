"""Calls onnxruntime for bench/onnx/run.mjs: a request a line, rows a second back. Texts go through tokenizers, as transformers does."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

TYPES = {"FLOAT": np.float32, "DOUBLE": np.float64, "BIGINT": np.int64, "STRING": object}
sessions = {}


def session(path, threads):
    key = (path, threads)
    if key not in sessions:
        options = onnxruntime.SessionOptions()
        if threads:
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = threads
        sessions[key] = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return sessions[key]


def repeated(values, rows):
    return [values[i % len(values)] for i in range(rows)]


def column_call(request, model):
    inputs = model.get_inputs()
    kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(string)": object}
    if len(inputs) == 1:
        table = np.array([repeated(each["values"], request["rows"]) for each in request["inputs"]], dtype=kinds[inputs[0].type]).T
        feed = {inputs[0].name: np.ascontiguousarray(table)}
    else:
        feed = {
            each["name"]: np.array(repeated(each["values"], request["rows"]), dtype=TYPES[each["type"]]).reshape(-1, 1)
            for each in request["inputs"]
        }
    return lambda: model.run(None, feed)


def text_call(request, model):
    from tokenizers import Tokenizer

    folder = Path(request["path"]).parent
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    limit = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer.enable_truncation(limit)
    tokenizer.enable_padding()
    texts = repeated(request["texts"], request["rows"])
    names = [each.name for each in model.get_inputs()]

    def call():
        # As sentence-transformers does: the longest first, in batches of 32.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(texts), 32):
            encoded = tokenizer.encode_batch([texts[i] for i in order[start : start + 32]])
            ids = np.array([each.ids for each in encoded], dtype=np.int64)
            mask = np.array([each.attention_mask for each in encoded], dtype=np.int64)
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            states = model.run(None, {name: feed[name] for name in names})[0]
            pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
            pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    return call


print(json.dumps({"version": onnxruntime.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    model = session(request["path"], request["threads"])
    call = {"columns": column_call, "texts": text_call}[request["kind"]](request, model)
    seconds = request["seconds"]
    end = time.perf_counter() + seconds / 3
    while time.perf_counter() < end:
        call()
    calls = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        call()
        calls += 1
    print(json.dumps({"rows_per_second": calls * request["rows"] / (time.perf_counter() - start)}), flush=True)
