"""The framework in its own Python process: alone.py torch|tensorflow PATH WIDTH ROWS SECONDS. Prints rows/s."""

import sys
import time

import numpy as np

framework, path, width, rows, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
# A lone row is computed as two beside Millrace, and so it is here.
inputs = np.random.default_rng(1).normal(size=(max(rows, 2), width)).astype(np.float32)
if framework == "torch":
    import torch

    torch.set_num_threads(1)
    model = torch.jit.load(path).eval()

    def run():
        with torch.inference_mode():
            return model(torch.from_numpy(inputs)).numpy()

else:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = tf.saved_model.load(path)
    call = model.signatures["serving_default"]

    def run():
        return call(x=tf.constant(inputs))["output"].numpy()


warm = time.perf_counter() + seconds / 4
while time.perf_counter() < warm:
    run()
count = 0
started = time.perf_counter()
while time.perf_counter() - started < seconds:
    run()
    count += 1
print(count * rows / (time.perf_counter() - started))
