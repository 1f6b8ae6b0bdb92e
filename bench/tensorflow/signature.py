"""Calls a SavedModel's signature from Python, as its users do: one line of JSON in, one out, over stdin and stdout."""

import json
import os
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
print(json.dumps({'version': tf.__version__}), flush=True)

for line in sys.stdin:
    request = json.loads(line)
    function = tf.saved_model.load(request['path']).signatures[request['signature']]
    arrays = {}
    for name, column in request['inputs'].items():
        kind = {'string': object, 'bool': bool}.get(column['type'], column['type'])
        values = [float(v) if isinstance(v, str) and column['type'] != 'string' else v for v in column['values']]
        array = np.array(values, dtype=kind).reshape(column['shape'])
        times = -(-request['rows'] // len(array))
        arrays[name] = np.concatenate([array] * times)[: request['rows']]

    def call():
        # As a program has it: arrays in, arrays out.
        return {key: value.numpy() for key, value in function(**{name: tf.constant(array) for name, array in arrays.items()}).items()}

    end = time.perf_counter() + request['seconds'] / 3
    while time.perf_counter() < end:
        call()
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < request['seconds']:
        call()
        calls += 1
    print(json.dumps({'rows_per_second': calls * request['rows'] / (time.perf_counter() - start)}), flush=True)
